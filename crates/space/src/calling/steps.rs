//! Doing what the script says.

use super::line::LineStage;
use super::scripted::{Made, Playing, Scripted, State};
use crate::call::{Announcement, CallCommand};
use crate::play::{PlayError, Player, Playlist, Stage};
use crate::swml::Doing;
use ahoy_model::HangupCause;
use ahoy_wire::calling::CallbackParams;
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

impl Scripted {
    /// Goes on until something takes time.
    pub(super) fn advance(&mut self) {
        while self.state == State::Ready && self.playing.is_none() {
            match self.held.take().map_or_else(|| self.script.next(), Ok) {
                Ok(doing) => self.perform(doing),
                Err(error) => {
                    tracing::warn!(%error, "a script was stopped");
                    return self.end(HangupCause::NormalTemporaryFailure);
                }
            }
        }
    }

    fn perform(&mut self, doing: Doing) {
        let early = match &doing {
            Doing::Connect(connect) => connect.answer_on_bridge,
            Doing::Sleep(_) | Doing::Fetch(_) | Doing::Hangup(_) => true,
            _ => false,
        };
        if !early && !self.is_ready() {
            self.held = Some(doing);
            self.state = State::Waiting;
            return self.answer_invite();
        }
        match doing {
            Doing::Answer { max_duration } => {
                if let Some(time) = max_duration {
                    self.end_at = Some(tokio::time::Instant::now() + time);
                }
            }
            Doing::Play(play) => {
                self.start_playing(play.list, None, play.status_url);
                self.state = State::Playing;
            }
            Doing::Connect(connect) => self.connect(connect),
            Doing::JoinRoom(room) => self.send_into(room),
            Doing::Sleep(time) => self.state = State::Sleeping(tokio::time::Instant::now() + time),
            Doing::SendDigits(digits) => {
                if let Some(call) = &self.main.call {
                    self.machine.digits(call, &self.main.id, digits);
                }
            }
            Doing::UserEvent(event) => self.tell_user_event(event),
            Doing::Fetch(url) => self.fetch(url),
            Doing::Hangup(reason) => self.end(reason.cause()),
        }
    }

    fn fetch(&mut self, url: Url) {
        self.state = State::Fetching;
        let core = Arc::clone(&self.core);
        let body = json!({ "call": self.object() }).to_string();
        self.aside(async move {
            let fetched = core.desk.fetch(&url, Some(body)).await;
            if let Err(error) = &fetched {
                let host = url.host_str().unwrap_or_default();
                tracing::warn!(host, %error, "a script's next document cannot be run");
            }
            Made::Document(fetched.ok())
        });
    }

    /// Plays to the main line, and returns the id by which it is controlled.
    pub(super) fn start_playing(
        &mut self,
        list: Playlist,
        control_id: Option<String>,
        status_url: Option<Url>,
    ) -> String {
        let control_id = control_id.unwrap_or_else(|| Uuid::new_v4().to_string());
        let Some(rtc) = self.main.rtc.clone() else { return control_id };
        let stage = Stage { to: rtc, epoch: self.main.epoch, most_bitrate: self.core.config.max_bitrate };
        let player = Player::start(self.core.desk.sources.clone(), list, stage);
        self.playing = Some(Playing { player, control_id: control_id.clone(), status_url, paused: false });
        self.tell_playing("playing", None);
        control_id
    }

    pub(super) fn pause_playing(&mut self, paused: bool) {
        let Some(playing) = self.playing.as_mut().filter(|playing| playing.paused != paused) else { return };
        playing.paused = paused;
        playing.player.set_paused(paused);
        self.tell_playing(if paused { "paused" } else { "playing" }, None);
    }

    /// Breaks off what plays.
    pub(super) fn stop_playing(&mut self) {
        if self.playing.is_some() {
            self.tell_playing("finished", None);
            self.playing = None;
        }
    }

    pub(super) fn play_ended(&mut self, outcome: Result<(), PlayError>) {
        match &outcome {
            Ok(()) => self.tell_playing("finished", None),
            Err(error) => {
                tracing::warn!(%error, "something could not be played");
                self.tell_playing("error", Some(error.to_string()));
            }
        }
        self.playing = None;
        self.played();
    }

    /// Nothing plays any more: the script goes on, if it waited for that.
    pub(super) fn played(&mut self) {
        if self.state == State::Playing {
            self.state = State::Ready;
        }
        self.advance();
    }

    fn tell_playing(&self, state: &str, reason: Option<String>) {
        let Some(playing) = &self.playing else { return };
        // Clients know three words.
        let shown = if state == "error" { "finished" } else { state };
        self.announce(Announcement::Play { control_id: playing.control_id.clone(), state: shown.to_owned() });
        if let Some(url) = &playing.status_url {
            let params = CallbackParams {
                node_id: Some(self.core.node.clone()),
                control_id: Some(playing.control_id.clone()),
                state: Some(state.to_owned()),
                reason,
                ..CallbackParams::bare(self.id.clone())
            };
            self.callbacks.post(url, self.callback("calling.call.play", params));
        }
    }

    pub(super) fn tell_user_event(&self, event: Value) {
        self.announce(Announcement::UserEvent(event));
    }

    fn announce(&self, what: Announcement) {
        if let Some(call) = self.main.call.as_ref().filter(|_| self.main.stage >= LineStage::Answered) {
            call.tell(CallCommand::Announce { leg: self.main.id.clone(), what });
        }
    }
}
