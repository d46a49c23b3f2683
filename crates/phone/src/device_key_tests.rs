use super::*;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

/// Header and payload of a proof, after its signature was checked with the key in its own header.
fn opened(proof: &Secret) -> (Value, Value) {
    let parts: Vec<&str> = proof.expose().split('.').collect();
    let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    let (header, payload) = (json(parts[0]), json(parts[1]));
    let number = |name: &str| URL_SAFE_NO_PAD.decode(header["jwk"][name].as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents { n: number("n"), e: number("e") };
    let signed = format!("{}.{}", parts[0], parts[1]);
    let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).expect("a good signature");
    (header, payload)
}

#[tokio::test]
async fn one_key_is_made_kept_and_found_again() {
    let store = Arc::new(MemoryKeys::default());
    let keys = DeviceKeys::new(store.clone());
    assert!(keys.existing().await.is_none(), "no key is made before somebody needs it");
    let (a, b) = tokio::join!(keys.own(), keys.own());
    let (a, b) = (a.unwrap(), b.unwrap());
    assert!(Arc::ptr_eq(&a, &b), "one key, however many ask at a time");
    let later = DeviceKeys::new(store).existing().await.unwrap();
    assert_eq!((later.fingerprint(), later.fingerprint().len()), (a.fingerprint(), 43));
    assert!(!format!("{a:?}{keys:?}").contains(&a.modulus));

    let token = Secret::new("a.b.c.d.e");
    let (header, rpc) = opened(&a.for_rpc("signalwire.connect", 17).unwrap());
    assert_eq!((header["typ"].as_str(), header["alg"].as_str()), (Some("dpop+jwt"), Some("RS256")));
    let same = |keys: &[&str], of: &Value| {
        let mut found: Vec<_> = of.as_object().unwrap().keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(found, keys);
    };
    same(&["iat", "jti", "mth", "rpc"], &rpc);
    assert_eq!((rpc["mth"].as_str(), rpc["iat"].as_u64()), (Some("signalwire.connect"), Some(17)));
    let path = "/api/fabric/subscriber/devices/token";
    let (_, first) = opened(&a.for_post(path, None, 18).unwrap());
    same(&["htm", "htu", "iat", "jti"], &first);
    assert_eq!(first["htu"].as_str(), Some(path), "the path only");
    let (_, next) = opened(&a.for_post(path, Some(&token), 19).unwrap());
    // printf %s a.b.c.d.e | openssl dgst -sha256 -binary | base64url
    assert_eq!(next["ath"].as_str().map(str::len), Some(43));
    assert_ne!(first["jti"], next["jti"], "no proof is like another");
}

#[tokio::test]
async fn a_damaged_key_is_replaced() {
    let store = Arc::new(MemoryKeys::default());
    store.keep(&Secret::new("nonsense")).await.unwrap();
    let keys = DeviceKeys::new(store.clone());
    assert!(keys.existing().await.is_none());
    let key = keys.own().await.unwrap();
    let again = DeviceKeys::new(store).own().await.unwrap();
    assert_eq!(key.fingerprint(), again.fingerprint());
}
