//! As much of a VP8 frame's header (RFC 6386 9.1) as is needed to know what comes before it is decoded.

/// Whether the frame can be decoded without what came before.
pub fn is_key_frame(frame: &[u8]) -> bool {
    frame.first().is_some_and(|tag| tag & 1 == 0)
}

/// The size that a key frame announces. `None`: not a key frame, or its header is damaged.
pub fn picture_size(frame: &[u8]) -> Option<(u32, u32)> {
    let [tag, _, _, 0x9d, 0x01, 0x2a, w_low, w_high, h_low, h_high, ..] = frame else { return None };
    // The two highest bits ask for scaling when shown, which calls do not use.
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
    let (width, height) = (side(*w_low, *w_high), side(*h_low, *h_high));
    (tag & 1 == 0 && width > 0 && height > 0).then_some((width, height))
}
