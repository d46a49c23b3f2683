//! Films and sounds played into a room, and the room in a film.

use crate::client::{LONG, config, space};
use crate::guest::{Act, Guest};
use ahoy_space::SpaceConfig;
use ahoy_wire::{CallAction, EventBody, PlaybackOrder, RecordingOrder, RoomSession};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LOBBY: &str = "/public/lobby";

fn with_data(folder: &Path) -> SpaceConfig {
    std::fs::create_dir_all(folder.join("media")).expect("a folder");
    SpaceConfig { data: Some(folder.to_owned()), ..config() }
}

impl Guest {
    /// The next word on the room for which `wanted` holds.
    async fn room_until(&mut self, wanted: impl Fn(&RoomSession) -> bool) -> RoomSession {
        self.client
            .event(|body| match body {
                EventBody::CallUpdated(change) if wanted(&change.room_session) => {
                    Some(change.room_session.clone())
                }
                _ => None,
            })
            .await
    }

    /// Waits until what plays is in this state.
    async fn plays(&mut self, wanted: &str) {
        self.client
            .event(|body| match body {
                EventBody::CallPlay(play) => (play.state.as_deref() == Some(wanted)).then_some(()),
                _ => None,
            })
            .await
    }
}

fn start(url: &str) -> CallAction {
    CallAction::Playback(PlaybackOrder::Start { url: url.into(), volume: None, position: None, times: None })
}

fn state_of(session: &RoomSession) -> Option<&str> {
    session.recordings.as_ref()?.last()?["state"].as_str()
}

async fn film_in(folder: &Path) -> PathBuf {
    let end = Instant::now() + LONG;
    loop {
        let made = std::fs::read_dir(folder.join("recordings")).expect("a folder");
        let film = made.filter_map(Result::ok).map(|entry| entry.path()).next().expect("a film");
        // Its index is the last that is written.
        let bytes = std::fs::read(&film).expect("a film");
        if bytes.windows(4).any(|four| four == b"mfra") {
            return film;
        }
        assert!(Instant::now() < end, "the film is not finished: {} bytes", bytes.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What was recorded is played back: it shows and says what the room showed and said.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_room_is_recorded_and_its_film_is_played_into_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let space = space(with_data(folder.path())).await;
    let (mut ada, joined) = Guest::join(&space, "ada", LOBBY, Act::new(1)).await;
    assert!(joined.capabilities.iter().flatten().any(|right| right == "recording"));
    let (mut bob, _) = Guest::join(&space, "bob", LOBBY, Act::new(2)).await;
    let both = [(ada.member.clone(), Some(1)), (bob.member.clone(), Some(2))];
    let recorded = ada.sees_layout("two", &both, |layout| layout.layers.len() == 2).await;
    let tones = [1, 2].map(|sender| Act::new(sender).tone);
    ada.until_hears("bob", &[tones[1]], &[]).await;

    assert!(ada.own(CallAction::Recording(RecordingOrder::Pause)).await.is_err(), "nothing is recorded yet");
    ada.own(CallAction::Recording(RecordingOrder::Start)).await.expect("recorded");
    for guest in [&mut ada, &mut bob] {
        let told = guest.room_until(|session| session.recording == Some(true)).await;
        assert_eq!(state_of(&told), Some("recording"));
    }
    assert!(bob.own(CallAction::Recording(RecordingOrder::Start)).await.is_err(), "it is recorded already");
    tokio::time::sleep(Duration::from_secs(3)).await;
    bob.own(CallAction::Recording(RecordingOrder::Pause)).await.expect("paused");
    let told = ada.room_until(|session| state_of(session) == Some("paused")).await;
    assert_eq!(told.recording, Some(true));
    // What happens in a pause is not in the film.
    ada.own(CallAction::LayoutSet { layout: "full-screen".into(), positions: Default::default() })
        .await
        .expect("a layout");
    tokio::time::sleep(Duration::from_millis(800)).await;
    ada.own(CallAction::LayoutSet { layout: "grid-responsive".into(), positions: Default::default() })
        .await
        .expect("a layout");
    tokio::time::sleep(Duration::from_millis(300)).await;
    ada.own(CallAction::Recording(RecordingOrder::Resume)).await.expect("on");
    ada.room_until(|session| state_of(session) == Some("recording")).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    ada.own(CallAction::Recording(RecordingOrder::Stop)).await.expect("stopped");
    let told = bob.room_until(|session| session.recording == Some(false)).await;
    assert_eq!(state_of(&told), Some("completed"));
    let film = film_in(folder.path()).await;
    std::fs::copy(&film, folder.path().join("media/room.mp4")).expect("copied");

    // Eve comes, and all but her fall silent; then the film fills the picture for everybody.
    let (mut eve, _) = Guest::join(&space, "eve", LOBBY, Act { tone: 0.0, ..Act::new(3) }).await;
    ada.act.send_modify(|act| act.tone = 0.0);
    bob.act.send_modify(|act| act.tone = 0.0);
    eve.until_hears("nobody", &[], &tones).await;
    eve.own(start("file:room.mp4")).await.expect("played");
    ada.plays("playing").await;
    let playing = |body: &EventBody| match body {
        EventBody::LayoutChanged(changed) => {
            let layers = &changed.layout.layers;
            layers
                .iter()
                .find(|layer| layer.playing_file == Some(true))
                .cloned()
                .map(|one| (one, layers.len()))
        }
        _ => None,
    };
    let (layer, layers) = eve.client.event(playing).await;
    assert_eq!((layer.position.as_deref(), layer.member_id.as_ref(), layers), (Some("playback"), None, 1));
    assert_eq!(
        (layer.x, layer.y, layer.width, layer.height, layer.visible),
        (0.0, 0.0, 100.0, 100.0, Some(true))
    );
    let boxes: Vec<_> = recorded.layers.clone();
    let senders: Vec<Option<u16>> = boxes
        .iter()
        .map(|layer| both.iter().find(|(member, _)| Some(member) == layer.member_id.as_ref())?.1)
        .collect();
    let end = Instant::now() + LONG;
    while eve.sees(&boxes).await != Some(senders.clone()) {
        assert!(Instant::now() < end, "the film is not seen");
    }
    eve.until_hears("the film", &tones, &[]).await;
    let told = ada.room_until(|session| session.playbacks.as_ref().is_some_and(|all| !all.is_empty())).await;
    assert_eq!(told.playbacks.iter().flatten().next().expect("one")["url"], "file:room.mp4");
    // It comes to its end by itself, and everybody is seen again.
    ada.plays("finished").await;
    let three = [(ada.member.clone(), Some(1)), (bob.member.clone(), Some(2)), (eve.member.clone(), Some(3))];
    eve.sees_layout("three", &three, |layout| layout.layers.len() == 3).await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sound_is_played_paused_turned_down_and_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let space = space(with_data(folder.path())).await;
    crate::film::write_tone(&folder.path().join("media/tone.wav"), 60);
    let tone = crate::film::TONE;
    let silent = |sender| Act { tone: 0.0, ..Act::new(sender) };
    let (mut ada, _) = Guest::join(&space, "ada", LOBBY, silent(1)).await;
    let (mut bob, _) = Guest::join(&space, "bob", LOBBY, silent(2)).await;
    let order = |order| CallAction::Playback(order);
    assert!(ada.own(order(PlaybackOrder::Pause)).await.is_err(), "nothing plays");
    assert!(ada.own(start("ftp://example.test/x")).await.is_err());
    ada.own(start("file:tone.wav")).await.expect("played");
    bob.plays("playing").await;
    // He who asked for it hears it, too.
    ada.until_hears("ada", &[tone], &[]).await;
    bob.until_hears("bob", &[tone], &[]).await;
    bob.own(order(PlaybackOrder::Pause)).await.expect("paused");
    ada.plays("paused").await;
    ada.until_hears("paused", &[], &[tone]).await;
    ada.own(order(PlaybackOrder::Resume)).await.expect("resumed");
    bob.plays("playing").await;
    bob.until_hears("resumed", &[tone], &[]).await;
    ada.own(order(PlaybackOrder::Volume(-40.0))).await.expect("turned down");
    bob.until_hears("turned down", &[], &[tone]).await;
    ada.own(order(PlaybackOrder::Stop)).await.expect("stopped");
    bob.plays("finished").await;
    // Sound alone took nobody's place.
    let both = [(ada.member.clone(), Some(1)), (bob.member.clone(), Some(2))];
    ada.sees_layout("both", &both, |layout| layout.layers.len() == 2).await;
    // What cannot be played says so, and the room goes on.
    ada.own(start("file:nothing.mp4")).await.expect("looked for");
    bob.plays("playing").await;
    bob.plays("error").await;
    space.shut_down().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_record_and_play_is_said_by_the_room() {
    let folder = tempfile::tempdir().expect("a folder");
    let space = space(with_data(folder.path())).await;
    let server = crate::rest_rooms::Server::of(&space);
    let ada_id = server.subscriber("ada").await;
    server.make(&serde_json::json!({ "name": "studio", "owners": [ada_id], "record_on_start": true })).await;
    let (mut bob, joined) = Guest::join(&space, "bob", "/public/studio", Act::new(2)).await;
    assert!(joined.capabilities.iter().flatten().all(|right| right != "recording" && right != "playback"));
    for action in [CallAction::Recording(RecordingOrder::Stop), start("silence:1")] {
        assert!(bob.own(action).await.is_err_and(|error| error.message == "NOT PERMITTED"));
    }
    // The room records by itself from the first one on, and its owner ends that.
    let (mut ada, joined) = Guest::join(&space, "ada", "/public/studio", Act::new(1)).await;
    assert_eq!(joined.room_session.recording, Some(true));
    ada.own(CallAction::Recording(RecordingOrder::Stop)).await.expect("stopped");
    bob.room_until(|session| session.recording == Some(false)).await;
    space.shut_down().await;

    // Without a folder there is nothing to record into, and nobody is told that he may.
    let space = crate::client::space(config()).await;
    let (mut ada, joined) = Guest::join(&space, "ada", LOBBY, Act::new(1)).await;
    assert!(joined.capabilities.iter().flatten().all(|right| right != "recording"));
    let refused = ada.own(CallAction::Recording(RecordingOrder::Start)).await.expect_err("refused");
    assert!(refused.message.contains("--data"), "{}", refused.message);
    space.shut_down().await;
}
