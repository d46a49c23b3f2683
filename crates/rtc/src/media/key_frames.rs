//! Asking for key frames, and being asked for them, without storms.

use std::time::{Duration, Instant};

/// A request is on its way, or the encoder at work, for about this long.
const SPACING: Duration = Duration::from_millis(300);
/// After this many requests in vain they become rare.
const PATIENCE: u32 = 10;
const SLOW_SPACING: Duration = Duration::from_secs(1);

/// Requests to the far side: repeated until a key frame comes.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    wanted: bool,
    last: Option<Instant>,
    sent: u32,
}

impl Asking {
    pub(crate) fn want(&mut self) {
        self.wanted = true;
    }

    pub(crate) fn got_key(&mut self) {
        self.wanted = false;
        self.sent = 0;
    }

    #[cfg(test)]
    pub(crate) fn is_waiting(&self) -> bool {
        self.wanted
    }

    /// Whether a request has to leave now.
    pub(crate) fn due(&mut self, now: Instant) -> bool {
        if self.deadline(now).is_none_or(|at| at > now) {
            return false;
        }
        self.last = Some(now);
        self.sent += 1;
        true
    }

    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        if !self.wanted {
            return None;
        }
        let spacing = if self.sent < PATIENCE { SPACING } else { SLOW_SPACING };
        Some(self.last.map_or(now, |last| last + spacing))
    }
}

/// Requests of the far side: told to the encoder at most once per spacing, and not when it has just made one.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    open: bool,
    told: Option<Instant>,
    last_fir: Option<u8>,
}

impl Asked {
    pub(crate) fn pli(&mut self) {
        self.open = true;
    }

    /// A FIR is repeated with the same number until the far side has its key frame.
    pub(crate) fn fir(&mut self, number: u8) {
        if self.last_fir != Some(number) {
            self.last_fir = Some(number);
            self.open = true;
        }
    }

    pub(crate) fn sent_key(&mut self) {
        self.open = false;
    }

    pub(crate) fn due(&mut self, now: Instant) -> bool {
        if self.deadline(now).is_none_or(|at| at > now) {
            return false;
        }
        self.open = false;
        self.told = Some(now);
        true
    }

    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        self.open.then(|| self.told.map_or(now, |told| told + SPACING))
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Asking};
    use std::time::{Duration, Instant};

    #[test]
    fn a_request_is_repeated_every_300_ms_until_the_key_frame_comes() {
        let start = Instant::now();
        let mut asking = Asking::default();
        asking.want();
        let sent = (0..1000).filter(|ms| asking.due(start + Duration::from_millis(*ms))).count();
        assert_eq!(sent, 4);
        asking.got_key();
        assert!(!asking.due(start + Duration::from_secs(5)));
    }

    #[test]
    fn many_requests_become_one_and_a_repeated_fir_is_one_request() {
        let start = Instant::now();
        let mut asked = Asked::default();
        asked.fir(3);
        assert!(asked.due(start));
        asked.fir(3);
        assert!(!asked.due(start + Duration::from_secs(1)));
        asked.pli();
        assert!(asked.due(start + Duration::from_secs(1)));
        asked.pli();
        assert!(!asked.due(start + Duration::from_millis(1100)));
        assert!(asked.due(start + Duration::from_millis(1300)));
    }
}
