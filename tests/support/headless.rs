//! A phone without a window, in the test's own process, with made-up devices.

use super::process::PATIENCE;
use super::sound::Recording;
use super::space::SpaceProcess;
use ahoy_media::fake::FakeHardware;
use ahoy_media::picture::Picture;
use ahoy_media::picture_code::{self, Code};
use ahoy_media::slot::SlotReader;
use ahoy_model::{CallId, CallStatus, DeviceId, DialTarget, Secret};
use ahoy_phone::{
    CallView, DialRequest, Event, EventReader, Phone, PhoneConfig, PhoneHandle, RegistrationStatus, Settings,
    Snapshot, SpaceAccount, TileId,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

pub struct HeadlessPhone {
    pub name: String,
    pub handle: PhoneHandle,
    /// What its speaker plays, written as it comes.
    pub recording: PathBuf,
    events: EventReader,
}

impl HeadlessPhone {
    /// Starts a phone as `/private/<name>` that shows the numbered test picture of `sender`, says `tone` Hz, and waits
    /// until it is online.
    pub async fn start(space: &SpaceProcess, folder: &Path, name: &str, sender: u16, tone: u32) -> Self {
        Self::join(Self::account(space, name).await, folder, name, sender, tone, |_| {}).await
    }

    /// Who `/private/<name>` is in that space.
    pub async fn account(space: &SpaceProcess, name: &str) -> SpaceAccount {
        SpaceAccount::new(&space.ws, &space.rest, Secret::new(space.token(name, name).await))
    }

    /// The same with an account that is there, and something special.
    pub async fn join(
        account: SpaceAccount,
        folder: &Path,
        name: &str,
        sender: u16,
        tone: u32,
        change: impl FnOnce(&mut PhoneConfig),
    ) -> Self {
        let recording = folder.join(format!("{name}-heard.wav"));
        let mut config = PhoneConfig::new(Arc::new(FakeHardware::new()));
        config.settings = Settings {
            display_name: name.to_owned(),
            camera: Some(DeviceId::new(format!("test:picture=640x360@30,sender={sender}"))),
            microphone: Some(DeviceId::new(format!("test:tone={tone}"))),
            speaker: Some(DeviceId::new(format!("file:{}", recording.display()))),
            // The ring tone would be in the recording, too.
            ring_volume: 0.0,
            video_width: 640,
            video_height: 360,
            ..Settings::default()
        };
        config.account = Some(account);
        change(&mut config);
        let handle = Phone::start(config);
        let events = handle.events();
        let mut phone = Self { name: name.to_owned(), handle, recording, events };
        phone.until("online", |snapshot| snapshot.registration == RegistrationStatus::Online).await;
        phone
    }

    /// Waits until the snapshot fits.
    pub async fn until(&mut self, what: &str, wanted: impl Fn(&Snapshot) -> bool) {
        let mut snapshots = self.handle.snapshots();
        let waited = timeout(PATIENCE, snapshots.wait_for(|snapshot| wanted(snapshot))).await;
        match waited {
            Ok(found) => drop(found.expect("the phone runs")),
            Err(_) => {
                let snapshot = self.handle.snapshot();
                let Snapshot { calls, devices, .. } = snapshot.as_ref();
                panic!("{}: not in {PATIENCE:?}: {what}: {calls:#?} {devices:#?}", self.name)
            }
        }
    }

    /// The call as it is now.
    pub fn call(&self, id: &CallId) -> Option<CallView> {
        self.handle.snapshot().calls.iter().find(|call| call.id == *id).cloned()
    }

    /// Waits until the call fits.
    pub async fn call_until(
        &mut self,
        id: &CallId,
        what: &str,
        wanted: impl Fn(&CallView) -> bool,
    ) -> CallView {
        self.until(what, |snapshot| snapshot.calls.iter().any(|call| call.id == *id && wanted(call))).await;
        self.call(id).expect("it was just there")
    }

    pub async fn status(&mut self, id: &CallId, status: CallStatus) -> CallView {
        self.call_until(id, &format!("{status:?}"), |call| call.status == status).await
    }

    /// Waits until it rings, and returns the call.
    pub async fn rings(&mut self) -> CallView {
        let rings = |call: &CallView| call.actions.answer;
        self.until("ringing", |snapshot| snapshot.calls.iter().any(rings)).await;
        self.handle.snapshot().calls.iter().find(|call| rings(call)).cloned().expect("it was just there")
    }

    pub async fn dial(&self, to: &str, video: bool) -> CallId {
        let to = DialTarget::parse(to).expect("an address");
        self.handle.dial(DialRequest::new(to, video)).await.expect("the phone dials")
    }

    /// The next happening of that kind.
    pub async fn event<T>(&mut self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.next().await.expect("the phone runs");
                if let Some(found) = pick(&event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("{}: no event in {PATIENCE:?}: {what}", self.name))
    }

    /// Pictures of the far side, from when there are any.
    pub async fn pictures(&mut self, call: &CallId) -> SlotReader<Picture> {
        self.call_until(call, "a picture comes in", |call| call.receives_video).await;
        self.handle.pictures(&TileId::Remote(call.clone())).expect("a picture comes in, so there is a tile")
    }

    /// Number plates of `count` pictures that could be read.
    pub async fn see_plates(&mut self, call: &CallId, count: usize) -> Vec<Code> {
        let mut pictures = self.pictures(call).await;
        let end = Instant::now() + PATIENCE;
        let mut plates = Vec::new();
        let mut seen = 0;
        while plates.len() < count {
            match tokio::time::timeout_at(end, pictures.next()).await {
                Ok(Some(picture)) => {
                    seen += 1;
                    plates.extend(picture_code::read(&picture));
                }
                other => panic!(
                    "{}: {} plates of {seen} pictures, wanted {count}: {other:?}",
                    self.name,
                    plates.len()
                ),
            }
        }
        plates
    }

    /// Waits until the recording's last second holds the tone without a gap over 100 ms.
    pub async fn hear_tone(&self, hz: f64) {
        self.hear_until(&format!("{hz} Hz"), |heard| {
            heard.loudness() > 0.01
                && (heard.tone() - hz).abs() < hz * 0.02
                && heard.longest_gap(hz) <= Duration::from_millis(100)
        })
        .await;
    }

    /// Waits until the recording's last second is silent.
    pub async fn hear_nothing(&self) {
        self.hear_until("silence", |heard| heard.loudness() < 0.003).await;
    }

    async fn hear_until(&self, what: &str, fits: impl Fn(&Recording) -> bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            // The recording grows by itself; a fresh second of it is looked at every quarter.
            tokio::time::sleep(Duration::from_millis(250)).await;
            let heard = self
                .recording
                .exists()
                .then(|| Recording::read(&self.recording).tail(Duration::from_secs(1)));
            if heard
                .as_ref()
                .is_some_and(|heard| heard.duration() >= Duration::from_millis(900) && fits(heard))
            {
                return;
            }
            assert!(
                Instant::now() < end,
                "{}: not heard in {PATIENCE:?}: {what}; loudness {:?}, tone {:?}",
                self.name,
                heard.as_ref().map(Recording::loudness),
                heard.as_ref().map(Recording::tone)
            );
        }
    }

    pub async fn shut_down(self) {
        let _ = timeout(PATIENCE, self.handle.shut_down()).await;
    }
}
