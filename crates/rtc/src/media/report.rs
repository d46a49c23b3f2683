//! Builds RTCP packets.

use bytes::Bytes;
use rtc::rtcp::Packet;
use rtc::rtcp::payload_feedbacks::full_intra_request::{FirEntry, FullIntraRequest};
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::source_description::{
    SdesType, SourceDescription, SourceDescriptionChunk, SourceDescriptionItem,
};
use rtc::rtcp::transport_feedbacks::transport_layer_nack::{NackPair, TransportLayerNack};

pub(crate) type Compound = Vec<Box<dyn Packet>>;

/// Feedback in front of which an empty report stands: sides that did not agree on reduced-size RTCP want one.
pub(crate) fn feedback(ssrc: u32, packet: Box<dyn Packet>) -> Compound {
    vec![receiver_report(ssrc, Vec::new()), packet]
}

pub(crate) fn receiver_report(ssrc: u32, reports: Vec<ReceptionReport>) -> Box<dyn Packet> {
    Box::new(ReceiverReport { ssrc, reports, profile_extensions: Bytes::new() })
}

/// SDES with the CNAME, which ties sound and picture of one sender together.
pub(crate) fn description(ssrc: u32, cname: &Bytes) -> Box<dyn Packet> {
    let items = vec![SourceDescriptionItem { sdes_type: SdesType::SdesCname, text: cname.clone() }];
    Box::new(SourceDescription { chunks: vec![SourceDescriptionChunk { source: ssrc, items }] })
}

pub(crate) fn picture_loss(sender_ssrc: u32, media_ssrc: u32) -> Box<dyn Packet> {
    Box::new(PictureLossIndication { sender_ssrc, media_ssrc })
}

pub(crate) fn full_intra(sender_ssrc: u32, media_ssrc: u32, number: u8) -> Box<dyn Packet> {
    let fir = vec![FirEntry { ssrc: media_ssrc, sequence_number: number }];
    Box::new(FullIntraRequest { sender_ssrc, media_ssrc, fir })
}

pub(crate) fn bitrate_limit(sender_ssrc: u32, media_ssrc: u32, bits_per_second: u32) -> Box<dyn Packet> {
    let bitrate = bits_per_second as f32;
    Box::new(ReceiverEstimatedMaximumBitrate { sender_ssrc, bitrate, ssrcs: vec![media_ssrc] })
}

/// `missing` in rising order.
pub(crate) fn nack(sender_ssrc: u32, media_ssrc: u32, missing: &[u16]) -> Box<dyn Packet> {
    let mut nacks: Vec<NackPair> = Vec::new();
    for sequence in missing {
        if let Some(pair) = nacks.last_mut() {
            let distance = sequence.wrapping_sub(pair.packet_id);
            if (1..=16).contains(&distance) {
                pair.lost_packets |= 1 << (distance - 1);
                continue;
            }
        }
        nacks.push(NackPair { packet_id: *sequence, lost_packets: 0 });
    }
    Box::new(TransportLayerNack { sender_ssrc, media_ssrc, nacks })
}

#[cfg(test)]
mod tests {
    use super::nack;
    use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;

    #[test]
    fn a_nack_names_exactly_what_is_missing() {
        let missing = [65_534, 65_535, 3, 20, 21, 400];
        let packet = nack(1, 2, &missing);
        let nack = packet.as_any().downcast_ref::<TransportLayerNack>().unwrap();
        let named: Vec<u16> = nack.nacks.iter().flat_map(|pair| pair.packet_list()).collect();
        assert_eq!(named, missing);
    }
}
