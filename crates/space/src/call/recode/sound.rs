//! Sound: packet by packet, a fraction of a millisecond each. RTP times go on in step with the sender's, in the other
//! codec's clock, so gaps stay gaps and are covered where the sound is heard.

use ahoy_media::audio::{AudioError, Decoder, Encoder, FRAME, LONGEST, packet_ticks, samples_per_tick};
use ahoy_model::{AudioCodec, AudioPacket, SenderReport};

/// Sound that does not follow what came before by more than this begins anew, in samples at 48 kHz.
const TOLERANCE: i64 = 48;

#[derive(Debug)]
pub struct SoundRecoder {
    from: AudioCodec,
    to: AudioCodec,
    decoder: Decoder,
    encoder: Encoder,
    /// Less than a packet's worth of decoded sound.
    pending: Vec<f32>,
    /// The sender's last RTP time, wrapped and not.
    seen: Option<(u32, i64)>,
    /// When the next sample is due, at 48 kHz, as the sender's clock goes.
    due: i64,
}

impl SoundRecoder {
    pub fn new(from: AudioCodec, to: AudioCodec) -> Result<Self, AudioError> {
        Ok(Self {
            from,
            to,
            decoder: Decoder::new(from)?,
            encoder: Encoder::new(to)?,
            pending: Vec::with_capacity(FRAME + LONGEST),
            seen: None,
            due: 0,
        })
    }

    pub fn turns(&self, from: AudioCodec, to: AudioCodec) -> bool {
        (self.from, self.to) == (from, to)
    }

    /// The packets that this one completes; none when it is late or damaged.
    pub fn recode(&mut self, packet: &AudioPacket) -> Vec<AudioPacket> {
        let Some(ticks) = packet_ticks(self.from, &packet.data) else { return Vec::new() };
        let begins = self.seen.is_none();
        let time = self.unwrap(packet.rtp_time) * samples_per_tick(self.from) as i64;
        let held = self.pending.len() as i64;
        let expected = self.due + held;
        if !begins && time + TOLERANCE < expected {
            // Its time has been filled already.
            return Vec::new();
        }
        self.seen = Some((packet.rtp_time, time / samples_per_tick(self.from) as i64));
        if begins || time > expected + TOLERANCE {
            self.pending.clear();
            self.due = time;
        }
        let Ok(sound) = self.decoder.decode(&packet.data) else { return Vec::new() };
        // Exactly as long as the packet says, so that times never drift from the sender's.
        let length = ticks * samples_per_tick(self.from);
        self.pending.extend(sound.iter().copied().chain(std::iter::repeat(0.0)).take(length));
        let mut out = Vec::new();
        let mut used = 0;
        for frame in self.pending.chunks_exact(FRAME) {
            used += FRAME;
            let rtp_time = (self.due / samples_per_tick(self.to) as i64) as u32;
            self.due += FRAME as i64;
            if let Ok(data) = self.encoder.encode(frame) {
                let marker = packet.marker && out.is_empty();
                out.push(AudioPacket { codec: self.to, data, rtp_time, sequence: 0, marker, at: packet.at });
            }
        }
        self.pending.drain(..used);
        out
    }

    /// The sender's word on its clock, in the times that are made here. `None`: nothing came yet.
    pub fn report(&self, report: SenderReport) -> Option<SenderReport> {
        let (last, unwrapped) = self.seen?;
        let ticks = unwrapped + i64::from(report.rtp_time.wrapping_sub(last) as i32);
        let samples = ticks * samples_per_tick(self.from) as i64;
        Some(SenderReport { rtp_time: (samples / samples_per_tick(self.to) as i64) as u32, ..report })
    }

    fn unwrap(&self, rtp_time: u32) -> i64 {
        match self.seen {
            // A round above zero, so that nothing before it is negative.
            None => (1 << 32) + i64::from(rtp_time),
            Some((last, unwrapped)) => unwrapped + i64::from(rtp_time.wrapping_sub(last) as i32),
        }
    }
}

#[cfg(test)]
#[path = "sound_tests.rs"]
mod tests;
