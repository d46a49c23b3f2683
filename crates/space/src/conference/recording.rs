//! The recording of a room: one more who is sent its picture and its sound.

use super::broadcast::{Kind, Viewer};
use super::canvas::LineId;
use super::desk::{Mixing, Plug};
use super::handle::RoomCommand;
use super::room::Room;
use super::tier::Tier;
use crate::clock;
use crate::record::{Feed, RecordError, Recorded, Recorder};
use ahoy_model::{AudioCodec, VideoCodec};
use ahoy_wire::{RecordingOrder, RpcError};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::time::{Duration, Instant};
use uuid::Uuid;

/// What a film is made of.
const KIND: Kind = (VideoCodec::H264, Tier::Full);
/// Whoever looks for a place in the film finds one that begins anew this often.
const KEY_EVERY: Duration = Duration::from_secs(10);
/// Recordings of a room's run that members are told of.
const REMEMBERED: usize = 16;
/// It hears everybody and says nothing.
const EARS: Mixing = Mixing { muted: true, deaf: false, gain: 1.0, volume: 1.0, threshold: None };

pub struct Recording {
    id: String,
    line: LineId,
    recorder: Recorder,
    feed: Feed,
    /// Grows when its pictures have to begin anew.
    generation: u32,
    paused: bool,
    /// Unix ms.
    started: u64,
    key_frame: Instant,
}

impl Recording {
    pub fn runs(&self) -> bool {
        !self.paused
    }

    /// It is sent what somebody with the best path would be.
    pub fn viewer(&self) -> Option<(Kind, Viewer)> {
        let feed = self.feed.clone();
        let out = Arc::new(move |frame| feed.picture(frame));
        self.runs().then(|| (KIND, Viewer { line: self.line, generation: self.generation, out }))
    }

    fn file_name(&self) -> Option<&str> {
        self.recorder.file().file_name()?.to_str()
    }

    fn shown(&self, state: &str) -> Value {
        json!({
            "id": self.id, "state": state, "started_at": self.started, "file": self.file_name(),
        })
    }
}

impl Room {
    pub(super) fn record(&mut self, order: RecordingOrder) -> Result<(), RpcError> {
        match order {
            RecordingOrder::Start if self.recording.is_some() => {
                Err(RpcError::invalid_params("the room is recorded already"))
            }
            RecordingOrder::Start => self.start_recording(),
            RecordingOrder::Pause => self.pause_recording(true),
            RecordingOrder::Resume => self.pause_recording(false),
            RecordingOrder::Stop => {
                let recording = self.recording.take().ok_or_else(not_recorded)?;
                self.sheet.recording = None;
                self.past(recording.shown("completed"));
                self.sound.unplug(recording.line);
                drop(recording);
                self.tell_room();
                self.serve();
                Ok(())
            }
        }
    }

    /// The first one is here, and the room's settings want it.
    pub(super) fn record_on_start(&mut self) {
        if let Err(error) = self.start_recording() {
            tracing::error!(room = self.sheet.name, reason = error.message, "a room is not recorded");
        }
    }

    fn start_recording(&mut self) -> Result<(), RpcError> {
        let refused = |error: RecordError| RpcError::invalid_params(&error.to_string());
        let folder = self.tools.recordings.clone().ok_or_else(|| refused(RecordError::NoFolder))?;
        let (room, line) = (self.own.clone(), self.new_line());
        let now = clock::unix_ms();
        let stamp = clock::iso(i64::try_from(now / 1_000).unwrap_or_default()).replace(':', "-");
        let size = (self.sheet.canvas.width, self.sheet.canvas.height);
        let (runtime, written) = (tokio::runtime::Handle::current(), self.tools.films.token());
        let ended = move |end| {
            drop(written);
            // The room may be full of work for a moment, or over.
            runtime.spawn(async move { room.send(RoomCommand::Recorded { line, end }).await });
        };
        let recorder = Recorder::start(&folder, &self.settings.name, &stamp, size, ended).map_err(refused)?;
        let feed = recorder.feed();
        let recording = Recording {
            id: Uuid::new_v4().to_string(),
            line,
            recorder,
            feed,
            generation: 1,
            paused: false,
            started: now,
            key_frame: Instant::now(),
        };
        self.sheet.recording = Some(recording.shown("recording"));
        self.recording = Some(recording);
        self.plug_recording();
        self.tell_room();
        self.serve();
        Ok(())
    }

    fn plug_recording(&self) {
        let Some(recording) = &self.recording else { return };
        let feed = recording.feed.clone();
        let send = Box::new(move |packet| feed.sound(&packet));
        let plug = Plug { hears: None, speaks: Some((AudioCodec::Opus, send)), beside: None, mixing: EARS };
        self.sound.plug(recording.line, plug);
    }

    fn pause_recording(&mut self, pause: bool) -> Result<(), RpcError> {
        let recording = self.recording.as_mut().ok_or_else(not_recorded)?;
        if recording.paused == pause {
            return Ok(());
        }
        let told = if pause { recording.recorder.pause() } else { recording.recorder.resume() };
        if !told {
            return Err(RpcError::invalid_params("the recording is behind; try again"));
        }
        recording.paused = pause;
        recording.generation += 1;
        let line = recording.line;
        self.sheet.recording = Some(recording.shown(if pause { "paused" } else { "recording" }));
        if pause {
            self.sound.unplug(line);
        } else {
            self.plug_recording();
        }
        self.tell_room();
        self.serve();
        Ok(())
    }

    /// A film is complete, or cannot go on.
    pub(super) fn recorded(&mut self, line: LineId, end: Result<Recorded, RecordError>) {
        match &end {
            Ok(film) => tracing::info!(room = self.sheet.name, ?film, "a recording is complete"),
            Err(error) => tracing::error!(room = self.sheet.name, %error, "a recording ends early"),
        }
        if let Some(recording) = self.recording.take_if(|recording| recording.line == line) {
            self.sheet.recording = None;
            self.sound.unplug(line);
            self.past(recording.shown("failed"));
            self.tell_room();
            self.serve();
        }
    }

    fn past(&mut self, recording: Value) {
        if self.sheet.recordings.len() == REMEMBERED {
            self.sheet.recordings.remove(0);
        }
        self.sheet.recordings.push(recording);
    }

    /// To be called now and then.
    pub(super) fn keep_recording(&mut self) {
        if let Some(recording) = self.recording.as_mut().filter(|recording| recording.runs())
            && recording.key_frame.elapsed() >= KEY_EVERY
        {
            recording.key_frame = Instant::now();
            self.broadcast.request_key_frame(KIND);
        }
    }
}

fn not_recorded() -> RpcError {
    RpcError::invalid_params("the room is not recorded")
}
