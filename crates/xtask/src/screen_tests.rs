use super::*;
use crate::command::is_installed;

#[test]
fn a_display_of_our_own_shows_windows_and_can_be_photographed() {
    if !["Xvfb", "dbus-daemon", "openbox", "xprop", "import", "xdotool"].iter().all(|name| is_installed(name))
    {
        eprintln!("skipped: `cargo xtask setup` was not run");
        return;
    }
    let screen = Screen::start().expect("a display");
    let size = output(screen.show(program("xdotool").arg("getdisplaygeometry"))).expect("an answer");
    assert_eq!(size.trim(), "1600 1000");

    // A window full of colours.
    let mut command = program("display");
    command.args(["-size", "300x200", "plasma:red-blue"]).stdin(Stdio::null());
    let _window = Running(screen.show(&mut command).spawn().expect("a window"));
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("seen.png");
    screen.save(&picture).expect("a picture that is not empty");
    assert!(picture.metadata().expect("a file").len() > 1_000);
}
