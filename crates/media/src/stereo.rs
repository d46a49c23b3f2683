//! Two channels as their middle and their side: whoever needs one channel takes the middle, and where both ears hear the same
//! there is no side and no work for it.

use crate::hardware::{LeftRight, STEP};

/// 10 ms. Left is middle and side together, right is the middle less the side.
#[derive(Clone, Copy, Debug)]
pub struct Wide {
    pub middle: [f32; STEP],
    pub side: [f32; STEP],
    /// False: the side is silent, and need not be looked at.
    pub has_side: bool,
}

impl Wide {
    pub const SILENCE: Self = Self { middle: [0.0; STEP], side: [0.0; STEP], has_side: false };

    /// What a device delivered.
    pub fn from_pairs(pairs: &[LeftRight; STEP]) -> Self {
        let mut wide = Self::SILENCE;
        for ((middle, side), [left, right]) in wide.middle.iter_mut().zip(&mut wide.side).zip(pairs) {
            (*middle, *side) = split([*left, *right]);
            wide.has_side |= *side != 0.0;
        }
        wide
    }

    /// For a device.
    pub fn pairs(&self) -> [LeftRight; STEP] {
        let mut pairs = [[0.0; 2]; STEP];
        for ((pair, middle), side) in pairs.iter_mut().zip(&self.middle).zip(&self.side) {
            *pair = join(*middle, *side);
        }
        pairs
    }
}

/// Middle and side.
pub fn split([left, right]: LeftRight) -> (f32, f32) {
    ((left + right) * 0.5, (left - right) * 0.5)
}

pub fn join(middle: f32, side: f32) -> LeftRight {
    [middle + side, middle - side]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_split_comes_together_again() {
        let pairs = std::array::from_fn(|i| [i as f32 / 512.0, -(i as f32) / 1024.0]);
        let wide = Wide::from_pairs(&pairs);
        assert!(wide.has_side);
        assert_eq!(wide.pairs(), pairs);
        let same = Wide::from_pairs(&[[0.25, 0.25]; STEP]);
        assert!(!same.has_side);
        assert_eq!(same.middle, [0.25; STEP]);
    }
}
