//! TLS with spaces whose certificate nobody vouches for: the one that was seen first counts, and no other.

use ahoy_model::Fingerprint;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use sha2::{Digest, Sha256};
use std::error::Error as StdError;
use std::sync::{Arc, OnceLock};

/// Another certificate than the pinned one.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the certificate is {seen:?}, not the one that was pinned")]
pub(crate) struct PinMismatch {
    seen: Fingerprint,
}

/// What is thought of the far side's certificate. Its signature over the handshake is checked in any case: whoever shows a
/// certificate must have its key.
#[derive(Debug)]
enum Opinion {
    /// Only this one.
    Pinned(Fingerprint),
    /// Any; it is written down, and nothing is sent.
    Curious(OnceLock<Fingerprint>),
}

#[derive(Debug)]
struct Verifier {
    opinion: Opinion,
    provider: Arc<CryptoProvider>,
}

/// Trusts the certificate with this fingerprint and none besides. Names and dates in it mean nothing: addresses change.
pub(crate) fn pinned(pin: Fingerprint) -> Result<ClientConfig, Error> {
    Ok(config(Opinion::Pinned(pin))?.0)
}

/// What a first look at a space finds.
pub(crate) struct FirstLook(Arc<Verifier>);

impl FirstLook {
    /// For one handshake after which nothing is sent.
    pub(crate) fn prepare() -> Result<(ClientConfig, Self), Error> {
        let (config, verifier) = config(Opinion::Curious(OnceLock::new()))?;
        Ok((config, Self(verifier)))
    }

    /// The certificate of which the far side has shown that it has the key, once the handshake is over.
    pub(crate) fn seen(&self) -> Option<Fingerprint> {
        match &self.0.opinion {
            Opinion::Curious(seen) => seen.get().copied(),
            Opinion::Pinned(pin) => Some(*pin),
        }
    }
}

fn config(opinion: Opinion) -> Result<(ClientConfig, Arc<Verifier>), Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(Verifier { opinion, provider: Arc::clone(&provider) });
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier) as _)
        .with_no_client_auth();
    // The session tickets of one connection would let the next one go without showing a certificate.
    config.resumption = rustls::client::Resumption::disabled();
    Ok((config, verifier))
}

/// Whether somewhere below an error there is a certificate that is not the pinned one.
pub(crate) fn is_mismatch(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(cause) = next {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let tls =
            cause.downcast_ref::<Error>().or_else(|| inner.and_then(|inner| inner.downcast_ref::<Error>()));
        if let Some(Error::InvalidCertificate(CertificateError::Other(OtherError(why)))) = tls {
            return why.is::<PinMismatch>();
        }
        next = match inner {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    false
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let seen = Fingerprint::new(Sha256::digest(end_entity).into());
        match &self.opinion {
            Opinion::Pinned(pin) if *pin != seen => {
                let why = OtherError(Arc::new(PinMismatch { seen }));
                Err(Error::InvalidCertificate(CertificateError::Other(why)))
            }
            Opinion::Pinned(_) => Ok(ServerCertVerified::assertion()),
            Opinion::Curious(written) => {
                let _ = written.set(seen);
                Ok(ServerCertVerified::assertion())
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[path = "pin_tests.rs"]
mod tests;
