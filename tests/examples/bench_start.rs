//! From exec to a usable window, and to registered, over 20 starts on a display of their own; then memory at rest.
//!
//! `cargo xtask bench start`. Times in ms; memory is the proportional set size (PSS) of the app and its web view, MB.

// The tests' support serves many; this uses a part of it.
#[allow(dead_code)]
#[path = "../house/support/mod.rs"]
mod support;

use std::time::Instant;
use support::display::Display;
use support::process::Process;
use support::space::SpaceProcess;

const STARTS: usize = 20;

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = folder.path();
    let display = Display::start(1280, 800, folder).await;
    let space = SpaceProcess::start(folder, &[]).await;
    let token = space.token("anna", "Anna Berg").await;
    let (mut usable, mut registered, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..STARTS {
        let profile = folder.join(format!("profile-{round}"));
        let mut command = display.command(support::program("ahoy"));
        command.arg("--profile").arg(&profile).args(["--space", &space.ws]).env("AHOY_TOKEN", &token);
        let start = Instant::now();
        let mut phone = Process::start("ahoy", &mut command, &folder.join("ahoy.log"));
        let (mut is_usable, mut is_registered) = (None, None);
        while is_usable.is_none() || is_registered.is_none() {
            let line = phone
                .line("ready and registered", |line| line.starts_with('{').then(|| line.to_owned()))
                .await;
            let at = start.elapsed().as_secs_f64() * 1e3;
            if line.contains("\"ready\":true") {
                is_usable.get_or_insert(at);
            }
            if line.contains("\"registered\":true") {
                is_registered.get_or_insert(at);
            }
        }
        usable.extend(is_usable);
        registered.extend(is_registered);
        memory.push(proportional_memory(phone.id()));
        phone.kill().await;
    }
    print_figures("exec → window usable, ms", &mut usable);
    print_figures("exec → registered, ms", &mut registered);
    print_figures("memory at rest with an open window, MB", &mut memory);
}

fn print_figures(what: &str, values: &mut [f64]) {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| values[((values.len() - 1) as f64 * part).round() as usize];
    println!(
        "{what}: median {:.0}, p95 {:.0}, worst {:.0} ({} starts)",
        at(0.5),
        at(0.95),
        at(1.0),
        values.len()
    );
}

/// PSS of a process and all below it, MB.
fn proportional_memory(id: u32) -> f64 {
    let own = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let kilobytes = |text: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
        line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok()).unwrap_or(0.0)
    };
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    let below: f64 =
        children.split_whitespace().filter_map(|child| child.parse().ok()).map(proportional_memory).sum();
    kilobytes(&own) / 1024.0 + below
}
