//! Which proofs were used. Bounded twice: a key that proves too often, or too many keys, are refused, so that nobody can
//! push another's proof out of the memory and use it again.

use super::ProofError;
use std::collections::HashMap;

/// Proofs of one key that are remembered at one time.
const OF_ONE: usize = 256;
/// Keys that are remembered at one time.
const KEYS: usize = 20_000;

/// Ids of used proofs of each key, with the time from which on they would be too old anyway (unix seconds).
#[derive(Default)]
pub struct Used(HashMap<String, Vec<(String, u64)>>);

impl Used {
    /// Remembers `jti` until `until`, or says that it was used before.
    pub fn note(&mut self, key: &str, jti: String, until: u64, now: u64) -> Result<(), ProofError> {
        if self.0.len() >= KEYS && !self.0.contains_key(key) {
            self.0.retain(|_, used| used.iter().any(|(_, until)| *until >= now));
            if self.0.len() >= KEYS {
                return Err(ProofError::TooMany);
            }
        }
        let used = self.0.entry(key.to_owned()).or_default();
        used.retain(|(_, until)| *until >= now);
        if used.iter().any(|(known, _)| *known == jti) {
            return Err(ProofError::Replayed);
        }
        if used.len() >= OF_ONE {
            return Err(ProofError::TooMany);
        }
        used.push((jti, until));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_once_while_it_is_remembered() {
        let mut used = Used::default();
        assert_eq!(used.note("a", "1".into(), 100, 10), Ok(()));
        assert_eq!(used.note("a", "1".into(), 100, 100), Err(ProofError::Replayed));
        assert_eq!(used.note("b", "1".into(), 100, 10), Ok(()), "another key's id is another id");
        assert_eq!(used.note("a", "1".into(), 200, 101), Ok(()), "too old to be presented again");
    }

    #[test]
    fn one_key_fills_its_own_memory_only() {
        let mut used = Used::default();
        let taken = (0..OF_ONE + 10).filter(|n| used.note("a", n.to_string(), 100, 10).is_ok()).count();
        assert_eq!(taken, OF_ONE);
        assert_eq!(used.note("a", "0".into(), 100, 10), Err(ProofError::Replayed), "nothing was pushed out");
        assert_eq!(used.note("b", "0".into(), 100, 10), Ok(()));
        assert_eq!(used.note("a", "late".into(), 300, 101), Ok(()), "old ones make room");
    }

    #[test]
    fn too_many_keys_are_refused_until_old_ones_have_gone() {
        let mut used = Used::default();
        for n in 0..KEYS {
            assert_eq!(used.note(&n.to_string(), "1".into(), 100, 10), Ok(()));
        }
        assert_eq!(used.note("one more", "1".into(), 100, 10), Err(ProofError::TooMany));
        assert_eq!(used.note("one more", "1".into(), 300, 101), Ok(()));
        assert_eq!(used.0.len(), 1);
    }
}
