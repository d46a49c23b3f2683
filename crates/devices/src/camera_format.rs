//! Which of a camera's formats we ask for.

use ahoy_media::CameraFormat;
use nokhwa::utils::{CameraFormat as Offered, FrameFormat};
use std::cmp::Ordering;

/// The offered formats, best first, without those that say nonsense.
pub fn ranked(offered: &[Offered], wanted: CameraFormat) -> Vec<Offered> {
    let mut usable: Vec<Offered> = offered.to_vec();
    usable.retain(|format| format.width() > 1 && format.height() > 1 && format.frame_rate() > 0);
    usable.sort_by(|a, b| cost(a, wanted).partial_cmp(&cost(b, wanted)).unwrap_or(Ordering::Equal));
    usable.dedup();
    usable
}

/// How far a format is from what is wanted. Too small or too slow cannot be mended later; too large costs time, and
/// so does unpacking JPEG.
fn cost(offered: &Offered, wanted: CameraFormat) -> f64 {
    let area = f64::from(offered.width()) * f64::from(offered.height());
    let wanted_area = f64::from(wanted.width.max(1)) * f64::from(wanted.height.max(1));
    let size =
        if area < wanted_area { 3.0 * (1.0 - area / wanted_area) } else { 0.5 * (area / wanted_area - 1.0) };
    let shape = f64::from(offered.width()) / f64::from(offered.height());
    let wanted_shape = f64::from(wanted.width.max(1)) / f64::from(wanted.height.max(1));
    let speed = f64::from(offered.frame_rate()) / f64::from(wanted.fps.max(1));
    let pace = if speed < 1.0 { 3.0 * (1.0 - speed) } else { 0.1 * (speed - 1.0) };
    let packing = match offered.format() {
        FrameFormat::NV12 => 0.0,
        FrameFormat::YUYV => 0.02,
        FrameFormat::RAWRGB | FrameFormat::RAWBGR => 0.05,
        FrameFormat::MJPEG => 0.1,
        FrameFormat::GRAY => 3.0,
    };
    size + 0.5 * (shape - wanted_shape).abs() + pace + packing
}

#[cfg(test)]
#[path = "camera_format_tests.rs"]
mod tests;
