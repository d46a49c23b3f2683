//! One room while somebody is in it: a task that owns its members, its layout and the threads that mix.

use super::attendee::Attendee;
use super::broadcast::Broadcast;
use super::canvas::LineId;
use super::directory::Tools;
use super::handle::{Admission, Entrance, LineNews, RoomCommand, RoomHandle};
use super::layout::Layout;
use super::line::Line;
use super::picture::CanvasThread;
use super::playback::{self, Playback};
use super::recording::Recording;
use super::rights::Role;
use super::seating::Seat;
use super::settings::RoomSettings;
use super::sheet::Sheet;
use super::sound::SoundThread;
use ahoy_model::{CallId, HangupCause, RoomSessionId};
use ahoy_rtc::Session;
use ahoy_wire::{EventBody, Member};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How often qualities are considered anew.
const CONSIDER: Duration = Duration::from_millis(500);
/// Whoever was admitted must have come by then, else the room does not wait for him any more.
const COMING: Duration = Duration::from_secs(90);
/// The prominent place does not change hands more often than this.
pub const FLOOR: Duration = Duration::from_secs(2);

pub struct Room {
    pub(super) own: RoomHandle,
    pub(super) tools: Tools,
    pub(super) settings: RoomSettings,
    pub(super) sheet: Sheet,
    /// In the order in which they came.
    pub(super) lines: Vec<Line>,
    /// Admitted and not yet here: until when, and as what.
    coming: HashMap<CallId, (Instant, Role)>,
    pub(super) seats: Vec<Seat<LineId>>,
    /// The layout that comes back when the last screen is gone.
    pub(super) before_screens: Option<Layout>,
    pub(super) sound: SoundThread,
    pub(super) canvas: CanvasThread,
    pub(super) broadcast: Broadcast,
    pub(super) watched: bool,
    pub(super) recording: Option<Recording>,
    pub(super) playback: Option<Playback>,
    pub(super) spoken: u64,
    pub(super) floor_moved: Option<Instant>,
    pub(super) floor_waits: bool,
    next_line: LineId,
    over: bool,
}

/// Starts a room; it ends when nobody is in it and nobody is expected.
pub fn open(
    tools: Tools,
    settings: RoomSettings,
    ended: impl FnOnce(&RoomHandle) + Send + 'static,
) -> RoomHandle {
    let (own, inbox) = RoomHandle::new();
    let (talks, sound_ended, canvas_ended) = (own.clone(), own.clone(), own.clone());
    // A room that cannot be told is over, and that is why its thread has ended.
    let gone = |room: RoomHandle| {
        move || {
            room.tell(RoomCommand::ThreadEnded);
        }
    };
    let sound = SoundThread::start(
        move |line, talking| talks.tell(RoomCommand::Line(line, LineNews::Talks(talking))),
        gone(sound_ended),
    );
    let canvas = CanvasThread::start(settings.canvas(), settings.fps, gone(canvas_ended));
    let sheet = Sheet {
        session_id: RoomSessionId::random(),
        room_id: settings.id.clone(),
        name: settings.name.clone(),
        display_name: settings.display_name.clone(),
        layout: settings.layout(),
        canvas: settings.canvas(),
        locked: false,
        hide_video_muted: false,
        prioritize_handraise: false,
        recordings: Vec::new(),
        recording: None,
        playback: None,
        meta: settings.meta.clone(),
    };
    let room = Room {
        own: own.clone(),
        tools,
        settings,
        sheet,
        lines: Vec::new(),
        coming: HashMap::new(),
        seats: Vec::new(),
        before_screens: None,
        sound,
        canvas,
        broadcast: Broadcast::default(),
        watched: false,
        recording: None,
        playback: None,
        spoken: 0,
        floor_moved: None,
        floor_waits: false,
        next_line: 1,
        over: false,
    };
    tokio::spawn(async move {
        let handle = room.own.clone();
        room.run(inbox).await;
        ended(&handle);
    });
    own
}

impl Room {
    async fn run(mut self, mut inbox: mpsc::Receiver<RoomCommand>) {
        let mut considers = interval(CONSIDER);
        considers.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first command is what the room was opened for.
        if let Some(first) = inbox.recv().await {
            self.take(first);
        }
        while !(self.over || self.lines.is_empty() && self.coming.is_empty()) {
            tokio::select! {
                command = inbox.recv() => match command {
                    Some(command) => self.take(command),
                    None => break,
                },
                _ = considers.tick() => self.consider(),
                end = playback::finished(&mut self.playback) => self.played(end),
            }
        }
        self.dismiss_all(HangupCause::NormalClearing);
        // Whoever asks now is answered by the room that comes after this one.
        inbox.close();
        while inbox.recv().await.is_some() {}
        tracing::debug!(room = self.sheet.name, "a room is over");
    }

    fn take(&mut self, command: RoomCommand) {
        match command {
            RoomCommand::Admit { leg, subscriber, reply } => {
                let answer = self.admit(leg, &subscriber);
                // Whoever asked may have hung up meanwhile: then his leave follows.
                let _ = reply.send(answer);
            }
            RoomCommand::Enter(entrance) => self.enter(*entrance),
            RoomCommand::Media { leg, rtc, again } => self.media(&leg, rtc, again),
            RoomCommand::Held { leg, held } => self.held(&leg, held),
            RoomCommand::Method { leg, id, request } => self.method(&leg, &id, *request),
            RoomCommand::Leave { leg } => self.leave(&leg),
            RoomCommand::Line(line, news) => self.news(line, news),
            RoomCommand::Changed(Some(settings)) => self.settings_changed(*settings),
            RoomCommand::Changed(None) => self.dismiss_all(HangupCause::NormalClearing),
            RoomCommand::Shows(line) => self.shows(line),
            RoomCommand::Recorded { line, end } => self.recorded(line, end),
            RoomCommand::ThreadEnded => {
                tracing::error!(room = self.sheet.name, "a room cannot go on");
                self.dismiss_all(HangupCause::NormalTemporaryFailure);
                self.over = true;
            }
        }
    }

    fn admit(&mut self, leg: CallId, subscriber: &str) -> Result<Admission, HangupCause> {
        let role = self.settings.role_of(subscriber).ok_or(HangupCause::OutgoingCallBarred)?;
        if self.sheet.locked && role != Role::Owner {
            return Err(HangupCause::CallRejected);
        }
        let people = self.lines.iter().filter(|line| line.parent.is_none()).count();
        if people + self.coming.len() >= self.settings.capacity {
            return Err(HangupCause::UserBusy);
        }
        self.coming.insert(leg, (Instant::now() + COMING, role));
        Ok(Admission {
            session_id: self.sheet.session_id.clone(),
            room_id: self.sheet.room_id.clone(),
            display_name: self.sheet.display_name.clone(),
            max_bitrate: self.settings.max_bitrate(),
        })
    }

    /// `call.joined` → `layout.changed` for the new one; the others hear `member.joined` (WIRE.md 16).
    fn enter(&mut self, entrance: Entrance) {
        let role = match &entrance.parent {
            Some(parent) => self.role_of_child(parent, &entrance.member),
            None => self.coming.remove(&entrance.leg).map(|(_, role)| role),
        };
        let Some(role) = role else {
            // He came too late, or may not do this.
            entrance.call.dismiss(entrance.leg, HangupCause::OutgoingCallBarred);
            return;
        };
        let line = self.new_line();
        let attendee = Attendee::new(entrance.member, role);
        tracing::debug!(room = self.sheet.name, members = self.lines.len() + 1, "somebody comes");
        let joined = self.sheet.member_joined(&attendee.member);
        self.everybody(&joined);
        let line = Line::new(
            line,
            attendee,
            entrance.leg,
            entrance.session,
            entrance.call,
            (entrance.rtc, entrance.exit),
            entrance.link,
            entrance.parent,
            (self.sheet.canvas, self.settings.fps),
        );
        let (id, is_child) = (line.id, line.parent.is_some());
        self.lines.push(line);
        if !is_child {
            self.tell_joined(id);
        }
        self.plug(id);
        self.screens_changed();
        self.arrange((!is_child).then_some(id));
        if self.settings.record_on_start && self.lines.len() == 1 {
            self.record_on_start();
        }
    }

    pub(super) fn new_line(&mut self) -> LineId {
        let line = self.next_line;
        self.next_line += 1;
        line
    }

    /// As what a further leg comes in; `None`: its member is not here, or may not have it.
    fn role_of_child(&self, parent: &CallId, child: &Member) -> Option<Role> {
        let role = self.lines.iter().find(|line| line.leg == *parent)?.attendee.role;
        let right = if child.kind.as_deref() == Some("screen") { "screenshare" } else { "device" };
        role.may(self.settings.is_moderated(), right).then_some(role)
    }

    /// The first screen brings its layout, and the last one takes it away again, unless somebody has chosen another one.
    fn screens_changed(&mut self) {
        let any = self.lines.iter().any(|line| line.attendee.is_screen());
        match (any, self.before_screens) {
            (true, None) if self.sheet.layout != Layout::ScreenShare => {
                self.before_screens = Some(std::mem::replace(&mut self.sheet.layout, Layout::ScreenShare));
                self.seats.clear();
            }
            (false, Some(before)) => {
                self.before_screens = None;
                if self.sheet.layout == Layout::ScreenShare {
                    self.sheet.layout = before;
                    self.seats.clear();
                }
            }
            _ => {}
        }
    }

    pub(super) fn tell_joined(&self, id: LineId) {
        let Some(line) = self.line(id) else { return };
        let members = self.lines.iter().map(|line| line.attendee.member.clone());
        let has = |right: &&&str| **right != "recording" || self.tools.recordings.is_some();
        let rights = line.attendee.role.capabilities(self.settings.is_moderated());
        let rights: Vec<&str> = rights.iter().filter(has).copied().collect();
        line.session.event(self.sheet.joined(
            &line.leg,
            line.session.node(),
            &line.attendee.member.member_id,
            &rights,
            members,
        ));
    }

    fn media(&mut self, leg: &CallId, rtc: Arc<Session>, again: bool) {
        let Some(line) = self.lines.iter_mut().find(|line| line.leg == *leg) else { return };
        line.media(rtc);
        let id = line.id;
        if again {
            line.attendee.set_held(false);
            self.tell_joined(id);
        }
        self.plug(id);
        self.arrange(again.then_some(id));
    }

    fn held(&mut self, leg: &CallId, held: bool) {
        let Some(line) = self.lines.iter_mut().find(|line| line.leg == *leg) else { return };
        line.attendee.set_held(held);
        let (id, mixing) = (line.id, line.attendee.mixing());
        let event = self.sheet.member_updated(&line.attendee.member, &["meta"]);
        self.sound.set(id, mixing);
        self.everybody(&event);
        self.arrange(None);
    }

    fn leave(&mut self, leg: &CallId) {
        self.coming.remove(leg);
        // What belongs to a member goes with it.
        let gone = |line: &Line| line.leg == *leg || line.parent.as_ref() == Some(leg);
        let (left, kept): (Vec<Line>, Vec<Line>) =
            std::mem::take(&mut self.lines).into_iter().partition(gone);
        self.lines = kept;
        if left.is_empty() {
            return;
        }
        for line in left {
            self.sound.unplug(line.id);
            self.canvas.remove(line.id);
            self.everybody(&self.sheet.member_left(&line.attendee.member, line.reason));
        }
        self.screens_changed();
        self.arrange(None);
    }

    fn news(&mut self, id: LineId, news: LineNews) {
        let now = Instant::now().into_std();
        let Some(line) = self.line_mut(id) else { return };
        match news {
            LineNews::Connected => {
                line.connected();
                self.serve();
            }
            LineNews::KeyFrameWanted => {
                if line.may_ask_for_key(now)
                    && let Some(kind) = line.kind()
                {
                    self.broadcast.request_key_frame(kind);
                    self.canvas.refresh();
                }
            }
            LineNews::Carries(bits) => {
                let before = line.tiering.tier();
                line.tiering.carries(bits, now);
                if line.tiering.tier() != before {
                    self.serve();
                }
            }
            LineNews::DecoderEnded => {
                line.decoder = None;
                self.canvas.remove(id);
                // A new one comes with the next look at everything, so that a decoder that cannot live is not started in a circle.
            }
            LineNews::Talks(talking) => self.talks(id, talking),
        }
    }

    fn talks(&mut self, id: LineId, talking: bool) {
        self.spoken += 1;
        let spoken = self.spoken;
        let Some(line) = self.line_mut(id) else { return };
        line.attendee.member.talking = Some(talking);
        if talking {
            line.attendee.spoke = spoken;
        }
        let member = line.attendee.member.clone();
        let event = self.sheet.member_talking(&member, talking);
        for line in self.lines.iter().filter(|line| line.parent.is_none()) {
            line.session.whisper(event.clone());
        }
        if talking {
            self.floor_waits = true;
            self.move_floor();
        }
    }

    /// Now and then: qualities, seats for speakers, those who never came.
    fn consider(&mut self) {
        let now = Instant::now();
        self.coming.retain(|_, (until, _)| now < *until);
        for line in &mut self.lines {
            line.tiering.consider(now.into_std());
        }
        let lacks = self.lines.iter().any(|line| line.wants_decoder && line.decoder.is_none());
        if lacks {
            self.arrange(None);
        } else {
            self.serve();
        }
        self.keep_recording();
        self.move_floor();
    }

    fn settings_changed(&mut self, settings: RoomSettings) {
        // Size and rate of the picture hold from the room's next beginning on.
        let layout_changed = settings.layout() != self.settings.layout();
        self.sheet.display_name = settings.display_name.clone();
        if layout_changed {
            self.sheet.layout = settings.layout();
        }
        let before = std::mem::replace(&mut self.settings, settings);
        (self.settings.width, self.settings.height, self.settings.fps) =
            (before.width, before.height, before.fps);
        self.tell_room();
        if layout_changed {
            self.arrange(None);
        }
    }

    pub(super) fn dismiss_all(&mut self, cause: HangupCause) {
        for line in &mut self.lines {
            line.dismiss(cause);
        }
    }

    /// `call.updated`, with everything in it.
    pub(super) fn tell_room(&self) {
        let members = self.lines.iter().map(|line| line.attendee.member.clone());
        self.everybody(&self.sheet.updated(members));
    }

    pub(super) fn everybody(&self, event: &EventBody) {
        // A further leg's client is its parent's.
        for line in self.lines.iter().filter(|line| line.parent.is_none()) {
            line.session.event(event.clone());
        }
    }

    pub(super) fn line(&self, id: LineId) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    pub(super) fn line_mut(&mut self, id: LineId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.id == id)
    }
}
