//! The encoder options that the safe wrapper cannot change while the encoder runs, or not early enough.

#![allow(unsafe_code)] // The wrapper's only door to the library's SetOption is its raw one.

use openh264::encoder::Encoder;
use openh264_sys2::{
    ENCODER_OPTION_BITRATE, ENCODER_OPTION_FRAME_RATE, ENCODER_OPTION_TRACE_LEVEL, SBitrateInfo,
    SPATIAL_LAYER_ALL, WELS_LOG_QUIET,
};
use std::ptr::addr_of_mut;

/// Sets the target bit rate. Only after the first picture; false when the library refuses.
pub(super) fn set_bitrate(encoder: &mut Encoder, bits_per_second: u32) -> bool {
    let bitrate = i32::try_from(bits_per_second).unwrap_or(i32::MAX);
    let mut info = SBitrateInfo { iLayer: SPATIAL_LAYER_ALL, iBitrate: bitrate };
    // SAFETY: SetOption reads one SBitrateInfo through the pointer during the call and keeps nothing.
    unsafe { encoder.raw_api().set_option(ENCODER_OPTION_BITRATE, addr_of_mut!(info).cast()) == 0 }
}

/// Sets the frame rate that the rate control counts on. Only after the first picture; false when the library refuses.
pub(super) fn set_frame_rate(encoder: &mut Encoder, fps: f32) -> bool {
    let mut fps = fps;
    // SAFETY: SetOption reads one float through the pointer during the call and keeps nothing.
    unsafe { encoder.raw_api().set_option(ENCODER_OPTION_FRAME_RATE, addr_of_mut!(fps).cast()) == 0 }
}

/// Keeps the library from writing to standard error; the wrapper does so only after the first warnings.
pub(super) fn silence(encoder: &mut Encoder) {
    let mut level = WELS_LOG_QUIET;
    // SAFETY: SetOption reads one int through the pointer during the call and keeps nothing.
    unsafe { encoder.raw_api().set_option(ENCODER_OPTION_TRACE_LEVEL, addr_of_mut!(level).cast()) };
}
