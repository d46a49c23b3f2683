//! Conversations through a real space: pushed, counted, paged, kept.

use crate::support::{TestPhone, account, space};
use ahoy_media::fake::FakeHardware;
use ahoy_model::ProblemCode;
use ahoy_phone::{Event, Snapshot};
use std::sync::Arc;

const ANNA: &str = "/private/anna";
const BRUNO: &str = "/private/bruno";

fn texts(snapshot: &Snapshot) -> Vec<String> {
    let lines = snapshot.chat.iter().flat_map(|chat| &chat.lines);
    lines.map(|line| format!("{}{}", if line.own { "> " } else { "< " }, line.text)).collect()
}

async fn knows(phone: &TestPhone, address: &str) {
    phone
        .until("the directory and our own id", |now| {
            let knows = now.contacts.iter().any(|contact| contact.address == address);
            (knows && !now.own_addresses.is_empty()).then_some(())
        })
        .await;
}

#[tokio::test]
async fn two_people_write_to_each_other() {
    let space = space().await;
    let anna = TestPhone::start(&space, "anna", 1, 440).await;
    let mut bruno = TestPhone::start(&space, "bruno", 2, 660).await;
    anna.handle.refresh_contacts().await.unwrap();
    knows(&anna, BRUNO).await;
    knows(&bruno, ANNA).await;

    anna.handle.open_chat(BRUNO.into()).await.unwrap();
    anna.handle.send_text(BRUNO.into(), "Ahoy, Bruno!".into()).await.unwrap();
    anna.until("our own line", |now| (texts(now) == ["> Ahoy, Bruno!"]).then_some(())).await;

    // Bruno does not look: he is told once, and it counts.
    let told = bruno.event(|event| match event {
        Event::Message { address, text, .. } => Some((address, text)),
        _ => None,
    });
    assert_eq!(told.await, (Some(ANNA.into()), "Ahoy, Bruno!".into()));
    bruno
        .until("one unread", |now| (now.chats.iter().map(|chat| chat.unread).sum::<u32>() == 1).then_some(()))
        .await;
    bruno.handle.open_chat(ANNA.into()).await.unwrap();
    bruno
        .until("it is read", |now| {
            (texts(now) == ["< Ahoy, Bruno!"] && now.chats.iter().all(|chat| chat.unread == 0)).then_some(())
        })
        .await;

    // Both look: answers appear by themselves, on both sides, in one order.
    bruno.handle.send_text(ANNA.into(), "Ahoy, Anna!\nhttps://example.org/".into()).await.unwrap();
    anna.until("the answer", |now| {
        (texts(now).last()? == "< Ahoy, Anna!\nhttps://example.org/").then_some(())
    })
    .await;
    bruno.handle.close_chat().await.unwrap();
    bruno.until("nothing open", |now| now.chat.is_none().then_some(())).await;

    // A call between them stands in the conversation, too.
    let call = anna.dial(BRUNO, false).await;
    anna.handle.hang_up(call).await.unwrap();
    anna.until("the call's line", |now| now.chat.as_ref()?.lines.iter().find_map(|line| line.call.clone()))
        .await;
}

#[tokio::test]
async fn long_conversations_come_in_pages_and_stay_read_after_a_restart() {
    let space = space().await;
    let anna = TestPhone::start(&space, "anna", 1, 440).await;
    let folder = tempfile::tempdir().unwrap();
    let history = folder.path().join("history.json");
    let keep = |config: &mut ahoy_phone::PhoneConfig| {
        config.history = Box::new(ahoy_phone::JsonHistory::new(history.clone()));
    };
    let bruno = TestPhone::start_with(&space, "bruno", 2, 660, Arc::new(FakeHardware::new()), keep).await;
    anna.handle.refresh_contacts().await.unwrap();
    knows(&anna, BRUNO).await;
    knows(&bruno, ANNA).await;
    for number in 0..40 {
        anna.handle.send_text(BRUNO.into(), format!("line {number}")).await.unwrap();
    }
    bruno.handle.open_chat(ANNA.into()).await.unwrap();
    bruno.until("the newest page", |now| (texts(now).last()? == "< line 39").then_some(())).await;
    bruno.until("that there is more", |now| now.chat.as_ref()?.has_older.then_some(())).await;
    bruno.handle.older_messages().await.unwrap();
    bruno
        .until("all of it", |now| (texts(now).len() == 40 && texts(now)[0] == "< line 0").then_some(()))
        .await;
    bruno.handle.shut_down().await.unwrap();

    anna.handle.send_text(BRUNO.into(), "while you were away".into()).await.unwrap();
    let account = account(&space, "bruno").await;
    let bruno = TestPhone::signed_in(account, 2, 660, Arc::new(FakeHardware::new()), keep);
    bruno.until("only the new line is unread", |now| (now.chats.first()?.unread == 1).then_some(())).await;
}

#[tokio::test]
async fn whom_one_cannot_write_to() {
    let space = space().await;
    let anna = TestPhone::start(&space, "anna", 1, 440).await;
    anna.until("our own id", |now| (!now.own_addresses.is_empty()).then_some(())).await;
    let nobody = anna.handle.send_text("/private/nobody".into(), "hello?".into()).await;
    assert_eq!(nobody.unwrap_err().code, ProblemCode::AddressUnknown);
    anna.handle.open_chat("/private/nobody".into()).await.unwrap();
    let code = anna.until("why not", |now| now.chat.as_ref()?.problem.as_ref().map(|it| it.code)).await;
    assert_eq!(code, ProblemCode::AddressUnknown);
    // A room has a conversation of its own.
    anna.handle.send_text("/public/lobby".into(), "anybody here?".into()).await.unwrap();
    anna.handle.open_chat("/public/lobby".into()).await.unwrap();
    anna.until("the room's line", |now| (texts(now) == ["> anybody here?"]).then_some(())).await;
}
