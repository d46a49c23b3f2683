//! VP8 in RTP (RFC 7741).

use bytes::{BufMut, Bytes, BytesMut};

/// Extended descriptor with a 15-bit picture number.
const DESCRIPTOR: usize = 4;

/// The RTP payloads of one frame, each at most `limit` bytes.
pub(crate) fn packetize(frame: &Bytes, picture: u16, limit: usize) -> Vec<Bytes> {
    let room = limit.saturating_sub(DESCRIPTOR).max(1);
    let pieces = frame.len().div_ceil(room).max(1);
    let size = frame.len().div_ceil(pieces).max(1);
    let mut out = Vec::with_capacity(pieces);
    let mut at = 0;
    while at < frame.len() {
        let end = (at + size).min(frame.len());
        let mut payload = BytesMut::with_capacity(end - at + DESCRIPTOR);
        payload.put_u8(if at == 0 { 0x90 } else { 0x80 });
        payload.put_u8(0x80);
        payload.put_u16(0x8000 | (picture & 0x7fff));
        payload.put_slice(&frame.slice(at..end));
        out.push(payload.freeze());
        at = end;
    }
    out
}

struct Descriptor<'a> {
    start: bool,
    partition: u8,
    body: &'a [u8],
}

fn read(payload: &[u8]) -> Option<Descriptor<'_>> {
    let (first, mut rest) = payload.split_first()?;
    if first & 0x80 != 0 {
        let (flags, tail) = rest.split_first()?;
        rest = tail;
        if flags & 0x80 != 0 {
            let long = rest.first()? & 0x80 != 0;
            rest = rest.get(if long { 2 } else { 1 }..)?;
        }
        if flags & 0x40 != 0 {
            rest = rest.get(1..)?;
        }
        if flags & 0x30 != 0 {
            rest = rest.get(1..)?;
        }
    }
    Some(Descriptor { start: first & 0x10 != 0, partition: first & 0x07, body: rest })
}

#[derive(Debug, Default)]
pub(crate) struct Assembly {
    data: BytesMut,
    key: bool,
}

impl Assembly {
    /// false: the payload does not fit to what came before.
    pub(crate) fn add(&mut self, payload: &[u8]) -> bool {
        let Some(descriptor) = read(payload) else { return false };
        let begins = descriptor.start && descriptor.partition == 0;
        if begins != self.data.is_empty() {
            return false;
        }
        if begins {
            self.key = descriptor.body.first().is_some_and(|b| b & 1 == 0);
        }
        self.data.put_slice(descriptor.body);
        true
    }

    pub(crate) fn finish(self) -> Option<(Bytes, bool)> {
        (!self.data.is_empty()).then(|| (self.data.freeze(), self.key))
    }

    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }
}

pub(crate) fn starts_picture(payload: &[u8]) -> bool {
    read(payload).is_some_and(|d| d.start && d.partition == 0)
}

#[cfg(test)]
mod tests {
    use super::{Assembly, packetize, starts_picture};
    use bytes::Bytes;

    #[test]
    fn a_frame_survives_the_way_through_packets() {
        let frame: Bytes = (0..5000u32).map(|i| (i % 251) as u8).collect();
        let packets = packetize(&frame, 77, 1100);
        assert!(packets.iter().all(|p| p.len() <= 1100));
        assert!(starts_picture(&packets[0]) && !starts_picture(&packets[1]));
        let mut assembly = Assembly::default();
        assert!(packets.iter().all(|p| assembly.add(p)));
        assert_eq!(assembly.finish(), Some((frame, true)));
    }

    #[test]
    fn the_first_bit_of_a_frame_tells_key_frames() {
        for (first, key) in [(0x10u8, true), (0x11, false)] {
            let mut assembly = Assembly::default();
            assert!(
                packetize(&Bytes::copy_from_slice(&[first, 2, 3]), 1, 100).iter().all(|p| assembly.add(p))
            );
            assert_eq!(assembly.finish().map(|(_, key)| key), Some(key));
        }
    }

    #[test]
    fn descriptors_of_every_shape_are_read() {
        // RFC 7741 4.2: X, then I (one or two bytes), L, T and K.
        let shapes: [&[u8]; 6] = [
            &[0x10],
            &[0x90, 0x80, 0x11],
            &[0x90, 0x80, 0x91, 0x22],
            &[0x90, 0x40, 0x11],
            &[0x90, 0x20, 0x40],
            &[0xb0, 0xf0, 0x91, 0x22, 0x07, 0x60],
        ];
        for shape in shapes {
            let mut payload = shape.to_vec();
            payload.extend_from_slice(&[0x00, 0xaa, 0xbb]);
            assert!(starts_picture(&payload), "{shape:x?}");
            let mut assembly = Assembly::default();
            assert!(assembly.add(&payload));
            assert_eq!(
                assembly.finish(),
                Some((Bytes::from_static(&[0x00, 0xaa, 0xbb]), true)),
                "{shape:x?}"
            );
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic() {
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..20_000 {
            let payload: Vec<u8> = (0..random.usize(0..30)).map(|_| random.u8(..)).collect();
            let mut assembly = Assembly::default();
            assembly.add(&payload);
            assembly.add(&payload);
            starts_picture(&payload);
            packetize(&Bytes::from(payload), random.u16(..), random.usize(0..20));
        }
    }

    #[test]
    fn a_second_partition_does_not_begin_a_frame() {
        let mut assembly = Assembly::default();
        assert!(!assembly.add(&[0x01, 1, 2, 3]));
        assert!(!assembly.add(&[0x80]));
        assert!(!assembly.add(&[]));
    }
}
