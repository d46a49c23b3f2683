//! Pictures → H.264 access units.

use super::{CodecError, Encoded, EncoderConfig, live};
use crate::picture::Picture;
use bytes::Bytes;
use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Complexity, Encoder as Library, EncoderConfig as LibraryConfig, FrameRate, FrameType,
    IntraFramePeriod, Profile, RateControlMode, SpsPpsStrategy, UsageType, VuiConfig,
};
use openh264::formats::YUVSlices;

/// An encoder for pictures of any size; a new size starts with a key frame.
pub struct Encoder {
    config: EncoderConfig,
    library: Option<(Library, (u32, u32))>,
    buffer: Vec<u8>,
}

impl Encoder {
    pub fn new(config: EncoderConfig) -> Self {
        Self { config, library: None, buffer: Vec::new() }
    }

    /// Holds from the next picture on, without a key frame. bit/s.
    pub fn set_bitrate(&mut self, bitrate: u32) {
        if bitrate == self.config.bitrate {
            return;
        }
        self.config.bitrate = bitrate;
        if let Some((library, _)) = &mut self.library
            && !live::set_bitrate(library, bitrate)
        {
            // The next picture starts a new encoder with the new rate.
            self.library = None;
        }
    }

    /// Holds from the next picture on, without a key frame.
    pub fn set_fps(&mut self, fps: f32) {
        if fps == self.config.fps {
            return;
        }
        self.config.fps = fps;
        if let Some((library, _)) = &mut self.library
            && !live::set_frame_rate(library, fps)
        {
            self.library = None;
        }
    }

    /// Encodes one picture; `key` makes it decodable on its own. `None`: the encoder left it out.
    pub fn encode(&mut self, picture: &Picture, key: bool) -> Result<Option<Encoded>, CodecError> {
        let size = (picture.width(), picture.height());
        if self.library.as_ref().is_some_and(|(_, known)| *known != size) {
            // A fresh encoder costs about a millisecond and leaves no doubt about what it remembers.
            self.library = None;
        }
        if self.library.is_none() {
            self.library = Some((Self::open(self.config)?, size));
        }
        let Some((library, _)) = &mut self.library else { return Ok(None) };
        if key {
            library.force_intra_frame();
        }
        let (w, h) = (size.0 as usize, size.1 as usize);
        let source = YUVSlices::new(picture.planes(), (w, h), (w, w / 2, w / 2));
        let stream = match library.encode(&source) {
            Ok(stream) => stream,
            Err(error) => {
                self.library = None;
                return Err(CodecError::Failed(error.to_string()));
            }
        };
        let key = matches!(stream.frame_type(), FrameType::IDR);
        self.buffer.clear();
        stream.write_vec(&mut self.buffer);
        if self.buffer.is_empty() {
            return Ok(None);
        }
        Ok(Some(Encoded { data: Bytes::copy_from_slice(&self.buffer), key }))
    }

    fn open(config: EncoderConfig) -> Result<Library, CodecError> {
        let settings = LibraryConfig::new()
            .bitrate(BitRate::from_bps(config.bitrate))
            .max_frame_rate(FrameRate::from_hz(config.fps))
            .usage_type(UsageType::CameraVideoRealTime)
            .profile(Profile::Baseline)
            .rate_control_mode(RateControlMode::Bitrate)
            .sps_pps_strategy(SpsPpsStrategy::ConstantId)
            .complexity(Complexity::Low)
            .skip_frames(false)
            .scene_change_detect(false)
            .adaptive_quantization(false)
            .background_detection(false)
            .intra_frame_period(IntraFramePeriod::auto())
            .vui(VuiConfig::bt601())
            .num_threads(1);
        let mut library = Library::with_api_config(OpenH264API::from_source(), settings)
            .map_err(|error| CodecError::Setup(error.to_string()))?;
        live::silence(&mut library);
        Ok(library)
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").field("config", &self.config).finish_non_exhaustive()
    }
}
