//! The call's place in the sound engine.

use crate::call::peer::Flowing;
use ahoy_media::engine::{LineStats, SoundEngine};
use ahoy_model::{AudioCodec, AudioPacket, CallId, CallStats, SenderReport};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Removed from the engine when dropped.
pub(super) struct Line {
    call: CallId,
    sound: Arc<SoundEngine>,
    codec: Option<AudioCodec>,
    packets_in: mpsc::Sender<AudioPacket>,
    /// ms concealed and played until the last reading.
    before: (u64, u64),
}

impl Line {
    pub(super) fn new(call: CallId, sound: Arc<SoundEngine>, packets_in: mpsc::Sender<AudioPacket>) -> Self {
        Self { call, sound, codec: None, packets_in, before: (0, 0) }
    }

    pub(super) fn call(&self) -> &CallId {
        &self.call
    }

    /// Adds the line, or changes its codec.
    pub(super) fn set_codec(&mut self, codec: Option<AudioCodec>) {
        if self.codec == codec {
            return;
        }
        self.codec = codec;
        match codec {
            None => self.sound.remove_line(self.call.clone()),
            Some(codec) => {
                if let Err(error) = self.sound.add_line(self.call.clone(), codec, self.packets_in.clone()) {
                    tracing::error!(%error, "no sound for this call");
                    self.codec = None;
                }
            }
        }
    }

    /// Whether the far side would like to hear two channels.
    pub(super) fn set_stereo(&self, stereo: bool) {
        if self.codec.is_some() {
            self.sound.set_stereo(self.call.clone(), stereo);
        }
    }

    pub(super) fn push(&self, packet: AudioPacket) {
        self.sound.push(self.call.clone(), packet);
    }

    pub(super) fn sender_report(&self, report: SenderReport) {
        self.sound.sender_report(self.call.clone(), report);
    }

    pub(super) fn set_expected_loss(&self, percent: u8) {
        self.sound.set_expected_loss(self.call.clone(), percent);
    }

    pub(super) fn stats(&self) -> Option<LineStats> {
        self.sound.line_stats(&self.call)
    }

    /// What the engine says of this line, in words of the call's.
    pub(super) fn tell(&mut self, line: &LineStats, stats: &mut CallStats) {
        stats.jitter = line.jitter_ms;
        stats.buffered = Some(line.buffer_ms);
        stats.buffer_target = Some(line.target_ms);
        let now = (line.concealed_ms, line.played_ms);
        let (concealed, played) = std::mem::replace(&mut self.before, now);
        // A line that was added anew counts from nothing.
        let since = |now: u64, before: u64| if now >= before { now - before } else { now };
        let played = since(now.1, played);
        stats.concealed = (played > 0).then(|| since(now.0, concealed) as f32 / played as f32);
    }

    pub(super) fn flow(&self, flowing: Flowing) {
        if self.codec.is_some() {
            self.sound.set_muted(self.call.clone(), flowing.muted);
            self.sound.set_held(self.call.clone(), !flowing.talking);
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.set_codec(None);
    }
}
