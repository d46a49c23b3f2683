use super::*;
use crate::level::decibels;
use std::collections::VecDeque;

/// Noise in bursts, like somebody talking.
fn talk(random: &mut fastrand::Rng, step: usize) -> [f32; STEP] {
    let gain = if step % 60 < 40 { 0.25 } else { 0.01 };
    let mut last = 0.0;
    std::array::from_fn(|_| {
        last = last * 0.8 + (random.f32() - 0.5) * 0.6;
        last * gain
    })
}

/// Echo return loss enhancement in dB after 2 s, for an echo path of the given delay.
fn erle(delay_ms: usize) -> f32 {
    let switches = ProcessingSwitches { echo_cancellation: true, ..ProcessingSwitches::NONE };
    let mut processing = Processing::new(switches);
    let mut random = fastrand::Rng::with_seed(11);
    let mut path: VecDeque<f32> = std::iter::repeat_n(0.0, delay_ms * 48).collect();
    let (mut before, mut after) = (0.0f64, 0.0f64);
    for step in 0..600 {
        let far = talk(&mut random, step);
        processing.played(&far);
        path.extend(far.iter().map(|x| x * 0.5));
        let mut near: [f32; STEP] = std::array::from_fn(|_| path.pop_front().unwrap_or(0.0));
        let energy = |samples: &[f32]| samples.iter().map(|x| f64::from(x * x)).sum::<f64>();
        let input = energy(&near);
        processing.captured(&mut near, delay_ms as u32);
        if step > 200 {
            before += input;
            after += energy(&near);
        }
    }
    (10.0 * (before / after.max(1e-12)).log10()) as f32
}

#[test]
fn the_echo_is_gone_after_two_seconds() {
    for delay in [60, 180] {
        let gained = erle(delay);
        println!("echo path {delay} ms: ERLE {gained:.1} dB");
        assert!(gained >= 20.0, "{gained} dB at {delay} ms");
    }
}

#[test]
fn steady_noise_is_lowered_and_switches_work_while_running() {
    let mut processing = Processing::new(ProcessingSwitches::NONE);
    let mut random = fastrand::Rng::with_seed(5);
    let mut run = |processing: &mut Processing, steps: usize| {
        let mut last = 0.0;
        for _ in 0..steps {
            let mut samples: [f32; STEP] = std::array::from_fn(|_| (random.f32() - 0.5) * 0.02);
            processing.captured(&mut samples, 0);
            last = decibels(&samples);
        }
        last
    };
    let untouched = run(&mut processing, 50);
    processing.set_switches(ProcessingSwitches { noise_suppression: true, ..ProcessingSwitches::NONE });
    let cleaned = run(&mut processing, 300);
    println!("noise {untouched:.1} dBFS → {cleaned:.1} dBFS");
    assert!(cleaned < untouched - 6.0);
    processing.set_switches(ProcessingSwitches::NONE);
    assert!((run(&mut processing, 50) - untouched).abs() < 1.0);
}
