//! Our speaker and microphone against a real PulseAudio with a made-up sound card.
#![cfg(target_os = "linux")]

#[path = "pulse/others.rs"]
mod others;
#[path = "pulse/rounds.rs"]
mod rounds;
#[path = "pulse/server.rs"]
mod server;

use ahoy_devices::SystemHardware;
use ahoy_media::{DeviceError, Hardware};
use ahoy_model::{DeviceId, DeviceInfo, DeviceKind};
use server::Server;
use std::f32::consts::TAU;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

const RATE: usize = 48_000;
const HERTZ: f32 = 440.0;
const LIMIT: Duration = Duration::from_secs(15);

/// All in one test, since where PulseAudio listens is told by the environment of the whole process.
#[test]
fn a_tone_into_the_speaker_comes_back_by_the_microphone() {
    let Some(mut server) = Server::start() else {
        eprintln!("skipped: PulseAudio is not installed");
        return;
    };
    let hardware = SystemHardware::start();
    devices_are_listed(&hardware);
    a_tone_comes_back(&hardware);
    a_device_that_comes_and_goes_is_noticed(&hardware, &server);
    a_server_that_stands_still_keeps_its_devices(&hardware, &server);
    others::only_others_are_heard(&hardware, &server);
    rounds::leave_nothing_behind(&hardware, &server);
    streams_end_with_the_server(&hardware, &mut server);
}

fn devices_are_listed(hardware: &Arc<SystemHardware>) {
    let speakers = wait_for(|| non_empty(hardware, DeviceKind::Speaker));
    assert_eq!(names_and_ids(&speakers), [("Test card", "pulseaudio:card")]);
    let microphones = wait_for(|| non_empty(hardware, DeviceKind::Microphone));
    // The speaker's monitor is not offered, only the microphone that listens to it.
    assert_eq!(names_and_ids(&microphones), [("Test microphone", "pulseaudio:mic")]);
    assert!(speakers[0].is_default && microphones[0].is_default);
}

fn a_tone_comes_back(hardware: &Arc<SystemHardware>) {
    let (mut speaker, mut microphone) = open_both(hardware);
    let (mut play, samples) = rtrb::RingBuffer::new(RATE * 60 / 1_000);
    let (out, mut heard) = rtrb::RingBuffer::new(RATE / 10);
    microphone.start(out, never()).expect("the microphone starts");
    speaker.start(samples, never()).expect("the speaker starts");

    // A busy machine may stumble; not always.
    let mut phase = 0.0_f32;
    let heard = (0..5).map(|_| listen(&mut play, &mut heard, &mut phase));
    let good = heard.into_iter().any(|(pitch, gap)| {
        eprintln!("heard {pitch:.2} Hz, longest gap {gap:?}, speaker latency {:?} ms", speaker.latency());
        (pitch / HERTZ - 1.0).abs() < 0.01 && gap <= Duration::from_millis(60)
    });
    assert!(good, "the tone is not heard as it was played");
}

/// Four seconds: their pitch, and the longest gap in them.
fn listen(
    play: &mut rtrb::Producer<[f32; 2]>,
    heard: &mut rtrb::Consumer<[f32; 2]>,
    phase: &mut f32,
) -> (f32, Duration) {
    let mut recording = Vec::with_capacity(4 * RATE);
    let end = Instant::now() + LIMIT;
    while recording.len() < 4 * RATE && Instant::now() < end {
        while play.push([0.5 * phase.sin(); 2]).is_ok() {
            *phase = (*phase + TAU * HERTZ / RATE as f32) % TAU;
        }
        while let Ok([sample, _]) = heard.pop() {
            recording.push(sample);
        }
        // The pace of the sound thread's steps; the rings are longer.
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(recording.len() >= 4 * RATE, "the microphone went quiet after {} samples", recording.len());
    let start = recording.iter().position(|sample| sample.abs() > 0.1).expect("the tone is heard");
    let tone = &recording[start..];
    assert!(tone.len() > 2 * RATE, "the tone came late");
    (pitch(tone), longest_gap(tone))
}

fn a_device_that_comes_and_goes_is_noticed(hardware: &Arc<SystemHardware>, server: &Server) {
    let mut changes = hardware.changes();
    let before = *changes.borrow_and_update();
    let headset = DeviceId::new("pulseaudio:headset");
    let is_listed = || list(hardware, DeviceKind::Speaker).iter().any(|device| device.id == headset);
    let module = server.control(&["load-module", "module-null-sink", "sink_name=headset"]);
    wait_for(|| is_listed().then_some(()));
    assert!(*changes.borrow_and_update() > before);
    server.control(&["unload-module", module.trim()]);
    wait_for(|| (!is_listed()).then_some(()));
}

fn a_server_that_stands_still_keeps_its_devices(hardware: &Arc<SystemHardware>, server: &Server) {
    server.signal("STOP");
    // Long enough for a look that is not answered, and another one with a new connection.
    let until = Instant::now() + Duration::from_secs(6);
    while Instant::now() < until {
        assert!(
            non_empty(hardware, DeviceKind::Speaker).is_some(),
            "that nobody answers is no news of devices"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    server.signal("CONT");
    a_device_that_comes_and_goes_is_noticed(hardware, server);
}

fn streams_end_with_the_server(hardware: &Arc<SystemHardware>, server: &mut Server) {
    let (mut speaker, mut microphone) = open_both(hardware);
    let (_play, samples) = rtrb::RingBuffer::new(RATE);
    let (out, _heard) = rtrb::RingBuffer::new(RATE);
    let (speaker_ended, speaker_end) = end_of_stream();
    let (microphone_ended, microphone_end) = end_of_stream();
    speaker.start(samples, speaker_ended).expect("the speaker starts");
    microphone.start(out, microphone_ended).expect("the microphone starts");
    server.kill();
    for (name, end) in [("speaker", speaker_end), ("microphone", microphone_end)] {
        let started = Instant::now();
        let error = end.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("nobody told that the {name} ended"));
        eprintln!("the {name} ended after {:?}: {error}", started.elapsed());
    }
    // Without any sound server there are no devices, and nothing hangs.
    wait_for(|| list(hardware, DeviceKind::Speaker).is_empty().then_some(()));
    wait_for(|| list(hardware, DeviceKind::Microphone).is_empty().then_some(()));
    let started = Instant::now();
    let (_play, samples) = rtrb::RingBuffer::new(RATE);
    assert_eq!(speaker.start(samples, never()), Err(DeviceError::Absent));
    assert!(started.elapsed() < Duration::from_secs(5));
}

type Both = (Box<dyn ahoy_media::SpeakerSink>, Box<dyn ahoy_media::MicrophoneSource>);

fn open_both(hardware: &Arc<SystemHardware>) -> Both {
    let speaker = hardware.speaker(&DeviceId::new("pulseaudio:card")).expect("a speaker");
    let microphone = hardware.microphone(&DeviceId::new("pulseaudio:mic")).expect("a microphone");
    (speaker, microphone)
}

fn list(hardware: &Arc<SystemHardware>, kind: DeviceKind) -> Vec<DeviceInfo> {
    hardware.list(kind).expect("a list")
}

fn non_empty(hardware: &Arc<SystemHardware>, kind: DeviceKind) -> Option<Vec<DeviceInfo>> {
    Some(list(hardware, kind)).filter(|all| !all.is_empty())
}

fn names_and_ids(devices: &[DeviceInfo]) -> Vec<(&str, &str)> {
    devices.iter().map(|device| (device.name.as_str(), device.id.as_str())).collect()
}

fn never() -> ahoy_media::SoundEnded {
    Box::new(|error| eprintln!("a stream ended: {error}"))
}

fn end_of_stream() -> (ahoy_media::SoundEnded, Receiver<DeviceError>) {
    let (sender, receiver) = sync_channel(1);
    (Box::new(move |error| drop(sender.try_send(error))), receiver)
}

fn wait_for<T>(mut question: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LIMIT;
    loop {
        if let Some(answer) = question() {
            return answer;
        }
        assert!(Instant::now() < end, "it did not happen in {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// From the mean distance of the upward zero crossings, which gaps would not hide.
fn pitch(samples: &[f32]) -> f32 {
    let crossings: Vec<usize> =
        (1..samples.len()).filter(|&at| samples[at - 1] < 0.0 && samples[at] >= 0.0).collect();
    let (first, last) = (crossings[0], crossings[crossings.len() - 1]);
    (crossings.len() - 1) as f32 * RATE as f32 / (last - first) as f32
}

/// The longest time without anything louder than a tenth of the tone.
fn longest_gap(samples: &[f32]) -> Duration {
    let longest = samples.split(|sample| sample.abs() > 0.05).map(<[f32]>::len).max().unwrap_or(0);
    Duration::from_secs_f64(longest as f64 / RATE as f64)
}
