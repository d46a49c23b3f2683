//! Pictures out: packets, a short spread, retransmissions.

use super::key_frames::Asked;
use super::send_stream::SendStream;
use super::{h264, vp8};
use crate::sdp::codec::Agreed;
use ahoy_model::{EncodedFrame, VideoCodec};
use bytes::{BufMut, BytesMut};
use rtc::rtp;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// With RTP header, extension, SRTP tag, UDP and IPv6 this stays below 1 280 bytes.
const PAYLOAD: usize = 1150;
const HISTORY: usize = 1500;
/// What may leave at once; only key frames are larger. The rest is spread at the rate below, so that it does not overrun socket and router buffers.
const BURST: f64 = 30_000.0;
const LEAST_SPREAD_RATE: f64 = 12_000_000.0;
const MOST_QUEUED: usize = 200_000;
/// One packet is repeated at most so often, and not again before this.
const MAX_REPEATS: u8 = 6;
const REPEAT_SPACING: Duration = Duration::from_millis(15);

#[derive(Debug)]
struct Kept {
    packet: rtp::Packet,
    repeated: Option<Instant>,
    repeats: u8,
}

#[derive(Debug)]
pub(crate) struct SendVideo {
    pub stream: SendStream,
    pub asked: Asked,
    pub agreed: Option<Agreed<VideoCodec>>,
    rtx_ssrc: u32,
    rtx_sequence: u16,
    picture: u16,
    queue: VecDeque<rtp::Packet>,
    queued: usize,
    repeats: VecDeque<rtp::Packet>,
    history: VecDeque<Kept>,
    /// Bytes that may leave now.
    credit: f64,
    credit_at: Option<Instant>,
    /// Bytes that may be repeated now.
    repeat_credit: f64,
    repeat_credit_at: Option<Instant>,
    transport_sequence: u16,
    pub frames: u64,
    /// Packets sent again.
    pub repeated: u64,
}

impl SendVideo {
    pub(crate) fn new(stream: SendStream, rtx_ssrc: u32, rtx_sequence: u16) -> Self {
        Self {
            stream,
            asked: Asked::default(),
            agreed: None,
            rtx_ssrc,
            rtx_sequence,
            picture: rtx_sequence,
            queue: VecDeque::new(),
            queued: 0,
            repeats: VecDeque::new(),
            history: VecDeque::new(),
            credit: BURST,
            credit_at: None,
            repeat_credit: BURST,
            repeat_credit_at: None,
            transport_sequence: 0,
            frames: 0,
            repeated: 0,
        }
    }

    /// false: dropped; the caller has to go on with a key frame.
    pub(crate) fn frame(&mut self, now: Instant, frame: &EncodedFrame) -> bool {
        let Some(agreed) = self.agreed.as_ref().filter(|a| a.codec == frame.codec) else { return false };
        if self.queued + frame.data.len() > MOST_QUEUED.max(frame.data.len()) {
            return false;
        }
        let payloads = match frame.codec {
            VideoCodec::H264 => h264::packetize(&frame.data, PAYLOAD),
            VideoCodec::Vp8 => vp8::packetize(&frame.data, self.picture, PAYLOAD),
        };
        self.picture = self.picture.wrapping_add(1);
        if frame.key {
            self.asked.sent_key();
        }
        self.stream.learn(now, now, frame.rtp_time);
        let last = payloads.len().saturating_sub(1);
        for (n, payload) in payloads.into_iter().enumerate() {
            self.queued += payload.len();
            let packet = self.stream.packet(agreed.payload, frame.rtp_time, n == last, payload);
            self.queue.push_back(packet);
        }
        self.frames += 1;
        true
    }

    /// The far side misses these.
    pub(crate) fn nack(&mut self, now: Instant, missing: impl Iterator<Item = u16>, rate: u32) {
        let Some(agreed) = self.agreed.as_ref() else { return };
        let earned = self.repeat_credit_at.map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        self.repeat_credit_at = Some(now);
        self.repeat_credit =
            (self.repeat_credit + earned * f64::from(rate) / 8.0).min(f64::from(rate) / 16.0 + BURST);
        let Some(first) = self.history.front().map(|k| k.packet.header.sequence_number) else { return };
        for sequence in missing.take(HISTORY) {
            let Some(kept) = self.history.get_mut(usize::from(sequence.wrapping_sub(first))) else {
                continue;
            };
            let recently = kept.repeated.is_some_and(|at| now.saturating_duration_since(at) < REPEAT_SPACING);
            let size = kept.packet.payload.len() as f64;
            if recently || kept.repeats >= MAX_REPEATS || self.repeat_credit < size {
                continue;
            }
            kept.repeated = Some(now);
            kept.repeats += 1;
            self.repeat_credit -= size;
            self.repeated += 1;
            let mut packet = kept.packet.clone();
            if let Some(payload_type) = agreed.rtx {
                let mut payload = BytesMut::with_capacity(packet.payload.len() + 2);
                payload.put_u16(packet.header.sequence_number);
                payload.put_slice(&packet.payload);
                packet.payload = payload.freeze();
                packet.header.payload_type = payload_type;
                packet.header.ssrc = self.rtx_ssrc;
                packet.header.sequence_number = self.rtx_sequence;
                self.rtx_sequence = self.rtx_sequence.wrapping_add(1);
            }
            self.repeats.push_back(packet);
        }
    }

    /// The next packet that may leave, and its transport-wide number.
    pub(crate) fn poll(&mut self, now: Instant, rate: u32) -> Option<(rtp::Packet, Option<u16>)> {
        if self.queue.is_empty() && self.repeats.is_empty() {
            return None;
        }
        let spread = (f64::from(rate) * 4.0).max(LEAST_SPREAD_RATE) / 8.0;
        let earned =
            self.credit_at.map_or(BURST, |at| now.saturating_duration_since(at).as_secs_f64() * spread);
        self.credit_at = Some(now);
        self.credit = (self.credit + earned).min(BURST);
        if self.credit <= 0.0 {
            return None;
        }
        let (mut packet, fresh) = match self.repeats.pop_front() {
            Some(packet) => (packet, false),
            None => (self.queue.pop_front()?, true),
        };
        self.credit -= packet.payload.len() as f64;
        if fresh {
            self.queued = self.queued.saturating_sub(packet.payload.len());
            if self.history.len() >= HISTORY {
                self.history.pop_front();
            }
            self.history.push_back(Kept { packet: packet.clone(), repeated: None, repeats: 0 });
        }
        let number = self.agreed.as_ref().and_then(|a| a.twcc).and_then(|id| {
            let number = self.transport_sequence;
            self.transport_sequence = self.transport_sequence.wrapping_add(1);
            let value = bytes::Bytes::copy_from_slice(&number.to_be_bytes());
            let done = packet.header.set_extension(id, value).is_ok();
            done.then_some(number)
        });
        self.stream.bytes += (packet.payload.len() + 20) as u64;
        Some((packet, number))
    }

    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        if self.queue.is_empty() && self.repeats.is_empty() {
            return None;
        }
        Some(if self.credit > 0.0 { now } else { self.credit_at.unwrap_or(now) + Duration::from_millis(1) })
    }

    /// The transport was lost or replaced: what waits is stale.
    pub(crate) fn clear(&mut self) {
        self.queue.clear();
        self.repeats.clear();
        self.queued = 0;
    }
}
