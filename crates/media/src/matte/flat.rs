//! Reads what a model's file says: as much of FlatBuffers and of TensorFlow Lite's schema as one small network needs.
//! Nothing in the file is trusted to be where it says.

/// A table of the file: where it lies, and where its fields lie in it.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    file: &'a [u8],
    at: usize,
}

fn number<const N: usize>(file: &[u8], at: usize) -> Option<[u8; N]> {
    file.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn offset(file: &[u8], at: usize) -> Option<usize> {
    Some(at + u32::from_le_bytes(number(file, at)?) as usize)
}

impl<'a> Table<'a> {
    pub fn root(file: &'a [u8]) -> Option<Self> {
        (file.get(4..8)? == b"TFL3").then_some(())?;
        Some(Self { file, at: offset(file, 0)? })
    }

    /// Where the field lies; `None` where it is left out.
    fn field(self, index: usize) -> Option<usize> {
        let back = i32::from_le_bytes(number(self.file, self.at)?);
        let fields = usize::try_from(self.at as i64 - i64::from(back)).ok()?;
        let length = u16::from_le_bytes(number(self.file, fields)?) as usize;
        let slot = 4 + 2 * index;
        if slot + 2 > length {
            return None;
        }
        let offset = u16::from_le_bytes(number(self.file, fields + slot)?) as usize;
        (offset != 0).then_some(self.at + offset)
    }

    pub fn byte(self, index: usize) -> u8 {
        self.field(index).and_then(|at| self.file.get(at)).copied().unwrap_or_default()
    }

    pub fn int(self, index: usize) -> Option<i32> {
        Some(i32::from_le_bytes(number(self.file, self.field(index)?)?))
    }

    pub fn table(self, index: usize) -> Option<Self> {
        Some(Self { file: self.file, at: offset(self.file, self.field(index)?)? })
    }

    /// Where a list begins, and how long it is.
    fn list(self, index: usize) -> Option<(usize, usize)> {
        let at = offset(self.file, self.field(index)?)?;
        Some((at + 4, u32::from_le_bytes(number(self.file, at)?) as usize))
    }

    pub fn bytes(self, index: usize) -> Option<&'a [u8]> {
        let (at, length) = self.list(index)?;
        self.file.get(at..at.checked_add(length)?)
    }

    pub fn ints(self, index: usize) -> Option<Vec<i32>> {
        let (at, length) = self.list(index)?;
        let bytes = self.file.get(at..at.checked_add(length.checked_mul(4)?)?)?;
        let ints = bytes.chunks_exact(4).map(|four| i32::from_le_bytes([four[0], four[1], four[2], four[3]]));
        Some(ints.collect())
    }

    pub fn tables(self, index: usize) -> Option<Vec<Self>> {
        let (at, length) = self.list(index)?;
        self.file.get(at..at.checked_add(length.checked_mul(4)?)?)?;
        (0..length).map(|i| Some(Self { file: self.file, at: offset(self.file, at + 4 * i)? })).collect()
    }
}

/// What one IEEE 754 half stands for.
pub fn half(bits: u16) -> f32 {
    let (sign, exponent, fraction) = (u32::from(bits >> 15) << 31, (bits >> 10) & 31, u32::from(bits & 1023));
    match exponent {
        0 => f32::from_bits(sign | 0x3f80_0000) * fraction as f32 / 16_777_216.0,
        31 => f32::from_bits(sign | 0x7f80_0000 | fraction << 13),
        _ => f32::from_bits(sign | (u32::from(exponent) + 112) << 23 | fraction << 13),
    }
}
