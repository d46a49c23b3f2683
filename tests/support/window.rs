//! A phone with its real window, driven by WebDriver in the window and by the X keyboard outside of it. Controls are
//! found by their accessible names, as a screen reader finds them.

use super::display::Display;
use super::process::{PATIENCE, Process, run};
use super::space::SpaceProcess;
use super::usage::Tree;
use fantoccini::wd::{TimeoutConfiguration, WindowHandle};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Finds visible controls by accessible name; kept in the page for the scripts below.
const LOOK: &str = r#"
const spoken = (e) => [...e.childNodes].map((node) => node.nodeType === 3 ? node.data
  : node.nodeType === 1 && node.getAttribute('aria-hidden') !== 'true' ? spoken(node) : '').join('');
const nameOf = (e) => (e.getAttribute('aria-label')
  || (e.getAttribute('aria-labelledby') || '').split(/\s+/).map((id) => document.getElementById(id)?.textContent || '').join(' ')
  || (e.labels && e.labels.length ? e.labels[0].textContent : '')
  || e.getAttribute('placeholder') || spoken(e) || '').replace(/\s+/g, ' ').trim();
const visible = (e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility !== 'hidden'; };
const named = (name) => [...document.querySelectorAll('button, a, input, select, textarea, summary, [role], canvas, dialog')]
  .find((e) => visible(e) && nameOf(e) === name);
const text = () => document.body.innerText;
"#;

#[cfg(target_os = "linux")]
type Elsewhere = super::machine::Machine;
/// Namespaces are Linux's.
#[cfg(not(target_os = "linux"))]
enum Elsewhere {}
#[cfg(not(target_os = "linux"))]
impl Elsewhere {
    async fn door(&self, _port: u16) -> u16 {
        match *self {}
    }
}

/// How a phone is started.
pub struct PhoneOptions {
    /// Reference at the space; its address is `/private/<reference>`.
    pub reference: String,
    /// What others see.
    pub name: String,
    pub camera: String,
    pub microphone: String,
    /// `None` records into a file.
    pub speaker: Option<String>,
    /// What the profile's settings say beforehand; the rest is as on a first start.
    pub settings: Value,
    pub environment: Vec<(&'static str, String)>,
    /// The phone's program, when it is not the one that was just built.
    pub program: Option<PathBuf>,
    pub extra: Vec<String>,
}

impl PhoneOptions {
    /// A phone with the test picture of `sender` and a tone of `hz`.
    pub fn new(reference: &str, name: &str, sender: u32, hz: u32) -> Self {
        Self {
            reference: reference.into(),
            name: name.into(),
            camera: format!("test:picture=1280x720@30,sender={sender}"),
            microphone: format!("test:tone={hz}"),
            speaker: None,
            settings: Value::Null,
            environment: Vec::new(),
            program: None,
            extra: Vec::new(),
        }
    }
}

pub struct PhoneWindow {
    pub name: String,
    /// What its speaker played.
    pub recording: PathBuf,
    client: Client,
    main: WindowHandle,
    driver: Process,
}

impl PhoneWindow {
    /// Starts a phone on `space` and waits until its main window is usable and it is online.
    pub async fn start(
        display: &Display,
        space: &SpaceProcess,
        folder: &Path,
        options: PhoneOptions,
    ) -> Self {
        let token = space.token(&options.reference, &options.name).await;
        Self::start_with_token(display, &space.ws, &token, folder, options).await.online().await
    }

    /// The same, without waiting to be online.
    pub async fn start_with_token(
        display: &Display,
        ws: &str,
        token: &str,
        folder: &Path,
        mut options: PhoneOptions,
    ) -> Self {
        options.environment.push(("AHOY_TOKEN", token.to_owned()));
        options.extra.extend(["--space".to_owned(), ws.to_owned()]);
        let driver = display.command("WebKitWebDriver");
        Self::launch(driver, free_port(), None, folder, options).await
    }

    /// A phone on its own computer's space, or on none yet.
    pub async fn start_here(display: &Display, folder: &Path, options: PhoneOptions) -> Self {
        let driver = display.command("WebKitWebDriver");
        Self::launch(driver, free_port(), None, folder, options).await
    }

    /// A phone that was never used before, on a machine of its own.
    #[cfg(target_os = "linux")]
    pub async fn start_fresh(
        display: &Display,
        machine: &super::machine::Machine,
        folder: &Path,
        options: PhoneOptions,
    ) -> Self {
        let driver = machine.command(display, "WebKitWebDriver");
        Self::launch(driver, free_port(), Some(machine), folder, options).await
    }

    /// `machine`: where the driver listens, if not on this one.
    async fn launch(
        mut command: tokio::process::Command,
        port: u16,
        machine: Option<&Elsewhere>,
        folder: &Path,
        options: PhoneOptions,
    ) -> Self {
        let profile = folder.join(&options.reference);
        std::fs::create_dir_all(&profile).expect("the profile folder can be made");
        if !options.settings.is_null() {
            let settings = json!({ "settings": options.settings }).to_string();
            std::fs::write(profile.join("settings.json"), settings).expect("settings can be written");
        }
        let recording = profile.join("heard.wav");
        let speaker = options.speaker.unwrap_or_else(|| format!("file:{}", recording.display()));
        // WebKitGTK opens a window to WebDriver only when the program asks for it.
        command
            .arg("--host=127.0.0.1")
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(options.environment);
        let driver = Process::start("WebKitWebDriver", &mut command, &profile.join("window.log"));
        let mut args = vec![
            "--profile".into(),
            profile.to_string_lossy().into_owned(),
            "--camera".into(),
            options.camera,
            "--microphone".into(),
            options.microphone,
            "--speaker".into(),
            speaker,
        ];
        args.extend(options.extra);
        let binary = options.program.unwrap_or_else(|| super::program("ahoy"));
        let capabilities = json!({ "webkitgtk:browserOptions": { "binary": binary, "args": args } });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object was just written") };
        let connect = async {
            let port = match machine {
                Some(machine) => machine.door(port).await,
                // The driver says nothing when it listens.
                None => {
                    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                        tokio::task::yield_now().await;
                    }
                    port
                }
            };
            ClientBuilder::new(HttpConnector::new())
                .capabilities(capabilities)
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
                .unwrap_or_else(|error| panic!("no WebDriver session: {error}"))
        };
        let client = tokio::time::timeout(PATIENCE, connect).await.expect("the phone's window can be driven");
        let main = main_window(&client).await;
        let window = Self { main, name: options.name, recording, client, driver };
        let timeouts = TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), Some(Duration::ZERO));
        window.client.update_timeouts(timeouts).await.expect("time-outs can be set");
        window
    }

    /// Waits until the window says that the phone is online.
    pub async fn online(self) -> Self {
        self.until_text("Online").await;
        self
    }

    /// Waits until a JavaScript expression holds in the window, looking once per drawn frame.
    pub async fn until(&self, expression: &str) -> Value {
        let script = format!(
            "{LOOK} const done = arguments[arguments.length - 1]; const limit = Date.now() + arguments[0];
             const look = () => {{ let value; try {{ value = ({expression}); }} catch (e) {{ value = undefined; }}
               if (value) done(value === true ? true : value);
               else if (Date.now() > limit) done(null);
               else setTimeout(look, 16); }}; look();"
        );
        let limit = json!((PATIENCE.as_millis() as u64).saturating_sub(5_000));
        let value = self.client.execute_async(&script, vec![limit]).await;
        match value {
            Ok(value) if !value.is_null() => value,
            Ok(_) => panic!("{}: never became true: {expression}\nshown: {}", self.name, self.text().await),
            Err(error) => panic!("{}: {expression}: {error}", self.name),
        }
    }

    /// Runs JavaScript (`return …`) and gives its value.
    pub async fn ask(&self, script: &str) -> Value {
        self.client
            .execute(&format!("{LOOK} {script}"), vec![])
            .await
            .unwrap_or_else(|error| panic!("{}: {script}: {error}", self.name))
    }

    /// What a person can read in the window.
    pub async fn text(&self) -> String {
        self.ask("return text()").await.as_str().unwrap_or_default().to_owned()
    }

    pub async fn until_text(&self, words: &str) {
        self.until(&format!("text().includes({})", json!(words))).await;
    }

    /// Waits for a control of this name that can be used, and clicks it.
    pub async fn click(&self, name: &str) {
        self.until(&format!("named({0}) && !named({0}).disabled", json!(name))).await;
        self.ask(&format!("named({}).click()", json!(name))).await;
    }

    /// Types an address into the dial field and calls it with sound only.
    pub async fn call_audio(&self, address: &str) {
        self.until("named('Call a name, number or address')").await;
        let script = format!(
            "const field = named('Call a name, number or address'); field.value = {};
             field.dispatchEvent(new Event('input', {{ bubbles: true }}));",
            json!(address)
        );
        self.ask(&script).await;
        self.click("Audio call").await;
    }

    /// Gives a control the keyboard.
    pub async fn focus(&self, name: &str) {
        self.until(&format!("named({})", json!(name))).await;
        self.ask(&format!("named({}).focus()", json!(name))).await;
    }

    /// The phone and its web view.
    pub fn processes(&self) -> Tree {
        Tree::called(self.driver.id(), "ahoy")
    }

    /// X id of the main window: the one of this phone's process.
    pub async fn x_window(&self, display: &Display) -> String {
        let children = run("pgrep", ["-P", &self.driver.id().to_string(), "-x", "ahoy"]).await;
        display.window_of(children.lines().next().expect("the driver has started a phone"), "^Ahoy$").await
    }

    /// Waits for the ringing window.
    pub async fn ringing<'a>(&'a self) -> Ringing<'a> {
        let search = async {
            loop {
                for handle in self.client.windows().await.expect("windows can be listed") {
                    if handle != self.main && self.client.switch_to_window(handle.clone()).await.is_ok() {
                        let title = self.client.title().await;
                        self.back().await;
                        if title.is_ok_and(|title| title == "Incoming call") {
                            return handle;
                        }
                    }
                }
            }
        };
        let handle = tokio::time::timeout(PATIENCE, search)
            .await
            .unwrap_or_else(|_| panic!("{} does not ring", self.name));
        Ringing { phone: self, handle }
    }

    async fn back(&self) {
        self.client.switch_to_window(self.main.clone()).await.expect("the main window is there");
    }

    /// Waits until the call's picture is gone and Home is shown, going back from the words about the end if need be.
    pub async fn home(&self) {
        // The words may go by themselves while we look.
        self.until("named('Call a name, number or address') || (named('Back')?.click(), false)").await;
    }

    /// Luma (limited range BT.601) of the remote picture as it stands on its canvas, scaled to `width` × `height`.
    pub async fn remote_luma(&self, width: usize, height: usize) -> Vec<u8> {
        self.until("document.querySelector('canvas[data-tile]:not([data-tile=self])')").await;
        let script = format!(
            "const from = document.querySelector('canvas[data-tile]:not([data-tile=self])');
             const to = new OffscreenCanvas({width}, {height}); const context = to.getContext('2d');
             context.drawImage(from, 0, 0, {width}, {height});
             const rgba = context.getImageData(0, 0, {width}, {height}).data; let luma = '';
             for (let i = 0; i < rgba.length; i += 4)
               luma += String.fromCharCode(Math.round(16 + (65.738 * rgba[i] + 129.057 * rgba[i + 1] + 25.064 * rgba[i + 2]) / 256));
             return luma;"
        );
        let luma = self.ask(&script).await;
        luma.as_str().expect("a string of luma").chars().map(|c| c as u8).collect()
    }

    pub async fn screenshot(&self, to: &Path) {
        if let Ok(png) = self.client.screenshot().await {
            let _ = std::fs::write(to, png);
        }
    }

    /// Ends the phone and its driver.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

/// The small window of a phone that rings. It is driven in its own page; the phone's main window is current again after each step.
pub struct Ringing<'a> {
    phone: &'a PhoneWindow,
    handle: WindowHandle,
}

impl Ringing<'_> {
    async fn there(&self) {
        self.phone
            .client
            .switch_to_window(self.handle.clone())
            .await
            .unwrap_or_else(|error| panic!("{}: the ringing window is gone: {error}", self.phone.name));
    }

    pub async fn text(&self) -> String {
        self.there().await;
        let text = self.phone.text().await;
        self.phone.back().await;
        text
    }

    pub async fn until(&self, expression: &str) {
        self.value(expression).await;
    }

    /// Waits until a JavaScript expression holds, and gives its value.
    pub async fn value(&self, expression: &str) -> Value {
        self.there().await;
        let value = self.phone.until(expression).await;
        self.phone.back().await;
        value
    }

    pub async fn until_text(&self, words: &str) {
        self.until(&format!("text().includes({})", json!(words))).await;
    }

    /// Clicks a control; the window may close under the click.
    pub async fn click(&self, name: &str) {
        self.there().await;
        let name = json!(name);
        self.phone.until(&format!("named({name}) && !named({name}).disabled")).await;
        let _ = self
            .phone
            .client
            .execute(&format!("{LOOK} setTimeout(() => named({name}).click(), 0)"), vec![])
            .await;
        self.phone.back().await;
    }
}

async fn main_window(client: &Client) -> WindowHandle {
    let search = async {
        loop {
            for handle in client.windows().await.expect("windows can be listed") {
                if client.switch_to_window(handle.clone()).await.is_ok()
                    && client.title().await.is_ok_and(|title| title == "Ahoy")
                {
                    return handle;
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("the phone has a main window")
}

/// A port that was free a moment ago; the driver cannot choose one itself and tell.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("it is bound").port()
}
