//! https and wss.

use crate::config::TlsFiles;
use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::PathBuf;
use std::sync::Arc;

/// Why TLS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("the certificate {0} cannot be read: {1}")]
    Certificate(PathBuf, rustls::pki_types::pem::Error),
    #[error("the private key {0} cannot be read: {1}")]
    Key(PathBuf, rustls::pki_types::pem::Error),
    #[error("certificate and private key do not work together: {0}")]
    Mismatch(#[from] rustls::Error),
}

/// Reads the PEM files. HTTP/1.1 only: WebSockets are upgraded from it.
pub fn load(files: &TlsFiles) -> Result<RustlsConfig, TlsError> {
    let chain = CertificateDer::pem_file_iter(&files.cert)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| TlsError::Certificate(files.cert.clone(), error))?;
    let key =
        PrivateKeyDer::from_pem_file(&files.key).map_err(|error| TlsError::Key(files.key.clone(), error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
