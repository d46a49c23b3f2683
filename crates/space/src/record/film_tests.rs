use super::super::entry::take_apart;
use super::*;
use ahoy_media::fake::TestPicture;
use ahoy_media::picture_code::{self, Code};
use ahoy_media::tone::Sine;
use ahoy_media::{h264, opus};
use std::io::Cursor;
use std::time::Instant;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::formats::FormatOptions;
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

const SIZE: (u32, u32) = (320, 180);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Pictures at 30 a second and sound for so many steps of 20 ms, from `from` on.
struct Studio {
    film: Film<Vec<u8>>,
    pictures: h264::Encoder,
    sound: opus::Encoder,
    tone: Sine,
    scene: TestPicture,
    number: u32,
}

impl Studio {
    fn open() -> Self {
        Self {
            film: Film::new(Vec::new(), SIZE, Duration::from_secs(1_795_230_866)).expect("a film"),
            pictures: h264::Encoder::new(h264::EncoderConfig { fps: 30.0, bitrate: 400_000 }),
            sound: opus::Encoder::new(opus::EncoderConfig::default()).expect("an encoder"),
            tone: Sine::new(440.0, 0.3),
            scene: TestPicture::new(SIZE.0, SIZE.1, 7),
            number: 0,
        }
    }

    fn picture(&mut self, at: Duration, key: bool) {
        self.number += 1;
        let picture = self.scene.draw(self.number, Code::now(), Instant::now());
        let made = self.pictures.encode(&picture, key).expect("encoded").expect("a picture");
        self.film.picture(take_apart(&made.data), made.key, at).expect("taken");
    }

    fn sound(&mut self, at: Duration) {
        let mut samples = [0.0; opus::FRAME];
        self.tone.fill(&mut samples);
        let packet = self.sound.encode(&samples).expect("a packet");
        self.film.sound(packet, at).expect("taken");
    }

    fn run(&mut self, from: u64, to: u64) {
        for at in (from..to).step_by(20) {
            self.sound(ms(at));
            if at % 40 == 0 {
                self.picture(ms(at), at == from);
            }
        }
    }
}

impl Film<Vec<u8>> {
    fn finish_into(mut self, at: Duration) -> Vec<u8> {
        self.finish(at).expect("finished");
        self.out
    }
}

/// Numbers of the plates with the times of their pictures; length of the sound, and how much of it is loud.
fn watch(film: Vec<u8>) -> (Vec<(u32, Duration)>, Duration, Duration) {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(film)), Default::default());
    let mut reader = symphonia::default::get_probe()
        .probe(&Default::default(), stream, FormatOptions::default(), MetadataOptions::default())
        .expect("a film");
    let (mut video, mut audio) = (None, None);
    for track in reader.tracks() {
        match &track.codec_params {
            Some(CodecParameters::Video(parameters)) => {
                let record = &parameters.extra_data.first().expect("avcC").data;
                let config = crate::play::AvcConfig::read(record).expect("a record");
                assert!(config.is_constrained_baseline());
                video = Some((track.id, track.time_base.expect("a clock"), config));
            }
            Some(CodecParameters::Audio(_)) => audio = Some((track.id, track.time_base.expect("a clock"))),
            _ => {}
        }
    }
    let (video, audio) = (video.expect("pictures"), audio.expect("sound"));
    let mut decoder = h264::Decoder::new();
    let mut ears = opus::Decoder::new().expect("a decoder");
    let (mut plates, mut length, mut loud) = (Vec::new(), Duration::ZERO, Duration::ZERO);
    while let Some(packet) = reader.next_packet().expect("whole") {
        let at = |base: symphonia::core::units::TimeBase| {
            Duration::from_secs_f64(base.calc_time(packet.pts).expect("a time").as_secs_f64())
        };
        if packet.track_id == video.0 {
            let (unit, _) = video.2.annex_b(&packet.data).expect("units");
            if let Some(picture) = decoder.decode(&unit, Instant::now()).expect("decoded") {
                plates.push((picture_code::read(&picture).expect("a plate").frame, at(video.1)));
            }
        } else {
            length = at(audio.1) + ms(20);
            let sound = ears.decode(&packet.data).expect("decoded");
            let sum: f32 = sound.iter().map(|sample| sample * sample).sum();
            loud += if sum / sound.len() as f32 > 0.005 { ms(20) } else { Duration::ZERO };
        }
    }
    (plates, length, loud)
}

#[test]
fn sound_and_pictures_come_out_as_they_went_in() {
    let mut studio = Studio::open();
    // Before the first picture there is nothing to begin with.
    studio.sound(ms(0));
    studio.run(0, 5_000);
    let early = studio.film.out.len();
    let film = studio.film.finish_into(ms(5_000));
    assert!(early > 0, "segments are written while it goes on");
    let (plates, heard, loud) = watch(film.clone());
    let numbers: Vec<u32> = plates.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=125).collect::<Vec<_>>());
    assert!(plates.iter().zip(0..).all(|((_, at), n)| at.abs_diff(ms(n * 40)) < ms(1)), "{plates:?}");
    assert!(heard.abs_diff(ms(5_000)) <= ms(40) && loud >= ms(4_800), "{heard:?} {loud:?}");

    // The power went: what was there by then can be watched.
    let (plates, heard, _) = watch(film[..early].to_vec());
    assert!(plates.len() >= 90 && heard >= ms(3_900), "{} {heard:?}", plates.len());
}

#[test]
fn missing_sound_is_silence_and_nothing_moves() {
    let mut studio = Studio::open();
    studio.picture(ms(0), true);
    for at in (0..1_000).chain(2_000..3_000).step_by(20) {
        studio.sound(ms(at));
    }
    studio.picture(ms(2_500), false);
    let film = studio.film.finish_into(ms(3_000));
    let (plates, heard, loud) = watch(film);
    assert_eq!(plates.len(), 2);
    assert!(plates[1].1.abs_diff(ms(2_500)) < ms(1), "{plates:?}");
    assert!(heard.abs_diff(ms(3_000)) <= ms(60), "{heard:?}");
    assert!(loud > ms(1_700) && loud < ms(2_100), "{loud:?}");
}
