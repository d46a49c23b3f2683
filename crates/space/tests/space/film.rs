//! Films made for a test, and an audience that says what it saw and heard.

use ahoy_media::h264::Decoder;
use ahoy_media::opus;
use ahoy_media::picture_code::{self, Code};
use ahoy_model::{AudioCodec, AudioPacket, MediaKind, SenderReport};
use ahoy_rtc::{Session, SessionEvent};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

const WIDTH: usize = 320;
const HEIGHT: usize = 180;
const FPS: usize = 30;
const SECONDS: usize = 3;
pub const FRAMES: usize = FPS * SECONDS;
pub const TONE: f64 = 700.0;
/// Each second of the film begins with a beep of so many ms.
const BEEP: usize = 200;

/// Numbered pictures, and a beep at each full second. False where there is no ffmpeg.
pub fn make(path: &Path, profile: &str) -> bool {
    let (video, audio) = (path.with_extension("y4m"), path.with_extension("wav"));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&video).expect("a file"));
    writeln!(file, "YUV4MPEG2 W{WIDTH} H{HEIGHT} F{FPS}:1 Ip A1:1 C420jpeg").expect("written");
    for frame in 0..FRAMES {
        let mut luma = vec![96_u8; WIDTH * HEIGHT];
        let bar = WIDTH * frame / FRAMES;
        luma.chunks_exact_mut(WIDTH).skip(HEIGHT / 3).for_each(|line| line[bar] = 220);
        picture_code::stamp(&mut luma, WIDTH, HEIGHT, Code { frame: frame as u32, time: 0, sender: 3 });
        file.write_all(b"FRAME\n").expect("written");
        file.write_all(&luma).expect("written");
        file.write_all(&vec![128; WIDTH * HEIGHT / 2]).expect("written");
    }
    drop(file);
    write_wav(&audio, SECONDS, |ms| ms % 1_000 < BEEP);
    let mut command = Command::new("ffmpeg");
    command.args(["-y", "-loglevel", "error", "-i"]).arg(&video).arg("-i").arg(&audio);
    command.args([
        "-c:v",
        "libx264",
        "-profile:v",
        profile,
        "-g",
        "30",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "aac",
    ]);
    match command.arg(path).status() {
        Ok(status) => assert!(status.success(), "ffmpeg makes the film"),
        Err(_) => eprintln!("SKIPPED: there is no ffmpeg"),
    }
    path.exists()
}

/// A steady tone, 48 kHz.
pub fn write_tone(path: &Path, seconds: usize) {
    write_wav(path, seconds, |_| true);
}

fn write_wav(path: &Path, seconds: usize, on: impl Fn(usize) -> bool) {
    let samples = (0..seconds * 48_000).map(|i| {
        let tone = (i as f64 / 48_000.0 * TONE * std::f64::consts::TAU).sin() * 0.5;
        if on(i / 48) { (tone * 32_767.0) as i16 } else { 0 }
    });
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(48_000_u32.to_le_bytes());
    wav.extend(96_000_u32.to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    std::fs::write(path, wav).expect("written");
}

/// What came, in the sender's clock: seconds since 1900.
#[derive(Default)]
pub struct Seen {
    /// Numbers of pictures, and their RTP times.
    pub frames: Vec<(u32, u32)>,
    /// RTP time and loudness of every 20 ms.
    steps: Vec<(u32, f32)>,
    reports: (Option<SenderReport>, Option<SenderReport>),
}

impl Seen {
    /// RTP times at which a beep began.
    pub fn beeps(&self) -> Vec<u32> {
        let loud = |level: f32| level > 0.05;
        let pairs = self.steps.windows(2).filter(|pair| !loud(pair[0].1) && loud(pair[1].1));
        let first = self.steps.first().filter(|(_, level)| loud(*level)).map(|(rtp, _)| *rtp);
        first.into_iter().chain(pairs.map(|pair| pair[1].0)).collect()
    }

    /// How much later, in s, each beep is than the picture of its second.
    pub fn lip_sync(&self, beeps: &[u32]) -> Vec<f64> {
        let (Some(sound), Some(picture)) = self.reports else { panic!("there are no sender reports") };
        let wall = |report: SenderReport, rtp: u32, rate: f64| {
            report.ntp as f64 / f64::from(u32::MAX)
                + f64::from(rtp.wrapping_sub(report.rtp_time) as i32) / rate
        };
        let frames: Vec<f64> = self
            .frames
            .iter()
            .filter(|(n, _)| (*n as usize).is_multiple_of(FPS))
            .map(|(_, rtp)| wall(picture, *rtp, 90_000.0))
            .collect();
        assert!(!frames.is_empty(), "the pictures of full seconds were seen");
        let beeps = beeps.iter().map(|rtp| wall(sound, *rtp, 48_000.0));
        beeps
            .map(|beep| {
                let nearest =
                    frames.iter().map(|frame| beep - frame).min_by(|a, b| a.abs().total_cmp(&b.abs()));
                nearest.expect("a picture")
            })
            .collect()
    }
}

/// One end that watches and listens, and says a tone when asked.
pub struct Audience {
    session: Arc<Session>,
    /// Loudness of the last 20 ms, and how many there were.
    level: watch::Receiver<(f32, u32)>,
    task: JoinHandle<Seen>,
    speaking: watch::Sender<bool>,
}

impl Audience {
    pub fn seat(session: Session, mut events: mpsc::Receiver<SessionEvent>) -> Self {
        let session = Arc::new(session);
        let own = Arc::clone(&session);
        let (tell, level) = watch::channel((0.0, 0));
        let (speaking, speak) = watch::channel(false);
        let task = tokio::spawn(async move {
            let mut seen = Seen::default();
            let (mut ears, mut eyes) = (opus::Decoder::new().expect("a decoder"), Decoder::new());
            let mut voice = opus::Encoder::new(opus::EncoderConfig::default()).expect("an encoder");
            let (mut clock, mut said) = (interval(Duration::from_millis(20)), 0_u32);
            loop {
                tokio::select! {
                    _ = clock.tick() => if *speak.borrow() {
                        let samples: Vec<f32> = (0..960).map(|i| ((said * 960 + i) as f32 * 0.09).sin() * 0.4).collect();
                        own.send_audio(AudioPacket {
                            codec: AudioCodec::Opus,
                            data: voice.encode(&samples).expect("sound"),
                            rtp_time: said * 960,
                            sequence: 0,
                            marker: said == 0,
                            at: Instant::now(),
                        });
                        said += 1;
                    },
                    event = events.recv() => match event {
                        None => return seen,
                        Some(SessionEvent::Audio(packet)) => {
                            let sound = ears.decode(&packet.data).expect("sound");
                            let power = sound.iter().map(|x| x * x).sum::<f32>() / sound.len() as f32;
                            seen.steps.push((packet.rtp_time, power.sqrt()));
                            tell.send_modify(|(level, count)| (*level, *count) = (power.sqrt(), *count + 1));
                        }
                        Some(SessionEvent::Video(frame)) => {
                            if let Ok(Some(picture)) = eyes.decode(&frame.data, Instant::now())
                                && let Some(code) = picture_code::read(&picture)
                            {
                                seen.frames.push((code.frame, frame.rtp_time));
                            }
                        }
                        Some(SessionEvent::SenderReport(MediaKind::Audio, report)) => seen.reports.0 = Some(report),
                        Some(SessionEvent::SenderReport(MediaKind::Video, report)) => seen.reports.1 = Some(report),
                        Some(_) => {}
                    },
                }
            }
        });
        Self { session, level, task, speaking }
    }

    pub fn speak(&self) {
        self.speaking.send_replace(true);
    }

    /// Waits for a step of sound that is like that.
    pub async fn hears(&mut self, what: &str, fits: impl Fn(f32) -> bool) {
        self.level.mark_unchanged();
        let heard = timeout(super::client::LONG, async {
            loop {
                self.level.changed().await.expect("the audience lives");
                if fits(self.level.borrow_and_update().0) {
                    return;
                }
            }
        });
        assert!(heard.await.is_ok(), "{what} is not heard; the last level is {}", self.level.borrow().0);
    }

    /// Waits until nothing comes for half a second.
    pub async fn is_silent(&mut self) {
        let quiet = timeout(super::client::LONG, async {
            loop {
                self.level.mark_unchanged();
                if timeout(Duration::from_millis(500), self.level.changed()).await.is_err() {
                    return;
                }
            }
        });
        assert!(quiet.await.is_ok(), "sound comes and comes");
    }

    /// What was seen and heard until now.
    pub async fn leave(self) -> Seen {
        self.session.close().await;
        self.task.await.expect("the audience lived")
    }
}
