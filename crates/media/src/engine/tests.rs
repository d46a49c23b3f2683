//! Real threads and a real clock; limits are loose, because the machine may be busy.

use super::*;
use crate::fake::{self, CameraFault, FakeHardware};
use crate::hardware::{CameraFormat, DeviceError, LeftRight, MicrophoneSource, SoundEnded, SpeakerSink};
use crate::picture::Picture;
use crate::picture_code;
use crate::processing::ProcessingSwitches;
use crate::slot::{SlotReader, slot};
use crate::tone::{Tone, frequency_of, longest_gap};
use ahoy_model::{AudioCodec, CallId, DeviceId, EncodedFrame, VideoCodec};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::timeout;

pub(super) const PATIENCE: Duration = Duration::from_secs(10);

fn camera(hardware: FakeHardware, id: &str) -> Camera {
    Camera::start(Arc::new(hardware), DeviceId::new(id), CameraFormat { width: 640, height: 360, fps: 30 })
}

fn config(bitrate: u32) -> VideoSenderConfig {
    VideoSenderConfig { codec: VideoCodec::H264, max_width: 1280, max_height: 720, fps: 30, bitrate }
}

pub(super) async fn picture(reader: &mut SlotReader<Picture>) -> Picture {
    timeout(PATIENCE, reader.next()).await.expect("in time").expect("a picture")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_goes_from_camera_to_screen_at_thirty_a_second() {
    let camera = camera(FakeHardware::new(), "test:picture=1280x720@30,sender=5");
    let (out, mut frames) = mpsc::channel(8);
    let sender = VideoSender::start(camera.pictures(), config(1_500_000), out);
    let (receiver, mut pictures) = VideoReceiver::start(VideoCodec::H264);
    let receiver = Arc::new(receiver);
    let into = receiver.clone();
    let pump = tokio::spawn(async move {
        while let Some(frame) = frames.recv().await {
            assert_eq!(into.push(frame), PushResult::Queued);
        }
    });
    picture(&mut pictures).await;
    let start = Instant::now();
    let (mut shown, mut last, mut ages) = (0, 0, Vec::new());
    while start.elapsed() < Duration::from_secs(3) {
        let code = picture_code::read(&picture(&mut pictures).await).expect("a readable plate");
        assert_eq!(code.sender, 5);
        assert!(code.frame > last);
        last = code.frame;
        shown += 1;
        ages.push(code.age(picture_code::Code::now()));
    }
    ages.sort_unstable();
    let fps = f64::from(shown) / start.elapsed().as_secs_f64();
    println!(
        "720p30 through encoder and decoder: {fps:.1} pictures/s, age median {} ms, worst {} ms",
        ages[ages.len() / 2],
        ages[ages.len() - 1]
    );
    assert!(fps > 25.0);
    assert_eq!(sender.stats().width, 1280);
    assert!(receiver.stats().decoded > 60);

    // A key frame on demand, a pause, and a lower rate with a smaller picture.
    let keys = sender.stats().key_frames;
    tokio::time::sleep(Duration::from_millis(300)).await;
    sender.request_key_frame();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(sender.stats().key_frames, keys + 1);
    sender.set_bitrate(250_000);
    let small = timeout(PATIENCE, async {
        loop {
            let picture = picture(&mut pictures).await;
            if picture.height() == 360 {
                return picture;
            }
        }
    });
    assert!(picture_code::read(&small.await.expect("smaller in time")).is_some());
    sender.set_paused(true);
    tokio::time::sleep(Duration::from_millis(200)).await;
    let sent = sender.stats().frames;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(sender.stats().frames, sent);

    drop(camera);
    assert_eq!(timeout(PATIENCE, sender.ended()).await.expect("in time"), VideoEnd::Cut);
    drop(sender);
    timeout(PATIENCE, pump).await.expect("the queue closes").expect("no panic");
}

#[tokio::test]
async fn broken_cameras_end_with_their_reason_and_leave_the_rest_alone() {
    for (fault, reason) in [
        (CameraFault::FailsOnOpen(DeviceError::Busy), DeviceError::Busy),
        (CameraFault::FailsAfter(3, DeviceError::Absent), DeviceError::Absent),
        (CameraFault::PanicsAfter(3), DeviceError::Broken("the driver panicked".into())),
        (CameraFault::HangsAfter(3), DeviceError::Hung),
    ] {
        let camera = camera(FakeHardware::new().with_camera_fault(fault.clone()), "test:picture=64x64@50");
        let mut pictures = camera.pictures();
        let end = timeout(PATIENCE, camera.ended()).await.expect("told in time");
        assert_eq!(end, reason, "{fault:?}");
        while timeout(PATIENCE, pictures.next()).await.expect("readers are told").is_some() {}
    }
    let absent = camera(FakeHardware::new(), "not-plugged-in");
    assert_eq!(timeout(PATIENCE, absent.ended()).await.expect("in time"), DeviceError::Absent);
    assert_eq!(absent.opened().await, None);
}

#[tokio::test]
async fn a_camera_that_does_not_open_is_given_up_after_five_seconds() {
    let camera = camera(FakeHardware::new().with_camera_fault(CameraFault::HangsOnOpen), "test:picture");
    let start = Instant::now();
    assert_eq!(timeout(PATIENCE, camera.ended()).await.expect("in time"), DeviceError::Hung);
    assert!(start.elapsed() >= Duration::from_secs(4));
}

#[tokio::test]
async fn a_dropped_camera_stops_and_a_changed_size_goes_through() {
    let fault = CameraFault::ChangesSizeAfter(5, 320, 240);
    let camera = camera(FakeHardware::new().with_camera_fault(fault), "test:picture=640x360@50");
    assert_eq!(camera.opened().await, Some(CameraFormat { width: 640, height: 360, fps: 50 }));
    let (out, mut frames) = mpsc::channel(8);
    let sender = VideoSender::start(camera.pictures(), config(800_000), out);
    let (receiver, mut pictures) = VideoReceiver::start(VideoCodec::H264);
    let mut sizes = Vec::new();
    while sizes.len() < 2 {
        let frame = timeout(PATIENCE, frames.recv()).await.expect("in time").expect("runs");
        receiver.push(frame);
        let shown = picture(&mut pictures).await;
        sizes.push((shown.width(), shown.height()));
        sizes.dedup();
    }
    assert_eq!(sizes, [(640, 360), (320, 240)]);
    let ended = camera.ended();
    drop(camera);
    assert_eq!(timeout(PATIENCE, ended).await.expect("in time"), DeviceError::Ended);
    let ended = sender.ended();
    drop(sender);
    timeout(PATIENCE, ended).await.expect("in time");
    let ended = receiver.ended();
    drop(receiver);
    assert_eq!(timeout(PATIENCE, ended).await.expect("in time"), VideoEnd::Stopped);
}

/// Some seconds of a small encoded picture.
pub(super) fn frames(count: u32, key_every: u32) -> Vec<EncodedFrame> {
    let mut source = fake::TestPicture::new(160, 120, 0);
    let mut encoder = crate::h264::Encoder::new(crate::h264::EncoderConfig { fps: 30.0, bitrate: 200_000 });
    (0..count)
        .map(|i| {
            let picture = source.draw(i, 0, Instant::now());
            let encoded = encoder.encode(&picture, i % key_every == 0).expect("encodes").expect("a frame");
            EncodedFrame {
                codec: VideoCodec::H264,
                data: encoded.data,
                rtp_time: i * 3000,
                key: encoded.key,
                after_loss: false,
            }
        })
        .collect()
}

#[tokio::test]
async fn a_loss_freezes_the_picture_and_asks_until_a_key_frame_comes() {
    let frames = frames(30, 20);
    let (receiver, mut pictures) = VideoReceiver::start(VideoCodec::H264);
    let mut wanted = receiver.needs_key_frame();
    for frame in &frames[..5] {
        assert_eq!(receiver.push(frame.clone()), PushResult::Queued);
        picture(&mut pictures).await;
    }
    receiver.push(EncodedFrame { after_loss: true, ..frames[6].clone() });
    timeout(PATIENCE, wanted.changed()).await.expect("asks").expect("lives");
    receiver.push(frames[7].clone());
    timeout(PATIENCE, wanted.changed()).await.expect("asks again").expect("lives");
    assert!(pictures.take().is_none(), "no torn picture");
    receiver.push(frames[20].clone());
    let healed = picture(&mut pictures).await;
    assert_eq!(picture_code::read(&healed).expect("a plate").frame, 20);
    // Damaged data asks too, and shows nothing.
    let noise = EncodedFrame { data: vec![0, 0, 1, 0x61, 9, 9, 9].into(), ..frames[21].clone() };
    receiver.push(noise);
    timeout(PATIENCE, wanted.changed()).await.expect("asks").expect("lives");
}

#[tokio::test]
async fn pictures_wait_for_their_sound() {
    let (receiver, mut pictures) = VideoReceiver::start(VideoCodec::H264);
    let frames = frames(3, 20);
    receiver.push(frames[0].clone());
    picture(&mut pictures).await;
    receiver.set_delay(Duration::from_millis(300));
    receiver.sender_report(ahoy_model::SenderReport { ntp: 50 << 32, rtp_time: 0 });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let start = Instant::now();
    receiver.push(frames[1].clone());
    picture(&mut pictures).await;
    assert!(start.elapsed() >= Duration::from_millis(290), "{:?}", start.elapsed());
    let shown = receiver.shown().expect("a report came");
    assert!((shown.taken - 50_033.3).abs() < 1.0);
}

#[tokio::test]
async fn a_full_queue_to_the_network_costs_pictures_but_no_key_frame() {
    let (pictures_in, pictures) = slot();
    let (out, mut frames) = mpsc::channel(2);
    let sender = VideoSender::start(pictures, config(500_000), out);
    let mut source = fake::TestPicture::new(320, 180, 0);
    let start = Instant::now();
    for i in 0..12u32 {
        pictures_in.put(source.draw(i, 0, start + Duration::from_millis(u64::from(i) * 33)));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(sender.stats().held_back >= 5);
    let mut decoder = crate::h264::Decoder::new();
    for i in 12..20u32 {
        while let Ok(frame) = frames.try_recv() {
            assert!(decoder.decode(&frame.data, Instant::now()).expect("in order").is_some());
        }
        pictures_in.put(source.draw(i, 0, start + Duration::from_millis(u64::from(i) * 33)));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert_eq!(sender.stats().key_frames, 1);
}

/// On the left.
fn samples(path: &Path) -> Vec<f32> {
    let mut reader = hound::WavReader::open(path).expect("a recording");
    let both = reader.samples::<i16>().map_while(Result::ok).step_by(2);
    both.map(|sample| f32::from(sample) / 32_768.0).collect()
}

fn sound() -> SoundEngine {
    SoundEngine::start(SoundConfig::default())
}

fn microphone(id: &str) -> Option<Box<dyn MicrophoneSource>> {
    Some(fake::open_microphone(&DeviceId::new(id)).expect("made up"))
}

fn speaker(path: &Path) -> Option<Box<dyn SpeakerSink>> {
    Some(fake::open_speaker(&DeviceId::new(format!("file:{}", path.display()))).expect("made up"))
}

/// Two phones that hear each other, without a network between.
struct Pair {
    engines: [Arc<SoundEngine>; 2],
    call: CallId,
}

impl Pair {
    async fn talk(tones: [&str; 2], recordings: [&Path; 2]) -> Self {
        let engines = [Arc::new(sound()), Arc::new(sound())];
        let call = CallId::new("call");
        for side in 0..2 {
            engines[side].set_microphone(microphone(tones[side]));
            engines[side].set_speaker(speaker(recordings[side]));
            let (out, mut packets) = mpsc::channel(8);
            engines[side].add_line(call.clone(), AudioCodec::Opus, out).expect("Opus");
            let (other, id) = (engines[1 - side].clone(), call.clone());
            tokio::spawn(async move {
                while let Some(mut packet) = packets.recv().await {
                    packet.at = Instant::now();
                    other.push(id.clone(), packet);
                }
            });
        }
        Self { engines, call }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_phones_hear_each_others_tone() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = [folder.path().join("a.wav"), folder.path().join("b.wav")];
    let pair = Pair::talk(["test:tone=440", "test:tone=700"], [&paths[0], &paths[1]]).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let stats = pair.engines[0].line_stats(&pair.call).expect("a line");
    println!("line: {stats:?}");
    assert!(stats.received > 150 && stats.sent > 150);
    assert!(stats.level > 0.5);
    assert!(pair.engines[0].levels().borrow().microphone > 0.5);

    // Muted: silence comes; held: nothing is heard.
    pair.engines[0].set_muted(pair.call.clone(), true);
    pair.engines[0].set_held(pair.call.clone(), true);
    tokio::time::sleep(Duration::from_millis(1200)).await;
    for side in 0..2 {
        let sound = samples(&paths[side]);
        let talk = &sound[48_000..48_000 * 7 / 2];
        let tail = &sound[sound.len() - 24_000..];
        let frequency = frequency_of(talk, 48_000);
        let gap = longest_gap(talk, 48_000, 0.05);
        println!("recording {side}: {frequency:.1} Hz, longest gap {gap:.1} ms");
        let wanted = [700.0, 440.0][side];
        assert!((frequency - wanted).abs() < wanted / 100.0);
        assert!(gap < 60.0);
        assert!(tail.iter().all(|x| x.abs() < 0.02), "muted or held is silent");
    }
}

/// Silence with a click of 2 ms whenever it is told; the moment of each click is sent along.
struct Mouth {
    clicks: std::sync::mpsc::Receiver<()>,
    spoken: std::sync::mpsc::SyncSender<Instant>,
}

/// Tells when it hears a click.
struct Ear {
    heard: std::sync::mpsc::SyncSender<Instant>,
}

/// Calls `step` every 10 ms until it returns false.
fn every_ten_ms(mut step: impl FnMut() -> bool + Send + 'static) {
    std::thread::spawn(move || {
        let start = Instant::now();
        let mut done = 0;
        loop {
            done += 1;
            std::thread::sleep(
                (start + Duration::from_millis(10 * done)).saturating_duration_since(Instant::now()),
            );
            if !step() {
                return;
            }
        }
    });
}

impl MicrophoneSource for Mouth {
    fn start(&mut self, mut out: rtrb::Producer<LeftRight>, _ended: SoundEnded) -> Result<(), DeviceError> {
        let (_, never) = std::sync::mpsc::channel();
        let clicks = std::mem::replace(&mut self.clicks, never);
        let spoken = self.spoken.clone();
        every_ten_ms(move || {
            let mut block = [0.0; 480];
            if clicks.try_recv().is_ok() {
                crate::tone::Sine::new(1_000.0, 0.9).fill(&mut block);
                // The first sample of the block was spoken 10 ms ago.
                let _ = spoken.try_send(Instant::now() - Duration::from_millis(10));
            }
            let _ = out.push_partial_slice(&block.map(|sample| [sample; 2]));
            !out.is_abandoned()
        });
        Ok(())
    }

    fn needs_processing(&self) -> bool {
        false
    }
}

impl SpeakerSink for Ear {
    fn start(&mut self, mut samples: rtrb::Consumer<LeftRight>, _: SoundEnded) -> Result<(), DeviceError> {
        let heard = self.heard.clone();
        every_ten_ms(move || {
            let mut block = [[0.0; 2]; 480];
            let (taken, _) = samples.pop_partial_slice(&mut block);
            if let Some(at) = taken.iter().position(|[x, _]| x.abs() > 0.1) {
                let _ = heard.try_send(Instant::now() + Duration::from_micros(at as u64 * 1_000 / 48));
            }
            !samples.is_abandoned()
        });
        Ok(())
    }

    fn latency(&self) -> Option<u32> {
        Some(0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_mouth_to_ear() {
    let folder = tempfile::tempdir().expect("a folder");
    let paths = [folder.path().join("a.wav"), folder.path().join("b.wav")];
    let pair = Pair::talk(["test:silence", "test:silence"], [&paths[0], &paths[1]]).await;
    let (click, clicks) = std::sync::mpsc::channel();
    let (spoken, when_spoken) = std::sync::mpsc::sync_channel(8);
    let (heard, when_heard) = std::sync::mpsc::sync_channel(8);
    pair.engines[0].set_microphone(Some(Box::new(Mouth { clicks, spoken })));
    pair.engines[1].set_speaker(Some(Box::new(Ear { heard })));
    tokio::time::sleep(Duration::from_millis(2000)).await;
    let mut delays = Vec::new();
    for round in 0..15u64 {
        while when_heard.try_recv().is_ok() {}
        click.send(()).expect("the mouth lives");
        tokio::time::sleep(Duration::from_millis(300 + round * 7)).await;
        let (Ok(from), Ok(to)) = (when_spoken.try_recv(), when_heard.try_recv()) else { continue };
        delays.push(to.saturating_duration_since(from).as_millis());
    }
    delays.sort_unstable();
    let stats = pair.engines[1].line_stats(&pair.call).expect("a line");
    println!(
        "mouth to ear without a network, {} clicks: median {} ms, worst {} ms; jitter buffer {:.0} of {:.0} ms",
        delays.len(),
        delays[delays.len() / 2],
        delays[delays.len() - 1],
        stats.buffer_ms,
        stats.target_ms
    );
    assert!(delays.len() >= 10);
    assert!(delays[delays.len() / 2] < 150);
}

/// Counts what comes out of it, blocks as told, and lets a test end it.
struct ProbeMicrophone {
    blocks: Duration,
    ended: Option<std::sync::mpsc::SyncSender<SoundEnded>>,
}

impl MicrophoneSource for ProbeMicrophone {
    fn start(&mut self, _out: rtrb::Producer<LeftRight>, ended: SoundEnded) -> Result<(), DeviceError> {
        std::thread::sleep(self.blocks);
        if let Some(give) = self.ended.take() {
            let _ = give.send(ended);
        }
        Ok(())
    }
}

async fn next_event(events: &mut tokio::sync::broadcast::Receiver<SoundEvent>) -> SoundEvent {
    timeout(PATIENCE, events.recv()).await.expect("in time").expect("lives")
}

#[tokio::test]
async fn sound_devices_that_hang_fail_or_leave_are_reported() {
    let engine = sound();
    let mut events = engine.ended();
    let (give, take) = std::sync::mpsc::sync_channel(1);
    engine.set_microphone(Some(Box::new(ProbeMicrophone { blocks: Duration::ZERO, ended: Some(give) })));
    assert_eq!(next_event(&mut events).await, SoundEvent::MicrophoneRunning);
    take.recv().expect("given")(DeviceError::Absent);
    assert!(matches!(next_event(&mut events).await, SoundEvent::MicrophoneEnded(_, DeviceError::Absent)));
    engine.set_speaker(Some(fake::open_speaker(&DeviceId::new("file:/nowhere/x.wav")).expect("made up")));
    assert!(matches!(next_event(&mut events).await, SoundEvent::SpeakerEnded(_, DeviceError::File(_))));
    // Opens but never delivers.
    let silent = Box::new(ProbeMicrophone { blocks: Duration::ZERO, ended: None });
    let number = engine.set_microphone(Some(silent));
    assert_eq!(next_event(&mut events).await, SoundEvent::MicrophoneRunning);
    assert_eq!(next_event(&mut events).await, SoundEvent::MicrophoneEnded(number, DeviceError::Hung));
    let slow = Box::new(ProbeMicrophone { blocks: Duration::from_millis(6500), ended: None });
    engine.set_microphone(Some(slow));
    assert!(matches!(next_event(&mut events).await, SoundEvent::MicrophoneEnded(_, DeviceError::Hung)));
    assert!(timeout(Duration::from_secs(2), events.recv()).await.is_err(), "a late answer");
    engine.shut_down(Duration::from_secs(2));
}

#[tokio::test]
async fn without_devices_packets_flow_and_a_cut_line_is_told() {
    let engine = sound();
    let mut events = engine.ended();
    let (out, mut packets) = mpsc::channel(8);
    let call = CallId::new("lonely");
    engine.add_line(call.clone(), AudioCodec::Opus, out).expect("Opus");
    let first = timeout(PATIENCE, packets.recv()).await.expect("in time").expect("silence is sent");
    let start = Instant::now();
    let mut last = first.rtp_time;
    assert!(first.marker);
    for _ in 0..50 {
        let packet = timeout(PATIENCE, packets.recv()).await.expect("in time").expect("goes on");
        assert_eq!(packet.rtp_time, last.wrapping_add(960));
        last = packet.rtp_time;
    }
    let took = start.elapsed().as_millis();
    assert!((900..1400).contains(&took), "50 packets took {took} ms");
    drop(packets);
    assert_eq!(next_event(&mut events).await, SoundEvent::LineCut(call.clone()));
    assert!(engine.line_stats(&call).is_none());
    let (out, mut packets) = mpsc::channel(8);
    engine.add_line(call, AudioCodec::Pcmu, out).expect("another codec");
    let packet = timeout(PATIENCE, packets.recv()).await.expect("in time").expect("silence is sent");
    assert_eq!((packet.codec, packet.data.len()), (AudioCodec::Pcmu, 160));
}

#[tokio::test]
async fn tones_are_played_and_stopped_and_a_recording_is_whole_after_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ring.wav");
    let engine = SoundEngine::start(SoundConfig { processing: ProcessingSwitches::NONE, tone_volume: 1.0 });
    let mut events = engine.ended();
    engine.set_speaker(speaker(&path));
    assert_eq!(next_event(&mut events).await, SoundEvent::SpeakerRunning);
    engine.play(Tone::Call(crate::tone::Signal::Busy, ahoy_model::ToneRegion::World));
    tokio::time::sleep(Duration::from_millis(400)).await;
    engine.stop_tone();
    engine.play(Tone::Key('5'));
    tokio::time::sleep(Duration::from_millis(600)).await;
    tokio::task::spawn_blocking(move || engine.shut_down(Duration::from_secs(2))).await.expect("stops");
    let sound = samples(&path);
    let loud = |range: std::ops::Range<usize>| sound[range].iter().any(|x| x.abs() > 0.05);
    assert!(sound.len() > 40_000, "{}", sound.len());
    assert!(loud(4_800..14_400));
    assert!(!loud(sound.len() - 4_800..sound.len()));
}
