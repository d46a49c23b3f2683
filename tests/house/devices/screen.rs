//! A screen with small letters is shown in a call, and read at the other end.

use crate::support::display::Display;
use crate::support::headless::HeadlessPhone;
use crate::support::legible::{legible, luma_of};
use crate::support::space::SpaceProcess;
use crate::support::usage::{Tree, processor_load};
use ahoy_devices::SystemHardware;
use ahoy_media::picture::Picture;
use ahoy_model::{DeviceId, DialTarget, ScreenKind};
use ahoy_phone::TileId;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const SIZE: (u32, u32) = (1280, 720);
const LIMIT: Duration = Duration::from_secs(60);
/// How long the cost is measured.
const MEASURED: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn letters_of_twelve_pixels_are_read_at_the_other_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let display = Display::start(SIZE.0, SIZE.1, folder.path()).await;
    // Lines of text in a window of its own, as a program would show them.
    let lines = "The quick brown fox jumps over the lazy dog 0123456789 (){}[]<>+-*/=\\n".repeat(48);
    let mut page = display.command("convert");
    page.args([
        "-size",
        "1280x720",
        "xc:white",
        "-fill",
        "black",
        "-font",
        "DejaVu-Sans",
        "-pointsize",
        "12",
    ])
    .args(["-annotate", "+8+16", &lines])
    .arg(folder.path().join("page.png"));
    assert!(page.status().await.expect("ImageMagick").success());
    let mut viewer = display.command("display");
    let _viewer = viewer
        .args(["-title", "Letters", "-immutable"])
        .arg(folder.path().join("page.png"))
        .spawn()
        .expect("a window");
    let shown = async {
        let mut look = tokio::time::interval(Duration::from_millis(100));
        loop {
            look.tick().await;
            let found = display.command("xdotool").args(["search", "--name", "Letters"]).output().await;
            if found.is_ok_and(|found| !found.stdout.is_empty()) {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, shown).await.expect("the window comes");

    // Which display there is is told by the environment, so the phones live in a process that was started with it.
    let mut inside = display.command(std::env::current_exe().expect("its own path"));
    inside
        .args(["--exact", "devices::screen::inside", "--ignored", "--nocapture"])
        .env("AHOY_TEST_FOLDER", folder.path());
    let ended = tokio::time::timeout(Duration::from_secs(150), inside.status()).await;
    assert!(ended.expect("in time").expect("it starts").success());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other one, which brings a display"]
async fn inside() {
    let folder = PathBuf::from(std::env::var_os("AHOY_TEST_FOLDER").expect("a folder"));
    let space = SpaceProcess::start(&folder, &[]).await;
    let hardware = SystemHardware::start();
    let account = HeadlessPhone::account(&space, "anna").await;
    let mut anna = HeadlessPhone::join(account, &folder, "anna", 1, 440, |config| {
        config.hardware = hardware;
        config.settings.camera = Some(DeviceId::none());
    })
    .await;
    let mut bruno = HeadlessPhone::start(&space, &folder, "bruno", 2, 660).await;

    let screens = anna.handle.screens().await.expect("a list");
    let screen = screens.iter().find(|screen| screen.kind == ScreenKind::Screen).expect("a screen").clone();
    assert!(screen.thumbnail.as_ref().is_some_and(|small| small.width > 100), "{}", screen.name);
    let window = screens.iter().find(|screen| screen.name.contains("Letters")).expect("the window").clone();
    assert!(window.kind == ScreenKind::Window && window.thumbnail.is_some());
    assert!(screens.last().is_some_and(|last| last.kind == ScreenKind::MadeUp));

    let to = DialTarget::parse("bruno").expect("an address");
    let call = anna.handle.dial(ahoy_phone::DialRequest::new(to, true)).await.expect("it dials");
    let incoming = bruno.rings().await;
    bruno.handle.answer(incoming.id.clone(), true).await.expect("an answer");
    anna.call_until(&call, "it can be shown", |call| call.actions.share).await;

    for what in [screen, window] {
        anna.handle.share_screen(call.clone(), what.id.clone(), false).await.expect("it is shown");
        bruno.call_until(&incoming.id, "a screen", |call| call.far_shares).await;
        let original = original(&what.id).await;
        let (found, sharpened) = read(&bruno, &incoming.id, &original).await;
        println!(
            "{}: {:.2} % of the letters' pixels wrong, sharp after {sharpened:?}",
            what.name,
            found * 100.0
        );
        let own = Tree::below(&[std::process::id()]);
        let [load] = processor_load([&own], MEASURED).await;
        println!("processor, both phones and the space, nothing moves: {:.1} % of a core", load * 100.0);
        anna.handle.stop_sharing(call.clone()).await.expect("it stops");
        bruno.call_until(&incoming.id, "no screen", |call| !call.far_shares).await;
    }
    anna.shut_down().await;
    bruno.shut_down().await;
}

/// What the display shows, taken by the house's own eye and checked against another program's.
async fn original(id: &DeviceId) -> Picture {
    use ahoy_media::hardware::Hardware;
    let mut source = SystemHardware::start().camera(id).expect("a source");
    source.open(ahoy_media::CameraFormat { width: 1920, height: 1080, fps: 15 }).expect("it opens");
    let picture = source.next(Duration::from_secs(5)).expect("a picture");
    if id.as_str().starts_with("screen:") {
        let mut shot = tokio::process::Command::new("import");
        let shot =
            shot.args(["-window", "root", "-depth", "8", "rgb:-"]).output().await.expect("ImageMagick");
        let others = luma_of(&shot.stdout, SIZE.0 as usize, SIZE.1 as usize);
        let wrong = legible(&others, picture.bytes(), SIZE.0 as usize, SIZE.1 as usize);
        assert!(wrong < 0.01, "another program sees something else: {wrong}");
    }
    picture
}

/// Waits until the far side can read it. Share of wrong pixels, and how long it took.
async fn read(phone: &HeadlessPhone, call: &ahoy_model::CallId, original: &Picture) -> (f64, Duration) {
    let mut pictures = phone.handle.pictures(&TileId::Remote(call.clone())).expect("a tile");
    let begun = Instant::now();
    let mut best = 1.0f64;
    while begun.elapsed() < LIMIT {
        let next =
            tokio::time::timeout(LIMIT, pictures.next()).await.expect("a picture").expect("the call goes on");
        if (next.width(), next.height()) != (original.width(), original.height()) {
            continue;
        }
        let (width, height) = (next.width() as usize, next.height() as usize);
        best = best.min(legible(original.bytes(), next.bytes(), width, height));
        if best < 0.02 {
            return (best, begun.elapsed());
        }
    }
    panic!("not legible: {:.1} % of the letters' pixels are wrong", best * 100.0);
}
