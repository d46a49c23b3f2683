//! Documents that lie in a folder and can be dialled: `swml/welcome.yaml` is `/public/welcome`.

use super::document::{Document, LONGEST, Problem};
use std::io::Read;
use std::path::{Path, PathBuf};

/// Below `--data`.
const FOLDER: &str = "swml";
const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];
/// Documents that are looked at.
const MOST: usize = 1_000;

/// Why a document of the folder cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error("the document cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Problem(#[from] Problem),
}

#[derive(Clone, Debug, Default)]
pub struct Library {
    folder: Option<PathBuf>,
}

impl Library {
    pub fn new(data: Option<&Path>) -> Self {
        Self { folder: data.map(|data| data.join(FOLDER)) }
    }

    /// The file of the document with this name. One look at the disk for each ending.
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let folder = self.folder.as_ref().filter(|_| is_name(name))?;
        ENDINGS.iter().map(|ending| folder.join(format!("{name}.{ending}"))).find(|path| path.is_file())
    }

    /// Read anew each time, so that a change counts from the next call on.
    pub fn open(path: &Path) -> Result<Document, LibraryError> {
        let mut text = String::new();
        std::fs::File::open(path)?.take(LONGEST as u64 + 1).read_to_string(&mut text)?;
        Ok(Document::parse(&text)?)
    }

    /// Names of all documents that there are; those that cannot be run are left out, and the log says why.
    pub fn names(&self) -> Vec<String> {
        let Some(folder) = &self.folder else { return Vec::new() };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten().take(MOST) {
            let path = entry.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
            if !ENDINGS.contains(&ending) || !is_name(name) {
                continue;
            }
            match Self::open(&path) {
                Ok(_) => names.push(name.to_owned()),
                Err(error) => tracing::warn!(path = %path.display(), %error, "a document cannot be run"),
            }
        }
        names.sort();
        names.dedup();
        names
    }
}

/// What can stand in an address, in lower case, and is no path.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    (1..=64).contains(&name.len()) && name.chars().all(fits) && !name.starts_with('.') && name != "echo"
}
