//! A headless space as a child process, and tokens for its subscribers.

#[cfg(target_os = "linux")]
use super::machine::Machine;
use super::process::{PATIENCE, Process};
use super::usage::Tree;
use std::path::{Path, PathBuf};
use tokio::process::Command;

const PROJECT: &str = "test-project";
/// Made up for these tests; guards nothing.
const API_TOKEN: &str = "made-up-api-token";

pub struct SpaceProcess {
    pub process: Process,
    data: PathBuf,
    logs: PathBuf,
    extra: Vec<String>,
    /// `ws://127.0.0.1:PORT`
    pub ws: String,
    /// `http://127.0.0.1:PORT`
    pub rest: String,
}

impl SpaceProcess {
    /// Starts `ahoy-space` on a free port with `extra` arguments.
    pub async fn start(folder: &Path, extra: &[&str]) -> Self {
        let extra: Vec<String> = extra.iter().map(|&e| e.to_owned()).collect();
        let command = Command::new(super::program("ahoy-space"));
        let (process, ws, rest) = Self::launch(command, folder, folder, "127.0.0.1:0", &extra).await;
        Self { process, data: folder.to_owned(), logs: folder.to_owned(), extra, ws, rest }
    }

    /// The same on another machine, at this port of all its addresses. From here only its REST interface is reached.
    #[cfg(target_os = "linux")]
    pub async fn start_on(machine: &Machine, port: u16, folder: &Path, extra: &[&str]) -> Self {
        let extra: Vec<String> = extra.iter().map(|&e| e.to_owned()).collect();
        let command = machine.run(super::program("ahoy-space"));
        let listen = format!("0.0.0.0:{port}");
        let (process, ws, _) = Self::launch(command, folder, folder, &listen, &extra).await;
        let rest = format!("http://127.0.0.1:{}", machine.door(port).await);
        Self { process, data: folder.to_owned(), logs: folder.to_owned(), extra, ws, rest }
    }

    async fn launch(
        mut command: Command,
        data: &Path,
        logs: &Path,
        listen: &str,
        extra: &[String],
    ) -> (Process, String, String) {
        command
            .args(["--listen", listen, "--project", PROJECT, "--data"])
            .arg(data.join("space"))
            .args(extra)
            .env("AHOY_API_TOKEN", API_TOKEN);
        let mut process = Process::start("ahoy-space", &mut command, &logs.join("space.log"));
        let ready = process.json_line("ready").await;
        let url = |key: &str| ready[key].as_str().unwrap_or_else(|| panic!("no {key} in {ready}")).to_owned();
        (process, url("ws"), url("rest"))
    }

    /// A token for `reference`, made by the space's REST interface (WIRE.md 10). `name` is what others see.
    pub async fn token(&self, reference: &str, name: &str) -> String {
        self.token_with(serde_json::json!({ "reference": reference, "display_name": name })).await
    }

    /// The same, with its end so many seconds from now.
    pub async fn token_until(&self, reference: &str, name: &str, seconds: u64) -> String {
        let now =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
        let request =
            serde_json::json!({ "reference": reference, "display_name": name, "expire_at": now + seconds });
        self.token_with(request).await
    }

    /// A token made by a request of one's own.
    pub async fn token_with(&self, request: serde_json::Value) -> String {
        let reply = self.ask("subscribers/tokens", request).await;
        reply["token"].as_str().expect("a token").to_owned()
    }

    /// What a project's own server asks of the REST interface.
    pub async fn ask(&self, path: &str, request: serde_json::Value) -> serde_json::Value {
        // reqwest wants one even for plain HTTP. A second time it is there already.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let reply = reqwest::Client::new()
            .post(format!("{}/api/fabric/{path}", self.rest))
            .basic_auth(PROJECT, Some(API_TOKEN))
            .json(&request)
            .send()
            .await
            .expect("the space answers");
        assert!(reply.status().is_success(), "{path}: {}", reply.status());
        reply.json().await.expect("JSON")
    }

    /// How a page tells that it is the project's server.
    pub fn credentials(&self) -> String {
        format!("{PROJECT}:{API_TOKEN}")
    }

    /// What a client asks with its token: GET, or POST when there is a body.
    pub async fn as_client(
        &self,
        token: &str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> (reqwest::StatusCode, serde_json::Value) {
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let (client, url) = (reqwest::Client::new(), format!("{}/api/fabric/{path}", self.rest));
        let request = match body {
            Some(body) => client.post(url).json(&body),
            None => client.get(url),
        };
        let reply = request.bearer_auth(token).send().await.expect("the space answers");
        (reply.status(), reply.json().await.unwrap_or_default())
    }

    /// The id of an address that the holder of `token` may know.
    pub async fn address_id(&self, token: &str, uri: &str) -> String {
        let (_, list) = self.as_client(token, &format!("addresses?name={uri}"), None).await;
        list["data"][0]["id"].as_str().unwrap_or_else(|| panic!("no {uri} in {list}")).to_owned()
    }

    /// A command of the Calling API, and the call that it returns.
    pub async fn calling(
        &self,
        command: &str,
        id: Option<&str>,
        params: serde_json::Value,
    ) -> serde_json::Value {
        let reply = reqwest::Client::new()
            .post(format!("{}/api/calling/calls", self.rest))
            .basic_auth(PROJECT, Some(API_TOKEN))
            .json(&serde_json::json!({ "command": command, "id": id, "params": params }))
            .send()
            .await
            .expect("the space answers");
        let status = reply.status();
        let body = reply.json().await.expect("JSON");
        assert!(status.is_success(), "{command}: {status} {body}");
        body
    }

    /// Waits until the space does not take this token any more.
    pub async fn until_refused(&self, token: &str) {
        let url = format!("{}/api/fabric/subscriber/info", self.rest);
        let client = reqwest::Client::new();
        let refused = async {
            let mut look = tokio::time::interval(std::time::Duration::from_millis(100));
            loop {
                look.tick().await;
                let reply = client.get(&url).bearer_auth(token).send().await.expect("the space answers");
                if reply.status() == reqwest::StatusCode::UNAUTHORIZED {
                    return;
                }
            }
        };
        tokio::time::timeout(PATIENCE, refused).await.expect("the token expires");
    }

    pub fn processes(&self) -> Tree {
        Tree::below(&[self.process.id()])
    }

    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it again at the same address with the same data, after `kill`.
    pub async fn restart(&mut self) {
        let listen = self.ws.trim_start_matches("ws://").to_owned();
        let command = Command::new(super::program("ahoy-space"));
        let (process, ..) = Self::launch(command, &self.data, &self.logs, &listen, &self.extra).await;
        self.process = process;
    }
}
