//! Keys pressed at the far end (RFC 4733 events).

const KEYS: &[u8; 16] = b"0123456789*#ABCD";

/// An event comes in many packets with one RTP time; the digit is told once, at its end.
#[derive(Debug, Default)]
pub(crate) struct Digits {
    open: Option<(u32, char)>,
    told: Option<u32>,
}

impl Digits {
    /// The digit that ended with this packet. One whose end got lost is told when the next one begins.
    pub(crate) fn handle(&mut self, rtp_time: u32, payload: &[u8]) -> Option<char> {
        let [event, flags, ..] = payload else { return None };
        let key = char::from(*KEYS.get(usize::from(*event))?);
        if self.told == Some(rtp_time) {
            return None;
        }
        if flags & 0x80 != 0 {
            self.open = None;
            self.told = Some(rtp_time);
            return Some(key);
        }
        let unfinished = self.open.filter(|(time, _)| *time != rtp_time);
        self.open = Some((rtp_time, key));
        unfinished.map(|(time, key)| {
            self.told = Some(time);
            key
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Digits;

    #[test]
    fn every_key_is_told_once_even_when_its_end_is_lost() {
        let mut digits = Digits::default();
        assert_eq!(digits.handle(10, &[5, 10, 0, 160]), None);
        assert_eq!(digits.handle(10, &[5, 0x8a, 1, 64]), Some('5'));
        assert_eq!(digits.handle(10, &[5, 0x8a, 1, 64]), None);
        assert_eq!(digits.handle(20, &[10, 10, 0, 160]), None);
        assert_eq!(digits.handle(30, &[11, 10, 0, 160]), Some('*'));
        assert_eq!(digits.handle(30, &[11, 0x8a, 0, 160]), Some('#'));
        assert_eq!(digits.handle(40, &[16, 0x80, 0, 0]), None);
        assert_eq!(digits.handle(40, &[1]), None);
    }
}
