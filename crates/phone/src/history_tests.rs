use super::*;
use crate::history::JsonHistory;
use ahoy_model::{Direction, EndReason};

fn call(n: usize, missed: bool) -> CompletedCall {
    CompletedCall {
        id: CallId::new(format!("call-{n}")),
        direction: Direction::Inbound,
        name: "Bob".into(),
        address: "/private/bob".into(),
        started_at: n as f64,
        duration: 0.0,
        with_video: true,
        end: if missed { EndReason::Cancelled } else { EndReason::HungUp },
        missed,
    }
}

fn recents(n: usize) -> Recents {
    Recents { calls: (0..n).map(|n| call(n, false)).collect(), unseen_missed: 2, ..Recents::default() }
}

#[test]
fn a_file_gives_back_what_it_got() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deeper/history.json");
    let mut store = JsonHistory::new(&path);
    assert_eq!(store.load(), Loaded::default());
    store.save(&recents(3)).unwrap();
    store.save(&recents(4)).unwrap();
    assert_eq!(JsonHistory::new(&path).load(), Loaded { recents: recents(4), problem: None });
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing lies about");
}

#[test]
fn an_unreadable_file_is_set_aside_and_told() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.json");
    for (n, content) in ["{\"calls\":[{\"id\":", "\u{0}\u{1}", "[]", "7"].iter().enumerate() {
        std::fs::write(&path, content).unwrap();
        let mut store = JsonHistory::new(&path);
        let loaded = store.load();
        assert_eq!(loaded.recents, Recents::default());
        let problem = loaded.problem.expect("a problem");
        assert_eq!(problem.code, ProblemCode::StorageFailed);
        store.save(&recents(1)).unwrap();
        let aside = dir.path().join(format!("history.json.unreadable-{}", n + 1));
        assert_eq!(&std::fs::read_to_string(aside).unwrap(), content, "the old file is kept");
    }
}

#[test]
fn a_folder_in_the_way_is_a_problem_not_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("file");
    std::fs::write(&blocked, "x").unwrap();
    let mut store = JsonHistory::new(blocked.join("history.json"));
    assert!(store.save(&recents(1)).is_err_and(|p| p.code == ProblemCode::StorageFailed));
}

#[tokio::test]
async fn at_most_two_hundred_newest_first_and_missed_ones_are_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.json");
    let (outlet, mut happenings) = tokio::sync::mpsc::channel(4);
    let mut history = History::start(Box::new(JsonHistory::new(&path)), outlet.clone());
    history.add(call(0, true));
    let Some(Happening::HistoryLoaded(loaded)) = happenings.recv().await else { panic!("nothing loaded") };
    history.put_loaded(loaded.recents);
    for n in 1..=LIMIT {
        history.add(call(n, n % 100 == 0));
    }
    assert_eq!(history.recents().calls.len(), LIMIT);
    assert_eq!(history.recents().calls[0].id, CallId::new("call-200"));
    assert_eq!(history.recents().unseen_missed, 3);
    assert!(history.delete(Some(&CallId::new("call-150"))).is_ok());
    assert!(history.delete(Some(&CallId::new("call-150"))).is_err());
    history.close().await;

    let mut again = History::start(Box::new(JsonHistory::new(&path)), outlet);
    let Some(Happening::HistoryLoaded(loaded)) = happenings.recv().await else { panic!("nothing loaded") };
    again.put_loaded(loaded.recents);
    assert_eq!(again.recents().calls.len(), LIMIT - 1);
    assert_eq!(again.recents().unseen_missed, 3);
    again.mark_seen();
    assert!(again.delete(None).is_ok());
    again.close().await;
    assert_eq!(JsonHistory::new(&path).load().recents, Recents::default());
}
