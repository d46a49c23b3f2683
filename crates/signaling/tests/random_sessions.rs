//! Sessions under random weather (seeded): sockets that come and go, replies that come late, twice or damaged.
//!
//! Every request of a call is answered exactly once, waits are bounded, nothing is sent without a socket.

use ahoy_signaling::*;
use ahoy_wire::*;
use fastrand::Rng;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Watch {
    /// The driver's socket.
    open: Option<u32>,
    /// It has been opened, not only begun.
    is_open: bool,
    waiting: BTreeSet<u64>,
    /// Requests that were sent on the present socket.
    sent: Vec<(String, ClientRequest)>,
    opened: u32,
    connected: u32,
}

impl Watch {
    fn look(&mut self, out: Vec<SessionOutput>) {
        for output in out {
            match output {
                SessionOutput::Open { attempt, .. } => {
                    assert_eq!(self.open, None, "two sockets");
                    (self.open, self.is_open) = (Some(attempt), false);
                    self.opened += 1;
                    self.sent.clear();
                }
                SessionOutput::CloseSocket { attempt } => {
                    assert_eq!(self.open.take(), Some(attempt), "closed what is not open");
                }
                SessionOutput::Send { attempt, text } => {
                    assert_eq!(self.open, Some(attempt), "sent without a socket");
                    if let ClientMessage::Request { id, request } =
                        parse_client(&text).expect("our own words")
                    {
                        assert!(self.sent.iter().all(|(known, _)| *known != id), "an id twice");
                        self.sent.push((id, request));
                    }
                }
                SessionOutput::Reply { ticket, .. } => {
                    assert!(self.waiting.remove(&ticket.0), "answered twice, or never asked");
                }
                SessionOutput::Connected(_) => self.connected += 1,
                _ => {}
            }
        }
    }
}

fn request(rng: &mut Rng) -> ClientRequest {
    let dialog = DialogParams::bare("c".into());
    let message = match rng.u8(..5) {
        0 => ClientVerto::Invite(BodyWithSdp { dialog, sdp: "v=0".into(), sessid: None }),
        1 => ClientVerto::Bye(ClientBye::new(dialog, None)),
        2 => {
            let own = MemberRef { member_id: "m".into(), call_id: None, node_id: None };
            return ClientRequest::Call(CallRequest::on_self(own, CallAction::LayoutList));
        }
        _ => ClientVerto::Pong(VertoPing::new(&"c".into())),
    };
    ClientRequest::Verto(VertoRequest {
        call_id: Some("c".into()),
        node_id: None,
        subscribe: None,
        message_id: 1.into(),
        message,
    })
}

/// What a space might say to this request.
fn reply(rng: &mut Rng, id: &str, request: &ClientRequest) -> String {
    if rng.u8(..8) == 0 {
        let code = *rng.choice(&[-32000_i64, -32002, -32003, -32602, -32601]).expect("a code");
        return Reply::error(id, RpcError::new(code, "no")).to_json();
    }
    let text = match request {
        ClientRequest::Connect(_) => {
            let protocol = rng.choice(["signalwire_a", "signalwire_b"]).expect("one").into();
            let reply = ConnectReply { protocol, identity: None, authorization: None, ice_servers: None };
            Reply::ok(id, &reply).to_json()
        }
        ClientRequest::Verto(_) => {
            Reply::ok(id, &VertoReply::ok(&"n".into(), 1.into(), VertoResult::ok("c".into()))).to_json()
        }
        _ => Reply::ok(id, &Ack::ok()).to_json(),
    };
    if rng.u8(..10) == 0 { text[..rng.usize(..text.len())].to_owned() } else { text }
}

fn one(rng: &mut Rng, start: Instant) -> Watch {
    let mut session = Session::new(SessionConfig {
        url: "ws://space".into(),
        token: "t".into(),
        agent: "test".into(),
        id_prefix: "p".into(),
        online: rng.bool(),
        resume: None,
        times: SessionTimes::default(),
    });
    let mut watch = Watch::default();
    let mut now = start;
    let mut tickets = 0;
    for _ in 0..rng.usize(1..80) {
        // Now and then news of an earlier socket.
        let late = rng.u8(..10) == 0;
        let attempt = watch.open.unwrap_or(0).wrapping_sub(u32::from(late));
        session.set_jitter(rng.f64());
        let input = match rng.u8(..24) {
            0..3 => SessionInput::Start,
            3 if rng.u8(..6) == 0 => SessionInput::Stop,
            4..8 if late || !watch.is_open => SessionInput::Opened { attempt },
            8 if late || !watch.is_open => {
                SessionInput::OpenFailed { attempt, failure: OpenFailure::Unreachable }
            }
            9 => SessionInput::Closed { attempt },
            10..16 => {
                let text = match rng.choice(&watch.sent) {
                    Some((id, request)) => reply(rng, id, request),
                    None => "{}".into(),
                };
                SessionInput::Received { attempt, text }
            }
            16 => {
                let what = match rng.u8(..3) {
                    0 => ServerRequest::Ping(PingParams::at(1)),
                    1 => ServerRequest::Disconnect,
                    _ => ServerRequest::Unknown { method: "x".into(), params: Default::default() },
                };
                SessionInput::Received { attempt, text: ServerMessage::request("s", what).to_json() }
            }
            17 => SessionInput::SetOnline(rng.bool()),
            18 => SessionInput::NewToken("t2".into()),
            19 => SessionInput::Hurry,
            20..22 => {
                tickets += 1;
                watch.waiting.insert(tickets);
                SessionInput::Request { ticket: Ticket(tickets), request: request(rng) }
            }
            _ => {
                now = match session.deadline() {
                    Some(deadline) if rng.bool() => deadline.max(now),
                    _ => now + Duration::from_millis(rng.u64(..6_000)),
                };
                SessionInput::Timer
            }
        };
        match &input {
            SessionInput::Opened { .. } => watch.is_open |= !late,
            SessionInput::OpenFailed { .. } | SessionInput::Closed { .. } if !late => watch.open = None,
            _ => {}
        }
        watch.look(session.handle(now, input));
        assert!(watch.waiting.len() <= 64, "{} wait", watch.waiting.len());
    }
    watch.look(session.handle(now, SessionInput::Stop));
    assert!(watch.waiting.is_empty(), "never answered: {:?}", watch.waiting);
    assert_eq!(watch.open, None, "a socket is left open");
    watch
}

#[test]
fn every_request_is_answered_once_and_every_socket_closed() {
    let start = Instant::now();
    let (mut opened, mut connected) = (0, 0);
    for seed in 0..20_000 {
        let watch = one(&mut Rng::with_seed(seed), start);
        opened += watch.opened;
        connected += watch.connected;
    }
    println!("{opened} sockets, {connected} sessions");
    assert!(connected > 5_000);
}
