use super::*;

#[test]
fn what_is_too_large_is_refused_by_name() {
    let long = format!("\"{}\"", "x".repeat(MAX_MESSAGE_BYTES));
    assert!(matches!(read(&long), Err(WireError::TooLong { .. })));
    let string = format!("\"{}\"", "x".repeat(MAX_STRING_BYTES + 1));
    assert!(matches!(read(&string), Err(WireError::StringTooLong { .. })));
    let list = format!("[{}0]", "0,".repeat(MAX_LIST));
    assert!(matches!(read(&list), Err(WireError::TooMany { entries }) if entries == MAX_LIST + 1));
    let deep = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    assert!(read(&deep(MAX_DEPTH)).is_ok());
    assert_eq!(read(&deep(MAX_DEPTH + 2)), Err(WireError::TooDeep));
    // Deeper than the reader's own limit, as deep as a message can be.
    assert!(matches!(read(&"[".repeat(MAX_MESSAGE_BYTES)), Err(WireError::NotJson(_))));
}
