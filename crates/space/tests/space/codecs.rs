//! Two legs with one codec are forwarded untouched; two without one are transcoded. Real pictures and tones tell.

use crate::client::{Client, LONG, config, media, space};
use ahoy_media::audio;
use ahoy_media::fake::TestPicture;
use ahoy_media::picture_code;
use ahoy_media::tone::{Sine, frequency_of};
use ahoy_media::video::{Decoder, Encoder, EncoderConfig};
use ahoy_model::{AudioCodec, AudioPacket, CallId, EncodedFrame, VideoCodec};
use ahoy_rtc::{Session, SessionConfig, SessionEvent};
use bytes::Bytes;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::time::{interval, timeout};

/// What a client is able to do, best first.
fn able(stream: &str, video: &[VideoCodec], audio: &[AudioCodec]) -> SessionConfig {
    let mut config = media(stream);
    if let Some(wish) = &mut config.video {
        wish.codecs = video.to_vec();
    }
    if let Some(wish) = &mut config.audio {
        wish.codecs = audio.to_vec();
    }
    // As phones and browsers do.
    config.follow_offer = true;
    config
}

/// What came from the other side.
#[derive(Debug, Default)]
struct Got {
    /// Plates of decoded pictures: sender and number.
    plates: Vec<(u16, u32)>,
    sound: Vec<f32>,
    /// Encoded frames as they came.
    frames: HashSet<Bytes>,
    key_frames_asked: u32,
}

/// A client's end that codes for real.
struct Person {
    session: Session,
    events: mpsc::Receiver<SessionEvent>,
    sender: u16,
    tone: f64,
    sent: HashSet<Bytes>,
    got: Got,
}

impl Person {
    fn new((session, events): (Session, mpsc::Receiver<SessionEvent>), sender: u16, tone: f64) -> Self {
        Self { session, events, sender, tone, sent: HashSet::new(), got: Got::default() }
    }

    fn codecs(&self) -> (AudioCodec, VideoCodec) {
        let agreed = self.session.negotiated();
        (agreed.audio.expect("sound").0, agreed.video.expect("a picture").0)
    }

    /// Sends and receives until both have seen and heard enough of the other; `content` counts those who have.
    async fn talk(&mut self, content: &AtomicUsize) {
        let (audio_codec, video_codec) = self.codecs();
        let mut source = TestPicture::new(320, 180, self.sender);
        let mut encoder = Encoder::new(video_codec, EncoderConfig { fps: 25.0, bitrate: 400_000 });
        let mut decoder = Decoder::new(video_codec);
        let mut speak = audio::Encoder::new(audio_codec).expect("opens");
        let mut listen = audio::Decoder::new(audio_codec).expect("opens");
        let mut sine = Sine::new(self.tone, 0.4);
        let step = (audio::FRAME / audio::samples_per_tick(audio_codec)) as u32;
        let (mut picture, mut sound) =
            (interval(Duration::from_millis(40)), interval(Duration::from_millis(20)));
        let (mut number, mut packets, mut key) = (0, 0_u32, true);
        let begin = Instant::now();
        let all = async {
            let mut enough = false;
            while content.load(Ordering::Relaxed) < 2 {
                if !enough && self.got.plates.len() >= 40 && self.got.sound.len() >= 72_000 {
                    enough = true;
                    content.fetch_add(1, Ordering::Relaxed);
                }
                tokio::select! {
                    _ = picture.tick() => {
                        number += 1;
                        let drawn = source.draw(number, 0, Instant::now());
                        let encoded = encoder.encode(&drawn, key).expect("encodes").expect("a frame");
                        let rtp_time = (begin.elapsed().as_micros() * 9 / 100) as u32;
                        let frame = EncodedFrame { codec: video_codec, data: encoded.data, rtp_time, key: encoded.key, after_loss: false };
                        self.sent.insert(frame.data.clone());
                        key = !self.session.send_video(frame);
                    }
                    _ = sound.tick() => {
                        let mut samples = [0.0; audio::FRAME];
                        sine.fill(&mut samples);
                        let data = speak.encode(&samples).expect("encodes");
                        let (rtp_time, at) = (packets * step, Instant::now());
                        packets += 1;
                        self.session.send_audio(AudioPacket { codec: audio_codec, data, rtp_time, sequence: 0, marker: packets == 1, at });
                    }
                    event = self.events.recv() => match event.expect("the session lives") {
                        SessionEvent::Video(frame) => {
                            assert_eq!(frame.codec, video_codec);
                            self.got.frames.insert(frame.data.clone());
                            match decoder.decode(&frame.data, Instant::now()) {
                                Ok(Some(shown)) => self.got.plates.extend(picture_code::read(&shown).map(|plate| (plate.sender, plate.frame))),
                                Ok(None) => {}
                                Err(_) => self.session.request_key_frame(),
                            }
                        }
                        SessionEvent::Audio(packet) => {
                            assert_eq!(packet.codec, audio_codec);
                            self.got.sound.extend_from_slice(listen.decode(&packet.data).expect("sound"));
                        }
                        SessionEvent::KeyFrameWanted => {
                            self.got.key_frames_asked += 1;
                            key = true;
                        }
                        _ => {}
                    },
                }
            }
        };
        if timeout(LONG, all).await.is_err() {
            panic!("{} plates and {} samples came", self.got.plates.len(), self.got.sound.len());
        }
    }

    /// Pictures and sound are the other's.
    fn check(&self, other: &Self) {
        assert!(self.got.plates.iter().all(|(sender, _)| *sender == other.sender), "{:?}", self.got.plates);
        assert!(self.got.plates.windows(2).all(|pair| pair[0].1 < pair[1].1), "{:?}", self.got.plates);
        let heard = frequency_of(&self.got.sound[24_000..], 48_000);
        assert!((heard - other.tone).abs() < other.tone * 0.03, "{heard} Hz instead of {}", other.tone);
    }

    /// How many of the other's frames came untouched.
    fn untouched(&self, other: &Self) -> usize {
        self.got.frames.intersection(&other.sent).count()
    }
}

fn call(alice: SessionConfig, bob: SessionConfig) -> Pin<Box<dyn Future<Output = (Person, Person)>>> {
    Box::pin(talk_in_a_call(alice, bob))
}

async fn talk_in_a_call(alice: SessionConfig, bob: SessionConfig) -> (Person, Person) {
    let space = space(config()).await;
    let (mut a, mut b) = (Client::online(&space, "alice").await, Client::online(&space, "bob").await);
    let (a_session, a_events, sdp) = Box::pin(Session::offer(alice)).await.expect("an offer");
    a.dial(&CallId::random(), "/private/bob", &sdp).await.expect("dialled");
    let invite = b.invited().await;
    let (b_session, b_events, sdp) = Box::pin(Session::answer(bob, &invite.sdp)).await.expect("an answer");
    b.accept(&invite, &sdp).await.expect("answered");
    a_session.accept(&a.answered().await).await.expect("accepted");
    let mut alice = Person::new((a_session, a_events), 11, 500.0);
    let mut bob = Person::new((b_session, b_events), 12, 800.0);
    let content = AtomicUsize::new(0);
    tokio::join!(Box::pin(alice.talk(&content)), Box::pin(bob.talk(&content)));
    alice.check(&bob);
    bob.check(&alice);
    space.shut_down().await;
    (alice, bob)
}

const BOTH: [VideoCodec; 2] = [VideoCodec::H264, VideoCodec::Vp8];
const ALL: [AudioCodec; 3] = [AudioCodec::Opus, AudioCodec::Pcmu, AudioCodec::Pcma];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_codec_that_both_have_is_found_and_forwarded() {
    let vp8 = able("alice", &[VideoCodec::Vp8], &[AudioCodec::Pcma]);
    let (alice, bob) = call(vp8, able("bob", &BOTH, &ALL)).await;
    assert_eq!(alice.codecs(), (AudioCodec::Pcma, VideoCodec::Vp8));
    assert_eq!(bob.codecs(), alice.codecs(), "the caller's");
    assert!(bob.untouched(&alice) >= 35 && alice.untouched(&bob) >= 35, "forwarded as they were");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callees_only_codec_is_taken_when_the_caller_has_it_too() {
    let caller = able("alice", &BOTH, &ALL);
    let (alice, bob) = call(caller, able("bob", &[VideoCodec::Vp8], &[AudioCodec::Pcmu])).await;
    assert_eq!(alice.codecs(), (AudioCodec::Pcmu, VideoCodec::Vp8));
    assert_eq!(bob.codecs(), alice.codecs());
    assert!(bob.untouched(&alice) >= 35 && alice.untouched(&bob) >= 35, "forwarded as they were");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_without_a_common_codec_see_and_hear_each_other_all_the_same() {
    let caller = able("alice", &[VideoCodec::Vp8], &[AudioCodec::Pcmu]);
    let (alice, bob) = call(caller, able("bob", &[VideoCodec::H264], &[AudioCodec::Opus])).await;
    assert_eq!(alice.codecs(), (AudioCodec::Pcmu, VideoCodec::Vp8));
    assert_eq!(bob.codecs(), (AudioCodec::Opus, VideoCodec::H264));
    assert_eq!((bob.untouched(&alice), alice.untouched(&bob)), (0, 0));
}
