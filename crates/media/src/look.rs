//! How somebody looks in a picture: turned upright, mirrored, brighter in the dark, in front of something blurred.

use crate::matte::Backdrop;
use crate::picture::{Picture, PlaneLayout};
use crate::stamina::Stamina;

/// Quarter turns, clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Turn {
    #[default]
    None,
    Right,
    Over,
    Left,
}

impl Turn {
    /// `None` for what is not a multiple of 90.
    pub fn from_degrees(degrees: u32) -> Option<Self> {
        match degrees % 360 {
            0 => Some(Self::None),
            90 => Some(Self::Right),
            180 => Some(Self::Over),
            270 => Some(Self::Left),
            _ => None,
        }
    }
}

/// What is to be done with every picture of a camera. The far side sees what comes of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    pub turn: Turn,
    /// After turning.
    pub mirrored: bool,
    /// Dark pictures are made brighter.
    pub brighter: bool,
    /// What is behind somebody cannot be made out.
    pub blurred: bool,
}

/// What was too much for this computer and stopped, until it is wished for anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GaveUp {
    pub brighter: bool,
    pub blurred: bool,
}

/// Mean luma (16 to 235) below which a picture is dark, and what it is brought to.
const DARK: f32 = 75.0;
const BRIGHT: f32 = 105.0;
/// The steepest curve.
const STEEPEST: f32 = 0.45;
/// Share of the way to a new brightness that is gone with every picture: slowly, so that nothing flickers.
const EASE: f32 = 0.06;
/// Of the time between two pictures.
const BRIGHTENING: f32 = 0.25;
const BLURRING: f32 = 0.6;

/// Does it, picture by picture.
#[derive(Debug)]
pub struct Retouch {
    /// Exponent of the curve; 1 changes nothing.
    curve: f32,
    table: [u8; 256],
    /// For which exponent the table was made.
    made_for: f32,
    brightening: Stamina,
    backdrop: Option<Backdrop>,
    blurring: Stamina,
}

impl Default for Retouch {
    fn default() -> Self {
        Self::new()
    }
}

impl Retouch {
    pub fn new() -> Self {
        Self {
            curve: 1.0,
            table: table(1.0),
            made_for: 1.0,
            brightening: Stamina::new(BRIGHTENING),
            backdrop: None,
            blurring: Stamina::new(BLURRING),
        }
    }

    pub fn apply(&mut self, picture: Picture, look: Look) -> Picture {
        let mut picture = turned(picture, look);
        // Aside, so that they can do their work on the rest of us.
        let [mut brightening, mut blurring] = [BRIGHTENING, BLURRING].map(Stamina::new);
        std::mem::swap(&mut brightening, &mut self.brightening);
        std::mem::swap(&mut blurring, &mut self.blurring);
        if look.brighter {
            picture = brightening.run(picture, |picture| self.brighten(picture));
        } else {
            self.curve = 1.0;
            brightening.rest();
        }
        if look.blurred {
            picture = blurring.run(picture, |picture| self.blur(picture));
        } else {
            self.backdrop = None;
            blurring.rest();
        }
        (self.brightening, self.blurring) = (brightening, blurring);
        picture
    }

    pub fn gave_up(&self) -> GaveUp {
        GaveUp { brighter: self.brightening.gave_up(), blurred: self.blurring.gave_up() }
    }

    fn blur(&mut self, picture: Picture) -> Picture {
        if self.backdrop.is_none() {
            self.backdrop = Backdrop::new().inspect_err(|error| tracing::error!(%error, "no blurring")).ok();
        }
        match &mut self.backdrop {
            Some(backdrop) => backdrop.blur(picture),
            None => picture,
        }
    }

    fn brighten(&mut self, picture: Picture) -> Picture {
        let layout = picture.layout();
        let luma = picture.bytes().get(..layout.luma_len()).unwrap_or_default();
        let sum: u64 = luma.iter().step_by(61).map(|y| u64::from(*y)).sum();
        let mean = sum as f32 / luma.len().div_ceil(61).max(1) as f32;
        let wanted = if mean < DARK { curve(mean) } else { 1.0 };
        self.curve += (wanted - self.curve) * EASE;
        if self.curve > 0.99 {
            return picture;
        }
        if (self.curve - self.made_for).abs() > 0.005 {
            self.made_for = self.curve;
            self.table = table(self.curve);
        }
        let mut bytes = picture.bytes().to_vec();
        for y in bytes.iter_mut().take(layout.luma_len()) {
            *y = self.table[usize::from(*y)];
        }
        Picture::new(layout.width, layout.height, bytes, picture.captured).unwrap_or(picture)
    }
}

/// The exponent that brings a mean of `mean` to `BRIGHT`.
fn curve(mean: f32) -> f32 {
    let share = |luma: f32| ((luma - 16.0) / 219.0).clamp(0.01, 0.99);
    (share(BRIGHT).ln() / share(mean).ln()).clamp(STEEPEST, 1.0)
}

fn table(curve: f32) -> [u8; 256] {
    std::array::from_fn(|luma| {
        let share = ((luma as f32 - 16.0) / 219.0).clamp(0.0, 1.0);
        (16.0 + share.powf(curve) * 219.0).round() as u8
    })
}

fn turned(picture: Picture, look: Look) -> Picture {
    if look.turn == Turn::None && !look.mirrored {
        return picture;
    }
    let from = picture.layout();
    let (width, height) = match look.turn {
        Turn::None | Turn::Over => (from.width, from.height),
        Turn::Right | Turn::Left => (from.height, from.width),
    };
    let to = PlaneLayout::new(width, height);
    let mut bytes = vec![0; to.len()];
    let planes = [(from.luma_len(), 1), (from.chroma_len(), 2), (from.chroma_len(), 2)];
    let (mut source, mut target) = (picture.bytes(), bytes.as_mut_slice());
    for (length, halved) in planes {
        let ((plane, rest), (out, left)) =
            (source.split_at(length), std::mem::take(&mut target).split_at_mut(length));
        let size = ((from.width / halved) as usize, (from.height / halved) as usize);
        turn_plane(plane, size, out, look);
        (source, target) = (rest, left);
    }
    Picture::new(width, height, bytes, picture.captured).unwrap_or(picture)
}

fn turn_plane(plane: &[u8], (width, height): (usize, usize), out: &mut [u8], look: Look) {
    // From the upper left corner of the result: where it comes from, and the steps to the right and down.
    let (width_, height_) = (width as isize, height as isize);
    let (mut start, mut right, down, out_width) = match look.turn {
        Turn::None => (0, 1, width_, width_),
        Turn::Over => (width_ * height_ - 1, -1, -width_, width_),
        Turn::Right => (width_ * (height_ - 1), -width_, 1, height_),
        Turn::Left => (width_ - 1, width_, -1, height_),
    };
    if look.mirrored {
        start += right * (out_width - 1);
        right = -right;
    }
    for (row, line) in out.chunks_exact_mut(out_width.max(1) as usize).enumerate() {
        let mut at = start + down * row as isize;
        for pixel in line {
            *pixel = plane.get(at as usize).copied().unwrap_or_default();
            at += right;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// Luma counts up from the upper left corner; chroma likewise.
    fn numbered(width: u32, height: u32) -> Picture {
        let layout = PlaneLayout::new(width, height);
        let mut bytes: Vec<u8> = (0..layout.luma_len()).map(|i| i as u8).collect();
        bytes.extend((0..layout.chroma_len()).map(|i| 100 + i as u8));
        bytes.extend((0..layout.chroma_len()).map(|i| 200 + i as u8));
        Picture::new(width, height, bytes, Instant::now()).unwrap()
    }

    fn look(turn: Turn, mirrored: bool) -> Look {
        Look { turn, mirrored, ..Look::default() }
    }

    #[test]
    fn quarter_turns_and_mirrors_are_what_they_are_called() {
        // 0 1 2 3
        // 4 5 6 7
        let picture = numbered(4, 2);
        let luma = |turn, mirrored| {
            let made = Retouch::new().apply(picture.clone(), look(turn, mirrored));
            (made.width(), made.bytes()[..8].to_vec())
        };
        assert_eq!(luma(Turn::Right, false), (2, vec![4, 0, 5, 1, 6, 2, 7, 3]));
        assert_eq!(luma(Turn::Left, false), (2, vec![3, 7, 2, 6, 1, 5, 0, 4]));
        assert_eq!(luma(Turn::Over, false), (4, vec![7, 6, 5, 4, 3, 2, 1, 0]));
        assert_eq!(luma(Turn::None, true), (4, vec![3, 2, 1, 0, 7, 6, 5, 4]));
        assert_eq!(luma(Turn::Right, true), (2, vec![0, 4, 1, 5, 2, 6, 3, 7]));
        let chroma = Retouch::new().apply(picture.clone(), look(Turn::Over, false));
        assert_eq!(chroma.bytes()[8..], [101, 100, 201, 200]);
        // Four quarters are none, twice mirrored too.
        let mut round = picture.clone();
        for _ in 0..4 {
            round = Retouch::new().apply(round, look(Turn::Right, false));
        }
        assert_eq!(round.bytes(), picture.bytes());
        assert_eq!(
            [90, 180, 270, 360, 45].map(Turn::from_degrees),
            [Some(Turn::Right), Some(Turn::Over), Some(Turn::Left), Some(Turn::None), None]
        );
    }

    #[test]
    fn the_dark_becomes_brighter_step_by_step_and_the_bright_stays() {
        let flat = |luma: u8| {
            let mut bytes = vec![luma; 64 * 64];
            bytes.extend(vec![128; 64 * 64 / 2]);
            Picture::new(64, 64, bytes, Instant::now()).unwrap()
        };
        let bright = Look { brighter: true, ..Look::default() };
        let mut retouch = Retouch::new();
        // Without the clock: pictures that come without any pause leave no time for anything.
        let lumas: Vec<u8> = (0..120).map(|_| retouch.brighten(flat(40)).bytes()[0]).collect();
        assert!(lumas[0] < 50 && lumas[119] > 75, "{lumas:?}");
        assert!(lumas.windows(2).all(|pair| pair[1] >= pair[0] && pair[1] - pair[0] <= 6), "{lumas:?}");
        assert_eq!(Retouch::new().apply(flat(120), bright).bytes(), flat(120).bytes());
        assert_eq!(retouch.apply(flat(40), Look::default()).bytes(), flat(40).bytes());
    }
}
