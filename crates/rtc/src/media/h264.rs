//! H.264 in RTP (RFC 6184), packetization mode 1: single NAL units, STAP-A for parameter sets, FU-A for what is large.

use bytes::{BufMut, Bytes, BytesMut};

const STAP_A: u8 = 24;
const FU_A: u8 = 28;
const IDR: u8 = 5;
const SEI: u8 = 6;
const SPS: u8 = 7;
const PPS: u8 = 8;
const DELIMITER: u8 = 9;
const START: [u8; 4] = [0, 0, 0, 1];

fn kind(byte: u8) -> u8 {
    byte & 0x1f
}

/// The NAL units of an access unit with Annex B start codes.
fn units(data: &Bytes) -> Vec<Bytes> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut i = 0;
    while let Some(window) = data.get(i..i + 3) {
        match window {
            [0, 0, 1] => {
                starts.push((i, i + 3));
                i += 3;
            }
            [_, _, third] if *third > 1 => i += 3,
            _ => i += 1,
        }
    }
    let mut out = Vec::with_capacity(starts.len());
    for (n, (_, begin)) in starts.iter().enumerate() {
        let end = starts.get(n + 1).map_or(data.len(), |(next, _)| *next);
        let Some(unit) = data.get(*begin..end) else { continue };
        // Zeros before the next start code belong to nobody.
        let length = unit.iter().rposition(|b| *b != 0).map_or(0, |p| p + 1);
        if length > 0 {
            out.push(data.slice(*begin..*begin + length));
        }
    }
    out
}

/// The RTP payloads of one access unit, each at most `limit` bytes.
pub(crate) fn packetize(frame: &Bytes, limit: usize) -> Vec<Bytes> {
    let mut out = Vec::new();
    let mut small: Vec<Bytes> = Vec::new();
    let mut small_size = 1;
    for unit in units(frame) {
        let Some(header) = unit.first().copied() else { continue };
        match kind(header) {
            DELIMITER => continue,
            SPS | PPS | SEI if small_size + 2 + unit.len() <= limit => {
                small_size += 2 + unit.len();
                small.push(unit);
                continue;
            }
            _ => {}
        }
        flush(&mut small, &mut small_size, &mut out);
        if unit.len() <= limit {
            out.push(unit);
        } else {
            fragment(&unit, header, limit, &mut out);
        }
    }
    flush(&mut small, &mut small_size, &mut out);
    out
}

fn flush(small: &mut Vec<Bytes>, size: &mut usize, out: &mut Vec<Bytes>) {
    if let [one] = small.as_slice() {
        out.push(one.clone());
    } else if !small.is_empty() {
        let importance = small.iter().filter_map(|u| u.first()).map(|h| h & 0x60).max().unwrap_or(0);
        let mut payload = BytesMut::with_capacity(*size);
        payload.put_u8(importance | STAP_A);
        for unit in small.iter() {
            payload.put_u16(unit.len() as u16);
            payload.put_slice(unit);
        }
        out.push(payload.freeze());
    }
    small.clear();
    *size = 1;
}

fn fragment(unit: &Bytes, header: u8, limit: usize, out: &mut Vec<Bytes>) {
    let body = unit.slice(1..);
    let room = limit.saturating_sub(2).max(1);
    // Pieces of equal size leave no tiny last packet.
    let pieces = body.len().div_ceil(room).max(1);
    let size = body.len().div_ceil(pieces).max(1);
    let mut at = 0;
    while at < body.len() {
        let end = (at + size).min(body.len());
        let mut payload = BytesMut::with_capacity(end - at + 2);
        payload.put_u8((header & 0xe0) | FU_A);
        let first = if at == 0 { 0x80 } else { 0 };
        let last = if end == body.len() { 0x40 } else { 0 };
        payload.put_u8(first | last | kind(header));
        payload.put_slice(&body.slice(at..end));
        out.push(payload.freeze());
        at = end;
    }
}

/// Puts one access unit together again.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    data: BytesMut,
    key: bool,
    in_fragment: bool,
}

impl Assembly {
    /// false: the payload does not fit to what came before.
    pub(crate) fn add(&mut self, payload: &[u8]) -> bool {
        let Some((header, rest)) = payload.split_first() else { return true };
        if kind(*header) != FU_A && self.in_fragment {
            return false;
        }
        match kind(*header) {
            1..=23 => self.unit(payload),
            STAP_A => {
                let mut rest = rest;
                while let [high, low, tail @ ..] = rest {
                    let length = usize::from(u16::from_be_bytes([*high, *low]));
                    let Some((unit, tail)) = tail.split_at_checked(length) else { return false };
                    self.unit(unit);
                    rest = tail;
                }
            }
            FU_A => {
                let Some((mark, body)) = rest.split_first() else { return false };
                let first = mark & 0x80 != 0;
                if first == self.in_fragment {
                    return false;
                }
                if first {
                    self.begin(kind(*mark));
                    self.data.put_u8((header & 0xe0) | kind(*mark));
                }
                self.data.put_slice(body);
                self.in_fragment = mark & 0x40 == 0;
            }
            // Other aggregations belong to mode 2, which nobody agrees on with us.
            _ => return false,
        }
        true
    }

    fn unit(&mut self, unit: &[u8]) {
        if let Some(header) = unit.first() {
            self.begin(kind(*header));
            self.data.put_slice(unit);
        }
    }

    fn begin(&mut self, kind: u8) {
        self.key |= kind == IDR;
        self.data.put_slice(&START);
    }

    /// The access unit and whether it is a key frame; `None` when a fragment is open or nothing came.
    pub(crate) fn finish(self) -> Option<(Bytes, bool)> {
        (!self.in_fragment && !self.data.is_empty()).then(|| (self.data.freeze(), self.key))
    }

    pub(crate) fn len(&self) -> usize {
        self.data.len()
    }
}

/// Surely the first packet of an access unit: parameter sets, or the first slice of a picture that is not a key frame (a key frame's parameter sets
/// come before it).
pub(crate) fn starts_picture(payload: &[u8]) -> bool {
    // first_mb_in_slice is an Exp-Golomb number: a leading 1 bit is zero.
    let first_slice = |kind: u8, byte: Option<&u8>| kind == 1 && byte.is_some_and(|b| b & 0x80 != 0);
    match payload {
        [header, mark, rest @ ..] if kind(*header) == FU_A => {
            mark & 0x80 != 0 && first_slice(kind(*mark), rest.first())
        }
        [header, _, _, inner, ..] if kind(*header) == STAP_A => matches!(kind(*inner), SPS | DELIMITER | SEI),
        [header, ..] if matches!(kind(*header), SPS | DELIMITER) => true,
        [header, rest @ ..] => first_slice(kind(*header), rest.first()),
        [] => false,
    }
}

#[cfg(test)]
#[path = "h264_tests.rs"]
mod tests;
