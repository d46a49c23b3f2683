//! Small steps between values and JSON that cannot fail at run time.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

pub(crate) type Fields = Map<String, Value>;

/// A value of ours as JSON. Our types have string keys only, so there is nothing that could fail.
pub(crate) fn value<T: Serialize + ?Sized>(what: &T) -> Value {
    serde_json::to_value(what).unwrap_or(Value::Null)
}

pub(crate) fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    Value::Object(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A missing or `null` value counts as an empty object, as many methods have no parameters.
pub(crate) fn read<T: DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(match value {
        Value::Null => Value::Object(Map::new()),
        other => other,
    })
}

pub(crate) fn fields(value: Value) -> Fields {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// Removes a text field; anything but a text counts as absent.
pub(crate) fn take_text(fields: &mut Fields, name: &str) -> Option<String> {
    match fields.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A list, or one value that stands for a list of one (`urls` of an ICE server).
pub(crate) mod one_or_many {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        Ok(match OneOrMany::deserialize(from)? {
            OneOrMany::One(one) => vec![one],
            OneOrMany::Many(many) => many,
        })
    }

    pub fn serialize<S: Serializer>(list: &[String], to: S) -> Result<S::Ok, S::Error> {
        list.serialize(to)
    }
}

/// Why something cannot be read, without what it holds: the reader quotes values, and values may be secrets.
pub(crate) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) => {
            let (before, after) =
                (text.get(..first).unwrap_or_default(), text.get(last + 1..).unwrap_or_default());
            format!("{before}…{after}")
        }
        _ => text,
    };
    text.chars().take(200).collect()
}
