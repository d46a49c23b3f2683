//! `connect`: ringing others, and letting two talk.

use super::line::{Line, LineStage};
use super::scripted::{Connecting, Scripted, State};
use crate::party::{Party, Reach};
use crate::swml::Connect;
use ahoy_model::{CallId, HangupCause};
use std::collections::VecDeque;
use tokio::time::Instant;
use uuid::Uuid;

impl Scripted {
    pub(super) fn connect(&mut self, connect: Box<Connect>) {
        self.state = State::Connecting;
        let waves = VecDeque::from(connect.waves.clone());
        if let (Some(ringback), true) = (connect.ringback.clone(), self.is_ready()) {
            self.start_playing(ringback, None, None);
        }
        self.connecting = Some(Connecting { connect, waves, ringing: Vec::new() });
        self.next_wave();
    }

    /// Rings those whose turn it is; when there is nobody left, the `connect` has failed.
    fn next_wave(&mut self) {
        let Some(connecting) = &mut self.connecting else { return };
        let Some(wave) = connecting.waves.pop_front() else { return self.connect_done(false) };
        let now = Instant::now();
        let mut begun = Vec::new();
        for target in wave {
            let mut line = Line::new(CallId::random(), None);
            line.dialled = target.to.to_string();
            begun.push(line.id.clone());
            connecting.ringing.push((line, now + target.timeout));
        }
        let pictures = self.main.rtc.is_none() || self.main.has_pictures();
        for line in begun {
            self.offer(line, pictures);
        }
    }

    /// As whom the others are called: as the one who is in the call, or as the document says.
    pub(super) fn shown_caller(&self) -> Party {
        let from = self.connecting.as_ref().and_then(|connecting| connecting.connect.from.clone());
        let (name, uri) = match (&self.invite, from) {
            (_, Some(from)) => (from.clone(), from),
            (Some(invite), None) => {
                let uri = invite.caller_id_number.clone().unwrap_or_default();
                (invite.caller_name().unwrap_or(&uri).to_owned(), uri)
            }
            (None, None) => (self.to.clone(), self.to.clone()),
        };
        Party {
            subscriber_id: Uuid::new_v4().to_string(),
            name,
            uri,
            address_id: String::new(),
            reach: Reach::Everything,
        }
    }

    pub(super) fn ringing_line(&mut self, id: &CallId) -> Option<&mut Line> {
        let ringing = self.connecting.iter_mut().flat_map(|connecting| &mut connecting.ringing);
        ringing.map(|(line, _)| line).find(|line| line.id == *id)
    }

    /// Somebody who was rung cannot be had.
    pub(super) fn target_gone(&mut self, id: &CallId) {
        let Some(connecting) = &mut self.connecting else { return };
        let Some(place) = connecting.ringing.iter().position(|(line, _)| line.id == *id) else { return };
        let (line, _) = connecting.ringing.remove(place);
        let nobody = connecting.ringing.is_empty();
        self.close(line);
        if nobody {
            self.next_wave();
        }
    }

    /// Gives up those who ring for too long.
    pub(super) fn give_up(&mut self, now: Instant) {
        let late: Vec<CallId> = self
            .connecting
            .iter()
            .flat_map(|connecting| &connecting.ringing)
            .filter(|(_, until)| now >= *until)
            .map(|(line, _)| line.id.clone())
            .collect();
        for id in late {
            let call = self.ringing_line(&id).and_then(|line| line.call.clone());
            if let Some(call) = call {
                self.machine.bye(&call, &id, HangupCause::OriginatorCancel);
            }
            self.target_gone(&id);
        }
    }

    /// One of those who ring has answered: the others are told, and the two talk.
    pub(super) fn target_answered(&mut self, id: &CallId) {
        let Some(connecting) = &mut self.connecting else { return };
        let Some(place) = connecting.ringing.iter().position(|(line, _)| line.id == *id) else { return };
        let (line, _) = connecting.ringing.remove(place);
        let max = connecting.connect.max_duration;
        let others = std::mem::take(&mut connecting.ringing);
        connecting.waves.clear();
        for (other, _) in others {
            if let Some(call) = &other.call {
                self.machine.bye(call, &other.id, HangupCause::LoseRace);
            }
            self.close(other);
        }
        self.stop_playing();
        self.peer = Some((line, max.map(|max| Instant::now() + max)));
        self.state = State::Bridged;
        self.answer_invite();
        self.bridge();
    }

    /// Sends each of the two to the other, as soon as both have their media.
    pub(super) fn bridge(&mut self) {
        let Some((peer, _)) = self.peer.as_ref().filter(|_| self.state == State::Bridged) else { return };
        if let (Some(main), Some(other)) = (&self.main.rtc, &peer.rtc) {
            self.main.route.send_replace(Some(other.clone()));
            peer.route.send_replace(Some(main.clone()));
        }
    }

    /// The other one has gone, or their time is up.
    pub(super) fn peer_gone(&mut self, bye: Option<HangupCause>) {
        let Some((line, _)) = self.peer.take() else { return };
        if let (Some(cause), Some(call)) = (bye, &line.call) {
            self.machine.bye(call, &line.id, cause);
        }
        self.main.route.send_replace(None);
        self.close(line);
        self.connect_done(true);
    }

    fn connect_done(&mut self, talked: bool) {
        self.stop_playing();
        let Some(Connecting { connect, .. }) = self.connecting.take() else { return };
        let branch = if talked { connect.connected } else { connect.failed };
        self.state = State::Ready;
        if let Some(branch) = branch
            && let Err(error) = self.script.branch(branch)
        {
            tracing::warn!(%error, "a script was stopped");
            return self.end(HangupCause::NormalTemporaryFailure);
        }
        self.advance();
    }

    /// Ends every line but the main one.
    pub(super) fn hang_up_others(&mut self, cause: HangupCause) {
        let ringing = self.connecting.take().map(|connecting| connecting.ringing).unwrap_or_default();
        let peer = self.peer.take().map(|(line, _)| line);
        for line in ringing.into_iter().map(|(line, _)| line).chain(peer) {
            if let Some(call) = &line.call {
                let ringing = line.stage < LineStage::Answered;
                self.machine.bye(call, &line.id, if ringing { HangupCause::OriginatorCancel } else { cause });
            }
            self.close(line);
        }
        self.main.route.send_replace(None);
    }
}
