//! Screens and further microphones of members of a room.

use crate::client::{config, space, verto};
use crate::guest::{Act, Guest};
use ahoy_model::MediaKind;
use ahoy_wire::{AudioFlags, CallAction, EventBody, ServerVerto};

const LOBBY: &str = "/public/lobby";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_in_a_room_is_seen_and_heard_by_all_and_its_owner_hears_no_echo() {
    let space = space(config()).await;
    let (mut ada, _) = Guest::join(&space, "ada", LOBBY, Act::new(1)).await;
    let (mut bob, _) = Guest::join(&space, "bob", LOBBY, Act::new(2)).await;
    let screen = bob.add(true, Act::new(3)).await;
    let joined = ada.client.event(|body| match body {
        EventBody::MemberJoined(change) if change.member.parent_id.is_some() => Some(change.member.clone()),
        _ => None,
    });
    let joined = joined.await;
    assert_eq!((joined.kind.as_deref(), &joined.member_id), (Some("screen"), &screen.member));
    assert_eq!(joined.parent_id.as_ref(), Some(&bob.member));
    let all =
        [(ada.member.clone(), Some(1)), (bob.member.clone(), Some(2)), (screen.member.clone(), Some(3))];
    let bobs = bob.member.clone();
    for guest in [&mut ada, &mut bob] {
        let layout = guest.sees_layout("the screen", &all, |layout| layout.layers.len() == 3).await;
        let area = |id| {
            let layer = layout.layers.iter().find(|layer| layer.member_id.as_ref() == Some(id));
            layer.map_or(0.0, |layer| layer.width * layer.height)
        };
        assert!(area(&screen.member) > 2.0 * area(&bobs), "the screen is the largest: {layout:?}");
    }
    let [first, second, third] = [1, 2, 3].map(|sender| Act::new(sender).tone);
    ada.until_hears("bob and his screen", &[second, third], &[first]).await;
    bob.until_hears("ada, and not his screen", &[first], &[second, third]).await;

    // Wishes for capture are said about the member's own leg only (WIRE.md 14, item 16).
    let flags = AudioFlags { auto_gain: Some(false), ..AudioFlags::default() };
    for member in [screen.member.clone(), bob.member.clone()] {
        ada.moderate(&member, CallAction::AudioFlags(flags.clone())).await.expect("set");
    }
    let wished = bob.client.event(|body| match verto(body) {
        Some(ServerVerto::MediaParams(params)) => Some((params.call_id.clone(), params.media_params.clone())),
        _ => None,
    });
    let (about, wishes) = wished.await;
    assert_eq!(about, bob.call);
    assert_eq!(wishes.map(|wishes| wishes["audio"]["autoGainControl"] == false), Some(true));

    // Muting the screen leaves the member's own voice alone.
    ada.moderate(&screen.member, CallAction::Mute(vec![MediaKind::Audio])).await.expect("muted");
    ada.until_hears("bob without his screen", &[second], &[third]).await;
    bob.client.bye(&screen.call, None).await.expect("stopped");
    assert_eq!(ada.left(&screen.member).await.as_deref(), Some("hangup"));
    let two = [(ada.member.clone(), Some(1)), (bob.member.clone(), Some(2))];
    ada.sees_layout("two", &two, |layout| layout.layers.len() == 2).await;
    space.shut_down().await;
}
