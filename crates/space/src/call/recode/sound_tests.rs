use super::*;
use ahoy_media::tone::{Sine, frequency_of};
use std::time::Instant;

const CODECS: [AudioCodec; 3] = [AudioCodec::Opus, AudioCodec::Pcmu, AudioCodec::Pcma];

/// A tone in packets of 20 ms whose RTP times begin shortly before they wrap.
fn tone(codec: AudioCodec, packets: u32) -> Vec<AudioPacket> {
    let mut encoder = Encoder::new(codec).expect("opens");
    let mut sine = Sine::new(500.0, 0.5);
    let step = (FRAME / samples_per_tick(codec)) as u32;
    (0..packets)
        .map(|number| {
            let mut frame = [0.0; FRAME];
            sine.fill(&mut frame);
            AudioPacket {
                codec,
                data: encoder.encode(&frame).expect("encodes"),
                rtp_time: (number * step).wrapping_sub(10 * step),
                sequence: number as u16,
                marker: number == 0,
                at: Instant::now(),
            }
        })
        .collect()
}

#[test]
fn a_tone_comes_out_in_the_other_codec_with_times_that_keep_step() {
    for (from, to) in CODECS.into_iter().flat_map(|from| CODECS.map(|to| (from, to))) {
        let mut recoder = SoundRecoder::new(from, to).expect("opens");
        let mut decoder = Decoder::new(to).expect("opens");
        let (mut heard, mut times) = (Vec::new(), Vec::new());
        for packet in tone(from, 60) {
            for made in recoder.recode(&packet) {
                assert_eq!(made.codec, to);
                times.push(made.rtp_time);
                heard.extend_from_slice(decoder.decode(&made.data).expect("decodes"));
            }
        }
        assert_eq!(times.len(), 60, "{from:?} to {to:?}");
        let step = (FRAME / samples_per_tick(to)) as u32;
        assert!(times.windows(2).all(|pair| pair[1].wrapping_sub(pair[0]) == step));
        assert!((frequency_of(&heard[9_600..], 48_000) - 500.0).abs() < 1.0, "{from:?} to {to:?}");
        // A report about the moment of packet 30 tells packet 30's time over there.
        let report = SenderReport { ntp: 77, rtp_time: tone(from, 31)[30].rtp_time };
        assert_eq!(recoder.report(report), Some(SenderReport { ntp: 77, rtp_time: times[30] }));
    }
}

#[test]
fn gaps_stay_gaps_and_late_packets_are_left_out() {
    let mut recoder = SoundRecoder::new(AudioCodec::Pcma, AudioCodec::Opus).expect("opens");
    let packets = tone(AudioCodec::Pcma, 30);
    let mut times = Vec::new();
    for (number, packet) in packets.iter().enumerate() {
        if !(12..15).contains(&number) {
            times.extend(recoder.recode(packet).iter().map(|made| made.rtp_time));
        }
    }
    assert_eq!(times.len(), 27);
    assert_eq!(times[12].wrapping_sub(times[11]), 4 * 960);
    assert_eq!(times[13].wrapping_sub(times[12]), 960);
    assert!(recoder.recode(&packets[13]).is_empty(), "late");
    assert!(recoder.recode(&packets[29]).is_empty(), "twice");
}

#[test]
fn packets_of_any_length_and_content_are_lived_through() {
    let mut random = fastrand::Rng::with_seed(9);
    for from in CODECS {
        let to = if from == AudioCodec::Opus { AudioCodec::Pcmu } else { AudioCodec::Opus };
        let mut recoder = SoundRecoder::new(from, to).expect("opens");
        for round in 0..1500u32 {
            let data: Vec<u8> = (0..random.usize(0..300)).map(|_| random.u8(..)).collect();
            let rtp_time = if round % 9 == 0 { random.u32(..) } else { round.wrapping_mul(160) };
            let packet = AudioPacket {
                codec: from,
                data: data.into(),
                rtp_time,
                sequence: 0,
                marker: false,
                at: Instant::now(),
            };
            assert!(recoder.recode(&packet).len() <= 7);
            recoder.report(SenderReport { ntp: 0, rtp_time: random.u32(..) });
        }
    }
}
