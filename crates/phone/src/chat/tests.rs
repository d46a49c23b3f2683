use super::*;
use crate::happening::QUEUE;
use crate::history::MemoryHistory;
use ahoy_wire::Stamp;
use tokio::sync::mpsc;

fn history() -> History {
    History::start(Box::new(MemoryHistory::default()), mpsc::channel(QUEUE).0)
}

fn text(id: &str, from: &str, at: u64) -> ConversationMessage {
    ConversationMessage {
        group_id: Some("g".into()),
        from_fabric_address_id: Some(from.into()),
        user_name: Some(from.into()),
        text: Some(format!("{id}\u{7}!")),
        ts: Some(Stamp::seconds(at)),
        ..ConversationMessage::bare(id.into())
    }
}

fn open(chat: &mut Chat) {
    chat.open = Some(Open {
        address: "/private/bob".into(),
        name: "Bob".into(),
        group: None,
        lines: Vec::new(),
        older: None,
        loading: true,
        problem: None,
    });
}

fn ids(chat: &Chat) -> Vec<String> {
    chat.open_view().unwrap().lines.into_iter().map(|line| line.id).collect()
}

#[tokio::test]
async fn lines_stand_in_the_order_of_time_and_each_once() {
    let (mut chat, mut history) = (Chat::default(), history());
    chat.set_own("me");
    open(&mut chat);
    let page = Page { lines: vec![text("3", "bob", 3_000), text("2", "me", 2_000)], next: Some("x".into()) };
    chat.opened("/private/bob", "g".into(), page, &mut history);
    assert!(chat.heard(&text("4", "bob", 4_000), &[], &mut history).is_none(), "it is on the screen");
    chat.heard(&text("4", "bob", 4_000), &[], &mut history);
    chat.heard(&text("3b", "me", 3_500), &[], &mut history);
    chat.older("g", Page { lines: vec![text("2", "me", 2_000), text("1", "bob", 1_000)], next: None });
    assert_eq!(ids(&chat), ["1", "2", "3", "3b", "4"]);
    let view = chat.open_view().unwrap();
    assert!(!view.has_older && !view.loading);
    assert_eq!((view.lines[1].own, view.lines[0].text.as_str()), (true, "1!"));
}

#[tokio::test]
async fn what_nobody_saw_is_counted_until_somebody_looks() {
    let (mut chat, mut history) = (Chat::default(), history());
    chat.set_own("me");
    assert!(chat.heard(&text("1", "bob", 1_000), &[], &mut history).is_some());
    assert!(chat.heard(&text("1", "bob", 1_000), &[], &mut history).is_none(), "the same line again");
    assert!(chat.heard(&text("2", "me", 2_000), &[], &mut history).is_none(), "our own");
    assert!(chat.heard(&text("3", "bob", 3_000), &[], &mut history).is_some());
    assert_eq!(chat.views(&[])[0].unread, 2);

    open(&mut chat);
    let page = Page { lines: vec![text("3", "bob", 3_000)], next: None };
    chat.opened("/private/bob", "g".into(), page, &mut history);
    assert_eq!(chat.views(&[])[0].unread, 0);
    chat.open = None;

    // Another run reads the list: what was read stays read.
    let listed = |lines| Listed {
        group: "g".into(),
        own: "me".into(),
        partner: None,
        name: "Bob".into(),
        page: Page { lines, next: None },
    };
    chat.listed(vec![listed(vec![text("4", "bob", 4_000), text("3", "bob", 3_000)])], &mut history);
    assert_eq!(chat.views(&[])[0].unread, 1);
}

#[tokio::test]
async fn calls_and_hidden_lines() {
    let mut chat = Chat::default();
    let mut history = history();
    let hidden = ConversationMessage { hidden: Some(true), ..text("1", "bob", 1_000) };
    chat.heard(&hidden, &[], &mut history);
    assert!(chat.views(&[]).is_empty());
    let call = ConversationMessage {
        kind: Some("inbound_call".into()),
        text: None,
        details: Some(ahoy_wire::MessageDetails {
            status: Some("completed".into()),
            start_time: Some(Stamp::seconds(1_000)),
            end_time: Some(Stamp::seconds(61_000)),
            ..Default::default()
        }),
        ..text("2", "bob", 61_000)
    };
    assert!(chat.heard(&call, &[], &mut history).is_none(), "a call is no text to read");
    let last = chat.views(&[]).remove(0).last.unwrap();
    assert_eq!(
        (last.kind, last.duration, last.call.as_deref()),
        (ChatLineKind::InboundCall, 60_000.0, Some("completed"))
    );
}
