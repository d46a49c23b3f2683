//! Keys of the call's own window.

use serde::{Deserialize, Serialize};

/// A key's code, with modifiers if it is to have any (`KeyM`, `Shift+KeyH`; W3C UI Events), for as long as a call is looked at.
/// `None`: no key. Digits dial, and Escape closes what is open; those two are nobody's choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct OwnKeys {
    pub mute: Option<String>,
    pub camera: Option<String>,
    /// Held down, with push to talk.
    pub talk: Option<String>,
    pub hold: Option<String>,
    pub hang_up: Option<String>,
    pub chat: Option<String>,
    pub details: Option<String>,
    pub full_screen: Option<String>,
}

impl Default for OwnKeys {
    fn default() -> Self {
        let key = |code: &str| Some(code.to_owned());
        Self {
            mute: key("KeyM"),
            camera: key("KeyV"),
            talk: key("Space"),
            hold: key("KeyH"),
            // Nobody hangs up by mistake.
            hang_up: None,
            chat: key("KeyC"),
            details: key("KeyI"),
            full_screen: key("F11"),
        }
    }
}

impl OwnKeys {
    /// Without what no keyboard could type, and each key once: the first of two keeps it.
    pub(crate) fn sane(mut self) -> Self {
        let mut taken: Vec<String> = Vec::new();
        let all = [
            &mut self.mute,
            &mut self.camera,
            &mut self.talk,
            &mut self.hold,
            &mut self.hang_up,
            &mut self.chat,
            &mut self.details,
            &mut self.full_screen,
        ];
        for key in all {
            let fits =
                |keys: &String| (1..=64).contains(&keys.len()) && keys.is_ascii() && !taken.contains(keys);
            *key = key.take().filter(fits);
            taken.extend(key.clone());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_one_thing() {
        let plain = OwnKeys::default();
        assert_eq!(plain.clone().sane(), plain);
        let twice = OwnKeys { hold: Some("KeyM".into()), chat: Some("é".into()), ..plain };
        let sane = twice.sane();
        assert_eq!((sane.mute.as_deref(), sane.hold, sane.chat), (Some("KeyM"), None, None));
    }
}
