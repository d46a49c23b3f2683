use super::film::{self, Pieces, Wanted};
use super::pictures::Demands;
use super::*;
use crate::fetch::Fetcher;
use ahoy_media::h264::Decoder;
use ahoy_media::tone::frequency_of;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::time::Instant;

const EVERYTHING: Wanted = Wanted { sound: true, pictures: true, most_bitrate: 2_500_000 };

/// What came out of one item.
#[derive(Default)]
struct Taken {
    sound: Vec<f32>,
    pictures: Vec<(Duration, Bytes, bool)>,
    error: Option<PlayError>,
}

fn start(what: &Playable, file: Option<std::fs::File>, wanted: Wanted) -> Pieces {
    let demands = Demands { bitrate: AtomicU32::new(wanted.most_bitrate), key: AtomicBool::new(false) };
    film::start(what, file, wanted, Arc::new(demands)).expect("a thread")
}

fn take(mut pieces: Pieces) -> Taken {
    let mut taken = Taken::default();
    loop {
        match pieces.blocking_recv() {
            Some(Ok(Piece::Sound { at, samples })) => {
                assert_eq!(at.as_micros() as usize, taken.sound.len() / 960 * 20_000, "no gaps");
                taken.sound.extend(samples);
            }
            Some(Ok(Piece::Picture { at, data, key })) => taken.pictures.push((at, data, key)),
            Some(Ok(Piece::End)) => return taken,
            Some(Err(error)) => return Taken { error: Some(error), ..taken },
            None => panic!("the thread broke off"),
        }
    }
}

fn play(path: &Path) -> Taken {
    let file = std::fs::File::open(path).expect("a film");
    take(start(&Playable::File(String::new()), Some(file), EVERYTHING))
}

/// `None` where there is no ffmpeg.
fn made(folder: &Path, name: &str, arguments: &[&str]) -> Option<std::path::PathBuf> {
    let path = folder.join(name);
    let mut command = Command::new("ffmpeg");
    command.args(["-y", "-loglevel", "error"]).args(arguments).arg(&path);
    match command.status() {
        Ok(status) => assert!(status.success(), "ffmpeg made {name}"),
        Err(_) => {
            eprintln!("SKIPPED: there is no ffmpeg");
            return None;
        }
    }
    Some(path)
}

const PICTURES: [&str; 4] = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=30:duration=3"];
const TONE: [&str; 4] = ["-f", "lavfi", "-i", "sine=frequency=700:sample_rate=44100:duration=3"];

fn assert_film(taken: &Taken) {
    assert!(taken.error.is_none(), "{:?}", taken.error);
    assert!((taken.sound.len() as i64 - 3 * 48_000).abs() < 6_000, "{} samples", taken.sound.len());
    assert!((frequency_of(&taken.sound[24_000..120_000], 48_000) - 700.0).abs() < 2.0);
    let pictures = &taken.pictures;
    assert!((88..=91).contains(&pictures.len()), "{} pictures", pictures.len());
    assert!(pictures.is_sorted_by_key(|(at, ..)| *at) && pictures[0].2, "in order, a key frame first");
    let last = pictures[pictures.len() - 1].0;
    assert!((2_900..=3_000).contains(&last.as_millis()), "{last:?}");
    // What comes out is what a browser was promised, and every picture can be decoded.
    assert_eq!(pictures[0].1[..7], [0, 0, 0, 1, 0x67, 66, pictures[0].1[6]]);
    let mut decoder = Decoder::new();
    for (at, data, _) in pictures {
        let picture = decoder.decode(data, Instant::now()).expect("it decodes").expect("a picture");
        assert_eq!((picture.width(), picture.height()), (320, 180), "{at:?}");
    }
}

#[test]
fn films_of_all_profiles_come_out_as_constrained_baseline() {
    let folder = tempfile::tempdir().expect("a folder");
    let film = |name: &str, profile: &[&str]| {
        let tail = ["-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest"];
        let arguments = [&PICTURES[..], &TONE[..], &["-c:v", "libx264"], profile, &tail].concat();
        made(folder.path(), name, &arguments)
    };
    let Some(plain) = film("plain.mp4", &["-profile:v", "baseline", "-g", "30"]) else { return };
    let taken = play(&plain);
    assert_film(&taken);
    assert_eq!(taken.pictures.iter().filter(|(.., key)| *key).count(), 3, "sent as it is");
    // Key frames too far from each other: encoded again.
    for (name, profile) in [
        ("rare.mp4", &["-profile:v", "baseline", "-g", "300", "-t", "3"][..]),
        ("main.mp4", &["-profile:v", "main", "-bf", "2"]),
        ("high.mp4", &["-profile:v", "high", "-bf", "3", "-movflags", "faststart"]),
    ] {
        assert_film(&play(&film(name, profile).expect("ffmpeg is there")));
    }
    let other = made(folder.path(), "other.mp4", &[&PICTURES[..], &["-c:v", "mpeg4"]].concat());
    let refused = play(&other.expect("ffmpeg is there"));
    assert!(
        matches!(refused.error, Some(PlayError::OtherCodec(_) | PlayError::Unreadable(_))),
        "{:?}",
        refused.error
    );
    let large = [
        "-f",
        "lavfi",
        "-i",
        "testsrc=size=1920x1080:rate=60:duration=0.5",
        "-c:v",
        "libx264",
        "-pix_fmt",
        "yuv420p",
    ];
    let shrunk = play(&made(folder.path(), "large.mp4", &large).expect("ffmpeg is there"));
    let (_, first, _) = &shrunk.pictures[0];
    assert_eq!(ahoy_media::h264::picture_size(first), Some((1280, 720)));
    assert!(shrunk.pictures.len() <= 17, "30 of 60 a second: {}", shrunk.pictures.len());
}

#[test]
fn sound_files_come_out_at_48_khz() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, more) in
        [("a.wav", &["-ar", "22050", "-ac", "2"][..]), ("a.mp3", &[]), ("a.m4a", &["-c:a", "aac"])]
    {
        let Some(path) = made(folder.path(), name, &[&TONE[..], more].concat()) else { return };
        let taken = play(&path);
        assert!(taken.error.is_none() && taken.pictures.is_empty(), "{name}: {:?}", taken.error);
        assert!(
            (taken.sound.len() as i64 - 3 * 48_000).abs() < 6_000,
            "{name}: {} samples",
            taken.sound.len()
        );
        assert!((frequency_of(&taken.sound[24_000..120_000], 48_000) - 700.0).abs() < 2.0, "{name}");
    }
}

#[test]
fn silence_and_rings_are_made_up() {
    let silence = take(start(&Playable::Silence(Duration::from_millis(500)), None, EVERYTHING));
    assert!(silence.sound.len() == 24_000 && silence.sound.iter().all(|x| *x == 0.0));
    let ring = take(start(&Playable::parse("ring:us").expect("a ring"), None, EVERYTHING));
    assert_eq!(ring.sound.len(), 6 * 48_000);
    let loud = |ms: usize| ring.sound[ms * 48..(ms + 20) * 48].iter().any(|x| x.abs() > 0.05);
    assert!(loud(100) && loud(1_900) && !loud(2_100) && !loud(5_900));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for path in [
        "../a.wav",
        "a/../../b.wav",
        "/etc/passwd",
        "file:/etc/passwd",
        "file:///etc/passwd",
        "",
        "file:",
        "a\\b",
        "c:d.wav",
    ] {
        assert!(Playable::parse(path).is_err(), "{path}");
    }
    for (text, pictures) in [
        ("file:a/b.mp4", true),
        ("b.wav", false),
        ("http://x.test/a", true),
        ("https://x.test/a.MP3?x=1", false),
        ("say:hi", false),
    ] {
        assert_eq!(Playable::parse(text).expect(text).may_have_pictures(), pictures, "{text}");
    }
}

#[tokio::test]
async fn files_stay_in_their_folder_even_by_links() {
    let folder = tempfile::tempdir().expect("a folder");
    let media = folder.path().join("media");
    std::fs::create_dir(&media).expect("made");
    std::fs::write(media.join("a.wav"), "x").expect("written");
    std::fs::write(folder.path().join("space.db"), "x").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../space.db", media.join("link.wav")).expect("linked");
    let fetcher = Fetcher::new(false).expect("a client");
    let sources = Sources::new(fetcher.clone(), Some(folder.path()), None);
    let open = async |name: &str| sources.open(&Playable::File(name.to_owned())).await;
    assert!(open("a.wav").await.is_ok());
    for name in ["link.wav", "b.wav", "../space.db", "."] {
        assert!(matches!(open(name).await, Err(PlayError::NoFile(_))), "{name}");
    }
    let none = Sources::new(fetcher, None, None);
    assert!(matches!(none.open(&Playable::File("a.wav".into())).await, Err(PlayError::NoFolder)));
    assert!(matches!(none.open(&Playable::Say("hi".into())).await, Err(PlayError::NoVoice)));
}

#[tokio::test]
async fn a_voice_is_any_command_that_writes_wav() {
    let mut wav = Vec::new();
    let spec = hound_like_header(4_800);
    wav.extend(spec);
    wav.extend([0_u8; 9_600]);
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(&wav).expect("written");
    let command = SpeechCommand::parse(&format!("cat {}", file.path().display())).expect("a command");
    let sources = Sources::new(Fetcher::new(false).expect("a client"), None, Some(command));
    let spoken = sources.open(&Playable::Say("hello".into())).await.expect("spoken");
    let taken =
        tokio::task::spawn_blocking(move || take(start(&Playable::Say("hello".into()), spoken, EVERYTHING)));
    assert_eq!(taken.await.expect("taken").sound.len(), 4_800);
    let broken = SpeechCommand::parse("/nowhere/voice").expect("a command");
    let sources = Sources::new(Fetcher::new(false).expect("a client"), None, Some(broken));
    assert!(matches!(sources.open(&Playable::Say("hello".into())).await, Err(PlayError::Voice(_))));
}

/// 16 bits, mono, 48 kHz.
fn hound_like_header(samples: u32) -> Vec<u8> {
    let bytes = samples * 2;
    let mut head = Vec::new();
    head.extend(b"RIFF");
    head.extend((36 + bytes).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16_u32.to_le_bytes());
    head.extend([1, 0, 1, 0]);
    head.extend(48_000_u32.to_le_bytes());
    head.extend(96_000_u32.to_le_bytes());
    head.extend([2, 0, 16, 0]);
    head.extend(b"data");
    head.extend(bytes.to_le_bytes());
    head
}

#[test]
fn damaged_films_end_in_errors_or_in_less_film() {
    let folder = tempfile::tempdir().expect("a folder");
    let short = ["-t", "0.4"];
    let film = [&PICTURES[..], &TONE[..], &short, &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac"]]
        .concat();
    let Some(film) = made(folder.path(), "f.mp4", &film) else { return };
    let wav = made(folder.path(), "f.wav", &[&TONE[..], &short].concat()).expect("ffmpeg is there");
    let mp3 = made(folder.path(), "f.mp3", &[&TONE[..], &short].concat()).expect("ffmpeg is there");
    let originals = [film, wav, mp3].map(|path| std::fs::read(path).expect("read"));
    let mut random = fastrand::Rng::with_seed(11);
    let mut errors = 0;
    for round in 0..600 {
        let mut bytes = originals[round % 3].clone();
        for _ in 0..random.usize(1..12) {
            // The headers are where damage hurts: for MP4 at the end, else at the beginning.
            let near = random.bool();
            let reach = if near { bytes.len().min(2_500) } else { bytes.len() };
            let from_end = round % 3 == 0 && near;
            let at = random.usize(0..reach);
            let at = if from_end { bytes.len() - 1 - at } else { at };
            bytes[at] = if random.bool() {
                random.u8(..)
            } else {
                *random.choice(&[0, 1, 0x7f, 0x80, 0xff]).expect("some")
            };
        }
        if random.u8(0..10) == 0 {
            bytes.truncate(random.usize(0..bytes.len()));
        }
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&bytes).expect("written");
        let mut pieces = start(&Playable::File(String::new()), Some(file), EVERYTHING);
        let mut taken = 0;
        loop {
            match pieces.blocking_recv() {
                Some(Ok(Piece::End)) => break,
                // A header may claim hours; what was claimed is not waited for.
                Some(Ok(_)) if taken > 2_000 => break,
                Some(Ok(_)) => taken += 1,
                Some(Err(_)) => {
                    errors += 1;
                    break;
                }
                None => panic!("round {round}: the thread panicked"),
            }
        }
    }
    assert!(errors > 20, "some damage hurts: {errors}");
}
