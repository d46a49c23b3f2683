//! A space and phones on it, all in this process, on loopback.
use ahoy_media::fake::FakeHardware;
use ahoy_media::hardware::SharedHardware;
use ahoy_media::picture_code::{Code, read};
use ahoy_media::tone::{frequency_of, longest_gap};
use ahoy_model::{CallId, CallStatus, DeviceId, DialTarget, EndReason};
use ahoy_phone::{
    CallView, DialRequest, Event, EventReader, Phone, PhoneConfig, PhoneHandle, RegistrationStatus, Settings,
    Snapshot, SpaceAccount, TileId,
};
use ahoy_space::{Space, SpaceConfig};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Longer than anything here takes on a busy machine; only a failure waits for it.
pub const PATIENCE: Duration = Duration::from_secs(30);
const LIFE: Duration = Duration::from_secs(3600);

pub fn logs() {
    let filter = tracing_subscriber::EnvFilter::from_default_env();
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_test_writer().try_init();
}

/// Media on loopback only.
pub fn space_config() -> SpaceConfig {
    SpaceConfig { media_addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)], ..SpaceConfig::default() }
}

pub async fn space() -> Space {
    logs();
    Space::start(space_config()).await.expect("a space")
}

pub async fn account(space: &Space, name: &str) -> SpaceAccount {
    let token = space.mint(name, Some(&format!("{name} of Test")), LIFE).await.expect("a token");
    SpaceAccount::new(space.url(), space.rest_url(), token)
}

/// A phone with a test picture that says who it is, a tone, and a recording speaker.
pub struct TestPhone {
    pub handle: PhoneHandle,
    pub events: EventReader,
    pub recording: PathBuf,
    _dir: tempfile::TempDir,
}

pub fn settings(sender: u16, hertz: u32, recording: &std::path::Path) -> Settings {
    Settings {
        camera: Some(DeviceId::new(format!("test:picture=640x360@30,sender={sender}"))),
        microphone: Some(DeviceId::new(format!("test:tone={hertz}"))),
        speaker: Some(DeviceId::new(format!("file:{}", recording.display()))),
        video_width: 640,
        video_height: 360,
        // A lone tone is noise to a noise suppressor.
        noise_suppression: false,
        echo_cancellation: false,
        automatic_gain: false,
        ..Settings::default()
    }
}

impl TestPhone {
    pub async fn start(space: &Space, name: &str, sender: u16, hertz: u32) -> Self {
        let phone = Self::start_with(space, name, sender, hertz, Arc::new(FakeHardware::new()), |_| {}).await;
        phone.registered().await;
        phone
    }

    pub async fn start_with(
        space: &Space,
        name: &str,
        sender: u16,
        hertz: u32,
        hardware: SharedHardware,
        change: impl FnOnce(&mut PhoneConfig),
    ) -> Self {
        let account = account(space, name).await;
        Self::signed_in(account, sender, hertz, hardware, change)
    }

    pub fn signed_in(
        account: SpaceAccount,
        sender: u16,
        hertz: u32,
        hardware: SharedHardware,
        change: impl FnOnce(&mut PhoneConfig),
    ) -> Self {
        logs();
        let dir = tempfile::tempdir().expect("a folder");
        let recording = dir.path().join("heard.wav");
        let mut config = PhoneConfig::new(hardware);
        config.settings = settings(sender, hertz, &recording);
        config.account = Some(account);
        config.network.addresses = vec![IpAddr::V4(Ipv4Addr::LOCALHOST)];
        change(&mut config);
        let handle = Phone::start(config);
        let events = handle.events();
        Self { handle, events, recording, _dir: dir }
    }

    /// Waits until `look` finds something in a snapshot.
    pub async fn until<T>(&self, what: &str, mut look: impl FnMut(&Snapshot) -> Option<T>) -> T {
        let mut snapshots = self.handle.snapshots();
        let waiting = async {
            loop {
                let snapshot = snapshots.borrow_and_update().clone();
                if let Some(found) = look(&snapshot) {
                    return found;
                }
                snapshots.changed().await.expect("the phone lives");
            }
        };
        match timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("waited in vain for {what}; the phone says {:#?}", self.handle.snapshot()),
        }
    }

    pub async fn registered(&self) {
        self.registration(RegistrationStatus::Online).await;
    }

    pub async fn registration(&self, status: RegistrationStatus) {
        self.until(&format!("{status:?}"), |s| (s.registration == status).then_some(())).await;
    }

    pub async fn dial(&self, to: &str, video: bool) -> CallId {
        let to = DialTarget::parse(to).expect("an address");
        self.handle.dial(DialRequest::new(to, video)).await.expect("a call")
    }

    pub async fn status(&self, id: &CallId, status: CallStatus) -> CallView {
        self.until(&format!("{status:?}"), |s| {
            s.calls.iter().find(|call| &call.id == id && call.status == status).cloned()
        })
        .await
    }

    pub async fn rings(&self) -> CallView {
        self.until("a ringing call", |s| s.calls.iter().find(|call| call.actions.answer).cloned()).await
    }

    pub async fn ended(&self, id: &CallId) -> EndReason {
        self.until("the end", |s| s.calls.iter().find(|call| &call.id == id).and_then(|call| call.end)).await
    }

    /// Waits for an event that `look` knows.
    pub async fn event<T>(&mut self, mut look: impl FnMut(Event) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let event = self.events.next().await.expect("the phone lives");
                if let Some(found) = look(event) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, waiting).await.expect("an event in time")
    }

    /// The codes of the next `count` pictures of a tile that carry one.
    pub async fn codes(&self, tile: TileId, count: usize) -> Vec<Code> {
        let mut pictures = self.handle.pictures(&tile).expect("a tile");
        let reading = async {
            let mut codes = Vec::new();
            while codes.len() < count {
                let picture = pictures.next().await.expect("the call lives");
                codes.extend(read(&picture));
            }
            codes
        };
        match timeout(PATIENCE, reading).await {
            Ok(codes) => codes,
            Err(_) => panic!("no pictures; the phone says {:#?}", self.handle.snapshot()),
        }
    }

    /// Waits until this call shows the pictures of `sender`, in order and at 25 a second or more: of at most 36 pictures
    /// taken one after another, 30 arrive. A busy machine may need a while for that.
    pub async fn sees(&self, call: &CallId, sender: u16) {
        let mut span = 0;
        for _ in 0..12 {
            // The first may be what was there before.
            let codes = self.codes(TileId::Remote(call.clone()), 31).await.split_off(1);
            assert!(codes.iter().all(|code| code.sender == sender), "whose picture is this? {codes:?}");
            let all = |in_order: fn(&Code, &Code) -> bool| {
                codes.windows(2).all(|pair| in_order(&pair[0], &pair[1]))
            };
            // The time in a picture begins anew every 49.7 days.
            let in_order = all(|earlier, later| earlier.age(later.time) > 0);
            assert!(in_order, "pictures come in order: {codes:?}");
            // A camera that was opened anew counts anew.
            span = codes[29].frame.wrapping_sub(codes[0].frame);
            if all(|earlier, later| earlier.frame < later.frame) && span <= 36 {
                return;
            }
        }
        let snapshot = self.handle.snapshot();
        let stats: Vec<_> = snapshot.calls.iter().map(|call| &call.stats).collect();
        panic!("of {span} pictures only 29 came: {stats:?}");
    }

    /// What the speaker has recorded, on the left.
    pub fn heard(&self) -> Vec<f32> {
        let [left, _] = self.heard_on_both_sides();
        left
    }

    pub fn heard_on_both_sides(&self) -> [Vec<f32>; 2] {
        let all: Vec<f32> = match hound::WavReader::open(&self.recording) {
            Ok(mut file) => {
                file.samples::<i16>().map_while(Result::ok).map(|s| f32::from(s) / 32768.0).collect()
            }
            Err(_) => Vec::new(),
        };
        [0, 1].map(|side| all.iter().skip(side).step_by(2).copied().collect())
    }

    /// Waits until the speaker has recorded `ms` of this tone at its end, within 1 %.
    pub async fn hears(&self, hertz: f64, ms: usize) {
        let mut last = (0.0, 0.0);
        for _ in 0..200 {
            let heard = self.heard();
            if heard.len() > ms * 48 {
                let end = &heard[heard.len() - ms * 48..];
                let gap = longest_gap(end, 48_000, 0.02);
                last = (frequency_of(end, 48_000), gap);
                if (last.0 - hertz).abs() < hertz / 100.0 && gap < 60.0 && end.iter().any(|s| s.abs() > 0.05)
                {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{hertz} Hz is not heard; last {last:?}; {:#?}", self.handle.snapshot().calls);
    }
}

/// A call from `a` to `b` that both talk on; both ids.
pub async fn talk(a: &TestPhone, b: &TestPhone, to: &str) -> (CallId, CallId) {
    let out = a.dial(to, true).await;
    let incoming = b.rings().await;
    b.handle.answer(incoming.id.clone(), true).await.expect("an answer");
    a.status(&out, CallStatus::Connected).await;
    b.status(&incoming.id, CallStatus::Connected).await;
    (out, incoming.id)
}
