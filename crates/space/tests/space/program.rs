//! The program `ahoy-space`, and a space with TLS.

use crate::client::{config, space, token};
use ahoy_space::{Space, SpaceConfig, SpaceStartError, TlsFiles};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use tokio_tungstenite::{Connector, connect_async_tls_with_config};

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ahoy-space"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).env_remove("AHOY_API_TOKEN");
    command
}

#[tokio::test]
async fn the_program_says_one_line_serves_and_stops_when_asked() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    let mut command = program(&["--listen", "127.0.0.1:0", "--data", data, "--project", "p-1", "--no-turn"]);
    let mut running =
        Running(command.env("AHOY_API_TOKEN", "PT-secret-of-the-program").spawn().expect("started"));
    let mut out = BufReader::new(running.0.stdout.take().expect("stdout"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!((ready["ready"].as_bool(), ready["project"].as_str()), (Some(true), Some("p-1")));
    assert!(ready["ws"].as_str().is_some_and(|url| url.starts_with("ws://127.0.0.1:")));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = format!("{}/api/fabric/subscribers/tokens", ready["rest"].as_str().expect("a URL"));
    let request = reqwest::Client::new().post(url).basic_auth("p-1", Some("PT-secret-of-the-program"));
    let response = request.body(r#"{"reference":"alice"}"#).send().await.expect("a response");
    assert!(response.status().is_success());

    // A second one on the same port says so in one sentence.
    let address = ready["ws"].as_str().expect("a URL").trim_start_matches("ws://");
    let second = program(&["--listen", address, "--no-turn"]).output().expect("it ran");
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && said.contains("is already in use by another program."), "{said}");
    assert!(second.stdout.is_empty());

    #[cfg(unix)]
    {
        let asked =
            Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().expect("kill ran");
        assert!(asked.success());
        assert!(running.0.wait().expect("it ends").success(), "a clean stop");
        let mut rest = String::new();
        out.read_to_string(&mut rest).expect("the rest");
        assert_eq!(rest, "", "stdout holds the ready line only");
        let mut log = String::new();
        running.0.stderr.take().expect("stderr").read_to_string(&mut log).expect("the log");
        assert!(!log.contains("PT-secret") && !log.contains("eyJ"), "no secrets in the log: {log}");
    }
}

#[test]
fn half_of_a_pair_of_options_is_refused() {
    for arguments in [["--project", "p"], ["--tls-cert", "c.pem"], ["--listen", "nowhere"]] {
        let output = program(&arguments).output().expect("it ran");
        assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn with_tls_tokens_name_the_host_and_sockets_are_encrypted() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["puc.localhost".into(), "localhost".into()])
        .expect("a certificate");
    let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
    std::fs::write(&files.cert, made.cert.pem()).expect("written");
    std::fs::write(&files.key, made.signing_key.serialize_pem()).expect("written");
    let with_tls = SpaceConfig { tls: Some(files.clone()), host: Some("puc.localhost".into()), ..config() };
    let space = space(with_tls).await;
    let port = space.address().port();
    assert_eq!(space.url(), format!("wss://puc.localhost:{port}"));
    assert_eq!(space.rest_url(), format!("https://puc.localhost:{port}"));
    let token = token(&space, "alice").await;
    let header =
        URL_SAFE_NO_PAD.decode(token.expose().split('.').next().expect("a header")).expect("base64url");
    let header: Value = serde_json::from_slice(&header).expect("JSON");
    assert_eq!(
        (header["typ"].as_str(), header["ch"].as_str()),
        (Some("SAT"), Some(format!("puc.localhost:{port}").as_str()))
    );

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(made.cert.der().to_vec())).expect("a root");
    let client = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let url = format!("wss://localhost:{port}/");
    let connector = Connector::Rustls(Arc::new(client));
    connect_async_tls_with_config(url, None, false, Some(connector)).await.expect("an encrypted socket");
    space.shut_down().await;

    std::fs::write(&files.key, "no key").expect("written");
    let broken = Space::start(SpaceConfig { tls: Some(files), ..config() }).await.err().expect("no space");
    assert!(matches!(broken, SpaceStartError::Tls(_)), "{broken}");
}

#[tokio::test]
async fn the_program_opens_to_its_network_when_it_is_told() {
    let arguments =
        ["--listen", "127.0.0.1:0", "--no-turn", "--lan", "--lan-port", "0", "--lan-name", "Attic"];
    let mut running = Running(program(&arguments).spawn().expect("started"));
    let mut out = BufReader::new(running.0.stdout.take().expect("stdout"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(
        ready["lan"]["fingerprint"].as_str().map(|text| text.split_whitespace().count()),
        Some(16),
        "{ready}"
    );
    assert!(ready["lan"]["hosts"].is_array());
    let alone = program(&["--lan-name", "Attic"]).output().expect("it ran");
    assert!(!alone.status.success(), "a name of nothing");
}
