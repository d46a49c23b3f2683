//! A number plate in the picture: which picture this is, when it was taken and who sent it, readable from pixels after
//! H.264 at 300 kbit/s and after scaling. Tests and benchmarks measure frame rate, order and delay with it.
//!
//! # Geometry (also for readers of RGBA pixels)
//!
//! The strip is the top ninth of the picture, full width, cut into 26 columns × 4 rows of equal cells; sizes are fractions
//! of the picture, so scaling changes nothing. Cell (column c, row r) of a W × H picture covers
//! `x` from `W·c/26` to `W·(c+1)/26` and `y` from `H·r/36` to `H·(r+1)/36`.
//!
//! To read a cell take the mean brightness over its middle half: `x` from `floor(W·(c+0.25)/26)` to
//! `ceil(W·(c+0.75)/26)` and `y` from `floor(H·(r+0.25)/36)` to `ceil(H·(r+0.75)/36)`, ends not included. From RGBA,
//! brightness may be the green byte alone: cells are grey.
//!
//! Column 0 is white and column 25 black in all four rows. The threshold is half way between the mean of the four white
//! and the mean of the four black cells; when they differ by less than 40 (of 255) there is no code. Columns 1 to 24 hold
//! the 96 bits, row by row from the left, most significant bit first, white = 1:
//!
//! | bits | what |
//! |---|---|
//! | 0-31 | frame number, counts up by one a picture, wraps |
//! | 32-63 | capture time: ms since 1970-01-01 UTC, modulo 2³² |
//! | 64-79 | sender number |
//! | 80-95 | CRC-16 of the ten bytes before (polynomial 0x1021, start 0xFFFF, no reflection, no final XOR: CRC-16/CCITT-FALSE; of "123456789" it is 0x29B1) |

use crate::picture::Picture;
use std::time::{SystemTime, UNIX_EPOCH};

const COLUMNS: usize = 26;
const ROWS: usize = 4;
/// The strip's rows are this part of the height each.
const ROWS_IN_PICTURE: usize = 36;
const WHITE: u8 = 225;
const BLACK: u8 = 25;
const MIN_CONTRAST: u32 = 40;

/// What the plate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Code {
    pub frame: u32,
    /// ms since 1970 UTC, modulo 2³².
    pub time: u32,
    pub sender: u16,
}

impl Code {
    /// `time` as this machine's clock has it now.
    pub fn now() -> u32 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u32)
    }

    /// ms from the capture until `now` (from [`Code::now`]), negative if it lies ahead.
    pub fn age(&self, now: u32) -> i32 {
        now.wrapping_sub(self.time) as i32
    }

    fn bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.frame.to_be_bytes());
        bytes[4..8].copy_from_slice(&self.time.to_be_bytes());
        bytes[8..10].copy_from_slice(&self.sender.to_be_bytes());
        let crc = crc16(&bytes[..10]);
        bytes[10..].copy_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn from_bytes(bytes: [u8; 12]) -> Option<Self> {
        let [f0, f1, f2, f3, t0, t1, t2, t3, s0, s1, c0, c1] = bytes;
        (crc16(&bytes[..10]) == u16::from_be_bytes([c0, c1])).then(|| Self {
            frame: u32::from_be_bytes([f0, f1, f2, f3]),
            time: u32::from_be_bytes([t0, t1, t2, t3]),
            sender: u16::from_be_bytes([s0, s1]),
        })
    }
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xffff, |crc, byte| {
        (0..8).fold(
            crc ^ u16::from(*byte) << 8,
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { crc << 1 ^ 0x1021 }
            },
        )
    })
}

/// Paints the plate into the top ninth of an I420 picture's luma plane (`width` × `height`, no padding). Chroma there
/// should be 128. Does nothing when the plane is too small to hold it.
pub fn stamp(luma: &mut [u8], width: usize, height: usize, code: Code) {
    if luma.len() < width * height {
        return;
    }
    let bytes = code.bytes();
    for row in 0..ROWS {
        let (top, bottom) = (height * row / ROWS_IN_PICTURE, height * (row + 1) / ROWS_IN_PICTURE);
        for line in luma.chunks_exact_mut(width).take(bottom).skip(top) {
            for column in 0..COLUMNS {
                let white = match column {
                    0 => true,
                    25 => false,
                    _ => {
                        let bit = row * 24 + column - 1;
                        bytes.get(bit / 8).is_some_and(|byte| byte >> (7 - bit % 8) & 1 == 1)
                    }
                };
                let cell = width * column / COLUMNS..width * (column + 1) / COLUMNS;
                if let Some(cell) = line.get_mut(cell) {
                    cell.fill(if white { WHITE } else { BLACK });
                }
            }
        }
    }
}

/// Reads the plate. `None`: there is none, or its CRC does not fit.
pub fn read(picture: &Picture) -> Option<Code> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    read_luma(picture.planes().0, width, height)
}

/// Like [`read`], from a luma plane without padding.
pub fn read_luma(luma: &[u8], width: usize, height: usize) -> Option<Code> {
    let mean = |column: usize, row: usize| -> Option<u32> {
        // In quarters of a cell, to stay with whole numbers.
        let (left, right) =
            (width * (4 * column + 1) / (4 * COLUMNS), (width * (4 * column + 3)).div_ceil(4 * COLUMNS));
        let (top, bottom) = (
            height * (4 * row + 1) / (4 * ROWS_IN_PICTURE),
            (height * (4 * row + 3)).div_ceil(4 * ROWS_IN_PICTURE),
        );
        let mut sum = 0u32;
        for y in top..bottom {
            sum += luma.get(y * width + left..y * width + right)?.iter().map(|x| u32::from(*x)).sum::<u32>();
        }
        Some(sum * 16 / ((right - left) * (bottom - top)).max(1) as u32)
    };
    let (mut white, mut black) = (0, 0);
    for row in 0..ROWS {
        white += mean(0, row)?;
        black += mean(COLUMNS - 1, row)?;
    }
    if white < black + MIN_CONTRAST * 16 * ROWS as u32 {
        return None;
    }
    let threshold = (white + black) / (2 * ROWS as u32);
    let mut bytes = [0u8; 12];
    for bit in 0..96 {
        if mean(1 + bit % 24, bit / 24)? > threshold
            && let Some(byte) = bytes.get_mut(bit / 8)
        {
            *byte |= 1 << (7 - bit % 8);
        }
    }
    Code::from_bytes(bytes)
}

#[cfg(test)]
#[path = "picture_code_tests.rs"]
mod tests;
