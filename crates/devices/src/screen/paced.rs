//! Takes pictures of something that does not tell when it changes: at a pace, and slowly while nothing does.

use ahoy_media::convert::{PixelFormat, RawPicture, to_i420};
use ahoy_media::{CameraFormat, CameraSource, DeviceError, Picture};
use std::time::{Duration, Instant};

/// Pictures a second: text wants sharpness, not motion, and every look costs time.
const FPS: std::ops::RangeInclusive<u32> = 5..=10;
/// Without a change there is a picture so often.
const FRESH: Duration = Duration::from_secs(1);
/// After a change the same picture is handed out for so long, so that the encoder can make it sharp.
const SHARPENING: Duration = Duration::from_secs(3);

/// Pixels with four bytes: red, green, blue, nothing.
pub struct Sight {
    pub width: u32,
    pub height: u32,
    pub rgba: Vec<u8>,
}

/// Something that can be looked at.
pub trait Eye: Send {
    /// Where it is now. `Ended`: it is gone.
    fn look(&mut self) -> Result<Sight, DeviceError>;
}

/// An eye as a source of pictures.
pub struct Paced<E> {
    eye: E,
    period: Duration,
    due: Instant,
    shown: Option<Picture>,
    changed: Instant,
    handed_out: Instant,
}

impl<E: Eye> Paced<E> {
    pub fn new(eye: E) -> Self {
        let now = Instant::now();
        Self { eye, period: FRESH, due: now, shown: None, changed: now, handed_out: now }
    }

    /// Takes a picture. Whether it is another one.
    fn look(&mut self, now: Instant) -> Result<bool, DeviceError> {
        let Sight { width, height, rgba } = self.eye.look()?;
        let raw = RawPicture { format: PixelFormat::Rgba, width, height, stride: width * 4, data: &rgba };
        let picture = to_i420(raw, now).map_err(|error| DeviceError::Broken(error.to_string()))?;
        let same = self.shown.as_ref().is_some_and(|shown| shown.bytes() == picture.bytes());
        self.shown = Some(picture);
        Ok(!same)
    }
}

impl<E: Eye> CameraSource for Paced<E> {
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        let fps = wanted.fps.clamp(*FPS.start(), *FPS.end());
        self.period = Duration::from_secs(1) / fps;
        let now = Instant::now();
        self.look(now)?;
        (self.due, self.changed) = (now, now);
        let picture = self.shown.as_ref().ok_or(DeviceError::NoFormat)?;
        Ok(CameraFormat { width: picture.width(), height: picture.height(), fps })
    }

    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError> {
        let end = Instant::now() + patience;
        loop {
            std::thread::sleep(self.due.min(end).saturating_duration_since(Instant::now()));
            let now = Instant::now();
            if now >= self.due {
                self.due = (self.due + self.period).max(now);
                if self.look(now)? {
                    self.changed = now;
                }
            }
            let quiet = now.saturating_duration_since(self.changed) > SHARPENING;
            let told = now.saturating_duration_since(self.handed_out) < FRESH;
            if let Some(shown) = self.shown.as_ref().filter(|_| !(quiet && told) || now >= end) {
                self.handed_out = now;
                let mut again = shown.clone();
                again.captured = now;
                return Ok(again);
            }
            if now >= end {
                return Err(DeviceError::Hung);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Grey that changes with the first looks; then it is gone.
    struct Grey(Vec<u8>);

    impl Eye for Grey {
        fn look(&mut self) -> Result<Sight, DeviceError> {
            let grey = if self.0.is_empty() { return Err(DeviceError::Ended) } else { self.0.remove(0) };
            Ok(Sight { width: 7, height: 5, rgba: vec![grey; 7 * 5 * 4] })
        }
    }

    #[test]
    fn what_changes_is_seen_at_a_pace_and_its_end_is_told() {
        let mut source = Paced::new(Grey(vec![0, 0, 255, 255, 9]));
        assert_eq!(source.next(Duration::ZERO).err(), None, "it may be looked at before it is opened");
        let format = source.open(CameraFormat::HD).expect("it opens");
        assert_eq!(format, CameraFormat { width: 6, height: 4, fps: 10 }, "odd sides are cut");
        let mut lumas = Vec::new();
        let begun = Instant::now();
        let end = loop {
            match source.next(Duration::from_secs(2)) {
                Ok(picture) => lumas.push(picture.bytes()[0]),
                Err(error) => break error,
            }
        };
        assert_eq!(end, DeviceError::Ended);
        lumas.dedup();
        assert_eq!(lumas.len(), 2, "{lumas:?}");
        assert!(lumas[0] > 200 && lumas[1] < 40);
        assert!(begun.elapsed() >= Duration::from_millis(190), "ten a second");
    }
}
