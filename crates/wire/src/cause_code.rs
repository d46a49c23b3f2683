//! Hang-up codes: servers send numbers, clients send text (9.3). Both are read everywhere.

use serde::{Deserialize, Deserializer, Serializer};
use serde_json::Value;

pub(crate) fn from_value(value: &Value) -> Option<u16> {
    match value {
        Value::Number(number) => number.as_u64().and_then(|code| u16::try_from(code).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u16>, D::Error> {
    Ok(from_value(&Value::deserialize(from)?))
}

/// Server to client: a number.
pub(crate) mod number {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u16>, D::Error> {
        read(from)
    }

    pub fn serialize<S: Serializer>(code: &Option<u16>, to: S) -> Result<S::Ok, S::Error> {
        match code {
            Some(code) => to.serialize_u16(*code),
            None => to.serialize_none(),
        }
    }
}

/// Client to server: text.
pub(crate) mod text {
    use super::*;

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u16>, D::Error> {
        read(from)
    }

    pub fn serialize<S: Serializer>(code: &Option<u16>, to: S) -> Result<S::Ok, S::Error> {
        match code {
            Some(code) => to.collect_str(code),
            None => to.serialize_none(),
        }
    }
}
