//! Rules that clients rely on and that no other test looks at (WIRE.md 14).

use crate::client::{Client, Talk, config, media, offer, space, talk, verto};
use ahoy_model::{CallId, Flow, NodeId};
use ahoy_rtc::Session;
use ahoy_wire::{
    BodyWithSdp, ClientRequest, ClientVerto, DialogParams, EventBody, EventChannel, ServerVerto, VertoRequest,
};
use serde_json::json;

#[tokio::test]
async fn every_event_names_its_session_and_sdp_comes_once() {
    let space = space(config()).await;
    let Talk { mut alice, mut bob, a, .. } = talk(&space).await;
    alice.event(|body| matches!(body, EventBody::CallJoined(_)).then_some(())).await;
    alice.bye(&a, None).await.expect("bye");
    bob.event(|body| matches!(verto(body), Some(ServerVerto::Bye(_))).then_some(())).await;
    for client in [&alice, &bob] {
        assert!(client.events().count() > 3);
        let protocol = client.protocol();
        for event in client.events() {
            assert_eq!(event.channel, Some(EventChannel::One(protocol.clone())), "{event:?}");
        }
        let with_sdp = |event: &&ahoy_wire::Event| match verto(&event.body) {
            Some(ServerVerto::Answer(answer)) => answer.sdp.is_some(),
            Some(ServerVerto::Media(_)) => true,
            _ => false,
        };
        // The one with the SDP was taken out when it was used.
        assert_eq!(client.events().filter(with_sdp).count(), 0);
    }
    space.shut_down().await;
}

#[tokio::test]
async fn a_picture_that_is_only_sent_is_only_received() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let mut config = media("alice");
    config.video.as_mut().expect("a picture").flow = Flow::SendOnly;
    let (session, _events, sdp) = Session::offer(config).await.expect("an offer");
    assert!(sdp.contains("a=sendonly"));
    let call = CallId::random();
    alice.dial(&call, "/public/echo", &sdp).await.expect("dialled");
    let answer = alice.answered().await;
    let picture = answer.split("m=video").nth(1).expect("a picture");
    assert!(picture.contains("a=recvonly"), "{picture}");
    session.accept(&answer).await.expect("accepted");
    space.shut_down().await;
}

#[tokio::test]
async fn who_calls_stands_in_the_token_and_nowhere_else() {
    let space = space(config()).await;
    let mut mallory = Client::online(&space, "mallory").await;
    let mut bob = Client::online(&space, "bob").await;
    let (_session, _events, sdp) = offer("mallory").await;
    let call = CallId::random();
    let dialog = DialogParams {
        caller_id_name: Some("The bank".into()),
        caller_id_number: Some("/private/bank".into()),
        from_fabric_address_id: Some("another's".into()),
        ..DialogParams::outbound(call.clone(), "/private/bob")
    };
    let invite = ClientVerto::Invite(BodyWithSdp { dialog, sdp, sessid: None });
    mallory.verto(&call, invite).await.expect("dialled");
    let invite = bob.invited().await;
    assert_eq!(invite.caller_id_name.as_deref(), Some("Mallory"));
    assert_eq!(invite.caller_id_number.as_deref(), Some("/private/mallory"));
    space.shut_down().await;
}

#[tokio::test]
async fn what_v3_says_twice_is_answered_both_times() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let wrapper = ClientRequest::Verto(VertoRequest {
        call_id: None,
        node_id: Some(NodeId::from("")),
        subscribe: None,
        message_id: 101.into(),
        message: ClientVerto::Result(json!({ "method": "verto.answer" })),
    });
    // `ask` waits for the reply, with the outer id as text.
    let reply = alice.ask(wrapper).await.expect("a reply");
    assert_eq!((&reply["code"], reply.get("error")), (&json!("200"), None), "{reply}");
    space.shut_down().await;
}
