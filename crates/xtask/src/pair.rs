//! One space for two phones.

use crate::command::Running;
use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const PROJECT: &str = "ahoy-pair";
const LIMIT: Duration = Duration::from_secs(10);

pub struct Pair {
    _space: Running,
    socket_url: String,
    /// `host:port` of its REST interface.
    rest: String,
    secret: String,
}

impl Pair {
    pub fn start(space: &Path, data: &Path) -> Result<Self> {
        let secret = uuid::Uuid::new_v4().to_string();
        let mut child = Command::new(space)
            .args(["--listen", "127.0.0.1:0", "--project", PROJECT, "--data"])
            .arg(data)
            .env("AHOY_API_TOKEN", &secret)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("the space cannot be started")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let running = Running(child);
        let mut line = String::new();
        let mut stdout = BufReader::new(stdout);
        stdout.read_line(&mut line)?;
        let ready: serde_json::Value = serde_json::from_str(&line)
            .with_context(|| format!("the space is not ready; it said: {line:?}"))?;
        // The space may go on to talk, and must not be held up by a full pipe.
        std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let text = |key: &str| ready[key].as_str().with_context(|| format!("the space named no `{key}`"));
        let rest =
            text("rest")?.strip_prefix("http://").context("the space's REST address is not plain HTTP")?;
        Ok(Self { _space: running, socket_url: text("ws")?.to_owned(), rest: rest.to_owned(), secret })
    }

    /// Makes a phone the phone of `name` on this space. The second one brings no noise of its own: two phones on one
    /// machine that share its microphone and speaker would howl.
    pub fn join(&self, phone: &mut Command, name: &str) -> Result<()> {
        // By the environment, since everybody can read the arguments of other people's programs.
        phone.args(["--space", &self.socket_url, "--no-space"]).env("AHOY_TOKEN", self.mint(name)?);
        if name == "Ben" {
            phone.args([
                "--camera",
                "test:picture",
                "--microphone",
                "test:tone=440",
                "--speaker",
                "test:silence",
            ]);
        }
        Ok(())
    }

    fn mint(&self, name: &str) -> Result<String> {
        let body = serde_json::json!({ "reference": name.to_lowercase(), "display_name": name }).to_string();
        let who = BASE64_STANDARD.encode(format!("{PROJECT}:{}", self.secret));
        let host = &self.rest;
        let request = format!(
            "POST /api/fabric/subscribers/tokens HTTP/1.0\r\nHost: {host}\r\nAuthorization: Basic {who}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(request.as_bytes())?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let (head, body) = reply.split_once("\r\n\r\n").context("the space sent no whole reply")?;
        let first = head.lines().next().unwrap_or_default();
        if !first.contains(" 20") {
            bail!("the space minted no token: {first}");
        }
        let reply: serde_json::Value = serde_json::from_str(body)?;
        Ok(reply["token"].as_str().context("the reply holds no token")?.to_owned())
    }
}
