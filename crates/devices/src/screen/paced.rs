//! Takes pictures of something that does not tell when it changes: at a pace, and slowly while nothing does.

use super::still::{FRESH, Still};
use ahoy_media::convert::{PixelFormat, RawPicture};
use ahoy_media::{CameraFormat, CameraSource, DeviceError, Picture};
use std::time::{Duration, Instant};

/// Pictures a second: text wants sharpness, not motion, and every look costs time.
const FPS: std::ops::RangeInclusive<u32> = 5..=10;

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
    still: Still,
}

impl<E: Eye> Paced<E> {
    pub fn new(eye: E) -> Self {
        let now = Instant::now();
        Self { eye, period: FRESH, due: now, still: Still::new(now) }
    }

    /// Width and height.
    fn look(&mut self, now: Instant) -> Result<(u32, u32), DeviceError> {
        let Sight { width, height, rgba } = self.eye.look()?;
        let format = PixelFormat::Rgba;
        self.still.see(RawPicture { format, width, height, stride: width * 4, data: &rgba }, now)
    }
}

impl<E: Eye> CameraSource for Paced<E> {
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        let fps = wanted.fps.clamp(*FPS.start(), *FPS.end());
        self.period = Duration::from_secs(1) / fps;
        let now = Instant::now();
        (self.due, self.still) = (now, Still::new(now));
        let (width, height) = self.look(now)?;
        Ok(CameraFormat { width, height, fps })
    }

    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError> {
        let end = Instant::now() + patience;
        loop {
            std::thread::sleep(self.due.min(end).saturating_duration_since(Instant::now()));
            let now = Instant::now();
            if now >= self.due {
                self.due = (self.due + self.period).max(now);
                self.look(now)?;
            }
            if let Some(picture) = self.still.hand_out(now, now >= end) {
                return Ok(picture);
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
