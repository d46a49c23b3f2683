//! 48 kHz in three bands of 16 kHz each, and back: echo and noise are looked for there.

use crate::hardware::STEP;
use sonora::three_band_filter_bank::{NUM_BANDS, SPLIT_BAND_SIZE, ThreeBandFilterBank};

/// 10 ms of one band.
pub(super) const BAND: usize = SPLIT_BAND_SIZE;
pub(super) const BANDS: usize = NUM_BANDS;
/// What the library's parts count in: 16-bit samples as floats.
const SCALE: f32 = 32_768.0;

pub(super) type Bands = [[f32; BAND]; BANDS];

/// Takes 10 ms apart.
#[derive(Debug, Default)]
pub(super) struct Splitter(ThreeBandFilterBank);

impl Splitter {
    pub(super) fn split(&mut self, samples: &[f32; STEP]) -> Bands {
        let mut bands = [[0.0; BAND]; BANDS];
        self.0.analysis(&samples.map(|sample| sample * SCALE), &mut bands);
        bands
    }
}

/// Puts 10 ms together.
#[derive(Debug, Default)]
pub(super) struct Joiner(ThreeBandFilterBank);

impl Joiner {
    pub(super) fn join(&mut self, bands: &Bands, samples: &mut [f32; STEP]) {
        self.0.synthesis(bands, samples);
        for sample in samples {
            *sample = (*sample / SCALE).clamp(-1.0, 1.0);
        }
    }
}
