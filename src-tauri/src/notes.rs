//! Notifications of the desktop: who calls (beside the ringing window, where it can have buttons), and whose call was missed.

#[cfg_attr(target_os = "linux", path = "notes/freedesktop.rs")]
#[cfg_attr(not(target_os = "linux"), path = "notes/plain.rs")]
mod board;

use crate::lan::{JoinView, LanView};
use crate::shell::Shell;
use crate::windows;
use crate::words::Words;
use ahoy_model::CallId;
use ahoy_phone::{CallView, CompletedCall, Event, Snapshot};
use board::Board;
use std::collections::HashMap;

/// Characters of a message that a note shows.
const MOST_TEXT: usize = 200;

/// A button, or the note itself (`default` in the desktop's words).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Answer,
    Decline,
    CallBack,
    Open,
}

// Elsewhere notes have no buttons.
#[cfg(target_os = "linux")]
impl Action {
    pub const ALL: [Self; 4] = [Self::Answer, Self::Decline, Self::CallBack, Self::Open];

    pub fn key(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Decline => "decline",
            Self::CallBack => "call-back",
            Self::Open => "default",
        }
    }

    pub fn label(self, words: &Words) -> &str {
        match self {
            Self::Answer => &words.answer,
            Self::Decline => &words.decline,
            Self::CallBack => &words.call_back,
            Self::Open => &words.open,
        }
    }
}

/// What is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub words: &'static Words,
    pub title: String,
    pub body: String,
    pub actions: Vec<Action>,
    /// Stays until it is taken away.
    pub urgent: bool,
}

impl Note {
    fn incoming(call: &CallView, words: &'static Words) -> Self {
        Self {
            words,
            title: words.calls(&call.name),
            body: call.address.clone(),
            actions: vec![Action::Answer, Action::Decline, Action::Open],
            urgent: true,
        }
    }

    fn message(name: &str, text: &str, words: &'static Words) -> Self {
        let body = text.chars().take(MOST_TEXT).collect();
        Self { words, title: words.message_from(name), body, actions: vec![Action::Open], urgent: false }
    }

    /// Somebody wants to come into this computer's space.
    fn request(request: &JoinView, words: &'static Words) -> Self {
        let body = format!("{} · {}", request.device, request.code);
        Self { words, title: words.wants_in(&request.name), body, actions: vec![Action::Open], urgent: true }
    }

    fn missed(call: &CompletedCall, words: &'static Words) -> Self {
        Self {
            words,
            title: words.missed_from(&call.name),
            body: call.address.clone(),
            actions: vec![Action::CallBack, Action::Open],
            urgent: false,
        }
    }
}

/// What a note on the board is about.
#[derive(Clone, Debug)]
enum About {
    Ringing {
        call: CallId,
        with_video: bool,
    },
    Missed {
        address: String,
        with_video: bool,
    },
    Message,
    /// Of a request's id.
    Request(String),
}

/// The notes that hang now, by the board's numbers.
#[derive(Default)]
struct Hanging(HashMap<u32, About>);

impl Hanging {
    fn of(&self, call: &CallId) -> Option<u32> {
        self.0.iter().find_map(|(id, about)| {
            matches!(about, About::Ringing { call: it, .. } if it == call).then_some(*id)
        })
    }

    fn of_request(&self, id: &str) -> Option<u32> {
        let is = |about: &About| matches!(about, About::Request(it) if it == id);
        self.0.iter().find_map(|(note, about)| is(about).then_some(*note))
    }

    /// Notes of requests that nobody waits for any more.
    fn answered(&self, view: &LanView) -> Vec<u32> {
        let waits = |id: &String| view.requests.iter().any(|it| it.id == *id);
        let gone = |about: &About| matches!(about, About::Request(id) if !waits(id));
        self.0.iter().filter(|(_, about)| gone(about)).map(|(note, _)| *note).collect()
    }

    /// Notes of calls that no longer ring.
    fn stale(&self, snapshot: &Snapshot) -> Vec<u32> {
        let rings = |call: &CallId| ringing(snapshot).any(|it| it.id == *call);
        let stale =
            self.0.iter().filter(|(_, about)| matches!(about, About::Ringing { call, .. } if !rings(call)));
        stale.map(|(id, _)| *id).collect()
    }
}

fn ringing(snapshot: &Snapshot) -> impl Iterator<Item = &CallView> {
    snapshot.calls.iter().filter(|call| call.actions.answer)
}

/// Hangs and takes away notes as the phone goes on. Ends with the phone; where the desktop has no board it does nothing.
pub async fn follow(shell: Shell) {
    let Some(mut board) = Board::open().await else {
        tracing::info!("this desktop shows no notifications");
        return;
    };
    let (mut snapshots, mut events) = (shell.phone.snapshots(), shell.phone.events());
    let mut hanging = Hanging::default();
    let mut lan = shell.lan.views();
    loop {
        tokio::select! {
            Ok(()) = lan.changed() => {
                let view = lan.borrow_and_update().clone();
                hang_requests(&mut board, &mut hanging, &view, &shell.phone.snapshot()).await;
            }
            changed = snapshots.changed() => {
                if changed.is_err() {
                    break;
                }
                let snapshot = snapshots.borrow_and_update().clone();
                take_down(&mut board, &mut hanging, &snapshot).await;
                if snapshot.settings.notifications && board.has_buttons() {
                    hang_ringing(&mut board, &mut hanging, &snapshot).await;
                }
            }
            event = events.next() => match event {
                Some(Event::CallEnded(call)) => hang_missed(&mut board, &mut hanging, &shell.phone.snapshot(), &call).await,
                Some(Event::Message { name, text, .. }) => {
                    let settings = shell.phone.snapshot().settings.clone();
                    if settings.notifications
                        && let Some(id) = board.hang(&Note::message(&name, &text, Words::of(&settings))).await
                    {
                        hanging.0.insert(id, About::Message);
                    }
                }
                Some(_) => {}
                None => break,
            },
            Some((id, action)) = board.pressed() => {
                // A note is gone once it is pressed.
                if let Some(about) = hanging.0.remove(&id) {
                    act(&shell, about, action).await;
                }
            }
        }
    }
    for id in hanging.0.into_keys() {
        board.take_down(id).await;
    }
}

async fn take_down(board: &mut Board, hanging: &mut Hanging, snapshot: &Snapshot) {
    for id in hanging.stale(snapshot) {
        hanging.0.remove(&id);
        board.take_down(id).await;
    }
}

async fn hang_ringing(board: &mut Board, hanging: &mut Hanging, snapshot: &Snapshot) {
    for call in ringing(snapshot) {
        if hanging.of(&call.id).is_none()
            && let Some(id) = board.hang(&Note::incoming(call, Words::of(&snapshot.settings))).await
        {
            hanging.0.insert(id, About::Ringing { call: call.id.clone(), with_video: call.with_video });
        }
    }
}

async fn hang_requests(board: &mut Board, hanging: &mut Hanging, view: &LanView, snapshot: &Snapshot) {
    for id in hanging.answered(view) {
        hanging.0.remove(&id);
        board.take_down(id).await;
    }
    for request in view.requests.iter().filter(|_| snapshot.settings.notifications) {
        if hanging.of_request(&request.id).is_none()
            && let Some(id) = board.hang(&Note::request(request, Words::of(&snapshot.settings))).await
        {
            hanging.0.insert(id, About::Request(request.id.clone()));
        }
    }
}

async fn hang_missed(board: &mut Board, hanging: &mut Hanging, snapshot: &Snapshot, call: &CallId) {
    let missed = snapshot.history.iter().find(|it| it.id == *call && it.missed);
    let Some(missed) = missed.filter(|_| snapshot.settings.notifications) else { return };
    if let Some(id) = board.hang(&Note::missed(missed, Words::of(&snapshot.settings))).await {
        let about = About::Missed { address: missed.address.clone(), with_video: missed.with_video };
        hanging.0.insert(id, about);
    }
}

async fn act(shell: &Shell, about: About, action: Action) {
    let done = match (about, action) {
        (About::Ringing { call, with_video }, Action::Answer) => {
            windows::show_main(&shell.app);
            shell.phone.answer(call, with_video).await
        }
        (About::Ringing { call, .. }, Action::Decline) => shell.phone.decline(call).await,
        (About::Missed { address, with_video }, Action::CallBack) => {
            shell.call_again(&address, with_video).await
        }
        _ => {
            windows::show_main(&shell.app);
            Ok(())
        }
    };
    if let Err(problem) = done {
        shell.tell(problem);
    }
}
