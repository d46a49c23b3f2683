//! Connecting, resuming, being online, starting and stopping.

use crate::client::{Client, config, space, token};
use ahoy_model::Secret;
use ahoy_space::{Space, SpaceConfig, SpaceStartError};
use ahoy_wire::{ClientRequest, PingParams, ReauthenticateParams, codes};
use std::net::SocketAddr;
use std::time::Duration;

#[tokio::test]
async fn a_connect_gets_everything_that_both_sdks_need() {
    let space = space(config()).await;
    let mut client = Client::open(&space, token(&space, "alice").await).await;
    client.connect(None).await.expect("connected");
    let welcome = client.welcome.clone().expect("a welcome");
    let authorization = welcome.authorization.expect("an authorization");
    let jti = authorization.jti.expect("a jti");
    assert!(
        welcome.protocol.starts_with(&format!("signalwire_{jti}_"))
            && welcome.protocol.ends_with(space.project_id())
    );
    assert!(welcome.identity.is_some_and(|identity| identity.contains('@')));
    assert_eq!(authorization.project_id.as_deref(), Some(space.project_id()));
    let subscriber = authorization.fabric_subscriber.expect("a subscriber");
    assert!(
        subscriber.subscriber_id.is_some()
            && subscriber.expires_at.is_some()
            && subscriber.space_id.is_some()
    );
    assert_eq!(welcome.ice_servers, Some(Vec::new()));
    for _ in 0..2 {
        client.ask(ClientRequest::SubscriberOnline).await.expect("online, twice");
    }
    assert_eq!(space.count(), (1, 1, 0));
    for _ in 0..2 {
        client.ask(ClientRequest::SubscriberOffline).await.expect("offline, twice");
    }
    assert_eq!(space.count(), (1, 0, 0));
    client.ask(ClientRequest::Ping(PingParams::at(7_000))).await.expect("a pong");
    let unknown =
        ClientRequest::Unknown { method: "signalwire.dance".into(), params: serde_json::Value::Null };
    assert_eq!(client.ask(unknown).await.expect_err("no dancing").code, codes::METHOD_NOT_FOUND);
    space.shut_down().await;
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn wrong_tokens_are_refused_and_the_socket_may_try_again() {
    let space = space(config()).await;
    let other =
        crate::client::space(SpaceConfig { key: Some(Secret::new("another space's key")), ..config() }).await;
    let expired = space.mint("alice", None, Duration::ZERO).await.expect("a token");
    let foreign = token(&other, "alice").await;
    let refresh = space.mint_refresh("alice").await.expect("a token");
    let mut client = Client::open(&space, Secret::new("x")).await;
    for bad in [
        Secret::new(""),
        Secret::new("junk"),
        Secret::new("eyJhbGciOiJkaXIifQ..x.y.z"),
        expired,
        foreign,
        refresh,
    ] {
        client.token = bad;
        let refusal = client.connect(None).await.expect_err("refused");
        assert_eq!(refusal.code, codes::AUTHENTICATION_FAILED);
    }
    client.token = token(&space, "alice").await;
    client.connect(None).await.expect("connected at last");
    space.shut_down().await;
    other.shut_down().await;
}

#[tokio::test]
async fn a_session_is_taken_up_again_with_its_protocol_and_state_only() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let before = alice.protocol();
    alice.resume(&space).await;
    assert_eq!(alice.protocol(), before);
    assert_eq!(space.count(), (1, 1, 0), "still online, one session");

    let mut thief = Client::open(&space, token(&space, "bob").await).await;
    let refusal =
        thief.connect(Some((before.clone(), alice.state.clone()))).await.expect_err("another's session");
    assert_eq!(refusal.code, codes::REQUESTER_VALIDATION_FAILED);
    assert!(refusal.message.contains("Requester validation failed"));
    let mut late = Client::open(&space, alice.token.clone()).await;
    let wrong = Some(Secret::new("bWFkZS11cA==:bWFkZS11cA=="));
    assert_eq!(
        late.connect(Some((before.clone(), wrong))).await.expect_err("wrong state").code,
        codes::REQUESTER_VALIDATION_FAILED
    );
    let gone = "signalwire_a_b_c".to_owned();
    assert_eq!(
        late.connect(Some((gone, None))).await.expect_err("no such session").code,
        codes::REQUESTER_VALIDATION_FAILED
    );
    late.connect(None).await.expect("a fresh one on the same socket");
    assert_ne!(late.protocol(), before);
    space.shut_down().await;
}

#[tokio::test]
async fn a_session_without_a_socket_ends_after_its_grace() {
    let mut config = config();
    config.timers.resume_grace = Duration::from_millis(200);
    let space = space(config).await;
    let alice = Client::online(&space, "alice").await;
    let (protocol, state, token) = (alice.protocol(), alice.state.clone(), alice.token.clone());
    alice.vanish();
    while space.count().0 > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut back = Client::open(&space, token).await;
    assert!(back.connect(Some((protocol, state))).await.is_err());
    space.shut_down().await;
}

#[tokio::test]
async fn the_space_pings_and_leaves_those_who_do_not_answer() {
    let mut config = config();
    config.timers.socket_ping = Duration::from_millis(50);
    config.timers.resume_grace = Duration::from_millis(100);
    let space = space(config).await;
    let mut alice = Client::online(&space, "alice").await;
    while alice.pings < 3 {
        alice.ask(ClientRequest::SubscriberOnline).await.expect("online");
    }
    // From now on she says nothing.
    assert!(alice.is_closed().await);
    while space.count().0 > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    space.shut_down().await;
}

/// WIRE.md 14, item 12: after its first ping version 3 opens another socket when none comes for 15 s.
#[tokio::test]
async fn version_3_is_pinged_often_enough_to_stay() {
    let space = space(config()).await;
    let mut alice = Client::open(&space, token(&space, "alice").await).await;
    alice.agent = "@signalwire/js/browser/3.30.0";
    alice.connect(None).await.expect("connected");
    for ping in 0..2 {
        assert!(alice.pinged(Duration::from_secs(15)).await, "ping {ping} in time");
    }
    space.shut_down().await;
}

#[tokio::test]
async fn a_new_token_is_taken_on_a_living_session() {
    let space = space(config()).await;
    let mut alice = Client::online(&space, "alice").await;
    let fresh = token(&space, "alice").await;
    alice.ask(ClientRequest::Reauthenticate(ReauthenticateParams::new(fresh, None))).await.expect("taken");
    for bad in [token(&space, "bob").await, Secret::new("junk")] {
        let refusal = alice
            .ask(ClientRequest::Reauthenticate(ReauthenticateParams::new(bad, None)))
            .await
            .expect_err("refused");
        assert_eq!(refusal.code, codes::AUTHENTICATION_FAILED);
    }
    alice.ask(ClientRequest::SubscriberOnline).await.expect("still there");
    space.shut_down().await;
}

#[tokio::test]
async fn tokens_outlive_a_restart_when_the_space_has_a_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let with_data = || SpaceConfig { data: Some(folder.path().to_owned()), ..config() };
    let first = space(with_data()).await;
    let token = token(&first, "alice").await;
    first.shut_down().await;
    let second = space(with_data()).await;
    let mut client = Client::open(&second, token).await;
    client.connect(None).await.expect("the same key");
    second.shut_down().await;

    let secret = b"PT-api-token-for-tests";
    for file in std::fs::read_dir(folder.path()).expect("the folder") {
        // The database's own helper files may go while we look.
        let Ok(bytes) = std::fs::read(file.expect("an entry").path()) else { continue };
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "no secret on disk");
        let token = client.token.expose().as_bytes();
        assert!(
            !bytes.windows(32).any(|window| token.windows(32).any(|part| part == window)),
            "no token on disk"
        );
    }
}

#[tokio::test]
async fn a_port_in_use_is_one_clear_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen: SocketAddr = taken.local_addr().expect("an address");
    let error = Space::start(SpaceConfig { listen, ..SpaceConfig::default() }).await.err().expect("no space");
    assert!(matches!(error, SpaceStartError::PortInUse(port) if port == listen.port()));
    assert_eq!(error.to_string(), format!("port {} is already in use by another program", listen.port()));
    let nowhere = SpaceConfig { data: Some("/proc/no/such/folder".into()), ..SpaceConfig::default() };
    assert!(matches!(Space::start(nowhere).await.err(), Some(SpaceStartError::Store(_))));
}

#[tokio::test]
async fn a_stopped_space_frees_its_port() {
    let first = space(config()).await;
    let listen = first.address();
    let _idle = Client::online(&first, "alice").await;
    first.shut_down().await;
    let second = Space::start(SpaceConfig { listen, ..config() }).await.expect("the same port");
    second.shut_down().await;
}

#[tokio::test]
async fn a_space_that_is_dropped_lets_go_of_its_port_and_its_clients() {
    let dropped = space(config()).await;
    let listen = dropped.address();
    let mut alice = Client::online(&dropped, "alice").await;
    drop(dropped);
    assert!(alice.is_closed().await);
    let mut patience = 200;
    while std::net::TcpListener::bind(listen).is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
        patience -= 1;
        assert!(patience > 0, "the port is free again");
    }
}
