//! Rooms as resources, for a project's server.

use crate::client::{config, space};
use ahoy_space::Space;
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

const ROOMS: &str = "/api/fabric/resources/conference_rooms";

/// A project's server.
pub struct Server {
    client: Client,
    base: String,
}

impl Server {
    pub fn of(space: &Space) -> Self {
        // reqwest wants one even for plain HTTP. A second time it is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { client: Client::new(), base: space.rest_url() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        let request = self
            .client
            .request(method, format!("{}{path}", self.base))
            .basic_auth("223ce3a6-project", Some("PT-api-token-for-tests"));
        let request = match body {
            Some(body) => request.body(body.to_string()).header("content-type", "application/json"),
            None => request,
        };
        let reply = request.send().await.expect("a reply");
        (reply.status(), serde_json::from_str(&reply.text().await.expect("a body")).unwrap_or_default())
    }

    pub async fn make(&self, room: &Value) -> Value {
        let (status, made) = self.ask(Method::POST, ROOMS, Some(room)).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        made
    }

    pub async fn delete(&self, id: &str) {
        let (status, body) = self.ask(Method::DELETE, &format!("{ROOMS}/{id}"), None).await;
        assert_eq!(status, StatusCode::NO_CONTENT, "{body}");
    }

    /// The id of the subscriber with this reference, who is made when new.
    pub async fn subscriber(&self, reference: &str) -> String {
        let path = "/api/fabric/subscribers/tokens";
        let (status, made) = self.ask(Method::POST, path, Some(&json!({ "reference": reference }))).await;
        assert!(status.is_success(), "{made}");
        made["subscriber_id"].as_str().expect("an id").to_owned()
    }
}

#[tokio::test]
async fn rooms_are_made_changed_and_deleted_and_the_lobby_stays() {
    let space = space(config()).await;
    let server = Server::of(&space);
    let (status, list) = server.ask(Method::GET, ROOMS, None).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(list["data"][0]["conference_room"]["name"], "lobby");
    let lobby = list["data"][0]["id"].as_str().expect("an id").to_owned();

    let made = server.make(&json!({ "name": "quay", "max_members": 8 })).await;
    let path = format!("{ROOMS}/{}", made["id"].as_str().expect("an id"));
    assert_eq!((&made["conference_room"]["max_members"], &made["type"]), (&json!(8), &json!("video_room")));
    let (status, changed) =
        server.ask(Method::PUT, &path, Some(&json!({ "display_name": "The quay", "layout": "3x3" }))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (
            &changed["display_name"],
            &changed["conference_room"]["layout"],
            &changed["conference_room"]["max_members"]
        ),
        (&json!("The quay"), &json!("3x3"), &json!(8))
    );
    let (_, read) = server.ask(Method::GET, &path, None).await;
    assert_eq!(read, changed);

    for (body, attribute) in [
        (json!({ "name": "quay" }), "name"),
        (json!({}), "name"),
        (json!({ "name": " " }), "name"),
        (json!({ "name": "x", "layout": "9up" }), "layout"),
        (json!({ "name": "x", "max_members": 0 }), "max_members"),
        (json!({ "name": "x", "fps": "many" }), "body"),
    ] {
        let (status, reply) = server.ask(Method::POST, ROOMS, Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(reply["errors"][0]["attribute"], attribute, "{reply}");
    }
    let (status, _) = server.ask(Method::DELETE, &format!("{ROOMS}/{lobby}"), None).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    server.delete(made["id"].as_str().expect("an id")).await;
    let (status, _) = server.ask(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let stranger = server.client.get(format!("{}{ROOMS}", server.base)).send().await.expect("a reply");
    assert_eq!(stranger.status(), StatusCode::UNAUTHORIZED);
    space.shut_down().await;
}
