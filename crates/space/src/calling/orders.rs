//! What the Calling API tells a running call.

use super::scripted::{Scripted, State};
use crate::play::{Playlist, VOLUMES};
use crate::swml::{Connect, Document, Step, Target, Verb};
use ahoy_model::{DialTarget, HangupCause};
use ahoy_wire::calling::CallObject;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use url::Url;

pub type Orders = mpsc::Receiver<Order>;

/// Why an order was not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    #[error("there is no such call")]
    NoCall,
    #[error("the call has not been answered yet")]
    NotAnswered,
    #[error("the call is connected with somebody")]
    Connected,
    #[error("names nothing that is playing")]
    NothingPlays,
    #[error("names no section of the running document")]
    NoSection,
    #[error("must be between -40 and 40 dB")]
    Volume,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayControl {
    Pause,
    Resume,
    Stop,
    /// dB.
    Volume(f64),
}

pub enum What {
    End(HangupCause),
    Play {
        list: Playlist,
        control_id: Option<String>,
        status_url: Option<Url>,
    },
    Control {
        control_id: Option<String>,
        control: PlayControl,
    },
    /// Go on with another document.
    Replace(Arc<Document>),
    /// Go on with another section of this one.
    Section(String),
    /// Go on by connecting with somebody.
    Address(DialTarget),
    UserEvent(Value),
}

pub struct Order {
    pub what: What,
    pub reply: oneshot::Sender<Result<CallObject, OrderError>>,
}

impl Scripted {
    pub(super) fn take_order(&mut self, Order { what, reply }: Order) {
        let done = self.carry_out(what).map(|control_id| CallObject { control_id, ..self.object() });
        // Whoever ordered may have gone.
        let _ = reply.send(done);
    }

    fn carry_out(&mut self, what: What) -> Result<Option<String>, OrderError> {
        match what {
            What::End(cause) => self.end(cause),
            What::Play { list, control_id, status_url } => {
                if !self.is_ready() {
                    return Err(OrderError::NotAnswered);
                }
                if matches!(self.state, State::Bridged | State::Lodged) {
                    return Err(OrderError::Connected);
                }
                // One thing plays at one time; the script goes on when this is over.
                self.stop_playing();
                return Ok(Some(self.start_playing(list, control_id, status_url)));
            }
            What::Control { control_id, control } => return self.control(control_id, control).map(Some),
            What::Replace(document) => {
                self.script.replace(document);
                self.restart();
            }
            What::Section(name) => {
                if !self.script.go_to_section(&name) {
                    return Err(OrderError::NoSection);
                }
                self.restart();
            }
            What::Address(to) => {
                let target = Target { to, timeout: Duration::from_secs(60) };
                let connect = Connect {
                    waves: vec![vec![target]],
                    from: None,
                    answer_on_bridge: false,
                    max_duration: None,
                    ringback: None,
                    connected: None,
                    failed: None,
                };
                let step = Step { verb: Verb::Connect(connect), at: String::new() };
                self.script.replace(Arc::new(Document::of_steps(vec![step])));
                self.restart();
            }
            What::UserEvent(event) => {
                if !self.is_ready() {
                    return Err(OrderError::NotAnswered);
                }
                self.tell_user_event(event);
            }
        }
        Ok(None)
    }

    fn control(&mut self, control_id: Option<String>, control: PlayControl) -> Result<String, OrderError> {
        let meant = |id: &String| control_id.as_ref().is_none_or(|wanted| wanted == id);
        let Some(playing) = self.playing.as_mut().filter(|playing| meant(&playing.control_id)) else {
            return Err(OrderError::NothingPlays);
        };
        let id = playing.control_id.clone();
        match control {
            PlayControl::Pause => self.pause_playing(true),
            PlayControl::Resume => self.pause_playing(false),
            PlayControl::Volume(volume) if VOLUMES.contains(&volume) => playing.player.set_volume(volume),
            PlayControl::Volume(_) => return Err(OrderError::Volume),
            PlayControl::Stop => {
                self.stop_playing();
                self.played();
            }
        }
        Ok(id)
    }

    /// Leaves what is being done and begins with what the script says now.
    fn restart(&mut self) {
        self.stop_playing();
        self.fetch_back();
        self.hang_up_others(HangupCause::NormalClearing);
        self.held = None;
        if self.is_ready() || self.is_inbound() {
            self.state = State::Ready;
            self.advance();
        }
    }
}
