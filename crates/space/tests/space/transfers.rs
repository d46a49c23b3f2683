//! One of two hands the other over to a third.

use crate::client::{Client, Talk, answer, config, space, talk, verto};
use crate::media::End;
use ahoy_model::{CallId, HangupCause};
use ahoy_space::{Space, SpaceConfig};
use ahoy_wire::{
    AudioFlags, CallAction, ClientInfo, ClientVerto, DialogParams, EventBody, ModifyAction, ServerInvite,
    ServerVerto, SubscribeRequest,
};
use serde_json::json;
use std::time::Duration;

struct Scene {
    space: Space,
    both: Talk,
    carol: Client,
}

/// Alice and Bob talk, and the space has told her so: what is asked before that is refused.
async fn connected(space: &Space) -> Talk {
    let mut both = talk(space).await;
    both.alice.event(|body| matches!(body, EventBody::CallJoined(_)).then_some(())).await;
    both
}

async fn scene(config: SpaceConfig) -> Scene {
    let space = space(config).await;
    let carol = Client::online(&space, "carol").await;
    let both = connected(&space).await;
    Scene { space, both, carol }
}

fn to(destination: &str) -> ModifyAction {
    ModifyAction::Transfer { destination: destination.into() }
}

/// Carol's end of a call that she takes, with the mark 3.
async fn carol_answers(carol: &mut Client) -> (ServerInvite, End) {
    let invite = carol.invited().await;
    let (session, events, sdp) = answer("carol", &invite.sdp).await.expect("an answer");
    carol.accept(&invite, &sdp).await.expect("answered");
    (invite, End::start((session, events), 3))
}

async fn connect_state(client: &mut Client, call: &CallId, state: &str) {
    client
        .event(|body| match body {
            EventBody::CallConnect(connect) => {
                (connect.call_id == *call && connect.connect_state.as_deref() == Some(state)).then_some(())
            }
            _ => None,
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_caller_hands_over_and_the_two_others_talk_on() {
    let Scene { space, mut both, mut carol } = scene(config()).await;
    let (_a_end, mut b_end) = (End::start(both.a_media, 1), End::start(both.b_media, 2));
    b_end.until("Alice", |heard| heard.shown == Some(1) && heard.video > 5 && heard.from == Some(1)).await;
    let moved = both.alice.modify(&both.a, to("/private/carol?channel=video")).await.expect("handed over");
    assert_eq!(moved.message.as_deref(), Some("CALL TRANSFERRED"));
    assert_eq!(both.alice.said_bye(&both.a).await, HangupCause::BlindTransfer);
    let left = both.bob.event(|body| match body {
        EventBody::MemberLeft(change) => Some((change.member.member_id.clone(), change.reason.clone())),
        _ => None,
    });
    assert_eq!(left.await, (both.a_member.clone(), Some("transfer".into())));
    let shown = both.bob.event(|body| match verto(body) {
        Some(ServerVerto::Display(display)) => {
            Some((display.display_name.clone(), display.display_number.clone()))
        }
        _ => None,
    });
    assert_eq!(shown.await, (Some("Carol".into()), Some("/private/carol".into())));
    connect_state(&mut both.bob, &both.b, "connecting").await;

    let (invite, mut c_end) = carol_answers(&mut carol).await;
    assert_eq!(invite.caller_id_number.as_deref(), Some("/private/bob"), "it is Bob who calls her now");
    connect_state(&mut both.bob, &both.b, "connected").await;
    let c_heard =
        c_end.until("Bob", |heard| heard.shown == Some(2) && heard.video > 20 && heard.from == Some(2)).await;
    let b_heard = b_end.until("Carol", |heard| heard.shown == Some(3) && heard.from == Some(3)).await;
    assert_eq!((c_heard.wrong, b_heard.wrong, b_heard.jumps), (0, 0, 0), "{b_heard:?}");
    assert_eq!(c_heard.began_with_key, Some(true));

    both.bob.bye(&both.b, None).await.expect("ended");
    assert_eq!(carol.said_bye(&invite.call_id).await, HangupCause::NormalClearing);
    while space.count().2 > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let records = space.calls(10).await.expect("records");
    let told: Vec<_> = records.iter().map(|r| (r.caller.as_str(), r.callee.as_str(), r.cause)).collect();
    assert_eq!(
        told,
        [
            ("/private/bob", "/private/carol?channel=video", HangupCause::NormalClearing),
            ("/private/alice", "/private/bob", HangupCause::BlindTransfer),
        ]
    );
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_callee_hands_over_and_again_and_at_last_to_the_echo() {
    let Scene { space, mut both, mut carol } = scene(config()).await;
    let mut dora = Client::online(&space, "dora").await;
    let mut a_end = End::start(both.a_media, 1);
    both.bob.modify(&both.b, to("/private/carol")).await.expect("handed over");
    assert_eq!(both.bob.said_bye(&both.b).await, HangupCause::BlindTransfer);
    let (invite, _c_end) = carol_answers(&mut carol).await;
    assert_eq!(invite.caller_id_number.as_deref(), Some("/private/alice"));
    a_end.until("Carol", |heard| heard.shown == Some(3) && heard.from == Some(3)).await;

    carol.modify(&invite.call_id, to("/private/dora")).await.expect("handed over again");
    let last = dora.invited().await;
    let (session, events, sdp) = answer("dora", &last.sdp).await.expect("an answer");
    dora.accept(&last, &sdp).await.expect("answered");
    let _d_end = End::start((session, events), 4);
    a_end.until("Dora", |heard| heard.shown == Some(4) && heard.from == Some(4)).await;

    dora.modify(&last.call_id, to("/public/echo")).await.expect("to the echo");
    let heard = a_end.until("herself", |heard| heard.shown == Some(1) && heard.from == Some(1)).await;
    assert_eq!((heard.wrong, heard.jumps), (0, 0), "{heard:?}");
    both.alice.bye(&both.a, None).await.expect("ended");
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nobody_can_be_rung_the_call_stays_as_it_was() {
    let Scene { space, mut both, carol } = scene(config()).await;
    let mut b_end = End::start(both.b_media, 2);
    let _a_end = End::start(both.a_media, 1);
    space.mint("erna", Some("Erna"), Duration::from_secs(60)).await.expect("somebody who is not online");
    for (destination, cause) in [
        ("/private/nobody", HangupCause::UnallocatedNumber),
        ("/public/nowhere", HangupCause::NoRouteDestination),
        ("/private/erna", HangupCause::UserNotRegistered),
        ("/private/bob", HangupCause::UserBusy),
        ("no address at all", HangupCause::InvalidNumberFormat),
    ] {
        let refused = both.alice.modify(&both.a, to(destination)).await.expect_err(destination);
        assert_eq!(refused.cause, Some(cause), "{destination}");
    }
    b_end.until("Alice all the same", |heard| heard.shown == Some(1) && heard.video > 5).await;
    drop(carol);
    both.alice.bye(&both.a, None).await.expect("ended");
    assert_eq!(both.bob.said_bye(&both.b).await, HangupCause::NormalClearing);
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_hears_why_the_new_party_does_not_come() {
    let mut config = config();
    config.ring_timeout = Duration::from_secs(2);
    let Scene { space, mut both, mut carol } = scene(config).await;
    both.alice.modify(&both.a, to("/private/carol")).await.expect("handed over");
    let invite = carol.invited().await;
    carol.bye(&invite.call_id, Some(HangupCause::UserBusy)).await.expect("rejected");
    assert_eq!(both.bob.said_bye(&both.b).await, HangupCause::UserBusy);

    let mut again = connected(&space).await;
    again.alice.modify(&again.a, to("/private/carol")).await.expect("handed over");
    let invite = carol.invited().await;
    assert_eq!(again.bob.said_bye(&again.b).await, HangupCause::NoAnswer);
    assert_eq!(carol.said_bye(&invite.call_id).await, HangupCause::NoAnswer);

    let mut third = connected(&space).await;
    third.alice.modify(&third.a, to("/private/carol")).await.expect("handed over");
    let invite = carol.invited().await;
    third.bob.bye(&third.b, None).await.expect("Bob does not wait");
    assert_eq!(carol.said_bye(&invite.call_id).await, HangupCause::OriginatorCancel);
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_subscriptions_and_wishes_for_sound_find_their_way() {
    let Scene { space, mut both, carol: _carol } = scene(config()).await;
    let info = ClientInfo {
        msg: Some(json!({ "text": "hello" })),
        ..ClientInfo::bare(DialogParams::bare(both.a.clone()))
    };
    both.alice.verto(&both.a, ClientVerto::Info(info)).await.expect("said");
    let told = both.bob.event(|body| match verto(body) {
        Some(ServerVerto::Info(info)) => info.msg.clone(),
        _ => None,
    });
    assert_eq!(told.await, json!({ "text": "hello" }));

    let wanted =
        SubscribeRequest { event_channel: vec!["user_event".into()], sessid: Some(both.a.as_str().into()) };
    both.alice.verto(&both.a, ClientVerto::Subscribe(wanted)).await.expect("subscribed");

    let flags = AudioFlags { echo_cancellation: Some(false), ..AudioFlags::default() };
    both.alice.method(&both.a, &both.a_member, CallAction::AudioFlags(flags)).await.expect("set");
    let params = both.alice.event(|body| match verto(body) {
        Some(ServerVerto::MediaParams(params)) => Some((params.call_id.clone(), params.media_params.clone())),
        _ => None,
    });
    let (call, params) = params.await;
    let audio = json!({ "echoCancellation": false, "autoGainControl": true, "noiseSuppression": true });
    assert_eq!((call, params), (both.a.clone(), Some(json!({ "audio": audio }))));
    assert!(!both.bob.seen().contains(&"verto.mediaParams".to_owned()), "it is not about Bob");
    space.shut_down().await;
}
