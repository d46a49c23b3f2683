//! Rooms that are come into otherwise than by dialling them: a document joins one, a call is handed over to one.

use crate::client::{Client, answer, config, space};
use crate::guest::{Act, Guest};
use crate::media::End;
use crate::rest_rooms::Server;
use ahoy_model::{HangupCause, MemberId};
use ahoy_space::SpaceConfig;
use ahoy_wire::{CallAction, EventBody, Layer, ModifyAction};
use serde_json::json;
use std::time::Instant;

const LOBBY: &str = "/public/lobby";

/// The next one who comes into the room.
async fn newcomer(guest: &mut Guest) -> (MemberId, Option<String>) {
    let joined = guest.client.event(|body| match body {
        EventBody::MemberJoined(change) => {
            Some((change.member.member_id.clone(), change.member.name.clone()))
        }
        _ => None,
    });
    joined.await
}

/// Both see and hear the other in the room; the one who was brought there has `member` for his own.
async fn meet(host: &mut Guest, brought: &mut Guest, member: &MemberId) {
    let both = [(host.member.clone(), Some(1)), (member.clone(), Some(2))];
    let layout = host.sees_layout("both", &both, |layout| layout.layers.len() == 2).await;
    let layers: Vec<Layer> = layout.layers.into_iter().filter(|layer| layer.member_id.is_some()).collect();
    let hosts = layers.iter().position(|layer| layer.member_id.as_ref() == Some(&host.member));
    let end = Instant::now() + crate::client::LONG;
    let host_is_seen = |seen: Option<Vec<Option<u16>>>| {
        seen.zip(hosts).is_some_and(|(seen, at)| seen.get(at) == Some(&Some(1)))
    };
    while !host_is_seen(brought.sees(&layers).await) {
        assert!(Instant::now() < end, "the room's picture never came");
    }
    let [first, second] = [1, 2].map(|sender| Act::new(sender).tone);
    host.until_hears("the one who was brought", &[second], &[first]).await;
    brought.until_hears("the host", &[first], &[second]).await;
}

/// Whoever was brought into a room without owners may do there what everybody may.
async fn moderates(brought: &mut Guest, host: &mut Guest) {
    let (own, other) = (Act::new(2).tone, Act::new(1).tone);
    let member = host.member.clone();
    let sound = || vec![ahoy_model::MediaKind::Audio];
    brought.moderate(&member, CallAction::Mute(sound())).await.expect("muted");
    let muted = host.updated(&member, "audio_muted").await;
    assert_eq!(muted.audio_muted, Some(true));
    brought.until_hears("nobody", &[], &[other]).await;
    brought.moderate(&member, CallAction::Unmute(sound())).await.expect("heard again");
    brought.until_hears("the host", &[other], &[own]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_joins_a_room_and_goes_on_when_the_room_is_left() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("swml")).expect("made");
    let text = json!({ "version": "1.0.0", "sections": { "main": [
        { "join_room": { "name": "lobby" } },
        { "hangup": { "reason": "busy" } },
    ] } });
    std::fs::write(folder.path().join("swml/desk.json"), text.to_string()).expect("written");
    let space = space(SpaceConfig { data: Some(folder.path().to_owned()), ..config() }).await;
    let (mut host, _) = Guest::join(&space, "host", LOBBY, Act::new(1)).await;
    let client = Client::online(&space, "dora").await;
    let (mut dora, _) = Guest::join_with(client, "/public/desk?channel=video", Act::new(2)).await;
    let (member, name) = newcomer(&mut host).await;
    assert_eq!(name.as_deref(), Some("Dora"), "she comes by her own name");
    assert_eq!(member, dora.member, "and as who she is");
    meet(&mut host, &mut dora, &member).await;
    moderates(&mut dora, &mut host).await;

    // Thrown out of the room, she is still in her call, and the document says what comes next.
    host.moderate(&member, CallAction::MemberRemove).await.expect("removed");
    assert_eq!(dora.client.said_bye(&dora.call).await, HangupCause::UserBusy);
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_handed_over_into_a_room_by_those_whom_it_admits() {
    let space = space(config()).await;
    let rooms = Server::of(&space);
    rooms.make(&json!({ "name": "board", "join": "listed", "members": [] })).await;
    let (mut host, _) = Guest::join(&space, "host", LOBBY, Act::new(1)).await;
    let (dora, mut bob) = (Client::online(&space, "dora").await, Client::online(&space, "bob").await);
    let answered = async {
        let invite = bob.invited().await;
        let (session, events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
        bob.accept(&invite, &sdp).await.expect("answered");
        (invite.call_id, End::start((session, events), 9))
    };
    let calls = Box::pin(Guest::join_with(dora, "/private/bob?channel=video", Act::new(2)));
    let ((mut dora, _), (leg, _bobs)) = tokio::join!(calls, answered);

    let to = |name: &str| ModifyAction::Transfer { destination: format!("/public/{name}") };
    let refused = bob.modify(&leg, to("board")).await.expect_err("nobody is brought where he may not be");
    assert_eq!(refused.cause, Some(HangupCause::OutgoingCallBarred));
    bob.modify(&leg, to("lobby")).await.expect("handed over");
    assert_eq!(bob.said_bye(&leg).await, HangupCause::BlindTransfer);
    let (member, name) = newcomer(&mut host).await;
    assert_eq!(name.as_deref(), Some("Dora"));
    meet(&mut host, &mut dora, &member).await;
    moderates(&mut dora, &mut host).await;

    dora.client.bye(&dora.call.clone(), None).await.expect("left");
    assert_eq!(host.left(&member).await.as_deref(), Some("hangup"));
    space.shut_down().await;
}
