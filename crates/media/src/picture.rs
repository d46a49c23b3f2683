//! A raw picture: I420 (planar Y, U, V; chroma halved both ways), limited-range BT.601 unless a codec says otherwise.

use std::sync::Arc;
use std::time::Instant;

/// Where the planes of an I420 picture of a given size lie in one buffer, without padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaneLayout {
    /// Pixels, both even and not 0.
    pub width: u32,
    pub height: u32,
}

impl PlaneLayout {
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height }
    }

    pub fn luma_len(self) -> usize {
        self.width as usize * self.height as usize
    }

    pub fn chroma_len(self) -> usize {
        self.luma_len() / 4
    }

    /// Bytes of the whole picture.
    pub fn len(self) -> usize {
        self.luma_len() + 2 * self.chroma_len()
    }

    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// One picture, cheap to clone.
#[derive(Clone, Debug)]
pub struct Picture {
    layout: PlaneLayout,
    // Not `Arc<[u8]>`: to make one of a vector copies all of it.
    data: Arc<Vec<u8>>,
    /// When the camera took it, or when it came out of the decoder.
    pub captured: Instant,
}

impl Picture {
    /// `data` is Y, then U, then V. `None` when its length does not fit the size, or a side is odd or 0.
    pub fn new(width: u32, height: u32, data: Vec<u8>, captured: Instant) -> Option<Self> {
        let layout = PlaneLayout::new(width, height);
        let data = Arc::new(data);
        let even = width.is_multiple_of(2) && height.is_multiple_of(2) && !layout.is_empty();
        (even && data.len() == layout.len()).then_some(Self { layout, data, captured })
    }

    /// A black picture. Sides are rounded up to even and at least 2.
    pub fn black(width: u32, height: u32, captured: Instant) -> Self {
        let layout = PlaneLayout::new(width.max(1).next_multiple_of(2), height.max(1).next_multiple_of(2));
        let mut data = vec![128; layout.len()];
        data.iter_mut().take(layout.luma_len()).for_each(|luma| *luma = 16);
        Self { layout, data: Arc::new(data), captured }
    }

    pub fn width(&self) -> u32 {
        self.layout.width
    }

    pub fn height(&self) -> u32 {
        self.layout.height
    }

    pub fn layout(&self) -> PlaneLayout {
        self.layout
    }

    /// Y, U and V one after another.
    pub fn bytes(&self) -> &[u8] {
        &self.data
    }

    /// Y (stride = width), U and V (stride = width / 2).
    pub fn planes(&self) -> (&[u8], &[u8], &[u8]) {
        let (luma, chroma) = self.data.split_at(self.layout.luma_len());
        let (u, v) = chroma.split_at(self.layout.chroma_len());
        (luma, u, v)
    }
}
