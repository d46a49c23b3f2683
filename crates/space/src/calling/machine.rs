//! A client of the space inside the space. It hears what any client would be sent and says what any client could say.

use crate::call::lodging::LEFT_ROOM;
use crate::call::{self, CallCommand, CallHandle};
use crate::core::Core;
use crate::key;
use crate::party::Party;
use crate::session::{Charter, Dialect, MACHINE, SessionCommand, SessionHandle, VertoReplyTo};
use ahoy_model::{CallId, HangupCause, Secret};
use ahoy_wire::{
    BodyWithSdp, ClientBye, ClientInfo, ClientVerto, DialogParams, EventBody, Reply, ServerInvite,
    ServerMessage, ServerRequest, ServerVerto, VertoPing, VertoReply, parse_server,
};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What ids of requests begin with whose replies are of interest.
const INVITE: &str = "invite ";

/// What the machine hears.
pub enum Word {
    /// A call that rings here follows.
    Ring {
        leg: CallId,
        call: CallHandle,
    },
    Invite(Box<ServerInvite>),
    /// Our invite was taken, or not.
    Created(CallId),
    Refused(CallId, HangupCause),
    /// It rings at the far side.
    Rings(CallId),
    Answered {
        leg: CallId,
        sdp: Option<String>,
    },
    Digits {
        leg: CallId,
        digits: String,
    },
    /// The one who was sent into a room is back.
    Back,
    /// A member of the room put the call on hold, or took it up again.
    Held(bool),
    Ping {
        leg: CallId,
        ping: VertoPing,
    },
    Bye {
        leg: CallId,
        cause: HangupCause,
    },
    /// The leg is over.
    Ended(CallId),
}

pub struct Machine {
    core: Arc<Core>,
    session: SessionHandle,
    commands: mpsc::Sender<SessionCommand>,
    inbox: mpsc::Receiver<SessionCommand>,
    overflow: CancellationToken,
}

impl Machine {
    /// `party`: as whom it calls.
    pub fn new(core: &Arc<Core>, party: Party) -> Option<Self> {
        let (commands, inbox) = mpsc::channel(core.config.limits.outbox);
        let overflow = CancellationToken::new();
        let session = session(core, party, commands.clone(), overflow.clone())?;
        Some(Self { core: Arc::clone(core), session, commands, inbox, overflow })
    }

    pub fn session(&self) -> &SessionHandle {
        &self.session
    }

    /// The next thing worth hearing. `None`: too much was said to keep up with.
    pub async fn hear(&mut self) -> Option<Word> {
        loop {
            let command = tokio::select! {
                command = self.inbox.recv() => command?,
                () = self.overflow.cancelled() => return None,
            };
            let word = match command {
                SessionCommand::Ring { leg, call } => Some(Word::Ring { leg, call }),
                SessionCommand::Ended(leg) => Some(Word::Ended(leg)),
                SessionCommand::Send(message) => understand(&message.text),
                SessionCommand::Whisper(_) | SessionCommand::Resume(_) | SessionCommand::Dismiss => None,
            };
            if let Some(word) = word {
                return Some(word);
            }
        }
    }

    /// Calls somebody, as oneself or as somebody else. `None`: the refusal is said as a word.
    pub fn dial(&self, leg: &CallId, to: &str, sdp: String, party: Option<Party>) -> Option<CallHandle> {
        let session = match party {
            Some(party) => session(&self.core, party, self.commands.clone(), self.overflow.clone())?,
            None => self.session.clone(),
        };
        let dialog = DialogParams::outbound(leg.clone(), to);
        let reply = VertoReplyTo {
            session: session.clone(),
            id: format!("{INVITE}{leg}"),
            inner: Uuid::new_v4().to_string().into(),
        };
        call::place(&self.core, session, BodyWithSdp { dialog, sdp, sessid: None }, reply)
    }

    fn reply(&self) -> VertoReplyTo {
        let id = Uuid::new_v4().to_string();
        VertoReplyTo { session: self.session.clone(), inner: id.clone().into(), id }
    }

    /// Says something about a leg to its call.
    pub fn say(&self, call: &CallHandle, leg: &CallId, message: ClientVerto) {
        call.tell(CallCommand::Client { leg: leg.clone(), message: Box::new(message), reply: self.reply() });
    }

    pub fn bye(&self, call: &CallHandle, leg: &CallId, cause: HangupCause) {
        self.say(call, leg, ClientVerto::Bye(ClientBye::new(DialogParams::bare(leg.clone()), Some(cause))));
    }

    pub fn digits(&self, call: &CallHandle, leg: &CallId, digits: String) {
        let info = ClientInfo {
            dialog: DialogParams::bare(leg.clone()),
            sessid: None,
            dtmf: Some(digits),
            dtmf_duration: None,
            txt: None,
            msg: None,
        };
        self.say(call, leg, ClientVerto::Info(info));
    }
}

fn session(
    core: &Core,
    party: Party,
    commands: mpsc::Sender<SessionCommand>,
    overflow: CancellationToken,
) -> Option<SessionHandle> {
    let mut state = [0_u8; 32];
    key::fill(&mut state).ok()?;
    let state = Secret::new(state.map(|byte| format!("{byte:02x}")).concat());
    let protocol = format!("{MACHINE}{}", Uuid::new_v4());
    Some(SessionHandle::new(Charter {
        protocol,
        project_id: core.project_id.clone(),
        node: core.node.clone(),
        party,
        dialect: Dialect::V4,
        state,
        commands,
        overflow,
    }))
}

fn understand(text: &str) -> Option<Word> {
    match parse_server(text).ok()? {
        ServerMessage::Reply(reply) => outcome(reply),
        ServerMessage::Request { request: ServerRequest::Event(event), .. } => match event.body {
            EventBody::Verto(verto) => verto_word(verto.message),
            EventBody::CallState(state) if state.call_state.as_deref() == Some("ringing") => {
                Some(Word::Rings(state.call_id))
            }
            EventBody::CallLeft(left) if left.reason.as_deref() == Some(LEFT_ROOM) => Some(Word::Back),
            EventBody::MemberUpdated(change) => {
                let held = change.member.meta.as_ref()?.get("held")?.as_bool()?;
                Some(Word::Held(held))
            }
            _ => None,
        },
        ServerMessage::Request { .. } => None,
    }
}

fn outcome(reply: Reply) -> Option<Word> {
    let leg = CallId::from(reply.id.strip_prefix(INVITE)?);
    let refused = |leg, cause: Option<HangupCause>| {
        Word::Refused(leg, cause.unwrap_or(HangupCause::NormalTemporaryFailure))
    };
    let Ok(value) = reply.outcome else { return Some(refused(leg, None)) };
    match serde_json::from_value::<VertoReply>(value).ok()?.into_result() {
        Ok(_) => Some(Word::Created(leg)),
        Err(failure) => Some(refused(leg, failure.cause)),
    }
}

fn verto_word(message: ServerVerto) -> Option<Word> {
    Some(match message {
        ServerVerto::Invite(invite) => Word::Invite(Box::new(invite)),
        // Early media: the description comes before the answer.
        ServerVerto::Media(_) => return None,
        ServerVerto::Answer(answer) => Word::Answered { leg: answer.call_id, sdp: answer.sdp },
        ServerVerto::Bye(bye) => Word::Bye { cause: bye.read_cause(), leg: bye.call_id },
        ServerVerto::Ping(ping) => Word::Ping { leg: ping.call_id()?, ping },
        ServerVerto::Info(info) => Word::Digits { leg: info.call_id, digits: info.dtmf? },
        _ => return None,
    })
}
