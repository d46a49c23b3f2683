//! Rounds of unplugging and plugging in during a call, with a real sound server. The sound server is told by this
//! process's environment (`PULSE_SERVER`), so a process does this for one server only.

use super::headless::HeadlessPhone;
use super::pulse::{Pulse, Recorder};
use super::sound::Recording;
use super::space::SpaceProcess;
use ahoy_devices::SystemHardware;
use ahoy_model::{DeviceId, DeviceKind, DeviceState, SwitchReason};
use ahoy_phone::Event;
use std::path::Path;
use std::time::{Duration, Instant};

const TONE: f64 = 440.0;
/// Rounds after which everything that is made once has been made.
const WARM: usize = 2;
/// A tone that has been there for so long is back.
const STEADY: Duration = Duration::from_millis(300);
const LIMIT: Duration = Duration::from_secs(30);

/// What the rounds cost.
pub struct Rounds {
    /// From the pull or the plug until the tone is heard from the other device, one of each a round.
    pub without: Vec<Duration>,
    pub with: Vec<Duration>,
    /// Threads, open files and resident memory (kB) after the first rounds, in the middle and at the end.
    pub before: [u64; 3],
    pub middle: [u64; 3],
    pub after: [u64; 3],
}

/// Anna's tone is heard by Bruno on a headset that has a twin; it is pulled out and plugged in `rounds` times.
pub async fn rounds(folder: &Path, pulse: &Pulse, rounds: usize) -> Rounds {
    let space = SpaceProcess::start(folder, &[]).await;
    pulse.plug_speaker("box", "Box").await;
    pulse.control(&["set-default-sink", "box"]).await;
    let mut headset = pulse.plug_speaker("ear", "Headset").await;
    let mut twin = pulse.plug_speaker("twin", "Headset").await;
    let mut microphone = pulse.plug_microphone("boom", "Boom", "air").await;

    let anna = HeadlessPhone::start(&space, folder, "anna", 1, TONE as u32).await;
    let hardware = SystemHardware::start();
    let account = HeadlessPhone::account(&space, "bruno").await;
    let mut bruno = HeadlessPhone::join(account, folder, "bruno", 2, 660, |config| {
        config.hardware = hardware;
        config.settings.camera = Some(DeviceId::none());
        config.settings.speaker = Some(DeviceId::new("pulseaudio:ear"));
        config.settings.microphone = Some(DeviceId::new("pulseaudio:boom"));
    })
    .await;
    let call = anna.dial("bruno", false).await;
    let incoming = bruno.rings().await;
    bruno.handle.answer(incoming.id.clone(), false).await.expect("an answer");
    runs_on(&mut bruno, DeviceKind::Speaker, "ear").await;
    runs_on(&mut bruno, DeviceKind::Microphone, "boom").await;
    heard(&Ear::on(pulse, "ear"), Instant::now()).await;

    let mut result =
        Rounds { without: Vec::new(), with: Vec::new(), before: [0; 3], middle: [0; 3], after: [0; 3] };
    for round in 0..rounds {
        if round == WARM.min(rounds - 1) {
            result.before = costs();
        }
        if round == rounds / 2 {
            result.middle = costs();
        }
        tracing::info!(round, "the headset is pulled");
        // The twin stays in every other round, and must not be taken for the headset.
        let alone = round % 2 == 1;
        if alone {
            pulse.unplug(&twin).await;
        }
        let at_box = Ear::on(pulse, "box");
        let pulled = Instant::now();
        pulse.unplug(&headset).await;
        switched(&mut bruno, DeviceKind::Speaker, SwitchReason::Unplugged, Some("Box")).await;
        runs_on(&mut bruno, DeviceKind::Speaker, "box").await;
        result.without.push(heard(&at_box, pulled).await);

        tracing::info!(round, "the headset is plugged in");
        let plugged = Instant::now();
        headset = pulse.plug_speaker("ear", "Headset").await;
        let at_ear = Ear::on(pulse, "ear");
        switched(&mut bruno, DeviceKind::Speaker, SwitchReason::Returned, None).await;
        runs_on(&mut bruno, DeviceKind::Speaker, "ear").await;
        result.with.push(heard(&at_ear, plugged).await);
        if alone {
            twin = pulse.plug_speaker("twin", "Headset").await;
        }

        // The only microphone: silence goes out until it is back.
        for module in &microphone {
            pulse.unplug(module).await;
        }
        bruno
            .until("no microphone", |s| {
                let choice = s.devices.choices.iter().find(|choice| choice.kind == DeviceKind::Microphone);
                choice.is_some_and(|choice| choice.effective.is_none() && choice.state == DeviceState::Absent)
            })
            .await;
        microphone = pulse.plug_microphone("boom", "Boom", "air").await;
        runs_on(&mut bruno, DeviceKind::Microphone, "boom").await;
    }
    result.after = costs();
    anna.handle.hang_up(call).await.expect("it was a call");
    anna.shut_down().await;
    bruno.shut_down().await;
    result
}

async fn runs_on(phone: &mut HeadlessPhone, kind: DeviceKind, device: &str) {
    let id = DeviceId::new(format!("pulseaudio:{device}"));
    phone
        .until(&format!("{kind:?} runs on {device}"), |snapshot| {
            let choice = snapshot.devices.choices.iter().find(|choice| choice.kind == kind);
            choice.is_some_and(|choice| {
                choice.effective.as_ref() == Some(&id) && choice.state == DeviceState::Running
            })
        })
        .await;
}

/// Waits for the notice. Its words must name the device.
async fn switched(phone: &mut HeadlessPhone, kind: DeviceKind, reason: SwitchReason, to: Option<&str>) {
    let what = format!("{kind:?} {reason:?}");
    let told = phone.event(&what, |event| match event {
        Event::DeviceSwitched { kind: k, reason: r, to, .. } if (*k, *r) == (kind, reason) => {
            Some(to.clone())
        }
        _ => None,
    });
    let told = told.await.expect("a name");
    assert!(to.is_none_or(|to| to == told), "{told}");
}

/// Somebody who listens to a speaker from now on.
struct Ear {
    recorder: Recorder,
    speaker: String,
}

impl Ear {
    fn on(pulse: &Pulse, speaker: &str) -> Self {
        Self { recorder: pulse.record(speaker), speaker: speaker.to_owned() }
    }
}

/// How long after `since` the tone was there for good: as long as was recorded meanwhile, less what was steady in the end.
async fn heard(ear: &Ear, since: Instant) -> Duration {
    let mut look = tokio::time::interval(Duration::from_millis(20));
    loop {
        look.tick().await;
        let recording = Recording::read(&ear.recorder.path);
        let now = since.elapsed();
        let tail = recording.tail(STEADY);
        if tail.duration() >= STEADY && tail.longest_gap(TONE) <= STEADY / 6 {
            // Older than `since` when it never was away.
            let steady = recording.steady(TONE, STEADY / 6);
            return now.saturating_sub(steady);
        }
        assert!(now < LIMIT, "{} stays silent", ear.speaker);
    }
}

/// Threads, open files, resident memory (kB) of this process.
pub fn costs() -> [u64; 3] {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let number = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
    };
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, |all| all.count() as u64);
    [number("Threads:"), files, number("VmRSS:")]
}
