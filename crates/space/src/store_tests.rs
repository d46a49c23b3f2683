use super::*;

fn profile(reference: &str) -> Profile {
    Profile { reference: reference.into(), ..Profile::default() }
}

#[tokio::test]
async fn a_new_reference_makes_a_subscriber_and_an_old_one_finds_it() {
    let (store, _) = Store::open(None).expect("a store");
    let alice = store
        .admit(Profile { display_name: Some("Alice".into()), ..profile("alice@example.test") })
        .await
        .expect("alice");
    assert_eq!((alice.uri().as_str(), alice.name().as_str()), ("/private/alice", "Alice"));
    let again = store.admit(profile("alice@example.test")).await.expect("alice");
    assert_eq!(again, alice, "absent fields leave what is stored");
    let twin = store.admit(profile("alice@other.test")).await.expect("another alice");
    assert_eq!(twin.uri(), "/private/alice-2");
    let renamed = store
        .admit(Profile { display_name: Some("Dr Alice".into()), ..profile("alice@example.test") })
        .await
        .expect("alice");
    assert_eq!(renamed.addresses[0].display_name, "Dr Alice");
    assert!(store.dismiss(&twin.id).await.expect("an answer"));
    assert_eq!(store.address_at("private", "alice-2").await.expect("an answer"), None);
    assert_eq!(store.subscriber(&twin.id).await.expect("an answer"), None);
}

#[tokio::test]
async fn the_directory_is_filtered_sorted_and_paged() {
    let (store, _) = Store::open(None).expect("a store");
    for name in ["bob", "carol", "dave"] {
        store.admit(profile(name)).await.expect("a subscriber");
    }
    let page = store.addresses(AddressQuery { most: 3, ..AddressQuery::default() }).await.expect("a page");
    let names: Vec<&str> = page.addresses.iter().map(|address| address.name.as_str()).collect();
    assert_eq!((names, page.more), (vec!["bob", "carol", "dave"], true));
    let rest =
        store.addresses(AddressQuery { most: 3, skip: 3, ..AddressQuery::default() }).await.expect("a page");
    let uris: Vec<String> = rest.addresses.iter().map(AddressRecord::uri).collect();
    assert_eq!((uris, rest.more), (vec!["/public/echo".to_owned(), "/public/lobby".to_owned()], false));
    let by_uri = AddressQuery { name: Some("/private/Carol".into()), most: 9, ..AddressQuery::default() };
    assert_eq!(store.addresses(by_uri).await.expect("a page").addresses[0].name, "carol");
    let apps = AddressQuery { kind: Some(AddressType::App), most: 9, ..AddressQuery::default() };
    assert_eq!(store.addresses(apps).await.expect("a page").addresses.len(), 1);
    let like = AddressQuery { display_name: Some("AR".into()), most: 9, ..AddressQuery::default() };
    assert_eq!(store.addresses(like).await.expect("a page").addresses.len(), 1);
    let down = AddressQuery { descending: true, most: 1, ..AddressQuery::default() };
    assert_eq!(store.addresses(down).await.expect("a page").addresses[0].name, "lobby");
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, identity) = Store::open(Some(folder.path())).expect("a store");
    let bob = store.admit(profile("bob")).await.expect("bob");
    drop(store);
    let (store, same) = Store::open(Some(folder.path())).expect("the store again");
    assert_eq!(same, identity);
    assert_eq!(store.subscriber(&bob.id).await.expect("an answer"), Some(bob));
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_to_date() {
    let folder = tempfile::tempdir().expect("a folder");
    let old = Connection::open(folder.path().join("space.db")).expect("a file");
    old.execute_batch(schema::FIRST).expect("the first tables");
    old.execute_batch(
        "INSERT INTO subscribers (id, reference, created_at) VALUES ('s', 'alice', 7);
         INSERT INTO addresses (id, context, name, display_name, type, resource_id, subscriber_id, created_at)
         VALUES ('a', 'private', 'alice', 'Alice', 'subscriber', 'r', 's', 7);
         PRAGMA user_version = 1;",
    )
    .expect("somebody");
    drop(old);
    for _ in 0..2 {
        let (store, _) = Store::open(Some(folder.path())).expect("a store");
        let alice = store.subscriber("s").await.expect("an answer").expect("alice");
        assert_eq!((alice.created_at, alice.updated_at), (7, 7));
        assert_eq!(alice.addresses[0].resource_id, "s", "the subscriber is the resource");
        assert!(store.join_conversation("sw_x", vec!["a".into()]).await.expect("an answer"));
    }
    let newer = Connection::open(folder.path().join("space.db")).expect("the file");
    newer.execute_batch("PRAGMA user_version = 99").expect("a version");
    assert!(matches!(Store::open(Some(folder.path())), Err(StoreError::TooNew)));
}

#[test]
fn any_reference_becomes_a_name_that_fits_into_a_path() {
    for (reference, name) in [
        ("Alice B", "alice-b"),
        ("zoë@example.test", "zoë"),
        ("../etc", "etc"),
        ("///", "subscriber"),
        ("", "subscriber"),
        ("@x", "x"),
    ] {
        assert_eq!(addresses::slug(reference), name, "{reference}");
    }
}
