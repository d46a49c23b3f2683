//! Echo cancellation: sonora's block processor (WebRTC's AEC3), tuned for loudspeakers in rooms.
//!
//! As it comes, its filter models 52 ms of a room. What lingers longer is left to its suppressor, which cannot tell it from
//! somebody who speaks at the same time and takes away both. Desktop microphones stand far from the loudspeaker, in rooms
//! that linger for half a second, so here the filter is three times as long and is trusted more once it has learnt the room.

use super::bands::{BAND, BANDS, Bands};
use sonora_aec3::block::Block;
use sonora_aec3::block_framer::BlockFramer;
use sonora_aec3::block_processor::BlockProcessor;
use sonora_aec3::config::EchoCanceller3Config;
use sonora_aec3::frame_blocker::FrameBlocker;

/// Bands of one channel arrive in halves of 5 ms and are worked on in blocks of 4 ms.
const HALF: usize = BAND / 2;
/// Full scale, less what a converter may be off.
const OVERDRIVEN: f32 = 32_700.0 / 32_768.0;

/// One channel, or several that are played at once, against one microphone.
#[derive(Debug)]
pub(super) struct EchoCanceller {
    core: BlockProcessor,
    played: FrameBlocker,
    captured: FrameBlocker,
    cleaned: BlockFramer,
    played_block: Block,
    captured_block: Block,
    halves: Vec<Vec<Vec<f32>>>,
}

impl EchoCanceller {
    pub(super) fn new() -> Self {
        Self {
            core: BlockProcessor::new(&tuning(), 48_000, 1, 1),
            played: FrameBlocker::new(BANDS, 1),
            captured: FrameBlocker::new(BANDS, 1),
            cleaned: BlockFramer::new(BANDS, 1),
            played_block: Block::new(BANDS, 1),
            captured_block: Block::new(BANDS, 1),
            halves: vec![vec![vec![0.0; HALF]]; BANDS],
        }
    }

    pub(super) fn played(&mut self, bands: &Bands) {
        for half in halves_of(bands) {
            self.played.insert_sub_frame_and_extract_block(&half, &mut self.played_block);
            self.core.buffer_render(&self.played_block);
        }
        if self.played.is_block_available() {
            self.played.extract_block(&mut self.played_block);
            self.core.buffer_render(&self.played_block);
        }
    }

    /// Takes the echo out of `bands`. `delay_ms`: as far as the devices tell; `overdriven`: the card has cut samples off.
    pub(super) fn captured(&mut self, bands: &mut Bands, delay_ms: u32, overdriven: bool) {
        self.core.set_audio_buffer_delay(i32::try_from(delay_ms.min(500)).unwrap_or(500));
        let taken = *bands;
        for (number, half) in halves_of(&taken).into_iter().enumerate() {
            self.captured.insert_sub_frame_and_extract_block(&half, &mut self.captured_block);
            self.core.process_capture(false, overdriven, None, &mut self.captured_block);
            self.cleaned.insert_block_and_extract_sub_frame(&self.captured_block, &mut self.halves);
            for (band, cleaned) in bands.iter_mut().zip(&self.halves) {
                for (out, sample) in band.iter_mut().skip(number * HALF).zip(cleaned.iter().flatten()) {
                    *out = *sample;
                }
            }
        }
        if self.captured.is_block_available() {
            self.captured.extract_block(&mut self.captured_block);
            self.core.process_capture(false, overdriven, None, &mut self.captured_block);
            self.cleaned.insert_block(&self.captured_block);
        }
    }
}

pub(super) fn is_overdriven(samples: &[f32]) -> bool {
    samples.iter().any(|sample| sample.abs() >= OVERDRIVEN)
}

/// Two halves of each band, as the library takes them: band, then channel, then samples.
fn halves_of(bands: &Bands) -> [Vec<Vec<&[f32]>>; 2] {
    let half = |second: bool| {
        let part = |band| {
            let (first, last) = <[f32]>::split_at(band, HALF);
            vec![if second { last } else { first }]
        };
        bands.iter().map(|band: &[f32; BAND]| part(band)).collect()
    };
    [half(false), half(true)]
}

/// 4 ms of the room each: a filter of 160 ms.
const LENGTH: usize = 40;
/// How far two opinions about the delay may differ (in blocks of 4 ms) before the filter begins anew. In a room that lingers
/// they always differ a little.
const SAME_DELAY: usize = 4;

/// What differs from the library's own choice. Found by search over rooms and two pairs of voices, and judged by one of them
/// (`cargo xtask bench sound`): what is gained where both speak is paid for with some of what was more than needed where one
/// does, and with a second or two until a delay that changed by itself is found again.
fn tuning() -> EchoCanceller3Config {
    let mut config = EchoCanceller3Config::default();
    config.delay.hysteresis_limit_blocks = SAME_DELAY;
    config.delay.delay_estimate_smoothing_delay_found = 0.5;

    let filter = &mut config.filter;
    for part in [&mut filter.refined, &mut filter.refined_initial] {
        part.length_blocks = LENGTH;
    }
    for part in [&mut filter.coarse, &mut filter.coarse_initial] {
        part.length_blocks = LENGTH;
    }
    filter.coarse.rate = 0.5;
    filter.refined.leakage_converged = 0.000_2;
    filter.refined.leakage_diverged = 0.1;
    // A longer filter takes longer to learn the room.
    filter.initial_state_seconds = 6.0;

    // What the filter has taken away may be believed: up to 15 dB where voices are, 6 dB above.
    config.erle.max_l = 32.0;
    config.erle.max_h = 4.0;

    let suppressor = &mut config.suppressor;
    suppressor.normal_tuning.mask_lf.enr_transparent = 0.2;
    suppressor.normal_tuning.mask_lf.enr_suppress = 0.27;
    suppressor.normal_tuning.mask_hf.enr_transparent = 0.3;
    suppressor.normal_tuning.mask_hf.enr_suppress = 0.43;
    suppressor.nearend_tuning.mask_hf.enr_transparent = 0.3;
    suppressor.nearend_tuning.mask_hf.enr_suppress = 0.9;
    debug_assert!(config.validate(), "the library would choose otherwise");
    config
}
