//! The REST interface.

use crate::client::{config, space, token};
use crate::http::{PROJECT, get, http, post, post_with};
use ahoy_space::{Rate, SpaceConfig};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test]
async fn a_project_server_makes_subscribers_and_tokens() {
    let space = space(config()).await;
    let url = format!("{}/api/fabric/subscribers/tokens", space.rest_url());
    let (status, body) =
        post(&url, json!({"reference": "alice@example.test", "first_name": "Alice", "last_name": "Test"}))
            .await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (token, id) =
        (body["token"].as_str().expect("a token"), body["subscriber_id"].as_str().expect("an id"));

    let (status, info) = get(&format!("{}/api/fabric/subscriber/info", space.rest_url()), token).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((info["id"].as_str(), info["display_name"].as_str()), (Some(id), Some("Alice Test")));
    assert_eq!(info["email"], "alice@example.test");
    let address = &info["fabric_addresses"][0];
    assert_eq!(address["channels"]["video"], "/private/alice?channel=video");
    assert_eq!(address["type"], "subscriber");
    assert!(address["created_at"].as_str().is_some_and(|at| at.ends_with('Z') && at.len() == 20));

    let (_, again) = post(&url, json!({"reference": "alice@example.test"})).await;
    assert_eq!(again["subscriber_id"], id, "the reference is known");

    let refresh = format!("{url}/refresh");
    let (status, renewed) = post(&refresh, json!({"refresh_token": body["refresh_token"]})).await;
    assert_eq!(status, StatusCode::CREATED);
    let fresh = renewed["token"].as_str().expect("a token");
    assert_eq!(
        get(&format!("{}/api/fabric/subscriber/info", space.rest_url()), fresh).await.0,
        StatusCode::OK
    );
    assert_eq!(
        post(&refresh, json!({"refresh_token": token})).await.0,
        StatusCode::UNAUTHORIZED,
        "not a refresh token"
    );
    let as_bearer = body["refresh_token"].as_str().expect("a token");
    assert_eq!(
        get(&format!("{}/api/fabric/subscriber/info", space.rest_url()), as_bearer).await.0,
        StatusCode::UNAUTHORIZED
    );
    space.shut_down().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_in_the_documented_shape() {
    let space = space(config()).await;
    let url = format!("{}/api/fabric/subscribers/tokens", space.rest_url());
    for (body, attribute) in [
        (json!({}), "reference"),
        (json!({"reference": "  "}), "reference"),
        (json!({"reference": "a".repeat(300)}), "reference"),
        (json!({"reference": "a", "expire_at": 1}), "expire_at"),
        (json!({"reference": "a", "fingerprint": "short"}), "fingerprint"),
        (json!([1, 2]), "reference"),
    ] {
        let (status, said) = post(&url, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{said}");
        let error = &said["errors"][0];
        assert_eq!(
            (error["type"].as_str(), error["attribute"].as_str()),
            (Some("validation_error"), Some(attribute))
        );
        assert!(error["code"].is_string() && error["message"].is_string());
    }
    let client = http();
    let wrong =
        client.post(&url).basic_auth(PROJECT.0, Some("guess")).body("{}").send().await.expect("a response");
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let info = format!("{}/api/fabric/subscriber/info", space.rest_url());
    assert_eq!(get(&info, "junk").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(client.get(&info).send().await.expect("a response").status(), StatusCode::UNAUTHORIZED);
    let token = token(&space, "alice").await;
    let unknown = format!("{}/api/fabric/addresses/{}", space.rest_url(), "no-such-address");
    let (status, body) = get(&unknown, token.expose()).await;
    assert_eq!((status, body["errors"][0]["code"].as_str()), (StatusCode::NOT_FOUND, Some("not_found")));
    assert_eq!(get(&format!("{}/nowhere", space.rest_url()), token.expose()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(post(&info, json!({})).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let huge =
        client.post(&url).basic_auth(PROJECT.0, Some(PROJECT.1)).body("x".repeat(70 << 10)).send().await;
    let huge = huge.expect("a response");
    assert_eq!(huge.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(huge.json::<Value>().await.expect("JSON")["errors"][0]["code"], "too_large");
    space.shut_down().await;
}

#[tokio::test]
async fn the_directory_has_pages_filters_and_single_entries() {
    let space = space(config()).await;
    for name in ["bob", "carol", "dave"] {
        token(&space, name).await;
    }
    let token = token(&space, "alice").await;
    let base = format!("{}/api/fabric/addresses", space.rest_url());
    let (status, mut page) =
        get(&format!("{base}?sort_by=name&sort_order=asc&page_size=2"), token.expose()).await;
    assert_eq!(status, StatusCode::OK);
    let mut names = Vec::new();
    loop {
        names.extend(
            page["data"]
                .as_array()
                .expect("data")
                .iter()
                .map(|a| a["name"].as_str().expect("a name").to_owned()),
        );
        assert!(page["links"]["self"].is_string() && page["links"]["first"].is_string());
        let Some(next) = page["links"]["next"].as_str().map(str::to_owned) else { break };
        page = get(&format!("{}{next}", space.rest_url()), token.expose()).await.1;
    }
    assert_eq!(names, ["alice", "bob", "carol", "dave", "echo", "lobby"]);
    let (_, found) = get(&format!("{base}?name=%2Fprivate%2Fbob"), token.expose()).await;
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
    let bob = &found["data"][0];
    let (_, same) = get(&format!("{base}/{}", bob["id"].as_str().expect("an id")), token.expose()).await;
    assert_eq!(same, *bob);
    let (_, nobody) = get(&format!("{base}?name=%2Fprivate%2Fnobody"), token.expose()).await;
    assert_eq!(nobody["data"], json!([]));
    assert!(nobody["links"].is_object(), "the SDK insists on links");
    assert_eq!(
        get(&format!("{base}?type=subscriber"), token.expose()).await.1["data"].as_array().map(Vec::len),
        Some(4)
    );
    assert_eq!(get(&format!("{base}?display_name=aro"), token.expose()).await.1["data"][0]["name"], "carol");
    assert_eq!(
        get(&format!("{base}?sort_order=sideways"), token.expose()).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    space.shut_down().await;
}

#[tokio::test]
async fn a_conversation_has_one_group_however_often_it_is_joined() {
    let space = space(config()).await;
    let tokens = [token(&space, "alice").await, token(&space, "bob").await];
    let info = format!("{}/api/fabric/subscriber/info", space.rest_url());
    let mut ids = Vec::new();
    for token in &tokens {
        ids.push(
            get(&info, token.expose()).await.1["fabric_addresses"][0]["id"]
                .as_str()
                .expect("an id")
                .to_owned(),
        );
    }
    let join = format!("{}/api/fabric/conversations/join", space.rest_url());
    let ask = |token: &str, from: &str, to: [&str; 2]| {
        let body = json!({"from_fabric_address_id": from, "fabric_address_ids": to}).to_string();
        let request =
            http().post(&join).bearer_auth(token).header("content-type", "application/json").body(body);
        async move {
            let response = request.send().await.expect("a response");
            (response.status(), response.json::<Value>().await.unwrap_or_default())
        }
    };
    let (first, second) = tokio::join!(
        ask(tokens[0].expose(), &ids[0], [&ids[1], &ids[0]]),
        ask(tokens[0].expose(), &ids[0], [&ids[1], &ids[0]])
    );
    assert!(first.1["group_id"].is_string());
    assert_eq!(first, second);
    assert_eq!(ask(tokens[1].expose(), &ids[1], [&ids[0], &ids[1]]).await, first, "from the other side, too");
    assert_eq!(
        ask(tokens[0].expose(), &ids[0], [&ids[0], &ids[0]]).await.0,
        StatusCode::UNPROCESSABLE_ENTITY,
        "oneself"
    );
    let group = first.1["group_id"].as_str().expect("a group");
    let messages = format!("{}/api/fabric/conversations/{group}/messages?page_size=100", space.rest_url());
    let (status, body) = get(&messages, tokens[0].expose()).await;
    assert!(status.is_success() && body["links"].is_object());
    space.shut_down().await;
}

#[tokio::test]
async fn pages_of_any_origin_may_ask() {
    let space = space(config()).await;
    for path in [
        "/api/fabric/subscriber/info",
        "/api/fabric/addresses",
        "/api/fabric/addresses/x",
        "/api/fabric/conversations",
        "/api/fabric/conversations/join",
        "/api/fabric/conversations/x/messages",
        "/api/fabric/messages",
        "/api/fabric/subscriber/devices",
        "/api/fabric/subscriber/devices/x",
        "/api/fabric/subscriber/devices/token",
        "/api/fabric/subscriber/devices/refresh",
        "/api/fabric/subscriber/invites",
        "/api/fabric/subscribers/tokens",
        "/api/fabric/subscribers/tokens/refresh",
        "/api/fabric/guests/tokens",
        "/api/fabric/embeds",
        "/api/fabric/embeds/x",
        "/api/fabric/embeds/tokens",
        "/api/fabric/resources",
        "/api/fabric/resources/x/addresses",
        "/api/fabric/resources/subscribers",
        "/api/fabric/resources/subscribers/x",
    ] {
        let request = http()
            .request(Method::OPTIONS, format!("{}{path}", space.rest_url()))
            .header("origin", "http://localhost:35617")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "authorization,content-type,accept");
        let response = request.send().await.expect("a response");
        assert!(response.status().is_success(), "{path}");
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
        };
        assert_eq!(header("access-control-allow-origin"), "*");
        assert!(header("access-control-allow-headers").contains("authorization"));
        assert!(header("access-control-allow-methods").contains("GET"));
    }
    let refused = http()
        .get(format!("{}/api/fabric/subscriber/info", space.rest_url()))
        .header("origin", "http://x.test");
    let refused = refused.send().await.expect("a response");
    assert!(refused.headers().contains_key("access-control-allow-origin"), "errors can be read, too");
    space.shut_down().await;
}

#[tokio::test]
async fn one_address_cannot_ask_for_ever() {
    let mut config = config();
    config.limits.requests = Rate { burst: 5, per_second: 0.1 };
    let space = space(config).await;
    let url = format!("{}/api/fabric/addresses", space.rest_url());
    let mut late = 0;
    for _ in 0..8 {
        late += usize::from(get(&url, "junk").await.0 == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(late, 3);
    space.shut_down().await;
}

#[tokio::test]
async fn without_a_project_nobody_makes_tokens_from_outside() {
    let space = space(SpaceConfig::default()).await;
    let url = format!("{}/api/fabric/subscribers/tokens", space.rest_url());
    assert_eq!(post(&url, json!({"reference": "a"})).await.0, StatusCode::UNAUTHORIZED);
    let short = space.mint("alice", None, Duration::ZERO).await.expect("a token");
    assert_eq!(
        get(&format!("{}/api/fabric/subscriber/info", space.rest_url()), short.expose()).await.0,
        StatusCode::UNAUTHORIZED,
        "expired"
    );
    space.shut_down().await;
}

#[tokio::test]
async fn the_directory_is_searched_and_filtered_by_channel() {
    let space = space(config()).await;
    for name in ["bob", "carol"] {
        token(&space, name).await;
    }
    let token = token(&space, "alice").await;
    let base = format!("{}/api/fabric/addresses", space.rest_url());
    let names = |query: &str| {
        let (url, token) = (format!("{base}?{query}"), token.clone());
        async move {
            let (status, body) = get(&url, token.expose()).await;
            assert_eq!(status, StatusCode::OK, "{body}");
            let data = body["data"].as_array().expect("data").clone();
            data.iter().map(|a| a["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(names("search=OL").await, ["carol"]);
    let chatty = ["lobby", "carol", "bob", "alice"];
    assert_eq!(names("channel=messaging&sort_order=desc").await, chatty, "no programs");
    assert_eq!(names("channel=video").await.len(), 5);
    assert_eq!(names("search=o&channel=messaging&page_size=1").await, ["bob"]);
    let (_, page) = get(&format!("{base}?search=o%26o&page_size=1"), token.expose()).await;
    assert!(page["links"]["self"].as_str().is_some_and(|link| link.ends_with("&search=o%26o")));
    assert_eq!(
        get(&format!("{base}?channel=smell"), token.expose()).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    space.shut_down().await;
}

#[tokio::test]
async fn devices_of_version_3_are_known_and_forgotten_again() {
    let space = space(config()).await;
    let (alice, bob) = (token(&space, "alice").await, token(&space, "bob").await);
    let url = format!("{}/api/fabric/subscriber/devices", space.rest_url());
    let device = |kind: &str, token: &str| json!({ "device_type": kind, "device_token": token });
    let (status, made) = post_with(&url, alice.expose(), device("Android", "a push token")).await;
    assert_eq!(status, StatusCode::OK, "{made}");
    let id = made["id"].as_str().expect("an id").to_owned();
    assert_eq!(made["device_type"], "Android");
    let (_, again) = post_with(&url, alice.expose(), device("Android", "a push token")).await;
    assert_eq!(again["id"], id.as_str(), "the same token is the same device");
    let (_, other) = post_with(&url, alice.expose(), device("iOS", "another")).await;
    assert_ne!(other["id"], id.as_str());
    for (wrong, attribute) in [
        (device("Fridge", "x"), "device_type"),
        (device("Desktop", " "), "device_token"),
        (json!({ "device_type": "iOS" }), "device_token"),
    ] {
        let (status, body) = post_with(&url, alice.expose(), wrong).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(body["errors"][0]["attribute"], attribute, "{body}");
    }
    let forget = async |token: &str| {
        let request = http().delete(format!("{url}/{id}")).bearer_auth(token).send();
        request.await.expect("a response").status()
    };
    assert_eq!(forget(bob.expose()).await, StatusCode::NOT_FOUND, "it is not his");
    assert_eq!(forget(alice.expose()).await, StatusCode::NO_CONTENT);
    assert_eq!(forget(alice.expose()).await, StatusCode::NOT_FOUND);
    let stranger = post_with(&url, "junk", device("iOS", "x")).await;
    assert_eq!(stranger.0, StatusCode::UNAUTHORIZED);
    space.shut_down().await;
}
