//! What can be chosen about a room; kept in the database and sent as a resource.

use super::layout::{Canvas, Layout};
use super::rights::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Most members of one room.
pub const MOST_MEMBERS: usize = 300;

/// A room as it is kept. Absent fields get what a new room has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomSettings {
    /// Of the resource.
    #[serde(skip)]
    pub id: String,
    /// `/public/<name>`
    #[serde(skip)]
    pub name: String,
    #[serde(skip)]
    pub display_name: String,
    pub description: String,
    /// Members at one time.
    #[serde(rename = "max_members")]
    pub capacity: usize,
    pub layout: String,
    /// Pixels of the canvas: up to 1920×1080.
    pub width: u32,
    pub height: u32,
    pub fps: u32,
    pub record_on_start: bool,
    /// Who may come in: `everyone`, or those in the three lists only.
    pub join: Join,
    /// Ids of subscribers. A room with owners is moderated by them alone; without, everybody may do everything.
    pub owners: Vec<String>,
    pub members: Vec<String>,
    pub audience: Vec<String>,
    /// Whoever stands in no list comes in as audience.
    pub others_are_audience: bool,
    pub meta: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    #[default]
    Everyone,
    Listed,
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            display_name: String::new(),
            description: String::new(),
            capacity: 100,
            layout: Layout::default().name(),
            width: 1_280,
            height: 720,
            fps: 30,
            record_on_start: false,
            join: Join::Everyone,
            owners: Vec::new(),
            members: Vec::new(),
            audience: Vec::new(),
            others_are_audience: false,
            meta: Map::new(),
        }
    }
}

/// What is wrong with a room's settings: the field, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct Unfit {
    pub field: &'static str,
    pub reason: &'static str,
}

impl RoomSettings {
    pub fn check(&self) -> Result<(), Unfit> {
        let unfit = |field, reason| Err(Unfit { field, reason });
        if !(1..=MOST_MEMBERS).contains(&self.capacity) {
            return unfit("max_members", "must be between 1 and 300");
        }
        if Layout::named(&self.layout).is_none() {
            return unfit("layout", "is not known");
        }
        if !(320..=1_920).contains(&self.width) || !self.width.is_multiple_of(2) {
            return unfit("width", "must be even, between 320 and 1920");
        }
        if !(180..=1_080).contains(&self.height) || !self.height.is_multiple_of(2) {
            return unfit("height", "must be even, between 180 and 1080");
        }
        if !(1..=30).contains(&self.fps) {
            return unfit("fps", "must be between 1 and 30");
        }
        if [&self.owners, &self.members, &self.audience].iter().any(|list| list.len() > 1_000) {
            return unfit("members", "names more than 1000 people");
        }
        if self.description.len() > 1_000 {
            return unfit("description", "is longer than 1000 bytes");
        }
        Ok(())
    }

    pub fn canvas(&self) -> Canvas {
        Canvas { width: self.width, height: self.height }
    }

    pub fn layout(&self) -> Layout {
        Layout::named(&self.layout).unwrap_or_default()
    }

    /// One leg's pictures, bit/s.
    pub fn max_bitrate(&self) -> u32 {
        if self.width > 1_280 { 4_500_000 } else { 2_500_000 }
    }

    /// Somebody in particular moderates.
    pub fn is_moderated(&self) -> bool {
        !self.owners.is_empty()
    }

    /// As what a subscriber comes in; `None`: not at all.
    pub fn role_of(&self, subscriber: &str) -> Option<Role> {
        let stands_in = |list: &[String]| list.iter().any(|id| id == subscriber);
        if stands_in(&self.owners) {
            return Some(Role::Owner);
        }
        if stands_in(&self.audience) {
            return Some(Role::Audience);
        }
        if stands_in(&self.members) {
            return Some(Role::Member);
        }
        match self.join {
            Join::Listed => None,
            Join::Everyone if self.others_are_audience => Some(Role::Audience),
            Join::Everyone => Some(Role::Member),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_decide_who_comes_in_as_what() {
        let lists = |join, others_are_audience| RoomSettings {
            join,
            others_are_audience,
            owners: vec!["ada".into()],
            members: vec!["bob".into()],
            audience: vec!["eve".into()],
            ..RoomSettings::default()
        };
        let open = lists(Join::Everyone, false);
        assert_eq!(open.role_of("ada"), Some(Role::Owner));
        assert_eq!(open.role_of("eve"), Some(Role::Audience));
        assert_eq!(open.role_of("zoe"), Some(Role::Member));
        assert_eq!(lists(Join::Everyone, true).role_of("zoe"), Some(Role::Audience));
        assert_eq!(lists(Join::Listed, true).role_of("zoe"), None);
        assert_eq!(lists(Join::Listed, true).role_of("bob"), Some(Role::Member));
    }

    #[test]
    fn absent_fields_are_those_of_a_new_room_and_bad_ones_are_named() {
        let read: RoomSettings = serde_json::from_str(r#"{"max_members": 4}"#).unwrap();
        assert_eq!(read, RoomSettings { capacity: 4, ..RoomSettings::default() });
        assert_eq!(read.check(), Ok(()));
        let field = |settings: RoomSettings| settings.check().unwrap_err().field;
        assert_eq!(field(RoomSettings { capacity: 0, ..read.clone() }), "max_members");
        assert_eq!(field(RoomSettings { layout: "9up".into(), ..read.clone() }), "layout");
        assert_eq!(field(RoomSettings { width: 1_921, ..read.clone() }), "width");
        assert_eq!(field(RoomSettings { height: 4_000, ..read.clone() }), "height");
        assert_eq!(field(RoomSettings { fps: 120, ..read }), "fps");
    }
}
