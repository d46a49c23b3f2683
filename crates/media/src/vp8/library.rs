//! libvpx behind two safe types. All `unsafe` of VP8 is here.

#![allow(unsafe_code)] // No wrapper crate offers real-time settings that can be changed while the encoder runs.

use super::{CodecError, Encoded};
use crate::picture::{Picture, PlaneLayout};
use bytes::Bytes;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::os::raw::{c_int, c_uint, c_ulong};
use std::ptr::{null, null_mut};
use std::time::Instant;
use vpx_sys::vp8e_enc_control_id as control;
use vpx_sys::vpx_codec_err_t::VPX_CODEC_OK;
use vpx_sys::{
    VPX_DECODER_ABI_VERSION, VPX_DL_REALTIME, VPX_EFLAG_FORCE_KF, VPX_ENCODER_ABI_VERSION, VPX_FRAME_IS_KEY,
    vpx_codec_ctx_t, vpx_codec_cx_pkt_kind, vpx_codec_enc_cfg_t, vpx_codec_err_t, vpx_image_t, vpx_img_fmt,
};

/// Speed over quality, -16 to 16; negative ones are fixed and do not follow the measured time.
const SPEED: c_int = -8;
/// The rate control's buffers in ms of the target rate: how far it may run ahead, and what it aims at.
const BUFFER: [c_uint; 3] = [1000, 500, 600];

/// What an encoder is told; a change of the size needs a new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Settings {
    pub width: u32,
    pub height: u32,
    /// kbit/s.
    pub kilobits: u32,
    pub fps: f32,
    pub screen: bool,
}

/// A codec instance of the library, whichever kind.
struct Context(Box<vpx_codec_ctx_t>);

// SAFETY: the library keeps nothing that belongs to the thread that made it, and `&mut` allows one user at a time.
unsafe impl Send for Context {}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made by an initialisation that succeeded, and destroyed once.
        unsafe { vpx_sys::vpx_codec_destroy(&raw mut *self.0) };
    }
}

impl Context {
    fn blank() -> Box<vpx_codec_ctx_t> {
        // SAFETY: a struct of pointers, integers, a union of pointers and an error code whose 0 is "ok".
        Box::new(unsafe { MaybeUninit::zeroed().assume_init() })
    }

    fn check(&mut self, result: vpx_codec_err_t) -> Result<(), CodecError> {
        if result == VPX_CODEC_OK {
            return Ok(());
        }
        Err(CodecError::Failed(words(result)))
    }

    fn set(&mut self, id: control, value: c_int) -> Result<(), CodecError> {
        // SAFETY: every control used here takes one int.
        let result = unsafe { vpx_sys::vpx_codec_control_(&raw mut *self.0, id as c_int, value) };
        self.check(result)
    }
}

fn words(error: vpx_codec_err_t) -> String {
    // SAFETY: the library returns a constant string for every code.
    unsafe { CStr::from_ptr(vpx_sys::vpx_codec_err_to_string(error)) }.to_string_lossy().into_owned()
}

/// An encoder for one size.
pub(super) struct Coder {
    context: Context,
    config: vpx_codec_enc_cfg_t,
}

// SAFETY: as for `Context`; the configuration's only pointers belong to two-pass encoding and are null.
unsafe impl Send for Coder {}

impl Coder {
    pub(super) fn open(settings: &Settings) -> Result<Self, CodecError> {
        let setup = |error| CodecError::Setup(words(error));
        let mut config = MaybeUninit::<vpx_codec_enc_cfg_t>::zeroed();
        // SAFETY: the interface is a constant of the library, which fills in the whole configuration when it says "ok".
        let mut config = unsafe {
            let result =
                vpx_sys::vpx_codec_enc_config_default(vpx_sys::vpx_codec_vp8_cx(), config.as_mut_ptr(), 0);
            if result != VPX_CODEC_OK {
                return Err(setup(result));
            }
            config.assume_init()
        };
        configure(&mut config, settings);
        let mut context = Context::blank();
        // SAFETY: the configuration is read during the call; the version says which layout it has.
        let result = unsafe {
            vpx_sys::vpx_codec_enc_init_ver(
                &raw mut *context,
                vpx_sys::vpx_codec_vp8_cx(),
                &raw const config,
                0,
                VPX_ENCODER_ABI_VERSION as c_int,
            )
        };
        if result != VPX_CODEC_OK {
            return Err(setup(result));
        }
        let mut coder = Self { context: Context(context), config };
        coder.context.set(control::VP8E_SET_CPUUSED, SPEED)?;
        coder.context.set(control::VP8E_SET_STATIC_THRESHOLD, 1)?;
        coder.context.set(control::VP8E_SET_TOKEN_PARTITIONS, 0)?;
        coder.content(settings)?;
        Ok(coder)
    }

    /// Other settings for the same size, from the next picture on.
    pub(super) fn change(&mut self, settings: &Settings) -> Result<(), CodecError> {
        configure(&mut self.config, settings);
        // SAFETY: the configuration is copied during the call.
        let result =
            unsafe { vpx_sys::vpx_codec_enc_config_set(&raw mut *self.context.0, &raw const self.config) };
        self.context.check(result)?;
        self.content(settings)
    }

    fn content(&mut self, settings: &Settings) -> Result<(), CodecError> {
        self.context.set(control::VP8E_SET_SCREEN_CONTENT_MODE, c_int::from(settings.screen))?;
        // A key frame may take half of what the rate control's buffer holds, in percent of a usual frame.
        let most = (BUFFER[2] as f32 * 0.5 * settings.fps / 10.0) as c_int;
        self.context.set(control::VP8E_SET_MAX_INTRA_BITRATE_PCT, most.max(300))
    }

    /// `time` and `duration` in 90 kHz. `None`: left out.
    pub(super) fn encode(
        &mut self,
        picture: &Picture,
        time: i64,
        duration: u32,
        key: bool,
    ) -> Result<Option<Encoded>, CodecError> {
        if (picture.width(), picture.height()) != (self.config.g_w, self.config.g_h) {
            return Err(CodecError::Failed("a picture of another size".to_owned()));
        }
        let mut image = MaybeUninit::<vpx_image_t>::zeroed();
        let flags = if key { VPX_EFLAG_FORCE_KF as _ } else { 0 };
        // SAFETY: `Picture` guarantees even sides and a whole I420 buffer without padding, which is what an alignment of 1
        // describes. The encoder copies from it and keeps and writes nothing.
        let result = unsafe {
            let wrapped = vpx_sys::vpx_img_wrap(
                image.as_mut_ptr(),
                vpx_img_fmt::VPX_IMG_FMT_I420,
                picture.width(),
                picture.height(),
                1,
                picture.bytes().as_ptr().cast_mut(),
            );
            if wrapped.is_null() {
                return Err(CodecError::Failed("the picture has a strange size".to_owned()));
            }
            vpx_sys::vpx_codec_encode(
                &raw mut *self.context.0,
                wrapped,
                time,
                c_ulong::from(duration),
                flags,
                c_ulong::from(VPX_DL_REALTIME),
            )
        };
        self.context.check(result)?;
        let (mut data, mut is_key) = (Vec::new(), false);
        let mut iterator = null();
        loop {
            // SAFETY: a packet lives until the next call of encode; the union holds a frame when its kind says so.
            let packet = unsafe {
                vpx_sys::vpx_codec_get_cx_data(&raw mut *self.context.0, &raw mut iterator).as_ref()
            };
            let Some(packet) = packet else { break };
            if packet.kind != vpx_codec_cx_pkt_kind::VPX_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: as above; buffer and length belong together.
            unsafe {
                let frame = packet.data.frame;
                is_key |= frame.flags & VPX_FRAME_IS_KEY != 0;
                if !frame.buf.is_null() {
                    data.extend_from_slice(std::slice::from_raw_parts(
                        frame.buf.cast::<u8>(),
                        frame.sz as usize,
                    ));
                }
            }
        }
        Ok((!data.is_empty()).then(|| Encoded { data: Bytes::from(data), key: is_key }))
    }
}

fn configure(config: &mut vpx_codec_enc_cfg_t, settings: &Settings) {
    config.g_w = settings.width;
    config.g_h = settings.height;
    config.g_threads = 1;
    config.g_timebase.num = 1;
    config.g_timebase.den = 90_000;
    // Lost packets are repeated or answered by a key frame; resilience against them would cost bits all the time.
    config.g_error_resilient = 0;
    config.g_pass = vpx_sys::vpx_enc_pass::VPX_RC_ONE_PASS;
    config.g_lag_in_frames = 0;
    config.rc_end_usage = vpx_sys::vpx_rc_mode::VPX_CBR;
    config.rc_target_bitrate = settings.kilobits;
    // The picture's size follows the rate outside; no picture is left out in here.
    config.rc_dropframe_thresh = 0;
    config.rc_resize_allowed = 0;
    config.rc_min_quantizer = 2;
    config.rc_max_quantizer = 63;
    config.rc_undershoot_pct = 100;
    config.rc_overshoot_pct = 15;
    [config.rc_buf_sz, config.rc_buf_initial_sz, config.rc_buf_optimal_sz] = BUFFER;
    config.kf_mode = vpx_sys::vpx_kf_mode::VPX_KF_DISABLED;
}

impl std::fmt::Debug for Coder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Coder").field("width", &self.config.g_w).field("height", &self.config.g_h).finish()
    }
}

/// A decoder.
pub(super) struct Reader(Context);

impl Reader {
    pub(super) fn open() -> Result<Self, CodecError> {
        let mut context = Context::blank();
        let config = vpx_sys::vpx_codec_dec_cfg { threads: 1, w: 0, h: 0 };
        // SAFETY: the configuration is read during the call; the version says which layout it has.
        let result = unsafe {
            vpx_sys::vpx_codec_dec_init_ver(
                &raw mut *context,
                vpx_sys::vpx_codec_vp8_dx(),
                &raw const config,
                0,
                VPX_DECODER_ABI_VERSION as c_int,
            )
        };
        if result != VPX_CODEC_OK {
            return Err(CodecError::Setup(words(result)));
        }
        Ok(Self(Context(context)))
    }

    /// One frame, which is not empty. `None`: nothing to show.
    pub(super) fn decode(&mut self, frame: &[u8], now: Instant) -> Result<Option<Picture>, CodecError> {
        let length = c_uint::try_from(frame.len()).map_err(|_| CodecError::TooLarge)?;
        let context = &raw mut *self.0.0;
        // SAFETY: data and length belong together; the library reads them during the call only.
        let result = unsafe { vpx_sys::vpx_codec_decode(context, frame.as_ptr(), length, null_mut(), 0) };
        self.0.check(result)?;
        let mut corrupted: c_int = 0;
        // SAFETY: this control writes one int through the pointer.
        let result = unsafe {
            vpx_sys::vpx_codec_control_(
                context,
                vpx_sys::vp8_dec_control_id::VP8D_GET_FRAME_CORRUPTED as c_int,
                &raw mut corrupted,
            )
        };
        self.0.check(result)?;
        if corrupted != 0 {
            return Err(CodecError::NeedsKeyFrame);
        }
        let mut iterator = null();
        // SAFETY: the picture lives until the next call of decode, and is copied before.
        let image = unsafe { vpx_sys::vpx_codec_get_frame(context, &raw mut iterator).as_ref() };
        let Some(image) = image else { return Ok(None) };
        copy(image, now).map(Some).ok_or(CodecError::NeedsKeyFrame)
    }
}

/// Takes the visible part out of the library's padded planes.
fn copy(image: &vpx_image_t, now: Instant) -> Option<Picture> {
    let layout = PlaneLayout::new(image.d_w & !1, image.d_h & !1);
    if image.fmt != vpx_img_fmt::VPX_IMG_FMT_I420 || layout.is_empty() {
        return None;
    }
    let (width, height) = (layout.width as usize, layout.height as usize);
    let mut data = Vec::with_capacity(layout.len());
    let planes = image.planes.iter().zip(&image.stride);
    for ((plane, stride), (w, h)) in
        planes.zip([(width, height), (width / 2, height / 2), (width / 2, height / 2)])
    {
        let stride = usize::try_from(*stride).ok().filter(|stride| *stride >= w)?;
        if plane.is_null() {
            return None;
        }
        for row in 0..h {
            // SAFETY: a plane has as many rows as its picture (chroma: half, rounded up), each at least `stride` bytes apart.
            data.extend_from_slice(unsafe { std::slice::from_raw_parts(plane.add(row * stride), w) });
        }
    }
    Picture::new(layout.width, layout.height, data, now)
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("vp8::Reader")
    }
}
