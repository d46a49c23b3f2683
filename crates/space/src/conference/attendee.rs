//! What a room knows of one member, and what requests make of it. No I/O.

use super::desk::Mixing;
use super::gate;
use super::layout::Position;
use super::rights::Role;
use crate::call::members::apply;
use ahoy_wire::{CallAction, Member};
use serde_json::{Map, Value};

/// Fields of free data that one member may carry.
const META: usize = 64;

#[derive(Clone, Debug)]
pub struct Attendee {
    /// As events carry it.
    pub member: Member,
    pub role: Role,
    pub wish: Position,
    /// Its own client holds the call.
    pub held: bool,
    /// The higher, the later it spoke; 0: not yet.
    pub spoke: u64,
}

impl Attendee {
    pub fn new(mut member: Member, role: Role) -> Self {
        member.is_audience = Some(role == Role::Audience);
        member.talking = Some(false);
        member.visible = Some(role != Role::Audience);
        Self { member, role, wish: Position::Auto, held: false, spoke: 0 }
    }

    pub fn is_screen(&self) -> bool {
        self.member.kind.as_deref() == Some("screen")
    }

    pub fn is_audience(&self) -> bool {
        self.role == Role::Audience
    }

    fn is(flag: Option<bool>) -> bool {
        flag == Some(true)
    }

    pub fn video_muted(&self) -> bool {
        Self::is(self.member.video_muted)
    }

    /// Whether there is a picture of it to be shown.
    pub fn has_picture(&self) -> bool {
        !(self.is_audience() || self.held || self.video_muted())
    }

    pub fn is_frugal(&self) -> bool {
        Self::is(self.member.lowbitrate)
    }

    pub fn hand_is_up(&self) -> bool {
        Self::is(self.member.handraised)
    }

    /// How its sound is to be mixed.
    pub fn mixing(&self) -> Mixing {
        let member = &self.member;
        Mixing {
            muted: self.is_audience() || self.held || Self::is(member.audio_muted),
            deaf: self.held || Self::is(member.deaf),
            gain: gate::gain(member.input_volume.unwrap_or(0.0)),
            volume: gate::gain(member.output_volume.unwrap_or(0.0)),
            threshold: gate::threshold(member.input_sensitivity.unwrap_or(gate::SENSITIVITY)),
        }
    }

    /// The names of the fields that `action` has changed; values out of range are brought into it.
    pub fn change(&mut self, action: &CallAction) -> Vec<&'static str> {
        let within = |value: f64, range: std::ops::RangeInclusive<f64>| {
            if value.is_nan() { 0.0 } else { value.clamp(*range.start(), *range.end()) }
        };
        match action {
            CallAction::MicrophoneVolume(volume) => {
                apply(&mut self.member, &CallAction::MicrophoneVolume(within(*volume, gate::VOLUMES)))
            }
            CallAction::SpeakerVolume(volume) => {
                apply(&mut self.member, &CallAction::SpeakerVolume(within(*volume, gate::VOLUMES)))
            }
            CallAction::MicrophoneSensitivity(sensitivity) => {
                let sensitivity = within(*sensitivity, gate::SENSITIVITIES);
                apply(&mut self.member, &CallAction::MicrophoneSensitivity(sensitivity))
            }
            CallAction::MemberMeta { meta, merge } => {
                self.member.meta = Some(Value::Object(merged(self.member.meta.take(), meta, *merge)));
                vec!["meta"]
            }
            CallAction::Promote if self.is_audience() => self.become_one_of(Role::Member),
            CallAction::Demote if !self.is_audience() => self.become_one_of(Role::Audience),
            action => apply(&mut self.member, action),
        }
    }

    fn become_one_of(&mut self, role: Role) -> Vec<&'static str> {
        self.role = role;
        self.member.is_audience = Some(role == Role::Audience);
        self.member.handraised = Some(false);
        vec!["isAudience", "handraised"]
    }

    /// False: it was so already.
    pub fn set_position(&mut self, wish: Position) -> bool {
        let new = self.wish != wish;
        self.wish = wish;
        self.member.requested_position = Some(wish.to_string());
        new
    }

    /// False: it was so already.
    pub fn set_visible(&mut self, visible: bool) -> bool {
        self.member.visible.replace(visible) != Some(visible)
    }

    pub fn set_held(&mut self, held: bool) {
        self.held = held;
        let mark = Map::from_iter([("held".to_owned(), Value::Bool(held))]);
        self.member.meta = Some(Value::Object(merged(self.member.meta.take(), &mark, true)));
    }
}

/// `new` over `old`, or instead of it. `null` takes a key away.
pub fn merged(old: Option<Value>, new: &Map<String, Value>, merge: bool) -> Map<String, Value> {
    let mut all = match old {
        Some(Value::Object(old)) if merge => old,
        _ => Map::new(),
    };
    for (key, value) in new {
        if value.is_null() {
            all.remove(key);
        } else if all.len() < META || all.contains_key(key) {
            all.insert(key.clone(), value.clone());
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use ahoy_model::{MediaKind, MemberId};
    use serde_json::json;

    fn attendee(role: Role) -> Attendee {
        Attendee::new(Member::bare(MemberId::from("ada")), role)
    }

    #[test]
    fn requests_change_what_they_name_and_values_stay_in_bounds() {
        let mut ada = attendee(Role::Member);
        let both = vec![MediaKind::Audio, MediaKind::Video];
        assert_eq!(ada.change(&CallAction::Mute(both)), ["audio_muted", "video_muted"]);
        assert!(ada.mixing().muted && !ada.has_picture());
        assert_eq!(ada.change(&CallAction::MicrophoneVolume(1e9)), ["input_volume"]);
        assert_eq!(ada.member.input_volume, Some(50.0));
        ada.change(&CallAction::SpeakerVolume(f64::NAN));
        assert_eq!((ada.member.output_volume, ada.mixing().volume), (Some(0.0), 1.0));
        ada.change(&CallAction::MicrophoneSensitivity(-3.0));
        assert_eq!(ada.mixing().threshold, Some(f32::INFINITY));
        assert!(ada.set_position(Position::Reserved(1)) && !ada.set_position(Position::Reserved(1)));
        assert_eq!(ada.member.requested_position.as_deref(), Some("reserved-1"));
    }

    #[test]
    fn the_audience_is_neither_heard_nor_seen_until_promoted() {
        let mut ada = attendee(Role::Audience);
        assert!(ada.mixing().muted && !ada.has_picture() && ada.member.visible == Some(false));
        assert_eq!(ada.change(&CallAction::Demote), [] as [&str; 0]);
        assert_eq!(ada.change(&CallAction::Promote), ["isAudience", "handraised"]);
        assert!(!ada.mixing().muted && ada.has_picture());
    }

    #[test]
    fn meta_is_set_merged_and_taken_away() {
        let mut ada = attendee(Role::Member);
        let object = |value: Value| value.as_object().cloned().unwrap();
        ada.change(&CallAction::MemberMeta { meta: object(json!({ "a": 1, "b": 2 })), merge: false });
        ada.change(&CallAction::MemberMeta { meta: object(json!({ "b": null, "c": 3 })), merge: true });
        assert_eq!(ada.member.meta, Some(json!({ "a": 1, "c": 3 })));
        ada.set_held(true);
        assert_eq!(ada.member.meta, Some(json!({ "a": 1, "c": 3, "held": true })));
        assert!(ada.mixing().deaf && ada.mixing().muted);
        let many = (0..200).map(|n| (n.to_string(), json!(n))).collect();
        ada.change(&CallAction::MemberMeta { meta: many, merge: false });
        assert_eq!(ada.member.meta.unwrap().as_object().unwrap().len(), META);
    }
}
