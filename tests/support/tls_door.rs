//! A certificate for a space on loopback, and a plain door in front of its TLS one, for clients that would not trust it.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The names that the SDK derives from `ch: "puc.localhost:PORT"` (WIRE.md 1.3). Chromium resolves them to loopback by itself.
pub const HOST: &str = "puc.localhost";
const NAMES: [&str; 4] = [HOST, "fabric.localhost", "localhost", "127.0.0.1"];

/// A self-signed certificate and its key as PEM files.
pub struct Certificate {
    pub cert: PathBuf,
    pub key: PathBuf,
    der: CertificateDer<'static>,
}

impl Certificate {
    pub fn make(folder: &Path) -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(NAMES.map(str::to_owned)).expect("a certificate can be made");
        let made =
            Self { cert: folder.join("cert.pem"), key: folder.join("key.pem"), der: cert.der().clone() };
        std::fs::write(&made.cert, cert.pem()).expect("the certificate can be written");
        std::fs::write(&made.key, signing_key.serialize_pem()).expect("the key can be written");
        made
    }
}

/// Listens without TLS and passes everything on to a TLS server.
pub struct PlainDoor {
    pub address: SocketAddr,
    cut: watch::Sender<u32>,
    task: AbortHandle,
}

impl PlainDoor {
    pub async fn open(to: SocketAddr, certificate: &Certificate) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der.clone()).expect("our own certificate can be trusted");
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (cut, cuts) = watch::channel(0);
        let task = tokio::spawn(serve(listener, to, connector, cuts)).abort_handle();
        Self { address, cut, task }
    }

    /// Cuts all connections, as a network that goes away. New ones are let in.
    pub fn cut(&self) {
        self.cut.send_modify(|count| *count += 1);
    }
}

impl Drop for PlainDoor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(listener: TcpListener, to: SocketAddr, connector: TlsConnector, cuts: watch::Receiver<u32>) {
    let mut passages = JoinSet::new();
    while let Ok((inner, _)) = listener.accept().await {
        let (connector, mut cuts) = (connector.clone(), cuts.clone());
        cuts.mark_unchanged();
        passages.spawn(async move {
            tokio::select! {
                () = pass(inner, to, connector) => {}
                _ = cuts.changed() => {}
            }
        });
        while passages.try_join_next().is_some() {}
    }
}

async fn pass(mut inner: TcpStream, to: SocketAddr, connector: TlsConnector) {
    let name = ServerName::try_from(HOST).expect("a name");
    let Ok(outer) = TcpStream::connect(to).await else { return };
    let _ = (inner.set_nodelay(true), outer.set_nodelay(true));
    if let Ok(mut outer) = connector.connect(name, outer).await {
        let _ = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
    }
}
