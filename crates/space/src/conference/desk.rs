//! The room's sound: everybody hears everybody else. Knows no clock and no thread: [`Desk::tick`] is told the time.
//!
//! Whoever is silent hears the same as all others who are: that mix is encoded once for all of them.

use super::canvas::LineId;
use super::gate::Gate;
use ahoy_media::audio;
use ahoy_media::hardware::STEP;
use ahoy_media::level::SpeechDetector;
use ahoy_media::mixer::soft_clip;
use ahoy_media::playout::Playout;
use ahoy_model::{AudioCodec, AudioPacket};
use bytes::Bytes;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::Instant;
use tokio::sync::mpsc;

/// Samples of one tick: 20 ms at 48 kHz.
pub const TICK: usize = 2 * STEP;
pub type Sound = [f32; TICK];

/// Ticks after its last sound for which a member keeps a mix of its own; so words do not hop between two encoders.
const KEPT: u32 = 100;

/// Packets off the network that may wait for a tick; the jitter buffer conceals what does not fit.
pub const PACKETS: usize = 64;

/// What members have chosen for a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mixing {
    /// Nothing is taken from it.
    pub muted: bool,
    /// It is given silence.
    pub deaf: bool,
    /// Factors on what it says and on what it hears.
    pub gain: f32,
    pub volume: f32,
    /// See [`super::gate::threshold`].
    pub threshold: Option<f32>,
}

/// The way to the network.
pub type SoundOut = Box<dyn Fn(AudioPacket) + Send>;
/// A new line, or an old one with other media.
pub struct Plug {
    /// What comes in, if anything does.
    pub hears: Option<(AudioCodec, mpsc::Receiver<AudioPacket>)>,
    /// Where the mix goes, if anywhere.
    pub speaks: Option<(AudioCodec, SoundOut)>,
    /// The line whose member this is a further voice of, who does not hear it.
    pub beside: Option<LineId>,
    pub mixing: Mixing,
}

struct Line {
    packets: Option<mpsc::Receiver<AudioPacket>>,
    codec: Option<AudioCodec>,
    playout: Option<Playout>,
    beside: Option<LineId>,
    mixing: Mixing,
    gate: Gate,
    speech: SpeechDetector,
    talking: bool,
    /// What `talking` the room knows of.
    told: bool,
    /// What it adds to the mix in this tick.
    adds: Box<Sound>,
    sounding: bool,
    /// Ticks since it last was.
    silent_for: u32,
    out: Option<Out>,
}

struct Out {
    codec: AudioCodec,
    send: SoundOut,
    own: Option<Encoder>,
    rtp_time: u32,
    sequence: u16,
}

struct Encoder(audio::Encoder);

impl Encoder {
    fn new(codec: AudioCodec) -> Option<Self> {
        match audio::Encoder::new(codec) {
            Ok(encoder) => Some(Self(encoder)),
            Err(error) => {
                tracing::error!(%error, "no encoder for a room's sound");
                None
            }
        }
    }

    fn encode(&mut self, sound: &Sound) -> Option<Bytes> {
        self.0.encode(sound).ok()
    }
}

/// What several listeners hear alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Shared {
    All,
    Silence,
}

/// All lines of a room.
pub struct Desk {
    lines: HashMap<LineId, Line>,
    encoders: HashMap<(AudioCodec, Shared), Encoder>,
    total: Box<Sound>,
}

impl Default for Desk {
    fn default() -> Self {
        Self { lines: HashMap::new(), encoders: HashMap::new(), total: Box::new([0.0; TICK]) }
    }
}

impl Desk {
    pub fn plug(&mut self, id: LineId, plug: Plug) {
        let (codec, packets) = plug.hears.unzip();
        let out = plug.speaks.map(|(codec, send)| Out {
            codec,
            send,
            own: None,
            // Anywhere will do (RFC 3550 5.1); the session below numbers for itself.
            rtp_time: 0,
            sequence: 0,
        });
        let line = Line {
            packets,
            codec,
            playout: None,
            beside: plug.beside,
            mixing: plug.mixing,
            gate: Gate::default(),
            speech: SpeechDetector::new(),
            talking: false,
            told: self.lines.get(&id).is_some_and(|before| before.told),
            adds: Box::new([0.0; TICK]),
            sounding: false,
            silent_for: KEPT,
            out,
        };
        self.lines.insert(id, line);
    }

    pub fn set(&mut self, id: LineId, mixing: Mixing) {
        if let Some(line) = self.lines.get_mut(&id) {
            if mixing.muted && !line.mixing.muted {
                // After a pause the sound begins anew instead of being caught up with.
                line.playout = None;
            }
            line.mixing = mixing;
        }
    }

    pub fn unplug(&mut self, id: LineId) {
        self.lines.remove(&id);
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// 20 ms for everybody. `tell` is told who began or ceased to speak, and says whether it has taken note.
    pub fn tick(&mut self, now: Instant, mut tell: impl FnMut(LineId, bool) -> bool) {
        self.total.fill(0.0);
        for (id, line) in &mut self.lines {
            line.hear(now);
            if line.sounding {
                for (sum, sample) in self.total.iter_mut().zip(line.adds.iter()) {
                    *sum += sample;
                }
            }
            if line.talking != line.told && tell(*id, line.talking) {
                line.told = line.talking;
            }
        }
        let further = self.further_voices();
        let mut made: HashMap<(AudioCodec, Shared), Option<Bytes>> = HashMap::new();
        for (id, line) in &mut self.lines {
            let Some(out) = &mut line.out else { continue };
            let beside = further.get(id);
            let speaks = line.silent_for < KEPT || beside.is_some();
            let own = !line.mixing.deaf && (speaks || line.mixing.volume != 1.0);
            let data = if own {
                let mut mix = Box::new([0.0; TICK]);
                let own = line.adds.iter().map(|own| if line.sounding { *own } else { 0.0 });
                for (sample, (total, own)) in mix.iter_mut().zip(self.total.iter().zip(own)) {
                    *sample = total - own;
                }
                for (sample, own) in mix.iter_mut().zip(beside.into_iter().flat_map(|sound| sound.iter())) {
                    *sample -= own;
                }
                mix.iter_mut().for_each(|sample| *sample = soft_clip(*sample * line.mixing.volume));
                if out.own.is_none() {
                    out.own = Encoder::new(out.codec);
                }
                out.own.as_mut().and_then(|encoder| encoder.encode(&mix))
            } else {
                let key = (out.codec, if line.mixing.deaf { Shared::Silence } else { Shared::All });
                let total = &self.total;
                let encoders = &mut self.encoders;
                made.entry(key).or_insert_with(|| shared(encoders, key, total)).clone()
            };
            out.send(data, now);
        }
        // An encoder that nobody listens to any more would go on with old sound when it is needed again.
        self.encoders.retain(|key, _| made.contains_key(key));
    }
}

impl Desk {
    /// What members' further legs add, or have added lately, by the member's own line.
    fn further_voices(&self) -> HashMap<LineId, Box<Sound>> {
        let mut all: HashMap<LineId, Box<Sound>> = HashMap::new();
        for line in self.lines.values().filter(|line| line.silent_for < KEPT) {
            let Some(of) = line.beside else { continue };
            let sum = all.entry(of).or_insert_with(|| Box::new([0.0; TICK]));
            for (sum, sample) in sum.iter_mut().zip(line.adds.iter()).filter(|_| line.sounding) {
                *sum += sample;
            }
        }
        all
    }
}

fn shared(
    encoders: &mut HashMap<(AudioCodec, Shared), Encoder>,
    key: (AudioCodec, Shared),
    total: &Sound,
) -> Option<Bytes> {
    let encoder = match encoders.entry(key) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(Encoder::new(key.0)?),
    };
    match key.1 {
        Shared::All => encoder.encode(&total.map(soft_clip)),
        Shared::Silence => encoder.encode(&[0.0; TICK]),
    }
}

impl Line {
    fn hear(&mut self, now: Instant) {
        self.sounding = false;
        let muted = self.mixing.muted;
        while let Some(packet) = self.packets.as_mut().and_then(|packets| packets.try_recv().ok()) {
            if muted {
                continue;
            }
            if self.playout.is_none() {
                self.playout = self.codec.and_then(|codec| Playout::new(codec).ok());
            }
            if let Some(playout) = &mut self.playout {
                playout.push(&packet);
            }
        }
        let mut talking = false;
        if let Some(playout) = self.playout.as_mut().filter(|_| !muted) {
            for half in self.adds.chunks_exact_mut(STEP) {
                let Ok(half) = <&mut [f32; STEP]>::try_from(half) else { continue };
                let mut heard = playout.step(half, now);
                if heard {
                    if self.mixing.gain != 1.0 {
                        half.iter_mut().for_each(|sample| *sample *= self.mixing.gain);
                    }
                    heard = self.gate.pass(half, self.mixing.threshold);
                } else {
                    half.fill(0.0);
                }
                talking |= self.speech.update(half);
                self.sounding |= heard;
            }
        }
        self.talking = talking;
        self.silent_for = if self.sounding { 0 } else { self.silent_for.saturating_add(1) };
    }
}

impl Out {
    /// A tick without data leaves a gap in time, which the far side conceals.
    fn send(&mut self, data: Option<Bytes>, now: Instant) {
        let ticks = self.codec.clock_rate() / 50;
        if let Some(data) = data {
            (self.send)(AudioPacket {
                codec: self.codec,
                data,
                rtp_time: self.rtp_time,
                sequence: self.sequence,
                marker: false,
                at: now,
            });
            self.sequence = self.sequence.wrapping_add(1);
        }
        self.rtp_time = self.rtp_time.wrapping_add(ticks);
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
