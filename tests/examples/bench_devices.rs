//! A headset with a twin, and the only microphone, pulled out and plugged in a hundred times during a call, against a sound
//! server of its own; and a camera that goes wrong in every way there is and is replaced. Times from the pull or the plug until
//! the tone is heard, or the picture is seen at the other end.
//!
//! `cargo xtask bench devices -- [rounds]`. With `AHOY_LOG` (as `AHOY_LOG=info`) the phones and the rounds say what they do.

use ahoy_tests::camera_plugging::camera_rounds;
use ahoy_tests::figures::{Figures, Gate, line};
use ahoy_tests::plugging::rounds;
use ahoy_tests::pulse::Pulse;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

const SOUND_BACK: Gate = Gate { first: 5_000.0, wanted: 2_000.0 };

fn main() {
    let wanted = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(100);
    let filter = EnvFilter::try_from_env("AHOY_LOG").unwrap_or_else(|_| EnvFilter::new("off"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    // SAFETY: no other thread runs yet.
    #[allow(unsafe_code)]
    unsafe {
        let (key, value) = Pulse::server_in(folder.path());
        std::env::set_var(key, value);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let pulse = Pulse::start(folder.path()).await;
        let result = rounds(folder.path(), &pulse, wanted).await;
        println!("{wanted} rounds");
        figures("sound on another device after the pull", &result.without);
        figures("sound on the headset after the plug", &result.with);
        growth([result.before, result.middle, result.after]);
        drop(pulse);
        let folder = folder.path().join("cameras");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let result = camera_rounds(&folder, wanted).await;
        println!("{wanted} rounds of a camera that fails, hangs, is busy, lies or changes its size");
        figures("picture of the new camera after the plug", &result.back);
        growth([result.before, result.middle, result.after]);
    });
}

fn growth([before, middle, after]: [[u64; 3]; 3]) {
    let kinds = [
        ("threads", "", Gate { first: 4.0, wanted: 1.0 }),
        ("open files", "", Gate { first: 8.0, wanted: 2.0 }),
        ("resident memory", "kB", Gate { first: 16_000.0, wanted: 8_000.0 }),
    ];
    for (at, (what, unit, gate)) in kinds.into_iter().enumerate() {
        let since = |then: [u64; 3]| match (then.get(at), after.get(at)) {
            (Some(then), Some(now)) => *now as f64 - *then as f64,
            _ => f64::NAN,
        };
        line(
            &format!("{what}: more at the end than after the first rounds"),
            since(before),
            unit,
            Some(gate),
        );
        line(&format!("{what}: more at the end than in the middle"), since(middle), unit, None);
    }
}

fn figures(what: &str, times: &[Duration]) {
    let figures: Figures = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
    line(&format!("{what}, median"), figures.median(), "ms", None);
    line(&format!("{what}, p95"), figures.p95(), "ms", Some(SOUND_BACK));
    line(&format!("{what}, worst"), figures.percentile(100), "ms", Some(SOUND_BACK));
}
