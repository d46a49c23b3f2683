//! A picture that often stays as it is: handed out again and again for a while after it has changed, and then now and then.

use ahoy_media::convert::{RawPicture, to_i420};
use ahoy_media::{DeviceError, Picture};
use std::time::{Duration, Instant};

/// Without a change there is a picture so often.
pub const FRESH: Duration = Duration::from_secs(1);
/// After a change the same picture is handed out for so long, so that the encoder can make it sharp.
const SHARPENING: Duration = Duration::from_secs(3);

pub struct Still {
    shown: Option<Picture>,
    changed: Instant,
    handed_out: Instant,
}

impl Still {
    pub fn new(now: Instant) -> Self {
        Self { shown: None, changed: now, handed_out: now }
    }

    /// What it looks like now. Width and height of what will be handed out: even ones.
    ///
    /// # Errors
    /// `Broken`: this is no picture.
    pub fn see(&mut self, raw: RawPicture<'_>, now: Instant) -> Result<(u32, u32), DeviceError> {
        let picture = to_i420(raw, now).map_err(|error| DeviceError::Broken(error.to_string()))?;
        if self.shown.as_ref().is_none_or(|shown| shown.bytes() != picture.bytes()) {
            self.changed = now;
        }
        let size = (picture.width(), picture.height());
        self.shown = Some(picture);
        Ok(size)
    }

    /// The picture, if it is time for one; at the `last` chance in any case.
    pub fn hand_out(&mut self, now: Instant, last: bool) -> Option<Picture> {
        let quiet = now.saturating_duration_since(self.changed) > SHARPENING;
        let told = now.saturating_duration_since(self.handed_out) < FRESH;
        let shown = self.shown.as_ref().filter(|_| !(quiet && told) || last)?;
        self.handed_out = now;
        let mut again = shown.clone();
        again.captured = now;
        Some(again)
    }
}
