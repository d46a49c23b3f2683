//! Guests, embeds, invites, and the resources behind them (WIRE.md 10).

use crate::client::{Client, answer, config, offer, space, token};
use crate::http::{PROJECT, get, get_as_project, http, post, post_openly, post_with};
use ahoy_model::{CallId, HangupCause, Secret};
use ahoy_space::Space;
use ahoy_wire::{ClientRequest, ModifyAction, VertoFailure};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The id of `/context/name`.
async fn address(space: &Space, token: &Secret, uri: &str) -> String {
    let url = format!("{}/api/fabric/addresses?name={uri}", space.rest_url());
    get(&url, token.expose()).await.1["data"][0]["id"].as_str().expect("an address").to_owned()
}

fn path(space: &Space, path: &str) -> String {
    format!("{}/api/fabric/{path}", space.rest_url())
}

fn secret(body: &Value) -> Secret {
    Secret::new(body["token"].as_str().expect("a token"))
}

fn barred(failure: &VertoFailure) -> bool {
    failure.cause == Some(HangupCause::OutgoingCallBarred)
}

#[tokio::test]
async fn a_guest_reaches_the_allowed_addresses_and_nothing_else() {
    let space = space(config()).await;
    let mut bob = Client::online(&space, "bob").await;
    let mut carol = Client::online(&space, "carol").await;
    let id = address(&space, &bob.token, "/private/bob").await;
    let (status, body) = post(&path(&space, "guests/tokens"), json!({ "allowed_addresses": [id] })).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let guest_token = secret(&body);

    let (status, info) = get(&path(&space, "subscriber/info"), guest_token.expose()).await;
    assert_eq!((status, &info["fabric_addresses"]), (StatusCode::OK, &json!([])));
    let (_, directory) = get(&path(&space, "addresses"), guest_token.expose()).await;
    assert_eq!(directory["data"].as_array().map(Vec::len), Some(1), "the rest is nobody's business");
    let other = address(&space, &bob.token, "/private/carol").await;
    let hidden = get(&path(&space, &format!("addresses/{other}")), guest_token.expose()).await;
    assert_eq!(hidden.0, StatusCode::NOT_FOUND);
    let found = get(&path(&space, &format!("addresses/{id}")), guest_token.expose()).await;
    assert_eq!(found.1["name"], "bob");
    for what in ["subscriber/invites", "subscriber/devices/token", "subscriber/devices/refresh"] {
        let (status, error) = post_with(&path(&space, what), guest_token.expose(), json!({})).await;
        assert_eq!((status, error["errors"][0]["code"].as_str()), (StatusCode::FORBIDDEN, Some("forbidden")));
    }

    let mut guest = Client::open(&space, guest_token).await;
    guest.connect(None).await.expect("connected");
    guest.ask(ClientRequest::SubscriberOnline).await.expect("the SDK insists on an answer");
    assert_eq!(space.count(), (3, 2, 0), "connected, and never rung");
    let (media, _events, sdp) = offer("guest").await;
    for elsewhere in
        ["/private/carol", "/public/echo", "/private/nobody", "+15550100", "sip:bob@example.test", ""]
    {
        let failure = guest.dial(&CallId::random(), elsewhere, &sdp).await.expect_err("refused");
        assert!(barred(&failure), "{elsewhere}");
    }
    let call = CallId::random();
    guest.dial(&call, "/private/bob?channel=video", &sdp).await.expect("dialled");
    let invite = bob.invited().await;
    assert_eq!(invite.caller_id_name.as_deref(), Some("Guest"));
    let caller = invite.caller_id_number.clone().expect("a number");
    let (_bob_media, _bob_events, sdp) = answer("bob", &invite.sdp).await.expect("an answer");
    bob.accept(&invite, &sdp).await.expect("answered");
    media.accept(&guest.answered().await).await.expect("accepted");
    let transfer = ModifyAction::Transfer { destination: "/private/carol".into() };
    assert!(
        barred(&guest.modify(&call, transfer).await.expect_err("refused")),
        "not by the back door either"
    );
    guest.bye(&call, None).await.expect("bye");

    let (_, _, sdp) = offer("carol").await;
    let back = CallId::random();
    let failure = carol.dial(&back, &caller, &sdp).await.expect_err("nobody can call a guest");
    assert_eq!(failure.cause, Some(HangupCause::UnallocatedNumber));
    space.shut_down().await;
}

#[tokio::test]
async fn a_guests_refresh_token_makes_a_guest_with_the_same_rights() {
    let space = space(config()).await;
    let alice = token(&space, "alice").await;
    let id = address(&space, &alice, "/private/alice").await;
    let (_, body) = post(&path(&space, "guests/tokens"), json!({ "allowed_addresses": [id] })).await;
    let renew = json!({ "refresh_token": body["refresh_token"] });
    let (status, renewed) = post_openly(&path(&space, "subscribers/tokens/refresh"), renew).await;
    assert_eq!(status, StatusCode::CREATED);
    let (_, directory) = get(&path(&space, "addresses"), secret(&renewed).expose()).await;
    assert_eq!(directory["data"][0]["id"], id.as_str());
    assert_eq!(directory["data"].as_array().map(Vec::len), Some(1));

    // A lost socket with the renewed token: still the same session.
    let mut guest = Client::open(&space, secret(&body)).await;
    guest.connect(None).await.expect("connected");
    let before = guest.protocol();
    guest.token = secret(&renewed);
    guest.resume(&space).await;
    assert_eq!(guest.protocol(), before);
    let echo = address(&space, &alice, "/public/echo").await;
    let (_, other) = post(&path(&space, "guests/tokens"), json!({ "allowed_addresses": [echo] })).await;
    guest.token = secret(&other);
    assert!(guest.try_resume(&space).await.is_err(), "a guest with other rights is another");
    space.shut_down().await;
}

#[tokio::test]
async fn what_a_guest_may_be_is_checked() {
    let space = space(config()).await;
    let alice = token(&space, "alice").await;
    let id = address(&space, &alice, "/private/alice").await;
    let eleven: Vec<String> = (0..11).map(|n| n.to_string()).collect();
    for (body, attribute) in [
        (json!({}), "allowed_addresses"),
        (json!({ "allowed_addresses": [] }), "allowed_addresses"),
        (json!({ "allowed_addresses": eleven }), "allowed_addresses"),
        (json!({ "allowed_addresses": ["no-such-address"] }), "allowed_addresses"),
        (json!({ "allowed_addresses": [id], "expire_at": 1 }), "expire_at"),
        (json!({ "allowed_addresses": [id], "ch": "a b" }), "ch"),
    ] {
        let (status, error) = post(&path(&space, "guests/tokens"), body).await;
        assert_eq!(
            (status, error["errors"][0]["attribute"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(attribute))
        );
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs();
    let asked = json!({ "allowed_addresses": [id], "expire_at": now + 1 });
    let brief = secret(&post(&path(&space, "guests/tokens"), asked).await.1);
    while get(&path(&space, "subscriber/info"), brief.expose()).await.0 != StatusCode::UNAUTHORIZED {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(post_openly(&path(&space, "guests/tokens"), json!({})).await.0, StatusCode::UNAUTHORIZED);
    let as_guest = post_with(&path(&space, "guests/tokens"), alice.expose(), json!({})).await;
    assert_eq!(as_guest.0, StatusCode::UNAUTHORIZED, "only the project's server makes guests");
    space.shut_down().await;
}

#[tokio::test]
async fn an_embed_makes_guests_until_it_is_deleted() {
    let space = space(config()).await;
    let alice = token(&space, "alice").await;
    let id = address(&space, &alice, "/private/alice").await;
    let asked = json!({ "allowed_addresses": [id], "name": "the shop's page" });
    let (status, embed) = post(&path(&space, "embeds"), asked).await;
    assert_eq!(status, StatusCode::CREATED, "{embed}");
    let c2c = embed["token"].as_str().expect("a token");
    assert!(c2c.starts_with("c2c_") && c2c.len() > 32);
    let exchange = |token: &str| {
        let (url, body) = (path(&space, "embeds/tokens"), json!({ "token": token }));
        async move { post_openly(&url, body).await }
    };
    let (status, body) = exchange(c2c).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut guest = Client::open(&space, secret(&body)).await;
    guest.connect(None).await.expect("connected");
    let before = guest.protocol();
    guest.token = secret(&exchange(c2c).await.1);
    guest.resume(&space).await;
    assert_eq!(guest.protocol(), before, "the SDK refreshes by asking the embed again");
    for wrong in ["c2c_guess", "", alice.expose()] {
        assert_eq!(exchange(wrong).await.0, StatusCode::UNAUTHORIZED);
    }
    let (_, list) = get_as_project(&path(&space, "embeds")).await;
    assert_eq!(list["data"][0]["name"], "the shop's page");
    assert_eq!(list["data"][0].get("token"), None, "told once");

    let url = path(&space, &format!("embeds/{}", embed["id"].as_str().expect("an id")));
    let remove = http().delete(&url).basic_auth(PROJECT.0, Some(PROJECT.1)).send().await.expect("a response");
    assert_eq!(remove.status(), StatusCode::NO_CONTENT);
    assert!(guest.is_closed().await);
    assert!(guest.try_resume(&space).await.is_err());
    assert_eq!(exchange(c2c).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(get(&path(&space, "subscriber/info"), guest.token.expose()).await.0, StatusCode::UNAUTHORIZED);
    space.shut_down().await;
}

#[tokio::test]
async fn a_subscriber_invites_to_their_own_address() {
    let space = space(config()).await;
    let (alice, _bob) = (token(&space, "alice").await, token(&space, "bob").await);
    let own = address(&space, &alice, "/private/alice").await;
    let bobs = address(&space, &alice, "/private/bob").await;
    let invite = |id: &str| {
        let (url, body) = (path(&space, "subscriber/invites"), json!({ "address_id": id }));
        let alice = alice.clone();
        async move { post_with(&url, alice.expose(), body).await }
    };
    let (status, body) = invite(&own).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let mut guest = Client::open(&space, secret(&body)).await;
    guest.connect(None).await.expect("connected");
    let (_media, _events, sdp) = offer("guest").await;
    assert!(barred(&guest.dial(&CallId::random(), "/private/bob", &sdp).await.expect_err("refused")));
    for id in [bobs.as_str(), "no-such-address"] {
        assert_eq!(invite(id).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    space.shut_down().await;
}

#[tokio::test]
async fn a_project_server_keeps_its_subscribers() {
    let space = space(config()).await;
    let base = path(&space, "resources/subscribers");
    let asked = json!({ "email": "dana@example.test", "first_name": "Dana", "timezone": "Europe/Berlin" });
    let (status, made) = post(&base, asked.clone()).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(made["type"], "subscriber");
    assert_eq!(
        (&made["display_name"], &made["subscriber"]["timezone"]),
        (&json!("Dana"), &json!("Europe/Berlin"))
    );
    let (status, error) = post(&base, asked).await;
    assert_eq!(
        (status, error["errors"][0]["code"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("taken"))
    );
    let id = made["id"].as_str().expect("an id").to_owned();
    let put = |id: &str, body: Value| {
        let request = http().put(format!("{base}/{id}")).basic_auth(PROJECT.0, Some(PROJECT.1)).json(&body);
        async move {
            let response = request.send().await.expect("a response");
            (response.status(), response.json::<Value>().await.unwrap_or_default())
        }
    };
    let (status, changed) = put(&id, json!({ "display_name": "Dr Dana", "job_title": "Pilot" })).await;
    assert_eq!(status, StatusCode::OK, "{changed}");
    assert_eq!(
        (&changed["display_name"], &changed["subscriber"]["first_name"]),
        (&json!("Dr Dana"), &json!("Dana"))
    );
    assert_eq!(put("no-such-id", json!({})).await.0, StatusCode::NOT_FOUND);
    let (_, addresses) = get_as_project(&format!("{base}/{id}/addresses")).await;
    assert_eq!(addresses["data"][0]["display_name"], "Dr Dana");
    assert_eq!(addresses["data"][0]["resource_id"], id.as_str());
    assert!(addresses["links"]["self"].as_str().is_some_and(|link| link.contains(&id)));
    let (status, none) = get_as_project(&format!("{base}/{id}/sip_endpoints")).await;
    assert_eq!((status, &none["data"]), (StatusCode::OK, &json!([])));
    token(&space, "erin").await;
    for list in [base.clone(), path(&space, "resources")] {
        let (_, first) = get_as_project(&format!("{list}?page_size=1")).await;
        let next = first["links"]["next"].as_str().expect("another page").to_owned();
        let (_, second) = get_as_project(&format!("{}{next}", space.rest_url())).await;
        assert_eq!(second["links"].get("next"), None);
        assert_ne!(first["data"][0]["id"], second["data"][0]["id"]);
    }
    let (status, one) = get_as_project(&path(&space, &format!("resources/{id}"))).await;
    assert_eq!((status, &one["id"]), (StatusCode::OK, &json!(id)));
    assert_eq!(post_openly(&base, json!({})).await.0, StatusCode::UNAUTHORIZED);
    // The same person by reference: the e-mail address.
    let (_, token) =
        post(&path(&space, "subscribers/tokens"), json!({ "reference": "dana@example.test" })).await;
    assert_eq!(token["subscriber_id"], id.as_str());
    space.shut_down().await;
}
