//! One call's sound, both ways.

use super::{LineStats, VoiceConfig};
use crate::audio::{self, AudioError, Encoder, FRAME};
use crate::level::Meter;
use crate::opus::EncoderConfig;
use crate::playout::Playout;
use crate::stereo::{self, Wide};
use ahoy_model::{AudioCodec, AudioPacket, CallId};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

pub(super) struct Line {
    pub(super) call: CallId,
    pub(super) playout: Playout,
    pub(super) muted: bool,
    pub(super) held: bool,
    pub(super) cut: bool,
    /// Loudness of the far side, 0 to 2.
    pub(super) volume: f32,
    voice: VoiceConfig,
    /// The far side takes two channels.
    stereo: bool,
    /// The encoder does not fit any more; it is changed between two packets.
    outdated: bool,
    /// `None`: nobody told yet.
    expected_loss: Option<u8>,
    codec: AudioCodec,
    encoder: Encoder,
    out: mpsc::Sender<AudioPacket>,
    /// Less than a packet's worth of the microphone.
    pending: Vec<f32>,
    rtp_time: u32,
    sequence: u16,
    first: bool,
    meter: Meter,
    sent: u64,
    dropped: u64,
}

impl Line {
    pub(super) fn new(
        call: CallId,
        codec: AudioCodec,
        out: mpsc::Sender<AudioPacket>,
    ) -> Result<Self, AudioError> {
        let voice = VoiceConfig::default();
        Ok(Self {
            call,
            playout: Playout::wide(codec)?,
            muted: false,
            held: false,
            cut: false,
            volume: 1.0,
            voice,
            stereo: false,
            outdated: false,
            expected_loss: None,
            codec,
            encoder: Encoder::new(codec)?,
            out,
            pending: Vec::with_capacity(2 * FRAME),
            rtp_time: 0,
            sequence: 0,
            first: true,
            meter: Meter::new(),
            sent: 0,
            dropped: 0,
        })
    }

    /// 10 ms of the microphone.
    pub(super) fn capture(&mut self, sound: &Wide) {
        if self.outdated && self.pending.is_empty() {
            self.change_encoder();
        }
        let wide = self.encoder.is_stereo();
        let sound = if self.muted || self.held { &Wide::SILENCE } else { sound };
        if wide {
            let both = sound.middle.iter().zip(&sound.side);
            self.pending.extend(both.flat_map(|(middle, side)| stereo::join(*middle, *side)));
        } else {
            self.pending.extend_from_slice(&sound.middle);
        }
        if self.pending.len() < FRAME * (1 + usize::from(wide)) {
            return;
        }
        let encoded = self.encoder.encode(&self.pending);
        self.pending.clear();
        // The clock runs on even when a packet is not sent.
        let (rtp_time, sequence) = (self.rtp_time, self.sequence);
        self.rtp_time = rtp_time.wrapping_add((FRAME / audio::samples_per_tick(self.codec)) as u32);
        if self.voice.dtx && encoded.as_ref().is_ok_and(|data| audio::says_nothing(self.codec, data)) {
            // Not lost, so not counted: the next packet is the next in sequence, and begins a talk spurt.
            self.first = true;
            return;
        }
        self.sequence = sequence.wrapping_add(1);
        let data = match encoded {
            Ok(data) => data,
            Err(error) => {
                tracing::debug!(%error, "sound could not be encoded");
                return;
            }
        };
        let marker = std::mem::take(&mut self.first);
        let packet = AudioPacket { codec: self.codec, data, rtp_time, sequence, marker, at: Instant::now() };
        match self.out.try_send(packet) {
            Ok(()) => self.sent += 1,
            Err(mpsc::error::TrySendError::Full(_)) => self.dropped += 1,
            Err(mpsc::error::TrySendError::Closed(_)) => self.cut = true,
        }
    }

    /// The next 10 ms of the far side. False: nothing to mix.
    pub(super) fn play(&mut self, out: &mut Wide, now: Instant) -> bool {
        let sounding = self.playout.step_wide(out, now);
        if self.held {
            *out = Wide::SILENCE;
        }
        self.meter.update(&out.middle);
        sounding && !self.held
    }

    pub(super) fn set_voice(&mut self, voice: VoiceConfig) {
        self.playout.set_comfort_noise(voice.comfort_noise);
        self.outdated |= (self.voice.dtx, self.voice.studio) != (voice.dtx, voice.studio);
        self.voice = voice;
    }

    /// Whether the far side takes two channels. They are sent in studio sound only.
    pub(super) fn set_stereo(&mut self, stereo: bool) {
        self.outdated |= std::mem::replace(&mut self.stereo, stereo) != stereo;
    }

    fn change_encoder(&mut self) {
        self.outdated = false;
        let VoiceConfig { dtx, studio, .. } = self.voice;
        let config = EncoderConfig { dtx, studio, stereo: studio && self.stereo, ..EncoderConfig::default() };
        match Encoder::for_voice(self.codec, config) {
            Ok(encoder) => {
                self.encoder = encoder;
                if let Some(percent) = self.expected_loss {
                    self.encoder.set_expected_loss(percent);
                }
            }
            Err(error) => tracing::warn!(%error, "the voice's settings do not hold"),
        }
    }

    pub(super) fn set_expected_loss(&mut self, percent: u8) {
        self.expected_loss = Some(percent);
        self.encoder.set_expected_loss(percent);
    }

    /// `later`: how long sound that leaves here needs to the ear.
    pub(super) fn stats(&self, now: Instant, later: Duration) -> LineStats {
        let playout = self.playout.stats();
        LineStats {
            jitter_ms: playout.jitter_ms,
            buffer_ms: playout.buffer_ms,
            target_ms: playout.target_ms,
            received: playout.counts.received,
            late: playout.counts.late,
            recovered: playout.counts.recovered,
            concealed_ms: playout.counts.concealed_ms,
            played_ms: playout.counts.played_ms,
            sent: self.sent,
            dropped: self.dropped,
            level: self.meter.level(),
            heard: self.playout.play_point(now, later),
        }
    }
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
