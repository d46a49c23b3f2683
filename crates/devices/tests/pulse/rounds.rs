//! A headset with a twin, and a microphone, taken away by the server while they are in use, a hundred times.

use super::server::Server;
use super::{LIMIT, RATE, end_of_stream, wait_for};
use ahoy_devices::SystemHardware;
use ahoy_media::{DeviceError, Hardware, SpeakerSink};
use ahoy_model::DeviceId;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

const ROUNDS: usize = 100;
/// After these everything that is made once has been made.
const WARM: usize = 10;
/// What the allocator may keep for itself, in kB. One stream left behind has cost 300.
const SLACK: u64 = 3_000;

pub fn leave_nothing_behind(hardware: &Arc<SystemHardware>, server: &Server) {
    let mut before = [0; 3];
    let mut twin = None;
    for round in 0..ROUNDS {
        if round == WARM {
            before = costs();
        }
        let ear = server.plug("ear", "Headset");
        let boom =
            server.control(&["load-module", "module-remap-source", "source_name=boom", "master=ear.monitor"]);
        // In every other round there is a twin in use, which must not go with the other.
        if round % 2 == 0 {
            twin = Some(Twin::in_use(hardware, server));
        }
        let mut speaker = hardware.speaker(&DeviceId::new("pulseaudio:ear")).expect("a speaker");
        let mut microphone = hardware.microphone(&DeviceId::new("pulseaudio:boom")).expect("a microphone");
        let (_play, samples) = rtrb::RingBuffer::new(RATE);
        let (out, mut heard) = rtrb::RingBuffer::new(RATE);
        let (speaker_ended, speaker_end) = end_of_stream();
        let (microphone_ended, microphone_end) = end_of_stream();
        speaker.start(samples, speaker_ended).expect("the speaker starts");
        microphone.start(out, microphone_ended).expect("the microphone starts");
        wait_for(|| heard.pop().ok());
        // In every fourth round we end them first.
        if round % 4 == 3 {
            drop((speaker, microphone));
        }
        server.control(&["unload-module", boom.trim()]);
        server.control(&["unload-module", ear.trim()]);
        if round % 4 != 3 {
            for (name, end) in [("speaker", speaker_end), ("microphone", microphone_end)] {
                let error = end.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("round {round}: the {name}"));
                assert_eq!(error, DeviceError::Absent, "round {round}: the {name}");
            }
        }
        if let Some(twin) = twin.take_if(|_| round % 2 == 1) {
            assert!(twin.end.try_recv().is_err(), "round {round}: the twin ended too");
            server.control(&["unload-module", twin.module.trim()]);
            assert_eq!(twin.end.recv_timeout(LIMIT), Ok(DeviceError::Absent), "round {round}: the twin");
        }
    }
    // Threads end a moment after they have told why.
    wait_for(|| {
        let [threads, files, _] = costs();
        (threads <= before[0] && files <= before[1]).then_some(())
    });
    let after = costs();
    eprintln!("threads, open files, resident kB: {before:?} after {WARM} rounds, {after:?} after {ROUNDS}");
    assert!(after[2] <= before[2] + SLACK, "{} kB more", after[2] - before[2]);
}

/// A speaker of the same name as another, that plays.
struct Twin {
    module: String,
    end: Receiver<DeviceError>,
    _play: rtrb::Producer<[f32; 2]>,
    _speaker: Box<dyn SpeakerSink>,
}

impl Twin {
    fn in_use(hardware: &Arc<SystemHardware>, server: &Server) -> Self {
        let module = server.plug("twin", "Headset");
        let mut speaker = hardware.speaker(&DeviceId::new("pulseaudio:twin")).expect("a speaker");
        let (play, samples) = rtrb::RingBuffer::new(RATE);
        let (ended, end) = end_of_stream();
        speaker.start(samples, ended).expect("the twin starts");
        Self { module, end, _play: play, _speaker: speaker }
    }
}

/// Threads, open files, resident memory (kB) of this process.
fn costs() -> [u64; 3] {
    let status = std::fs::read_to_string("/proc/self/status").expect("the system's own figures");
    let number = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).expect("a line of it");
        line.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
    };
    let files = std::fs::read_dir("/proc/self/fd").expect("a list of files").count() as u64;
    [number("Threads:"), files, number("VmRSS:")]
}
