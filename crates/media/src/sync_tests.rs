//! A far side whose microphone and camera each count by a clock of their own, beside the one its reports speak of.

use super::*;
use crate::g711;
use crate::hardware::STEP;
use crate::playout::Playout;
use crate::tone::Sine;
use ahoy_model::{AudioCodec, AudioPacket};

const SECONDS: usize = 40;
/// Until then it may still learn, s.
const LEARNT: usize = 20;
/// Sound may be so much earlier or later than its picture, ms: ITU-R BT.1359's 45 for early sound, and half of its 125 for late.
const EARLY: f64 = 45.0;
const LATE: f64 = 62.0;

/// How far each clock is off, as a share.
struct Clocks {
    microphone: f64,
    camera: f64,
    ours: f64,
}

/// Plays a click and shows a flash that were made at the same moment, every second. How much later each click is heard than
/// its flash is seen, ms by our clock.
fn clicks_behind_flashes(clocks: &Clocks, sound_way: f64, picture_way: f64) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(9);
    let start = Instant::now();
    let ours = |seconds: f64| start + Duration::from_secs_f64(seconds * (1.0 + clocks.ours));
    let report = |seconds: f64, rate: f64, skew: f64| SenderReport {
        ntp: ((seconds + 3_900_000_000.0) * 4_294_967_296.0) as u64,
        rtp_time: (seconds * rate * (1.0 + skew)) as u64 as u32,
    };
    // Everything is made before it is needed: sound in packets of 20 ms, with a click at every whole second.
    let mut encoder = g711::Encoder::new(g711::Law::Mu).expect("G.711");
    let per_second = 48_000.0 * (1.0 + clocks.microphone);
    let mut tone = Sine::new(1_000.0, 0.9);
    let mut arrivals = Vec::new();
    for number in 0..SECONDS * 50 {
        let frame: Vec<f32> = (0..960)
            .map(|i| {
                let second = (number * 960 + i) as f64 / per_second;
                let mut sample = [0.0];
                tone.fill(&mut sample);
                if second.fract() < 0.01 { sample[0] } else { 0.0 }
            })
            .collect();
        let packet = AudioPacket {
            codec: AudioCodec::Pcmu,
            data: encoder.encode(&frame).expect("20 ms"),
            rtp_time: number as u32 * 160,
            sequence: number as u16,
            marker: false,
            at: start,
        };
        let whole = ((number + 1) * 960) as f64 / per_second;
        arrivals.push((whole + sound_way + random.f64() * 0.02, packet));
    }
    arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut arrivals = arrivals.into_iter().peekable();
    let mut playout = Playout::new(AudioCodec::Pcmu).expect("G.711");
    let mut camera_clock = SenderClock::new(90_000);
    let mut lips = LipSync::new();
    let (mut flashes, mut clicks, mut quiet) = (Vec::new(), Vec::new(), 0);
    let mut shown = None;
    for step in 0..(SECONDS - 1) * 100 {
        // By the true clock; ours is `ours` of it.
        let now = step as f64 * 0.01 / (1.0 + clocks.ours);
        while let Some((at, packet)) = arrivals.next_if(|(at, _)| *at <= now) {
            playout.push(&AudioPacket { at: ours(at), ..packet });
        }
        let mut out = [0.0; STEP];
        playout.step(&mut out, ours(now));
        for (i, sample) in out.iter().enumerate() {
            quiet = if sample.abs() > 0.2 { 0 } else { quiet + 1 };
            if quiet == 0 && clicks.last().is_none_or(|last| step * STEP + i - last > 24_000) {
                clicks.push(step * STEP + i);
            }
        }
        // A picture every 40 ms; it takes its way, and then waits as long as lip sync says.
        if step % 4 == 0 {
            let taken = now;
            let at = ours(taken + picture_way + random.f64() * 0.01) + lips.delay();
            let rtp_time = (taken * 90_000.0 * (1.0 + clocks.camera)) as u64 as u32;
            shown = camera_clock.ntp_millis(rtp_time).map(|taken| PlayPoint { at, taken });
            if step % 100 == 0 {
                flashes.push(at.duration_since(start).as_secs_f64() * 1000.0);
            }
        }
        if step % 100 == 50 {
            playout.sender_report(report(now, 8_000.0, clocks.microphone));
            camera_clock.update(report(now, 90_000.0, clocks.camera));
            let heard = playout.play_point(ours(now + 0.01), Duration::ZERO);
            if let (Some(heard), Some(shown)) = (heard, shown) {
                lips.update(heard, shown);
            }
        }
    }
    let behind = |flash: &f64| {
        // The click of the same second: none is a second off.
        let ms = clicks.iter().map(|at| *at as f64 / 48.0 - flash);
        ms.min_by(|a, b| a.abs().total_cmp(&b.abs())).expect("clicks are heard")
    };
    flashes.iter().take(SECONDS - 3).map(behind).collect()
}

#[test]
fn sound_and_picture_of_a_far_side_with_skewed_clocks_stay_together() {
    for (microphone, camera, ours) in
        [(0.0, 0.0, 0.0), (3e-4, -3e-4, 0.0), (-5e-4, 2e-4, 3e-4), (2e-4, 5e-4, -5e-4)]
    {
        for (sound_way, picture_way) in [(0.03, 0.06), (0.12, 0.02)] {
            let clocks = Clocks { microphone, camera, ours };
            let behind = clicks_behind_flashes(&clocks, sound_way, picture_way);
            let learnt = &behind[LEARNT..];
            let (early, late) = (
                learnt.iter().copied().fold(f64::INFINITY, f64::min),
                learnt.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            );
            println!(
                "{microphone} {camera} {ours}, {sound_way} {picture_way}: {:.0} ms at first, {early:.0} to {late:.0} ms later",
                behind[1]
            );
            assert!(-EARLY <= early && late <= LATE, "{behind:.0?}");
        }
    }
}
