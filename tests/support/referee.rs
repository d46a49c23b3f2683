//! Where the referee plays: a space with TLS, browsers and phones on it.

use crate::artifacts;
use crate::browser::{self, Browser, Devices, Sdk, Shown};
use crate::headless::HeadlessPhone;
use crate::space::SpaceProcess;
use crate::tls_door::{Certificate, PlainDoor};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Tone and sender number of each side, so that nobody can take his own picture or voice for the other's.
pub const BROWSER: Devices = Devices { sender: 77, tone: 600 };
pub const OTHER_BROWSER: Devices = Devices { sender: 78, tone: 1000 };
pub const PHONE_SENDER: u16 = 5;
pub const PHONE_TONE: u32 = 440;

pub struct Stage {
    pub space: SpaceProcess,
    /// Where the space itself listens, with TLS.
    pub tls: SocketAddr,
    /// What the phones use, who would not trust the certificate.
    pub door: PlainDoor,
    folder: TempDir,
    logs: PathBuf,
}

impl Stage {
    /// `None` where no browser is installed.
    pub async fn open(test: &str) -> Option<Self> {
        Self::open_with(test, &[]).await
    }

    /// The same with more arguments for the space.
    pub async fn open_with(test: &str, more: &[&str]) -> Option<Self> {
        if !browser::is_there() {
            return None;
        }
        let logs = artifacts(&format!("referee-{test}"));
        let folder = tempfile::tempdir().expect("a folder");
        let certificate = Certificate::make(folder.path());
        let [cert, key] =
            [&certificate.cert, &certificate.key].map(|path| path.to_string_lossy().into_owned());
        // Client-bound tokens that end soon show that the SDK renews them.
        let mut arguments = vec!["--tls-cert", &*cert, "--tls-key", &*key, "--device-token-life", "4"];
        arguments.extend(more);
        let mut space = SpaceProcess::start(folder.path(), &arguments).await;
        let address: SocketAddr = space
            .ws
            .trim_start_matches("wss://")
            .parse()
            .unwrap_or_else(|_| panic!("{} is no address", space.ws));
        let door = PlainDoor::open(address, &certificate).await;
        space.ws = format!("ws://{}", door.address);
        space.rest = format!("http://{}", door.address);
        Some(Self { space, tls: address, door, folder, logs })
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of films that the space may play.
    pub fn media(&self) -> PathBuf {
        let media = self.folder.path().join("space/media");
        std::fs::create_dir_all(&media).expect("the folder can be made");
        media
    }

    /// A browser with that SDK, online as `/private/<name>`.
    pub async fn browser(&self, name: &str, sdk: Sdk, devices: Devices) -> Browser {
        self.browser_with(name, sdk, devices, json!({})).await
    }

    pub async fn browser_with(&self, name: &str, sdk: Sdk, devices: Devices, options: Value) -> Browser {
        let token = self.space.token(name, name).await;
        let mut browser = Browser::start(name, self.folder.path(), &self.logs, devices).await;
        browser.connect(sdk, &token, options).await;
        browser
    }

    /// A browser that nobody is at yet.
    pub async fn empty_browser(&self, name: &str, devices: Devices) -> Browser {
        Browser::start(name, self.folder.path(), &self.logs, devices).await
    }

    /// A browser that has only these codecs (`Browser::speak`).
    pub async fn browser_that_speaks(
        &self,
        name: &str,
        sdk: Sdk,
        devices: Devices,
        allowed: Value,
    ) -> Browser {
        let token = self.space.token(name, name).await;
        let mut browser = self.empty_browser(name, devices).await;
        browser.speak(allowed).await;
        browser.connect(sdk, &token, json!({})).await;
        browser
    }

    /// A browser with a window, online as `/private/<name>`.
    pub async fn browser_shown(&self, name: &str, sdk: Sdk, devices: Devices, shown: &Shown<'_>) -> Browser {
        let token = self.space.token(name, name).await;
        let mut browser = Browser::start_shown(name, self.folder.path(), &self.logs, devices, shown).await;
        browser.connect(sdk, &token, json!({})).await;
        browser
    }

    /// What the space has logged so far.
    pub fn space_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("space.log")).unwrap_or_default()
    }

    /// A phone without a window, online as `/private/<name>`.
    pub async fn phone(&self, name: &str) -> HeadlessPhone {
        self.phone_with(name, PHONE_SENDER, PHONE_TONE).await
    }

    /// The same with its own picture and tone.
    pub async fn phone_with(&self, name: &str, sender: u16, tone: u32) -> HeadlessPhone {
        HeadlessPhone::start(&self.space, self.folder.path(), name, sender, tone).await
    }
}

/// What an application passes to dial or answer with picture and sound both ways. The tone must pass as it is: Chromium's
/// noise suppression would take it for noise.
pub fn with_video(sdk: Sdk) -> Value {
    let sound = json!({ "echoCancellation": false, "noiseSuppression": false, "autoGainControl": false });
    match sdk {
        Sdk::V4 => json!({
            "audio": true, "video": true, "receiveAudio": true, "receiveVideo": true,
            "inputAudioDeviceConstraints": sound,
            "preferredVideoCodecs": ["H264"],
        }),
        Sdk::V3 => json!({ "audio": sound, "video": true, "negotiateAudio": true, "negotiateVideo": true }),
    }
}

/// The same without a picture.
pub fn sound_only(sdk: Sdk) -> Value {
    let mut options = with_video(sdk);
    options["video"] = json!(false);
    match sdk {
        Sdk::V4 => options["receiveVideo"] = json!(false),
        Sdk::V3 => options["negotiateVideo"] = json!(false),
    }
    options
}

impl Drop for Stage {
    /// Leaves the space's log beside the browsers' when a test failed.
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = std::fs::copy(self.folder.path().join("space.log"), self.logs.join("space.log"));
        }
    }
}
