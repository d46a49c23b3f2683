//! Pixels as cameras deliver them → I420 pictures.

mod scale;

pub use scale::{Scaler, Window, fit_within};

use crate::picture::{Picture, PlaneLayout};
use std::time::Instant;
use yuv::{
    BufferStoreMut, YuvConversionMode, YuvPackedImage, YuvPlanarImage, YuvPlanarImageMut, YuvRange,
    YuvStandardMatrix,
};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// How the bytes of a raw picture are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PixelFormat {
    /// Y plane, then U, then V, each halved both ways.
    I420,
    /// Y plane, then V, then U.
    Yv12,
    /// Y plane, then U and V by turns.
    Nv12,
    /// Y plane, then V and U by turns.
    Nv21,
    /// Y U Y V (also called YUY2).
    Yuyv,
    Uyvy,
    Rgb,
    Bgr,
    Rgba,
    Bgra,
    /// Luma only.
    Gray,
    /// One JPEG file.
    Mjpeg,
}

/// A picture as a camera delivers it.
#[derive(Clone, Copy, Debug)]
pub struct RawPicture<'a> {
    pub format: PixelFormat,
    /// Pixels. For `Mjpeg` what the file says counts.
    pub width: u32,
    pub height: u32,
    /// Bytes from one row to the next of the first plane; 0 means without padding.
    pub stride: u32,
    pub data: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    #[error("the picture has no size, or one that no camera has")]
    BadSize,
    #[error("the picture has fewer bytes than its size needs")]
    TooShort,
    #[error("the JPEG picture cannot be read")]
    BadJpeg,
    #[error("the conversion failed")]
    Failed,
}

/// Larger than any camera picture that we want to handle.
const MAX_SIDE: u32 = 8192;

/// Converts to limited-range BT.601 I420. An odd last row or column is cut off.
pub fn to_i420(raw: RawPicture<'_>, captured: Instant) -> Result<Picture, ConvertError> {
    if raw.format == PixelFormat::Mjpeg {
        return jpeg_to_i420(raw.data, captured);
    }
    let (width, height) = even_size(raw.width, raw.height)?;
    let mut out = vec![0; PlaneLayout::new(width, height).len()];
    match raw.format {
        PixelFormat::I420 | PixelFormat::Yv12 | PixelFormat::Nv12 | PixelFormat::Nv21 | PixelFormat::Gray => {
            copy_planes(raw, width, height, &mut out)?;
        }
        _ => convert_packed(raw, width, height, &mut out)?,
    }
    Picture::new(width, height, out, captured).ok_or(ConvertError::BadSize)
}

/// Red, green and blue of every pixel, row by row.
///
/// # Errors
/// `Failed`: the library refuses.
pub fn to_rgb(picture: &Picture) -> Result<Vec<u8>, ConvertError> {
    let (width, height) = (picture.width(), picture.height());
    let layout = picture.layout();
    let (luma, chroma) = picture.bytes().split_at(layout.luma_len());
    let (u, v) = chroma.split_at(layout.chroma_len());
    let planes = YuvPlanarImage {
        y_plane: luma,
        y_stride: width,
        u_plane: u,
        u_stride: width / 2,
        v_plane: v,
        v_stride: width / 2,
        width,
        height,
    };
    let mut rgb = vec![0; width as usize * height as usize * 3];
    yuv::yuv420_to_rgb(&planes, &mut rgb, width * 3, YuvRange::Limited, YuvStandardMatrix::Bt601)
        .map_err(|_| ConvertError::Failed)?;
    Ok(rgb)
}

fn even_size(width: u32, height: u32) -> Result<(u32, u32), ConvertError> {
    let (w, h) = (width & !1, height & !1);
    if w == 0 || h == 0 || w > MAX_SIDE || h > MAX_SIDE {
        return Err(ConvertError::BadSize);
    }
    Ok((w, h))
}

/// The planar formats need no arithmetic, only copying.
fn copy_planes(raw: RawPicture<'_>, width: u32, height: u32, out: &mut [u8]) -> Result<(), ConvertError> {
    let (w, h) = (width as usize, height as usize);
    let stride = if raw.stride == 0 { raw.width } else { raw.stride } as usize;
    let full_height = raw.height as usize;
    let chroma_rows = full_height.div_ceil(2);
    let layout = PlaneLayout::new(width, height);
    let (luma, chroma) = out.split_at_mut(layout.luma_len());
    copy_rows(raw.data, stride, luma, w, h)?;
    if raw.format == PixelFormat::Gray {
        chroma.fill(128);
        return Ok(());
    }
    let (u, v) = chroma.split_at_mut(layout.chroma_len());
    let rest = raw.data.get(stride * full_height..).ok_or(ConvertError::TooShort)?;
    if matches!(raw.format, PixelFormat::I420 | PixelFormat::Yv12) {
        let chroma_stride = stride.div_ceil(2);
        let second = rest.get(chroma_stride * chroma_rows..).ok_or(ConvertError::TooShort)?;
        let (source_u, source_v) =
            if raw.format == PixelFormat::I420 { (rest, second) } else { (second, rest) };
        copy_rows(source_u, chroma_stride, u, w / 2, h / 2)?;
        return copy_rows(source_v, chroma_stride, v, w / 2, h / 2);
    }
    let pair_stride = stride.next_multiple_of(2);
    let (first, second) = if raw.format == PixelFormat::Nv12 { (u, v) } else { (v, u) };
    let rows = first.chunks_exact_mut(w / 2).zip(second.chunks_exact_mut(w / 2));
    for (row, (first, second)) in rows.enumerate() {
        let start = row * pair_stride;
        let pairs = rest.get(start..start + w).ok_or(ConvertError::TooShort)?;
        for ((pair, a), b) in pairs.chunks_exact(2).zip(first).zip(second) {
            if let [x, y] = pair {
                (*a, *b) = (*x, *y);
            }
        }
    }
    Ok(())
}

fn copy_rows(
    source: &[u8],
    stride: usize,
    target: &mut [u8],
    width: usize,
    rows: usize,
) -> Result<(), ConvertError> {
    for (row, target) in target.chunks_exact_mut(width).take(rows).enumerate() {
        let start = row * stride;
        target.copy_from_slice(source.get(start..start + width).ok_or(ConvertError::TooShort)?);
    }
    Ok(())
}

fn planar_view(out: &mut [u8], width: u32, height: u32) -> YuvPlanarImageMut<'_, u8> {
    let layout = PlaneLayout::new(width, height);
    let (luma, chroma) = out.split_at_mut(layout.luma_len());
    let (u, v) = chroma.split_at_mut(layout.chroma_len());
    YuvPlanarImageMut {
        y_plane: BufferStoreMut::Borrowed(luma),
        y_stride: width,
        u_plane: BufferStoreMut::Borrowed(u),
        u_stride: width / 2,
        v_plane: BufferStoreMut::Borrowed(v),
        v_stride: width / 2,
        width,
        height,
    }
}

fn convert_packed(raw: RawPicture<'_>, width: u32, height: u32, out: &mut [u8]) -> Result<(), ConvertError> {
    let pixel = match raw.format {
        PixelFormat::Yuyv | PixelFormat::Uyvy => 2,
        PixelFormat::Rgb | PixelFormat::Bgr => 3,
        _ => 4,
    };
    // Two pixels share one chroma pair in the 4:2:2 formats, so their rows hold an even number of pixels.
    let row_pixels = if pixel == 2 { raw.width.next_multiple_of(2) } else { raw.width };
    let stride = if raw.stride == 0 { row_pixels * pixel } else { raw.stride };
    let needed = stride as usize * (height as usize - 1) + (width * pixel) as usize;
    if stride < width * pixel || raw.data.len() < needed {
        return Err(ConvertError::TooShort);
    }
    let mut image = planar_view(out, width, height);
    let (range, matrix, mode) = (YuvRange::Limited, YuvStandardMatrix::Bt601, YuvConversionMode::Balanced);
    // The crate wants the last row's padding too; cameras may leave it out.
    let whole = stride as usize * height as usize;
    let padded;
    let data = if raw.data.len() < whole {
        let mut copy = raw.data.to_vec();
        copy.resize(whole, 0);
        padded = copy;
        &padded[..]
    } else {
        &raw.data[..whole]
    };
    let packed = || YuvPackedImage { yuy: data, yuy_stride: stride, width, height };
    match raw.format {
        PixelFormat::Yuyv => yuv::yuyv422_to_yuv420(&mut image, &packed()),
        PixelFormat::Uyvy => yuv::uyvy422_to_yuv420(&mut image, &packed()),
        PixelFormat::Rgb => yuv::rgb_to_yuv420(&mut image, data, stride, range, matrix, mode),
        PixelFormat::Bgr => yuv::bgr_to_yuv420(&mut image, data, stride, range, matrix, mode),
        PixelFormat::Rgba => yuv::rgba_to_yuv420(&mut image, data, stride, range, matrix, mode),
        _ => yuv::bgra_to_yuv420(&mut image, data, stride, range, matrix, mode),
    }
    .map_err(|_| ConvertError::Failed)
}

fn jpeg_to_i420(data: &[u8], captured: Instant) -> Result<Picture, ConvertError> {
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(data, options);
    let pixels = decoder.decode().map_err(|_| ConvertError::BadJpeg)?;
    let info = decoder.info().ok_or(ConvertError::BadJpeg)?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    to_i420(RawPicture { format: PixelFormat::Rgb, width, height, stride: 0, data: &pixels }, captured)
}

/// Converts to packed RGBA (8 bit, alpha 255), as screens want it. `out` must hold width × height × 4 bytes.
pub fn to_rgba(picture: &Picture, out: &mut [u8]) -> Result<(), ConvertError> {
    let (width, height) = (picture.width(), picture.height());
    if out.len() != width as usize * height as usize * 4 {
        return Err(ConvertError::TooShort);
    }
    let (y, u, v) = picture.planes();
    let image = yuv::YuvPlanarImage {
        y_plane: y,
        y_stride: width,
        u_plane: u,
        u_stride: width / 2,
        v_plane: v,
        v_stride: width / 2,
        width,
        height,
    };
    yuv::yuv420_to_rgba(&image, out, width * 4, YuvRange::Limited, YuvStandardMatrix::Bt601)
        .map_err(|_| ConvertError::Failed)
}

#[cfg(test)]
mod tests;
