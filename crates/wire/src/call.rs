//! `call.*`: what members of a call do to themselves, to each other and to the room (5).

use crate::json::{self, Fields};
use ahoy_model::{CallId, MediaKind, MemberId, NodeId};
use serde_json::Value;
use std::collections::BTreeMap;

object! {
    /// A member as `self`, `target` or one of `targets`. Resolve by `member_id` only: v4 fills the rest with its own call's.
    pub struct MemberRef {
        required: { member_id: MemberId },
        optional: { call_id: CallId, node_id: NodeId },
    }
}

impl MemberRef {
    pub fn new(member_id: MemberId, call_id: CallId, node_id: NodeId) -> Self {
        Self { member_id, call_id: Some(call_id), node_id: Some(node_id) }
    }

    /// `member_id: "all"`.
    pub fn is_all(&self) -> bool {
        self.member_id.as_str() == "all"
    }
}

object! {
    /// A member and the place it should get.
    pub struct Placement {
        required: { target: MemberRef, position: String },
        optional: {},
    }
}

/// Whom a request is about, in the form it was written in.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Targets {
    #[default]
    None,
    /// `target: {…}`
    One(MemberRef),
    /// `targets: [{…}]`
    Many(Vec<MemberRef>),
    /// `targets: [{target: {…}, position}]`
    Placed(Vec<Placement>),
}

impl Targets {
    pub fn members(&self) -> Vec<&MemberRef> {
        match self {
            Self::None => Vec::new(),
            Self::One(one) => vec![one],
            Self::Many(many) => many.iter().collect(),
            Self::Placed(placed) => placed.iter().map(|placement| &placement.target).collect(),
        }
    }

    fn read(fields: &mut Fields) -> Result<Self, serde_json::Error> {
        if let Some(target) = fields.remove("target").filter(|target| !target.is_null()) {
            return Ok(Self::One(serde_json::from_value(target)?));
        }
        match fields.remove("targets") {
            None | Some(Value::Null) => Ok(Self::None),
            Some(list) => {
                let placed = list.get(0).is_some_and(|first| first.get("target").is_some());
                Ok(if placed {
                    Self::Placed(serde_json::from_value(list)?)
                } else {
                    Self::Many(serde_json::from_value(list)?)
                })
            }
        }
    }

    fn write(&self, fields: &mut Fields) {
        let (name, value) = match self {
            Self::None => return,
            Self::One(one) => ("target", json::value(one)),
            Self::Many(many) => ("targets", json::value(many)),
            Self::Placed(placed) => ("targets", json::value(placed)),
        };
        fields.insert(name.into(), value);
    }
}

object! {
    /// Flags of sound processing; v4 sends all three.
    pub struct AudioFlags {
        optional: { echo_cancellation: bool, auto_gain: bool, noise_suppression: bool },
    }
}

/// What is to be done with a room's recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordingOrder {
    Start,
    Pause,
    Resume,
    Stop,
}

/// What is to be done with what a room plays.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaybackOrder {
    Start {
        /// What SWML's `play` takes: `https://…`, `file:…`, `say:…`
        url: String,
        /// dB.
        volume: Option<f64>,
        /// Where its picture goes; `playback` when nobody says.
        position: Option<String>,
        /// How often; 0 is until somebody stops it.
        times: Option<u32>,
    },
    Pause,
    Resume,
    Stop,
    /// dB.
    Volume(f64),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum CallAction {
    Mute(Vec<MediaKind>),
    Unmute(Vec<MediaKind>),
    Deaf,
    Undeaf,
    RaiseHand,
    LowerHand,
    Lock,
    Unlock,
    LayoutList,
    LayoutSet {
        layout: String,
        positions: BTreeMap<String, String>,
    },
    MemberList,
    MemberRemove,
    /// `None` when each target brings its own ([`Targets::Placed`]).
    PositionSet {
        position: Option<String>,
    },
    MicrophoneVolume(f64),
    MicrophoneSensitivity(f64),
    SpeakerVolume(f64),
    AudioFlags(AudioFlags),
    LowBitrate(bool),
    /// Whether members without a picture get no place in the layout.
    HideVideoMuted(bool),
    /// Whether raised hands come first where places are short.
    PrioritizeHandraise(bool),
    /// Free data of the room. `merge`: keys that are not named stay.
    RoomMeta {
        meta: Fields,
        merge: bool,
    },
    /// The same of a member.
    MemberMeta {
        meta: Fields,
        merge: bool,
    },
    /// From audience to member, and back.
    Promote,
    Demote,
    /// Our own space's: the service records and plays by its REST interface only.
    Recording(RecordingOrder),
    Playback(PlaybackOrder),
    End,
    Transfer,
}

impl CallAction {
    pub fn method(&self) -> &'static str {
        match self {
            Self::Mute(_) => "call.mute",
            Self::Unmute(_) => "call.unmute",
            Self::Deaf => "call.deaf",
            Self::Undeaf => "call.undeaf",
            Self::RaiseHand => "call.raisehand",
            Self::LowerHand => "call.lowerhand",
            Self::Lock => "call.lock",
            Self::Unlock => "call.unlock",
            Self::LayoutList => "call.layout.list",
            Self::LayoutSet { .. } => "call.layout.set",
            Self::MemberList => "call.member.list",
            Self::MemberRemove => "call.member.remove",
            Self::PositionSet { .. } => "call.member.position.set",
            Self::MicrophoneVolume(_) => "call.microphone.volume.set",
            Self::MicrophoneSensitivity(_) => "call.microphone.sensitivity.set",
            Self::SpeakerVolume(_) => "call.speaker.volume.set",
            Self::AudioFlags(_) => "call.audioflags.set",
            Self::LowBitrate(_) => "call.lowbitrate.set",
            Self::HideVideoMuted(_) => "call.hide_video_muted.set",
            Self::PrioritizeHandraise(_) => "call.prioritize_handraise.set",
            Self::RoomMeta { merge: false, .. } => "call.meta.set",
            Self::RoomMeta { merge: true, .. } => "call.meta.update",
            Self::MemberMeta { merge: false, .. } => "call.member.meta.set",
            Self::MemberMeta { merge: true, .. } => "call.member.meta.update",
            Self::Promote => "call.member.promote",
            Self::Demote => "call.member.demote",
            Self::Recording(order) => match order {
                RecordingOrder::Start => "call.recording.start",
                RecordingOrder::Pause => "call.recording.pause",
                RecordingOrder::Resume => "call.recording.resume",
                RecordingOrder::Stop => "call.recording.stop",
            },
            Self::Playback(order) => match order {
                PlaybackOrder::Start { .. } => "call.playback.start",
                PlaybackOrder::Pause => "call.playback.pause",
                PlaybackOrder::Resume => "call.playback.resume",
                PlaybackOrder::Stop => "call.playback.stop",
                PlaybackOrder::Volume(_) => "call.playback.volume.set",
            },
            Self::End => "call.end",
            Self::Transfer => "call.transfer",
        }
    }

    /// `Ok(None)`: no such method.
    fn read(method: &str, fields: &mut Fields) -> Result<Option<Self>, serde_json::Error> {
        fn take<T: serde::de::DeserializeOwned>(
            fields: &mut Fields,
            name: &str,
        ) -> Result<T, serde_json::Error> {
            serde_json::from_value(fields.remove(name).unwrap_or_default())
                .map_err(|error| serde::de::Error::custom(format!("{name}: {error}")))
        }
        Ok(Some(match method {
            "call.mute" => Self::Mute(take(fields, "channels")?),
            "call.unmute" => Self::Unmute(take(fields, "channels")?),
            "call.deaf" => Self::Deaf,
            "call.undeaf" => Self::Undeaf,
            "call.raisehand" => Self::RaiseHand,
            "call.lowerhand" => Self::LowerHand,
            "call.lock" => Self::Lock,
            "call.unlock" => Self::Unlock,
            "call.layout.list" => Self::LayoutList,
            "call.layout.set" => Self::LayoutSet {
                layout: take(fields, "layout")?,
                positions: take::<Option<_>>(fields, "positions")?.unwrap_or_default(),
            },
            "call.member.list" => Self::MemberList,
            "call.member.remove" => Self::MemberRemove,
            "call.member.position.set" => Self::PositionSet { position: take(fields, "position")? },
            "call.microphone.volume.set" => Self::MicrophoneVolume(take(fields, "volume")?),
            "call.microphone.sensitivity.set" => Self::MicrophoneSensitivity(take(fields, "sensitivity")?),
            "call.speaker.volume.set" => Self::SpeakerVolume(take(fields, "volume")?),
            "call.audioflags.set" => Self::AudioFlags(serde_json::from_value(Value::Object(fields.clone()))?),
            "call.lowbitrate.set" => Self::LowBitrate(take(fields, "lowbitrate")?),
            "call.hide_video_muted.set" => Self::HideVideoMuted(take(fields, "hide_video_muted")?),
            "call.prioritize_handraise.set" => {
                Self::PrioritizeHandraise(take(fields, "prioritize_handraise")?)
            }
            "call.meta.set" | "call.meta.update" => {
                Self::RoomMeta { meta: take(fields, "meta")?, merge: method == "call.meta.update" }
            }
            "call.member.meta.set" | "call.member.meta.update" => {
                Self::MemberMeta { meta: take(fields, "meta")?, merge: method == "call.member.meta.update" }
            }
            "call.member.promote" => Self::Promote,
            "call.member.demote" => Self::Demote,
            "call.recording.start" => Self::Recording(RecordingOrder::Start),
            "call.recording.pause" => Self::Recording(RecordingOrder::Pause),
            "call.recording.resume" => Self::Recording(RecordingOrder::Resume),
            "call.recording.stop" => Self::Recording(RecordingOrder::Stop),
            "call.playback.start" => Self::Playback(PlaybackOrder::Start {
                url: take(fields, "url")?,
                volume: take(fields, "volume")?,
                position: take(fields, "position")?,
                times: take(fields, "times")?,
            }),
            "call.playback.pause" => Self::Playback(PlaybackOrder::Pause),
            "call.playback.resume" => Self::Playback(PlaybackOrder::Resume),
            "call.playback.stop" => Self::Playback(PlaybackOrder::Stop),
            "call.playback.volume.set" => Self::Playback(PlaybackOrder::Volume(take(fields, "volume")?)),
            "call.end" => Self::End,
            "call.transfer" => Self::Transfer,
            _ => return Ok(None),
        }))
    }

    fn write(&self, fields: &mut Fields) {
        let mut put = |name: &str, value: Value| {
            fields.insert(name.to_owned(), value);
        };
        match self {
            Self::Mute(channels) | Self::Unmute(channels) => put("channels", json::value(channels)),
            Self::LayoutSet { layout, positions } => {
                put("layout", layout.as_str().into());
                put("positions", json::value(positions));
            }
            Self::PositionSet { position: Some(position) } => put("position", position.as_str().into()),
            Self::MicrophoneVolume(volume) | Self::SpeakerVolume(volume) => put("volume", (*volume).into()),
            Self::MicrophoneSensitivity(sensitivity) => put("sensitivity", (*sensitivity).into()),
            Self::AudioFlags(flags) => fields.extend(json::fields(json::value(flags))),
            Self::LowBitrate(on) => put("lowbitrate", (*on).into()),
            Self::HideVideoMuted(on) => put("hide_video_muted", (*on).into()),
            Self::PrioritizeHandraise(on) => put("prioritize_handraise", (*on).into()),
            Self::RoomMeta { meta, .. } | Self::MemberMeta { meta, .. } => {
                put("meta", Value::Object(meta.clone()));
            }
            Self::Playback(PlaybackOrder::Start { url, volume, position, times }) => {
                put("url", url.as_str().into());
                let named = [
                    ("volume", volume.map(Value::from)),
                    ("position", position.as_deref().map(Value::from)),
                    ("times", times.map(Value::from)),
                ];
                named
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value?)))
                    .for_each(|(n, v)| put(n, v));
            }
            Self::Playback(PlaybackOrder::Volume(volume)) => put("volume", (*volume).into()),
            _ => {}
        }
    }
}

/// A `call.*` request.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRequest {
    /// Who asks: `self` on the wire.
    pub own: Option<MemberRef>,
    pub targets: Targets,
    pub action: CallAction,
}

impl CallRequest {
    /// About ourselves, in v4's form.
    pub fn on_self(own: MemberRef, action: CallAction) -> Self {
        Self { targets: Targets::One(own.clone()), own: Some(own), action }
    }

    pub(crate) fn read(method: &str, params: Value) -> Result<Option<Self>, serde_json::Error> {
        let mut fields = json::fields(params);
        let Some(action) = CallAction::read(method, &mut fields)? else { return Ok(None) };
        let own = match fields.remove("self") {
            None | Some(Value::Null) => None,
            Some(own) => Some(serde_json::from_value(own)?),
        };
        Ok(Some(Self { own, targets: Targets::read(&mut fields)?, action }))
    }

    pub(crate) fn params(&self) -> Value {
        let mut fields = Fields::new();
        self.action.write(&mut fields);
        if let Some(own) = &self.own {
            fields.insert("self".into(), json::value(own));
        }
        self.targets.write(&mut fields);
        Value::Object(fields)
    }
}

object! {
    /// Reply to `call.layout.list`.
    pub struct LayoutListReply {
        required: { layouts: Vec<String> },
        optional: { code: String, message: String },
    }
}

object! {
    /// Reply to `call.member.list`.
    pub struct MemberListReply {
        required: { members: Vec<crate::Member> },
        optional: { code: String, message: String },
    }
}
