//! Sound in: packets as they come; order and gaps are the jitter buffer's business.

use super::digits::Digits;
use super::reception::Reception;
use crate::sdp::codec::Agreed;
use crate::session::SessionEvent;
use ahoy_model::{AudioCodec, AudioPacket};
use rtc::rtp;
use std::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct ReceiveAudio {
    pub agreed: Option<Agreed<AudioCodec>>,
    pub reception: Option<Reception>,
    digits: Digits,
}

impl ReceiveAudio {
    pub(crate) fn agree(&mut self, agreed: Option<Agreed<AudioCodec>>) {
        let codec = |agreed: &Option<Agreed<AudioCodec>>| agreed.as_ref().map(|a| a.codec);
        if codec(&self.agreed) != codec(&agreed) {
            // Another clock: jitter is counted anew.
            self.reception = None;
        }
        self.agreed = agreed;
    }

    /// Whether this packet is ours to handle.
    pub(crate) fn takes(&self, payload_type: u8) -> bool {
        self.agreed
            .as_ref()
            .is_some_and(|a| a.payload == payload_type || a.digits.is_some_and(|(p, _)| p == payload_type))
    }

    pub(crate) fn packet(&mut self, now: Instant, packet: rtp::Packet) -> Option<SessionEvent> {
        let agreed = self.agreed.as_ref()?;
        let header = &packet.header;
        let reception = match &mut self.reception {
            Some(reception) if reception.ssrc == header.ssrc => reception,
            other => other.insert(Reception::new(header.ssrc, agreed.codec.clock_rate())),
        };
        let is_digit = agreed.payload != header.payload_type;
        // Events keep the RTP time of their beginning: they say nothing about jitter.
        let time = if is_digit { None } else { Some(header.timestamp) };
        reception.packet(now, header.sequence_number, time, packet.payload.len() + 12);
        if is_digit {
            return self.digits.handle(header.timestamp, &packet.payload).map(SessionEvent::Digit);
        }
        if packet.payload.is_empty() {
            return None;
        }
        Some(SessionEvent::Audio(AudioPacket {
            codec: agreed.codec,
            rtp_time: header.timestamp,
            sequence: header.sequence_number,
            marker: header.marker,
            at: now,
            data: packet.payload,
        }))
    }
}
