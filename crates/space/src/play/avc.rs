//! H.264 as MP4 stores it (ISO 14496-15): lengths instead of start codes, parameter sets beside the pictures.

use bytes::{BufMut, Bytes, BytesMut};

const START: [u8; 4] = [0, 0, 0, 1];
/// NAL unit type of a picture that begins anew.
const IDR: u8 = 5;

/// A decoder configuration record (`avcC`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvcConfig {
    pub profile: u8,
    /// Constraint flags, `constraint_set0` in the top bit.
    pub constraints: u8,
    /// Ten times the level.
    pub level: u8,
    /// Bytes of each length field.
    length: usize,
    /// Annex B.
    parameter_sets: Bytes,
}

impl AvcConfig {
    /// `None`: this is no such record.
    pub fn read(record: &[u8]) -> Option<Self> {
        let [1, profile, constraints, level, length, sequence, rest @ ..] = record else { return None };
        let mut sets = BytesMut::new();
        let rest = read_sets(rest, sequence & 0x1f, &mut sets)?;
        let (count, rest) = rest.split_first()?;
        read_sets(rest, *count, &mut sets)?;
        Some(Self {
            profile: *profile,
            constraints: *constraints,
            level: *level,
            length: usize::from(length & 3) + 1,
            parameter_sets: sets.freeze(),
        })
    }

    /// Whether a decoder that was promised constrained baseline, level 3.1 (`42e01f`), can play it as it is.
    pub fn is_constrained_baseline(&self) -> bool {
        self.profile == 66 && self.constraints & 0x40 != 0 && self.level <= 31
    }

    /// One stored picture as Annex B, and whether it begins anew; then its parameter sets come first. `None`: it is damaged.
    pub fn annex_b(&self, sample: &[u8]) -> Option<(Bytes, bool)> {
        let mut units = BytesMut::with_capacity(sample.len() + 16);
        let mut key = false;
        let mut rest = sample;
        while !rest.is_empty() {
            let (length, after) = rest.split_at_checked(self.length)?;
            let length = length.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte));
            let (unit, after) = after.split_at_checked(length)?;
            if let Some(first) = unit.first() {
                key |= first & 0x1f == IDR;
                units.put_slice(&START);
                units.put_slice(unit);
            }
            rest = after;
        }
        if !key {
            return Some((units.freeze(), false));
        }
        let mut whole = BytesMut::with_capacity(self.parameter_sets.len() + units.len());
        whole.put_slice(&self.parameter_sets);
        whole.put_slice(&units);
        Some((whole.freeze(), true))
    }
}

fn read_sets<'a>(mut rest: &'a [u8], count: u8, out: &mut BytesMut) -> Option<&'a [u8]> {
    for _ in 0..count {
        let ([high, low], after) = rest.split_first_chunk()?;
        let (set, after) = after.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        out.put_slice(&START);
        out.put_slice(set);
        rest = after;
    }
    Some(rest)
}
