//! Requests that wait for their answer: bounded, typed, expiring.

use crate::session_io::{Answer, RequestFailure};
use crate::{Accepted, outbox::Waiting};
use ahoy_model::Secret;
use ahoy_wire::{
    CallAction, CallMethod, ClientRequest, LayoutListMethod, MemberListMethod, ReplyError, RpcError, Verto,
    VertoFailure, read_reply,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// What was asked, and so how its answer is read.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there are at most 64 of them, nearly all of the large kind")]
pub(crate) enum Question {
    Connect {
        resuming: bool,
        token: Secret,
    },
    Online {
        last_try: bool,
    },
    Offline,
    Reauthenticate {
        then_online: bool,
    },
    /// From a call; kept so that it can be said again.
    Call(Waiting),
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub question: Question,
    pub sent_at: Instant,
}

/// All open questions of one socket, by request id.
#[derive(Debug)]
pub(crate) struct Pending {
    /// How long an answer may take.
    limit: Duration,
    entries: BTreeMap<String, Entry>,
}

impl Pending {
    pub fn new(limit: Duration) -> Self {
        Self { limit, entries: BTreeMap::new() }
    }

    pub fn insert(&mut self, id: String, question: Question, sent_at: Instant) {
        self.entries.insert(id, Entry { question, sent_at });
    }

    /// The question that this answer belongs to; `None` for answers nobody (any longer) waits for.
    pub fn take(&mut self, id: &str) -> Option<Entry> {
        self.entries.remove(id)
    }

    /// Takes out what has waited too long, oldest first.
    pub fn take_expired(&mut self, now: Instant) -> Vec<Entry> {
        let late: Vec<String> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.sent_at + self.limit <= now)
            .map(|(id, _)| id.clone())
            .collect();
        let mut late: Vec<Entry> = late.iter().filter_map(|id| self.entries.remove(id)).collect();
        late.sort_by_key(|entry| entry.sent_at);
        late
    }

    /// Takes out everything of calls and forgets the rest; the socket is gone. Oldest first.
    pub fn take_calls(&mut self) -> Vec<Waiting> {
        let mut entries: Vec<Entry> = std::mem::take(&mut self.entries).into_values().collect();
        entries.sort_by_key(|entry| entry.sent_at);
        let calls = entries.into_iter().filter_map(|entry| match entry.question {
            Question::Call(waiting) => Some(waiting),
            _ => None,
        });
        calls.collect()
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.entries.values().map(|entry| entry.sent_at + self.limit).min()
    }
}

/// Reads the answer to a call's request.
pub(crate) fn read_answer(
    request: &ClientRequest,
    outcome: Result<ahoy_wire::ReplyResult, RpcError>,
) -> Result<Answer, RequestFailure> {
    let refused = |error: ReplyError| RequestFailure::Refused(VertoFailure::from(error));
    match request {
        ClientRequest::Verto(_) => {
            let reply = read_reply::<Verto>(outcome).map_err(refused)?;
            let node_id = reply.node_id.clone();
            let result = reply.into_result()?;
            Ok(Answer::Verto(Accepted { node_id, result }))
        }
        ClientRequest::Call(call) if call.action == CallAction::LayoutList => {
            read_reply::<LayoutListMethod>(outcome).map(Answer::Layouts).map_err(refused)
        }
        ClientRequest::Call(call) if call.action == CallAction::MemberList => {
            read_reply::<MemberListMethod>(outcome).map(Answer::Members).map_err(refused)
        }
        ClientRequest::Unknown { .. } => {
            outcome.map(Answer::Raw).map_err(|error| refused(ReplyError::Rpc(error)))
        }
        _ => read_reply::<CallMethod>(outcome).map(Answer::Done).map_err(refused),
    }
}
