use super::{Assembly, packetize, starts_picture, units};
use bytes::Bytes;

fn access_unit(parts: &[&[u8]]) -> Bytes {
    let mut out = Vec::new();
    for part in parts {
        out.extend_from_slice(&[0, 0, 0, 1]);
        out.extend_from_slice(part);
    }
    Bytes::from(out)
}

fn big(header: u8, size: usize) -> Vec<u8> {
    let mut out = vec![header];
    out.extend((0..size).map(|i| (i % 253) as u8 | 0x80));
    out
}

#[test]
fn a_key_frame_survives_the_way_through_packets() {
    let slice = big(0x65, 9000);
    let frame = access_unit(&[&[0x67, 66, 0xe0, 31], &[0x68, 1, 2], &slice]);
    let packets = packetize(&frame, 1160);
    assert!(packets.iter().all(|p| p.len() <= 1160));
    assert_eq!(packets[0][0] & 0x1f, 24, "parameter sets travel together");
    assert!(starts_picture(&packets[0]));
    assert!(packets[1..].iter().all(|p| !starts_picture(p)));
    let mut assembly = Assembly::default();
    assert!(packets.iter().all(|p| assembly.add(p)));
    assert_eq!(assembly.finish(), Some((frame, true)));
}

#[test]
fn both_start_codes_and_stray_zeros_are_understood() {
    let data =
        Bytes::from_static(&[0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, 0x41, 0x9a, 7, 0, 0, 0, 0, 1, 0x41, 0x1a, 8]);
    assert_eq!(units(&data).len(), 3);
    let packets = packetize(&data, 1000);
    assert_eq!(packets.len(), 2, "the delimiter stays at home");
    assert!(starts_picture(&packets[0]) && !starts_picture(&packets[1]));
}

#[test]
fn a_hole_in_a_fragment_is_noticed() {
    let frame = access_unit(&[&big(0x41, 5000)]);
    let packets = packetize(&frame, 1000);
    let mut assembly = Assembly::default();
    assert!(!assembly.add(&packets[1]), "a middle without a beginning");
    let mut assembly = Assembly::default();
    assert!(assembly.add(&packets[0]));
    assert!(assembly.finish().is_none(), "a beginning without an end");
}

#[test]
fn arbitrary_bytes_do_not_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..20_000 {
        let payload: Vec<u8> = (0..random.usize(0..40)).map(|_| random.u8(..)).collect();
        let mut assembly = Assembly::default();
        assembly.add(&payload);
        assembly.add(&payload);
        starts_picture(&payload);
        packetize(&Bytes::from(payload), 20);
    }
}
