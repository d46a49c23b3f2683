//! How large a message may be. What is larger is refused before anything is made of it.

use crate::WireError;
use serde_json::Value;

/// A whole message, bytes of UTF-8. The largest real ones (an authorization state after a call, an SDP) are under 40 kB.
pub const MAX_MESSAGE_BYTES: usize = 1 << 20;
/// Objects and lists inside each other. A reply to an invite is five deep.
pub const MAX_DEPTH: usize = 32;
/// Entries of one list or object.
pub const MAX_LIST: usize = 1_000;
/// One string, bytes.
pub const MAX_STRING_BYTES: usize = 256 * 1024;

/// Reads text into a JSON value that keeps all limits.
pub(crate) fn read(text: &str) -> Result<Value, WireError> {
    if text.len() > MAX_MESSAGE_BYTES {
        return Err(WireError::TooLong { bytes: text.len() });
    }
    // The reader itself refuses more than 128 levels, so the walk below cannot run out of stack.
    let value =
        serde_json::from_str(text).map_err(|error| WireError::NotJson(crate::json::reason(&error)))?;
    check(&value, 0)?;
    Ok(value)
}

fn check(value: &Value, depth: usize) -> Result<(), WireError> {
    if depth > MAX_DEPTH {
        return Err(WireError::TooDeep);
    }
    match value {
        Value::String(text) if text.len() > MAX_STRING_BYTES => {
            Err(WireError::StringTooLong { bytes: text.len() })
        }
        Value::Array(items) if items.len() > MAX_LIST => Err(WireError::TooMany { entries: items.len() }),
        Value::Object(fields) if fields.len() > MAX_LIST => Err(WireError::TooMany { entries: fields.len() }),
        Value::Array(items) => items.iter().try_for_each(|item| check(item, depth + 1)),
        Value::Object(fields) => fields.values().try_for_each(|field| check(field, depth + 1)),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
