//! What may stand in a subscriber's profile.

use super::errors::Rejection;
use crate::store::Profile;
use serde_json::Value;

/// Longest text of one field, characters.
pub const LONGEST: usize = 255;

/// A reference without blanks around it.
pub fn reference(attribute: &'static str, text: &str) -> Result<String, Rejection> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Rejection::Invalid { attribute, code: "blank", message: "must not be blank" });
    }
    Ok(text.to_owned())
}

/// Text, or a number of hours.
pub fn time_zone(zone: &Value) -> Option<String> {
    match zone {
        Value::String(text) => Some(text.chars().take(LONGEST).collect()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The profile, if none of its fields is too long.
pub fn checked(profile: Profile) -> Result<Profile, Rejection> {
    let fields = [
        ("reference", Some(&profile.reference)),
        ("email", profile.email.as_ref()),
        ("first_name", profile.first_name.as_ref()),
        ("last_name", profile.last_name.as_ref()),
        ("display_name", profile.display_name.as_ref()),
        ("job_title", profile.job_title.as_ref()),
        ("country", profile.country.as_ref()),
        ("region", profile.region.as_ref()),
        ("company_name", profile.company_name.as_ref()),
    ];
    let too_long = |text: &String| text.chars().count() > LONGEST;
    let long = fields.into_iter().find(|(_, text)| text.is_some_and(too_long)).map(|(name, _)| name);
    match long {
        Some(attribute) => Err(Rejection::Invalid { attribute, code: "too_long", message: "is too long" }),
        None => Ok(profile),
    }
}
