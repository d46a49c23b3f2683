//! What a camera's driver offers to adjust under Linux. Asked of the kernel itself: nokhwa tells no names of menu items, takes
//! everything absolute for unknown and a rounded value for a refusal; the crate below it panics at types that it does not know.

#![allow(unsafe_code)] // No wrapper reads controls without trusting what the driver says of them.

use ahoy_media::DeviceError;
use ahoy_model::{CameraControl, ControlItem, ControlKind, ControlName, ControlUnit};
use std::ffi::c_void;
use v4l::v4l_sys::{v4l2_control, v4l2_query_ext_ctrl, v4l2_querymenu};
use v4l::v4l2::vidioc::{VIDIOC_G_CTRL, VIDIOC_QUERY_EXT_CTRL, VIDIOC_QUERYMENU, VIDIOC_S_CTRL};

/// Controls that are looked at, and items of one menu: a driver that tells of more does so for ever.
const MOST_CONTROLS: usize = 256;
const MOST_ITEMS: i64 = 64;

/// Asks for the one after this id (`V4L2_CTRL_FLAG_NEXT_CTRL`).
const NEXT: u32 = 0x8000_0000;
/// `V4L2_CTRL_FLAG_…`
const DISABLED: u32 = 0x0001;
const GRABBED: u32 = 0x0002;
const READ_ONLY: u32 = 0x0004;
const INACTIVE: u32 = 0x0010;
const WRITE_ONLY: u32 = 0x0040;
/// `V4L2_CTRL_TYPE_…`
const INTEGER: u32 = 1;
const BOOLEAN: u32 = 2;
const MENU: u32 = 3;
const INTEGER_MENU: u32 = 9;
/// `V4L2_CID_USER_BASE`, `V4L2_CID_CAMERA_CLASS_BASE`; others are about codecs and the like.
const USER: u32 = 0x0098_0900;
const CAMERA: u32 = 0x009a_0900;

/// A second opening of the camera, as the kernel allows for control panels.
pub struct Controls {
    device: v4l::Device,
}

impl Controls {
    /// Of `/dev/videoN`.
    pub fn open(number: u32) -> Result<Self, DeviceError> {
        let device = v4l::Device::new(number as usize).map_err(|error| broken(&error))?;
        Ok(Self { device })
    }

    pub fn list(&self) -> Vec<CameraControl> {
        let mut found = Vec::new();
        let mut last = 0;
        for _ in 0..MOST_CONTROLS {
            let mut asked = v4l2_query_ext_ctrl { id: last | NEXT, ..zeroed_query() };
            // The end, or a driver that goes round in circles.
            if self.ask(VIDIOC_QUERY_EXT_CTRL, &mut asked).is_err() || asked.id <= last {
                break;
            }
            last = asked.id;
            found.extend(self.read(&asked));
        }
        found
    }

    pub fn set(&self, id: &str, value: f64) -> Result<(), DeviceError> {
        let Ok(id) = u32::from_str_radix(id, 16) else {
            return Err(DeviceError::Broken("it has no such control".into()));
        };
        let mut control = v4l2_control { id, value: value.round() as i32 };
        self.ask(VIDIOC_S_CTRL, &mut control).map_err(|error| broken(&error))
    }

    fn read(&self, asked: &v4l2_query_ext_ctrl) -> Option<CameraControl> {
        let base = asked.id & !0xff;
        let unusable = asked.flags & (DISABLED | READ_ONLY | WRITE_ONLY) != 0;
        if unusable || !(base == USER || base == CAMERA) || is_no_picture(asked.id) {
            return None;
        }
        let default = asked.default_value as f64;
        let kind = match asked.type_ {
            INTEGER => ControlKind::Range {
                min: asked.minimum as f64,
                max: asked.maximum as f64,
                step: asked.step as f64,
                default,
            },
            BOOLEAN => ControlKind::Switch { default },
            MENU | INTEGER_MENU => ControlKind::Menu { items: self.items(asked), default },
            _ => return None,
        };
        let mut control = v4l2_control { id: asked.id, value: 0 };
        self.ask(VIDIOC_G_CTRL, &mut control).ok()?;
        let (name, unit) = known(asked.id);
        Some(CameraControl {
            id: format!("{:08x}", asked.id),
            name,
            label: text(asked.name.iter().map(|byte| *byte as u8)),
            unit,
            kind,
            value: f64::from(control.value),
            locked: asked.flags & (GRABBED | INACTIVE) != 0,
        })
    }

    /// Items that the driver leaves out are not errors.
    fn items(&self, asked: &v4l2_query_ext_ctrl) -> Vec<ControlItem> {
        let first = asked.minimum.max(0);
        let last = asked.maximum.min(first.saturating_add(MOST_ITEMS));
        let item = |index: i64| {
            let mut menu = v4l2_querymenu { id: asked.id, index: index as u32, ..zeroed_menu() };
            self.ask(VIDIOC_QUERYMENU, &mut menu).ok()?;
            // SAFETY: every bit pattern is a number and an array of bytes.
            let (name, value) = unsafe { (menu.__bindgen_anon_1.name, menu.__bindgen_anon_1.value) };
            let label = if asked.type_ == INTEGER_MENU { value.to_string() } else { text(name.into_iter()) };
            Some(ControlItem { value: index as f64, label })
        };
        (first..=last).filter_map(item).collect()
    }

    fn ask<T>(&self, request: v4l::v4l2::vidioc::_IOC_TYPE, what: &mut T) -> std::io::Result<()> {
        // SAFETY: the callers pair each request with the structure that the kernel documents for it, and the handle is open
        // as long as the device.
        unsafe {
            v4l::v4l2::ioctl(self.device.handle().fd(), request, std::ptr::from_mut(what).cast::<c_void>())
        }
    }
}

fn zeroed_query() -> v4l2_query_ext_ctrl {
    // SAFETY: a plain structure of numbers; zero is what the kernel wants in its reserved fields.
    unsafe { std::mem::zeroed() }
}

fn zeroed_menu() -> v4l2_querymenu {
    // SAFETY: likewise.
    unsafe { std::mem::zeroed() }
}

fn text(bytes: impl Iterator<Item = u8>) -> String {
    let bytes: Vec<u8> = bytes.take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn broken(error: &std::io::Error) -> DeviceError {
    DeviceError::Broken(error.to_string())
}

/// Buffers, steps from wherever it is, speeds, and what starts or stops something.
fn is_no_picture(id: u32) -> bool {
    match (id & !0xff, id & 0xff) {
        (USER, number) => matches!(number, 13 | 39..=41),
        (_, number) => matches!(number, 4..=7 | 11 | 14..=16 | 18 | 28..=30 | 32..=35),
    }
}

/// By the numbers in `linux/v4l2-controls.h`.
fn known(id: u32) -> (ControlName, Option<ControlUnit>) {
    use ControlName as N;
    let name = match (id & !0xff, id & 0xff) {
        (USER, 0) => N::Brightness,
        (USER, 1) => N::Contrast,
        (USER, 2) => N::Saturation,
        (USER, 3) => N::Hue,
        (USER, 12) => N::AutoWhiteBalance,
        (USER, 16) => N::Gamma,
        (USER, 18) => N::AutoGain,
        (USER, 19) => N::Gain,
        (USER, 24) => N::PowerLine,
        (USER, 26) => return (N::WhiteBalance, Some(ControlUnit::Kelvin)),
        (USER, 27) => N::Sharpness,
        (USER, 28) => N::Backlight,
        (CAMERA, 1) => N::AutoExposure,
        (CAMERA, 2) => return (N::Exposure, Some(ControlUnit::TenthOfMillisecond)),
        (CAMERA, 3) => N::SlowExposure,
        (CAMERA, 8) => return (N::Pan, Some(ControlUnit::ArcSecond)),
        (CAMERA, 9) => return (N::Tilt, Some(ControlUnit::ArcSecond)),
        (CAMERA, 10) => N::Focus,
        (CAMERA, 12) => N::AutoFocus,
        (CAMERA, 13) => N::Zoom,
        (CAMERA, 17) => N::Iris,
        _ => N::Other,
    };
    (name, None)
}

#[cfg(test)]
#[path = "camera_controls_linux_tests.rs"]
mod tests;
