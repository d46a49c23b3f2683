//! Tokens that are bound to a client's key, and tokens that end (WIRE.md 1.5).

use crate::client::{Client, Talk, config, offer, space, talk, token};
use crate::http::{PROJECT, get, http, post, post_with};
use crate::prover::Prover;
use ahoy_model::{CallId, HangupCause, Secret};
use ahoy_space::Space;
use ahoy_wire::{ClientRequest, ReauthenticateParams, codes};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DEVICES: &str = "/api/fabric/subscriber/devices";

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

async fn minted(space: &Space, mut request: Value) -> Value {
    request["reference"] = json!("alice");
    let (status, body) = post(&format!("{}/api/fabric/subscribers/tokens", space.rest_url()), request).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// A token that only this key may use, and may exchange for a client-bound one.
async fn seed(space: &Space, prover: &Prover) -> Secret {
    let asked = json!({ "fingerprint": prover.thumbprint(), "scope": "sat:refresh" });
    Secret::new(minted(space, asked).await["token"].as_str().expect("a token"))
}

/// Asks for a client-bound token.
async fn device(space: &Space, what: &str, bearer: &Secret, proof: String) -> (StatusCode, Value) {
    let body = json!({ "dpop_token": proof, "expire_in": 900 });
    post_with(&format!("{}{DEVICES}/{what}", space.rest_url()), bearer.expose(), body).await
}

fn read(body: &Value) -> Secret {
    Secret::new(body["token"].as_str().expect("a token"))
}

#[tokio::test]
async fn a_bound_token_is_worth_something_with_its_proof_only() {
    let space = space(config()).await;
    let (alice, mallory) = (Prover::alice(), Prover::mallory());
    let token = seed(&space, &alice).await;
    let (status, info) =
        get(&format!("{}/api/fabric/subscriber/info", space.rest_url()), token.expose()).await;
    assert_eq!(status, StatusCode::OK, "the SDK sends no proof with this");
    assert_eq!(info["sat_claims"]["scope"], "sat:refresh");
    assert_eq!(info["sat_claims"]["cnf"]["jkt"], alice.thumbprint());

    let mut client = Client::open(&space, token.clone()).await;
    let used = alice.rpc("signalwire.connect", now());
    let stale = alice.rpc("signalwire.connect", now() - 4_000);
    let elsewhere = alice.rpc("signalwire.reauthenticate", now());
    for proof in [None, Some(mallory.rpc("signalwire.connect", now())), Some(stale), Some(elsewhere)] {
        client.proof = proof.map(Secret::new);
        assert_eq!(client.connect(None).await.expect_err("refused").code, codes::AUTHENTICATION_FAILED);
    }
    client.proof = Some(Secret::new(used.clone()));
    client.connect(None).await.expect("connected");
    let mut thief = Client::open(&space, token).await;
    thief.proof = Some(Secret::new(used));
    assert_eq!(thief.connect(None).await.expect_err("a replay").code, codes::AUTHENTICATION_FAILED);
    space.shut_down().await;
}

#[tokio::test]
async fn a_session_becomes_client_bound_is_renewed_and_comes_back() {
    let mut config = config();
    config.timers.device_token = Duration::from_secs(600);
    let space = space(config).await;
    let (alice, mallory) = (Prover::alice(), Prover::mallory());
    let token = seed(&space, &alice).await;
    let mut client = Client::open(&space, token.clone()).await;
    client.proof = Some(Secret::new(alice.rpc("signalwire.connect", now())));
    client.connect(None).await.expect("connected");
    client.ask(ClientRequest::SubscriberOnline).await.expect("online");

    let path = format!("{DEVICES}/token");
    let (status, error) = device(&space, "token", &token, mallory.http(&path, None, now())).await;
    assert_eq!(
        (status, error["errors"][0]["code"].as_str()),
        (StatusCode::UNAUTHORIZED, Some("invalid_dpop_proof"))
    );
    let once = alice.http(&path, None, now());
    let (status, body) = device(&space, "token", &token, once.clone()).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(body["expires_in"], 600, "as long as the space allows");
    assert!(body["expires_at"].as_u64().is_some_and(|at| at > now() && at <= now() + 600));
    assert_eq!(device(&space, "token", &token, once).await.0, StatusCode::UNAUTHORIZED, "used");
    let bound = read(&body);

    let reauthenticate = |token: &Secret, proof: Option<String>| {
        let mut params = ReauthenticateParams::new(token.clone(), None);
        params.dpop_token = proof.map(Secret::new);
        ClientRequest::Reauthenticate(params)
    };
    for proof in [None, Some(mallory.rpc("signalwire.reauthenticate", now()))] {
        let refusal = client.ask(reauthenticate(&bound, proof)).await.expect_err("refused");
        assert_eq!(refusal.code, codes::AUTHENTICATION_FAILED);
    }
    let proof = alice.rpc("signalwire.reauthenticate", now());
    client.ask(reauthenticate(&bound, Some(proof))).await.expect("taken");

    // Refreshing needs the hash of the current token; the one it began with cannot be refreshed.
    let path = format!("{DEVICES}/refresh");
    for hash in [None, Some(token.expose())] {
        let (status, _) = device(&space, "refresh", &bound, alice.http(&path, hash, now())).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let proof = alice.http(&path, Some(token.expose()), now());
    assert_eq!(device(&space, "refresh", &token, proof).await.0, StatusCode::FORBIDDEN);
    let proof = alice.http(&path, Some(bound.expose()), now());
    let (status, body) = device(&space, "refresh", &bound, proof).await;
    assert_eq!(status, StatusCode::OK);
    let renewed = read(&body);
    let proof = alice.rpc("signalwire.reauthenticate", now());
    client.ask(reauthenticate(&renewed, Some(proof))).await.expect("taken");

    // A lost socket: a client-bound token needs a proof again, the one that the page began with needs none.
    let (protocol, state) = (client.protocol(), client.state.clone());
    client.token = renewed.clone();
    client.proof = None;
    let refusal = client.try_resume(&space).await.expect_err("no proof");
    assert_eq!(refusal.code, codes::AUTHENTICATION_FAILED);
    client.proof = Some(Secret::new(alice.rpc("signalwire.connect", now())));
    client.try_resume(&space).await.expect("with a proof");
    let mut reloaded = Client::open(&space, token).await;
    reloaded.connect(Some((protocol.clone(), state))).await.expect("a page that was loaded anew");
    assert_eq!(reloaded.protocol(), protocol);
    assert_eq!(space.count(), (1, 1, 0), "one session all the time, and online");

    // After that the SDK binds itself again, with the token it has at that time.
    let path = format!("{DEVICES}/token");
    assert_eq!(device(&space, "token", &renewed, alice.http(&path, None, now())).await.0, StatusCode::OK);
    space.shut_down().await;
}

#[tokio::test]
async fn only_the_scope_allows_binding_and_a_refresh_token_keeps_it() {
    let space = space(config()).await;
    let alice = Prover::alice();
    let ordinary = token(&space, "alice").await;
    let path = format!("{DEVICES}/token");
    assert_eq!(
        device(&space, "token", &ordinary, alice.http(&path, None, now())).await.0,
        StatusCode::FORBIDDEN
    );
    let mut client = Client::open(&space, ordinary).await;
    client.proof = Some(Secret::new("junk"));
    client.connect(None).await.expect("an unbound token needs no proof");

    // Without a fingerprint it lives for a minute, and whoever comes first binds it.
    let body = minted(&space, json!({ "scope": "sat:refresh" })).await;
    let info = format!("{}/api/fabric/subscriber/info", space.rest_url());
    let (_, said) = get(&info, body["token"].as_str().expect("a token")).await;
    assert!(said["sat_claims"]["expires_at"].as_u64().is_some_and(|at| at <= now() + 60));
    assert_eq!(said["sat_claims"].get("cnf"), None);
    assert_eq!(device(&space, "token", &read(&body), alice.http(&path, None, now())).await.0, StatusCode::OK);

    let asked = json!({ "fingerprint": alice.thumbprint(), "scope": "sat:refresh" });
    let body = minted(&space, asked).await;
    let refresh = format!("{}/api/fabric/subscribers/tokens/refresh", space.rest_url());
    let (status, renewed) = post(&refresh, json!({ "refresh_token": body["refresh_token"] })).await;
    assert_eq!(status, StatusCode::CREATED);
    let mut client = Client::open(&space, read(&renewed)).await;
    assert!(client.connect(None).await.is_err(), "still bound");
    client.proof = Some(Secret::new(alice.rpc("signalwire.connect", now())));
    client.connect(None).await.expect("connected");
    let (status, error) = post(
        &format!("{}/api/fabric/subscribers/tokens", space.rest_url()),
        json!({ "reference": "alice", "scope": "everything" }),
    )
    .await;
    assert_eq!(
        (status, error["errors"][0]["attribute"].as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, Some("scope"))
    );
    space.shut_down().await;
}

#[tokio::test]
async fn a_session_ends_with_its_token_unless_it_gets_another() {
    let space = space(config()).await;
    let short = |seconds| space.mint("alice", Some("Alice"), Duration::from_secs(seconds));
    let mut alice = Client::open(&space, short(2).await.expect("a token")).await;
    alice.connect(None).await.expect("connected");
    alice.ask(ClientRequest::SubscriberOnline).await.expect("online");
    let mut renewed = Client::open(&space, short(2).await.expect("a token")).await;
    renewed.connect(None).await.expect("connected");
    let fresh = ReauthenticateParams::new(token(&space, "alice").await, None);
    renewed.ask(ClientRequest::Reauthenticate(fresh)).await.expect("taken");

    assert!(alice.is_closed().await, "at the token's end");
    let refusal = alice.try_resume(&space).await.expect_err("the old token");
    assert_eq!(refusal.code, codes::AUTHENTICATION_FAILED);
    assert!(refusal.message.contains("expired"));
    alice.token = token(&space, "alice").await;
    alice.try_resume(&space).await.expect("the same session with a new token");
    alice.ask(ClientRequest::SubscriberOnline).await.expect("online again");
    renewed.ask(ClientRequest::SubscriberOnline).await.expect("never closed");
    space.shut_down().await;
}

#[tokio::test]
async fn a_call_outlives_its_token_and_no_other_begins() {
    let space = space(config()).await;
    let Talk { mut alice, mut bob, a, b, .. } = talk(&space).await;
    let short = space.mint("alice", None, Duration::from_secs(1)).await.expect("a token");
    alice
        .ask(ClientRequest::Reauthenticate(ReauthenticateParams::new(short.clone(), None)))
        .await
        .expect("taken");
    // Until the token ends a dial is refused for another reason: nobody has that address.
    let refused = loop {
        let (_, _, sdp) = offer("again").await;
        let failure = alice.dial(&CallId::random(), "/private/nobody", &sdp).await.expect_err("refused");
        if failure.cause != Some(HangupCause::UnallocatedNumber) {
            break failure;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(refused.cause, Some(HangupCause::BearercapabilityNotauth));
    assert!(
        alice.ask(ClientRequest::SubscriberOnline).await.expect_err("expired").message.contains("expired")
    );
    alice.token = short;
    alice.resume(&space).await;
    alice.digits(&a, "5").await.expect("the call is there");
    let (_, _, sdp) = offer("bob").await;
    let again = CallId::random();
    bob.dial(&again, "/private/alice", &sdp).await.expect("created, and then:");
    assert_eq!(bob.said_bye(&again).await, HangupCause::UserNotRegistered, "nobody rings an expired session");
    bob.bye(&b, None).await.expect("bye");
    assert!(alice.is_closed().await, "when the last call is over");
    space.shut_down().await;
}

#[tokio::test]
async fn a_subscriber_who_is_removed_is_gone_at_once() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let info = format!("{}/api/fabric/subscriber/info", space.rest_url());
    let id = get(&info, alice.token.expose()).await.1["id"].as_str().expect("an id").to_owned();
    let url = format!("{}/api/fabric/resources/subscribers/{id}", space.rest_url());
    let remove = || http().delete(&url).basic_auth(PROJECT.0, Some(PROJECT.1)).send();
    assert_eq!(remove().await.expect("a response").status(), StatusCode::NO_CONTENT);
    assert_eq!(remove().await.expect("a response").status(), StatusCode::NOT_FOUND);
    assert!(alice.is_closed().await);
    assert!(alice.try_resume(&space).await.is_err());
    assert_eq!(get(&info, alice.token.expose()).await.0, StatusCode::UNAUTHORIZED);
    space.shut_down().await;
}
