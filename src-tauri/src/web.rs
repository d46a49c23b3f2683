//! Pages of the web open in the user's browser, never in our windows.

use ahoy_model::{Problem, ProblemCode};

/// Only whole http and https addresses: what a message says is foreign, and other schemes start other programs.
pub fn open(url: &str) -> Result<(), Problem> {
    let refused = |why: &str| Problem::new(ProblemCode::AddressMalformed).about(url).because(why);
    let parsed = tauri::Url::parse(url).map_err(|error| refused(&error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none_or(str::is_empty) {
        return Err(refused("it is not a page of the web"));
    }
    open::that_detached(parsed.as_str()).map_err(|error| Problem::new(ProblemCode::Internal).because(error))
}

#[cfg(test)]
mod tests {
    #[test]
    fn nothing_but_pages_is_opened() {
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "ahoy:/private/bob",
            "http:",
            "/usr/bin/true",
            "-x",
            "",
        ] {
            assert!(super::open(url).is_err(), "{url}");
        }
    }
}
