//! As much of the H.264 syntax as is needed to know what comes before it is decoded.

/// NAL unit types (ITU-T H.264 table 7-1).
const IDR: u8 = 5;
const SPS: u8 = 7;

/// The NAL units of an Annex B stream, without start codes.
pub fn units(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        loop {
            let start = rest.windows(3).position(|w| w == [0, 0, 1])? + 3;
            let body = rest.get(start..)?;
            let end = body.windows(3).position(|w| w == [0, 0, 1] || w == [0, 0, 0]).unwrap_or(body.len());
            let (unit, after) = body.split_at(end);
            rest = after;
            if !unit.is_empty() {
                return Some(unit);
            }
        }
    })
}

/// Whether the access unit can be decoded without what came before.
pub fn is_key_frame(access_unit: &[u8]) -> bool {
    units(access_unit).any(|unit| unit.first().is_some_and(|b| b & 0x1f == IDR))
}

/// The size that the access unit's sequence parameter set announces (before cropping), if it has one that can be read.
pub fn picture_size(access_unit: &[u8]) -> Option<(u32, u32)> {
    units(access_unit)
        .filter(|unit| unit.first().is_some_and(|b| b & 0x1f == SPS))
        .filter_map(sps_size)
        .last()
}

/// The same for stored films, whose profile may be one that no call negotiates (main, high).
pub(super) fn film_size(access_unit: &[u8]) -> Option<(u32, u32)> {
    let sets = units(access_unit).filter(|unit| unit.first().is_some_and(|b| b & 0x1f == SPS));
    sets.filter_map(|unit| read_sps(unit, true)).last()
}

pub(super) fn has_sps(access_unit: &[u8]) -> bool {
    units(access_unit).any(|unit| unit.first().is_some_and(|b| b & 0x1f == SPS))
}

fn sps_size(unit: &[u8]) -> Option<(u32, u32)> {
    read_sps(unit, false)
}

/// Reads pic_width_in_mbs and pic_height_in_map_units (7.3.2.1.1). `high`: in the high profiles, too.
fn read_sps(unit: &[u8], high: bool) -> Option<(u32, u32)> {
    let mut bits = Bits::new(unit.get(1..)?);
    let profile = bits.take(8)?;
    bits.take(16)?; // constraint flags, level
    bits.golomb()?; // id
    if matches!(profile, 44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244) {
        if !high {
            return None; // Never negotiated.
        }
        skip_high_fields(&mut bits)?;
    }
    bits.golomb()?; // log2_max_frame_num_minus4
    match bits.golomb()? {
        0 => {
            bits.golomb()?;
        }
        1 => {
            bits.take(1)?;
            bits.golomb()?;
            bits.golomb()?;
            let cycle = bits.golomb()?;
            for _ in 0..cycle.min(255) {
                bits.golomb()?;
            }
        }
        _ => {}
    }
    bits.golomb()?; // max_num_ref_frames
    bits.take(1)?;
    let width = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let height = bits.golomb()?.checked_add(1)?.checked_mul(16)?;
    let frames_only = bits.take(1)? == 1;
    Some((width, if frames_only { height } else { height.checked_mul(2)? }))
}

/// What the high profiles say before the size: colour format, depth and scaling lists. Only 8 bits of 4:2:0 are known here.
fn skip_high_fields(bits: &mut Bits<'_>) -> Option<()> {
    let (chroma, luma_depth, chroma_depth) = (bits.golomb()?, bits.golomb()?, bits.golomb()?);
    if (chroma, luma_depth, chroma_depth) != (1, 0, 0) {
        return None;
    }
    bits.take(1)?;
    if bits.take(1)? == 0 {
        return Some(());
    }
    for list in 0..8 {
        if bits.take(1)? == 0 {
            continue;
        }
        let (mut last, mut next) = (8_i64, 8_i64);
        for _ in 0..if list < 6 { 16 } else { 64 } {
            if next != 0 {
                let code = i64::from(bits.golomb()?);
                // Signed Exp-Golomb (9.1.1).
                let delta = if code % 2 == 1 { (code + 1) / 2 } else { -(code / 2) };
                next = (last + delta).rem_euclid(256);
            }
            last = if next == 0 { last } else { next };
        }
    }
    Some(())
}

/// Reads bits, leaving out emulation prevention bytes (7.4.1.1).
struct Bits<'a> {
    data: &'a [u8],
    byte: usize,
    bit: u8,
    zeros: u8,
}

impl<'a> Bits<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self { data, byte: 0, bit: 0, zeros: 0 }
    }

    fn one(&mut self) -> Option<u32> {
        if self.bit == 0 && self.zeros >= 2 && self.data.get(self.byte) == Some(&3) {
            self.byte += 1;
            self.zeros = 0;
        }
        let byte = *self.data.get(self.byte)?;
        let value = (byte >> (7 - self.bit)) & 1;
        self.bit += 1;
        if self.bit == 8 {
            self.bit = 0;
            self.byte += 1;
            self.zeros = if byte == 0 { self.zeros.saturating_add(1) } else { 0 };
        }
        Some(u32::from(value))
    }

    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | self.one()?;
        }
        Some(value)
    }

    fn golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while self.one()? == 0 {
            zeros += 1;
            if zeros > 31 {
                return None;
            }
        }
        Some((1u32 << zeros) - 1 + self.take(zeros)?)
    }
}
