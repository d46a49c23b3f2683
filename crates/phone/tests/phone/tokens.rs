//! Tokens that end: renewed by the account's source, by a refresh token, or as one that only this device can use.

use crate::support::{self, TestPhone, account};
use ahoy_media::fake::FakeHardware;
use ahoy_model::{CallStatus, Problem, Secret};
use ahoy_phone::{
    DeviceKeys, FreshToken, KeyStore, MemoryKeys, RegistrationStatus, SpaceAccount, TokenSource, UrlSource,
};
use ahoy_space::{Space, SpaceConfig};
use async_trait::async_trait;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// What the scripted space was told, in order.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    /// Method, token, thumbprint of the proof's key.
    Socket(&'static str, String, Option<String>),
    /// Path, token, whether the proof named it.
    Rest(&'static str, String, bool),
}

struct Script {
    told: Mutex<Vec<Told>>,
    count: watch::Sender<usize>,
    refreshes: AtomicU32,
    cut: watch::Sender<u32>,
}

impl Script {
    fn tell(&self, told: Told) {
        self.told.lock().unwrap().push(told);
        self.count.send_modify(|count| *count += 1);
    }

    async fn first(&self, count: usize) -> Vec<Told> {
        let mut counts = self.count.subscribe();
        let waiting = counts.wait_for(|now| *now >= count);
        tokio::time::timeout(support::PATIENCE, waiting)
            .await
            .unwrap_or_else(|_| panic!("only {:#?}", self.told.lock().unwrap()))
            .unwrap();
        self.told.lock().unwrap().clone()
    }
}

/// Checks a proof's signature with its own key; its payload and that key's thumbprint.
fn proof(text: &str) -> (Value, String) {
    let parts: Vec<&str> = text.split('.').collect();
    let read = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let header: Value = serde_json::from_slice(&read(parts[0])).unwrap();
    let member = |name: &str| header["jwk"][name].as_str().unwrap().to_owned();
    let public = RsaPublicKeyComponents { n: read(&member("n")), e: read(&member("e")) };
    let signed = format!("{}.{}", parts[0], parts[1]);
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &read(parts[2])).expect("a good signature");
    let canonical = format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, member("e"), member("n"));
    let print = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
    (serde_json::from_slice(&read(parts[1])).unwrap(), print)
}

async fn socket(script: Arc<Script>, mut socket: WebSocket) {
    let mut cuts = script.cut.subscribe();
    cuts.borrow_and_update();
    loop {
        let text = tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(_)) => continue,
                _ => return,
            },
            _ = cuts.changed() => return,
        };
        let request: Value = serde_json::from_str(&text).unwrap();
        let params = &request["params"];
        let method = match request["method"].as_str() {
            Some("signalwire.connect") => Some("signalwire.connect"),
            Some("signalwire.reauthenticate") => Some("signalwire.reauthenticate"),
            Some(_) => None,
            None => continue,
        };
        let mut result = json!({"code": "200", "message": "OK"});
        if let Some(method) = method {
            let print = params["dpop_token"].as_str().map(|text| {
                let (payload, print) = proof(text);
                assert_eq!((&payload["mth"], &payload["rpc"]), (&json!(method), &json!("request")));
                print
            });
            let token = params["authentication"]["jwt_token"].as_str().unwrap().to_owned();
            script.tell(Told::Socket(method, token, print));
            result = json!({
                "identity": "x", "protocol": "signalwire_1_2_3", "ice_servers": [],
                "authorization": {"jti": "1", "project_id": "2", "fabric_subscriber": {"expires_at": 4_000_000_000_u64}},
            });
        }
        let reply = json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        if socket.send(Message::text(reply.to_string())).await.is_err() {
            return;
        }
    }
}

async fn devices(
    State(script): State<Arc<Script>>,
    Path(which): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let which = if which == "token" { "token" } else { "refresh" };
    let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer ").to_owned();
    let (payload, _) = proof(body["dpop_token"].as_str().unwrap());
    assert_eq!(payload["htm"], "POST");
    assert_eq!(payload["htu"], format!("/api/fabric/subscriber/devices/{which}"));
    assert_eq!(body["expire_in"], 900);
    let hash = URL_SAFE_NO_PAD.encode(digest(&SHA256, token.as_bytes()));
    let named = payload["ath"].as_str() == Some(hash.as_str());
    script.tell(Told::Rest(which, token, named));
    let number = script.refreshes.fetch_add(1, Ordering::Relaxed);
    // The first refresh fails; it is tried again.
    if number == 1 {
        return Err(StatusCode::BAD_GATEWAY);
    }
    // The first token ends soon.
    let life = if number == 0 { 2 } else { 900 };
    Ok(Json(json!({"token": format!("e30.bound{number}"), "expires_in": life})))
}

async fn scripted() -> (Arc<Script>, SpaceAccount) {
    let script = Arc::new(Script {
        told: Mutex::default(),
        count: watch::Sender::new(0),
        refreshes: AtomicU32::new(0),
        cut: watch::Sender::new(0),
    });
    async fn upgrade(State(script): State<Arc<Script>>, upgrade: WebSocketUpgrade) -> Response {
        upgrade.on_upgrade(move |ws| socket(script, ws))
    }
    async fn info() -> Json<Value> {
        Json(json!({"id": "s", "display_name": "Alice", "fabric_addresses": [],
            "sat_claims": {"scope": ["sat:refresh"], "expires_at": 4_000_000_000_u64}}))
    }
    async fn addresses() -> Json<Value> {
        Json(json!({"data": [], "links": {}}))
    }
    let app = Router::new()
        .route("/", get(upgrade))
        .route("/api/fabric/subscriber/info", get(info))
        .route("/api/fabric/addresses", get(addresses))
        .route("/api/fabric/subscriber/devices/{which}", post(devices))
        .with_state(script.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let account = SpaceAccount::new(format!("ws://{host}"), format!("http://{host}"), "e30.first".into());
    (script, account)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_bound_to_this_device_renewed_and_proved_at_every_connect() {
    let (script, account) = scripted().await;
    let store = Arc::new(MemoryKeys::default());
    let keys = DeviceKeys::new(store.clone());
    let phone = TestPhone::signed_in(account, 1, 440, Arc::new(FakeHardware::new()), |config| {
        config.keys = keys.clone();
    });
    phone.registered().await;
    let told = script.first(6).await;
    let print = keys.existing().await.expect("a key was made").fingerprint().to_owned();
    let proved = Some(print.clone());
    let socket =
        |method, token: &str, print: &Option<String>| Told::Socket(method, token.into(), print.clone());
    assert_eq!(
        told,
        [
            socket("signalwire.connect", "e30.first", &None),
            Told::Rest("token", "e30.first".into(), false),
            socket("signalwire.reauthenticate", "e30.bound0", &proved),
            Told::Rest("refresh", "e30.bound0".into(), true),
            Told::Rest("refresh", "e30.bound0".into(), true),
            socket("signalwire.reauthenticate", "e30.bound2", &proved),
        ]
    );
    script.cut.send_modify(|cut| *cut += 1);
    assert_eq!(script.first(7).await[6], socket("signalwire.connect", "e30.bound2", &proved));
    phone.registered().await;
    // The key outlives the phone, and a phone that has one shows it from the first word.
    phone.handle.shut_down().await.unwrap();
    assert!(store.find().await.is_some());
    let (script, account) = scripted().await;
    let phone = TestPhone::signed_in(account, 1, 440, Arc::new(FakeHardware::new()), |config| {
        config.keys = DeviceKeys::new(store);
    });
    phone.registered().await;
    assert_eq!(script.first(1).await[0], socket("signalwire.connect", "e30.first", &proved));
}

/// Mints at a space, and counts.
struct Minting(Arc<Space>, AtomicU32);

#[async_trait]
impl TokenSource for Minting {
    async fn fresh_token(&self) -> Result<FreshToken, Problem> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Ok(self.0.mint("alice", None, Duration::from_secs(3600)).await.expect("a token").into())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_outlives_its_token() {
    let space = Arc::new(support::space().await);
    let mut short = account(&space, "alice").await;
    short.token = space.mint("alice", None, Duration::from_secs(4)).await.unwrap();
    let source = Arc::new(Minting(space.clone(), AtomicU32::new(0)));
    short.tokens = Some(source.clone());
    let alice = TestPhone::signed_in(short, 1, 440, Arc::new(FakeHardware::new()), |_| {});
    alice.registered().await;
    let call = alice.dial("/public/echo", false).await;
    alice.status(&call, CallStatus::Connected).await;
    let mut snapshots = alice.handle.snapshots();
    let end = tokio::time::Instant::now() + Duration::from_secs(6);
    while tokio::time::timeout_at(end, snapshots.changed()).await.is_ok() {
        assert_eq!(snapshots.borrow().registration, RegistrationStatus::Online, "nobody notices");
    }
    assert_eq!(source.1.load(Ordering::Relaxed), 1);
    alice.handle.send_digits(call.clone(), "1".into()).await.unwrap();
    alice.handle.hold(call.clone()).await.unwrap();
    alice.status(&call, CallStatus::Held).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_brings_the_next_token_and_the_next_refresh_token() {
    support::logs();
    let project = ("6f1e5c0a-0000-4000-8000-000000000001".to_owned(), Secret::new("api-token-of-the-test"));
    let config = SpaceConfig { project: Some(project.clone()), ..support::space_config() };
    let space = Space::start(config).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let made: Value = http
        .post(format!("{}/api/fabric/subscribers/tokens", space.rest_url()))
        .basic_auth(&project.0, Some(project.1.expose()))
        .json(&json!({"reference": "alice"}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let first = Secret::new(made["refresh_token"].as_str().expect("a refresh token"));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = kept.clone();
    let rotated = Box::new(move |next: &Secret| keeper.lock().unwrap().push(next.clone()));
    let source = UrlSource::refreshing(&space.rest_url(), first.clone(), Some(rotated));
    // A token that is over is replaced at once.
    let mut over = account(&space, "alice").await;
    over.token = space.mint("alice", None, Duration::ZERO).await.unwrap();
    over.tokens = Some(Arc::new(source));
    let phone = TestPhone::signed_in(over, 1, 440, Arc::new(FakeHardware::new()), |_| {});
    phone.registered().await;
    let kept = kept.lock().unwrap().clone();
    assert!(kept.len() == 1 && kept[0] != first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_space_binds_a_token_to_our_key_and_lets_nobody_else_use_it() {
    support::logs();
    let project = ("6f1e5c0a-0000-4000-8000-000000000001".to_owned(), Secret::new("api-token-of-the-test"));
    let config = SpaceConfig { project: Some(project.clone()), ..support::space_config() };
    let space = Space::start(config).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = Arc::new(MemoryKeys::default());
    let keys = DeviceKeys::new(store.clone());
    let print = keys.own().await.unwrap().fingerprint().to_owned();
    let made: Value = reqwest::Client::new()
        .post(format!("{}/api/fabric/subscribers/tokens", space.rest_url()))
        .basic_auth(&project.0, Some(project.1.expose()))
        .json(&json!({"reference": "alice", "fingerprint": print, "scope": "sat:refresh"}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let token = Secret::new(made["token"].as_str().expect("a token"));
    let account = SpaceAccount::new(space.url(), space.rest_url(), token);
    let phone = TestPhone::signed_in(account.clone(), 1, 440, Arc::new(FakeHardware::new()), |config| {
        config.keys = keys;
    });
    phone.registered().await;
    let call = phone.dial("/public/echo", false).await;
    phone.status(&call, CallStatus::Connected).await;
    phone.hears(440.0, 300).await;
    let stranger = TestPhone::signed_in(account, 2, 600, Arc::new(FakeHardware::new()), |_| {});
    stranger.until("a refusal", |s| (s.registration == RegistrationStatus::Refused).then_some(())).await;
}
