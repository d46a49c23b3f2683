//! What a room plays to everybody: a film or a sound, by the player that also plays into calls.

use super::canvas::{LineId, Tile};
use super::desk::{Mixing, PACKETS, Plug};
use super::handle::{RoomCommand, RoomHandle};
use super::layout::{Area, Position};
use super::room::Room;
use super::seating::Sitter;
use crate::clock;
use crate::play::{self, Listener, PlayError, Playable, Player, Playlist, Stage};
use ahoy_media::engine::{PushResult, VideoReceiver};
use ahoy_model::{AudioCodec, AudioPacket, EncodedFrame, MediaKind, SenderReport, VideoCodec};
use ahoy_wire::{CallPlay, EventBody, PlaybackOrder, RpcError};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use uuid::Uuid;

/// It is heard as it is, and hears nothing.
const VOICE: Mixing = Mixing { muted: false, deaf: true, gain: 1.0, volume: 1.0, threshold: None };

pub struct Playback {
    pub line: LineId,
    control_id: String,
    url: String,
    player: Player,
    position: Position,
    /// dB.
    volume: f64,
    paused: bool,
    /// It has pictures; sound alone takes nobody's place.
    shown: bool,
    /// Unix ms.
    started: u64,
}

impl Playback {
    /// Its place in the layout, when it has pictures.
    pub fn sitter(&self) -> Option<Sitter<LineId>> {
        self.shown.then_some(Sitter { who: self.line, wish: self.position, screen: true, spoke: 0 })
    }

    pub fn tile(&self, area: Area) -> Tile {
        Tile { line: self.line, area, name: "".into(), live: true, still: true }
    }

    fn state(&self) -> &'static str {
        if self.paused { "paused" } else { "playing" }
    }

    fn described(&self) -> Value {
        json!({
            "id": self.control_id, "state": self.state(), "url": self.url, "volume": self.volume,
            "position": self.position.to_string(), "started_at": self.started,
        })
    }
}

/// The end of what plays; never, when nothing does.
pub async fn finished(playback: &mut Option<Playback>) -> Result<(), PlayError> {
    match playback {
        Some(playback) => playback.player.finished().await,
        None => std::future::pending().await,
    }
}

/// The room as a listener.
struct House {
    line: LineId,
    room: RoomHandle,
    sound: mpsc::Sender<AudioPacket>,
    sequence: AtomicU16,
    pictures: VideoReceiver,
    /// The decoder asks for key frames by this.
    asks: Mutex<watch::Receiver<u64>>,
    shows: AtomicBool,
}

impl Listener for House {
    fn takes(&self) -> (bool, bool) {
        (true, true)
    }

    fn sound(&self, packet: AudioPacket) -> bool {
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let at = std::time::Instant::now();
        self.sound.try_send(AudioPacket { sequence, at, ..packet }).is_ok()
    }

    fn picture(&self, frame: EncodedFrame) -> bool {
        if !self.shows.load(Ordering::Relaxed) {
            let told = self.room.tell(RoomCommand::Shows(self.line));
            self.shows.store(told, Ordering::Relaxed);
        }
        let torn = {
            let mut asks = self.asks.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = asks.has_changed().unwrap_or(false);
            asks.mark_unchanged();
            asked && !frame.key
        };
        !torn && self.pictures.push(frame) == PushResult::Queued
    }

    fn clock(&self, _kind: MediaKind, _report: SenderReport) {
        // Sound and pictures come in time; nothing between here and the mixer delays one more than the other.
    }
}

impl Room {
    pub(super) fn play(&mut self, order: &PlaybackOrder) -> Result<(), RpcError> {
        match order {
            PlaybackOrder::Start { url, volume, position, times } => {
                let position = match position {
                    Some(word) => Position::read(word)
                        .ok_or_else(|| RpcError::invalid_params("there is no such position"))?,
                    None => Position::Playback,
                };
                let item = Playable::parse(url)
                    .map_err(|error| RpcError::invalid_params(&format!("url {error}")))?;
                let times = match times {
                    Some(0) => None,
                    Some(times) => Some(*times),
                    None => Some(1),
                };
                self.start_playing(url, item, position, volume.unwrap_or(0.0), times);
                return Ok(());
            }
            PlaybackOrder::Stop => {
                self.playback.as_ref().ok_or_else(plays_nothing)?;
                self.stop_playing("finished");
                return Ok(());
            }
            _ => {}
        }
        let playback = self.playback.as_mut().ok_or_else(plays_nothing)?;
        let before = playback.state();
        match order {
            PlaybackOrder::Pause => playback.paused = true,
            PlaybackOrder::Resume => playback.paused = false,
            PlaybackOrder::Volume(volume) => {
                playback.volume = within(*volume);
                playback.player.set_volume(playback.volume);
            }
            PlaybackOrder::Start { .. } | PlaybackOrder::Stop => {}
        }
        playback.player.set_paused(playback.paused);
        let (state, control_id) = (playback.state(), playback.control_id.clone());
        self.sheet.playback = Some(playback.described());
        if state != before {
            self.tell_playing(&control_id, state);
        }
        self.tell_room();
        Ok(())
    }

    fn start_playing(&mut self, url: &str, item: Playable, at: Position, volume: f64, times: Option<u32>) {
        self.stop_playing("finished");
        let line = self.new_line();
        let (sound, packets) = mpsc::channel(PACKETS);
        let (decoder, pictures) = VideoReceiver::start(VideoCodec::H264);
        let house = House {
            line,
            room: self.own.clone(),
            sound,
            sequence: AtomicU16::new(0),
            asks: Mutex::new(decoder.needs_key_frame()),
            pictures: decoder,
            shows: AtomicBool::new(false),
        };
        let plug =
            Plug { hears: Some((AudioCodec::Opus, packets)), speaks: None, beside: None, mixing: VOICE };
        self.sound.plug(line, plug);
        self.canvas.add(line, pictures);
        let volume = within(volume);
        let list = Playlist { items: vec![item], volume, times };
        let stage =
            Stage { to: Arc::new(house), epoch: Instant::now(), most_bitrate: self.settings.max_bitrate() };
        let playback = Playback {
            line,
            control_id: Uuid::new_v4().to_string(),
            url: url.to_owned(),
            player: Player::start(self.tools.sources.clone(), list, stage),
            position: at,
            volume,
            paused: false,
            shown: false,
            started: clock::unix_ms(),
        };
        let control_id = playback.control_id.clone();
        self.sheet.playback = Some(playback.described());
        self.playback = Some(playback);
        self.tell_playing(&control_id, "playing");
        self.tell_room();
    }

    /// The first picture has come.
    pub(super) fn shows(&mut self, line: LineId) {
        if let Some(playback) = self.playback.as_mut().filter(|playback| playback.line == line) {
            playback.shown = true;
            self.arrange(None);
        }
    }

    /// It has come to its end, or could not.
    pub(super) fn played(&mut self, end: Result<(), PlayError>) {
        match end {
            Ok(()) => self.stop_playing("finished"),
            Err(error) => {
                tracing::warn!(room = self.sheet.name, %error, "a room plays no further");
                self.stop_playing("error");
            }
        }
    }

    fn stop_playing(&mut self, state: &str) {
        let Some(playback) = self.playback.take() else { return };
        self.sheet.playback = None;
        self.sound.unplug(playback.line);
        self.canvas.remove(playback.line);
        self.tell_playing(&playback.control_id, state);
        self.tell_room();
        if playback.shown {
            self.arrange(None);
        }
    }

    fn tell_playing(&self, control_id: &str, state: &str) {
        for line in self.lines.iter().filter(|line| line.parent.is_none()) {
            line.session.event(EventBody::CallPlay(CallPlay {
                call_id: line.leg.clone(),
                control_id: Some(control_id.to_owned()),
                node_id: Some(line.session.node().clone()),
                state: Some(state.to_owned()),
                room_session_id: Some(self.sheet.session_id.clone()),
            }));
        }
    }
}

fn within(volume: f64) -> f64 {
    if volume.is_nan() { 0.0 } else { volume.clamp(*play::VOLUMES.start(), *play::VOLUMES.end()) }
}

fn plays_nothing() -> RpcError {
    RpcError::invalid_params("the room plays nothing")
}
