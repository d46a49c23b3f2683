//! For whoever looks at how phone and space talk: the last messages, kept only while that is wanted, and requests by hand.

use crate::clock::unix_millis;
use crate::command::Reply;
use crate::house::House;
use crate::registration::Asker;
use crate::snapshot::UnixMillis;
use ahoy_model::{Problem, ProblemCode};
use ahoy_signaling::{Answer, RequestFailure};
use ahoy_wire::ClientRequest;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Instant;

/// Messages that are kept; the oldest go first.
const LINES: usize = 300;
/// Bytes of one that are kept.
const LONGEST: usize = 16 << 10;

/// One message. Its text may hold tokens and descriptions: it is to be scrubbed before it is shown or leaves the computer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct WireLine {
    pub at: UnixMillis,
    /// By us.
    pub sent: bool,
    pub text: String,
}

#[derive(Debug, Default)]
pub(crate) struct WireLog {
    lines: VecDeque<WireLine>,
    on: bool,
}

impl WireLog {
    /// Switched off, it forgets.
    pub(crate) fn switch(&mut self, on: bool) {
        self.on = on;
        if !on {
            self.lines.clear();
        }
    }

    pub(crate) fn note(&mut self, sent: bool, text: &str) {
        if !self.on {
            return;
        }
        if self.lines.len() >= LINES {
            self.lines.pop_front();
        }
        let mut text = text.to_owned();
        if text.len() > LONGEST {
            text.truncate(text.floor_char_boundary(LONGEST));
            text.push('…');
        }
        self.lines.push_back(WireLine { at: unix_millis(), sent, text });
    }

    pub(crate) fn lines(&self) -> Vec<WireLine> {
        self.lines.iter().cloned().collect()
    }
}

/// What came of a request that was made by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct RawAnswer {
    /// The space did not refuse it.
    pub ok: bool,
    /// JSON, or why there is none.
    pub text: String,
}

impl House {
    /// Sends a request as it is; one at a time.
    pub(crate) fn ask_raw(&mut self, now: Instant, method: String, params: &str, reply: Reply<RawAnswer>) {
        let params = match serde_json::from_str(params) {
            Ok(params) => params,
            Err(error) => {
                // Who asked may have gone.
                let _ = reply.send(Err(Problem::new(ProblemCode::ProtocolError).because(error)));
                return;
            }
        };
        self.raw = Some(reply);
        let request = ClientRequest::Unknown { method, params };
        let routed = self.registration.request(now, Asker::Raw, request);
        self.route(now, routed);
    }

    pub(crate) fn raw_answered(&mut self, outcome: Result<Answer, RequestFailure>) {
        let Some(reply) = self.raw.take() else { return };
        let answer = match outcome {
            Ok(Answer::Raw(value)) => {
                let text = serde_json::to_string_pretty(&value).unwrap_or_default();
                RawAnswer { ok: true, text }
            }
            Ok(_) => RawAnswer { ok: true, text: String::new() },
            Err(failure) => RawAnswer { ok: false, text: failure.to_string() },
        };
        let _ = reply.send(Ok(answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_bounded_and_forgets_when_it_is_switched_off() {
        let mut log = WireLog::default();
        log.note(true, "nobody wants this");
        assert!(log.lines().is_empty());
        log.switch(true);
        for number in 0..LINES + 5 {
            log.note(number % 2 == 0, &number.to_string());
        }
        assert_eq!((log.lines().len(), log.lines()[0].text.as_str()), (LINES, "5"));
        log.note(false, &"ä".repeat(LONGEST));
        let last = log.lines().pop().unwrap();
        assert!(last.text.len() < LONGEST + 4 && last.text.ends_with('…'));
        log.switch(false);
        assert!(log.lines().is_empty());
    }
}
