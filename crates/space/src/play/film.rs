//! The thread that reads one item and makes its pieces.

use super::avc::AvcConfig;
use super::pictures::{Demands, Encoded, Outlook, Pictures};
use super::ringing::Ringing;
use super::sound::{STEP, SoundTrack};
use super::{Piece, PlayError, Playable};
use ahoy_media::opus::FRAME;
use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::video::well_known::CODEC_ID_H264;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{TimeBase, Timestamp};
use tokio::sync::mpsc;

/// Pieces that wait for the player: half a second of sound and pictures. The thread waits when they are not taken.
const QUEUE: usize = 40;
/// How far a film is looked at before its pictures are sent as they are.
const LOOK: Duration = Duration::from_secs(8);
const LOOK_PACKETS: usize = 2_000;

/// What the leg can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub sound: bool,
    pub pictures: bool,
    /// bit/s.
    pub most_bitrate: u32,
}

pub type Pieces = mpsc::Receiver<Result<Piece, PlayError>>;

/// Nobody listens any more.
struct Gone;

enum Stop {
    Gone,
    Failed(PlayError),
}

impl From<Gone> for Stop {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<PlayError> for Stop {
    fn from(error: PlayError) -> Self {
        Self::Failed(error)
    }
}

struct Out(mpsc::Sender<Result<Piece, PlayError>>);

impl Out {
    fn piece(&self, piece: Piece) -> Result<(), Gone> {
        self.0.blocking_send(Ok(piece)).map_err(|_| Gone)
    }
}

/// Starts the thread. `file`: what [`super::Sources::open`] gave for `what`. It ends when the pieces are dropped.
pub fn start(
    what: &Playable,
    file: Option<File>,
    wanted: Wanted,
    demands: Arc<Demands>,
) -> Result<Pieces, PlayError> {
    let (pieces, taken) = mpsc::channel(QUEUE);
    let what = what.clone();
    let work = move || {
        let out = Out(pieces);
        let done = match (&what, file) {
            (_, Some(file)) => film(&out, file, wanted, &demands),
            (Playable::Silence(time), None) => silence(&out, *time),
            (Playable::Ring { country, time }, None) => ringing(&out, country, *time),
            (_, None) => Err(Stop::Failed(PlayError::Broken)),
        };
        match done.and_then(|()| out.piece(Piece::End).map_err(Stop::from)) {
            Ok(()) | Err(Stop::Gone) => {}
            // Whoever played may have stopped; then nobody asks why.
            Err(Stop::Failed(error)) => drop(out.0.blocking_send(Err(error))),
        }
    };
    thread::Builder::new().name("play".into()).spawn(work).map_err(|_| PlayError::TooMany)?;
    Ok(taken)
}

fn silence(out: &Out, time: Duration) -> Result<(), Stop> {
    made_up(out, time, |_| {})
}

fn ringing(out: &Out, country: &str, time: Option<Duration>) -> Result<(), Stop> {
    let mut ringing = Ringing::new(country);
    let time = time.unwrap_or(Duration::from_millis(ringing.round().into()));
    made_up(out, time, |samples| ringing.fill(samples))
}

fn made_up(out: &Out, time: Duration, mut fill: impl FnMut(&mut [f32])) -> Result<(), Stop> {
    let mut at = Duration::ZERO;
    while at < time {
        let mut samples = vec![0.0; FRAME];
        fill(&mut samples);
        out.piece(Piece::Sound { at, samples })?;
        at += STEP;
    }
    Ok(())
}

/// Tracks of an opened film.
struct Reel {
    reader: Box<dyn FormatReader>,
    sound: Option<(u32, TimeBase, AudioCodecParameters)>,
    pictures: Option<(u32, TimeBase, AvcConfig)>,
}

impl Reel {
    fn open(file: &File) -> Result<Self, PlayError> {
        let unreadable = |error: Error| PlayError::Unreadable(error.to_string());
        let broken = |error: std::io::Error| PlayError::Unreadable(error.to_string());
        let mut file = file.try_clone().map_err(broken)?;
        file.seek(SeekFrom::Start(0)).map_err(broken)?;
        let stream = MediaSourceStream::new(Box::new(file), Default::default());
        let probe = symphonia::default::get_probe();
        let reader = probe
            .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
            .map_err(unreadable)?;
        let (mut sound, mut pictures) = (None, None);
        for track in reader.tracks() {
            let Some(base) = track.time_base else { continue };
            match &track.codec_params {
                Some(CodecParameters::Audio(parameters)) if sound.is_none() => {
                    sound = Some((track.id, base, parameters.clone()));
                }
                Some(CodecParameters::Video(video)) if pictures.is_none() => {
                    if video.codec != CODEC_ID_H264 {
                        return Err(PlayError::OtherCodec(format!("in codec {}", video.codec)));
                    }
                    let record = video.extra_data.first().and_then(|extra| AvcConfig::read(&extra.data));
                    let config =
                        record.ok_or(PlayError::Unreadable("H.264 without its parameters".into()))?;
                    pictures = Some((track.id, base, config));
                }
                _ => {}
            }
        }
        if sound.is_none() && pictures.is_none() {
            return Err(PlayError::Unreadable("there is neither sound nor picture in it".into()));
        }
        Ok(Self { reader, sound, pictures })
    }

    /// Looks at the pictures to come, without decoding them.
    fn outlook(mut self) -> Outlook {
        let mut outlook = Outlook::default();
        let Some((id, base, config)) = &self.pictures else { return outlook };
        for _ in 0..LOOK_PACKETS {
            let Ok(Some(packet)) = self.reader.next_packet() else { break };
            if packet.track_id != *id {
                continue;
            }
            let at = time(*base, packet.dts);
            let key = config.annex_b(&packet.data).is_some_and(|(_, key)| key);
            outlook.see(at, packet.data.len(), key);
            if at > LOOK {
                break;
            }
        }
        outlook
    }
}

/// From the film's beginning; what lies before it belongs to the beginning.
fn time(base: TimeBase, at: Timestamp) -> Duration {
    let time = base.calc_time(at).map_or(0.0, |time| time.as_secs_f64());
    Duration::try_from_secs_f64(time).unwrap_or_default()
}

fn film(out: &Out, file: File, wanted: Wanted, demands: &Demands) -> Result<(), Stop> {
    let mut reel = Reel::open(&file)?;
    let mut sound = match reel.sound.take().filter(|_| wanted.sound) {
        Some((id, base, parameters)) => Some((id, base, SoundTrack::open(&parameters)?)),
        None => None,
    };
    let mut pictures = match reel.pictures.take().filter(|_| wanted.pictures) {
        Some((id, base, config)) => {
            let outlook = Reel::open(&file)?.outlook();
            Some((id, base, Pictures::open(config, &outlook, wanted.most_bitrate)?))
        }
        None => None,
    };
    // Another look moved the file's own place; the reader of the first one goes where it wants to be.
    let mut reader = if pictures.is_some() { Reel::open(&file)?.reader } else { reel.reader };
    let (mut heard, mut seen) = (Vec::new(), Vec::new());
    loop {
        let packet = match reader.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // A film that was cut off plays as far as it goes.
            Err(Error::IoError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(PlayError::Unreadable(error.to_string()).into()),
        };
        if let Some((_, base, track)) = sound.as_mut().filter(|(id, ..)| *id == packet.track_id) {
            track.packet(&packet, time(*base, packet.pts), &mut heard)?;
        } else if let Some((_, base, track)) = pictures.as_mut().filter(|(id, ..)| *id == packet.track_id) {
            track.sample(&packet.data, time(*base, packet.dts), demands, &mut seen)?;
        }
        give(out, &mut heard, &mut seen)?;
    }
    if let Some((.., track)) = sound {
        track.finish(&mut heard);
    }
    if let Some((.., track)) = pictures {
        track.finish(demands, &mut seen)?;
    }
    Ok(give(out, &mut heard, &mut seen)?)
}

fn give(out: &Out, heard: &mut Vec<(Duration, Vec<f32>)>, seen: &mut Vec<Encoded>) -> Result<(), Gone> {
    for (at, samples) in heard.drain(..) {
        out.piece(Piece::Sound { at, samples })?;
    }
    for Encoded { at, data, key } in seen.drain(..) {
        out.piece(Piece::Picture { at, data, key })?;
    }
    Ok(())
}
