//! All sound of a phone, on thread `sound`: one microphone, one speaker, and a line per call.
//!
//! The thread wakes every 5 ms. The microphone's clock paces what is sent (a step for every 480 samples in its ring), the
//! speaker's clock paces what is played (steps until its ring holds enough); where a device is missing, the monotonic clock
//! stands in, so packets flow and jitter buffers drain all the same. The clocks need not agree: each line's playout follows
//! its sender's clock by itself. The final mix is the reference for echo cancellation.

mod device;
mod levels;
mod line;
mod run;

use crate::audio::AudioError;
use crate::hardware::{DeviceError, LeftRight, MicrophoneSource, SpeakerSink};
use crate::processing::ProcessingSwitches;
use crate::sync::PlayPoint;
use crate::tone::Tone;
use ahoy_model::{AudioCodec, AudioPacket, CallId, SenderReport};
use device::Opened;
use line::Line;
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, watch};

/// Commands that may wait. The thread takes all of them every 5 ms.
const COMMANDS: usize = 1024;
/// Packets that may wait; then the oldest goes.
const PACKETS: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundConfig {
    pub processing: ProcessingSwitches,
    /// 0 to 1.
    pub tone_volume: f32,
}

impl Default for SoundConfig {
    fn default() -> Self {
        Self { processing: ProcessingSwitches::ALL, tone_volume: 0.8 }
    }
}

/// What is done with one's own voice and with silence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceConfig {
    /// Of the microphone after all processing, 0 to 2.
    pub gain: f32,
    /// Sends next to nothing while nobody speaks.
    pub dtx: bool,
    /// Music: the whole band at 128 kbit/s, or 192 in two channels. Processing is switched apart from this.
    pub studio: bool,
    /// A far side that sends nothing is not dead silent.
    pub comfort_noise: bool,
}

impl Default for VoiceConfig {
    fn default() -> Self {
        Self { gain: 1.0, dtx: false, studio: false, comfort_noise: true }
    }
}

/// For meters, 0 to 1: 33 for every second of sound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SoundLevels {
    pub microphone: f32,
    pub speaker: f32,
    /// The microphone was overdriven within the last second.
    pub clipping: bool,
    /// Somebody speaks into the microphone while a line that is not on hold is muted.
    pub talking_muted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SoundEvent {
    MicrophoneRunning,
    SpeakerRunning,
    /// The microphone of this number could not be opened, or ended by itself. Silence is sent instead.
    MicrophoneEnded(u64, DeviceError),
    SpeakerEnded(u64, DeviceError),
    /// The taker of this line's packets is gone.
    LineCut(CallId),
    /// The sound thread itself has ended (after a panic; start another).
    EngineEnded,
}

/// What a line is like now; counts since it was added.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LineStats {
    /// RFC 3550 interarrival jitter, ms.
    pub jitter_ms: f32,
    /// How long received sound waits here, and how long it should, ms.
    pub buffer_ms: f32,
    pub target_ms: f32,
    pub received: u64,
    pub late: u64,
    /// Lost packets that were asked for from the packet after them.
    pub recovered: u64,
    /// ms of made-up sound, of all sound played.
    pub concealed_ms: u64,
    pub played_ms: u64,
    pub sent: u64,
    /// Packets that found the queue to the network full.
    pub dropped: u64,
    /// Loudness of the far side, 0 to 1.
    pub level: f32,
    /// What is heard now and when it was spoken, for lip sync. `None` before the first sender report.
    pub heard: Option<PlayPoint>,
}

enum Command {
    Microphone(u64, Option<Box<dyn MicrophoneSource>>),
    Speaker(u64, Option<Box<dyn SpeakerSink>>),
    MicrophoneOpened(u64, Result<Opened<Box<dyn MicrophoneSource>, rtrb::Consumer<LeftRight>>, DeviceError>),
    SpeakerOpened(u64, Result<Opened<Box<dyn SpeakerSink>, rtrb::Producer<LeftRight>>, DeviceError>),
    MicrophoneEnded(u64, DeviceError),
    SpeakerEnded(u64, DeviceError),
    AddLine(Box<Line>),
    RemoveLine(CallId),
    Muted(CallId, bool),
    Held(CallId, bool),
    ExpectedLoss(CallId, u8),
    Stereo(CallId, bool),
    Report(CallId, SenderReport),
    Play(Tone),
    StopTone,
    ToneVolume(f32),
    Volume(CallId, f32),
    Voice(VoiceConfig),
    Processing(ProcessingSwitches),
    Stop,
}

/// What the thread and its handle share.
struct Shared {
    packets: Mutex<VecDeque<(CallId, AudioPacket)>>,
    stats: Mutex<HashMap<CallId, LineStats>>,
    levels: watch::Sender<SoundLevels>,
    events: broadcast::Sender<SoundEvent>,
}

impl Shared {
    fn packets(&self) -> MutexGuard<'_, VecDeque<(CallId, AudioPacket)>> {
        self.packets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stats(&self) -> MutexGuard<'_, HashMap<CallId, LineStats>> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, event: SoundEvent) {
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }
}

/// The phone's sound. No method blocks, except `shut_down`.
pub struct SoundEngine {
    commands: SyncSender<Command>,
    /// So many were given to it.
    devices: AtomicU64,
    shared: Arc<Shared>,
    done: Mutex<Receiver<()>>,
}

impl SoundEngine {
    pub fn start(config: SoundConfig) -> Self {
        let (commands, orders) = sync_channel(COMMANDS);
        let (finished, done) = sync_channel(1);
        let shared = Arc::new(Shared {
            packets: Mutex::new(VecDeque::with_capacity(PACKETS)),
            stats: Mutex::default(),
            levels: watch::channel(SoundLevels::default()).0,
            events: broadcast::channel(32).0,
        });
        let (for_thread, back) = (shared.clone(), commands.clone());
        let body = move || {
            let run = AssertUnwindSafe(|| run::Run::new(config, for_thread.clone(), back).run(&orders));
            if catch_unwind(run).is_err() {
                tracing::error!("the sound thread panicked");
                for_thread.tell(SoundEvent::EngineEnded);
            }
            let _ = finished.try_send(());
        };
        if let Err(error) = std::thread::Builder::new().name("sound".into()).spawn(body) {
            tracing::error!(%error, "the system gives us no sound thread");
            shared.tell(SoundEvent::EngineEnded);
        }
        Self { commands, devices: AtomicU64::new(0), shared, done: Mutex::new(done) }
    }

    fn order(&self, command: Command) {
        if self.commands.try_send(command).is_err() {
            tracing::error!("the sound thread takes no orders");
        }
    }

    /// Opens this microphone in the background in place of the one before; `None` sends silence. A late answer of an
    /// earlier one is ignored. Not open within 5 s, or silent for 3 s: `MicrophoneEnded(Hung)`. Returns the number under which
    /// its end will be told.
    pub fn set_microphone(&self, microphone: Option<Box<dyn MicrophoneSource>>) -> u64 {
        let number = self.devices.fetch_add(1, Ordering::Relaxed);
        self.order(Command::Microphone(number, microphone));
        number
    }

    /// The same for the speaker.
    pub fn set_speaker(&self, speaker: Option<Box<dyn SpeakerSink>>) -> u64 {
        let number = self.devices.fetch_add(1, Ordering::Relaxed);
        self.order(Command::Speaker(number, speaker));
        number
    }

    /// Adds a call: packets of 20 ms go into `out` (which wants room for 8) from now on. Replaces a line of the same call.
    pub fn add_line(
        &self,
        call: CallId,
        codec: AudioCodec,
        out: mpsc::Sender<AudioPacket>,
    ) -> Result<(), AudioError> {
        self.order(Command::AddLine(Box::new(Line::new(call, codec, out)?)));
        Ok(())
    }

    pub fn remove_line(&self, call: CallId) {
        self.order(Command::RemoveLine(call));
    }

    /// A packet off the network. When too many wait, the oldest goes.
    pub fn push(&self, call: CallId, packet: AudioPacket) {
        let mut packets = self.shared.packets();
        if packets.len() >= PACKETS {
            packets.pop_front();
        }
        packets.push_back((call, packet));
    }

    pub fn sender_report(&self, call: CallId, report: SenderReport) {
        self.order(Command::Report(call, report));
    }

    /// A muted line sends silence.
    pub fn set_muted(&self, call: CallId, muted: bool) {
        self.order(Command::Muted(call, muted));
    }

    /// A held line sends silence and is not heard.
    pub fn set_held(&self, call: CallId, held: bool) {
        self.order(Command::Held(call, held));
    }

    /// Loss in percent that the far side reports; in-band FEC prepares for it.
    pub fn set_expected_loss(&self, call: CallId, percent: u8) {
        self.order(Command::ExpectedLoss(call, percent));
    }

    /// Whether the far side takes two channels: sent when it codes them and studio sound is on, since processing knows one.
    pub fn set_stereo(&self, call: CallId, stereo: bool) {
        self.order(Command::Stereo(call, stereo));
    }

    /// Plays a tone until `stop_tone` or another one. Keys sound on top and end by themselves.
    pub fn play(&self, tone: Tone) {
        self.order(Command::Play(tone));
    }

    pub fn stop_tone(&self) {
        self.order(Command::StopTone);
    }

    /// 0 to 1, for tones from now on.
    pub fn set_tone_volume(&self, volume: f32) {
        self.order(Command::ToneVolume(volume));
    }

    /// Loudness of a far side: 1 as it comes, up to 2.
    pub fn set_volume(&self, call: CallId, volume: f32) {
        self.order(Command::Volume(call, within_two(volume)));
    }

    /// For all lines, now and later.
    pub fn set_voice(&self, voice: VoiceConfig) {
        self.order(Command::Voice(VoiceConfig { gain: within_two(voice.gain), ..voice }));
    }

    pub fn set_processing(&self, switches: ProcessingSwitches) {
        self.order(Command::Processing(switches));
    }

    pub fn levels(&self) -> watch::Receiver<SoundLevels> {
        self.shared.levels.subscribe()
    }

    /// What happens to devices and lines from now on.
    pub fn ended(&self) -> broadcast::Receiver<SoundEvent> {
        self.shared.events.subscribe()
    }

    /// Not older than 0.1 s. `None`: no such line.
    pub fn line_stats(&self, call: &CallId) -> Option<LineStats> {
        self.shared.stats().get(call).copied()
    }

    /// Stops, and waits until the devices are closed (a recording is whole then) or patience is over. Blocks; not for async code.
    pub fn shut_down(self, patience: Duration) {
        self.order(Command::Stop);
        let done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        if done.recv_timeout(patience).is_err() {
            tracing::warn!("the sound devices do not close");
        }
    }
}

/// 0 to 2, and 1 for what is no number.
fn within_two(factor: f32) -> f32 {
    if factor.is_finite() { factor.clamp(0.0, 2.0) } else { 1.0 }
}

impl Drop for SoundEngine {
    fn drop(&mut self) {
        // After `shut_down` nobody takes it any more.
        let _ = self.commands.try_send(Command::Stop);
    }
}

impl std::fmt::Debug for SoundEngine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SoundEngine")
    }
}
