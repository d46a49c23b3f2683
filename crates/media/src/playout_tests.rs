use super::*;
use crate::opus::{Encoder, EncoderConfig, FRAME};
use crate::tone::{Sine, frequency_of, longest_gap};
use bytes::Bytes;

/// A network with a virtual clock. What is heard comes back, with the playout's counts.
struct Network {
    seed: u64,
    /// Share of packets lost.
    loss: f32,
    /// Packets are late by up to twice this, ms.
    jitter: f64,
    /// The sender's clock runs this much fast, parts per million.
    drift: f64,
    seconds: usize,
}

struct Heard {
    sound: Vec<f32>,
    stats: PlayoutStats,
    /// Mean and worst wait in the buffer over the second half, ms.
    mean_wait: f32,
    worst_wait: f32,
}

fn encoded(seconds: usize) -> Vec<Bytes> {
    let mut encoder = Encoder::new(EncoderConfig::default()).expect("opens");
    let mut sine = Sine::new(440.0, 0.4);
    let mut frame = [0.0; FRAME];
    (0..seconds * 50)
        .map(|_| {
            sine.fill(&mut frame);
            encoder.encode(&frame).expect("encodes")
        })
        .collect()
}

fn listen(network: &Network, packets: &[Bytes]) -> Heard {
    let mut random = fastrand::Rng::with_seed(network.seed);
    let start = Instant::now();
    let ms = |ms: f64| start + Duration::from_secs_f64(ms / 1000.0);
    let mut arrivals: Vec<(f64, AudioPacket)> = Vec::new();
    // Some more than are heard, so that a fast sender does not run out of sound.
    for i in 0..network.seconds * 50 + 50 {
        if random.f32() < network.loss {
            continue;
        }
        let sent = i as f64 * 20.0 / (1.0 + network.drift / 1e6);
        let at = sent + 30.0 + random.f64() * 2.0 * network.jitter;
        let packet = AudioPacket {
            codec: AudioCodec::Opus,
            data: packets[i % packets.len()].clone(),
            rtp_time: (i as u32).wrapping_mul(960).wrapping_add(u32::MAX - 48_000),
            sequence: (i as u16).wrapping_add(65_000),
            marker: false,
            at: ms(at),
        };
        arrivals.push((at, packet));
    }
    arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut arrivals = arrivals.into_iter().peekable();
    let mut playout = Playout::new(AudioCodec::Opus).expect("opens");
    let mut heard =
        Heard { sound: Vec::new(), stats: PlayoutStats::default(), mean_wait: 0.0, worst_wait: 0.0 };
    let steps = network.seconds * 100;
    let mut out = [0.0; STEP];
    for step in 0..steps {
        let now = step as f64 * 10.0;
        while let Some((_, packet)) = arrivals.next_if(|(at, _)| *at <= now) {
            playout.push(&packet);
        }
        playout.step(&mut out, ms(now));
        heard.sound.extend(out);
        if step > steps / 2 {
            let wait = playout.stats().buffer_ms;
            heard.mean_wait += wait / (steps / 2) as f32;
            heard.worst_wait = heard.worst_wait.max(wait);
        }
    }
    heard.stats = playout.stats();
    heard
}

fn concealed_share(heard: &Heard) -> f64 {
    heard.stats.counts.concealed_ms as f64 * 100.0 / heard.stats.counts.played_ms.max(1) as f64
}

#[test]
fn loss_is_bridged_with_a_short_buffer() {
    let packets = encoded(60);
    for loss in [0.0, 0.02, 0.05, 0.10, 0.20, 0.30] {
        let heard = listen(&Network { seed: 1, loss, jitter: 0.0, drift: 0.0, seconds: 60 }, &packets);
        let made_up = concealed_share(&heard);
        let counts = heard.stats.counts;
        println!(
            "loss {:>2.0} %: made up {made_up:.1} %, from FEC {:.1} %, wait mean {:.0} ms, worst {:.0} ms",
            loss * 100.0,
            counts.recovered as f64 * 2_000.0 / counts.played_ms as f64,
            heard.mean_wait,
            heard.worst_wait,
        );
        // With FEC, only the first of two or more packets lost in a row has to be made up.
        assert!(made_up <= f64::from(loss * loss) * 100.0 * 1.3 + 0.3);
        if loss <= 0.02 {
            assert!(heard.mean_wait <= 60.0);
        }
        let after = &heard.sound[48_000..];
        assert!((frequency_of(after, 48_000) - 440.0).abs() < 4.4 || loss > 0.1);
        assert!(longest_gap(after, 48_000, 0.05) < 60.0 || loss > 0.05);
    }
}

#[test]
fn jitter_is_bridged_with_a_buffer_that_fits() {
    let packets = encoded(60);
    for (jitter, most_wait) in [(0.0, 45.0), (25.0, 80.0), (50.0, 130.0), (100.0, 235.0)] {
        let heard = listen(&Network { seed: 2, loss: 0.0, jitter, drift: 0.0, seconds: 60 }, &packets);
        let made_up = concealed_share(&heard);
        println!(
            "jitter ±{jitter:>3} ms: made up {made_up:.2} %, late {}, target {:.0} ms, wait mean {:.0} ms, worst {:.0} ms, cut {} and stretched {} ms",
            heard.stats.counts.late,
            heard.stats.target_ms,
            heard.mean_wait,
            heard.worst_wait,
            heard.stats.shortened / 48,
            heard.stats.lengthened / 48,
        );
        assert!(made_up < 4.0);
        assert!(heard.mean_wait <= most_wait);
        let frequency = frequency_of(&heard.sound[96_000..], 48_000);
        assert!((frequency - 440.0).abs() < 4.4, "{frequency}");
    }
}

#[test]
fn ten_minutes_of_drift_change_neither_the_wait_nor_the_sound() {
    let packets = encoded(4);
    for drift in [-200.0, 200.0] {
        let heard = listen(&Network { seed: 3, loss: 0.0, jitter: 2.0, drift, seconds: 600 }, &packets);
        println!(
            "drift {drift:+} ppm over 600 s: made up {:.3} %, wait mean {:.0} ms, worst {:.0} ms, cut {} and stretched {} ms",
            concealed_share(&heard),
            heard.mean_wait,
            heard.worst_wait,
            heard.stats.shortened / 48,
            heard.stats.lengthened / 48,
        );
        assert!(concealed_share(&heard) < 0.1);
        assert!(heard.worst_wait < 60.0);
        let swallowed = heard.stats.shortened.max(heard.stats.lengthened) as f64 / 48.0;
        assert!((100.0..=170.0).contains(&swallowed), "{swallowed} ms for a drift of 120 ms");
    }
}

#[test]
fn garbage_is_counted_and_bridged() {
    let mut playout = Playout::new(AudioCodec::Opus).expect("opens");
    let good = encoded(1);
    let mut random = fastrand::Rng::with_seed(8);
    let start = Instant::now();
    let mut out = [0.0; STEP];
    for i in 0..2_000u32 {
        let now = start + Duration::from_millis(u64::from(i) * 20);
        let mut data = good[i as usize % good.len()].to_vec();
        if i % 3 > 0 {
            let at = random.usize(..data.len());
            data[at] = random.u8(..);
            data.truncate(random.usize(..=data.len()));
        }
        let (sequence, rtp_time) =
            if i % 50 == 0 { (random.u16(..), random.u32(..)) } else { (i as u16, i * 960) };
        let packet = AudioPacket {
            codec: AudioCodec::Opus,
            data: data.into(),
            rtp_time,
            sequence,
            marker: false,
            at: now,
        };
        playout.push(&packet);
        for half in 0..2 {
            playout.step(&mut out, now + Duration::from_millis(half * 10));
            assert!(out.iter().all(|x| x.is_finite()));
        }
    }
    assert!(playout.stats().damaged > 0);
}

#[test]
fn reports_time_the_sound() {
    let mut playout = Playout::new(AudioCodec::Opus).expect("opens");
    let start = Instant::now();
    let packets = encoded(1);
    let mut out = [0.0; STEP];
    playout.sender_report(SenderReport { ntp: 100 << 32, rtp_time: 0 });
    for i in 0..20u32 {
        let at = start + Duration::from_millis(u64::from(i) * 20);
        let data = packets[i as usize].clone();
        let packet = AudioPacket {
            codec: AudioCodec::Opus,
            data,
            rtp_time: i * 960,
            sequence: i as u16,
            marker: false,
            at,
        };
        playout.push(&packet);
        playout.step(&mut out, at);
        playout.step(&mut out, at + Duration::from_millis(10));
    }
    let now = start + Duration::from_millis(400);
    let point = playout.play_point(now, Duration::ZERO).expect("a report came");
    // 400 ms after the start, about 30 ms of buffer: sound of about 370 ms after the report.
    assert!((340.0..=400.0).contains(&(point.taken - 100_000.0)), "{point:?}");
}

#[test]
fn g711_plays_in_time_through_losses_and_jitter() {
    for codec in [AudioCodec::Pcmu, AudioCodec::Pcma] {
        let mut encoder = audio::Encoder::new(codec).expect("opens");
        let mut playout = Playout::new(codec).expect("opens");
        let mut sine = Sine::new(440.0, 0.4);
        let mut random = fastrand::Rng::with_seed(5);
        let start = Instant::now();
        let (mut heard, mut out, mut waiting) = (Vec::new(), [0.0; STEP], Vec::new());
        for i in 0..500u32 {
            let mut frame = [0.0; FRAME];
            sine.fill(&mut frame);
            let data = encoder.encode(&frame).expect("encodes");
            let sent = start + Duration::from_millis(u64::from(i) * 20);
            if i % 25 != 24 {
                let at = sent + Duration::from_millis(random.u64(5..15));
                let packet = AudioPacket {
                    codec,
                    data,
                    rtp_time: (i * 160).wrapping_sub(8_000),
                    sequence: i as u16,
                    marker: false,
                    at,
                };
                waiting.push(packet);
            }
            for half in 0..2 {
                let now = sent + Duration::from_millis(half * 10);
                waiting.retain(|packet| packet.at > now || !playout.push(packet));
                playout.step(&mut out, now);
                heard.extend_from_slice(&out);
            }
        }
        let stats = playout.stats();
        let tail = &heard[48_000..];
        assert!((frequency_of(tail, 48_000) - 440.0).abs() < 2.0, "{codec:?} {}", frequency_of(tail, 48_000));
        let gap = longest_gap(tail, 48_000, 0.05);
        assert!(gap < 20.0, "{codec:?} {gap}");
        assert!(stats.counts.recovered + stats.counts.concealed_ms / 20 >= 15, "{codec:?} {stats:?}");
        assert!((10.0..80.0).contains(&stats.buffer_ms), "{codec:?} {stats:?}");
    }
}
