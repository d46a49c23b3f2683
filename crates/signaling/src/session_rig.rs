//! What the tests of the session stand on: a session with its clock, and the space's side of the conversation.

use crate::session::Session;
use crate::*;
use ahoy_model::ProblemCode;
use ahoy_wire::*;
use std::time::{Duration, Instant};

pub const SECOND: Duration = Duration::from_secs(1);

pub fn config() -> SessionConfig {
    SessionConfig {
        url: "wss://space.example".into(),
        token: "token 1".into(),
        agent: "ahoy/test".into(),
        id_prefix: "p".into(),
        online: true,
        resume: None,
        times: SessionTimes::default(),
    }
}

/// A session with its clock and what it did last.
pub struct Rig {
    pub session: Session,
    pub now: Instant,
    pub out: Vec<SessionOutput>,
}

impl Rig {
    pub fn new(config: SessionConfig) -> Self {
        Self { session: Session::new(config), now: Instant::now(), out: Vec::new() }
    }

    pub fn online() -> Self {
        let mut rig = Self::new(config());
        rig.feed(SessionInput::Start);
        rig.open();
        rig.accept("signalwire_a");
        rig.answer_ok();
        assert_eq!(rig.session.status(), &SessionStatus::Online);
        rig
    }

    pub fn feed(&mut self, input: SessionInput) {
        self.out = self.session.handle(self.now, input);
    }

    pub fn attempt(&self) -> u32 {
        self.session.attempt
    }

    pub fn open(&mut self) {
        self.feed(SessionInput::Opened { attempt: self.attempt() });
    }

    pub fn hear(&mut self, message: ServerMessage) {
        self.feed(SessionInput::Received { attempt: self.attempt(), text: message.to_json() });
    }

    pub fn wait(&mut self) {
        self.now = self.session.deadline().expect("a deadline");
        self.feed(SessionInput::Timer);
    }

    /// The requests among what it said last.
    pub fn asked(&self) -> Vec<(String, ClientRequest)> {
        self.messages()
            .into_iter()
            .filter_map(|message| match message {
                ClientMessage::Request { id, request } => Some((id, request)),
                ClientMessage::Reply(_) => None,
            })
            .collect()
    }

    pub fn messages(&self) -> Vec<ClientMessage> {
        self.out
            .iter()
            .filter_map(|output| match output {
                SessionOutput::Send { text, .. } => Some(parse_client(text).expect("our own words")),
                _ => None,
            })
            .collect()
    }

    pub fn first_id(&self) -> String {
        self.asked().first().expect("a request").0.clone()
    }

    /// Takes the connect that was just sent.
    pub fn accept(&mut self, protocol: &str) {
        let reply = ConnectReply {
            protocol: protocol.into(),
            identity: None,
            authorization: Some(Authorization { project_id: Some("project".into()), ..Default::default() }),
            ice_servers: None,
        };
        let id = self.first_id();
        self.hear(ServerMessage::Reply(Reply::ok(id, &reply)));
    }

    pub fn answer_ok(&mut self) {
        let id = self.first_id();
        self.hear(ServerMessage::Reply(Reply::ok(id, &Ack::ok())));
    }

    pub fn refuse(&mut self, error: RpcError) {
        let id = self.first_id();
        self.hear(ServerMessage::Reply(Reply::error(id, error)));
    }

    pub fn request(&mut self, ticket: u64, message: ClientVerto) {
        let request = VertoRequest {
            call_id: Some("c".into()),
            node_id: None,
            subscribe: None,
            message_id: "inner".into(),
            message,
        };
        self.feed(SessionInput::Request { ticket: Ticket(ticket), request: ClientRequest::Verto(request) });
    }

    pub fn replies(&self) -> Vec<(u64, Result<Answer, RequestFailure>)> {
        self.out
            .iter()
            .filter_map(|output| match output {
                SessionOutput::Reply { ticket, outcome } => Some((ticket.0, outcome.clone())),
                _ => None,
            })
            .collect()
    }

    pub fn status(&self) -> &SessionStatus {
        self.session.status()
    }

    pub fn opened(&self) -> bool {
        self.out.iter().any(|output| matches!(output, SessionOutput::Open { .. }))
    }

    pub fn drop_socket(&mut self) {
        self.feed(SessionInput::Closed { attempt: self.attempt() });
    }

    /// After the wait a new socket opens and connects; returns what the connect said.
    pub fn come_back(&mut self) -> ConnectParams {
        self.wait();
        assert!(self.opened());
        self.open();
        match self.asked().pop() {
            Some((_, ClientRequest::Connect(params))) => params,
            other => panic!("{other:?}"),
        }
    }
}

pub fn pong() -> ClientVerto {
    ClientVerto::Pong(VertoPing::new(&"c".into()))
}

pub fn bye() -> ClientVerto {
    ClientVerto::Bye(ClientBye::new(DialogParams::bare("c".into()), None))
}

pub fn invite() -> ClientVerto {
    ClientVerto::Invite(BodyWithSdp {
        dialog: DialogParams::bare("c".into()),
        sdp: "v=0".into(),
        sessid: None,
    })
}

pub fn verto_event(protocol: &str, message: ServerVerto) -> ServerMessage {
    ServerMessage::event("e1", Event::verto(protocol, 1_000, &"n".into(), 101, message))
}

pub fn code_of(status: &SessionStatus) -> Option<ProblemCode> {
    match status {
        SessionStatus::Refused(problem) | SessionStatus::Reconnecting(Some(problem)) => Some(problem.code),
        _ => None,
    }
}
