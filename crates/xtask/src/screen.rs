//! A display of our own where there is none: an X server without a screen, a window manager and a private message bus.

use crate::command::{Running, output, program, wait_for};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SIZE: &str = "1600x1000x24";
const LIMIT: Duration = Duration::from_secs(10);

/// Whether windows can be shown to somebody.
pub fn is_there() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

pub struct Screen {
    // Dropped from top to bottom: the server goes last.
    _manager: Running,
    _bus: Running,
    _server: Running,
    display: String,
    bus_address: String,
}

impl Screen {
    pub fn start() -> Result<Self> {
        if !cfg!(target_os = "linux") {
            bail!("--headless works on Linux only.");
        }
        let mut server =
            start(program("Xvfb").args(["-displayfd", "1", "-screen", "0", SIZE, "-nolisten", "tcp"]))?;
        let display = format!(":{}", first_line(&mut server.0).context("Xvfb did not start")?);
        let mut bus = start(program("dbus-daemon").args(["--session", "--nofork", "--print-address=1"]))?;
        let bus_address = first_line(&mut bus.0).context("dbus-daemon did not start")?;
        let manager =
            start(program("openbox").env("DISPLAY", &display).env("DBUS_SESSION_BUS_ADDRESS", &bus_address))?;
        let screen = Self { _manager: manager, _bus: bus, _server: server, display, bus_address };
        wait_for(LIMIT, || {
            let root = output(screen.show(program("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"])))?;
            root.contains("window id").then_some(())
        })
        .context("openbox did not start")?;
        Ok(screen)
    }

    /// Lets a program show its windows here.
    pub fn show<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("GDK_BACKEND", "x11")
            .env_remove("WAYLAND_DISPLAY")
    }

    /// Saves what the display shows, as soon as that is more than an empty page in its frame, which has some 400 colours.
    pub fn save(&self, file: &Path) -> Result<()> {
        let seen = wait_for(LIMIT, || {
            output(self.show(program("import").args(["-window", "root"]).arg(file)))?;
            let colours = output(program("identify").args(["-format", "%k"]).arg(file))?;
            (colours.trim().parse::<u32>().ok()? > 1_000).then_some(())
        });
        if seen.is_none() {
            bail!("the display stayed empty; the last look at it is in {}", file.display());
        }
        Ok(())
    }
}

fn start(command: &mut Command) -> Result<Running> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    Ok(Running(command.spawn().with_context(|| format!("cannot start {name}"))?))
}

fn first_line(child: &mut Child) -> Option<String> {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut()?).read_line(&mut line).ok()?;
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}

/// Puts the windows of some programs beside each other, where the window system lets us.
pub fn side_by_side(programs: &[u32], screen: Option<&Screen>) {
    let xdotool = |words: &[&str]| {
        let mut command = program("xdotool");
        if let Some(screen) = screen {
            screen.show(&mut command);
        }
        output(command.args(words))
    };
    let Some(size) = xdotool(&["getdisplaygeometry"]) else {
        return;
    };
    let mut sides = size.split_whitespace().map_while(|side| side.parse::<usize>().ok());
    let (Some(width), Some(height)) = (sides.next(), sides.next()) else {
        return;
    };
    let each = width / programs.len().max(1);
    for (place, id) in programs.iter().enumerate() {
        let windows = xdotool(&["search", "--onlyvisible", "--pid", &id.to_string()]).unwrap_or_default();
        for window in windows.lines() {
            let (x, width, height) =
                ((place * each).to_string(), each.to_string(), (height * 4 / 5).to_string());
            xdotool(&["windowsize", window, &width, &height, "windowmove", window, &x, "40"]);
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
#[path = "screen_tests.rs"]
mod tests;
