//! libopus behind three safe types. All `unsafe` of Opus is here.

#![allow(unsafe_code)] // No wrapper crate offers the deep redundancy of libopus 1.5 and later.

use opusic_sys as sys;
use std::ffi::c_int;
use std::ptr::NonNull;

/// Of everything here, Hz.
const RATE: c_int = 48_000;

/// What libopus says when something fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(c_int);

impl Code {
    fn check(result: c_int) -> Result<usize, Self> {
        usize::try_from(result).map_err(|_| Self(result))
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words = match self.0 {
            sys::OPUS_BAD_ARG => "an argument is out of range",
            sys::OPUS_BUFFER_TOO_SMALL => "the buffer is too small",
            sys::OPUS_INVALID_PACKET => "the packet is damaged",
            sys::OPUS_UNIMPLEMENTED => "this build cannot do it",
            sys::OPUS_ALLOC_FAIL => "no memory",
            _ => "an error of its own",
        };
        write!(f, "{words} ({})", self.0)
    }
}

/// Something to set on an encoder.
#[derive(Clone, Copy, Debug)]
pub(super) enum Setting {
    /// bit/s.
    Bitrate(u32),
    /// A spare copy of every packet in the next.
    Fec(bool),
    /// Percent.
    ExpectedLoss(u8),
    Dtx(bool),
    Music(bool),
    /// 0 to 10.
    Complexity(u8),
    /// Deep redundancy (DRED): how far back every packet describes what was said, ms. 0: not at all.
    Redundancy(u32),
}

pub(super) struct Encoder {
    library: NonNull<sys::OpusEncoder>,
    channels: usize,
}

// SAFETY: the library keeps nothing that belongs to the thread that made it, and `&mut` allows one user at a time.
unsafe impl Send for Encoder {}

impl Encoder {
    /// One or two channels at 48 kHz; `music` instead of voice.
    pub(super) fn new(channels: usize, music: bool) -> Result<Self, Code> {
        let application = if music { sys::OPUS_APPLICATION_AUDIO } else { sys::OPUS_APPLICATION_VOIP };
        let mut error = 0;
        // SAFETY: plain numbers, and a place for the error that outlives the call.
        let made = unsafe { sys::opus_encoder_create(RATE, number(channels), application, &raw mut error) };
        NonNull::new(made).map(|library| Self { library, channels }).ok_or(Code(error))
    }

    pub(super) fn set(&mut self, setting: Setting) -> Result<(), Code> {
        let (request, value) = match setting {
            Setting::Bitrate(bits) => {
                (sys::OPUS_SET_BITRATE_REQUEST, c_int::try_from(bits).unwrap_or(c_int::MAX))
            }
            Setting::Fec(on) => (sys::OPUS_SET_INBAND_FEC_REQUEST, c_int::from(on)),
            Setting::ExpectedLoss(percent) => {
                (sys::OPUS_SET_PACKET_LOSS_PERC_REQUEST, c_int::from(percent.min(100)))
            }
            Setting::Dtx(on) => (sys::OPUS_SET_DTX_REQUEST, c_int::from(on)),
            Setting::Music(true) => (sys::OPUS_SET_SIGNAL_REQUEST, sys::OPUS_SIGNAL_MUSIC),
            Setting::Music(false) => (sys::OPUS_SET_SIGNAL_REQUEST, sys::OPUS_SIGNAL_VOICE),
            Setting::Complexity(level) => (sys::OPUS_SET_COMPLEXITY_REQUEST, c_int::from(level.min(10))),
            // In units of 10 ms.
            Setting::Redundancy(ms) => (sys::OPUS_SET_DRED_DURATION_REQUEST, (ms / 10).min(100) as c_int),
        };
        // SAFETY: all of these requests take one integer.
        Code::check(unsafe { sys::opus_encoder_ctl(self.library.as_ptr(), request, value) }).map(drop)
    }

    /// One frame into `out`; its length.
    pub(super) fn encode(&mut self, samples: &[f32], out: &mut [u8]) -> Result<usize, Code> {
        let frame = number(samples.len() / self.channels);
        let room = i32::try_from(out.len()).unwrap_or(i32::MAX);
        // SAFETY: a frame of that many samples of each channel is no longer than `samples`; no more than `room` bytes are written.
        let result = unsafe {
            sys::opus_encode_float(self.library.as_ptr(), samples.as_ptr(), frame, out.as_mut_ptr(), room)
        };
        Code::check(result)
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_encoder_create`, and destroyed once.
        unsafe { sys::opus_encoder_destroy(self.library.as_ptr()) };
    }
}

pub(super) struct Decoder {
    library: NonNull<sys::OpusDecoder>,
    channels: usize,
}

// SAFETY: as for the encoder.
unsafe impl Send for Decoder {}

impl Decoder {
    /// One or two channels at 48 kHz, whatever packets hold.
    pub(super) fn new(channels: usize) -> Result<Self, Code> {
        let mut error = 0;
        // SAFETY: plain numbers, and a place for the error that outlives the call.
        let made = unsafe { sys::opus_decoder_create(RATE, number(channels), &raw mut error) };
        NonNull::new(made).map(|library| Self { library, channels }).ok_or(Code(error))
    }

    /// From 5 on, what was lost is made up by a network that knows voices.
    pub(super) fn set_complexity(&mut self, level: u8) -> Result<(), Code> {
        let value = c_int::from(level.min(10));
        // SAFETY: this request takes one integer.
        Code::check(unsafe {
            sys::opus_decoder_ctl(self.library.as_ptr(), sys::OPUS_SET_COMPLEXITY_REQUEST, value)
        })
        .map(drop)
    }

    /// A packet (or without one, made-up sound as long as `out`) into `out`, channels interleaved; the number of samples of
    /// each. `fec`: the spare copy of the packet before it.
    pub(super) fn decode(
        &mut self,
        packet: Option<&[u8]>,
        out: &mut [f32],
        fec: bool,
    ) -> Result<usize, Code> {
        let (data, length) = packet.map_or((std::ptr::null(), 0), |packet| {
            (packet.as_ptr(), i32::try_from(packet.len()).unwrap_or(i32::MAX))
        });
        let room = number(out.len() / self.channels);
        // SAFETY: the packet is read and `out` written within their lengths; a null packet means that it was lost.
        let result = unsafe {
            sys::opus_decode_float(
                self.library.as_ptr(),
                data,
                length,
                out.as_mut_ptr(),
                room,
                c_int::from(fec),
            )
        };
        Code::check(result)
    }

    /// What `redundancy` knows of the sound that began `before` samples before its packet, into `out`.
    pub(super) fn decode_redundancy(
        &mut self,
        redundancy: &Redundancy,
        before: usize,
        out: &mut [f32],
    ) -> Result<usize, Code> {
        let before = i32::try_from(before).unwrap_or(i32::MAX);
        let room = number(out.len() / self.channels);
        // SAFETY: both were made by the library; no more than `room` samples are written.
        let result = unsafe {
            sys::opus_decoder_dred_decode_float(
                self.library.as_ptr(),
                redundancy.found.as_ptr(),
                before,
                out.as_mut_ptr(),
                room,
            )
        };
        Code::check(result)
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: made by `opus_decoder_create`, and destroyed once.
        unsafe { sys::opus_decoder_destroy(self.library.as_ptr()) };
    }
}

/// Reads what packets describe of the second before them.
pub(super) struct Redundancy {
    reader: NonNull<sys::OpusDREDDecoder>,
    found: NonNull<sys::OpusDRED>,
}

// SAFETY: as for the encoder.
unsafe impl Send for Redundancy {}

impl Redundancy {
    pub(super) fn new() -> Result<Self, Code> {
        let mut error = 0;
        // SAFETY: a place for the error that outlives the call.
        let reader = unsafe { sys::opus_dred_decoder_create(&raw mut error) };
        let reader = NonNull::new(reader).ok_or(Code(error))?;
        // SAFETY: as above.
        let found = unsafe { sys::opus_dred_alloc(&raw mut error) };
        let Some(found) = NonNull::new(found) else {
            // SAFETY: just made, and used nowhere else.
            unsafe { sys::opus_dred_decoder_destroy(reader.as_ptr()) };
            return Err(Code(error));
        };
        Ok(Self { reader, found })
    }

    /// Reads `packet`. How many samples before it are described, of at most `wanted`.
    pub(super) fn read(&mut self, packet: &[u8], wanted: usize) -> Result<usize, Code> {
        let length = i32::try_from(packet.len()).unwrap_or(i32::MAX);
        let wanted = i32::try_from(wanted).unwrap_or(i32::MAX).min(RATE);
        let mut end = 0;
        // SAFETY: both were made by the library; the packet is read within its length.
        let result = unsafe {
            sys::opus_dred_parse(
                self.reader.as_ptr(),
                self.found.as_ptr(),
                packet.as_ptr(),
                length,
                wanted,
                RATE,
                &raw mut end,
                0,
            )
        };
        Code::check(result)
    }
}

impl Drop for Redundancy {
    fn drop(&mut self) {
        // SAFETY: made together in `new`, and freed once.
        unsafe {
            sys::opus_dred_free(self.found.as_ptr());
            sys::opus_dred_decoder_destroy(self.reader.as_ptr());
        }
    }
}

fn number(count: usize) -> c_int {
    c_int::try_from(count).unwrap_or(c_int::MAX)
}

/// Whether a packet holds two channels.
pub(super) fn is_stereo(packet: &[u8]) -> bool {
    // SAFETY: the first byte is read, and there is one.
    !packet.is_empty() && unsafe { sys::opus_packet_get_nb_channels(packet.as_ptr()) == 2 }
}

/// Samples at 48 kHz in a packet, by its first bytes.
pub(super) fn samples_in(packet: &[u8]) -> Option<usize> {
    let length = i32::try_from(packet.len()).ok()?;
    // SAFETY: read within its length.
    Code::check(unsafe { sys::opus_packet_get_nb_samples(packet.as_ptr(), length, RATE) }).ok()
}

/// Whether a packet carries a spare copy of the one before it.
pub(super) fn has_spare_copy(packet: &[u8]) -> bool {
    let Ok(length) = i32::try_from(packet.len()) else { return false };
    // SAFETY: read within its length; a packet of no bytes is answered with an error.
    unsafe { sys::opus_packet_has_lbrr(packet.as_ptr(), length) == 1 }
}
