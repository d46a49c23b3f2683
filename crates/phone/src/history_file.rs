//! History in a JSON file: written beside it and moved into place; a file that cannot be read is set aside, never lost.

use crate::history::{HistoryStore, LIMIT, Loaded, Recents};
use ahoy_model::{Problem, ProblemCode};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

/// More than 200 calls can ever need; a larger file is not ours.
const LARGEST: u64 = 4 << 20;

/// One file of JSON (`Recents`). Its folder is made when first written.
#[derive(Debug)]
pub struct JsonHistory {
    path: PathBuf,
    /// The file is there but could not be read or set aside: writing would destroy what is in it.
    locked: bool,
}

impl JsonHistory {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), locked: false }
    }

    fn read(&self) -> Result<Recents, io::Error> {
        let mut text = String::new();
        File::open(&self.path)?.take(LARGEST + 1).read_to_string(&mut text)?;
        if text.len() as u64 > LARGEST {
            return Err(io::Error::new(ErrorKind::InvalidData, "the file is too large"));
        }
        // Read as an object first: a list would pass for one with nothing in it.
        let object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)?;
        let mut recents: Recents = serde_json::from_value(object.into())?;
        recents.calls.truncate(LIMIT);
        Ok(recents)
    }

    /// Moves the unreadable file to a name that is free, and says to which.
    fn set_aside(&self) -> io::Result<PathBuf> {
        let free = (1..1000)
            .map(|n| with_suffix(&self.path, &format!(".unreadable-{n}")))
            .find(|path| !path.exists())
            .ok_or_else(|| io::Error::new(ErrorKind::AlreadyExists, "too many unreadable files"))?;
        fs::rename(&self.path, &free)?;
        Ok(free)
    }

    fn write(&self, recents: &Recents) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = with_suffix(&self.path, ".new");
        let mut file = File::create(&beside)?;
        file.write_all(&serde_json::to_vec(recents)?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }

    fn problem(&self, detail: impl std::fmt::Display) -> Problem {
        Problem::new(ProblemCode::StorageFailed).about(self.path.display().to_string()).because(detail)
    }
}

impl HistoryStore for JsonHistory {
    fn load(&mut self) -> Loaded {
        let error = match self.read() {
            Ok(recents) => return Loaded { recents, problem: None },
            Err(error) if error.kind() == ErrorKind::NotFound => return Loaded::default(),
            Err(error) => error,
        };
        let problem = match self.set_aside() {
            Ok(aside) => self.problem(format_args!("{error}; the file is kept as {}", aside.display())),
            Err(second) => {
                self.locked = true;
                self.problem(format_args!("{error}; and it cannot be moved: {second}"))
            }
        };
        Loaded { recents: Recents::default(), problem: Some(problem) }
    }

    fn save(&mut self, recents: &Recents) -> Result<(), Problem> {
        if self.locked {
            return Err(self.problem("the file that is there cannot be read, so it is left alone"));
        }
        self.write(recents).map_err(|error| self.problem(error).worth_retrying())
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}
