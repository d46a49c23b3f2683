//! Pictures of a moment, as files.

use ahoy_media::Picture;
use ahoy_media::slot::SlotReader;
use ahoy_model::{Problem, ProblemCode};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tauri::{AppHandle, Manager};

/// How long the next picture is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes the next picture where pictures go. The file's path.
///
/// # Errors
/// `MediaFailed`: no picture comes. `StorageFailed`.
pub async fn save(app: &AppHandle, mut pictures: SlotReader<Picture>) -> Result<String, Problem> {
    let next = tokio::time::timeout(PATIENCE, pictures.next()).await.ok().flatten();
    let picture = next.ok_or(Problem::new(ProblemCode::MediaFailed))?;
    let folder = app.path().picture_dir().or_else(|_| app.path().home_dir());
    let folder = folder.map_err(|error| Problem::new(ProblemCode::StorageFailed).because(error))?;
    let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let path = folder.join(format!("ahoy-{moment}.png"));
    let written = tauri::async_runtime::spawn_blocking(move || write(&path, &picture)).await;
    let path = written.map_err(|error| Problem::new(ProblemCode::Internal).because(error))?;
    path.map(|path| path.display().to_string())
        .map_err(|error| Problem::new(ProblemCode::StorageFailed).because(error))
}

fn write(path: &Path, picture: &Picture) -> Result<PathBuf, std::io::Error> {
    let rgb = ahoy_media::convert::to_rgb(picture).map_err(std::io::Error::other)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = std::io::BufWriter::new(std::fs::File::create(path)?);
    let mut encoder = png::Encoder::new(file, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(std::io::Error::other)?;
    writer.write_image_data(&rgb).map_err(std::io::Error::other)?;
    writer.finish().map_err(std::io::Error::other)?;
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn the_file_holds_the_picture() {
        let folder = tempfile::tempdir().unwrap();
        // Pure red in BT.601, limited range.
        let mut planes = vec![81; 64 * 32];
        planes.extend(vec![90; 64 * 32 / 4]);
        planes.extend(vec![240; 64 * 32 / 4]);
        let picture = Picture::new(64, 32, planes, Instant::now()).unwrap();
        let path = write(&folder.path().join("new").join("red.png"), &picture).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height), (64, 32));
        assert!(pixels[0] > 245 && pixels[1] < 10 && pixels[2] < 10, "{:?}", &pixels[..3]);
    }
}
