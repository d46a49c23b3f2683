//! Pictures in other sizes.

use crate::picture::{Picture, PlaneLayout};
use fast_image_resize::images::{TypedCroppedImageMut, TypedImage, TypedImageRef};
use fast_image_resize::pixels::U8;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

/// The largest size with the same shape inside `max_width` × `max_height`, both sides even and at least 2. Never enlarges.
pub fn fit_within(width: u32, height: u32, max_width: u32, max_height: u32) -> (u32, u32) {
    if width <= max_width && height <= max_height {
        return ((width & !1).max(2), (height & !1).max(2));
    }
    let scale = f64::min(f64::from(max_width) / f64::from(width), f64::from(max_height) / f64::from(height));
    let side = |length: u32, max: u32| {
        let scaled = (f64::from(length) * scale / 2.0).round() as u32 * 2;
        scaled.min(max & !1).max(2)
    };
    (side(width, max_width), side(height, max_height))
}

/// A box of a picture; all four numbers are even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// Scales pictures with a bilinear filter whose reach grows when a picture shrinks, so nothing flickers.
#[derive(Default)]
pub struct Scaler {
    resizer: Resizer,
}

impl Scaler {
    pub fn new() -> Self {
        Self::default()
    }

    /// The picture in the size `width` × `height` (rounded down to even). `None` when the size is 0 or out of reason.
    pub fn scale(&mut self, picture: &Picture, width: u32, height: u32) -> Option<Picture> {
        let (width, height) = (width & !1, height & !1);
        if (width, height) == (picture.width(), picture.height()) {
            return Some(picture.clone());
        }
        if width == 0 || height == 0 || width > super::MAX_SIDE || height > super::MAX_SIDE {
            return None;
        }
        let layout = PlaneLayout::new(width, height);
        let mut out = vec![0; layout.len()];
        self.draw(picture, &mut out, layout, Window { x: 0, y: 0, width, height })?;
        Picture::new(width, height, out, picture.captured)
    }

    /// Draws the picture, scaled, into a box of a larger one (its bytes and their layout), without a copy in between. `None`:
    /// the box is not inside it, and nothing was drawn.
    pub fn draw(
        &mut self,
        picture: &Picture,
        onto: &mut [u8],
        layout: PlaneLayout,
        window: Window,
    ) -> Option<()> {
        let Window { x, y, width, height } = window;
        let inside = x.checked_add(width)? <= layout.width && y.checked_add(height)? <= layout.height;
        let even = [x, y, width, height].iter().all(|side| side.is_multiple_of(2));
        if !inside || !even || width == 0 || height == 0 || onto.len() != layout.len() {
            return None;
        }
        let (luma, chroma) = onto.split_at_mut(layout.luma_len());
        let (u, v) = chroma.split_at_mut(layout.chroma_len());
        let (from_luma, from_u, from_v) = picture.planes();
        let (w, h) = (picture.width(), picture.height());
        let half = Window { x: x / 2, y: y / 2, width: width / 2, height: height / 2 };
        let (whole, quarter) = ((layout.width, layout.height), (layout.width / 2, layout.height / 2));
        self.part((from_luma, w, h), (luma, whole), window)?;
        self.part((from_u, w / 2, h / 2), (u, quarter), half)?;
        self.part((from_v, w / 2, h / 2), (v, quarter), half)
    }

    fn part(
        &mut self,
        (from, fw, fh): (&[u8], u32, u32),
        (onto, (tw, th)): (&mut [u8], (u32, u32)),
        Window { x, y, width, height }: Window,
    ) -> Option<()> {
        if (fw, fh) == (width, height) {
            let rows = onto.chunks_exact_mut(tw as usize).skip(y as usize);
            for (row, line) in rows.zip(from.chunks_exact(fw as usize)) {
                row.get_mut(x as usize..(x + width) as usize)?.copy_from_slice(line);
            }
            return Some(());
        }
        if (fw, fh) == (2 * width, 2 * height) {
            return halve((from, fw as usize), (onto, tw as usize), (x as usize, y as usize));
        }
        // The typed door: the untyped one would compile every pixel format into this crate, minutes of work for the compiler.
        let source = TypedImageRef::<U8>::from_buffer(fw, fh, from).ok()?;
        let target = TypedImage::<U8>::from_buffer(tw, th, onto).ok()?;
        let mut target = TypedCroppedImageMut::new(target, x, y, width, height).ok()?;
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Bilinear));
        self.resizer.resize_typed(&source, &mut target, &options).ok()
    }
}

/// Half of both sides, as rooms and slow paths want them most: each pixel the mean of four, for a small part of what the filter
/// costs. `onto` is drawn into from `x`, `y`.
fn halve(
    (from, from_width): (&[u8], usize),
    (onto, width): (&mut [u8], usize),
    (x, y): (usize, usize),
) -> Option<()> {
    let rows = onto.chunks_exact_mut(width).skip(y);
    for (row, pair) in rows.zip(from.chunks_exact(2 * from_width)) {
        let (top, bottom) = pair.split_at(from_width);
        let squares = top.as_chunks::<2>().0.iter().zip(bottom.as_chunks::<2>().0);
        for (to, ([a, b], [c, d])) in row.get_mut(x..x + from_width / 2)?.iter_mut().zip(squares) {
            *to = ((u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d) + 2) >> 2) as u8;
        }
    }
    Some(())
}

impl std::fmt::Debug for Scaler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scaler")
    }
}
