//! What keeps us from a space: known before anybody is asked, or found out by asking.

use crate::account::SpaceAccount;
use crate::rest::Rest;
use crate::socket::SocketError;
use ahoy_model::{Problem, ProblemCode};
use ahoy_signaling::OpenFailure;

/// What can be known to be wrong without asking anybody.
pub(super) fn check(account: &SpaceAccount) -> Result<Rest, Problem> {
    let host = account.shown_name();
    if !account.url.starts_with("ws://") && !account.url.starts_with("wss://") {
        return Err(Problem::new(ProblemCode::SpaceUnreachable).about(host).because(SocketError::BadUrl));
    }
    ahoy_wire::sat::Header::of(&account.token)
        .map_err(|error| Problem::new(ProblemCode::TokenMalformed).because(error))?;
    // Without TLS there is no certificate to compare with the pinned one.
    if account.pin.is_some()
        && !(account.url.starts_with("wss://") && account.rest_url.starts_with("https://"))
    {
        return Err(Problem::new(ProblemCode::SpaceUntrusted).about(host));
    }
    Rest::new(&account.rest_url, account.token.clone(), account.pin)
        .map_err(|error| error.problem().about(host))
}

/// Why a socket did not open; `None` for one that was open.
pub(super) fn failure(error: &SocketError) -> Option<OpenFailure> {
    match error {
        SocketError::OtherCertificate(_) => Some(OpenFailure::CertificateChanged),
        SocketError::Untrusted(_) => Some(OpenFailure::Untrusted),
        SocketError::Refused(_) | SocketError::BadUrl => Some(OpenFailure::NotASpace),
        SocketError::Unreachable(_) | SocketError::Timeout => Some(OpenFailure::Unreachable),
        SocketError::Lost(_) => None,
    }
}
