//! Pictures in: puts packets in order, waits a bounded time for missing ones, puts pictures together.

use super::clock::Unwrap;
use super::key_frames::Asking;
use super::reception::Reception;
use super::repair::Repair;
use super::{h264, vp8};
use crate::sdp::codec::Agreed;
use ahoy_model::{EncodedFrame, VideoCodec};
use bytes::{Buf, Bytes};
use rtc::rtp;
use std::collections::BTreeMap;
use std::time::Instant;

/// A key frame at 6 Mbit/s has about 500 packets.
const MAX_HELD: usize = 1500;
const MAX_PICTURE: usize = 4 * 1024 * 1024;

#[derive(Debug)]
struct Held {
    timestamp: u32,
    marker: bool,
    payload: Bytes,
}

#[derive(Debug)]
enum Assembly {
    H264(h264::Assembly),
    Vp8(vp8::Assembly),
}

impl Assembly {
    fn new(codec: VideoCodec) -> Self {
        match codec {
            VideoCodec::H264 => Self::H264(h264::Assembly::default()),
            VideoCodec::Vp8 => Self::Vp8(vp8::Assembly::default()),
        }
    }

    fn add(&mut self, payload: &[u8]) -> bool {
        match self {
            Self::H264(a) => a.add(payload) && a.len() <= MAX_PICTURE,
            Self::Vp8(a) => a.add(payload) && a.len() <= MAX_PICTURE,
        }
    }

    fn finish(self) -> Option<(Bytes, bool)> {
        match self {
            Self::H264(a) => a.finish(),
            Self::Vp8(a) => a.finish(),
        }
    }
}

/// Where the picture that is being put together stands.
#[derive(Debug)]
enum Stage {
    /// The next packet begins a picture.
    Between,
    /// After a hole: nothing is used until a picture surely begins. Packets of this RTP time do not.
    Searching(Option<u32>),
    Inside(u32, Assembly),
}

#[derive(Debug)]
pub(crate) struct ReceiveVideo {
    pub agreed: Option<Agreed<VideoCodec>>,
    pub reception: Option<Reception>,
    pub repair: Repair,
    pub asking: Asking,
    unwrap: Unwrap,
    /// The packet to hand on next; everything before it is done with.
    next: Option<u64>,
    highest: u64,
    held: BTreeMap<u64, Held>,
    stage: Stage,
    lost_before: bool,
    /// The receiver of events was full: nothing passes before a key frame.
    refused: bool,
    ready: Vec<EncodedFrame>,
    pub frames: u64,
    pub gave_up: u64,
}

impl ReceiveVideo {
    pub(crate) fn new() -> Self {
        Self {
            agreed: None,
            reception: None,
            repair: Repair::new(false),
            asking: Asking::default(),
            unwrap: Unwrap::default(),
            next: None,
            highest: 0,
            held: BTreeMap::new(),
            stage: Stage::Searching(None),
            lost_before: false,
            refused: false,
            ready: Vec::new(),
            frames: 0,
            gave_up: 0,
        }
    }

    pub(crate) fn agree(&mut self, agreed: Option<Agreed<VideoCodec>>) {
        if self.agreed == agreed {
            return;
        }
        self.repair = Repair::new(agreed.as_ref().is_some_and(|a| a.feedback.nack));
        self.agreed = agreed;
        self.restart();
    }

    /// Whether this packet is ours to handle.
    pub(crate) fn takes(&self, payload_type: u8) -> bool {
        self.agreed.as_ref().is_some_and(|a| a.payload == payload_type || a.rtx == Some(payload_type))
    }

    pub(crate) fn ssrc(&self) -> Option<u32> {
        self.reception.as_ref().map(|r| r.ssrc)
    }

    pub(crate) fn packet(&mut self, now: Instant, mut packet: rtp::Packet) {
        let Some(agreed) = self.agreed.as_ref() else { return };
        let repeated =
            agreed.rtx == Some(packet.header.payload_type) && agreed.payload != packet.header.payload_type;
        if repeated {
            // A retransmission becomes what it repeats before anything counts it: unrepaired it would be asked for again and again.
            let Some(ssrc) = self.ssrc() else { return };
            if packet.payload.len() < 2 {
                return;
            }
            packet.header.sequence_number = packet.payload.get_u16();
            packet.header.ssrc = ssrc;
        } else if self.ssrc() != Some(packet.header.ssrc) {
            if self.reception.is_some() {
                self.restart();
                self.lost_before = true;
            }
            self.reception = Some(Reception::new(packet.header.ssrc, VideoCodec::CLOCK_RATE));
        }
        let size = packet.payload.len() + 12;
        let sequence = self.unwrap.unwrap(packet.header.sequence_number);
        let new = self.next.is_none_or(|next| sequence >= next) && !self.held.contains_key(&sequence);
        if let Some(reception) = self.reception.as_mut().filter(|_| new) {
            let time = (!repeated).then_some(packet.header.timestamp);
            reception.packet(now, packet.header.sequence_number, time, size);
        }
        if !new {
            // Chromium probes with repeats of its last packet; a repeat may also cross with a late original.
            return;
        }
        self.insert(now, sequence, packet);
        self.deliver(now);
    }

    fn insert(&mut self, now: Instant, sequence: u64, packet: rtp::Packet) {
        let next = *self.next.get_or_insert(sequence);
        if self.highest < next {
            self.highest = next.saturating_sub(1);
        }
        if sequence > self.highest {
            let whole = self.repair.skipped(now, self.highest + 1, sequence);
            if !whole || self.held.len() >= MAX_HELD {
                self.jump(sequence);
            }
            self.highest = sequence;
        }
        self.repair.arrived(now, sequence);
        let rtp::header::Header { timestamp, marker, .. } = packet.header;
        self.held.insert(sequence, Held { timestamp, marker, payload: packet.payload });
    }

    /// Hands on what is in order, and gives up on what has been missing for too long.
    pub(crate) fn deliver(&mut self, now: Instant) {
        loop {
            let Some(next) = self.next else { return };
            if let Some(held) = self.held.remove(&next) {
                self.next = Some(next + 1);
                self.take(held);
                continue;
            }
            let Some(first) = self.held.keys().next().copied() else { return };
            if self.repair.gives_up_at(next).is_some_and(|at| at > now) {
                return;
            }
            self.gave_up += 1;
            self.hole(first);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let waiting =
            self.next.filter(|_| !self.held.is_empty()).and_then(|next| self.repair.gives_up_at(next));
        [waiting, self.repair.deadline()].into_iter().flatten().min()
    }

    /// Goes on at `sequence`; what is missing before it stays missing.
    fn hole(&mut self, sequence: u64) {
        self.repair.forget_before(sequence);
        self.next = Some(sequence);
        self.broken(None);
    }

    fn jump(&mut self, sequence: u64) {
        self.held.clear();
        self.repair.clear();
        self.gave_up += 1;
        self.next = Some(sequence);
        self.broken(None);
    }

    fn restart(&mut self) {
        self.unwrap = Unwrap::default();
        self.next = None;
        self.highest = 0;
        self.held.clear();
        self.repair.clear();
        self.stage = Stage::Searching(None);
    }

    /// The picture at hand cannot be completed.
    fn broken(&mut self, timestamp: Option<u32>) {
        self.stage = Stage::Searching(timestamp);
        self.lost_before = true;
        self.asking.want();
    }

    fn take(&mut self, held: Held) {
        let Some(codec) = self.agreed.as_ref().map(|a| a.codec) else { return };
        let starts = match codec {
            VideoCodec::H264 => h264::starts_picture,
            VideoCodec::Vp8 => vp8::starts_picture,
        };
        // Padding has a number but no content.
        if held.payload.is_empty()
            && !matches!(&self.stage, Stage::Inside(time, _) if *time == held.timestamp)
        {
            return;
        }
        // Some senders set no marker: a new RTP time ends the picture as well.
        if matches!(&self.stage, Stage::Inside(time, _) if *time != held.timestamp) {
            self.finish();
        }
        if let Stage::Searching(skipped) = &mut self.stage {
            let blocked = *skipped.get_or_insert(held.timestamp) == held.timestamp && !starts(&held.payload);
            if blocked {
                if held.marker {
                    self.stage = Stage::Between;
                }
                return;
            }
            self.stage = Stage::Between;
        }
        if matches!(self.stage, Stage::Between) {
            self.stage = Stage::Inside(held.timestamp, Assembly::new(codec));
        }
        if let Stage::Inside(_, assembly) = &mut self.stage
            && !held.payload.is_empty()
            && !assembly.add(&held.payload)
        {
            self.broken(Some(held.timestamp));
            if held.marker {
                self.stage = Stage::Between;
            }
            return;
        }
        if held.marker {
            self.finish();
        }
    }

    fn finish(&mut self) {
        let Stage::Inside(rtp_time, assembly) = std::mem::replace(&mut self.stage, Stage::Between) else {
            return;
        };
        let Some(codec) = self.agreed.as_ref().map(|a| a.codec) else { return };
        let Some((data, key)) = assembly.finish() else {
            self.broken(None);
            self.stage = Stage::Between;
            return;
        };
        if key {
            self.asking.got_key();
            self.refused = false;
        } else if self.frames == 0 || self.refused {
            // Nothing to decode this with.
            self.asking.want();
        }
        if self.refused {
            self.lost_before = true;
            return;
        }
        self.frames += 1;
        let after_loss = std::mem::take(&mut self.lost_before);
        self.ready.push(EncodedFrame { codec, data, rtp_time, key, after_loss });
    }

    pub(crate) fn ready(&mut self) -> std::vec::Drain<'_, EncodedFrame> {
        self.ready.drain(..)
    }

    /// A picture found no room: pause until the next key frame.
    pub(crate) fn refuse(&mut self) {
        self.refused = true;
        self.lost_before = true;
        self.asking.want();
    }
}

#[cfg(test)]
#[path = "receive_video_tests.rs"]
mod tests;
