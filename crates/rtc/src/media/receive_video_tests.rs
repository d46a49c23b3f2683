use super::ReceiveVideo;
use crate::media::send_stream::SendStream;
use crate::media::send_video::SendVideo;
use crate::sdp::codec::{Order, agree_video, video_offer};
use ahoy_model::{EncodedFrame, VideoCodec};
use bytes::Bytes;
use rtc::rtp;
use std::time::{Duration, Instant};

fn frame(number: u32, key: bool, size: usize) -> EncodedFrame {
    let mut data = Vec::new();
    if key {
        data.extend_from_slice(&[0, 0, 0, 1, 0x67, 66, 0xe0, 31, 0, 0, 0, 1, 0x68, 9]);
    }
    data.extend_from_slice(&[0, 0, 0, 1, if key { 0x65 } else { 0x41 }, 0x9a]);
    data.extend(std::iter::repeat_n(number as u8 | 0x80, size));
    EncodedFrame {
        codec: VideoCodec::H264,
        data: Bytes::from(data),
        rtp_time: number * 3000,
        key,
        after_loss: false,
    }
}

struct Pair {
    sender: SendVideo,
    receiver: ReceiveVideo,
    now: Instant,
}

impl Pair {
    fn new() -> Self {
        let agreed =
            agree_video(&[VideoCodec::H264], &video_offer(&[VideoCodec::H264]), Some(3), Order::Ours);
        let mut sender = SendVideo::new(SendStream::new(7, 65_530, 12_345, 90_000), 8, 100);
        sender.agreed.clone_from(&agreed);
        let mut receiver = ReceiveVideo::new();
        receiver.agree(agreed);
        Self { sender, receiver, now: Instant::now() }
    }

    fn packets(&mut self, frame: &EncodedFrame) -> Vec<rtp::Packet> {
        assert!(self.sender.frame(self.now, frame));
        let mut out = Vec::new();
        while let Some(at) = self.sender.deadline(self.now) {
            self.now = self.now.max(at);
            if let Some((packet, _)) = self.sender.poll(self.now, 1_000_000) {
                out.push(packet);
            }
        }
        out
    }

    fn receive(&mut self, packets: impl IntoIterator<Item = rtp::Packet>) -> Vec<EncodedFrame> {
        for packet in packets {
            self.receiver.packet(self.now, packet);
        }
        self.receiver.ready().collect()
    }
}

#[test]
fn pictures_come_whole_and_in_order_however_their_packets_are_shuffled() {
    let mut pair = Pair::new();
    let mut random = fastrand::Rng::with_seed(5);
    let first = pair.packets(&frame(0, true, 60_000));
    assert_eq!(pair.receive(first), vec![EncodedFrame { rtp_time: 12_345, ..frame(0, true, 60_000) }]);
    for number in 1..50 {
        let sent = frame(number, false, 8000);
        let mut packets = pair.packets(&sent);
        let again = packets.last().cloned();
        random.shuffle(&mut packets);
        let got = pair.receive(packets.into_iter().chain(again));
        assert_eq!(got, vec![EncodedFrame { rtp_time: sent.rtp_time + 12_345, ..sent }]);
    }
    assert!(pair.receiver.repair.due(pair.now + Duration::from_secs(1)).is_empty());
}

#[test]
fn a_lost_packet_is_asked_for_and_its_repair_completes_the_picture() {
    let mut pair = Pair::new();
    let key = pair.packets(&frame(0, true, 5000));
    pair.receive(key);
    let mut packets = pair.packets(&frame(1, false, 5000));
    packets.remove(2);
    assert!(pair.receive(packets).is_empty());
    assert!(pair.receiver.repair.due(pair.now).is_empty(), "it may have been overtaken");
    pair.now += Duration::from_millis(10);
    let missing = pair.receiver.repair.due(pair.now);
    assert_eq!(missing.len(), 1);
    assert!(pair.receiver.repair.due(pair.now).is_empty(), "not asked for twice at once");
    let now = pair.now;
    pair.sender.nack(now, missing.iter().copied(), 1_000_000);
    pair.sender.nack(now, missing.iter().copied(), 1_000_000);
    let (repeat, _) = pair.sender.poll(now, 1_000_000).unwrap();
    assert_eq!((repeat.header.ssrc, repeat.header.payload_type), (8, 103));
    assert!(pair.sender.poll(now, 1_000_000).is_none(), "not repeated twice at once");
    let got = pair.receive([repeat]);
    assert_eq!(got.len(), 1);
    assert!(!got[0].after_loss);
    assert!(!pair.receiver.asking.is_waiting());
}

#[test]
fn what_stays_missing_is_given_up_and_a_key_frame_asked_for() {
    let mut pair = Pair::new();
    let key = pair.packets(&frame(0, true, 5000));
    pair.receive(key);
    let mut packets = pair.packets(&frame(1, false, 5000));
    packets.pop();
    assert!(pair.receive(packets).is_empty());
    let packets = pair.packets(&frame(2, false, 5000));
    assert!(pair.receive(packets).is_empty());
    let deadline = pair.now + Duration::from_millis(301);
    pair.receiver.deliver(deadline);
    let got: Vec<_> = pair.receiver.ready().collect();
    assert_eq!(got.len(), 1, "the next picture is whole");
    assert!(got[0].after_loss && !got[0].key);
    assert!(pair.receiver.asking.is_waiting());
    let packets = pair.packets(&frame(3, true, 5000));
    let got = pair.receive(packets);
    assert!(got[0].key && !got[0].after_loss);
    assert!(!pair.receiver.asking.is_waiting());
}

#[test]
fn when_the_receiver_of_events_is_full_nothing_passes_before_a_key_frame() {
    let mut pair = Pair::new();
    for (number, key, passes) in [(0, true, true), (1, false, false), (2, false, false), (3, true, true)] {
        let packets = pair.packets(&frame(number, key, 3000));
        let got = pair.receive(packets);
        assert_eq!(got.len() == 1, passes, "{number}");
        if number == 0 {
            pair.receiver.refuse();
        }
        if number == 3 {
            assert!(got[0].after_loss);
        }
    }
}

#[test]
fn arbitrary_packets_do_not_panic_and_memory_stays_bounded() {
    let mut pair = Pair::new();
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..30_000 {
        let payload: Vec<u8> = (0..random.usize(0..30)).map(|_| random.u8(..)).collect();
        let header = rtp::header::Header {
            version: 2,
            marker: random.bool(),
            payload_type: if random.u8(..) < 200 { 102 } else { 103 },
            sequence_number: random.u16(..),
            timestamp: random.u32(..4),
            ssrc: random.u32(1..3),
            ..Default::default()
        };
        pair.now += Duration::from_micros(random.u64(..3000));
        pair.receive([rtp::Packet { header, payload: Bytes::from(payload) }]);
        pair.receiver.repair.due(pair.now);
        assert!(pair.receiver.held.len() <= super::MAX_HELD + 1);
    }
}
