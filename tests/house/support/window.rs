//! A phone with its real window, driven by WebDriver in the window and by the X keyboard outside of it. Controls are
//! found by their accessible names, as a screen reader finds them.

use super::display::Display;
use super::process::{PATIENCE, Process};
use super::space::SpaceProcess;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Finds visible controls by accessible name; kept in the page for the scripts below.
const LOOK: &str = r#"
const nameOf = (e) => (e.getAttribute('aria-label')
  || (e.getAttribute('aria-labelledby') || '').split(/\s+/).map((id) => document.getElementById(id)?.textContent || '').join(' ')
  || (e.labels && e.labels.length ? e.labels[0].textContent : '')
  || e.getAttribute('placeholder') || e.textContent || '').replace(/\s+/g, ' ').trim();
const visible = (e) => { const r = e.getBoundingClientRect(); return r.width > 0 && r.height > 0 && getComputedStyle(e).visibility !== 'hidden'; };
const named = (name) => [...document.querySelectorAll('button, a, input, select, textarea, summary, [role], canvas, dialog')]
  .find((e) => visible(e) && nameOf(e) === name);
const text = () => document.body.innerText;
"#;

/// How a phone is started.
pub struct PhoneOptions {
    /// Reference at the space; its address is `/private/<reference>`.
    pub reference: String,
    /// What others see.
    pub name: String,
    pub camera: String,
    pub microphone: String,
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
            extra: Vec::new(),
        }
    }
}

pub struct PhoneWindow {
    pub name: String,
    pub address: String,
    /// What its speaker played.
    pub recording: PathBuf,
    client: Client,
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
        options: PhoneOptions,
    ) -> Self {
        let profile = folder.join(&options.reference);
        std::fs::create_dir_all(&profile).expect("the profile folder can be made");
        let recording = profile.join("heard.wav");
        let port = free_port();
        let mut command = display.command("WebKitWebDriver");
        // WebKitGTK opens a window to WebDriver only when the program asks for it.
        command
            .arg("--host=127.0.0.1")
            .arg(format!("--port={port}"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("AHOY_TOKEN", token);
        let driver = Process::start("WebKitWebDriver", &mut command, &profile.join("window.log"));
        let mut args = vec![
            "--profile".into(),
            profile.to_string_lossy().into_owned(),
            "--space".into(),
            ws.to_owned(),
            "--camera".into(),
            options.camera,
            "--microphone".into(),
            options.microphone,
            "--speaker".into(),
            format!("file:{}", recording.display()),
        ];
        args.extend(options.extra);
        let capabilities =
            json!({ "webkitgtk:browserOptions": { "binary": super::program("ahoy"), "args": args } });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object was just written") };
        let connect = async {
            loop {
                match ClientBuilder::new(HttpConnector::new())
                    .capabilities(capabilities.clone())
                    .connect(&format!("http://127.0.0.1:{port}"))
                    .await
                {
                    Ok(client) => return client,
                    // The driver is not listening yet.
                    Err(
                        fantoccini::error::NewSessionError::Lost(_)
                        | fantoccini::error::NewSessionError::Failed(_),
                    ) => {
                        tokio::task::yield_now().await;
                    }
                    Err(error) => panic!("no WebDriver session: {error}"),
                }
            }
        };
        let client = tokio::time::timeout(PATIENCE, connect).await.expect("the phone's window can be driven");
        let window = Self {
            name: options.name,
            address: format!("/private/{}", options.reference),
            recording,
            client,
            driver,
        };
        let timeouts =
            fantoccini::wd::TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), Some(Duration::ZERO));
        window.client.update_timeouts(timeouts).await.expect("time-outs can be set");
        window
    }

    /// Waits until the window says that the phone is online.
    pub async fn online(self) -> Self {
        self.until("document.documentElement.dataset.registration === 'online'").await;
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

    /// Gives a control the keyboard.
    pub async fn focus(&self, name: &str) {
        self.until(&format!("named({})", json!(name))).await;
        self.ask(&format!("named({}).focus()", json!(name))).await;
    }

    /// X id of the main window.
    pub async fn x_window(&self, display: &Display) -> String {
        let title = self.ask("return document.title").await;
        display.window(&format!("^{}$", title.as_str().unwrap_or("Ahoy"))).await
    }

    pub async fn screenshot(&self, to: &Path) {
        if let Ok(png) = self.client.screenshot().await {
            let _ = std::fs::write(to, png);
        }
    }

    pub fn driver(&mut self) -> &mut Process {
        &mut self.driver
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Ends the phone and its driver.
    pub async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

/// A port that was free a moment ago; the driver cannot choose one itself and tell.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("it is bound").port()
}
