//! The thread `record`: takes what was encoded anyway, and writes it down.

use super::RecordError;
use super::entry;
use super::film::Film;
use super::timeline::Timeline;
use ahoy_model::{AudioPacket, EncodedFrame};
use bytes::Bytes;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Pictures and packets that wait for the disk: six seconds of both.
const QUEUE: usize = 512;
/// Recordings of one room that begin in the same second.
const NAMESAKES: u32 = 100;

enum Piece {
    Picture(EncodedFrame, Instant),
    Sound(Bytes, Instant),
    Pause(Instant),
    Resume,
}

/// What has been recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    pub length: Duration,
    pub bytes: u64,
}

/// The room's end of the thread. When it is dropped, and the ways into it, the film is brought to an end.
pub struct Recorder {
    pieces: SyncSender<Piece>,
    file: PathBuf,
}

/// A way into the recording for encoders.
#[derive(Clone)]
pub struct Feed {
    pieces: SyncSender<Piece>,
    /// A picture was lost: later ones are of no use without a key frame.
    torn: Arc<AtomicBool>,
}

impl Feed {
    /// False: it does not fit; a key frame has to come next.
    pub fn picture(&self, frame: EncodedFrame) -> bool {
        if self.torn.load(Ordering::Relaxed) && !frame.key {
            return false;
        }
        let taken = self.pieces.try_send(Piece::Picture(frame, Instant::now())).is_ok();
        self.torn.store(!taken, Ordering::Relaxed);
        taken
    }

    /// A packet that does not fit becomes silence.
    pub fn sound(&self, packet: &AudioPacket) {
        let _ = self.pieces.try_send(Piece::Sound(packet.data.clone(), packet.at));
    }
}

impl Recorder {
    /// Makes the file `<folder>/<name>-<date>.mp4` and starts the thread; it tells `ended` what became of it.
    pub fn start(
        folder: &Path,
        name: &str,
        stamp: &str,
        size: (u32, u32),
        ended: impl FnOnce(Result<Recorded, RecordError>) + Send + 'static,
    ) -> Result<Self, RecordError> {
        std::fs::create_dir_all(folder)?;
        let (out, file) = fresh(folder, name, stamp)?;
        let made = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let film = Film::new(out, size, made)?;
        let (pieces, waiting) = sync_channel(QUEUE);
        let work = move || {
            let work = std::panic::AssertUnwindSafe(|| run(&waiting, film));
            ended(std::panic::catch_unwind(work).unwrap_or(Err(RecordError::Broken)));
        };
        std::thread::Builder::new().name("record".into()).spawn(work)?;
        Ok(Self { pieces, file })
    }

    pub fn file(&self) -> &Path {
        &self.file
    }

    pub fn feed(&self) -> Feed {
        Feed { pieces: self.pieces.clone(), torn: Arc::new(AtomicBool::new(true)) }
    }

    /// What comes now is not recorded. False: the thread is behind and must be told again.
    pub fn pause(&self) -> bool {
        self.pieces.try_send(Piece::Pause(Instant::now())).is_ok()
    }

    pub fn resume(&self) -> bool {
        self.pieces.try_send(Piece::Resume).is_ok()
    }
}

/// A file that was not there before.
fn fresh(folder: &Path, name: &str, stamp: &str) -> Result<(File, PathBuf), RecordError> {
    for n in 0..NAMESAKES {
        let more = if n == 0 { String::new() } else { format!("-{n}") };
        let path = folder.join(format!("{name}-{stamp}{more}.mp4"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into())
}

fn run(waiting: &Receiver<Piece>, mut film: Film<File>) -> Result<Recorded, RecordError> {
    let mut line = Timeline::default();
    let mut paused = false;
    while let Ok(piece) = waiting.recv() {
        match piece {
            Piece::Picture(frame, came) => {
                if !line.runs() {
                    if paused || !frame.key {
                        continue;
                    }
                    line.run(came);
                }
                let at = line.picture(frame.rtp_time, came);
                film.picture(entry::take_apart(&frame.data), frame.key, at)?;
            }
            Piece::Sound(packet, came) if line.runs() => film.sound(packet, line.at(came))?,
            Piece::Sound(..) => {}
            Piece::Pause(at) => {
                paused = true;
                line.pause(at);
            }
            Piece::Resume => paused = false,
        }
    }
    let (length, bytes) = film.finish(line.at(Instant::now()))?;
    Ok(Recorded { length, bytes })
}
