//! The few sentences that the shell itself shows: menu, notifications. They stand in `ui/src/text/desktop.json`, from which
//! the pages take theirs too; everything else is in `ui/src/text`.

use ahoy_phone::{RegistrationStatus, Settings, Snapshot};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const FALLBACK: &str = "en";
const SOURCE: &str = include_str!("../../ui/src/text/desktop.json");

/// Each language's, by its tag. The source is part of the program and tested, so it is there.
static ALL: LazyLock<BTreeMap<String, Words>> =
    LazyLock::new(|| serde_json::from_str(SOURCE).unwrap_or_default());
static NONE: LazyLock<Words> = LazyLock::new(Words::default);
/// As the system calls it (`de-AT`).
static SYSTEM: LazyLock<String> = LazyLock::new(|| sys_locale::get_locale().unwrap_or_default());

/// As the system calls it; empty where it does not say.
pub fn system_locale() -> &'static str {
    &SYSTEM
}

/// The sentences of one language. What is in braces is replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub open: String,
    pub do_not_disturb: String,
    pub quit: String,
    pub answer: String,
    pub decline: String,
    pub call_back: String,
    pub hang_up: String,
    pub mute: String,
    pub recent: String,
    pub rings: String,
    calls: String,
    missed_from: String,
    message_from: String,
    wants_in: String,
    answer_name: String,
    decline_name: String,
    in_call: String,
    missed: String,
    registrations: Registrations,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registrations {
    signed_out: String,
    connecting: String,
    reconnecting: String,
    offline: String,
    online: String,
    refused: String,
}

impl Words {
    /// Of the language that the user chose, or of the system's.
    pub fn of(settings: &Settings) -> &'static Self {
        let wanted = if settings.language == "system" { SYSTEM.as_str() } else { &settings.language };
        Self::in_language(wanted)
    }

    fn in_language(tag: &str) -> &'static Self {
        let language = tag.split(['-', '_', '.']).next().unwrap_or_default().to_lowercase();
        ALL.get(&language).or_else(|| ALL.get(FALLBACK)).unwrap_or(&NONE)
    }

    pub fn calls(&self, name: &str) -> String {
        self.calls.replace("{name}", name)
    }

    pub fn missed_from(&self, name: &str) -> String {
        self.missed_from.replace("{name}", name)
    }

    pub fn message_from(&self, name: &str) -> String {
        self.message_from.replace("{name}", name)
    }

    pub fn wants_in(&self, name: &str) -> String {
        self.wants_in.replace("{name}", name)
    }

    pub fn answer_name(&self, name: &str) -> String {
        self.answer_name.replace("{name}", name)
    }

    pub fn decline_name(&self, name: &str) -> String {
        self.decline_name.replace("{name}", name)
    }

    /// The truth in one line, for the tray.
    pub fn status(&self, snapshot: &Snapshot) -> String {
        let living = snapshot.calls.iter().find(|call| call.status.is_answered());
        if let Some(call) = living {
            return self.in_call.replace("{name}", &call.name);
        }
        let words = &self.registrations;
        let registration = match snapshot.registration {
            RegistrationStatus::SignedOut => &words.signed_out,
            RegistrationStatus::Connecting => &words.connecting,
            RegistrationStatus::Reconnecting => &words.reconnecting,
            RegistrationStatus::Offline => &words.offline,
            RegistrationStatus::Online => &words.online,
            RegistrationStatus::Refused => &words.refused,
        };
        match snapshot.missed {
            0 => registration.clone(),
            missed => format!("{registration} · {}", self.missed.replace("{count}", &missed.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ahoy_phone::LANGUAGES;

    #[test]
    fn every_language_says_everything() {
        let all: BTreeMap<String, Words> = serde_json::from_str(SOURCE).expect("each has exactly these");
        assert_eq!(all.len(), LANGUAGES.len());
        for language in LANGUAGES {
            let words = &all[language];
            for named in [
                words.calls("Åsa"),
                words.missed_from("Åsa"),
                words.message_from("Åsa"),
                words.wants_in("Åsa"),
                words.answer_name("Åsa"),
                words.decline_name("Åsa"),
                words.in_call.replace("{name}", "Åsa"),
                words.missed.replace("{count}", "Åsa"),
            ] {
                assert!(named.contains("Åsa") && !named.contains('{'), "{language}: {named}");
            }
        }
    }

    #[test]
    fn a_region_or_an_unknown_language_still_finds_words() {
        assert_eq!(Words::in_language("de-AT").quit, "Ahoy beenden");
        assert_eq!(Words::in_language("pt_BR.UTF-8").quit, "Sair do Ahoy");
        assert_eq!(Words::in_language("C").quit, "Quit Ahoy");
        let chosen = Settings { language: "ja".into(), ..Settings::default() };
        assert_eq!(Words::of(&chosen).answer, "応答");
    }
}
