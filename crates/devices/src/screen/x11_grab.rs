//! Takes pictures of a screen or a window, 5 to 15 a second, and none while nothing changes.

use super::still::{FRESH, Still};
use super::x11::{Area, Desk, Pixels, broken, failed};
use ahoy_media::convert::{PixelFormat, RawPicture};
use ahoy_media::{CameraFormat, CameraSource, DeviceError, Picture};
use ahoy_model::DeviceId;
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::damage::{ConnectionExt as _, ReportLevel};
use x11rb::protocol::xfixes::ConnectionExt as _;
use x11rb::protocol::xproto::{ConnectionExt as _, Drawable, Pixmap, Window};

/// Pictures a second: text wants sharpness, not motion.
const FPS: std::ops::RangeInclusive<u32> = 5..=15;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Screen(String),
    Window(Window),
}

pub struct X11Source {
    target: Target,
    grab: Option<Grab>,
}

impl X11Source {
    /// # Errors
    /// `Absent` for an id that names neither.
    pub fn new(id: &DeviceId) -> Result<Self, DeviceError> {
        let target = match id.as_str().split_once(':') {
            Some(("screen", name)) => Target::Screen(name.to_owned()),
            Some(("window", number)) => {
                let hex = number.strip_prefix("0x").ok_or(DeviceError::Absent)?;
                Target::Window(u32::from_str_radix(hex, 16).map_err(|_| DeviceError::Absent)?)
            }
            _ => return Err(DeviceError::Absent),
        };
        Ok(Self { target, grab: None })
    }
}

impl CameraSource for X11Source {
    fn open(&mut self, wanted: CameraFormat) -> Result<CameraFormat, DeviceError> {
        self.grab = None;
        let grab = Grab::start(&self.target, wanted.fps.clamp(*FPS.start(), *FPS.end()))?;
        let format = CameraFormat {
            width: u32::from(grab.area.width) & !1,
            height: u32::from(grab.area.height) & !1,
            fps: grab.fps,
        };
        self.grab = Some(grab);
        Ok(format)
    }

    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError> {
        self.grab.as_mut().ok_or(DeviceError::Absent)?.next(patience)
    }
}

struct Grab {
    desk: Desk,
    /// `None`: a screen.
    window: Option<Window>,
    /// Where a window's pixels are even if something lies over it.
    storage: Option<Pixmap>,
    area: Area,
    fps: u32,
    due: Instant,
    dirty: bool,
    pointer: (i16, i16),
    still: Still,
    /// When it was looked at last.
    looked: Instant,
}

impl Grab {
    fn start(target: &Target, fps: u32) -> Result<Self, DeviceError> {
        let desk = Desk::connect()?;
        let (window, area) = match target {
            Target::Screen(name) => {
                let screens = desk.screens()?;
                let found = screens.into_iter().find(|(known, _)| known == name);
                (None, found.ok_or(DeviceError::Absent)?.1)
            }
            Target::Window(window) => {
                let area = desk.area(*window).map_err(|_| DeviceError::Absent)?;
                let redirect = desk.connection.composite_redirect_window(*window, Redirect::AUTOMATIC);
                redirect.map_err(broken)?.check().map_err(failed)?;
                (Some(*window), area)
            }
        };
        desk.connection.damage_query_version(1, 1).map_err(broken)?.reply().map_err(failed)?;
        let damage = desk.connection.generate_id().map_err(|error| DeviceError::Broken(error.to_string()))?;
        let of = window.unwrap_or(desk.root());
        desk.connection
            .damage_create(damage, of, ReportLevel::NON_EMPTY)
            .map_err(broken)?
            .check()
            .map_err(failed)?;
        let now = Instant::now();
        Ok(Self {
            desk,
            window,
            storage: None,
            area,
            fps,
            due: now,
            dirty: true,
            pointer: (i16::MIN, i16::MIN),
            still: Still::new(now),
            looked: now,
        })
    }

    fn next(&mut self, patience: Duration) -> Result<Picture, DeviceError> {
        let end = Instant::now() + patience;
        let period = Duration::from_secs(1) / self.fps.max(1);
        loop {
            // The display is not waited for: pictures are taken at a pace.
            std::thread::sleep(self.due.min(end).saturating_duration_since(Instant::now()));
            let now = Instant::now();
            if now >= self.due {
                self.due = (self.due + period).max(now);
            }
            self.hear()?;
            // Afresh now and then, for what the display does not tell.
            if self.dirty || now.saturating_duration_since(self.looked) >= FRESH {
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

    /// What the display told since.
    fn hear(&mut self) -> Result<(), DeviceError> {
        while let Some(event) = self.desk.connection.poll_for_event().map_err(broken)? {
            if let Event::DamageNotify(notice) = event {
                self.dirty = true;
                // Told once until it is taken back.
                self.desk
                    .connection
                    .damage_subtract(notice.damage, x11rb::NONE, x11rb::NONE)
                    .map_err(broken)?;
            }
        }
        let pointer = self.desk.connection.query_pointer(self.desk.root()).map_err(broken)?;
        let pointer = pointer.reply().map_err(failed)?;
        let place = (pointer.root_x, pointer.root_y);
        self.dirty |= std::mem::replace(&mut self.pointer, place) != place;
        Ok(())
    }

    /// Takes a picture; a minimised window stays as it was.
    fn look(&mut self, now: Instant) -> Result<(), DeviceError> {
        self.looked = now;
        self.dirty = false;
        let Some((of, part)) = self.drawable()? else { return Ok(()) };
        let mut pixels = self.desk.pixels(of, part)?;
        self.draw_pointer(&mut pixels)?;
        let raw = RawPicture {
            format: PixelFormat::Bgra,
            width: u32::from(pixels.width),
            height: u32::from(pixels.height),
            stride: u32::from(pixels.width) * 4,
            data: &pixels.data,
        };
        self.still.see(raw, now).map(drop)
    }

    /// Where the pixels are. `None`: the window is minimised.
    fn drawable(&mut self) -> Result<Option<(Drawable, Area)>, DeviceError> {
        let Some(window) = self.window else { return Ok(Some((self.desk.root(), self.area))) };
        let area = self.desk.area(window)?;
        if !self.desk.is_shown(window)? {
            return Ok(None);
        }
        let resized = (area.width, area.height) != (self.area.width, self.area.height);
        if resized && let Some(old) = self.storage.take() {
            self.desk.connection.free_pixmap(old).map_err(broken)?;
        }
        self.area = area;
        let storage = match self.storage {
            Some(storage) => storage,
            None => {
                let connection = &self.desk.connection;
                let storage =
                    connection.generate_id().map_err(|error| DeviceError::Broken(error.to_string()))?;
                connection
                    .composite_name_window_pixmap(window, storage)
                    .map_err(broken)?
                    .check()
                    .map_err(failed)?;
                self.storage = Some(storage);
                storage
            }
        };
        Ok(Some((storage, Area { x: 0, y: 0, ..area })))
    }

    /// Lays the pointer over the picture, where it is inside.
    fn draw_pointer(&self, pixels: &mut Pixels) -> Result<(), DeviceError> {
        let asked = self.desk.connection.xfixes_get_cursor_image().map_err(broken)?;
        // A display without a pointer refuses.
        let Ok(cursor) = asked.reply() else { return Ok(()) };
        let left = i32::from(cursor.x) - i32::from(cursor.xhot) - i32::from(self.area.x);
        let top = i32::from(cursor.y) - i32::from(cursor.yhot) - i32::from(self.area.y);
        blend(pixels, (left, top), usize::from(cursor.width), &cursor.cursor_image);
        Ok(())
    }
}

/// Lays `image` (alpha, red, green, blue; already multiplied by alpha) over the pixels.
fn blend(pixels: &mut Pixels, (left, top): (i32, i32), width: usize, image: &[u32]) {
    for (row, line) in image.chunks(width.max(1)).enumerate() {
        let Some(y) = usize::try_from(top + row as i32).ok().filter(|y| *y < usize::from(pixels.height))
        else {
            continue;
        };
        for (column, colour) in line.iter().enumerate() {
            let x = usize::try_from(left + column as i32).ok().filter(|x| *x < usize::from(pixels.width));
            let start = x.map(|x| (y * usize::from(pixels.width) + x) * 4);
            let Some(under) = start.and_then(|start| pixels.data.get_mut(start..start + 3)) else { continue };
            let [blue, green, red, alpha] = colour.to_le_bytes();
            for (under, over) in under.iter_mut().zip([blue, green, red]) {
                let kept = u32::from(*under) * (255 - u32::from(alpha)) / 255;
                *under = (kept + u32::from(over)).min(255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_name_a_screen_or_a_window() {
        let target = |id: &str| X11Source::new(&DeviceId::new(id)).map(|source| source.target);
        assert_eq!(target("screen:DP-1"), Ok(Target::Screen("DP-1".into())));
        assert_eq!(target("window:0x3a"), Ok(Target::Window(0x3a)));
        for other in ["window:3a", "window:0xyz", "camera:1", "screen"] {
            assert_eq!(target(other), Err(DeviceError::Absent), "{other}");
        }
    }

    #[test]
    fn the_pointer_lies_over_the_picture_and_may_stick_out() {
        let mut pixels = Pixels { width: 4, height: 2, data: vec![100; 32] };
        // Opaque red, half a white, nothing.
        let image = [0xffff_0000, 0x8080_8080, 0, 0xffff_0000];
        blend(&mut pixels, (0, 0), 2, &image);
        assert_eq!(pixels.data[..3], [0, 0, 255]);
        assert_eq!(pixels.data[4..7], [177, 177, 177]);
        assert_eq!((&pixels.data[16..19], &pixels.data[20..23]), (&[100; 3][..], &[0, 0, 255][..]));
        let before = pixels.data.clone();
        blend(&mut pixels, (-9, -9), 2, &image);
        blend(&mut pixels, (9, 9), 2, &image);
        assert_eq!(pixels.data, before);
    }
}
