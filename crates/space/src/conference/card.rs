//! What stands for a member without a picture: a coloured ground with the initials.

use super::layout::Area;
use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use ahoy_media::Picture;
use std::sync::OnceLock;
use std::time::Instant;

/// Grounds as Y, U, V (BT.601, limited range): muted, all dark enough for white letters.
const GROUNDS: [[u8; 3]; 8] = [
    [84, 150, 116],
    [92, 118, 104],
    [86, 120, 150],
    [78, 146, 138],
    [96, 108, 146],
    [88, 138, 106],
    [80, 128, 128],
    [90, 142, 150],
];
const INK: u8 = 225;
/// Of the shorter side.
const DISC: f32 = 0.56;
const LETTERS: f32 = 0.27;

/// The first letters of the first and the last word, in capitals; a sign when there is none.
pub fn initials(name: &str) -> String {
    let words: Vec<&str> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let letter = |word: &&str| word.chars().next().map(|first| first.to_uppercase().to_string());
    let first = words.first().and_then(letter);
    let last = if words.len() > 1 { words.last().and_then(letter) } else { None };
    match (first, last) {
        (Some(first), last) => first + &last.unwrap_or_default(),
        (None, _) => "?".to_owned(),
    }
}

/// A number that stays the same for a name.
fn colour(name: &str) -> [u8; 3] {
    let sum = name.bytes().fold(5_381_u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    GROUNDS.get(sum as usize % GROUNDS.len()).copied().unwrap_or([80, 128, 128])
}

fn font() -> Option<&'static FontRef<'static>> {
    static FONT: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    FONT.get_or_init(|| FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).ok()).as_ref()
}

/// The card of somebody called `name` in the size of `area`.
pub fn draw(name: &str, area: Area, now: Instant) -> Option<Picture> {
    let (width, height) = (area.width as usize, area.height as usize);
    let [y, u, v] = colour(name);
    let mut luma = vec![y / 2; width * height];
    let mut chroma = vec![blend(128, u, 0.5); width * height / 4];
    chroma.extend(vec![blend(128, v, 0.5); width * height / 4]);
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    let radius = width.min(height) as f32 * DISC / 2.0;
    disc(&mut luma, width, (cx, cy), radius, y);
    let (first, second) = chroma.split_at_mut(width * height / 4);
    disc(first, width / 2, (cx / 2.0, cy / 2.0), radius / 2.0, u);
    disc(second, width / 2, (cx / 2.0, cy / 2.0), radius / 2.0, v);
    letters(&mut luma, width, &initials(name), (cx, cy), width.min(height) as f32 * LETTERS);
    luma.extend(chroma);
    Picture::new(area.width, area.height, luma, now)
}

fn blend(under: u8, over: u8, part: f32) -> u8 {
    (f32::from(under) + (f32::from(over) - f32::from(under)) * part.clamp(0.0, 1.0)).round() as u8
}

/// A filled circle with a soft edge.
fn disc(plane: &mut [u8], width: usize, centre: (f32, f32), radius: f32, value: u8) {
    for (y, line) in plane.chunks_exact_mut(width.max(1)).enumerate() {
        let dy = y as f32 + 0.5 - centre.1;
        if dy.abs() > radius + 1.0 {
            continue;
        }
        for (x, pixel) in line.iter_mut().enumerate() {
            let dx = x as f32 + 0.5 - centre.0;
            let inside = radius - dx.hypot(dy) + 0.5;
            if inside > 0.0 {
                *pixel = blend(*pixel, value, inside);
            }
        }
    }
}

fn letters(luma: &mut [u8], width: usize, text: &str, centre: (f32, f32), size: f32) {
    let Some(font) = font() else { return };
    let scaled = font.as_scaled(PxScale::from(size * 1.4));
    let length: f32 = text.chars().map(|c| scaled.h_advance(scaled.glyph_id(c))).sum();
    let capital = scaled.ascent() * 0.74;
    let mut x = centre.0 - length / 2.0;
    for letter in text.chars() {
        let id = scaled.glyph_id(letter);
        let advance = scaled.h_advance(id);
        let glyph = id.with_scale_and_position(scaled.scale(), point(x, centre.1 + capital / 2.0));
        x += advance;
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let bounds = outline.px_bounds();
        outline.draw(|gx, gy, cover| {
            let (px, py) = (bounds.min.x as i64 + i64::from(gx), bounds.min.y as i64 + i64::from(gy));
            let (Ok(px), Ok(py)) = (usize::try_from(px), usize::try_from(py)) else { return };
            if px < width
                && let Some(pixel) = luma.get_mut(py * width + px)
            {
                *pixel = blend(*pixel, INK, cover);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_last_name() {
        for (name, wanted) in [
            ("Ada Lovelace", "AL"),
            ("zoë", "Z"),
            ("Jean-Luc de la Tour", "JT"),
            ("", "?"),
            ("+1555", "1"),
            ("Ωmega Ж", "ΩЖ"),
            ("ßen", "SS"),
        ] {
            assert_eq!(initials(name), wanted, "{name}");
        }
    }

    #[test]
    fn a_card_has_a_disc_and_letters_in_every_size() {
        for (width, height) in [(2, 2), (64, 36), (320, 180), (360, 640), (1280, 720)] {
            let card = draw("Ada Lovelace", Area { x: 0, y: 0, width, height }, Instant::now()).unwrap();
            assert_eq!((card.width(), card.height()), (width, height));
            if width >= 64 {
                let bright = card.planes().0.iter().filter(|luma| **luma > 180).count();
                let part = bright as f64 / f64::from(width * height);
                assert!((0.002..0.2).contains(&part), "{width}x{height}: {part}");
            }
        }
        assert_ne!(colour("Alice"), colour("Bob"));
    }
}
