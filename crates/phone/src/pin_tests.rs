use super::*;
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::net::SocketAddr;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

struct Pair {
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    print: Fingerprint,
}

fn pair() -> Pair {
    let key = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["elsewhere.test".to_owned()]).unwrap().self_signed(&key).unwrap();
    let certificate = made.der().clone();
    let print = Fingerprint::new(Sha256::digest(&certificate).into());
    Pair { certificate, key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(), print }
}

/// Shows whatever certificate it was given, whether the key belongs to it or not.
#[derive(Debug)]
struct Shows(Arc<CertifiedKey>);

impl ResolvesServerCert for Shows {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

async fn server(
    certificate: &CertificateDer<'static>,
    key: &PrivateKeyDer<'static>,
    tls12: bool,
) -> SocketAddr {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let signs = provider.key_provider.load_private_key(key.clone_key()).unwrap();
    let shows = Shows(Arc::new(CertifiedKey::new(vec![certificate.clone()], signs)));
    let versions = if tls12 { vec![&rustls::version::TLS12] } else { vec![&rustls::version::TLS13] };
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shows));
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let _ = stream.read(&mut [0; 16]).await;
                }
            });
        }
    });
    address
}

async fn shake_hands(config: ClientConfig, address: SocketAddr) -> std::io::Result<()> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::from(address.ip());
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map(drop)
}

#[tokio::test]
async fn only_the_pinned_certificate_is_taken_whatever_stands_in_it() {
    let (ours, theirs) = (pair(), pair());
    for tls12 in [false, true] {
        let address = server(&ours.certificate, &ours.key, tls12).await;
        shake_hands(pinned(ours.print).unwrap(), address).await.expect("its name and dates mean nothing");
        let error = shake_hands(pinned(theirs.print).unwrap(), address).await.unwrap_err();
        assert!(is_mismatch(&error), "{error}");
        let (config, look) = FirstLook::prepare().unwrap();
        shake_hands(config, address).await.unwrap();
        assert_eq!(look.seen(), Some(ours.print));
    }
}

#[tokio::test]
async fn a_copied_certificate_without_its_key_is_worth_nothing() {
    let (ours, thief) = (pair(), pair());
    for tls12 in [false, true] {
        let address = server(&ours.certificate, &thief.key, tls12).await;
        let error = shake_hands(pinned(ours.print).unwrap(), address).await.unwrap_err();
        assert!(!is_mismatch(&error), "it is the signature: {error}");
        let (config, _) = FirstLook::prepare().unwrap();
        assert!(shake_hands(config, address).await.is_err(), "a first look checks it, too");
    }
}
