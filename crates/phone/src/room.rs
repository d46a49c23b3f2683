//! The room a call is in: members, layout, and what we may do there.

use ahoy_model::{MediaKind, MemberId};
use ahoy_wire::{
    CallAction, CallJoined, Layer, Layout, Member, MemberRef, PlaybackOrder, RecordingOrder, RoomSession,
    Targets,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Members that are remembered; a room with more still works, but lists no further ones.
const MOST: usize = 512;

/// A room as the UI shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct RoomView {
    pub name: String,
    /// In the order in which they came.
    pub members: Vec<MemberView>,
    /// Where each is drawn in the picture.
    pub layers: Vec<LayerView>,
    /// The name of the layout, and those that can be chosen.
    pub layout: String,
    pub layouts: Vec<String>,
    pub locked: bool,
    pub hide_video_muted: bool,
    /// Going on or paused.
    pub recording: bool,
    pub recording_paused: bool,
    /// What the room plays to everybody.
    pub playing: Option<PlayingView>,
    pub streaming: bool,
    pub can: RoomRights,
}

/// A film or a sound that a room plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct PlayingView {
    /// The end of its address: what people know it by.
    pub name: String,
    pub paused: bool,
}

/// What we may do in a room beyond what concerns ourselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct RoomRights {
    pub mute_others: bool,
    pub stop_others_video: bool,
    pub deafen_others: bool,
    pub lower_hands: bool,
    pub set_volumes: bool,
    pub place_others: bool,
    pub remove: bool,
    pub set_layout: bool,
    pub lock: bool,
    pub hide_video_muted: bool,
    pub end: bool,
    pub raise_hand: bool,
    /// We are not in the audience.
    pub speak: bool,
    pub place_self: bool,
    pub share_screen: bool,
    pub record: bool,
    pub play: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct MemberView {
    pub id: MemberId,
    pub name: String,
    /// `member`, `screen` or `device`.
    pub kind: String,
    /// It is us, or a device of ours.
    pub own: bool,
    pub muted: bool,
    pub camera_off: bool,
    pub deaf: bool,
    pub hand: bool,
    pub talking: bool,
    pub audience: bool,
    pub held: bool,
    pub visible: bool,
    /// -50 to 50.
    pub microphone_volume: f64,
    pub speaker_volume: f64,
    /// The place that was asked for it.
    pub wanted_position: String,
}

/// A box of the picture, in percent of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct LayerView {
    /// `None`: the place is empty.
    pub member: Option<MemberId>,
    pub position: String,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// What the room plays is shown here.
    pub playing: bool,
}

/// What can be asked of a recording, or of what a room plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum RoomOrder {
    Start,
    Pause,
    Resume,
    Stop,
}

/// What can be asked of a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "action", content = "value")]
pub enum RoomAction {
    Mute {
        member: MemberId,
        kind: MediaKind,
        on: bool,
    },
    Hand {
        member: MemberId,
        up: bool,
    },
    Deaf {
        member: MemberId,
        on: bool,
    },
    MicrophoneVolume {
        member: MemberId,
        volume: f64,
    },
    SpeakerVolume {
        member: MemberId,
        volume: f64,
    },
    Position {
        member: MemberId,
        position: String,
    },
    Remove {
        member: MemberId,
    },
    Promote {
        member: MemberId,
    },
    Demote {
        member: MemberId,
    },
    Layout {
        name: String,
    },
    Lock {
        on: bool,
    },
    HideVideoMuted {
        on: bool,
    },
    Record {
        order: RoomOrder,
    },
    /// An address of a film or a sound, or `file:` and a name in the space's folder.
    Play {
        url: String,
    },
    /// Of what plays; `start` does nothing.
    Playing {
        order: RoomOrder,
    },
    /// For everybody.
    End,
}

/// What the space has told us of a room.
#[derive(Debug, Default)]
pub(crate) struct Conference {
    session: Option<RoomSession>,
    members: Vec<Member>,
    layout: Option<Layout>,
    layouts: Vec<String>,
    rights: Vec<String>,
    own: Option<MemberId>,
}

impl Conference {
    /// The space has let us in, or says again who is there.
    pub(crate) fn joined(&mut self, joined: &CallJoined) {
        let nested = joined.origin_call_id.as_ref().is_some_and(|origin| *origin != joined.call_id);
        if self.own.is_none() || !nested {
            self.own = Some(joined.member_id.clone());
            self.rights = joined.capabilities.clone().unwrap_or_default();
        }
        self.members = joined.room_session.members.iter().flatten().take(MOST).cloned().collect();
        self.session = Some(joined.room_session.clone());
    }

    pub(crate) fn updated(&mut self, session: &RoomSession) {
        if session.members.as_ref().is_some_and(|members| !members.is_empty()) {
            self.members = session.members.iter().flatten().take(MOST).cloned().collect();
        }
        self.session = Some(session.clone());
    }

    /// Came, changed or speaks: what an event says is taken over, the rest stays.
    pub(crate) fn member(&mut self, change: &Member) {
        let known = self.members.len();
        match self.members.iter_mut().find(|member| member.member_id == change.member_id) {
            Some(member) => member.merge(change),
            // Whoever is named only by a change has left again.
            None if known < MOST && change.name.is_some() => self.members.push(change.clone()),
            None => {}
        }
    }

    pub(crate) fn left(&mut self, id: &MemberId) {
        self.members.retain(|member| member.member_id != *id);
    }

    pub(crate) fn set_layout(&mut self, layout: &Layout) {
        self.layout = Some(layout.clone());
    }

    pub(crate) fn set_layouts(&mut self, layouts: Vec<String>) {
        self.layouts = layouts;
    }

    /// Whether the list of layouts is of any use to us and not known yet.
    pub(crate) fn wants_layouts(&self) -> bool {
        self.layouts.is_empty() && self.may("layout.set")
    }

    /// More than two people; screens and further devices of theirs do not count.
    pub(crate) fn is_crowd(&self) -> bool {
        self.members.iter().filter(|member| member.parent_id.is_none()).count() > 2
    }

    fn may(&self, needed: &str) -> bool {
        self.rights.iter().any(|right| {
            needed == right || needed.strip_prefix(right.as_str()).is_some_and(|rest| rest.starts_with('.'))
        })
    }

    fn rights(&self) -> RoomRights {
        RoomRights {
            mute_others: self.may("member.mute.audio.on"),
            stop_others_video: self.may("member.mute.video.on"),
            deafen_others: self.may("member.deaf.on"),
            lower_hands: self.may("member.raisehand"),
            set_volumes: self.may("member.microphone.volume.set"),
            place_others: self.may("member.position.set"),
            remove: self.may("member.remove"),
            set_layout: self.may("layout.set"),
            lock: self.may("lock.on"),
            hide_video_muted: self.may("vmuted.hide.on"),
            end: self.may("end"),
            raise_hand: self.may("self.raisehand"),
            speak: self.may("self.mute.audio.off"),
            place_self: self.may("self.position.set"),
            share_screen: self.may("screenshare"),
            record: self.may("recording"),
            play: self.may("playback"),
        }
    }

    fn is_own(&self, member: &Member) -> bool {
        self.own.is_some() && (self.own.as_ref() == Some(&member.member_id) || self.own == member.parent_id)
    }

    pub(crate) fn view(&self, name: &str) -> RoomView {
        let session = self.session.as_ref();
        let flag = |read: fn(&RoomSession) -> Option<bool>| session.and_then(read) == Some(true);
        let layers = self.layout.iter().flat_map(|layout| &layout.layers).filter(|layer| {
            // The service lists `playback` and `full-screen` as well when nobody is there.
            let place = layer.position.as_deref().unwrap_or_default();
            layer.member_id.is_some()
                || layer.playing_file == Some(true)
                || place.starts_with("standard-")
                || place.starts_with("reserved-")
        });
        let display_name = session.and_then(|session| session.display_name.as_deref());
        RoomView {
            name: display_name.filter(|name| !name.is_empty()).unwrap_or(name).to_owned(),
            members: self.members.iter().map(|member| self.member_view(member)).collect(),
            layers: layers.map(layer_view).collect(),
            layout: self.layout.as_ref().map(|layout| layout.id.clone()).unwrap_or_default(),
            layouts: self.layouts.clone(),
            locked: flag(|session| session.locked),
            hide_video_muted: flag(|session| session.hide_video_muted),
            recording: flag(|session| session.recording),
            recording_paused: session.is_some_and(recording_is_paused),
            playing: session.and_then(playing),
            streaming: flag(|session| session.streaming),
            can: self.rights(),
        }
    }

    fn member_view(&self, member: &Member) -> MemberView {
        let is = |flag: Option<bool>| flag == Some(true);
        let held = member.meta.as_ref().and_then(|meta| meta.get("held")).and_then(|held| held.as_bool());
        MemberView {
            id: member.member_id.clone(),
            name: crate::call::party::shown(member.name.as_deref().unwrap_or_default()),
            kind: member.kind.clone().unwrap_or_else(|| "member".to_owned()),
            own: self.is_own(member),
            muted: is(member.audio_muted),
            camera_off: is(member.video_muted),
            deaf: is(member.deaf),
            hand: is(member.handraised),
            talking: is(member.talking),
            audience: is(member.is_audience),
            held: is(held),
            visible: member.visible != Some(false),
            microphone_volume: member.input_volume.unwrap_or(0.0),
            speaker_volume: member.output_volume.unwrap_or(0.0),
            wanted_position: member.requested_position.clone().unwrap_or_else(|| "auto".to_owned()),
        }
    }

    /// A request in the space's words; `own` is our leg. `None`: it names a member who is not there.
    pub(crate) fn request(&self, action: &RoomAction, own: &MemberRef) -> Option<(Targets, CallAction)> {
        let target = |id: &MemberId| {
            let member = self.members.iter().find(|member| member.member_id == *id)?;
            Some(Targets::One(MemberRef {
                member_id: id.clone(),
                call_id: member.call_id.clone().or_else(|| own.call_id.clone()),
                node_id: member.node_id.clone().or_else(|| own.node_id.clone()),
            }))
        };
        let list = |id: &MemberId| match target(id)? {
            Targets::One(one) => Some(Targets::Many(vec![one])),
            other => Some(other),
        };
        let us = || Targets::One(own.clone());
        Some(match action {
            RoomAction::Mute { member, kind, on: true } => (target(member)?, CallAction::Mute(vec![*kind])),
            RoomAction::Mute { member, kind, on: false } => {
                (target(member)?, CallAction::Unmute(vec![*kind]))
            }
            RoomAction::Hand { member, up: true } => (target(member)?, CallAction::RaiseHand),
            RoomAction::Hand { member, up: false } => (target(member)?, CallAction::LowerHand),
            RoomAction::Deaf { member, on: true } => (target(member)?, CallAction::Deaf),
            RoomAction::Deaf { member, on: false } => (target(member)?, CallAction::Undeaf),
            RoomAction::MicrophoneVolume { member, volume } => {
                (target(member)?, CallAction::MicrophoneVolume(*volume))
            }
            RoomAction::SpeakerVolume { member, volume } => {
                (target(member)?, CallAction::SpeakerVolume(*volume))
            }
            RoomAction::Position { member, position } => {
                (target(member)?, CallAction::PositionSet { position: Some(position.clone()) })
            }
            // Removal is the one request whose targets the SDK sends as a list.
            RoomAction::Remove { member } => (list(member)?, CallAction::MemberRemove),
            RoomAction::Promote { member } => (target(member)?, CallAction::Promote),
            RoomAction::Demote { member } => (target(member)?, CallAction::Demote),
            RoomAction::Layout { name } => {
                (us(), CallAction::LayoutSet { layout: name.clone(), positions: Default::default() })
            }
            RoomAction::Lock { on: true } => (us(), CallAction::Lock),
            RoomAction::Lock { on: false } => (us(), CallAction::Unlock),
            RoomAction::HideVideoMuted { on } => (us(), CallAction::HideVideoMuted(*on)),
            RoomAction::Record { order } => (
                us(),
                CallAction::Recording(match order {
                    RoomOrder::Start => RecordingOrder::Start,
                    RoomOrder::Pause => RecordingOrder::Pause,
                    RoomOrder::Resume => RecordingOrder::Resume,
                    RoomOrder::Stop => RecordingOrder::Stop,
                }),
            ),
            RoomAction::Play { url } => {
                let (url, volume, position, times) = (url.trim().to_owned(), None, None, None);
                (us(), CallAction::Playback(PlaybackOrder::Start { url, volume, position, times }))
            }
            RoomAction::Playing { order } => (
                us(),
                CallAction::Playback(match order {
                    RoomOrder::Start | RoomOrder::Resume => PlaybackOrder::Resume,
                    RoomOrder::Pause => PlaybackOrder::Pause,
                    RoomOrder::Stop => PlaybackOrder::Stop,
                }),
            ),
            RoomAction::End => {
                let all = MemberRef { member_id: MemberId::from("all"), ..own.clone() };
                (Targets::One(all), CallAction::End)
            }
        })
    }
}

fn state(entry: &Value) -> Option<&str> {
    entry.get("state").and_then(Value::as_str)
}

fn recording_is_paused(session: &RoomSession) -> bool {
    session.recordings.iter().flatten().next_back().and_then(state) == Some("paused")
}

fn playing(session: &RoomSession) -> Option<PlayingView> {
    let entry = session.playbacks.iter().flatten().next_back()?;
    let paused = match state(entry)? {
        "playing" => false,
        "paused" => true,
        _ => return None,
    };
    let url = entry.get("url").and_then(Value::as_str).unwrap_or_default();
    let path = url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let name = path.rsplit(['/', ':']).next().unwrap_or_default();
    Some(PlayingView { name: crate::call::party::shown(name), paused })
}

fn layer_view(layer: &Layer) -> LayerView {
    LayerView {
        member: layer.member_id.clone(),
        position: layer.position.clone().unwrap_or_default(),
        x: layer.x,
        y: layer.y,
        width: layer.width,
        height: layer.height,
        playing: layer.playing_file == Some(true),
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
