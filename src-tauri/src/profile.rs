//! The folder of one phone: settings, history, logs, the web view's data.

use ahoy_model::{Problem, ProblemCode};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// A log of more than this is set aside when the app starts. Bytes.
const LARGEST_LOG: u64 = 4 << 20;

#[derive(Clone, Debug)]
pub struct Profile {
    folder: PathBuf,
}

impl Profile {
    /// Makes the folder. `StorageFailed` when that is impossible.
    pub fn open(folder: PathBuf) -> Result<Self, Problem> {
        let folder = std::path::absolute(&folder).unwrap_or(folder);
        fs::create_dir_all(folder.join("logs")).map_err(|error| {
            Problem::new(ProblemCode::StorageFailed).about(folder.display().to_string()).because(error)
        })?;
        Ok(Self { folder })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn settings(&self) -> PathBuf {
        self.folder.join("settings.json")
    }

    pub fn history(&self) -> PathBuf {
        self.folder.join("history.json")
    }

    /// Calls that a crash or a restart interrupted.
    pub fn calls(&self) -> PathBuf {
        self.folder.join("calls.json")
    }

    pub fn space(&self) -> PathBuf {
        self.folder.join("space")
    }

    pub fn web_view(&self) -> PathBuf {
        self.folder.join("webview")
    }

    pub fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// Sends `tracing` and panics to `logs/ahoy.log`. `AHOY_LOG` chooses what (as `RUST_LOG` does elsewhere); without the
    /// file, messages go to stderr.
    pub fn start_log(&self) {
        let filter = EnvFilter::try_from_env("AHOY_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
        let lines = tracing_subscriber::fmt::layer().with_ansi(false);
        let registry = tracing_subscriber::registry().with(filter);
        let started = match self.log_file() {
            Ok(file) => registry.with(lines.with_writer(Mutex::new(file))).try_init(),
            Err(_) => registry.with(lines.with_writer(io::stderr)).try_init(),
        };
        if started.is_ok() {
            log_panics();
        }
    }

    fn log_file(&self) -> io::Result<File> {
        let path = self.logs().join("ahoy.log");
        if fs::metadata(&path).is_ok_and(|about| about.len() > LARGEST_LOG) {
            fs::rename(&path, self.logs().join("ahoy.old.log"))?;
        }
        OpenOptions::new().create(true).append(true).open(path)
    }
}

fn log_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let thread = std::thread::current();
        tracing::error!(thread = thread.name().unwrap_or("?"), "{panic}");
        before(panic);
    }));
}
