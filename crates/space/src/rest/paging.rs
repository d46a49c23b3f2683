//! Lists come in pages, with links that lead from one to the next (WIRE.md 10).

use super::errors::Rejection;
use ahoy_wire::rest::Links;
use serde::Deserialize;

/// Entries of a page, unless another size is asked for.
const SIZE: u32 = 50;
/// The most that can be asked for.
const MOST: u32 = 1_000;

/// What every list may be asked for.
#[derive(Default, Deserialize)]
pub struct Paging {
    page_size: Option<String>,
    page_number: Option<String>,
}

/// One page of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    number: u32,
    pub size: u32,
    /// How many entries come before it.
    pub skip: u32,
}

impl Paging {
    pub fn page(&self) -> Result<Page, Rejection> {
        let invalid = |attribute, message| Rejection::Invalid { attribute, code: "invalid", message };
        let size = number(&self.page_size, SIZE)
            .filter(|size| (1..=MOST).contains(size))
            .ok_or(invalid("page_size", "must be between 1 and 1000"))?;
        let number = number(&self.page_number, 0).ok_or(invalid("page_number", "must be a number"))?;
        let skip = number.checked_mul(size).ok_or(invalid("page_number", "is too large"))?;
        Ok(Page { number, size, skip })
    }
}

fn number(text: &Option<String>, otherwise: u32) -> Option<u32> {
    match text.as_deref() {
        None | Some("") => Some(otherwise),
        Some(text) => text.parse().ok(),
    }
}

impl Page {
    /// `filters`: what else was asked for, and has to be asked for again.
    pub fn links(self, path: &str, filters: &[(&str, &Option<String>)], more: bool) -> Links {
        let link = |page: u32| {
            let mut link = format!("{path}?page_number={page}&page_size={}", self.size);
            for (name, value) in filters {
                if let Some(value) = value {
                    link.push_str(&format!("&{name}={}", escape(value)));
                }
            }
            Some(link)
        };
        Links {
            own: link(self.number),
            first: link(0),
            next: if more { link(self.number + 1) } else { None },
            prev: if self.number > 0 { link(self.number - 1) } else { None },
        }
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
