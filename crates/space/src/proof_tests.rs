use super::*;
use prover::Prover;
use serde_json::json;

#[path = "../tests/space/prover.rs"]
#[allow(dead_code, reason = "the other tests use the rest")]
mod prover;

const NOW: u64 = 1_795_230_708;
const CONNECT: Purpose<'static> = Purpose::Rpc("signalwire.connect");

fn take(proofs: &Proofs, proof: &str, purpose: Purpose<'_>, key: Option<&str>) -> Result<String, ProofError> {
    proofs.take(Some(&Secret::new(proof)), purpose, key, NOW)
}

#[test]
fn a_proof_of_the_right_key_is_taken_once() {
    let (alice, proofs) = (Prover::alice(), Proofs::default());
    let print = alice.thumbprint();
    assert_eq!(print.len(), THUMBPRINT);
    let proof = alice.rpc("signalwire.connect", NOW);
    assert_eq!(take(&proofs, &proof, CONNECT, Some(&print)), Ok(print.clone()));
    assert_eq!(take(&proofs, &proof, CONNECT, Some(&print)), Err(ProofError::Replayed));
    assert_eq!(take(&proofs, &alice.rpc("signalwire.connect", NOW), CONNECT, None), Ok(print));
    assert_eq!(proofs.take(None, CONNECT, None, NOW), Err(ProofError::Missing));
}

#[test]
fn the_thumbprint_is_the_one_of_rfc_7638() {
    let jwk = Jwk {
        kty: "RSA".into(),
        n: "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw".into(),
        e: "AQAB".into(),
        d: None,
    };
    assert_eq!(jwk.thumbprint().as_deref(), Ok("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
}

#[test]
fn another_key_another_purpose_and_another_time_are_refused() {
    let (alice, mallory, proofs) = (Prover::alice(), Prover::mallory(), Proofs::default());
    let print = alice.thumbprint();
    let refused = |proof: &str, purpose| take(&proofs, proof, purpose, Some(&print));
    let stolen = mallory.rpc("signalwire.connect", NOW);
    assert_eq!(refused(&stolen, CONNECT), Err(ProofError::WrongKey));
    let other = alice.rpc("signalwire.reauthenticate", NOW);
    assert_eq!(refused(&other, CONNECT), Err(ProofError::Elsewhere));
    let http = alice.http("/api/fabric/subscriber/devices/token", None, NOW);
    assert_eq!(refused(&http, CONNECT), Err(ProofError::Elsewhere));
    assert_eq!(
        refused(&http, Purpose::Post("/api/fabric/subscriber/devices/refresh")),
        Err(ProofError::Elsewhere)
    );
    for iat in [NOW - WINDOW - 1, NOW + WINDOW + 1, 0, u64::MAX] {
        assert_eq!(refused(&alice.rpc("signalwire.connect", iat), CONNECT), Err(ProofError::Stale));
    }
    for iat in [NOW - WINDOW, NOW + WINDOW] {
        assert!(refused(&alice.rpc("signalwire.connect", iat), CONNECT).is_ok());
    }
}

#[test]
fn a_refresh_has_to_name_the_token_it_replaces() {
    let (alice, proofs) = (Prover::alice(), Proofs::default());
    let (path, token) = ("/api/fabric/subscriber/devices/refresh", Secret::new("current"));
    let purpose = Purpose::PostWith(path, &token);
    for (named, outcome) in [
        (None, Err(ProofError::Elsewhere)),
        (Some("another"), Err(ProofError::Elsewhere)),
        (Some("current"), Ok(())),
    ] {
        assert_eq!(take(&proofs, &alice.http(path, named, NOW), purpose, None).map(drop), outcome);
    }
}

#[test]
fn nothing_of_a_proof_can_be_changed() {
    let (alice, mallory, proofs) = (Prover::alice(), Prover::mallory(), Proofs::default());
    let proof = alice.rpc("signalwire.connect", NOW);
    for at in (0..proof.len()).step_by(7) {
        let mut bytes = proof.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(bytes).expect("ASCII");
        assert!(take(&proofs, &forged, CONNECT, Some(&alice.thumbprint())).is_err(), "changed at {at}");
    }
    // Mallory signs with her key and shows Alice's.
    let payload = json!({ "jti": "x", "rpc": "request", "mth": "signalwire.connect", "iat": NOW });
    let header = json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": alice.jwk() });
    let forged = mallory.sign_with(&header, &payload);
    assert_eq!(take(&proofs, &forged, CONNECT, Some(&alice.thumbprint())), Err(ProofError::Forged));
}

#[test]
fn other_algorithms_keys_and_junk_are_no_proofs() {
    let (alice, proofs) = (Prover::alice(), Proofs::default());
    let good = json!({ "jti": "x", "rpc": "request", "mth": "signalwire.connect", "iat": NOW });
    let mut with_private = alice.jwk();
    with_private["d"] = json!("AQAB");
    for header in [
        json!({ "typ": "dpop+jwt", "alg": "none", "jwk": alice.jwk() }),
        json!({ "typ": "dpop+jwt", "alg": "HS256", "jwk": alice.jwk() }),
        json!({ "typ": "JWT", "alg": "RS256", "jwk": alice.jwk() }),
        json!({ "typ": "dpop+jwt", "alg": "RS256" }),
        json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": { "kty": "EC", "n": "AQAB", "e": "AQAB" } }),
        json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": { "kty": "RSA", "n": "\"}", "e": "AQAB" } }),
        json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": with_private }),
    ] {
        let proof = alice.sign_with(&header, &good);
        assert_eq!(take(&proofs, &proof, CONNECT, None), Err(ProofError::Malformed), "{header}");
    }
    let short =
        json!({ "typ": "dpop+jwt", "alg": "RS256", "jwk": { "kty": "RSA", "n": "AQAB", "e": "AQAB" } });
    assert_eq!(take(&proofs, &alice.sign_with(&short, &good), CONNECT, None), Err(ProofError::Forged));
    for junk in ["", ".", "..", "a.b.c", "e30.e30.e30", "ü.ü.ü", &"x".repeat(1 << 20)] {
        assert_eq!(take(&proofs, junk, CONNECT, None), Err(ProofError::Malformed));
    }
    for jti in [String::new(), "x".repeat(LONGEST_JTI + 1)] {
        let payload = json!({ "jti": jti, "rpc": "request", "mth": "signalwire.connect", "iat": NOW });
        assert_eq!(take(&proofs, &alice.sign(&payload), CONNECT, None), Err(ProofError::Malformed));
    }
}
