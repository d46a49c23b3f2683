//! Screens and windows, whose pictures can be shown in a call.
//!
//! On Linux the display is asked over its own socket, without any library of the system's: where there is no X display
//! (not even the one that Wayland desktops keep for older programs) the list is empty, and the phone does not miss anything.
//! Windows and macOS have what it takes in themselves; `xcap` asks them.

#[cfg(any(windows, target_os = "macos"))]
mod desktop;
#[cfg(any(windows, target_os = "macos", test))]
mod paced;
#[cfg(target_os = "linux")]
mod x11;
#[cfg(target_os = "linux")]
mod x11_grab;

mod still;
mod thumbnail;

use ahoy_media::{CameraSource, DeviceError};
use ahoy_model::{DeviceId, ScreenInfo};

/// Whether an id names a screen or a window.
pub fn is_screen(id: &DeviceId) -> bool {
    id.as_str().starts_with("screen:") || id.as_str().starts_with("window:")
}

/// Screens first, then windows of others, with what they look like now.
///
/// # Errors
/// The display is there but does not answer as it should.
pub fn list() -> Result<Vec<ScreenInfo>, DeviceError> {
    #[cfg(target_os = "linux")]
    return x11::list();
    #[cfg(any(windows, target_os = "macos"))]
    return desktop::list();
    #[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
    Ok(Vec::new())
}

/// Opens nothing yet.
///
/// # Errors
/// `Absent` for what is neither a screen nor a window.
pub fn source(id: &DeviceId) -> Result<Box<dyn CameraSource>, DeviceError> {
    #[cfg(target_os = "linux")]
    return Ok(Box::new(x11_grab::X11Source::new(id)?));
    #[cfg(any(windows, target_os = "macos"))]
    return desktop::source(id);
    #[cfg(not(any(target_os = "linux", windows, target_os = "macos")))]
    {
        tracing::debug!(id = id.as_str(), "screens cannot be shown on this system");
        Err(DeviceError::Absent)
    }
}
