//! What can be said on the command line.

use crate::renewal::Renewal;
use ahoy_model::{DeviceId, Secret};
use ahoy_wire::lan::Invite;
use clap::Parser;
use std::path::PathBuf;

/// A video phone for the desktop.
#[derive(Clone, Debug, Default, Parser)]
#[command(name = "ahoy", version, about)]
pub struct Args {
    /// Folder for settings, history and logs; two phones on one machine need one each
    #[arg(long, value_name = "DIR")]
    pub profile: Option<PathBuf>,
    /// Join this space for this run (ws://host:port or wss://host)
    #[arg(long, value_name = "URL", requires = "token")]
    pub space: Option<String>,
    /// Subscriber Access Token for --space
    #[arg(long, value_name = "SAT", env = "AHOY_TOKEN", hide_env_values = true)]
    pub token: Option<Secret>,
    /// For --space: a command line that prints a fresh token when the old one ends
    #[arg(long, value_name = "COMMAND", requires = "space")]
    pub token_command: Option<String>,
    /// For --space: an address that gives a fresh token when it is asked by POST
    #[arg(long, value_name = "URL", requires = "space", conflicts_with = "token_command")]
    pub token_url: Option<String>,
    /// A profile without a space joins this computer's own under this name, instead of asking
    #[arg(long, conflicts_with_all = ["space", "no_space"])]
    pub name: Option<String>,
    /// Do not start this computer's own space
    #[arg(long)]
    pub no_space: bool,
    /// Start without a window, in the tray
    #[arg(long)]
    pub hidden: bool,
    /// Camera for this run: an id, `test:picture`, `file:clip.y4m` or `none`
    #[arg(long, value_name = "ID")]
    pub camera: Option<DeviceArg>,
    /// Microphone for this run: an id, `test:tone=440`, `file:speech.wav` or `none`
    #[arg(long, value_name = "ID")]
    pub microphone: Option<DeviceArg>,
    /// Speaker for this run: an id, `test:silence`, `file:recording.wav` or `none`
    #[arg(long, value_name = "ID")]
    pub speaker: Option<DeviceArg>,
    /// A link or address for the dial field: ahoy:, tel:, sip:, callto: or plain. It is shown, not dialled
    pub link: Option<String>,
}

impl Args {
    /// How the token of `--space` is renewed.
    pub fn renewal(&self) -> Renewal {
        match (&self.token_command, &self.token_url) {
            (Some(line), _) => Renewal::Command(line.clone()),
            (None, Some(url)) => Renewal::Address(url.clone()),
            (None, None) => Renewal::Nothing,
        }
    }
}

/// A device's id as an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceArg(pub DeviceId);

impl From<&str> for DeviceArg {
    fn from(id: &str) -> Self {
        Self(DeviceId::new(id))
    }
}

/// What a link puts into the dial field: schemes that only say "dial" go, `sip:` stays because it is part of the address.
pub fn dial_text(link: &str) -> String {
    let link = link.trim();
    // An invite is shown and asked about as it is; it is never dialled.
    if Invite::is_meant(link) {
        return link.to_owned();
    }
    let lower = link.to_ascii_lowercase();
    let rest = ["ahoy:", "tel:", "callto:"].iter().find(|scheme| lower.starts_with(**scheme));
    let text = rest.and_then(|scheme| link.get(scheme.len()..)).unwrap_or(link);
    // `ahoy://public/room` is how some systems hand over `ahoy:/public/room`.
    let text = text.strip_prefix("//").map_or_else(|| text.to_owned(), |path| format!("/{path}"));
    text.chars().filter(|c| !c.is_control()).take(512).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_what_a_person_would_type() {
        for (link, text) in [
            ("ahoy:/public/room", "/public/room"),
            ("AHOY://private/bob", "/private/bob"),
            ("tel:+15550100199", "+15550100199"),
            ("callto:bob", "bob"),
            ("sip:bob@example.test", "sip:bob@example.test"),
            (" bob\n", "bob"),
            ("ahoy:", ""),
            ("ahoy://join?a=h:1&c=x", "ahoy://join?a=h:1&c=x"),
            ("ahoy:/public/join", "/public/join"),
        ] {
            assert_eq!(dial_text(link), text, "{link}");
        }
    }

    #[test]
    fn a_token_never_shows_and_a_space_needs_one() {
        let args =
            Args::try_parse_from(["ahoy", "--space", "ws://127.0.0.1:1", "--token", "eyJhbGci"]).unwrap();
        assert!(!format!("{args:?}").contains("eyJ"));
        assert!(
            std::env::var_os("AHOY_TOKEN").is_some()
                || Args::try_parse_from(["ahoy", "--space", "ws://x"]).is_err()
        );
        let args = Args::try_parse_from(["ahoy", "--camera", "test:picture", "ahoy:bob"]).unwrap();
        assert_eq!(args.camera, Some(DeviceArg(DeviceId::new("test:picture"))));
    }

    #[test]
    fn the_manual_names_every_option() {
        use clap::CommandFactory;
        let manual = include_str!("../packaging/ahoy.1").replace('\\', "");
        let command = Args::command();
        for option in command.get_arguments().filter_map(|argument| argument.get_long()) {
            assert!(manual.contains(&format!("--{option}")), "--{option} is not in the manual");
        }
    }
}
