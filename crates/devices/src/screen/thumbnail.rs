//! What a screen looks like, in small.

use ahoy_model::Thumbnail;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The longer side, pixels.
const LONGEST: usize = 176;

/// Of pixels with four bytes (blue, green, red, nothing). `None`: there is nothing to see.
pub fn shrink(pixels: &[u8], width: usize, height: usize) -> Option<Thumbnail> {
    let longest = width.max(height);
    if width == 0 || height == 0 || pixels.len() < width * height * 4 {
        return None;
    }
    let small = |side: usize| (side * LONGEST / longest).clamp(1, side);
    let (small_width, small_height) =
        if longest <= LONGEST { (width, height) } else { (small(width), small(height)) };
    let mut rgb = Vec::with_capacity(small_width * small_height * 3);
    for row in 0..small_height {
        let rows = row * height / small_height..((row + 1) * height / small_height).max(1);
        for column in 0..small_width {
            let columns = column * width / small_width..((column + 1) * width / small_width).max(1);
            let mut sum = [0u32; 4];
            for y in rows.clone() {
                let line = pixels.get((y * width + columns.start) * 4..(y * width + columns.end) * 4)?;
                for pixel in line.as_chunks::<4>().0 {
                    let [blue, green, red, _] = pixel.map(u32::from);
                    sum = [sum[0] + red, sum[1] + green, sum[2] + blue, sum[3] + 1];
                }
            }
            let [red, green, blue, count] = sum;
            rgb.extend([red, green, blue].map(|colour| (colour / count.max(1)) as u8));
        }
    }
    Some(Thumbnail { width: small_width as u32, height: small_height as u32, rgb: STANDARD.encode(rgb) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_of_it_is_kept_in_small() {
        // The left half red, the right half blue.
        let (width, height) = (1000, 500);
        let pixels: Vec<u8> = (0..width * height)
            .flat_map(|i| if i % width < width / 2 { [0, 0, 255, 0] } else { [255, 0, 0, 0] })
            .collect();
        let small = shrink(&pixels, width, height).unwrap();
        assert_eq!((small.width, small.height), (176, 88));
        let rgb = STANDARD.decode(&small.rgb).unwrap();
        assert_eq!(rgb.len(), 176 * 88 * 3);
        assert_eq!((&rgb[..3], &rgb[175 * 3..176 * 3]), (&[255, 0, 0][..], &[0, 0, 255][..]));
        assert_eq!(shrink(&pixels[..8], 2, 1).map(|small| (small.width, small.height)), Some((2, 1)));
        assert!(shrink(&pixels[..7], 2, 1).is_none() && shrink(&[], 0, 5).is_none());
        assert!(shrink(&pixels[..4000], 1000, 1).is_some() && shrink(&pixels[..4000], 1, 1000).is_some());
    }
}
