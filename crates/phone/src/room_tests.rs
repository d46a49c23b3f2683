use super::*;
use ahoy_model::{CallId, NodeId, RoomSessionId};

fn member(id: &str, name: &str) -> Member {
    Member { name: Some(name.into()), ..Member::bare(MemberId::from(id)) }
}

fn conference(rights: &[&str]) -> Conference {
    let members = vec![member("us", "Ada"), member("bob", "Bob")];
    let mut conference = Conference::default();
    conference.joined(&CallJoined {
        room_session: RoomSession::new(RoomSessionId::from("run"), "room", "Lobby", members),
        call_id: CallId::from("leg"),
        member_id: MemberId::from("us"),
        room_id: None,
        room_session_id: None,
        origin_call_id: Some(CallId::from("leg")),
        node_id: None,
        capabilities: Some(rights.iter().map(|right| (*right).to_owned()).collect()),
    });
    conference
}

#[test]
fn changes_are_merged_and_those_who_left_are_gone() {
    let mut room = conference(&["self", "member.mute.audio"]);
    room.member(&Member { audio_muted: Some(true), ..Member::bare(MemberId::from("bob")) });
    room.member(&Member { talking: Some(true), ..Member::bare(MemberId::from("us")) });
    room.member(&Member { talking: Some(true), ..Member::bare(MemberId::from("nobody")) });
    room.member(&Member { parent_id: Some(MemberId::from("us")), ..member("screen", "Ada") });
    let view = room.view("/public/lobby");
    assert_eq!(view.name, "Lobby");
    let facts: Vec<_> = view.members.iter().map(|m| (m.name.as_str(), m.own, m.muted, m.talking)).collect();
    assert_eq!(facts, [("Ada", true, false, true), ("Bob", false, true, false), ("Ada", true, false, false)]);
    assert!(view.can.mute_others && !view.can.remove && view.can.raise_hand && !view.can.set_layout);
    room.left(&MemberId::from("bob"));
    assert_eq!(room.view("").members.len(), 2);
}

#[test]
fn requests_name_the_member_and_unknown_members_are_none() {
    let room = conference(&["self", "member"]);
    let own = MemberRef::new(MemberId::from("us"), CallId::from("leg"), NodeId::from("n"));
    let bob = MemberId::from("bob");
    let mute = RoomAction::Mute { member: bob.clone(), kind: MediaKind::Audio, on: true };
    let (targets, action) = room.request(&mute, &own).unwrap();
    assert_eq!(targets.members()[0].member_id, bob);
    assert_eq!(targets.members()[0].call_id, Some(CallId::from("leg")));
    assert_eq!(action, CallAction::Mute(vec![MediaKind::Audio]));
    let (targets, _) = room.request(&RoomAction::Remove { member: bob }, &own).unwrap();
    assert!(matches!(targets, Targets::Many(_)));
    let gone = RoomAction::Remove { member: MemberId::from("eve") };
    assert_eq!(room.request(&gone, &own), None);
    assert!(room.request(&RoomAction::End, &own).unwrap().0.members()[0].is_all());
}
