//! Several voices of one member become one: his microphone, a further one, the sound of what he shares.
//!
//! A thread of its own per listener, and only while there are several: each source has its own jitter buffer and decoder;
//! every 20 ms one packet of their sum goes out.

use super::outlet::{Outlet, SourceId};
use ahoy_media::hardware::STEP;
use ahoy_media::mixer::Mixer;
use ahoy_media::opus::{Encoder, EncoderConfig, FRAME, OpusError};
use ahoy_media::playout::Playout;
use ahoy_model::{AudioCodec, AudioPacket};
use std::sync::Weak;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Packets that may wait for the thread: what eight sources send in a third of a second.
const QUEUE: usize = 128;
/// Sources of one member, at most.
const SOURCES: usize = 8;
const PACKET: Duration = Duration::from_millis(20);
/// Later than this, the beat begins anew instead of catching up.
const LATE: Duration = Duration::from_millis(200);

/// Dropping it ends the thread.
pub struct Blend {
    /// As what its sum goes out.
    pub id: SourceId,
    packets: SyncSender<(SourceId, AudioPacket)>,
}

impl Blend {
    /// `None`: no thread or no encoder can be had; there is silence then.
    pub fn start(outlet: Weak<Outlet>) -> Option<Self> {
        let id = SourceId::new();
        let mut kitchen = match Kitchen::new() {
            Ok(kitchen) => kitchen,
            Err(error) => {
                tracing::error!(%error, "voices cannot be mixed");
                return None;
            }
        };
        let (packets, inbox) = sync_channel::<(SourceId, AudioPacket)>(QUEUE);
        let work = move || {
            let mut next = Instant::now() + PACKET;
            loop {
                match inbox.recv_timeout(next.saturating_duration_since(Instant::now())) {
                    Ok((from, packet)) => {
                        kitchen.take(from, &packet);
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                    Err(RecvTimeoutError::Timeout) => {}
                }
                let Some(outlet) = outlet.upgrade() else { return };
                let now = Instant::now();
                if let Some(packet) = kitchen.cook(now) {
                    outlet.send_audio(id, packet);
                }
                next += PACKET;
                if now.saturating_duration_since(next) > LATE {
                    next = now + PACKET;
                }
            }
        };
        match thread::Builder::new().name("voices".into()).spawn(work) {
            Ok(_) => Some(Self { id, packets }),
            Err(error) => {
                tracing::error!(%error, "voices cannot be mixed");
                None
            }
        }
    }

    /// Never waits: a thread that is late loses packets, which its jitter buffers conceal.
    pub fn push(&self, from: SourceId, packet: AudioPacket) {
        if let Err(TrySendError::Full(_)) = self.packets.try_send((from, packet)) {
            tracing::debug!("a voice is dropped");
        }
    }
}

struct Voice {
    from: SourceId,
    codec: AudioCodec,
    playout: Playout,
}

/// The thread's own: no clock, no queue.
struct Kitchen {
    voices: Vec<Voice>,
    mixer: Mixer,
    encoder: Encoder,
    /// Samples made so far.
    time: u32,
}

impl Kitchen {
    fn new() -> Result<Self, OpusError> {
        let encoder = Encoder::new(EncoderConfig::default())?;
        Ok(Self { voices: Vec::new(), mixer: Mixer::new(), encoder, time: 0 })
    }

    fn take(&mut self, from: SourceId, packet: &AudioPacket) {
        if let Some(at) = self.voices.iter().position(|voice| voice.from == from) {
            if let Some(voice) = self.voices.get_mut(at).filter(|voice| voice.codec == packet.codec) {
                voice.playout.push(packet);
                return;
            }
            self.voices.remove(at);
        }
        match Playout::new(packet.codec) {
            Ok(mut playout) => {
                playout.push(packet);
                if self.voices.len() >= SOURCES {
                    self.voices.remove(0);
                }
                self.voices.push(Voice { from, codec: packet.codec, playout });
            }
            Err(error) => tracing::warn!(%error, "a voice cannot be decoded"),
        }
    }

    /// The next 20 ms of all. `None` only when the encoder fails.
    fn cook(&mut self, now: Instant) -> Option<AudioPacket> {
        let mut samples = [0.0; FRAME];
        for part in samples.chunks_exact_mut(STEP) {
            self.mixer.clear();
            for voice in &mut self.voices {
                let mut line = [0.0; STEP];
                if voice.playout.step(&mut line, now) {
                    self.mixer.add(&line, 1.0);
                }
            }
            let mut sum = [0.0; STEP];
            self.mixer.finish(&mut sum);
            part.copy_from_slice(&sum);
        }
        let rtp_time = self.time;
        self.time = self.time.wrapping_add(FRAME as u32);
        let data = self.encoder.encode(&samples).ok()?;
        let marker = rtp_time == 0;
        Some(AudioPacket { codec: AudioCodec::Opus, data, rtp_time, sequence: 0, marker, at: now })
    }
}

#[cfg(test)]
#[path = "blend_tests.rs"]
mod tests;
