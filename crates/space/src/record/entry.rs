//! What a film's tracks say about themselves, and H.264 in the form that films keep it in (ISO 14496-15).

use bytes::{BufMut, Bytes, BytesMut};
use shiguredo_mp4::boxes::{
    AudioSampleEntryFields, Avc1Box, AvccBox, DopsBox, OpusBox, SampleEntry, VisualSampleEntryFields,
};
use shiguredo_mp4::{FixedPointNumber, Uint};

const SEQUENCE: u8 = 7;
const PICTURE: u8 = 8;
const DELIMITER: u8 = 9;
/// What our encoder looks ahead, samples at 48 kHz (RFC 7845 4.2).
const PRE_SKIP: u16 = 312;

/// One encoded picture, taken apart.
pub struct AccessUnit {
    /// Each unit behind its length.
    pub data: Bytes,
    /// The units before the picture that say how to read it.
    pub sequence: Vec<Vec<u8>>,
    pub picture: Vec<Vec<u8>>,
}

/// Takes Annex B apart. Parameter sets go into the track's description, not among the pictures.
pub fn take_apart(annex_b: &[u8]) -> AccessUnit {
    let mut unit = AccessUnit { data: Bytes::new(), sequence: Vec::new(), picture: Vec::new() };
    let mut data = BytesMut::with_capacity(annex_b.len() + 16);
    for nal in ahoy_media::h264::units(annex_b) {
        match nal.first().map(|first| first & 0x1f) {
            Some(SEQUENCE) => unit.sequence.push(nal.to_vec()),
            Some(PICTURE) => unit.picture.push(nal.to_vec()),
            Some(DELIMITER) | None => {}
            Some(_) => {
                let Ok(length) = u32::try_from(nal.len()) else { continue };
                data.put_u32(length);
                data.put_slice(nal);
            }
        }
    }
    unit.data = data.freeze();
    unit
}

/// The track of pictures of this size. `None`: the unit does not say how to read it.
pub fn pictures(unit: &AccessUnit, width: u32, height: u32) -> Option<SampleEntry> {
    let [_, profile, constraints, level, ..] = unit.sequence.first()?.as_slice() else { return None };
    if unit.picture.is_empty() {
        return None;
    }
    Some(SampleEntry::Avc1(Avc1Box {
        visual: VisualSampleEntryFields {
            data_reference_index: VisualSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            width: u16::try_from(width).ok()?,
            height: u16::try_from(height).ok()?,
            horizresolution: VisualSampleEntryFields::DEFAULT_HORIZRESOLUTION,
            vertresolution: VisualSampleEntryFields::DEFAULT_VERTRESOLUTION,
            frame_count: VisualSampleEntryFields::DEFAULT_FRAME_COUNT,
            compressorname: VisualSampleEntryFields::NULL_COMPRESSORNAME,
            depth: VisualSampleEntryFields::DEFAULT_DEPTH,
        },
        avcc_box: AvccBox {
            avc_profile_indication: *profile,
            profile_compatibility: *constraints,
            avc_level_indication: *level,
            length_size_minus_one: Uint::new(3),
            sps_list: unit.sequence.clone(),
            pps_list: unit.picture.clone(),
            chroma_format: None,
            bit_depth_luma_minus8: None,
            bit_depth_chroma_minus8: None,
            sps_ext_list: Vec::new(),
        },
        unknown_boxes: Vec::new(),
    }))
}

/// The track of sound: Opus, one channel.
pub fn sound() -> SampleEntry {
    SampleEntry::Opus(OpusBox {
        audio: AudioSampleEntryFields {
            data_reference_index: AudioSampleEntryFields::DEFAULT_DATA_REFERENCE_INDEX,
            channelcount: 1,
            samplesize: AudioSampleEntryFields::DEFAULT_SAMPLESIZE,
            samplerate: FixedPointNumber::new(48_000, 0),
        },
        dops_box: DopsBox {
            output_channel_count: 1,
            pre_skip: PRE_SKIP,
            input_sample_rate: 48_000,
            output_gain: 0,
        },
        unknown_boxes: Vec::new(),
    })
}
