//! A child process that ends with the test, whose lines can be awaited.

use std::ffi::OsStr;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// Longest wait for anything that a healthy machine does in a second or two. These machines are shared.
pub const PATIENCE: Duration = Duration::from_secs(60);

pub struct Process {
    name: String,
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts `command`; its standard error goes to `log`.
    pub fn start(name: &str, command: &mut Command, log: &Path) -> Self {
        let log = File::create(log).expect("a log file can be made");
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} cannot be started: {error}"));
        let stdout = child.stdout.take().expect("standard output is piped");
        Self { name: name.to_owned(), child, lines: BufReader::new(stdout).lines() }
    }

    /// The next line of standard output for which `pick` gives something.
    pub async fn line<T>(&mut self, what: &str, pick: impl Fn(&str) -> Option<T>) -> T {
        let search = async {
            while let Ok(Some(line)) = self.lines.next_line().await {
                if let Some(found) = pick(&line) {
                    return Some(found);
                }
            }
            None
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(Some(found)) => found,
            Ok(None) => panic!("{} ended before it said: {what}", self.name),
            Err(_) => panic!("{} did not say in {PATIENCE:?}: {what}", self.name),
        }
    }

    /// The first line that is JSON with `key`.
    pub async fn json_line(&mut self, key: &str) -> serde_json::Value {
        self.line(key, |line| {
            serde_json::from_str::<serde_json::Value>(line).ok().filter(|value| value.get(key).is_some())
        })
        .await
    }

    pub fn id(&self) -> u32 {
        self.child.id().expect("the process runs")
    }

    /// Ends it as a person would pull the plug.
    pub async fn kill(&mut self) {
        let _ = self.child.kill().await;
    }
}

/// Runs a short command to its end and returns what it printed. Panics with its errors when it fails.
pub async fn run<S: AsRef<OsStr>>(program: &str, args: impl IntoIterator<Item = S>) -> String {
    let output = Command::new(program)
        .args(args)
        .kill_on_drop(true)
        .output()
        .await
        .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
    assert!(output.status.success(), "{program} failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
