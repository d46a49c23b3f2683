//! What encoding, decoding and transcoding cost. `cargo xtask bench codec`, or with other settings
//! `cargo xtask bench codec -- WIDTH HEIGHT BITRATE`.

use ahoy_media::Picture;
use ahoy_media::audio;
use ahoy_media::engine::{VideoReceiver, VideoSender, VideoSenderConfig};
use ahoy_media::fake::TestPicture;
use ahoy_media::tone::Sine;
use ahoy_media::video::{Decoder, Encoder, EncoderConfig};
use ahoy_model::{AudioCodec, EncodedFrame, VideoCodec};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const FRAMES: u32 = 300;
const CODECS: [VideoCodec; 2] = [VideoCodec::H264, VideoCodec::Vp8];

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|word| word.parse::<u32>().ok());
    let width = numbers.next().unwrap_or(1280);
    let height = numbers.next().unwrap_or(720);
    let bitrate = numbers.next().unwrap_or(1_500_000);
    let pictures = clip(width, height);
    println!("{width}x{height}, 30 a second, {} kbit/s asked, {FRAMES} pictures", bitrate / 1000);
    println!("codec    encode p50   p95    decode p50   p95    rate kbit/s  mean PSNR dB");
    let streams = CODECS.map(|codec| code(codec, &pictures, bitrate));
    let other = [CODECS[1], CODECS[0]];
    println!("\ntranscoding in real time, share of one core");
    for ((from, stream), to) in CODECS.into_iter().zip(&streams).zip(other) {
        transcode(from, to, stream, bitrate);
    }
    println!("\nsound, µs for each packet of 20 ms: encode, decode");
    for codec in [AudioCodec::Opus, AudioCodec::Pcmu, AudioCodec::Pcma] {
        sound(codec);
    }
}

/// The test picture with some grain, as cameras have it.
fn clip(width: u32, height: u32) -> Vec<Picture> {
    let mut source = TestPicture::new(width, height, 1);
    let mut random = fastrand::Rng::with_seed(1);
    (0..FRAMES)
        .map(|number| {
            let drawn = source.draw(number, 0, Instant::now());
            let mut data = drawn.bytes().to_vec();
            let luma = drawn.layout().luma_len();
            for sample in data.iter_mut().take(luma) {
                *sample = sample.saturating_add(random.u8(0..4));
            }
            Picture::new(width, height, data, Instant::now()).unwrap_or(drawn)
        })
        .collect()
}

struct Times(Vec<Duration>);

impl Times {
    fn at(&mut self, share: f64) -> f64 {
        self.0.sort();
        let place = ((self.0.len() - 1) as f64 * share) as usize;
        self.0.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

fn code(codec: VideoCodec, pictures: &[Picture], bitrate: u32) -> Vec<EncodedFrame> {
    let mut encoder = Encoder::new(codec, EncoderConfig { fps: 30.0, bitrate });
    let mut decoder = Decoder::new(codec);
    let (mut coding, mut reading) = (Times(Vec::new()), Times(Vec::new()));
    let (mut out, mut quality) = (Vec::new(), 0.0);
    for (number, picture) in pictures.iter().enumerate() {
        let start = Instant::now();
        let encoded = encoder.encode(picture, false).expect("it encodes").expect("no picture is left out");
        coding.0.push(start.elapsed());
        let start = Instant::now();
        let decoded = decoder.decode(&encoded.data, start).expect("it decodes").expect("a picture");
        reading.0.push(start.elapsed());
        quality += psnr(picture, &decoded);
        let rtp_time = number as u32 * 3000;
        out.push(EncodedFrame { codec, data: encoded.data, rtp_time, key: encoded.key, after_loss: false });
    }
    let bytes: usize = out.iter().map(|frame| frame.data.len()).sum();
    println!(
        "{:8} {:7.2} ms {:6.2} {:10.2} ms {:6.2} {:13.0} {:12.1}",
        format!("{codec:?}"),
        coding.at(0.5),
        coding.at(0.95),
        reading.at(0.5),
        reading.at(0.95),
        bytes as f64 * 8.0 * 30.0 / out.len() as f64 / 1000.0,
        quality / out.len() as f64,
    );
    out
}

fn psnr(a: &Picture, b: &Picture) -> f64 {
    let (a, b) = (a.planes().0, b.planes().0);
    let error: f64 = a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum();
    10.0 * (255.0 * 255.0 / (error / a.len() as f64).max(1e-9)).log10()
}

/// One stream through decoder and encoder threads, as a bridge does it.
fn transcode(from: VideoCodec, to: VideoCodec, stream: &[EncodedFrame], bitrate: u32) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let (receiver, pictures) = VideoReceiver::start(from);
        let (out, mut frames) = mpsc::channel(8);
        let config = VideoSenderConfig { codec: to, max_width: 1920, max_height: 1080, fps: 30, bitrate };
        let sender = VideoSender::start(pictures, config, out);
        let mut clock = tokio::time::interval(Duration::from_nanos(33_333_333));
        let (before, start) = (cpu_seconds(), Instant::now());
        let mut made = 0;
        for frame in stream {
            loop {
                tokio::select! {
                    _ = clock.tick() => break,
                    Some(_) = frames.recv() => made += 1,
                }
            }
            receiver.push(frame.clone());
        }
        let seconds = start.elapsed().as_secs_f64();
        let used = cpu_seconds().zip(before).map(|(after, before)| (after - before) / seconds * 100.0);
        let share = used.map_or("unknown here".to_owned(), |share| format!("{share:.0} %"));
        println!(
            "{from:?} to {to:?}: {share}, {made} of {} pictures, {}x{}",
            stream.len(),
            sender.stats().width,
            sender.stats().height
        );
    });
}

fn sound(codec: AudioCodec) {
    let (mut encoder, mut decoder) =
        (audio::Encoder::new(codec).expect("it opens"), audio::Decoder::new(codec).expect("it opens"));
    let mut sine = Sine::new(440.0, 0.4);
    let (mut coding, mut reading) = (Duration::ZERO, Duration::ZERO);
    let packets = 500;
    for _ in 0..packets {
        let mut frame = [0.0; audio::FRAME];
        sine.fill(&mut frame);
        let start = Instant::now();
        let packet = encoder.encode(&frame).expect("it encodes");
        coding += start.elapsed();
        let start = Instant::now();
        decoder.decode(&packet).expect("it decodes");
        reading += start.elapsed();
    }
    println!(
        "{:8} {:7} {:7}",
        format!("{codec:?}"),
        (coding / packets).as_micros(),
        (reading / packets).as_micros()
    );
}

/// What this process has used, where the system tells (Linux, 100 ticks a second).
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / 100.0)
}
