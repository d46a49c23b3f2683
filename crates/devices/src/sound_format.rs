//! Which of a sound card's formats we ask for: 48 kHz if it can, few channels, samples that cost little to convert.

use ahoy_media::hardware::{SAMPLE_RATE, STEP};
use cpal::{BufferSize, SampleFormat, StreamConfig, SupportedBufferSize, SupportedStreamConfigRange};

/// What we will ask a card for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoundFormat {
    pub config: StreamConfig,
    pub samples: SampleFormat,
}

impl SoundFormat {
    /// The same, with whatever buffer the system likes.
    pub fn with_default_buffer(mut self) -> Self {
        self.config.buffer_size = BufferSize::Default;
        self
    }
}

/// The best of what is offered; `None` when there is nothing that we can read or write. `usual` is the channel count
/// that the system itself would choose.
pub fn choose(
    offered: impl Iterator<Item = SupportedStreamConfigRange>,
    usual: Option<u16>,
) -> Option<SoundFormat> {
    offered
        .filter(|range| range.channels() > 0 && range.max_sample_rate() > 0)
        .filter_map(|range| Some((cost(&range, usual)?, range)))
        .min_by_key(|(cost, _)| *cost)
        .map(|(_, range)| SoundFormat {
            config: StreamConfig {
                channels: range.channels(),
                sample_rate: rate_within(&range),
                buffer_size: buffer_within(range.buffer_size()),
            },
            samples: range.sample_format(),
        })
}

/// The order counts: the rate, then the channels, then the samples.
fn cost(range: &SupportedStreamConfigRange, usual: Option<u16>) -> Option<(u32, u16, u8)> {
    let samples = match range.sample_format() {
        SampleFormat::F32 => 0,
        SampleFormat::I16 => 1,
        SampleFormat::I32 => 2,
        SampleFormat::U16 => 3,
        SampleFormat::I8 => 4,
        SampleFormat::U8 => 5,
        SampleFormat::F64 => 6,
        _ => return None,
    };
    let channels = match range.channels() {
        1 | 2 if Some(range.channels()) == usual => 0,
        few @ 1..=2 => few,
        // Some cards open with all their channels only.
        many if Some(many) == usual => 3,
        many => many.saturating_add(3),
    };
    Some((rate_within(range).abs_diff(SAMPLE_RATE), channels, samples))
}

/// Our rate, or the nearest one.
fn rate_within(range: &SupportedStreamConfigRange) -> u32 {
    SAMPLE_RATE.clamp(range.min_sample_rate(), range.max_sample_rate().max(range.min_sample_rate()))
}

/// 10 ms, or as near as the card comes to it.
fn buffer_within(offered: &SupportedBufferSize) -> BufferSize {
    match *offered {
        SupportedBufferSize::Range { min, max } if min <= max => {
            BufferSize::Fixed((STEP as u32).clamp(min, max))
        }
        _ => BufferSize::Default,
    }
}

#[cfg(test)]
#[path = "sound_format_tests.rs"]
mod tests;
