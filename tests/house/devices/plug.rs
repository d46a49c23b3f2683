//! A headset with a twin is pulled out and plugged in during a call. `cargo xtask bench devices` does it a hundred times.

use crate::support::plugging::rounds;
use crate::support::pulse::Pulse;
use std::time::Duration;

const ROUNDS: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn pulled_out_and_plugged_in_during_a_call() {
    let folder = tempfile::tempdir().expect("a folder");
    let pulse = Pulse::start(folder.path()).await;
    super::inside(&pulse, "devices::plug::inside", folder.path()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by the other one, which brings a sound server"]
async fn inside() {
    let folder = super::folder();
    let pulse = Pulse::running(&folder);
    let result = rounds(&folder, &pulse, ROUNDS).await;
    println!("without {:?}, with {:?}", result.without, result.with);
    let worst = result.without.iter().chain(&result.with).max().copied().unwrap_or_default();
    // The gate is 2 s; this machine may be busy.
    assert!(worst < Duration::from_secs(10), "{worst:?}");
    println!("threads, files, kB: {:?} then {:?}", result.before, result.after);
    let [threads, files, resident] = result.before;
    // Threads that wait for work come and go; a stream left behind has cost at least one thread, three files and 300 kB.
    assert!(result.after[0] <= threads + 1 && result.after[1] <= files + 2, "something is left behind");
    assert!(result.after[2] <= resident + 8_000, "{} kB more", result.after[2] - resident);
}
