//! What becomes of sound: echo and noise in simulated rooms, speech through loss and jitter, and the way from mouth to ear.
//!
//! `cargo xtask bench sound`. All but the last part runs in virtual time with voices of espeak-ng, and prints the same figures
//! on every machine.

mod call;

use ahoy_media::processing::ProcessingSwitches;
use ahoy_tests::echo_lab::{Noise, added_delay, denoise, measure};
use ahoy_tests::echo_room::{HALL, STUDY};
use ahoy_tests::figures::{Gate, at_least, line};
use ahoy_tests::intelligibility::stoi;
use ahoy_tests::speech::{REPLY, STORY, read_aloud};
use ahoy_tests::speech_line::{Network, send};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// ERLE in dB, and how well speech must be understood.
const ECHO: Gate = Gate { first: 20.0, wanted: 30.0 };
const UNDERSTOOD: Gate = Gate { first: 0.7, wanted: 0.75 };

fn main() -> Result<(), Failure> {
    echo();
    noise();
    network();
    tokio::runtime::Runtime::new()?.block_on(call::mouth_to_ear())
}

fn echo() {
    let only = ProcessingSwitches { echo_cancellation: true, ..ProcessingSwitches::NONE };
    for (what, switches) in [("echo cancellation alone", only), ("all processing", ProcessingSwitches::ALL)] {
        println!("{what}");
        line("  the voice leaves later by", added_delay(switches), "ms", None);
        for (room, delay) in [(STUDY, 60), (STUDY, 180), (HALL, 60), (HALL, 180)] {
            println!("{what}, {} (fades in {} s), devices take {delay} ms", room.name, room.fading);
            let echo = measure(&room, delay, 40, switches);
            at_least("  echo is quieter (ERLE), 2 s after the first word", echo.alone, "dB", Some(ECHO));
            at_least("  the same, 2 s after 40 ms of delay were added", echo.moved, "dB", Some(ECHO));
            line("  both speak: the near one is understood, raw (STOI)", echo.near_raw, "", None);
            at_least("  both speak: cleaned (STOI)", echo.near, "", None);
            line("  both speak: the near one becomes quieter by", echo.near_loss, "dB", None);
            line("  processor, of one core", echo.load * 100.0, "%", None);
        }
    }
}

fn noise() {
    for noise in Noise::ALL {
        let result = denoise(noise, 10.0);
        println!("noise suppression, {noise:?}, 10 dB below the voice");
        line("  pauses are quieter by", result.pauses, "dB", None);
        line("  the voice is quieter by", result.voice, "dB", None);
        line("  understood, raw (STOI)", result.understood_raw, "", None);
        line("  understood, cleaned (STOI)", result.understood, "", None);
    }
}

fn network() {
    let mut speech = read_aloud("en-gb+m3", STORY);
    speech.extend(read_aloud("en-us+f2", REPLY));
    let losses = [0, 5, 10, 20, 30].map(|percent| Network {
        loss: f64::from(percent) / 100.0,
        run: 1.0,
        ..Network::default()
    });
    let runs =
        [10, 20].map(|percent| Network { loss: f64::from(percent) / 100.0, run: 3.0, ..Network::default() });
    let jitters = [25, 50, 100].map(|ms| Network { jitter: f64::from(ms), run: 1.0, ..Network::default() });
    let both = Network { loss: 0.1, run: 1.0, jitter: 50.0, seed: 0 };
    for network in losses.into_iter().chain(runs).chain(jitters).chain([both]) {
        println!(
            "{:.0} % loss in runs of {}, ±{} ms of jitter",
            network.loss * 100.0,
            network.run,
            network.jitter
        );
        // Over some seeds, because which syllable is hit counts.
        let (mut understood, mut worst) = (0.0, f64::MAX);
        let mut last = None;
        for seed in 1..=3 {
            let heard = send(&speech, Network { seed, ..network });
            let score = stoi(&speech, &heard.sound);
            understood += score / 3.0;
            worst = worst.min(score);
            last = Some(heard);
        }
        at_least("  understood (STOI), mean of 3", understood, "", Some(UNDERSTOOD));
        at_least("  the worst of them", worst, "", None);
        if let Some(heard) = last {
            line("  concealed or described, of what was played", heard.concealed(), "%", None);
            line("  waits in the jitter buffer, mean", heard.wait, "ms", None);
            line("  Opus", heard.bitrate / 1000.0, "kbit/s", None);
        }
    }
}
