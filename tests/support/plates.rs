//! Number plates within a room's picture.

use ahoy_media::Picture;
use ahoy_media::picture_code::{self, Code};
use ahoy_phone::LayerView;

/// The plate in one box of a picture.
pub fn plate_of(picture: &Picture, layer: &LayerView) -> Option<Code> {
    plate_in(picture.planes().0, picture.width() as usize, picture.height() as usize, layer)
}

/// The same for the bare luma of a picture, `width` × `height`.
pub fn plate_in(luma: &[u8], width: usize, height: usize, layer: &LayerView) -> Option<Code> {
    let pixel = |percent: f64, of: usize| (percent * of as f64 / 100.0).round() as usize;
    let (x, y) = (pixel(layer.x, width), pixel(layer.y, height));
    let (w, h) = (pixel(layer.width, width), pixel(layer.height, height));
    let mut cut = Vec::with_capacity(w * h);
    for row in y..y + h {
        cut.extend(luma.get(row * width + x..)?.get(..w)?);
    }
    picture_code::read_luma(&cut, w, h)
}
