//! When a phone does not ring by itself.

use serde::{Deserialize, Serialize};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Hours in which the phone does not want to ring, by the computer's own clock. They may go past midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct QuietHours {
    pub on: bool,
    /// Minutes after midnight.
    pub from: u16,
    pub until: u16,
    /// On which days they begin: 0 is Monday.
    pub days: Vec<u8>,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { on: false, from: 22 * 60, until: 7 * 60, days: (0..7).collect() }
    }
}

impl QuietHours {
    pub(crate) fn clamped(mut self) -> Self {
        (self.from, self.until) = (self.from.min(DAY - 1), self.until.min(DAY - 1));
        self.days.retain(|day| *day < 7);
        self.days.sort_unstable();
        self.days.dedup();
        self
    }

    /// Whether it is quiet on this day (0 is Monday) at this minute. Hours that end when they begin are the whole day.
    pub fn cover(&self, day: u8, minute: u16) -> bool {
        let begins = |day: u8| self.days.contains(&(day % 7));
        let yesterday = day + 6;
        self.on
            && if self.from < self.until {
                begins(day) && (self.from..self.until).contains(&minute)
            } else {
                (begins(day) && minute >= self.from) || (begins(yesterday) && minute < self.until)
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_go_past_midnight_and_belong_to_the_day_they_begin() {
        let night = QuietHours { on: true, days: vec![4], ..QuietHours::default() };
        assert!(night.cover(4, 22 * 60) && night.cover(5, 6 * 60 + 59));
        assert!(!night.cover(4, 21 * 60) && !night.cover(5, 7 * 60) && !night.cover(4, 60));
        let sunday = QuietHours { days: vec![6], ..night.clone() };
        assert!(sunday.cover(0, 60), "from Sunday into Monday");
        assert!(!QuietHours { on: false, ..night }.cover(4, 23 * 60));
    }

    #[test]
    fn hours_within_a_day_and_whole_days() {
        let lunch = QuietHours { on: true, from: 720, until: 780, ..QuietHours::default() };
        assert!(lunch.cover(0, 720) && lunch.cover(6, 779) && !lunch.cover(0, 780) && !lunch.cover(0, 719));
        let always = QuietHours { from: 0, until: 0, ..lunch };
        assert!((0..7).all(|day| always.cover(day, 0) && always.cover(day, 1_439)));
        let wild = QuietHours { on: true, from: 9_999, until: 0, days: vec![9, 3, 3, 1] }.clamped();
        assert_eq!((wild.from, wild.days), (1_439, vec![1, 3]));
    }
}
