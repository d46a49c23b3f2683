//! Streams: a connection and a thread for each, both gone when it is dropped, whoever has ended it.

use super::{Connection, Event, Message, from_pulse, list};
use crate::sound_stream::Signals;
use ahoy_media::hardware::{SAMPLE_RATE, STEP};
use ahoy_media::{DeviceError, LeftRight};
use ahoy_model::DeviceKind;
use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelMap, Command, CreatePlaybackStreamReply, CreateRecordStreamReply, DESCRIPTOR_SIZE, LatencyParams,
    PlaybackLatency, PlaybackStreamParams, Prop, Props, ProtocolError, PulseError, RecordStreamParams,
    SampleFormat, SampleSpec,
};
use std::ffi::CStr;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

/// A frame: left and right, 4 bytes each. The server converts between this and what the card has.
pub const FRAME: usize = size_of::<LeftRight>();
/// How much is asked for or given at a time: 10 ms.
const STEP_BYTES: u32 = (STEP * FRAME) as u32;
/// What a recording may wait at the server when this computer is late. More is dropped.
const LATEST: u32 = 20 * STEP_BYTES;
/// How often the server is asked how late a speaker is.
const MEASURE: Duration = Duration::from_millis(100);

/// A running stream; closed when dropped.
pub struct PulseStream {
    socket: UnixStream,
    thread: Option<JoinHandle<()>>,
}

impl PulseStream {
    pub fn start(
        connection: Connection,
        signals: Signals,
        run: impl FnOnce(Connection, &Signals) -> ProtocolError + Send + 'static,
    ) -> Result<Self, DeviceError> {
        // From now on the one who watches the signals ends it when it hangs.
        let socket = connection.wait_at_most(None).and_then(|()| connection.handle());
        let socket = socket.map_err(|error| from_pulse(&error))?;
        let life = move || {
            let error = run(connection, &signals);
            signals.failed(from_pulse(&error));
        };
        let thread = std::thread::Builder::new()
            .name("pulse".to_owned())
            .spawn(life)
            .map_err(|error| DeviceError::Broken(error.to_string()))?;
        Ok(Self { socket, thread: Some(thread) })
    }
}

impl Drop for PulseStream {
    fn drop(&mut self) {
        // Whatever the thread is waiting for, this ends it.
        let _ = self.socket.shutdown(Shutdown::Both);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// Hears from a microphone (or a speaker's monitor) by its name.
///
/// # Errors
/// What the server says.
pub fn record(
    name: &str,
    mut hear: impl FnMut(LeftRight) + Send + 'static,
    signals: &Signals,
) -> Result<PulseStream, DeviceError> {
    let (connection, channel) = open_record(name).map_err(|error| from_pulse(&error))?;
    let name = name.to_owned();
    let run = move |mut connection: Connection, signals: &Signals| loop {
        match connection.next() {
            Ok(Message::Sound(of, bytes)) if of == channel => {
                signals.alive();
                frames(bytes).for_each(&mut hear);
            }
            Ok(Message::Event(Event::Killed(of))) if of == channel => return killed(),
            Ok(Message::Event(Event::Moved)) if is_gone(&name, DeviceKind::Microphone) => {
                return killed();
            }
            Ok(_) => {}
            Err(error) => return error,
        }
    };
    PulseStream::start(connection, signals.clone(), run)
}

fn open_record(name: &str) -> Result<(Connection, u32), ProtocolError> {
    let mut connection = Connection::open()?;
    // By its number: a server that does not find a name may take another device instead.
    let source = list::source(&mut connection, name)?;
    let params = RecordStreamParams { source_index: Some(source.index), ..record_params() };
    let reply: CreateRecordStreamReply = connection.ask(&Command::CreateRecordStream(params))?;
    Ok((connection, reply.channel))
}

/// As we want to hear anything.
pub fn record_params() -> RecordStreamParams {
    RecordStreamParams {
        sample_spec: sample_spec(),
        channel_map: ChannelMap::stereo(),
        buffer_attr: BufferAttr { fragment_size: STEP_BYTES, max_length: LATEST, ..BufferAttr::default() },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        props: properties(),
        ..RecordStreamParams::default()
    }
}

/// The sound in a message.
pub fn frames(bytes: &[u8]) -> impl Iterator<Item = LeftRight> + '_ {
    let (frames, _) = bytes.as_chunks::<FRAME>();
    frames
        .iter()
        .map(|&[a, b, c, d, e, f, g, h]| [f32::from_ne_bytes([a, b, c, d]), f32::from_ne_bytes([e, f, g, h])])
}

/// Plays what `next` gives by a speaker of this name. Puts into `latency` after how many milliseconds it is heard.
///
/// # Errors
/// What the server says.
pub fn play(
    name: &str,
    next: impl FnMut() -> LeftRight + Send + 'static,
    latency: Arc<AtomicU32>,
    signals: &Signals,
) -> Result<PulseStream, DeviceError> {
    let (connection, stream) = open_play(name).map_err(|error| from_pulse(&error))?;
    let name = name.to_owned();
    let run = move |connection: Connection, signals: &Signals| {
        let channel = stream.channel;
        let mut player = Player { connection, name, channel, next, latency, asked: None, block: Vec::new() };
        player.run(stream.requested_bytes, signals).err().unwrap_or_else(killed)
    };
    PulseStream::start(connection, signals.clone(), run)
}

fn open_play(name: &str) -> Result<(Connection, CreatePlaybackStreamReply), ProtocolError> {
    let mut connection = Connection::open()?;
    let sink = list::sink(&mut connection, name)?;
    let params = PlaybackStreamParams {
        sample_spec: sample_spec(),
        channel_map: ChannelMap::stereo(),
        sink_index: Some(sink.index),
        buffer_attr: BufferAttr {
            target_length: 2 * STEP_BYTES,
            minimum_request_length: STEP_BYTES,
            ..BufferAttr::default()
        },
        flags: StreamFlags { adjust_latency: true, ..StreamFlags::default() },
        props: properties(),
        ..PlaybackStreamParams::default()
    };
    let reply = connection.ask(&Command::CreatePlaybackStream(params))?;
    Ok((connection, reply))
}

struct Player<F> {
    connection: Connection,
    name: String,
    channel: u32,
    next: F,
    latency: Arc<AtomicU32>,
    /// The last question for the latency, and when it was.
    asked: Option<(u32, Instant)>,
    block: Vec<u8>,
}

impl<F: FnMut() -> LeftRight> Player<F> {
    /// Until the server ends it, or the connection.
    fn run(&mut self, wanted: u32, signals: &Signals) -> Result<(), ProtocolError> {
        self.give(wanted)?;
        loop {
            match self.connection.next()? {
                Message::Event(Event::Wants(of, bytes)) if of == self.channel => {
                    signals.alive();
                    self.give(bytes)?;
                }
                Message::Event(Event::Killed(of)) if of == self.channel => return Ok(()),
                Message::Event(Event::Moved) if is_gone(&self.name, DeviceKind::Speaker) => {
                    return Ok(());
                }
                Message::Answer(number, Ok(words)) if self.asked.is_some_and(|(of, _)| of == number) => {
                    let delay = delay(&words.read::<PlaybackLatency>()?);
                    self.latency.store(u32::try_from(delay).unwrap_or(u32::MAX - 1), Ordering::Relaxed);
                }
                _ => {}
            }
        }
    }

    fn give(&mut self, bytes: u32) -> Result<(), ProtocolError> {
        let frames = bytes as usize / FRAME;
        if frames == 0 {
            return Ok(());
        }
        // Before the samples, since it is about them that one wants to know when they will be heard.
        if self.asked.is_none_or(|(_, when)| when.elapsed() >= MEASURE) {
            let question = LatencyParams { channel: self.channel, now: SystemTime::now() };
            let number = self.connection.send(&Command::GetPlaybackLatency(question))?;
            self.asked = Some((number, Instant::now()));
        }
        self.block.clear();
        self.block.resize(DESCRIPTOR_SIZE, 0);
        for _ in 0..frames {
            for sample in (self.next)() {
                self.block.extend_from_slice(&sample.clamp(-1.0, 1.0).to_ne_bytes());
            }
        }
        self.connection.send_sound(self.channel, &mut self.block)
    }
}

/// Milliseconds until what is given now is heard.
fn delay(latency: &PlaybackLatency) -> u64 {
    let queued = u64::try_from(latency.write_offset - latency.read_offset).unwrap_or(0);
    latency.sink_usec / 1_000 + queued * 1_000 / (FRAME as u64 * u64::from(SAMPLE_RATE))
}

fn sample_spec() -> SampleSpec {
    let format =
        if cfg!(target_endian = "little") { SampleFormat::Float32Le } else { SampleFormat::Float32Be };
    SampleSpec { format, channels: 2, sample_rate: SAMPLE_RATE }
}

pub fn properties() -> Props {
    let mut properties = Props::new();
    properties.set(Prop::MediaName, c"Ahoy");
    properties.set_bytes(OWN, mark());
    properties
}

/// Whether a stream is one of this program's.
pub fn is_ours(properties: &Props) -> bool {
    properties.get_bytes(OWN) == Some(mark())
}

/// By which the streams of this program are told from those of others: the number of a process may be that of another
/// one's, behind the wall of a sandbox.
const OWN: &CStr = c"ahoy.phone";

fn mark() -> &'static [u8] {
    static MARK: OnceLock<Vec<u8>> = OnceLock::new();
    MARK.get_or_init(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{}-{}\0", std::process::id(), since.as_nanos()).into_bytes()
    })
}

/// Of a device that goes the server may hand the stream to another one; which, we want to say ourselves. People may
/// move it too.
fn is_gone(name: &str, kind: DeviceKind) -> bool {
    list::exists(name, kind) == Err(DeviceError::Absent)
}

fn killed() -> ProtocolError {
    ProtocolError::ServerError(PulseError::Killed)
}
