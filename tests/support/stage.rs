//! A display, a space and a folder for one test.

use crate::display::Display;
use crate::space::SpaceProcess;
use crate::window::{PhoneOptions, PhoneWindow};
use std::path::PathBuf;

pub struct Stage {
    pub display: Display,
    pub space: SpaceProcess,
    pub folder: PathBuf,
    window: (u32, u32),
    placed: std::cell::Cell<i32>,
    _temporary: tempfile::TempDir,
}

/// Windows stand side by side, so that each one is really drawn.
const WINDOW: (u32, u32) = (800, 640);

impl Stage {
    pub async fn new(test: &str) -> Self {
        Self::with_space(test, &[]).await
    }

    /// With more arguments for the space.
    pub async fn with_space(test: &str, arguments: &[&str]) -> Self {
        Self::furnished(test, arguments, WINDOW).await
    }

    /// With windows of another size (width, height).
    pub async fn with_windows(test: &str, window: (u32, u32)) -> Self {
        Self::furnished(test, &[], window).await
    }

    async fn furnished(test: &str, arguments: &[&str], window: (u32, u32)) -> Self {
        let temporary =
            tempfile::Builder::new().prefix(test).tempdir().expect("a temporary folder can be made");
        let folder = temporary.path().to_owned();
        let display = Display::start(window.0 * 3, window.1 + 360, &folder).await;
        let space = SpaceProcess::start(&folder, arguments).await;
        Self { display, space, folder, window, placed: 0.into(), _temporary: temporary }
    }

    /// A phone that is online, its window beside those before it.
    pub async fn phone(&self, options: PhoneOptions) -> PhoneWindow {
        let phone = PhoneWindow::start(&self.display, &self.space, &self.folder, options).await;
        self.place(&phone).await;
        phone
    }

    pub async fn place(&self, phone: &PhoneWindow) {
        let window = phone.x_window(&self.display).await;
        let x = self.placed.get();
        let (width, height) = self.window;
        self.placed.set(x + width as i32);
        self.display.place(&window, x, 330, width, height).await;
    }

    /// Two phones that are online: Anna (sender 1, 440 Hz) and Bruno (sender 2, 660 Hz).
    pub async fn pair(&self) -> (PhoneWindow, PhoneWindow) {
        self.pair_with("1280x720").await
    }

    /// The same with pictures of this size.
    pub async fn pair_with(&self, size: &str) -> (PhoneWindow, PhoneWindow) {
        let phone = |reference, name, sender, hz| {
            let mut options = PhoneOptions::new(reference, name, sender, hz);
            options.camera = format!("test:picture={size}@30,sender={sender}");
            self.phone(options)
        };
        // Bruno first, so that he is in the directory when Anna reads it.
        let bruno = phone("bruno", "Bruno Silva", 2, 660).await;
        let anna = phone("anna", "Anna Berg", 1, 440).await;
        (anna, bruno)
    }

    /// `caller` gets the keyboard, types the address and presses Enter (Shift + Enter for sound only).
    pub async fn dial(&self, caller: &PhoneWindow, address: &str, video: bool) {
        let window = caller.x_window(&self.display).await;
        self.display.activate(&window).await;
        caller.focus("Call a name, number or address").await;
        self.display.type_text(address).await;
        let typed = serde_json::json!(address);
        caller.until(&format!("named('Call a name, number or address').value === {typed}")).await;
        self.display.keys(&[if video { "Return" } else { "shift+Return" }]).await;
    }
}
