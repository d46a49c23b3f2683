use super::*;

const KEY: &[u8] = b"VOkJxbRl1RmTxUk/WvJxBt";

/// The sample request of RFC 5769 2.1, which others wrote.
const SAMPLE: [u8; 108] = [
    0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa,
    0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73, 0x74, 0x20,
    0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff, 0x80, 0x29, 0x00,
    0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09, 0x65, 0x76, 0x74, 0x6a,
    0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14, 0x9a, 0xea, 0xa7, 0x0c, 0xbf,
    0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49, 0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28,
    0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
];

#[test]
fn the_published_sample_is_read_and_its_integrity_holds() {
    let message = Message::parse(&SAMPLE).unwrap();
    assert_eq!((message.method, message.class), (Method::Binding, Class::Request));
    assert_eq!(message.text(attribute::USERNAME), Some("evtj:h6vY"));
    assert!(message.proves(KEY));
    assert!(!message.proves(b"another key"));
    assert_eq!(message.unknown(), [0x24], "PRIORITY belongs to ICE, a TURN server need not know it");
    let (body, sum) = SAMPLE.split_at(SAMPLE.len() - 8);
    assert_eq!(crc32(body) ^ FINGERPRINT_MASK, u32::from_be_bytes(sum[4..].try_into().unwrap()));
}

#[test]
fn what_is_written_is_read_back() {
    let addresses: [SocketAddr; 2] = ["192.0.2.1:32853".parse().unwrap(), "[2001:db8::1]:9".parse().unwrap()];
    for address in addresses {
        for class in [Class::Request, Class::Indication, Class::Success, Class::Error] {
            let bytes = Writer::new(Method::ChannelBind, class, [7; 12])
                .put(attribute::USERNAME, b"abcde")
                .put_address(attribute::XOR_PEER_ADDRESS, address)
                .put_error(438, "Stale Nonce")
                .sign(KEY);
            let message = Message::parse(&bytes).unwrap();
            assert_eq!((message.method, message.class), (Method::ChannelBind, class));
            assert_eq!(message.address(attribute::XOR_PEER_ADDRESS), Some(address));
            assert_eq!(message.get(attribute::ERROR_CODE).unwrap()[..4], [0, 0, 4, 38]);
            assert!(message.proves(KEY));
        }
    }
}

#[test]
fn a_changed_byte_breaks_the_proof() {
    let bytes =
        Writer::new(Method::Allocate, Class::Request, [1; 12]).put(attribute::USERNAME, b"1:me").sign(KEY);
    let end = bytes.len() - 8;
    for at in 0..end {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        assert!(!Message::parse(&changed).is_some_and(|message| message.proves(KEY)), "byte {at}");
    }
}

#[test]
fn what_follows_the_proof_does_not_count() {
    let signed = Writer::new(Method::Allocate, Class::Request, [1; 12]).sign(KEY);
    let mut writer = Writer { bytes: signed, transaction: [1; 12] };
    writer = writer.put(attribute::USERNAME, b"someone else");
    assert_eq!(Message::parse(&writer.bytes).unwrap().text(attribute::USERNAME), None);
}

#[test]
fn random_and_cut_bytes_never_panic() {
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..20_000 {
        let mut bytes = SAMPLE.to_vec();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        bytes.truncate(random.usize(..=bytes.len()));
        if let Some(message) = Message::parse(&bytes) {
            let _ = (message.proves(KEY), message.unknown(), message.addresses(attribute::USERNAME));
        }
        let _ = (parse_channel_data(&bytes), next_length(&bytes));
    }
}

#[test]
fn streams_are_cut_into_messages() {
    assert_eq!(next_length(&[0x00, 0x01, 0x00]), Ok(None));
    assert_eq!(next_length(&SAMPLE), Ok(Some(SAMPLE.len())));
    let data = channel_data(0x4001, b"hello").unwrap();
    assert_eq!(next_length(&data), Ok(Some(12)));
    assert_eq!(parse_channel_data(&data), Some((0x4001, &b"hello"[..])));
    assert_eq!(
        next_length(&[0x16, 0x03, 0x01, 0x02]),
        Ok(Some(HEADER + 0x102)),
        "looks like STUN until its cookie is read"
    );
    assert_eq!(next_length(&[0x80, 0, 0, 0]), Err(NotTurn));
}
