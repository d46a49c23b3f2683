use super::*;
use std::net::IpAddr;

#[test]
fn private_networks_are_known_in_all_their_forms() {
    let private = [
        "127.0.0.1",
        "127.8.8.8",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "0.0.0.0",
        "0.1.2.3",
        "192.0.0.8",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::192.168.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "2001::1",
        "3fff::1",
    ];
    for address in private {
        assert!(!is_public(address.parse::<IpAddr>().expect("an address")), "{address}");
    }
    for address in
        ["1.1.1.1", "8.8.8.8", "100.63.0.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8"]
    {
        assert!(is_public(address.parse::<IpAddr>().expect("an address")), "{address}");
    }
}

#[tokio::test]
async fn addresses_are_refused_by_number_and_by_name() {
    let fetcher = Fetcher::new(false).expect("a client");
    let private = [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest",
    ];
    for url in private {
        assert!(matches!(fetcher.check(url), Err(FetchError::Private)), "{url}");
    }
    for url in ["ftp://example.org/", "file:///etc/passwd", "javascript:1", "data:,x", "//x", "", "http://"] {
        assert!(matches!(fetcher.check(url), Err(FetchError::NotHttp)), "{url}");
    }
    let cost = Cost { bytes: 10, time: Duration::from_secs(5) };
    let named = fetcher.check("http://localhost:9/").expect("a name is no number");
    assert!(matches!(fetcher.text(&named, None, cost).await, Err(FetchError::Private)));
    assert!(matches!(fetcher.post(&named, String::new(), cost.time).await, Err(FetchError::Private)));
}
