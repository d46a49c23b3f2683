//! A private X display with a window manager and a private session bus, so that tests meet real windows and nothing else.

use super::process::{PATIENCE, Process};
use std::path::Path;
use tokio::process::Command;

pub struct Display {
    name: String,
    bus: String,
    _processes: Vec<Process>,
}

impl Display {
    /// Starts Xvfb on a free display (`-displayfd`, so no number can be taken twice), D-Bus and openbox.
    pub async fn start(width: u32, height: u32, logs: &Path) -> Self {
        let screen = format!("{width}x{height}x24");
        let mut x = Process::start(
            "Xvfb",
            Command::new("Xvfb").args(["-displayfd", "1", "-screen", "0", &screen, "-nolisten", "tcp"]),
            &logs.join("xvfb.log"),
        );
        let number = x.line("the display number", |line| line.trim().parse::<u32>().ok()).await;
        let name = format!(":{number}");
        let mut bus = Process::start(
            "dbus-daemon",
            Command::new("dbus-daemon").args(["--session", "--nofork", "--print-address=1"]),
            &logs.join("dbus.log"),
        );
        let address =
            bus.line("the bus address", |line| line.starts_with("unix:").then(|| line.to_owned())).await;
        let mut display = Self { name, bus: address, _processes: vec![x, bus] };
        // openbox runs this when it has taken the display.
        let mut openbox = Process::start(
            "openbox",
            display.command("openbox").args(["--startup", "echo window manager ready"]),
            &logs.join("openbox.log"),
        );
        openbox.line("that it is ready", |line| line.contains("ready").then_some(())).await;
        display._processes.insert(0, openbox);
        display
    }

    /// Address of the session bus.
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// A command that sees this display and this bus.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.name)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env_remove("WAYLAND_DISPLAY")
            .env("GDK_BACKEND", "x11")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .kill_on_drop(true);
        command
    }

    async fn ask(&self, program: &str, args: &[&str]) -> Option<String> {
        let output = self.command(program).args(args).output().await.ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The window that gets the keyboard.
    pub async fn focused_window(&self) -> Option<String> {
        self.ask("xdotool", &["getwindowfocus"]).await
    }

    /// Waits until process `id` has a visible window with this title (a regular expression) and returns it.
    pub async fn window_of(&self, id: &str, title: &str) -> String {
        let args = ["search", "--onlyvisible", "--all", "--pid", id, "--name", title];
        let there = async {
            loop {
                // It also fails when another window vanishes while it looks.
                let found = self.ask("xdotool", &args).await;
                if let Some(window) = found.and_then(|ids| ids.lines().last().map(str::to_owned)) {
                    return window;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, there).await;
        found.unwrap_or_else(|_| panic!("process {id} has no window called {title}"))
    }

    /// Visible windows with this title now.
    pub async fn windows(&self, title: &str) -> Vec<String> {
        let found = self.ask("xdotool", &["search", "--onlyvisible", "--name", title]).await;
        found.map(|ids| ids.lines().map(str::to_owned).collect()).unwrap_or_default()
    }

    /// Waits for a visible window with this title.
    pub async fn window(&self, title: &str) -> String {
        let there = async {
            loop {
                if let Some(window) = self.windows(title).await.into_iter().next() {
                    return window;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, there).await;
        found.unwrap_or_else(|_| panic!("no window called {title} comes"))
    }

    pub async fn minimise(&self, window: &str) {
        let done = self.ask("xdotool", &["windowminimize", window]).await;
        assert!(done.is_some(), "window {window} cannot be minimised");
    }

    /// Waits until no visible window has this title.
    pub async fn no_window(&self, title: &str) {
        let gone = async { while !self.windows(title).await.is_empty() {} };
        assert!(tokio::time::timeout(PATIENCE, gone).await.is_ok(), "a window called {title} stays");
    }

    /// Puts a window somewhere.
    pub async fn place(&self, window: &str, x: i32, y: i32, width: u32, height: u32) {
        let (x, y, width, height) = (x.to_string(), y.to_string(), width.to_string(), height.to_string());
        let moved =
            self.ask("xdotool", &["windowsize", window, &width, &height, "windowmove", window, &x, &y]).await;
        assert!(moved.is_some(), "window {window} cannot be placed");
    }

    /// Gives a window the keyboard, as a click on its title would.
    pub async fn activate(&self, window: &str) {
        let done = self.ask("timeout", &["20", "xdotool", "windowactivate", "--sync", window]).await;
        assert!(done.is_some(), "window {window} cannot be activated");
    }

    /// Types with the X keyboard into whatever has the focus.
    pub async fn keys(&self, keys: &[&str]) {
        let args: Vec<&str> = ["key", "--delay", "12"].iter().chain(keys).copied().collect();
        assert!(self.ask("xdotool", &args).await.is_some(), "keys {keys:?} cannot be pressed");
    }

    pub async fn type_text(&self, text: &str) {
        assert!(self.ask("xdotool", &["type", "--delay", "12", text]).await.is_some(), "typing failed");
    }

    /// Moves the mouse to a point of a window and presses its first button.
    pub async fn click(&self, window: &str, at: (i32, i32)) {
        let (x, y) = (at.0.to_string(), at.1.to_string());
        let done = self.ask("xdotool", &["mousemove", "--window", window, &x, &y, "click", "1"]).await;
        assert!(done.is_some(), "window {window} cannot be clicked at {at:?}");
    }

    /// Drags with the mouse from one point of a window to another.
    pub async fn drag(&self, window: &str, from: (i32, i32), to: (i32, i32)) {
        let step = |(x, y): (i32, i32)| {
            ["mousemove", "--sync", "--window", window]
                .map(str::to_owned)
                .into_iter()
                .chain([x.to_string(), y.to_string()])
        };
        let half = ((from.0 + to.0) / 2, (from.1 + to.1) / 2);
        let button = |what: &str| [what.to_owned(), "1".to_owned()];
        let args: Vec<String> = step(from)
            .chain(button("mousedown"))
            .chain(step(half))
            .chain(step(to))
            .chain(button("mouseup"))
            .collect();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert!(self.ask("xdotool", &args).await.is_some(), "nothing can be dragged in window {window}");
    }

    /// Saves the whole screen as PNG.
    pub async fn screenshot(&self, to: &Path) {
        let _ = self.command("import").args(["-window", "root"]).arg(to).status().await;
    }
}
