//! All calls: which is active, which waits, which is over but still shown.

use crate::call::{BUSY_TONE, Errand, LiveCall, Room};
use crate::handle::Tiles;
use crate::share::Share;
use crate::snapshot::TileId;
use ahoy_media::Picture;
use ahoy_media::slot::SlotReader;
use ahoy_model::{CallId, CallStatus, Direction, Problem, ProblemCode, RoomSessionId};
use ahoy_signaling::CallInput;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Calls that live at one time; further callers hear that we are busy.
pub(crate) const MOST: usize = 6;
/// How long an ended call stays to show why.
const SHOWN: Duration = Duration::from_secs(10);

pub(crate) struct Calls {
    /// Newest last.
    all: Vec<LiveCall>,
    /// Screens that we show.
    shares: Vec<Share>,
    active: Option<CallId>,
    tiles: watch::Sender<Tiles>,
    self_view: SlotReader<Picture>,
    closing: Vec<JoinHandle<()>>,
}

impl Calls {
    pub(crate) fn new(self_view: SlotReader<Picture>) -> (Self, watch::Receiver<Tiles>) {
        let (tiles, reader) = watch::channel(Tiles::default());
        let calls =
            Self { all: Vec::new(), shares: Vec::new(), active: None, tiles, self_view, closing: Vec::new() };
        calls.publish_tiles();
        (calls, reader)
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &LiveCall> {
        self.all.iter()
    }

    pub(crate) fn get(&self, id: &CallId) -> Option<&LiveCall> {
        self.all.iter().find(|call| call.id() == id)
    }

    pub(crate) fn find(&mut self, id: &CallId) -> Option<&mut LiveCall> {
        let shares = self.shares.iter_mut().map(|share| &mut share.leg);
        self.all.iter_mut().chain(shares).find(|call| call.id() == id)
    }

    pub(crate) fn share(&mut self, share: Share) {
        self.shares.push(share);
    }

    pub(crate) fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// Whether a screen is shown in that call.
    pub(crate) fn is_sharing(&self, call: &CallId) -> bool {
        self.shares.iter().any(|share| share.of == *call && !share.leg.status().is_over())
    }

    /// The living call in this run of a room.
    pub(crate) fn in_room(&mut self, room: &RoomSessionId) -> Option<&mut LiveCall> {
        self.all.iter_mut().find(|call| call.room_session() == Some(room) && !call.status().is_over())
    }

    pub(crate) fn active(&self) -> Option<&CallId> {
        self.active.as_ref()
    }

    fn living(&self) -> impl DoubleEndedIterator<Item = &LiveCall> {
        self.all.iter().filter(|call| !call.status().is_over())
    }

    pub(crate) fn has_living(&self) -> bool {
        self.living().next().is_some()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.living().count() >= MOST
    }

    /// Whether one more call can be placed now.
    pub(crate) fn may_dial(&self) -> Result<(), Problem> {
        if self.is_full() {
            return Err(Problem::new(ProblemCode::TooManyCalls));
        }
        let waits = |call: &LiveCall| call.direction() == Direction::Outbound && !call.was_answered();
        match self.living().find(|call| waits(call)) {
            Some(call) => Err(Problem::new(ProblemCode::CallNotPossible)
                .about(call.view(None).name)
                .because("another call is being placed")),
            None => Ok(()),
        }
    }

    pub(crate) fn add(&mut self, call: LiveCall) {
        self.all.push(call);
        self.publish_tiles();
    }

    pub(crate) fn set_active(&mut self, id: &CallId) {
        self.active = Some(id.clone());
    }

    /// Takes a call that is over out of sight.
    pub(crate) fn dismiss(&mut self, id: &CallId) -> Result<(), Problem> {
        match self.get(id) {
            None => Err(Problem::new(ProblemCode::CallUnknown)),
            Some(call) if !call.status().is_over() => Err(Problem::new(ProblemCode::CallNotPossible)),
            Some(_) => {
                self.drop_where(|call| call.id() == id);
                Ok(())
            }
        }
    }

    fn drop_where(&mut self, gone: impl Fn(&LiveCall) -> bool) {
        let before = self.all.len();
        let (dropped, kept) =
            std::mem::take(&mut self.all).into_iter().partition::<Vec<_>, _>(|call| gone(call));
        self.all = kept;
        self.closing.retain(|task| !task.is_finished());
        for mut call in dropped {
            self.closing.append(&mut call.closing);
        }
        if self.all.len() != before {
            self.publish_tiles();
        }
    }

    /// Removes what has been shown long enough, and picks another active call when the active one is over.
    pub(crate) fn tidy(&mut self, now: Instant) {
        self.drop_where(|call| call.ended_at().is_some_and(|at| now.saturating_duration_since(at) >= SHOWN));
        for mut share in self.shares.extract_if(.., |share| share.leg.status().is_over()) {
            self.closing.append(&mut share.leg.closing);
        }
        let lives = |call: &LiveCall| Some(call.id()) == self.active.as_ref();
        if !self.living().any(lives) {
            // Talked on first, then held, then being placed. A call that rings here is nobody's yet.
            let rank = |call: &&LiveCall| match call.status() {
                CallStatus::Held => 1,
                status if status.is_answered() => 2,
                _ => 0,
            };
            let theirs = |call: &&LiveCall| call.direction() == Direction::Outbound || call.was_answered();
            self.active = self.living().filter(theirs).max_by_key(rank).map(|call| call.id().clone());
        }
    }

    /// Puts calls that are not active on hold and brings the media of all in line.
    pub(crate) fn settle(&mut self, now: Instant, room: &Room) -> Vec<Errand> {
        let mut errands = Vec::new();
        for call in &mut self.all {
            let active = self.active.as_ref() == Some(call.id());
            if !active {
                errands.append(&mut call.park(now, room));
            }
            errands.append(&mut call.settle(active, room));
        }
        for share in &mut self.shares {
            errands.append(&mut share.leg.settle(true, room));
            let talked = |call: &LiveCall| *call.id() == share.of && !call.status().is_over();
            if !self.all.iter().any(talked) {
                errands.append(&mut share.leg.handle(now, CallInput::HangUp, room));
            }
        }
        errands
    }

    /// When something here changes by itself.
    pub(crate) fn deadline(&self, now: Instant) -> Option<Instant> {
        let shown = self
            .all
            .iter()
            .filter_map(LiveCall::ended_at)
            .map(|at| if at + BUSY_TONE > now { at + BUSY_TONE } else { at + SHOWN });
        let shares = self.shares.iter().filter_map(|share| share.leg.deadline());
        self.all.iter().filter_map(LiveCall::deadline).chain(shown).chain(shares).min()
    }

    fn publish_tiles(&self) {
        let mut tiles = HashMap::from([(TileId::SelfView, self.self_view.clone())]);
        tiles.extend(self.all.iter().map(|call| (TileId::Remote(call.id().clone()), call.reader())));
        self.tiles.send_replace(Arc::new(tiles));
    }

    /// Closes all media; what is awaited is that the network knows.
    pub(crate) async fn close(mut self, patience: Duration) {
        for share in &mut self.shares {
            share.leg.close_peer();
            self.closing.append(&mut share.leg.closing);
        }
        for call in &mut self.all {
            call.close_peer();
        }
        self.drop_where(|_| true);
        let all = async {
            for task in self.closing {
                let _ = task.await;
            }
        };
        let _ = tokio::time::timeout(patience, all).await;
    }
}
