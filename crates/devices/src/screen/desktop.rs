//! Screens and windows of Windows and macOS, by xcap. Neither tells when something changes, so they are looked at at a pace.

use super::paced::{Eye, Paced, Sight};
use super::thumbnail::shrink;
use ahoy_media::{CameraSource, DeviceError};
use ahoy_model::{DeviceId, ScreenInfo, ScreenKind};
use xcap::{Monitor, Window, XCapError};

/// Windows that are listed, and letters of a title.
const MOST_WINDOWS: usize = 40;
const LONGEST_TITLE: usize = 80;
/// Smaller windows have nothing to show.
const SMALLEST: u32 = 48;

pub fn list() -> Result<Vec<ScreenInfo>, DeviceError> {
    let mut all = Vec::new();
    for monitor in Monitor::all().map_err(|error| broken(&error))? {
        // One that is unplugged meanwhile is left out.
        let (Ok(id), Ok(name)) = (monitor.id(), monitor.friendly_name().or_else(|_| monitor.name())) else {
            continue;
        };
        let size = monitor.width().ok().zip(monitor.height().ok());
        let name = size.map_or(name.clone(), |(width, height)| format!("{name} · {width} × {height}"));
        let thumbnail = monitor.capture_image().ok().and_then(small);
        all.push(ScreenInfo {
            id: DeviceId::new(format!("screen:{id}")),
            kind: ScreenKind::Screen,
            name,
            thumbnail,
        });
    }
    let own = std::process::id();
    let others =
        Window::all().unwrap_or_default().into_iter().filter(|window| window.pid().ok() != Some(own));
    let worth = others.filter_map(|window| {
        let name: String = window.title().ok()?.chars().take(LONGEST_TITLE).collect();
        let large = window.width().ok()? >= SMALLEST && window.height().ok()? >= SMALLEST;
        let shown = large && !name.trim().is_empty() && !window.is_minimized().ok()?;
        shown.then_some((window, name))
    });
    for (window, name) in worth.take(MOST_WINDOWS) {
        let Ok(id) = window.id() else { continue };
        let thumbnail = window.capture_image().ok().and_then(small);
        all.push(ScreenInfo {
            id: DeviceId::new(format!("window:{id}")),
            kind: ScreenKind::Window,
            name,
            thumbnail,
        });
    }
    Ok(all)
}

pub fn source(id: &DeviceId) -> Result<Box<dyn CameraSource>, DeviceError> {
    let (kind, number) = id.as_str().split_once(':').ok_or(DeviceError::Absent)?;
    let number = number.parse().map_err(|_| DeviceError::Absent)?;
    match kind {
        "screen" => Ok(Box::new(Paced::new(OneScreen(number)))),
        "window" => Ok(Box::new(Paced::new(OneWindow(number)))),
        _ => Err(DeviceError::Absent),
    }
}

/// By its number: what the system hands out for it belongs to one thread.
struct OneScreen(u32);

impl Eye for OneScreen {
    fn look(&mut self) -> Result<Sight, DeviceError> {
        let all = Monitor::all().map_err(|error| broken(&error))?;
        let found = all.into_iter().find(|monitor| monitor.id().ok() == Some(self.0));
        let image = found.ok_or(DeviceError::Ended)?.capture_image().map_err(|error| broken(&error))?;
        Ok(Sight { width: image.width(), height: image.height(), rgba: image.into_raw() })
    }
}

struct OneWindow(u32);

impl Eye for OneWindow {
    fn look(&mut self) -> Result<Sight, DeviceError> {
        let all = Window::all().map_err(|error| broken(&error))?;
        let found = all.into_iter().find(|window| window.id().ok() == Some(self.0));
        let image = found.ok_or(DeviceError::Ended)?.capture_image().map_err(|error| broken(&error))?;
        Ok(Sight { width: image.width(), height: image.height(), rgba: image.into_raw() })
    }
}

fn small(image: xcap::image::RgbaImage) -> Option<ahoy_model::Thumbnail> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut pixels = image.into_raw();
    for pixel in pixels.chunks_exact_mut(4) {
        pixel.swap(0, 2);
    }
    shrink(&pixels, width, height)
}

fn broken(error: &XCapError) -> DeviceError {
    DeviceError::Broken(error.to_string())
}
