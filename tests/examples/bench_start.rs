//! From exec to a usable window, and to registered, each start with a profile that has been used before; beside it an empty
//! Tauri window. Then memory at rest, with a window and in the tray, and how often it wakes there.
//!
//! `cargo xtask bench start -- [starts]`. Memory is the proportional set size (PSS) of the app and its web view.

use ahoy_tests::desktop::Desktop;
use ahoy_tests::display::Display;
use ahoy_tests::figures::{Figures, Gate, line};
use ahoy_tests::process::Process;
use ahoy_tests::space::SpaceProcess;
use ahoy_tests::usage::Tree;
use std::path::Path;
use std::time::{Duration, Instant};

/// Over which wake-ups are counted.
const WATCHED: Duration = Duration::from_secs(20);
/// A web view goes on to fetch and compile for a while after it has drawn.
const REST: Duration = Duration::from_secs(5);

struct Start {
    usable: f64,
    registered: f64,
    phone: Process,
}

struct Bench<'a> {
    display: Display,
    space: SpaceProcess,
    token: String,
    folder: &'a Path,
}

impl Bench<'_> {
    /// ms from exec until the phone said that its window can be used, and that it can be called.
    async fn start(&self, arguments: &[&str]) -> Start {
        let mut command = self.display.command(ahoy_tests::program("ahoy"));
        command.arg("--profile").arg(self.folder.join("profile")).args(["--space", &self.space.ws]);
        // A start must not depend on which sound card this machine has.
        command.args([
            "--camera",
            "test:picture",
            "--microphone",
            "test:silence",
            "--speaker",
            "test:silence",
        ]);
        command.args(arguments).env("AHOY_TOKEN", &self.token);
        let start = Instant::now();
        let mut phone = Process::start("ahoy", &mut command, &self.folder.join("ahoy.log"));
        let (mut usable, mut registered) = (None, None);
        loop {
            let line = phone.line("ready and registered", |line| serde_json::from_str(line).ok()).await;
            let line: serde_json::Value = line;
            let now = start.elapsed().as_secs_f64() * 1e3;
            if line["ready"] == true {
                usable.get_or_insert(now);
            }
            if line["registered"] == true {
                registered.get_or_insert(now);
            }
            if let (Some(usable), Some(registered)) = (usable, registered) {
                return Start { usable, registered, phone };
            }
        }
    }

    /// The same for a Tauri window without anything in it.
    async fn start_empty(&self) -> (f64, Process) {
        let mut command = self.display.command(ahoy_tests::program("examples/empty_window"));
        let start = Instant::now();
        let mut window = Process::start("empty_window", &mut command, &self.folder.join("empty.log"));
        window.json_line("ready").await;
        (start.elapsed().as_secs_f64() * 1e3, window)
    }

    /// MB at rest.
    async fn memory_at_rest(mut process: Process) -> f64 {
        tokio::time::sleep(REST).await;
        let memory = Tree::below(&[process.id()]).memory();
        process.kill().await;
        memory
    }
}

#[tokio::main]
async fn main() {
    let starts = std::env::args().nth(1).map_or(20, |count| count.parse().expect("a number of starts"));
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let display = Display::start(1280, 800, folder.path()).await;
    let space = SpaceProcess::start(folder.path(), &[]).await;
    let token = space.token("anna", "Anna Berg").await;
    let bench = Bench { display, space, token, folder: folder.path() };

    let first = bench.start(&[]).await;
    let (mut usable, mut registered, mut empty) =
        (Figures::default(), Figures::default(), Figures::default());
    let first_usable = first.usable;
    let mut last = first.phone;
    let (_, mut last_empty) = bench.start_empty().await;
    for _ in 0..starts {
        last.kill().await;
        last_empty.kill().await;
        let start = bench.start(&[]).await;
        usable.push(start.usable);
        registered.push(start.registered);
        last = start.phone;
        let (ms, window) = bench.start_empty().await;
        empty.push(ms);
        last_empty = window;
    }
    let with_window = Bench::memory_at_rest(last).await;
    let empty_memory = Bench::memory_at_rest(last_empty).await;
    let desktop = Desktop::start(&bench.display).await;
    let hidden = bench.start(&["--hidden"]).await;
    let is_hidden = bench.display.windows("^Ahoy$").await.is_empty();
    assert!(is_hidden, "there is a tray, so --hidden shows no window");
    tokio::time::sleep(REST).await;
    let tree = Tree::below(&[hidden.phone.id()]);
    let (woken, spent) = (tree.wake_ups(), tree.processor_seconds());
    tokio::time::sleep(WATCHED).await;
    let woken = (tree.wake_ups() - woken) / WATCHED.as_secs_f64();
    let spent = (tree.processor_seconds() - spent) / WATCHED.as_secs_f64();
    let in_tray = tree.memory();
    drop(hidden.phone);
    drop(desktop);

    println!("{} starts on a display without a graphics card", usable.count());
    let (to_window, to_online) =
        (Gate { first: 1000.0, wanted: 400.0 }, Gate { first: 2000.0, wanted: 1000.0 });
    line("exec → usable window, p50", usable.median(), "ms", None);
    line("exec → usable window, p95", usable.p95(), "ms", Some(to_window));
    line("exec → usable window with a new profile, once", first_usable, "ms", None);
    line("exec → registered, p50", registered.median(), "ms", None);
    line("exec → registered, p95", registered.p95(), "ms", Some(to_online));
    line("exec → loaded, an empty Tauri window, p50", empty.median(), "ms", None);
    line("exec → loaded, an empty Tauri window, p95", empty.p95(), "ms", None);
    line("memory at rest with an open window", with_window, "MB", None);
    line("memory at rest in the tray", in_tray, "MB", Some(Gate { first: 280.0, wanted: 150.0 }));
    line("wake-ups at rest in the tray", woken, "/s", None);
    line("processor at rest in the tray, of one core", spent * 1e2, "%", None);
    line("memory of an empty Tauri window", empty_memory, "MB", None);
}
