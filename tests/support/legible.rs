//! Whether letters that were sent can be read where they arrive.

/// Luma between paper and ink, and how far from it a pixel is clearly one of them.
const MIDDLE: u8 = 126;
const CLEAR: u8 = 50;

/// Share of the pixels near letters (inked ones and their neighbours) that are on the wrong side of black and white. Only
/// those count that are clearly one or the other in the original. `original` and `seen` begin with luma.
pub fn legible(original: &[u8], seen: &[u8], width: usize, height: usize) -> f64 {
    let inked = |at: usize| original.get(at).is_some_and(|luma| *luma < MIDDLE - CLEAR);
    let (mut near, mut wrong) = (0usize, 0usize);
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let at = y * width + x;
            let letter = [at, at - 1, at + 1, at - width, at + width].into_iter().any(inked);
            let (Some(was), Some(is)) = (original.get(at), seen.get(at)) else { continue };
            if letter && was.abs_diff(MIDDLE) >= CLEAR {
                near += 1;
                wrong += usize::from((*was < MIDDLE) != (*is < MIDDLE));
            }
        }
    }
    if near == 0 { 1.0 } else { wrong as f64 / near as f64 }
}

/// Luma (16 to 235) of pixels with red, green and blue.
pub fn luma_of(rgb: &[u8], width: usize, height: usize) -> Vec<u8> {
    let luma = |[r, g, b]: &[u8; 3]| {
        16 + ((66 * u32::from(*r) + 129 * u32::from(*g) + 25 * u32::from(*b) + 128) >> 8) as u8
    };
    rgb.as_chunks::<3>().0.iter().take(width * height).map(luma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_legible_and_what_is_blurred_or_gone_is_not() {
        let (width, height) = (64, 64);
        // Strokes one pixel wide.
        let page: Vec<u8> = (0..width * height).map(|i| if i % 4 == 0 { 16 } else { 235 }).collect();
        assert_eq!(legible(&page, &page, width, height), 0.0);
        let noisy: Vec<u8> =
            page.iter().enumerate().map(|(i, luma)| luma.saturating_add((i % 30) as u8)).collect();
        assert_eq!(legible(&page, &noisy, width, height), 0.0);
        let blurred: Vec<u8> = (0..page.len())
            .map(|i| (0..4).map(|d| u32::from(page[(i + d) % page.len()])).sum::<u32>() as f32 / 4.0)
            .map(|luma| luma as u8)
            .collect();
        assert!(legible(&page, &blurred, width, height) > 0.25);
        assert!(legible(&page, &vec![235; width * height], width, height) > 0.25);
        assert_eq!(
            legible(&vec![235; width * height], &page, width, height),
            1.0,
            "no letters, nothing to read"
        );
        assert_eq!(luma_of(&[0, 0, 0, 255, 255, 255], 2, 1), [16, 235]);
    }
}
