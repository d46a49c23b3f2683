use super::*;
use crate::hardware::{CameraFormat, Hardware};
use crate::picture_code;
use crate::tone::{frequency_of, longest_gap};
use ahoy_model::{DeviceInfo, DeviceKind};
use std::sync::mpsc::sync_channel;
use std::time::{Duration, Instant};

fn id(text: impl Into<String>) -> DeviceId {
    DeviceId::new(text)
}

#[test]
fn ids_are_read_as_documented() {
    let picture = |size, fps, sender| Some(MadeUp::Picture { size, fps, sender, adjustable: false });
    for (text, meaning) in [
        ("test:picture", picture(None, None, 0)),
        ("test:picture,sender=2", picture(None, None, 2)),
        ("test:picture=640x360", picture(Some((640, 360)), None, 0)),
        ("test:picture=640x361@15,sender=9", picture(Some((640, 360)), Some(15), 9)),
        (
            "test:picture,controls,sender=3",
            Some(MadeUp::Picture { size: None, fps: None, sender: 3, adjustable: true }),
        ),
        ("test:tone=880", Some(MadeUp::Tone([880.0; 2]))),
        ("test:tone", Some(MadeUp::Tone([440.0; 2]))),
        ("test:tone=300,right=500", Some(MadeUp::Tone([300.0, 500.0]))),
        ("test:tone=300,left=500", None),
        ("test:silence", Some(MadeUp::Silence)),
        ("file:/a/b.wav", Some(MadeUp::File("/a/b.wav".into()))),
        ("file:///a/b.wav", Some(MadeUp::File("/a/b.wav".into()))),
        ("file:", None),
        ("test:", None),
        ("test:picture=0x0", None),
        ("test:picture=640x360@0", None),
        ("test:picture=640x360,colour=red", None),
        ("test:tone=-4", None),
        ("test:silence=2", None),
        ("hw:0", None),
    ] {
        assert_eq!(parse(&id(text)), meaning, "{text}");
    }
    assert!(matches!(open_camera(&id("test:tone")), Err(DeviceError::Absent)));
    assert!(matches!(open_microphone(&id("test:picture")), Err(DeviceError::Absent)));
    assert!(matches!(open_speaker(&id("none")), Err(DeviceError::Absent)));
}

#[test]
fn the_test_picture_keeps_its_pace_and_counts() {
    let mut camera = open_camera(&id("test:picture=320x180@50,sender=3")).expect("made up");
    let format = camera.open(CameraFormat::HD).expect("opens");
    assert_eq!(format, CameraFormat { width: 320, height: 180, fps: 50 });
    let start = Instant::now();
    let mut last = 0;
    for _ in 0..25 {
        let picture = camera.next(Duration::from_secs(1)).expect("a picture");
        let code = picture_code::read(&picture).expect("stamped");
        assert_eq!(code.sender, 3);
        assert_eq!(code.frame, last + 1);
        assert!(code.age(picture_code::Code::now()).abs() < 1000);
        last = code.frame;
    }
    let took = start.elapsed().as_millis();
    assert!((480..900).contains(&took), "25 pictures at 50/s took {took} ms");
}

#[test]
fn a_clip_is_played_again_and_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clip.y4m");
    let mut data = b"YUV4MPEG2 W33 H17 F60:1 Ip C420jpeg\n".to_vec();
    for frame in 0..3u8 {
        data.extend(b"FRAME\n");
        data.extend(std::iter::repeat_n(frame * 50 + 20, 33 * 17));
        data.extend(std::iter::repeat_n(128, 2 * 17 * 9));
    }
    std::fs::write(&path, data).expect("writes");
    let mut camera = open_camera(&id(format!("file:{}", path.display()))).expect("made up");
    assert_eq!(camera.open(CameraFormat::HD), Ok(CameraFormat { width: 32, height: 16, fps: 60 }));
    let mut seen = std::collections::HashSet::new();
    for _ in 0..12 {
        let picture = camera.next(Duration::from_secs(1)).expect("a picture");
        assert_eq!((picture.width(), picture.height()), (32, 16));
        seen.insert(picture.planes().0[0]);
    }
    assert_eq!(seen.len(), 3);
    for (name, content) in
        [("empty.y4m", &b""[..]), ("text.y4m", b"hello\n"), ("deep.y4m", b"YUV4MPEG2 W4 H4 F30:1 C444p16\n")]
    {
        let path = folder.path().join(name);
        std::fs::write(&path, content).expect("writes");
        let mut camera = open_camera(&id(format!("file:{}", path.display()))).expect("made up");
        assert!(camera.open(CameraFormat::HD).is_err(), "{name}");
    }
    // A header without a single picture.
    let path = folder.path().join("none.y4m");
    std::fs::write(&path, b"YUV4MPEG2 W4 H4 F60:1 C420jpeg\n").expect("writes");
    let mut camera = open_camera(&id(format!("file:{}", path.display()))).expect("made up");
    camera.open(CameraFormat::HD).expect("opens");
    assert!(matches!(camera.next(Duration::from_secs(1)), Err(DeviceError::File(_))));
}

/// Plays a microphone straight into a recording, as the engine would, and returns what was recorded on the left and on the
/// right.
fn record(microphone: &str, time: Duration) -> [Vec<f32>; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("recording.wav");
    let mut source = open_microphone(&id(microphone)).expect("made up");
    let mut sink = open_speaker(&id(format!("file:{}", path.display()))).expect("made up");
    let (producer, consumer) = rtrb::RingBuffer::new(9_600);
    sink.start(consumer, Box::new(|_| ())).expect("records");
    source.start(producer, Box::new(|_| ())).expect("starts");
    std::thread::sleep(time);
    // Readable while it runs: what a killed process would leave.
    let running = hound::WavReader::open(&path).expect("a header").duration();
    assert!(f64::from(running) / 48_000.0 > time.as_secs_f64() - 0.4, "{running} samples after {time:?}");
    drop(sink);
    let mut reader = hound::WavReader::open(&path).expect("whole");
    let all: Vec<f32> =
        reader.samples::<i16>().map(|sample| f32::from(sample.expect("reads")) / 32_768.0).collect();
    [0, 1].map(|side| all.iter().skip(side).step_by(2).copied().collect())
}

#[test]
fn a_recorded_tone_has_its_frequency_and_no_gap() {
    let sound = record("test:tone=1000,right=700", Duration::from_secs(2));
    for (side, hertz) in sound.iter().zip([1000.0, 700.0]) {
        assert!((side.len() as f64 / 48_000.0 - 2.0).abs() < 0.3, "{}", side.len());
        let steady = &side[9_600..];
        assert!((frequency_of(steady, 48_000) - hertz).abs() < 10.0);
        assert!(longest_gap(steady, 48_000, 0.1) < 60.0);
    }
}

#[test]
fn a_sound_file_of_any_rate_is_a_microphone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tone.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).expect("creates");
    for i in 0..22_050 {
        let sample = (f64::from(i) / 44_100.0 * 600.0 * std::f64::consts::TAU).sin() * 16_000.0;
        writer.write_sample(sample as i16).expect("writes");
        writer.write_sample(sample as i16 / 2).expect("writes");
    }
    writer.finalize().expect("finishes");
    let [left, right] = record(&format!("file:{}", path.display()), Duration::from_millis(1200));
    for side in [&left, &right] {
        assert!((frequency_of(&side[9_600..], 48_000) - 600.0).abs() < 6.0);
    }
    let louder = crate::level::decibels(&left[9_600..]) - crate::level::decibels(&right[9_600..]);
    assert!((louder - 6.0).abs() < 0.5, "{louder} dB");
    std::fs::write(&path, b"RIFF").expect("writes");
    let mut broken = open_microphone(&id(format!("file:{}", path.display()))).expect("made up");
    let (producer, _consumer) = rtrb::RingBuffer::new(480);
    assert!(matches!(broken.start(producer, Box::new(|_| ())), Err(DeviceError::File(_))));
    let mut nowhere = open_speaker(&id("file:/nowhere/at/all.wav")).expect("made up");
    let (_producer, consumer) = rtrb::RingBuffer::new(480);
    assert!(matches!(nowhere.start(consumer, Box::new(|_| ())), Err(DeviceError::File(_))));
}

#[test]
fn devices_can_be_plugged_in_and_out() {
    let hardware = FakeHardware::new();
    let changes = hardware.changes();
    let info =
        |name: &str, kind| DeviceInfo { id: id(name), kind, name: name.into(), is_default: true, plugged: 0 };
    hardware.plug(info("usb-mic", DeviceKind::Microphone), id("test:tone=500"));
    hardware.plug(info("usb-cam", DeviceKind::Camera), id("test:picture=64x64@50"));
    assert_eq!(*changes.borrow(), 2);
    assert_eq!(hardware.list(DeviceKind::Camera).expect("lists").len(), 1);
    assert!(matches!(hardware.camera(&id("usb-mic")), Err(DeviceError::Absent)));
    let mut microphone = hardware.microphone(&id("usb-mic")).expect("plugged");
    let (producer, _consumer) = rtrb::RingBuffer::new(4_800);
    let (tx, rx) = sync_channel(1);
    microphone.start(producer, Box::new(move |error| drop(tx.send(error)))).expect("starts");
    let mut camera = hardware.camera(&id("usb-cam")).expect("plugged");
    camera.open(CameraFormat::HD).expect("opens");
    hardware.unplug(&id("usb-mic"));
    hardware.unplug(&id("usb-cam"));
    assert_eq!(rx.recv_timeout(Duration::from_secs(2)), Ok(DeviceError::Absent));
    assert_eq!(camera.next(Duration::from_secs(1)).expect_err("pulled out"), DeviceError::Absent);
    assert!(hardware.list(DeviceKind::Microphone).expect("lists").is_empty());
}
