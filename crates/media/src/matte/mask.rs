//! Who is in front: a number for each part of a small picture, smoothed over time so that edges do not flicker.

use super::graph::ModelError;
use super::network::Network;
use crate::convert::{Scaler, fit_within};
use crate::picture::Picture;

/// `@mediapipe/selfie_segmentation` 0.1.1675465747 from npm, as it comes (Apache-2.0, see `NOTICE.md` beside it).
const MODEL: &[u8] = include_bytes!("selfie_segmentation_landscape.tflite");

/// Share of the way to what the network says now, where that is much the same and where it is another thing.
const CALM: f32 = 0.4;
const QUICK: f32 = 0.8;
const ANOTHER: f32 = 0.35;
/// Below the first one is background, above the second one somebody.
const EDGE: (f32, f32) = (0.3, 0.8);

#[derive(Debug)]
pub struct Mask {
    network: Network,
    scaler: Scaler,
    smooth: Vec<f32>,
    /// Of what was looked at last.
    size: (u32, u32),
}

impl Mask {
    pub fn new() -> Result<Self, ModelError> {
        let network = Network::read(MODEL)?;
        Ok(Self { network, scaler: Scaler::new(), smooth: Vec::new(), size: (0, 0) })
    }

    /// The picture, small, and how much of each of its pixels is somebody: 0 to 255.
    pub fn of(&mut self, picture: &Picture) -> Option<(Picture, Vec<u8>)> {
        let frame = self.network.input();
        let (columns, rows) = (frame.width as u32, frame.height as u32);
        let (width, height) = fit_within(picture.width(), picture.height(), columns, rows);
        let small = self.scaler.scale(picture, width, height)?;
        let said = self.network.run(|input| look(&small, input, frame.width));
        if self.size != (width, height) {
            self.size = (width, height);
            self.smooth.clear();
            self.smooth.resize((width * height) as usize, f32::NAN);
        }
        let (width, rows) = (width as usize, said.chunks_exact(frame.width));
        for (smooth, said) in self.smooth.chunks_exact_mut(width).zip(rows) {
            for (smooth, said) in smooth.iter_mut().zip(said) {
                let step = said - *smooth;
                *smooth = if step.is_nan() {
                    *said
                } else {
                    *smooth + step * if step.abs() > ANOTHER { QUICK } else { CALM }
                };
            }
        }
        Some((small, self.smooth.iter().map(|share| edge(*share)).collect()))
    }
}

fn edge(share: f32) -> u8 {
    let way = ((share - EDGE.0) / (EDGE.1 - EDGE.0)).clamp(0.0, 1.0);
    (way * way * (3.0 - 2.0 * way) * 255.0).round() as u8
}

/// Red, green and blue, 0 to 1, in the upper left corner of what the network sees.
fn look(small: &Picture, input: &mut [f32], columns: usize) {
    let (luma, u, v) = small.planes();
    let width = small.width() as usize;
    input.fill(0.5);
    for (y, (luma, line)) in luma.chunks_exact(width).zip(input.chunks_exact_mut(columns * 3)).enumerate() {
        let chroma = |plane: &[u8], x: usize| f32::from(plane[y / 2 * (width / 2) + x / 2]) - 128.0;
        for (x, (luma, pixel)) in luma.iter().zip(line.chunks_exact_mut(3)).enumerate() {
            let (luma, u, v) = (1.164 * (f32::from(*luma) - 16.0), chroma(u, x), chroma(v, x));
            let colours = [luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u];
            for (to, colour) in pixel.iter_mut().zip(colours) {
                *to = (colour / 255.0).clamp(0.0, 1.0);
            }
        }
    }
}
