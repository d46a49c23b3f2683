//! The official SDK in Chromium, as a child process that takes orders (`tests/referee/referee.mjs`).

use super::display::Display;
use super::process::PATIENCE;
use super::usage::Tree;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Which SDK plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sdk {
    V3,
    V4,
}

/// What the browser's made-up devices give.
#[derive(Clone, Copy, Debug)]
pub struct Devices {
    /// Sender number in the camera's pictures.
    pub sender: u16,
    /// The microphone's tone in Hz; a whole number, so that its file repeats without a click.
    pub tone: u32,
}

/// How a browser shows itself, and a camera file in place of its made-up one.
pub struct Shown<'a> {
    pub display: &'a Display,
    /// Left edge.
    pub x: u32,
    /// Width and height.
    pub size: (u32, u32),
    /// A Y4M clip.
    pub camera: &'a Path,
}

pub struct Browser {
    name: String,
    child: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    next: u64,
    /// What happened and was not asked for yet.
    events: VecDeque<Value>,
    /// The newest view of all calls.
    calls: Value,
}

/// One picture with a readable number plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct SeenPlate {
    pub frame: u32,
    pub sender: u16,
    /// ms from capture until the page read it.
    pub age: i64,
}

/// What the `<video>` showed.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Seen {
    /// Pictures that differ, coarsely.
    pub different: u32,
    pub plates: Vec<SeenPlate>,
}

/// What the page heard.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Heard {
    /// Median of the loudest tones.
    pub hz: f64,
    /// Part of the time that was not silent.
    pub heard: f64,
}

/// The browser's path, or `None` where none is installed (Ubuntu in a container).
fn chromium() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    std::env::split_paths(&folders)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|path| path.exists())
}

/// Whether the referee can play here. Says so when not, because a test that passes by must not look like one that passed.
pub fn is_there() -> bool {
    let there = chromium().is_some();
    if !there {
        eprintln!("SKIPPED: no Chromium or Chrome is installed");
    }
    there
}

impl Browser {
    /// Starts Chromium with a fresh profile in `folder`; what the page and the driver say goes to `logs`.
    pub async fn start(name: &str, folder: &Path, logs: &Path, devices: Devices) -> Self {
        Self::launch(name, folder, logs, devices, None).await
    }

    /// The same with a window.
    pub async fn start_shown(
        name: &str,
        folder: &Path,
        logs: &Path,
        devices: Devices,
        shown: &Shown<'_>,
    ) -> Self {
        Self::launch(name, folder, logs, devices, Some(shown)).await
    }

    async fn launch(
        name: &str,
        folder: &Path,
        logs: &Path,
        devices: Devices,
        shown: Option<&Shown<'_>>,
    ) -> Self {
        let rig = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("referee");
        assert!(
            rig.join("node_modules").exists(),
            "the rig is not installed: run `cargo xtask test`, which does that"
        );
        let profile = folder.join(format!("browser-{name}"));
        std::fs::create_dir_all(&profile).expect("the profile folder can be made");
        let mut options = json!({
            "profile": profile,
            "chromium": chromium().expect("asked before"),
            "sender": devices.sender,
            "tone": devices.tone,
        });
        let mut command = match shown {
            Some(Shown { display, x, size: (width, height), camera }) => {
                options["camera"] = json!(camera);
                options["window"] = json!({ "x": x, "y": 0, "width": width, "height": height });
                display.command("node")
            }
            None => Command::new("node"),
        };
        let log = File::create(logs.join(format!("browser-{name}.log"))).expect("a log file can be made");
        let mut child = command
            .arg(rig.join("referee.mjs"))
            .arg(options.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .expect("node can be started");
        let orders = child.stdin.take().expect("standard input is piped");
        let lines = BufReader::new(child.stdout.take().expect("standard output is piped")).lines();
        let mut browser = Self {
            name: name.to_owned(),
            child,
            orders,
            lines,
            next: 0,
            events: VecDeque::new(),
            calls: json!([]),
        };
        browser.read_until("that Chromium is ready", |line| line.get("ready").is_some()).await;
        browser
    }

    async fn read(&mut self) -> Value {
        match self.lines.next_line().await {
            Ok(Some(line)) => {
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{}: {error}: {line}", self.name))
            }
            other => panic!("{}: the driver ended ({other:?}); its log lies beside", self.name),
        }
    }

    /// Reads lines until one is wanted; keeps events for later.
    async fn read_until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let search = async {
            loop {
                let line = self.read().await;
                if line["event"] == "state" {
                    self.calls = line["calls"].clone();
                }
                if wanted(&line) {
                    return line;
                }
                if line.get("event").is_some() {
                    self.events.push_back(line);
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(line) => line,
            Err(_) => panic!(
                "{} did not say in {PATIENCE:?}: {what}\ncalls: {}\nevents: {:#?}",
                self.name, self.calls, self.events
            ),
        }
    }

    /// Gives an order and waits for its result.
    pub async fn order(&mut self, name: &str, args: Value) -> Result<Value, String> {
        self.next += 1;
        let id = self.next;
        let line = format!("{}\n", json!({ "id": id, "do": name, "args": args }));
        self.orders.write_all(line.as_bytes()).await.expect("the driver reads");
        let mut reply =
            self.read_until(&format!("the result of {name} {args}"), |line| line["id"] == id).await;
        match reply.get("error") {
            Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
            None => Ok(reply["ok"].take()),
        }
    }

    pub async fn must(&mut self, name: &str, args: Value) -> Value {
        let name_of_browser = self.name.clone();
        self.order(name, args)
            .await
            .unwrap_or_else(|error| panic!("{name_of_browser}: {name} failed: {error}"))
    }

    /// A method of the SDK's adapter (`tests/referee/page/sdk4.js`, `sdk3.js`).
    pub async fn sdk(&mut self, name: &str, mut args: Value) -> Result<Value, String> {
        args["name"] = json!(name);
        self.order("call", args).await
    }

    /// From now on the browser has these codecs only: `{"video": ["VP8"], "audio": ["PCMU"]}`.
    pub async fn speak(&mut self, allowed: Value) {
        self.must("speak", allowed).await;
    }

    /// Connects and registers.
    pub async fn connect(&mut self, sdk: Sdk, token: &str, options: Value) -> Value {
        let version = if sdk == Sdk::V3 { 3 } else { 4 };
        self.must("connect", json!({ "sdk": version, "token": token, "options": options })).await
    }

    /// Dials and returns the call's id.
    pub async fn dial(&mut self, to: &str, options: Value) -> Result<String, String> {
        let reply = self.sdk("dial", json!({ "to": to, "options": options })).await?;
        Ok(reply["call"].as_str().expect("an id").to_owned())
    }

    /// Waits for the next event of that kind for which `wanted` holds; it may have happened already.
    pub async fn event(&mut self, kind: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let fits = |line: &Value| line["event"] == kind && wanted(line);
        if let Some(at) = self.events.iter().position(fits) {
            return self.events.remove(at).expect("it was just found");
        }
        self.read_until(&format!("event {kind}"), fits).await
    }

    /// Waits until the call has had this status.
    pub async fn status(&mut self, call: &str, status: &str) {
        self.event("status", |event| event["call"] == call && event["status"] == status).await;
    }

    /// Waits for an incoming call and returns it.
    pub async fn incoming(&mut self) -> Value {
        self.event("incoming", |_| true).await
    }

    /// Waits until the view of the calls fits.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) {
        if !wanted(&self.calls) {
            self.read_until(what, |line| line["event"] == "state" && wanted(&line["calls"])).await;
        }
    }

    /// The newest view of the calls.
    pub fn calls(&self) -> &Value {
        &self.calls
    }

    /// What the remote picture showed since the last `blink`.
    pub async fn see(&mut self) -> Seen {
        let seen = self.must("see", json!({})).await;
        serde_json::from_value(seen).expect("a report of the eyes")
    }

    /// Forgets what was seen.
    pub async fn blink(&mut self) {
        self.must("blink", json!({})).await;
    }

    /// Looks until `count` pictures came whose plates could be read, and returns all that was seen.
    pub async fn see_plates(&mut self, count: usize) -> Seen {
        self.see_until(&format!("{count} number plates"), |seen| seen.plates.len() >= count).await
    }

    pub async fn see_until(&mut self, what: &str, enough: impl Fn(&Seen) -> bool) -> Seen {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let seen = self.see().await;
            if enough(&seen) {
                return seen;
            }
            assert!(
                tokio::time::Instant::now() < end,
                "{}: not seen in {PATIENCE:?}: {what}: {seen:?}",
                self.name
            );
            // The page is asked again when it has had time to draw a few more pictures.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Listens for that long.
    pub async fn hear(&mut self, time: Duration) -> Heard {
        let heard =
            self.must("hear", json!({ "ms": u64::try_from(time.as_millis()).unwrap_or(u64::MAX) })).await;
        serde_json::from_value(heard).expect("a report of the ears")
    }

    /// Listens until the tone is there without a break, for a second.
    pub async fn hear_tone(&mut self, hz: f64) {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let heard = self.hear(Duration::from_secs(1)).await;
            if (heard.hz - hz).abs() < hz * 0.02 && heard.heard > 0.9 {
                return;
            }
            assert!(
                tokio::time::Instant::now() < end,
                "{}: {hz} Hz not heard in {PATIENCE:?}: {heard:?}",
                self.name
            );
        }
    }

    /// Listens until there is silence for half a second.
    pub async fn hear_nothing(&mut self) {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let heard = self.hear(Duration::from_millis(500)).await;
            if heard.heard == 0.0 {
                return;
            }
            assert!(
                tokio::time::Instant::now() < end,
                "{}: no silence in {PATIENCE:?}: {heard:?}",
                self.name
            );
        }
    }

    /// What went over the WebSockets since last asked: `{dir: "in" | "out", at, message}`.
    pub async fn frames(&mut self) -> Vec<Value> {
        self.must("frames", json!({})).await.as_array().expect("a list").clone()
    }

    /// Chromium, all of it, without the program that drives it.
    pub fn processes(&self) -> Tree {
        Tree::called(self.child.id().expect("the driver runs"), "chromium")
    }

    /// Closes the SDK's socket under it.
    pub async fn drop_socket(&mut self) {
        let dropped = self.must("dropSockets", json!({})).await;
        assert_eq!(dropped, 1, "{} has one socket", self.name);
    }

    /// Loads the page again, as a user would.
    pub async fn reload(&mut self) {
        self.must("reload", json!({})).await;
        self.calls = json!([]);
    }

    /// Ends Chromium in order.
    pub async fn stop(mut self) {
        let _ = self.orders.write_all(b"{\"id\":0,\"do\":\"stop\"}\n").await;
        let _ = tokio::time::timeout(PATIENCE, self.child.wait()).await;
    }
}
