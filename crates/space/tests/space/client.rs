//! A client without a phone around it.

use ahoy_model::{CallId, HangupCause, MemberId, NodeId, Secret};
use ahoy_rtc::{RtcError, Session, SessionConfig, SessionEvent};
use ahoy_space::{Rate, Space, SpaceConfig};
use ahoy_wire::{
    BodyWithSdp, CallAction, CallRequest, ClientBye, ClientInfo, ClientMessage, ClientRequest, ClientVerto,
    Connect, ConnectParams, ConnectReply, DialogParams, Event, EventBody, MemberRef, Modify, ModifyAction,
    Reply, RpcError, ServerInvite, ServerMessage, ServerRequest, ServerVerto, VertoFailure, VertoReply,
    VertoRequest, VertoResult, parse_server, read_reply, subscription,
};
use futures_util::{SinkExt, StreamExt};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// Longer than anything here takes; only a hang reaches it.
pub const LONG: Duration = Duration::from_secs(20);

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A space on loopback with room for impatient tests.
pub fn config() -> SpaceConfig {
    let mut config = SpaceConfig {
        project: Some(("223ce3a6-project".into(), Secret::new("PT-api-token-for-tests"))),
        media_addresses: vec![IpAddr::from(Ipv4Addr::LOCALHOST)],
        ..SpaceConfig::default()
    };
    config.limits.calls = Rate { burst: 1_000, per_second: 1_000.0 };
    config
}

pub async fn space(config: SpaceConfig) -> Space {
    Space::start(config).await.expect("a space")
}

pub async fn token(space: &Space, name: &str) -> Secret {
    let mut display = name.to_owned();
    display[..1].make_ascii_uppercase();
    space.mint(name, Some(&display), Duration::from_secs(600)).await.expect("a token")
}

/// How our media sessions are set up in tests.
pub fn media(stream: &str) -> SessionConfig {
    SessionConfig {
        addresses: vec![IpAddr::from(Ipv4Addr::LOCALHOST)],
        ..SessionConfig::sound_and_picture(stream)
    }
}

pub type Media = (Session, mpsc::Receiver<SessionEvent>);

pub struct Client {
    socket: Socket,
    events: VecDeque<Event>,
    pub pings: usize,
    /// What the space answered to the connect.
    pub welcome: Option<ConnectReply>,
    pub state: Option<Secret>,
    pub token: Secret,
    /// The proof of possession to connect with.
    pub proof: Option<Secret>,
    /// Answer `verto.ping`s.
    pub pong: bool,
    /// As which program it connects.
    pub agent: &'static str,
    node: NodeId,
    next: u64,
    /// What went over the sockets, as the browsers' rig writes it down.
    pub frames: Vec<serde_json::Value>,
}

impl Client {
    pub async fn open(space: &Space, token: Secret) -> Self {
        let (socket, _) = connect_async_with_config(space.url(), None, true).await.expect("a socket");
        Self {
            socket,
            events: VecDeque::new(),
            pings: 0,
            welcome: None,
            state: None,
            token,
            proof: None,
            pong: true,
            agent: "ahoy-test/1",
            node: NodeId::from(""),
            next: 0,
            frames: Vec::new(),
        }
    }

    /// Connected and online.
    pub async fn online(space: &Space, name: &str) -> Self {
        let mut client = Self::open(space, token(space, name).await).await;
        client.connect(None).await.expect("connected");
        client.ask(ClientRequest::SubscriberOnline).await.expect("online");
        client
    }

    /// `resume`: protocol and authorization state of an earlier session.
    pub async fn connect(&mut self, resume: Option<(String, Option<Secret>)>) -> Result<(), RpcError> {
        let mut fresh = ConnectParams::fresh(self.token.clone(), self.agent);
        fresh.dpop_token = self.proof.clone();
        let params = match resume {
            Some((protocol, state)) => fresh.resuming(protocol, state),
            None => fresh,
        };
        let outcome = self.ask(ClientRequest::Connect(params)).await?;
        let welcome = read_reply::<Connect>(Ok(outcome)).expect("a connect reply");
        let state = self
            .event(|body| match body {
                EventBody::AuthorizationState(state) => Some(state.authorization_state.clone()),
                _ => None,
            })
            .await;
        self.state = Some(state);
        self.welcome = Some(welcome);
        Ok(())
    }

    pub fn protocol(&self) -> String {
        self.welcome.as_ref().expect("connected").protocol.clone()
    }

    /// Loses the socket without a good-bye and comes back on a new one.
    pub async fn resume(&mut self, space: &Space) {
        self.try_resume(space).await.expect("resumed");
    }

    pub async fn try_resume(&mut self, space: &Space) -> Result<(), RpcError> {
        let (protocol, state) = (self.protocol(), self.state.clone());
        let (socket, _) = connect_async_with_config(space.url(), None, true).await.expect("a socket");
        self.socket = socket;
        self.connect(Some((protocol, state))).await
    }

    fn note(&mut self, dir: &str, text: &str) {
        if let Ok(message) = serde_json::from_str::<serde_json::Value>(text) {
            self.frames.push(serde_json::json!({ "dir": dir, "message": message }));
        }
    }

    pub async fn send_text(&mut self, text: &str) -> bool {
        self.note("out", text);
        self.socket.send(Message::text(text.to_owned())).await.is_ok()
    }

    /// Forgets what was said so far: in long tests it would be what grows.
    pub fn forget(&mut self) {
        self.events.clear();
        self.frames.clear();
    }

    pub async fn close(mut self) {
        let _ = self.socket.close(None).await;
    }

    /// Lets go of the TCP connection without a word.
    pub fn vanish(self) {
        drop(self.socket);
    }

    /// The next reply, with events put aside and acknowledged.
    async fn step(&mut self) -> Option<Reply> {
        loop {
            let message = timeout(LONG, self.socket.next()).await.expect("the space says something")?.ok()?;
            let Message::Text(text) = message else { continue };
            self.note("in", &text);
            match parse_server(&text).expect("a message") {
                ServerMessage::Reply(reply) => return Some(reply),
                ServerMessage::Request { id, request: ServerRequest::Event(event) } => {
                    self.send_text(&ClientMessage::Reply(Reply::empty(id)).to_json()).await;
                    if let (EventBody::Verto(verto), true) = (&event.body, self.pong)
                        && let ServerVerto::Ping(ping) = &verto.message
                    {
                        self.pings += 1;
                        let id = self.id();
                        let request = self.verto_request(None, ClientVerto::Pong(ping.clone()));
                        self.send_text(&ClientMessage::request(id, request).to_json()).await;
                    }
                    self.events.push_back(event);
                    return None;
                }
                ServerMessage::Request { id, request: ServerRequest::Ping(ping) } => {
                    self.pings += 1;
                    self.send_text(&ClientMessage::Reply(Reply::ok(id, &ping)).to_json()).await;
                    return None;
                }
                ServerMessage::Request { id, .. } => {
                    self.send_text(&ClientMessage::Reply(Reply::empty(id)).to_json()).await;
                }
            }
        }
    }

    /// Waits for the next ping of the socket. False: none came in that time.
    pub async fn pinged(&mut self, within: Duration) -> bool {
        let before = self.pings;
        let ping = async {
            while self.pings == before {
                self.step().await;
            }
        };
        timeout(within, ping).await.is_ok()
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("request-{}", self.next)
    }

    pub async fn ask(&mut self, request: ClientRequest) -> Result<serde_json::Value, RpcError> {
        let id = self.id();
        assert!(
            self.send_text(&ClientMessage::request(id.clone(), request).to_json()).await,
            "the socket is open"
        );
        loop {
            if let Some(reply) = self.step().await
                && reply.id == id
            {
                return reply.outcome;
            }
        }
    }

    /// Waits for an event, those that came before included; others stay.
    pub async fn event<T>(&mut self, mut wanted: impl FnMut(&EventBody) -> Option<T>) -> T {
        loop {
            for at in 0..self.events.len() {
                if let Some(found) = wanted(&self.events[at].body) {
                    self.events.remove(at);
                    return found;
                }
            }
            timeout(LONG, self.step()).await.expect("the event comes");
        }
    }

    /// Names of the events that came so far, in their order, verto methods for `webrtc.message`.
    pub fn seen(&self) -> Vec<String> {
        let name = |event: &Event| match &event.body {
            EventBody::Verto(verto) => verto.message.method().to_owned(),
            body => body.event_type().to_owned(),
        };
        self.events.iter().map(name).collect()
    }

    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.events.iter()
    }

    /// Whether the space closes the socket.
    pub async fn is_closed(&mut self) -> bool {
        loop {
            match timeout(LONG, self.socket.next()).await.expect("the space says something") {
                None | Some(Err(_) | Ok(Message::Close(_))) => return true,
                Some(Ok(_)) => {}
            }
        }
    }

    fn verto_request(&mut self, call: Option<&CallId>, message: ClientVerto) -> ClientRequest {
        let inner = self.id();
        ClientRequest::Verto(VertoRequest {
            call_id: call.cloned(),
            node_id: Some(self.node.clone()),
            subscribe: Some(subscription::MAIN.map(str::to_owned).to_vec()),
            message_id: inner.into(),
            message,
        })
    }

    /// Asks without waiting for the reply, which is passed over.
    pub async fn verto_unawaited(&mut self, call: &CallId, message: ClientVerto) {
        let (id, request) = (self.id(), self.verto_request(Some(call), message));
        assert!(self.send_text(&ClientMessage::request(id, request).to_json()).await, "the socket is open");
    }

    pub async fn verto(&mut self, call: &CallId, message: ClientVerto) -> Result<VertoResult, VertoFailure> {
        let request = self.verto_request(Some(call), message);
        let outcome = self.ask(request).await?;
        let reply: VertoReply = serde_json::from_value(outcome).expect("a verto reply");
        reply.into_result()
    }

    pub async fn dial(&mut self, call: &CallId, to: &str, sdp: &str) -> Result<MemberId, VertoFailure> {
        let dialog = DialogParams::outbound(call.clone(), to);
        let invite = ClientVerto::Invite(BodyWithSdp { dialog, sdp: sdp.to_owned(), sessid: None });
        let created = self.verto(call, invite).await?;
        assert_eq!(created.message.as_deref(), Some("CALL CREATED"));
        assert_eq!(created.call_id.as_ref(), Some(call));
        Ok(created.member_id.expect("a member id"))
    }

    /// A screen or a further device for the leg `parent`, which both SDKs name in the same way; the child's member id.
    pub async fn add(
        &mut self,
        child: &CallId,
        parent: &CallId,
        screen: bool,
        sdp: &str,
    ) -> Result<MemberId, VertoFailure> {
        let mut dialog = DialogParams::outbound(child.clone(), "/private/bob")
            .with_variable("memberCallId", parent.as_str());
        dialog.screen_share = Some(screen);
        dialog.additional_device = Some(!screen);
        let invite = ClientVerto::Invite(BodyWithSdp { dialog, sdp: sdp.to_owned(), sessid: None });
        let created = self.verto(child, invite).await?;
        assert_eq!(created.message.as_deref(), Some("CALL CREATED"));
        assert_eq!(created.call_id.as_ref(), Some(child));
        Ok(created.member_id.expect("a member id"))
    }

    /// Takes a leg up again with a new media session, as a page does that was loaded again.
    pub async fn reattach(
        &mut self,
        call: &CallId,
        to: &str,
        sdp: &str,
    ) -> Result<VertoResult, VertoFailure> {
        let dialog = DialogParams::outbound(call.clone(), to).reattaching();
        let invite = ClientVerto::Invite(BodyWithSdp { dialog, sdp: sdp.to_owned(), sessid: None });
        self.verto(call, invite).await
    }

    /// The SDP of the answer for that leg.
    pub async fn answered_for(&mut self, call: &CallId) -> String {
        self.event(|body| match verto(body) {
            Some(ServerVerto::Answer(answer)) if answer.call_id == *call => answer.sdp.clone(),
            _ => None,
        })
        .await
    }

    pub async fn invited(&mut self) -> ServerInvite {
        self.event(|body| match verto(body) {
            Some(ServerVerto::Invite(invite)) => Some(invite.clone()),
            _ => None,
        })
        .await
    }

    /// The SDP of the answer.
    pub async fn answered(&mut self) -> String {
        let answer = self.event(|body| match verto(body) {
            Some(ServerVerto::Answer(answer)) => Some(answer.clone()),
            _ => None,
        });
        answer.await.sdp.expect("an SDP")
    }

    pub async fn said_bye(&mut self, call: &CallId) -> HangupCause {
        self.event(|body| match verto(body) {
            Some(ServerVerto::Bye(bye)) if bye.call_id == *call => Some(bye.read_cause()),
            _ => None,
        })
        .await
    }

    pub async fn accept(&mut self, invite: &ServerInvite, sdp: &str) -> Result<VertoResult, VertoFailure> {
        let answer = BodyWithSdp { dialog: DialogParams::inbound(invite), sdp: sdp.to_owned(), sessid: None };
        self.verto(&invite.call_id, ClientVerto::Answer(answer)).await
    }

    pub async fn bye(
        &mut self,
        call: &CallId,
        cause: Option<HangupCause>,
    ) -> Result<VertoResult, VertoFailure> {
        self.verto(call, ClientVerto::Bye(ClientBye::new(DialogParams::bare(call.clone()), cause))).await
    }

    pub async fn modify(&mut self, call: &CallId, action: ModifyAction) -> Result<VertoResult, VertoFailure> {
        let modify = Modify { dialog: DialogParams::bare(call.clone()), sessid: None, action };
        self.verto(call, ClientVerto::Modify(modify)).await
    }

    pub async fn digits(&mut self, call: &CallId, digits: &str) -> Result<VertoResult, VertoFailure> {
        let dialog = DialogParams::bare(call.clone());
        let info = ClientInfo {
            dialog,
            sessid: None,
            dtmf: Some(digits.into()),
            dtmf_duration: None,
            txt: None,
            msg: None,
        };
        self.verto(call, ClientVerto::Info(info)).await
    }

    pub async fn method(
        &mut self,
        call: &CallId,
        member: &MemberId,
        action: CallAction,
    ) -> Result<serde_json::Value, RpcError> {
        let own = MemberRef::new(member.clone(), call.clone(), NodeId::from("n"));
        self.ask(ClientRequest::Call(CallRequest::on_self(own, action))).await
    }
}

pub fn verto(body: &EventBody) -> Option<&ServerVerto> {
    match body {
        EventBody::Verto(event) => Some(&event.message),
        _ => None,
    }
}

pub async fn offer(name: &str) -> (Session, mpsc::Receiver<SessionEvent>, String) {
    Session::offer(media(name)).await.expect("an offer")
}

pub async fn answer(
    name: &str,
    offer: &str,
) -> Result<(Session, mpsc::Receiver<SessionEvent>, String), RtcError> {
    Box::pin(Session::answer(media(name), offer)).await
}

/// Two that talk: caller, callee, their call ids and media.
pub struct Talk {
    pub alice: Client,
    pub bob: Client,
    pub a: CallId,
    pub b: CallId,
    pub a_member: MemberId,
    pub a_media: Media,
    pub b_media: Media,
}

/// Alice calls Bob, who answers.
pub fn talk(space: &Space) -> Pin<Box<dyn Future<Output = Talk> + Send + '_>> {
    Box::pin(begin_to_talk(space))
}

async fn begin_to_talk(space: &Space) -> Talk {
    let (mut alice, mut bob) = (Client::online(space, "alice").await, Client::online(space, "bob").await);
    let a = CallId::random();
    let (a_session, a_events, sdp) = offer("alice").await;
    let a_member = alice.dial(&a, "/private/bob", &sdp).await.expect("dialled");
    let invite = bob.invited().await;
    let (b_session, b_events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
    bob.accept(&invite, &sdp).await.expect("answered");
    a_session.accept(&alice.answered().await).await.expect("accepted");
    Talk {
        alice,
        bob,
        a,
        b: invite.call_id,
        a_member,
        a_media: (a_session, a_events),
        b_media: (b_session, b_events),
    }
}
