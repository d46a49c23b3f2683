//! Somebody in front of a background that cannot be made out: found by a small network that runs here, on one thread.
//!
//! | looking for | room |
//! |---|---|
//! | the model's file | `flat`, `graph` |
//! | what its operations do | `kernel`, `network` |
//! | where somebody is | `mask` |

mod enlarge;
mod flat;
mod graph;
mod kernel;
mod mask;
mod network;

use crate::convert::Scaler;
use crate::picture::{Picture, PlaneLayout};
use enlarge::Enlarged;
pub use graph::ModelError;
use mask::Mask;

/// Parts of the background's width that run into each other, and how often.
const REACH: usize = 24;
const ROUNDS: usize = 3;

/// Blurs what is behind somebody.
#[derive(Debug)]
pub struct Backdrop {
    mask: Mask,
    scaler: Scaler,
}

impl Backdrop {
    /// # Errors
    /// The model that comes with the program is damaged.
    pub fn new() -> Result<Self, ModelError> {
        Ok(Self { mask: Mask::new()?, scaler: Scaler::new() })
    }

    pub fn blur(&mut self, picture: Picture) -> Picture {
        self.try_blur(&picture).unwrap_or(picture)
    }

    fn try_blur(&mut self, picture: &Picture) -> Option<Picture> {
        let (small, mask) = self.mask.of(picture)?;
        // The mask as a picture, so that it becomes larger as pictures do: its colour is that of every other pixel.
        let layout = small.layout();
        let quarter = quarter(&mask, layout.width as usize);
        let planes = [mask.as_slice(), &quarter, &quarter].concat();
        let mask = Picture::new(layout.width, layout.height, planes, picture.captured)?;
        let behind = self.behind(&small, &mask)?;
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let whole = [(width, height), (width / 2, height / 2), (width / 2, height / 2)];
        let half = |small: &Picture| {
            [small.width() as usize, small.width() as usize / 2, small.width() as usize / 2]
        };
        let mut bytes = picture.bytes().to_vec();
        let mut rest = bytes.as_mut_slice();
        let (fronts, behinds) = (mask.planes(), behind.planes());
        let fronts = [fronts.0, fronts.1, fronts.2].into_iter().zip(half(&mask));
        let behinds = [behinds.0, behinds.1, behinds.2].into_iter().zip(half(&behind));
        for ((size, (front, columns)), (behind, others)) in whole.into_iter().zip(fronts).zip(behinds) {
            let (plane, left) = std::mem::take(&mut rest).split_at_mut(size.0 * size.1);
            rest = left;
            mix(plane, size, &Enlarged::new(front, columns, size), &Enlarged::new(behind, others, size));
        }
        Picture::new(picture.width(), picture.height(), bytes, picture.captured)
    }

    /// The background without whoever is in front, blurred: at a half of the small size, which is sharp enough for that.
    fn behind(&mut self, small: &Picture, mask: &Picture) -> Option<Picture> {
        let half = |side: u32| (side / 2).max(2);
        let (width, height) = (half(small.width()), half(small.height()));
        let [picture, mask] = [small, mask].map(|picture| self.scaler.scale(picture, width, height));
        let (picture, mask) = (picture?, mask?);
        let layout = PlaneLayout::new(picture.width(), picture.height());
        let columns = layout.width as usize;
        let (luma, u, v) = picture.planes();
        let (front, front_quarter, _) = mask.planes();
        let mut bytes = Vec::with_capacity(layout.len());
        for (plane, front, columns) in
            [(luma, front, columns), (u, front_quarter, columns / 2), (v, front_quarter, columns / 2)]
        {
            bytes.extend(smear(plane, front, columns));
        }
        Picture::new(layout.width, layout.height, bytes, picture.captured)
    }
}

/// Lays what is behind over a plane, where nobody is in front.
fn mix(plane: &mut [u8], (width, _): (usize, usize), front: &Enlarged, behind: &Enlarged) {
    let (mut share, mut other) = (vec![0; width], vec![0; width]);
    for (y, line) in plane.chunks_exact_mut(width).enumerate() {
        front.line(y, &mut share);
        behind.line(y, &mut other);
        for ((pixel, share), other) in line.iter_mut().zip(&share).zip(&other) {
            let share = u16::from(*share) + u16::from(*share >> 7);
            *pixel = ((u16::from(*pixel) * share + u16::from(*other) * (256 - share)) >> 8) as u8;
        }
    }
}

/// Every other pixel of every other line.
fn quarter(plane: &[u8], width: usize) -> Vec<u8> {
    plane.chunks_exact(width).step_by(2).flat_map(|line| line.iter().step_by(2).copied()).collect()
}

/// Blurs a plane; what is in front counts next to nothing, so that nobody has a halo.
fn smear(plane: &[u8], front: &[u8], width: usize) -> Vec<u8> {
    let mut weights: Vec<f32> = front.iter().map(|front| 256.0 - f32::from(*front)).collect();
    let mut sums: Vec<f32> =
        plane.iter().zip(&weights).map(|(value, weight)| f32::from(*value) * weight).collect();
    let reach = (width / REACH).max(1);
    for numbers in [&mut weights, &mut sums] {
        for _ in 0..ROUNDS {
            along(numbers, width, reach);
            across(numbers, width, reach);
        }
    }
    sums.iter().zip(&weights).map(|(sum, weight)| (sum / weight).round() as u8).collect()
}

/// The sum of `reach` numbers on either side, in every line; beyond the ends are the ends.
fn along(numbers: &mut [f32], width: usize, reach: usize) {
    let mut line = vec![0.0; width];
    for numbers in numbers.chunks_exact_mut(width) {
        line.copy_from_slice(numbers);
        let at = |x: isize| line[x.clamp(0, width as isize - 1) as usize];
        let reach = reach as isize;
        let mut sum: f32 = (-reach..=reach).map(at).sum();
        for (x, number) in numbers.iter_mut().enumerate() {
            *number = sum;
            sum += at(x as isize + reach + 1) - at(x as isize - reach);
        }
    }
}

/// The same from line to line.
fn across(numbers: &mut [f32], width: usize, reach: usize) {
    let copy = numbers.to_vec();
    let height = numbers.len() / width;
    let line = |y: isize| &copy[y.clamp(0, height as isize - 1) as usize * width..][..width];
    let reach = reach as isize;
    let mut sums = vec![0.0; width];
    for y in -reach..=reach {
        sums.iter_mut().zip(line(y)).for_each(|(sum, number)| *sum += number);
    }
    for (y, numbers) in numbers.chunks_exact_mut(width).enumerate() {
        numbers.copy_from_slice(&sums);
        let (comes, goes) = (line(y as isize + reach + 1), line(y as isize - reach));
        for ((sum, comes), goes) in sums.iter_mut().zip(comes).zip(goes) {
            *sum += comes - goes;
        }
    }
}

#[cfg(test)]
#[path = "matte/tests.rs"]
mod tests;
