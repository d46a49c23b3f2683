//! A headset with a twin, and the only microphone, pulled out and plugged in a hundred times during a call, against a sound
//! server of its own.
//!
//! `cargo xtask bench devices -- [rounds]`. Times from the pull or the plug until the tone is heard.

use ahoy_tests::figures::{Figures, Gate, line};
use ahoy_tests::plugging::rounds;
use ahoy_tests::pulse::Pulse;
use std::time::Duration;

const SOUND_BACK: Gate = Gate { first: 5_000.0, wanted: 2_000.0 };

fn main() {
    let wanted = std::env::args().nth(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(100);
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
        for (at, (what, unit)) in
            [("threads", ""), ("open files", ""), ("resident memory", "kB")].iter().enumerate()
        {
            let [before, after] =
                [result.before, result.after].map(|costs| costs.get(at).copied().unwrap_or(0) as f64);
            line(&format!("{what}: more at the end than after the first rounds"), after - before, unit, None);
        }
    });
}

fn figures(what: &str, times: &[Duration]) {
    let figures: Figures = times.iter().map(|time| time.as_secs_f64() * 1000.0).collect();
    line(&format!("{what}, median"), figures.median(), "ms", None);
    line(&format!("{what}, p95"), figures.p95(), "ms", Some(SOUND_BACK));
    line(&format!("{what}, worst"), figures.percentile(100), "ms", Some(SOUND_BACK));
}
