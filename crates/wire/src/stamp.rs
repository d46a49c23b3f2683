//! Times on the wire. The real service sends seconds as a float, microseconds as an integer, and sometimes text (16).

use serde::{Deserialize, Serialize};
use serde_json::Number;

/// A moment, kept as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Stamp {
    Number(Number),
    Text(String),
}

impl Stamp {
    /// Seconds with milliseconds behind the point, as most events carry it. `unix_ms` is unix time in ms.
    pub fn seconds(unix_ms: u64) -> Self {
        Number::from_f64(unix_ms as f64 / 1_000.0).map_or_else(|| Self::Text(String::new()), Self::Number)
    }

    /// Whole milliseconds, as `start_time` of `call.state` carries it.
    pub fn millis(unix_ms: u64) -> Self {
        Self::Number(unix_ms.into())
    }

    /// Unix time in ms, whichever unit was sent; `None` for text that is no number.
    pub fn unix_ms(&self) -> Option<u64> {
        let number = match self {
            Self::Number(number) => number.as_f64()?,
            Self::Text(text) => text.trim().parse().ok()?,
        };
        // 1e11 s is the year 5138 and 1e14 ms the year 5138 again, so sizes tell units apart.
        let ms = match number {
            n if !n.is_finite() || n < 0.0 => return None,
            n if n < 1e11 => n * 1_000.0,
            n if n < 1e14 => n,
            n => n / 1_000.0,
        };
        Some(ms.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::Stamp;

    #[test]
    fn every_unit_means_the_same_moment() {
        for text in ["1795230866.312", "1795230866312", "1795230866312000", "\"1795230866.312\""] {
            let stamp: Stamp = serde_json::from_str(text).expect("a stamp");
            assert_eq!(stamp.unix_ms(), Some(1_795_230_866_312), "{text}");
            assert_eq!(serde_json::to_string(&stamp).expect("text"), text);
        }
        assert_eq!(Stamp::Text("soon".into()).unix_ms(), None);
        assert_eq!(Stamp::seconds(1_500).unix_ms(), Some(1_500));
    }
}
