//! A Y4M clip as a camera.

use super::camera::wait_for;
use super::pace::Pacer;
use crate::convert::{self, PixelFormat, RawPicture};
use crate::hardware::{CameraFormat, CameraSource, DeviceError};
use crate::picture::Picture;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::time::{Duration, Instant};

pub(super) struct ClipCamera {
    path: PathBuf,
    running: Option<(y4m::Decoder<BufReader<File>>, Pacer)>,
}

impl ClipCamera {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, running: None }
    }

    fn begin(&self) -> Result<y4m::Decoder<BufReader<File>>, DeviceError> {
        let failed = |why: String| DeviceError::File(format!("{}: {why}", self.path.display()));
        let file = File::open(&self.path).map_err(|error| failed(error.to_string()))?;
        y4m::Decoder::new(BufReader::with_capacity(1 << 20, file)).map_err(|error| failed(error.to_string()))
    }
}

fn format_of(clip: &y4m::Decoder<BufReader<File>>) -> Option<PixelFormat> {
    use y4m::Colorspace as C;
    match clip.get_colorspace() {
        C::C420 | C::C420jpeg | C::C420paldv | C::C420mpeg2 => Some(PixelFormat::I420),
        C::Cmono => Some(PixelFormat::Gray),
        _ => None,
    }
}

impl CameraSource for ClipCamera {
    fn open(&mut self, _wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        let clip = self.begin()?;
        format_of(&clip).ok_or(DeviceError::NoFormat)?;
        let rate = clip.get_framerate();
        let fps = if rate.den == 0 { 30.0 } else { (rate.num as f64 / rate.den as f64).clamp(1.0, 120.0) };
        let format = CameraFormat {
            width: u32::try_from(clip.get_width()).unwrap_or(0) & !1,
            height: u32::try_from(clip.get_height()).unwrap_or(0) & !1,
            fps: fps.round() as u32,
        };
        self.running = Some((clip, Pacer::new(Instant::now(), Duration::from_secs_f64(1.0 / fps))));
        Ok(format)
    }

    fn next(&mut self, _patience: Duration) -> Result<Picture, DeviceError> {
        let Some((clip, pacer)) = &mut self.running else {
            return Err(DeviceError::Broken("not opened".into()));
        };
        // What was missed is left out, but a clip must not spend its time on reading what nobody sees.
        let mut due = wait_for(pacer).min(8);
        let mut fresh = false;
        loop {
            let format = format_of(clip).ok_or(DeviceError::NoFormat)?;
            let (width, height) = (clip.get_width() as u32, clip.get_height() as u32);
            match clip.read_frame() {
                Ok(frame) => {
                    due = due.saturating_sub(1);
                    if due > 0 {
                        continue;
                    }
                    let mut data = frame.get_y_plane().to_vec();
                    data.extend_from_slice(frame.get_u_plane());
                    data.extend_from_slice(frame.get_v_plane());
                    return convert::to_i420(
                        RawPicture { format, width, height, stride: 0, data: &data },
                        Instant::now(),
                    )
                    .map_err(|error| DeviceError::File(error.to_string()));
                }
                Err(error) if fresh => return Err(DeviceError::File(error.to_string())),
                Err(_) => {
                    // The end, or a damaged rest: from the beginning. A file without a single picture ends in an error.
                    let failed = |error: String| DeviceError::File(error);
                    let file = File::open(&self.path).map_err(|error| failed(error.to_string()))?;
                    *clip = y4m::Decoder::new(BufReader::with_capacity(1 << 20, file))
                        .map_err(|error| failed(error.to_string()))?;
                    fresh = true;
                }
            }
        }
    }
}
