//! One leg of a call, as the space sees it.

use super::CallHandle;
use super::order;
use super::outlet::{Feed, Outlet, SourceId};
use super::pump::{self, Inlet, Route};
use super::tap::{Spring, Tap};
use crate::party::Party;
use crate::session::{Dialect, SessionCommand, SessionHandle};
use ahoy_model::{CallId, Direction, HangupCause, MemberId};
use ahoy_rtc::{Session, SessionEvent};
use ahoy_wire::{EventBody, Member, ServerAnswer, ServerBye, ServerVerto};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use uuid::Uuid;

/// A media session with its SDP for the far side, not yet in use.
pub struct Prepared {
    pub session: Session,
    pub events: mpsc::Receiver<SessionEvent>,
    pub sdp: String,
}

/// Event types that one leg may ask for.
const SUBSCRIPTIONS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Its media session or its SDP is being made.
    Preparing,
    /// The device rings.
    Ringing,
    Answered,
    Over,
}

pub struct Leg {
    pub id: CallId,
    pub session: SessionHandle,
    pub member: Member,
    pub stage: Stage,
    /// As its client sees it.
    pub direction: Direction,
    /// Further event types that its client asked for (`verto.subscribe`).
    pub subscribed: BTreeSet<String>,
    /// Id of this leg in `call.state`.
    pub segment: String,
    pub rtc: Option<Arc<Session>>,
    /// The way out to its client, for whoever sends to it.
    pub outlet: Option<Arc<Outlet>>,
    /// Name of its media session among those that may send.
    pub source: SourceId,
    pub route: watch::Sender<Option<Route>>,
    /// Who reads what it sends.
    pub tap: Option<Tap>,
    pub held: bool,
    /// When the next `verto.ping` is due, and whether the last one was answered.
    pub next_ping: Option<Instant>,
    pub ping_unanswered: bool,
    /// Media must be connected by then.
    pub media_by: Option<Instant>,
}

impl Leg {
    pub fn new(id: CallId, session: SessionHandle) -> Self {
        let member = member(&id, &session);
        Self {
            id,
            session,
            member,
            stage: Stage::Preparing,
            direction: Direction::Inbound,
            subscribed: BTreeSet::new(),
            segment: Uuid::new_v4().to_string(),
            rtc: None,
            outlet: None,
            source: SourceId::new(),
            route: watch::Sender::new(None),
            tap: None,
            held: false,
            next_ping: None,
            ping_unanswered: false,
            media_by: None,
        }
    }

    pub fn party(&self) -> &Party {
        self.session.party()
    }

    pub fn event(&self, body: EventBody) {
        self.session.event(body);
    }

    /// Event types as `verto.subscribe` names them. What is too much is left out.
    pub fn subscribe(&mut self, event_types: Vec<String>) {
        for event_type in event_types.into_iter().filter(|name| (1..=128).contains(&name.len())) {
            if self.subscribed.len() < SUBSCRIPTIONS {
                self.subscribed.insert(event_type);
            }
        }
    }

    pub fn bye(&self, cause: HangupCause) {
        self.session.verto(ServerVerto::Bye(ServerBye::new(self.id.clone(), cause)));
    }

    /// The client's call or further leg is answered; `sdp` once per media session.
    pub fn say_answered(&self, sdp: Option<String>) {
        let sdp = match self.session.dialect() {
            Dialect::V3 => sdp.map(|sdp| order::sound_first(&sdp)),
            Dialect::V4 | Dialect::Ahoy => sdp,
        };
        let answer = ServerAnswer { call_id: self.id.clone(), sdp, user_variables: None };
        self.session.verto(ServerVerto::Answer(answer));
    }

    /// Gives it its media session; nothing flows before a route is set.
    pub fn attach(&mut self, ready: Prepared, call: CallHandle) {
        let session = Arc::new(ready.session);
        let outlet = Arc::new(Outlet::new(Arc::clone(&session)));
        self.source = SourceId::new();
        self.rtc = Some(Arc::clone(&session));
        self.outlet = Some(Arc::clone(&outlet));
        let inlet = Inlet { leg: self.id.clone(), id: self.source, session, back: outlet };
        self.tap = Some(pump::start(inlet, Spring::New(ready.events), self.route.subscribe(), call));
    }

    /// Its media, which went elsewhere until now, goes where its route leads from now on.
    pub fn bridge(&mut self, call: CallHandle) {
        let (Some(session), Some(tap)) = (self.rtc.clone(), self.tap.take()) else { return };
        let fresh = || Arc::new(Outlet::new(Arc::clone(&session)));
        let outlet = Arc::clone(self.outlet.get_or_insert_with(fresh));
        let inlet = Inlet { leg: self.id.clone(), id: self.source, session, back: outlet };
        self.tap = Some(pump::start(inlet, Spring::Tap(tap), self.route.subscribe(), call));
    }

    /// Nothing goes from or to it until there is somebody again.
    pub fn cut(&self) {
        self.route.send_replace(None);
        if let Some(outlet) = &self.outlet {
            outlet.show(None);
            outlet.listen_to(&[]);
        }
    }

    /// Lets go of its media session, to be closed or replaced.
    pub fn detach(&mut self) -> Option<Arc<Session>> {
        self.cut();
        (self.outlet, self.tap) = (None, None);
        self.rtc.take()
    }

    /// What it sends, as somebody's picture.
    pub fn feed(&self) -> Option<Feed> {
        self.rtc.as_ref().map(|session| Feed { id: self.source, session: Arc::clone(session) })
    }

    /// The leg has been answered: pings begin, media has to come.
    pub fn answered(&mut self, now: Instant, ping: Duration, media: Duration) {
        self.stage = Stage::Answered;
        self.next_ping = Some(now + ping);
        self.media_by = Some(now + media);
    }

    /// Ends it here; the far side has been told. The media session is closed in the background.
    pub fn release(&mut self) -> Option<Arc<Session>> {
        self.stage = Stage::Over;
        self.next_ping = None;
        self.media_by = None;
        self.session.command(SessionCommand::Ended(self.id.clone()));
        self.detach()
    }

    /// The earliest moment at which this leg needs attention.
    pub fn deadline(&self) -> Option<Instant> {
        [self.next_ping, self.media_by].into_iter().flatten().min()
    }
}

fn member(leg: &CallId, session: &SessionHandle) -> Member {
    let party = session.party();
    Member {
        call_id: Some(leg.clone()),
        node_id: Some(session.node().clone()),
        name: Some(party.name.clone()),
        kind: Some("member".into()),
        requested_position: Some("auto".into()),
        handraised: Some(false),
        visible: Some(true),
        audio_muted: Some(false),
        video_muted: Some(false),
        deaf: Some(false),
        input_volume: Some(0.0),
        output_volume: Some(0.0),
        input_sensitivity: Some(11.1),
        echo_cancellation: Some(true),
        auto_gain: Some(true),
        noise_suppression: Some(true),
        lowbitrate: Some(false),
        denoise: Some(false),
        meta: Some(serde_json::Value::Object(serde_json::Map::new())),
        subscriber_id: Some(party.subscriber_id.as_str().into()),
        address_id: Some(party.address_id.clone()),
        ..Member::bare(MemberId::random())
    }
}
