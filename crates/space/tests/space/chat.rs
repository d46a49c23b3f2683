//! Conversations: REST and events (WIRE.md 6, 10, 16).

use crate::client::{Client, Talk, config, offer, space, talk};
use crate::http::{get, post_with};
use ahoy_model::{CallId, HangupCause};
use ahoy_space::{Rate, Space, SpaceConfig};
use ahoy_wire::{ConversationMessage, Event, EventBody};
use reqwest::StatusCode;
use serde_json::{Value, json};

/// Somebody with an address.
struct Person {
    client: Client,
    address: String,
    rest: String,
}

impl Person {
    async fn new(space: &Space, name: &str) -> Self {
        Self::with(space, Client::online(space, name).await).await
    }

    async fn with(space: &Space, client: Client) -> Self {
        let rest = format!("{}/api/fabric", space.rest_url());
        let info = get(&format!("{rest}/subscriber/info"), client.token.expose()).await.1;
        let address = info["fabric_addresses"][0]["id"].as_str().expect("an address").to_owned();
        Self { client, address, rest }
    }

    async fn get(&self, path: &str) -> (StatusCode, Value) {
        get(&format!("{}/{path}", self.rest), self.client.token.expose()).await
    }

    async fn post(&self, path: &str, body: Value) -> (StatusCode, Value) {
        post_with(&format!("{}/{path}", self.rest), self.client.token.expose(), body).await
    }

    /// As the SDK does it.
    async fn join(&self, other: &str) -> String {
        let body =
            json!({ "from_fabric_address_id": self.address, "fabric_address_ids": [other, self.address] });
        let (status, reply) = self.post("conversations/join", body).await;
        assert_eq!(status, StatusCode::OK, "{reply}");
        reply["group_id"].as_str().expect("a group").to_owned()
    }

    async fn say(&self, group: &str, text: &str) -> (StatusCode, Value) {
        let body = json!({ "group_id": group, "from_fabric_address_id": self.address, "text": text });
        self.post("messages", body).await
    }

    async fn told(&mut self) -> ConversationMessage {
        self.client
            .event(|body| match body {
                EventBody::ConversationMessage(message) if message.hidden == Some(false) => {
                    Some(message.clone())
                }
                _ => None,
            })
            .await
    }

    async fn messages(&self, group: &str) -> Vec<Value> {
        let (status, page) = self.get(&format!("conversations/{group}/messages?page_size=100")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page["data"].as_array().expect("data").clone()
    }
}

#[tokio::test]
async fn what_one_says_all_devices_of_both_are_told_and_it_is_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let with_data = || SpaceConfig { data: Some(folder.path().to_owned()), ..config() };
    let space = crate::client::space(with_data()).await;
    let (mut alice, mut bob) = (Person::new(&space, "alice").await, Person::new(&space, "bob").await);
    let mut second = Person::new(&space, "bob").await;
    let mut carol = Person::new(&space, "carol").await;
    let group = alice.join(&bob.address).await;
    assert!(group.starts_with("sw_"));
    assert_eq!(bob.join(&alice.address).await, group, "from the other side, too");
    assert_eq!(alice.join(&bob.address).await, group, "and again");

    let (status, said) = alice.say(&group, "Ahoy! 🙂").await;
    assert_eq!(status, StatusCode::CREATED, "{said}");
    let author = Some(alice.address.clone());
    for person in [&mut alice, &mut bob, &mut second] {
        let told = person.told().await;
        assert_eq!(told.text.as_deref(), Some("Ahoy! 🙂"));
        assert_eq!((told.subtype.as_deref(), told.class.as_deref()), (Some("chat"), Some("message")));
        assert_eq!(told.group_id.as_deref(), Some(group.as_str()));
        assert_eq!(told.from_fabric_address_id, author);
        assert_eq!(told.user_name.as_deref(), Some("Alice"));
        assert_eq!(Some(told.id.as_str()), said["id"].as_str());
        assert!(told.ts.and_then(|ts| ts.unix_ms()).is_some());
    }
    let list = "conversations?page_size=100";
    assert_eq!(alice.get(list).await.1["data"][0]["name"], "Bob");
    let list_of_bob = bob.get(list).await.1;
    assert_eq!(
        (&list_of_bob["data"][0]["name"], &list_of_bob["data"][0]["address_id"]),
        (&json!("Alice"), &json!(alice.address))
    );
    assert!(list_of_bob["data"][0]["last_message_at"].is_number() && list_of_bob["links"].is_object());

    // Carol has no part in it, and does not learn of it.
    assert_eq!(carol.get(list).await.1["data"], json!([]));
    assert_eq!(carol.get(&format!("conversations/{group}/messages")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(carol.say(&group, "hello?").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let forged = json!({ "group_id": group, "from_fabric_address_id": alice.address, "text": "I am Alice" });
    assert_eq!(carol.post("messages", forged).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    carol.client.ask(ahoy_wire::ClientRequest::SubscriberOnline).await.expect("an answer");
    assert!(!carol.client.seen().contains(&"conversation.message".to_owned()));

    space.shut_down().await;
    let space = crate::client::space(with_data()).await;
    let bob = Person::new(&space, "bob").await;
    assert_eq!(bob.messages(&group).await[0]["text"], "Ahoy! 🙂");
    space.shut_down().await;
}

#[tokio::test]
async fn messages_come_in_pages_from_the_newest_to_the_oldest() {
    let space = space(config()).await;
    let (alice, bob) = (Person::new(&space, "alice").await, Person::new(&space, "bob").await);
    let group = alice.join(&bob.address).await;
    for n in 0..5 {
        assert_eq!(alice.say(&group, &n.to_string()).await.0, StatusCode::CREATED);
    }
    let mut path = format!("conversations/{group}/messages?page_size=2");
    let mut texts = Vec::new();
    loop {
        let page = alice.get(&path).await.1;
        texts.extend(page["data"].as_array().expect("data").iter().map(|message| message["text"].clone()));
        // What is said meanwhile does not shift the pages.
        alice.say(&group, "meanwhile").await;
        let Some(next) = page["links"]["next"].as_str() else { break };
        path = next.trim_start_matches("/api/fabric/").to_owned();
    }
    assert_eq!(texts, ["4", "3", "2", "1", "0"]);
    space.shut_down().await;
}

#[tokio::test]
async fn what_cannot_be_said_is_refused_in_the_documented_shape() {
    let mut config = config();
    config.limits.chat = Rate { burst: 2, per_second: 0.01 };
    let space = space(config).await;
    let (alice, bob) = (Person::new(&space, "alice").await, Person::new(&space, "bob").await);
    let group = alice.join(&bob.address).await;
    for (body, attribute) in [
        (json!({}), "text"),
        (json!({ "group_id": group, "from_fabric_address_id": alice.address, "text": " \n" }), "text"),
        (
            json!({ "group_id": group, "from_fabric_address_id": alice.address, "text": "x".repeat(9_000) }),
            "text",
        ),
        (
            json!({ "group_id": group, "from_fabric_address_id": bob.address, "text": "x" }),
            "from_fabric_address_id",
        ),
        (json!({ "group_id": "sw_none", "from_fabric_address_id": alice.address, "text": "x" }), "group_id"),
    ] {
        let (status, error) = alice.post("messages", body).await;
        assert_eq!(
            (status, error["errors"][0]["attribute"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some(attribute))
        );
    }
    let statuses =
        [alice.say(&group, "1").await.0, alice.say(&group, "2").await.0, alice.say(&group, "3").await.0];
    assert_eq!(statuses, [StatusCode::CREATED, StatusCode::CREATED, StatusCode::TOO_MANY_REQUESTS]);
    assert_eq!(bob.say(&group, "I may").await.0, StatusCode::CREATED);
    space.shut_down().await;
}

#[tokio::test]
async fn finished_calls_stand_in_the_conversation_of_those_two() {
    let space = space(config()).await;
    let Talk { mut alice, bob, a, .. } = talk(&space).await;
    let joined = alice.event(|body| match body {
        EventBody::ConversationMessage(message) => Some(message.clone()),
        _ => None,
    });
    let joined = joined.await;
    assert_eq!((joined.subtype.as_deref(), joined.hidden), (Some("update"), Some(true)));
    assert_eq!(joined.details.and_then(|details| details.status).as_deref(), Some("joined"));
    alice.bye(&a, None).await.expect("bye");
    let (mut alice, mut bob) = (Person::with(&space, alice).await, Person::with(&space, bob).await);
    for (person, kind) in [(&mut alice, "outbound_call"), (&mut bob, "inbound_call")] {
        let told = person.told().await;
        assert_eq!((told.subtype.as_deref(), told.kind.as_deref()), (Some("log"), Some(kind)));
        let details = told.details.expect("details");
        assert_eq!(details.status.as_deref(), Some("completed"));
        assert!(details.start_time.is_some() && details.end_time.is_some());
    }
    let authors = |event: &Event| matches!(event.body, EventBody::ConversationMessage(_));
    assert!(!alice.client.events().any(authors), "told once");

    let call = CallId::random();
    let (_, _, sdp) = offer("alice").await;
    alice.client.dial(&call, "/private/bob?channel=audio", &sdp).await.expect("dialled");
    let invite = bob.client.invited().await;
    bob.client.bye(&invite.call_id, Some(HangupCause::UserBusy)).await.expect("busy");
    assert_eq!(alice.client.said_bye(&call).await, HangupCause::UserBusy);
    assert_eq!(bob.told().await.details.and_then(|details| details.status).as_deref(), Some("busy"));
    let group = alice.join(&bob.address).await;
    assert_eq!(joined.group_id.as_deref(), Some(group.as_str()), "of the same conversation");
    let history = alice.messages(&group).await;
    let words = |field: &str| history.iter().map(|line| line["details"][field].clone()).collect::<Vec<_>>();
    assert_eq!(words("status"), ["busy", "completed"]);
    assert!(history.iter().all(|line| line["kind"] == "outbound_call" && line["ts"].is_number()));
    space.shut_down().await;
}
