//! The sound thread's loop.

use super::device::{Place, RING, report};
use super::levels::LevelFeed;
use super::line::Line;
use super::{Command, Shared, SoundConfig, SoundEvent, VoiceConfig};
use crate::hardware::{DeviceError, LeftRight, MicrophoneSource, STEP, SpeakerSink};
use crate::mixer::{Mixer, soft_clip};
use crate::processing::{Processing, ProcessingSwitches};
use crate::stereo::Wide;
use crate::tone::{Tone, ToneGenerator};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

/// How often the thread looks at its rings.
const TICK: Duration = Duration::from_millis(5);
/// How often it wakes with nothing to do.
const IDLE_TICK: Duration = Duration::from_millis(500);
const STEP_TIME: Duration = Duration::from_millis(10);
/// Sound kept ready in the speaker's ring, in samples: grows when the ring ran dry, shrinks when more than this was never used.
const LEAST_READY: usize = 2 * STEP;
const MOST_READY: usize = 8 * STEP;
const SPARE: usize = 2 * STEP;
/// What a sound card starts with: most of them take more than 10 ms at once.
const CARD_READY: usize = 4 * STEP;
/// How long a look at the spare sound takes.
const CALM: Duration = Duration::from_secs(10);
/// Steps made up for at once after the thread was kept waiting; the rest is given up.
const MOST_STEPS: usize = 50;

pub(super) struct Run {
    shared: Arc<Shared>,
    back: SyncSender<Command>,
    lines: Vec<Line>,
    microphone: Place<Box<dyn MicrophoneSource>, rtrb::Consumer<LeftRight>>,
    speaker: Place<Box<dyn SpeakerSink>, rtrb::Producer<LeftRight>>,
    processing: Processing,
    mixer: Mixer,
    tone: Option<ToneGenerator>,
    key: Option<ToneGenerator>,
    volume: f32,
    levels: LevelFeed,
    voice: VoiceConfig,
    /// Sound to keep ready in the speaker's ring, samples.
    ready: usize,
    /// Since when, and the least that was in the ring since then.
    watched: (Instant, usize),
    /// The speaker's ring has been filled once.
    primed: bool,
    /// Until when silence was sent, and sound thrown away, in place of a device.
    silence_sent: Instant,
    thrown_away: Instant,
    ticks: u32,
}

impl Run {
    pub(super) fn new(config: SoundConfig, shared: Arc<Shared>, back: SyncSender<Command>) -> Self {
        let now = Instant::now();
        Self {
            shared,
            back,
            lines: Vec::new(),
            microphone: Place::new(),
            speaker: Place::new(),
            processing: Processing::new(config.processing),
            mixer: Mixer::new(),
            tone: None,
            key: None,
            volume: config.tone_volume,
            levels: LevelFeed::new(),
            voice: VoiceConfig::default(),
            ready: LEAST_READY,
            watched: (now, MOST_READY),
            primed: false,
            silence_sent: now,
            thrown_away: now,
            ticks: 0,
        }
    }

    pub(super) fn run(mut self, orders: &Receiver<Command>) {
        let mut deadline = Instant::now();
        loop {
            match orders.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(Command::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(command) => {
                    self.obey(command);
                    // Whatever it was, something may have to be done soon.
                    deadline = deadline.min(Instant::now() + TICK);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let now = Instant::now();
                    self.tick(now);
                    let idle = self.lines.is_empty() && !self.microphone.is_used() && !self.speaker.is_used();
                    let period = if idle { IDLE_TICK } else { TICK };
                    // Absolute deadlines, so that lateness does not add up.
                    deadline = (deadline + period).max(now);
                }
            }
        }
        // Closed here and not on a thread: whoever waits for the end wants the devices closed.
        drop((self.microphone.take(), self.speaker.take()));
    }

    fn line(&mut self, call: &ahoy_model::CallId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.call == *call)
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Microphone(_, None) => self.microphone.close(),
            Command::Microphone(number, Some(source)) => {
                self.microphone.number = number;
                self.microphone.open(source, &self.back);
            }
            Command::Speaker(_, None) => self.speaker.close(),
            Command::Speaker(number, Some(sink)) => {
                self.speaker.number = number;
                self.primed = false;
                self.speaker.open(sink, &self.back);
            }
            Command::MicrophoneOpened(generation, opened) => match self.microphone.opened(generation, opened)
            {
                Some(Ok(())) => report(&self.shared, SoundEvent::MicrophoneRunning),
                Some(Err(error)) => self.lose_microphone(error),
                None => {}
            },
            Command::SpeakerOpened(generation, opened) => match self.speaker.opened(generation, opened) {
                Some(Ok(())) => {
                    let latency = self.speaker.running.as_ref().and_then(|running| running.device.latency());
                    self.ready = if latency == Some(0) { LEAST_READY } else { CARD_READY };
                    self.watched = (Instant::now(), MOST_READY);
                    report(&self.shared, SoundEvent::SpeakerRunning);
                }
                Some(Err(error)) => self.lose_speaker(error),
                None => {}
            },
            Command::MicrophoneEnded(generation, error) if generation == self.microphone.generation => {
                self.lose_microphone(error);
            }
            Command::SpeakerEnded(generation, error) if generation == self.speaker.generation => {
                self.lose_speaker(error);
            }
            Command::MicrophoneEnded(..) | Command::SpeakerEnded(..) => {}
            Command::AddLine(mut line) => {
                line.set_voice(self.voice);
                if self.lines.is_empty() {
                    let now = Instant::now();
                    (self.silence_sent, self.thrown_away) = (now, now);
                }
                self.lines.retain(|old| old.call != line.call);
                self.lines.push(*line);
            }
            Command::RemoveLine(call) => {
                self.lines.retain(|line| line.call != call);
                self.shared.stats().remove(&call);
            }
            Command::Muted(call, muted) => {
                if let Some(line) = self.line(&call) {
                    line.muted = muted;
                }
            }
            Command::Held(call, held) => {
                if let Some(line) = self.line(&call) {
                    line.held = held;
                }
            }
            Command::ExpectedLoss(call, percent) => {
                if let Some(line) = self.line(&call) {
                    line.set_expected_loss(percent);
                }
            }
            Command::Stereo(call, stereo) => {
                if let Some(line) = self.line(&call) {
                    line.set_stereo(stereo);
                }
            }
            Command::Report(call, sender_report) => {
                if let Some(line) = self.line(&call) {
                    line.playout.sender_report(sender_report);
                }
            }
            Command::Play(tone @ Tone::Key(_)) => self.key = Some(ToneGenerator::new(tone, self.volume)),
            Command::Play(tone) => self.tone = Some(ToneGenerator::new(tone, self.volume)),
            Command::StopTone => self.tone = None,
            Command::ToneVolume(volume) => self.volume = volume,
            Command::Volume(call, volume) => {
                if let Some(line) = self.line(&call) {
                    line.volume = volume;
                }
            }
            Command::Voice(voice) => {
                self.voice = voice;
                for line in &mut self.lines {
                    line.set_voice(voice);
                }
            }
            Command::Processing(switches) => self.processing.set_switches(switches),
            Command::Stop => {}
        }
    }

    fn lose_microphone(&mut self, error: DeviceError) {
        self.microphone.close();
        report(&self.shared, SoundEvent::MicrophoneEnded(self.microphone.number, error));
    }

    fn lose_speaker(&mut self, error: DeviceError) {
        self.speaker.close();
        report(&self.shared, SoundEvent::SpeakerEnded(self.speaker.number, error));
    }

    fn tick(&mut self, now: Instant) {
        let packets = std::mem::take(&mut *self.shared.packets());
        for (call, packet) in packets {
            if let Some(line) = self.line(&call) {
                line.playout.push(&packet);
            }
        }
        self.send(now);
        self.play(now);
        if self.microphone.hangs(now) {
            self.lose_microphone(DeviceError::Hung);
        }
        if self.speaker.hangs(now) {
            self.lose_speaker(DeviceError::Hung);
        }
        self.publish(now);
    }

    /// The microphone's side: a step for every 10 ms that it delivered.
    fn send(&mut self, now: Instant) {
        let mut pairs = [[0.0; 2]; STEP];
        let mut taken = 0;
        while let Some(running) = &mut self.microphone.running {
            if taken >= MOST_STEPS || running.ring.pop_entire_slice(&mut pairs).is_err() {
                break;
            }
            taken += 1;
            let clean = !running.needs_processing;
            let waiting = running.ring.slots();
            self.microphone.touch(now);
            self.levels.overdriven(&pairs);
            let mut sound = Wide::from_pairs(&pairs);
            if !clean && self.processing.switches() != ProcessingSwitches::NONE {
                let delay = self.echo_delay(waiting);
                self.processing.captured(&mut sound.middle, delay);
                // What is cleaned is one channel.
                (sound.side, sound.has_side) = ([0.0; STEP], false);
            }
            if self.voice.gain != 1.0 {
                let louder = sound.pairs().map(|pair| pair.map(|sample| soft_clip(sample * self.voice.gain)));
                sound = Wide::from_pairs(&louder);
            }
            self.captured(&sound, true);
        }
        if self.microphone.running.is_some() {
            self.silence_sent = now;
            return;
        }
        let due = now.saturating_duration_since(self.silence_sent).as_millis() / STEP_TIME.as_millis();
        self.silence_sent =
            if due as usize > MOST_STEPS { now } else { self.silence_sent + STEP_TIME * due as u32 };
        for _ in 0..due.min(MOST_STEPS as u128) {
            self.captured(&Wide::SILENCE, false);
        }
    }

    fn captured(&mut self, sound: &Wide, listens: bool) {
        let muted = self.lines.iter().any(|line| line.muted && !line.held);
        if let Some(levels) = self.levels.captured(&sound.middle, listens, muted) {
            self.shared.levels.send_if_modified(|old| std::mem::replace(old, levels) != levels);
        }
        let mut cut = None;
        for line in &mut self.lines {
            line.capture(sound);
            if line.cut {
                cut = Some(line.call.clone());
            }
        }
        if let Some(call) = cut {
            self.lines.retain(|line| line.call != call);
            self.shared.stats().remove(&call);
            report(&self.shared, SoundEvent::LineCut(call));
        }
    }

    /// From a sample of the mix until its echo is in `captured`, ms, as far as anybody knows.
    fn echo_delay(&self, waiting_in_microphone: usize) -> u32 {
        let speaker = self.speaker.running.as_ref().map_or(0, |running| {
            let filled = RING.saturating_sub(running.ring.slots());
            running.device.latency().unwrap_or(20) + (filled / 48) as u32
        });
        speaker + (waiting_in_microphone / 48) as u32 + 10
    }

    /// The speaker's side: steps until its ring holds enough.
    fn play(&mut self, now: Instant) {
        let Some(running) = &self.speaker.running else {
            let due = now.saturating_duration_since(self.thrown_away).as_millis() / STEP_TIME.as_millis();
            let steps = (due as usize).min(MOST_STEPS);
            for step in 0..steps {
                self.mix(self.thrown_away + STEP_TIME * step as u32);
            }
            self.thrown_away =
                if due as usize > MOST_STEPS { now } else { self.thrown_away + STEP_TIME * due as u32 };
            return;
        };
        let mut filled = RING.saturating_sub(running.ring.slots());
        self.watched.1 = self.watched.1.min(filled);
        if self.primed && filled == 0 {
            self.ready = (self.ready + STEP).min(MOST_READY);
            self.watched = (now, MOST_READY);
        } else if now.saturating_duration_since(self.watched.0) > CALM {
            if self.watched.1 >= SPARE && self.ready > LEAST_READY {
                self.ready -= STEP;
            }
            self.watched = (now, MOST_READY);
        }
        self.thrown_away = now;
        let mut moved = false;
        while filled + STEP <= self.ready {
            // Several steps at once stand for different moments: the last of them for now.
            let early = Duration::from_micros((self.ready - filled - STEP) as u64 * 1_000 / 48);
            let mix = self.mix(now.checked_sub(early).unwrap_or(now));
            let Some(running) = &mut self.speaker.running else { return };
            let _ = running.ring.push_partial_slice(&mix);
            filled += STEP;
            moved = true;
        }
        if moved {
            self.primed = true;
            self.speaker.touch(now);
        }
    }

    /// The next 10 ms of everything.
    fn mix(&mut self, at: Instant) -> [LeftRight; STEP] {
        let mut sound = Wide::SILENCE;
        self.mixer.clear();
        for line in &mut self.lines {
            if line.play(&mut sound, at) {
                self.mixer.add_wide(&sound, line.volume);
            }
        }
        let mut step = [0.0; STEP];
        for tone in [&mut self.tone, &mut self.key] {
            if let Some(playing) = tone {
                let goes_on = playing.fill(&mut step);
                self.mixer.add(&step, 1.0);
                if !goes_on {
                    *tone = None;
                }
            }
        }
        let mut pairs = [[0.0; 2]; STEP];
        self.mixer.finish_wide(&mut pairs, &mut step);
        self.levels.played(&step);
        let echo = self.microphone.running.as_ref().is_some_and(|running| running.needs_processing);
        if echo && self.processing.switches() != ProcessingSwitches::NONE {
            self.processing.played(&step);
        }
        pairs
    }

    fn publish(&mut self, now: Instant) {
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(20) && !self.lines.is_empty() {
            let later = self.speaker.running.as_ref().map_or(0, |running| {
                (RING.saturating_sub(running.ring.slots()) / 48) as u32
                    + running.device.latency().unwrap_or(20)
            });
            let mut stats = self.shared.stats();
            for line in &self.lines {
                stats.insert(line.call.clone(), line.stats(now, Duration::from_millis(u64::from(later))));
            }
        }
    }
}
