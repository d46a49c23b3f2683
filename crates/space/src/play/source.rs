//! From a name to bytes: the media folder, other servers, and the voice.

use super::{PlayError, Playable};
use crate::fetch::{Cost, Fetcher};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::time::timeout;

/// A film of another server.
const FILM: Cost = Cost { bytes: 256 << 20, time: Duration::from_secs(60) };
/// What a voice may say, and how long it may think.
const SPEECH: Cost = Cost { bytes: 64 << 20, time: Duration::from_secs(30) };
/// Below `--data`. Nothing else in there can be played.
const FOLDER: &str = "media";

/// A command that reads text on its standard input and writes WAV to its standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpeechCommand {
    program: String,
    arguments: Vec<String>,
}

impl SpeechCommand {
    /// A command line without quoting: `espeak-ng --stdout`. `None`: there is nothing in it.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        Some(Self { program: words.next()?, arguments: words.collect() })
    }
}

/// Where what is played comes from.
#[derive(Clone)]
pub struct Sources {
    fetcher: Fetcher,
    folder: Option<PathBuf>,
    voice: Option<SpeechCommand>,
}

impl Sources {
    pub fn new(fetcher: Fetcher, data: Option<&Path>, voice: Option<SpeechCommand>) -> Self {
        Self { fetcher, folder: data.map(|data| data.join(FOLDER)), voice }
    }

    pub fn has_voice(&self) -> bool {
        self.voice.is_some()
    }

    pub fn has_folder(&self) -> bool {
        self.folder.is_some()
    }

    /// The bytes of something that is not made up. `Ok(None)`: it is.
    pub async fn open(&self, what: &Playable) -> Result<Option<File>, PlayError> {
        match what {
            Playable::Url(url) => {
                let shown = url.host_str().unwrap_or_default().to_owned();
                let fetched = self.fetcher.file(url, FILM).await;
                fetched.map(Some).map_err(|error| PlayError::Fetch(shown, error))
            }
            Playable::File(path) => {
                let folder = self.folder.clone().ok_or(PlayError::NoFolder)?;
                let (path, shown) = (path.clone(), path.clone());
                let opened = tokio::task::spawn_blocking(move || open_inside(&folder, &path)).await;
                opened.ok().flatten().map(Some).ok_or(PlayError::NoFile(shown))
            }
            Playable::Say(text) => self.say(text).await.map(Some),
            Playable::Silence(_) | Playable::Ring { .. } => Ok(None),
        }
    }

    async fn say(&self, text: &str) -> Result<File, PlayError> {
        let voice = self.voice.as_ref().ok_or(PlayError::NoVoice)?;
        let failed = |error: std::io::Error| PlayError::Voice(error.to_string());
        let mut child = Command::new(&voice.program)
            .args(&voice.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let (Some(mut words), Some(sound)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(PlayError::Broken);
        };
        let saying = async {
            let telling = async {
                // A voice that ends before it has read all has said what it could.
                let _ = words.write_all(text.as_bytes()).await;
                drop(words);
            };
            let mut wav = Vec::new();
            let mut limited = sound.take(SPEECH.bytes);
            let ((), heard) = tokio::join!(telling, limited.read_to_end(&mut wav));
            heard?;
            child.wait().await?;
            let mut file = tempfile::tempfile()?;
            file.write_all(&wav)?;
            file.seek(SeekFrom::Start(0))?;
            Ok(file)
        };
        let said = timeout(SPEECH.time, saying).await;
        said.map_err(|_| PlayError::Voice("it takes too long".into()))?.map_err(failed)
    }
}

/// A regular file whose real place is below `folder`, wherever links lead.
fn open_inside(folder: &Path, path: &str) -> Option<File> {
    let folder = folder.canonicalize().ok()?;
    let real = folder.join(path).canonicalize().ok()?;
    if !real.starts_with(&folder) || !real.is_file() {
        return None;
    }
    File::open(real).ok()
}
