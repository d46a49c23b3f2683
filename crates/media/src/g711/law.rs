//! The two curves (ITU-T G.711 tables 1 and 2), computed: segments that double in width.

/// Added before µ-law's segments are looked for, on the 14-bit scale times 4.
const BIAS: i32 = 0x84;
/// The largest magnitude that µ-law tells apart.
const CLIP: i32 = 32_635;

/// Which curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// PCMU, RTP payload type 0.
    Mu,
    /// PCMA, RTP payload type 8.
    A,
}

impl Law {
    /// 16-bit linear → 8 bits.
    pub fn compress(self, sample: i16) -> u8 {
        match self {
            Self::Mu => {
                let (sign, magnitude) = split(i32::from(sample));
                let biased = magnitude.min(CLIP) + BIAS;
                // The segment is where the highest bit stands: bit 7 is segment 0.
                let segment = (biased.ilog2() - 7) as u8;
                let step = ((biased >> (segment + 3)) & 0x0f) as u8;
                !(sign | segment << 4 | step)
            }
            Self::A => {
                // Negative values mirror around -1/2, so that both signs have the same steps.
                let value = i32::from(sample);
                let (sign, magnitude) = if value < 0 { (0, -value - 1) } else { (0x80, value) };
                let magnitude = magnitude >> 4;
                // The first two segments have the same steps.
                let code = if magnitude < 32 {
                    magnitude as u8
                } else {
                    let segment = (magnitude.ilog2() - 3) as u8;
                    segment << 4 | ((magnitude >> (segment - 1)) & 0x0f) as u8
                };
                (sign | code) ^ 0x55
            }
        }
    }

    /// 8 bits → 16-bit linear.
    pub fn expand(self, byte: u8) -> i16 {
        match self {
            Self::Mu => {
                let byte = !byte;
                let segment = (byte >> 4) & 7;
                let magnitude = (((i32::from(byte & 0x0f) << 3) + BIAS) << segment) - BIAS;
                signed(byte & 0x80 != 0, magnitude)
            }
            Self::A => {
                let byte = byte ^ 0x55;
                let (segment, step) = ((byte >> 4) & 7, i32::from(byte & 0x0f));
                let magnitude = match segment {
                    0 => (step << 4) + 8,
                    _ => ((step << 4) + 0x108) << (segment - 1),
                };
                signed(byte & 0x80 == 0, magnitude)
            }
        }
    }
}

fn split(value: i32) -> (u8, i32) {
    if value < 0 { (0x80, -value) } else { (0, value) }
}

fn signed(negative: bool, magnitude: i32) -> i16 {
    let value = if negative { -magnitude } else { magnitude };
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
