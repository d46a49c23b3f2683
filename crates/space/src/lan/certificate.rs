//! The certificate that phones pin: made once, kept with the space's data, the key for its owner's eyes only.

use super::hosts;
use ahoy_model::Fingerprint;
use axum_server::tls_rustls::RustlsConfig;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Below the space's data.
const CERTIFICATE: &str = "lan-certificate.pem";
const KEY: &str = "lan-key.pem";

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    #[error("{0} cannot be read or written: {1}")]
    File(PathBuf, io::Error),
    #[error("{0} holds no certificate or key that can be used; without both files a new pair is made")]
    Damaged(PathBuf),
    #[error("no certificate can be made: {0}")]
    Making(#[from] rcgen::Error),
    #[error("the certificate does not go with its key: {0}")]
    Mismatch(#[from] rustls::Error),
}

/// Ready to be served, and what tells it from others.
pub struct OwnCertificate {
    pub tls: RustlsConfig,
    pub fingerprint: Fingerprint,
}

impl OwnCertificate {
    /// That of the folder, made if there is none; without a folder one for this run. Blocks while it reads and writes.
    pub fn open(folder: Option<&Path>, space_id: &str) -> Result<Self, CertificateError> {
        let Some(folder) = folder else {
            let (certificate, key) = make(space_id)?;
            return Self::read(certificate.as_bytes(), key.as_bytes(), Path::new("memory"));
        };
        let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
        if !certificate.exists() && !key.exists() {
            let (made, made_key) = make(space_id)?;
            // The key first: a certificate without one is never found.
            write(&key, made_key.as_bytes())?;
            write(&certificate, made.as_bytes())?;
        }
        let text =
            fs::read(&certificate).map_err(|error| CertificateError::File(certificate.clone(), error))?;
        let secret = Zeroizing::new(fs::read(&key).map_err(|error| CertificateError::File(key, error))?);
        Self::read(&text, &secret, &certificate)
    }

    fn read(certificate: &[u8], key: &[u8], path: &Path) -> Result<Self, CertificateError> {
        let damaged = |_| CertificateError::Damaged(path.to_owned());
        let certificate = CertificateDer::from_pem_slice(certificate).map_err(damaged)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(damaged)?;
        let fingerprint = Fingerprint::new(Sha256::digest(&certificate).into());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { tls: RustlsConfig::from_config(Arc::new(config)), fingerprint })
    }
}

/// Certificate and key in PEM. The names in it are for other programs: phones look at the fingerprint only.
fn make(space_id: &str) -> Result<(String, Zeroizing<String>), CertificateError> {
    let key = KeyPair::generate()?;
    let own = hosts::own_name();
    let mut names = vec!["localhost".to_owned()];
    let fits = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fits(&own) {
        names.extend([own.clone(), format!("{own}.local")]);
    }
    names.push(super::announce::host_of(space_id));
    names.extend(hosts::addresses().iter().map(ToString::to_string));
    let mut params = CertificateParams::new(names)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Ahoy space");
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), Zeroizing::new(key.serialize_pem())))
}

/// A new file that nobody else on this computer can read.
fn write(path: &Path, text: &[u8]) -> Result<(), CertificateError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let written = options.open(path).and_then(|mut file| {
        file.write_all(text)?;
        file.sync_all()
    });
    written.map_err(|error| CertificateError::File(path.to_owned(), error))
}
