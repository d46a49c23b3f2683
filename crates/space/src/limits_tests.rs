use super::*;

const RATE: Rate = Rate { burst: 3, per_second: 2.0 };

#[test]
fn a_bucket_gives_its_burst_and_then_its_rate() {
    let start = Instant::now();
    let mut bucket = Bucket::new(RATE, start);
    assert_eq!((0..5).filter(|_| bucket.take(start).is_ok()).count(), 3);
    assert_eq!(bucket.take(start), Err(Duration::from_millis(500)));
    assert!(bucket.take(start + Duration::from_millis(500)).is_ok());
    assert!(!bucket.has(start + Duration::from_millis(900)));
    assert!(bucket.has(start + Duration::from_secs(1)));
}

#[test]
fn addresses_do_not_pay_for_each_other_and_the_table_stays_small() {
    let now = Instant::now();
    let mut buckets = Buckets::new(RATE);
    for number in 0..100_000_u32 {
        assert!(buckets.take(&IpAddr::from(number.to_be_bytes()), now).is_ok());
    }
    assert!(buckets.buckets.len() <= MOST);
}

#[test]
fn an_ipv6_household_is_one() {
    let [a, b, c]: [IpAddr; 3] =
        ["2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"].map(|a| a.parse().expect("an address"));
    assert_eq!(household(a), household(b));
    assert_ne!(household(a), household(c));
    let mapped: IpAddr = "::ffff:192.0.2.1".parse().expect("an address");
    assert_eq!(household(mapped), IpAddr::from([192, 0, 2, 1]));
}
