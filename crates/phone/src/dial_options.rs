//! What a dial may ask for beyond an address.

use crate::capture_wish::CaptureWish;
use crate::codecs::{AudioPreference, VideoPreference};
use crate::settings::OwnIceServer;
use ahoy_model::{DialTarget, Flow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Variables of one call.
const MOST: usize = 64;
/// Characters of a name or a value.
const LONGEST: usize = 1_000;

/// Everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct DialOptions {
    /// Told to the space with the invite, beside those of the settings and the query parameters of the address.
    pub user_variables: BTreeMap<String, String>,
    /// Whether their picture is wanted. `None`: as our own is sent.
    pub receive_video: Option<bool>,
    /// Whether our sound is sent, and theirs is heard. `None`: yes.
    pub send_audio: Option<bool>,
    pub receive_audio: Option<bool>,
    /// Only relays for this call. `None`: as the settings say.
    pub relay_only: Option<bool>,
    /// A check of the set-up: nobody is called, and nothing of it is kept.
    #[serde(skip)]
    pub check: bool,
    /// Codecs of this call, best first. `None`: as the settings say.
    pub video_codecs: Option<VideoPreference>,
    pub audio_codecs: Option<AudioPreference>,
    /// Sound in two channels, as far as the far side goes along: theirs is heard so, and ours is sent so in studio mode, since
    /// voices are cleaned in one channel. `None`: as the settings say, and in studio mode.
    pub stereo: Option<bool>,
    /// STUN and TURN servers for this call, in place of the settings' and the space's; none of them is a choice, too. Their
    /// passwords are those of the settings' servers (`PhoneHandle::keep_ice_credential`).
    pub ice_servers: Option<Vec<OwnIceServer>>,
    /// The node of the space that shall have the call.
    pub node: Option<String>,
    /// How sound and picture are captured.
    pub capture: CaptureWish,
}

impl DialOptions {
    /// How pictures flow; `sends`: ours is to be seen.
    pub(crate) fn video(&self, sends: bool) -> Option<Flow> {
        let flow = Flow::new(sends, self.receive_video.unwrap_or(sends));
        (flow != Flow::Inactive).then_some(flow)
    }

    pub(crate) fn audio(&self) -> Flow {
        Flow::new(self.send_audio.unwrap_or(true), self.receive_audio.unwrap_or(true))
    }

    /// The variables of an invite: these, and what the address asks for beside its channel.
    pub(crate) fn variables(&self, destination: &str) -> Vec<(String, String)> {
        let target = DialTarget::parse(destination).ok();
        let asked: Vec<(String, String)> = target
            .iter()
            .flat_map(DialTarget::query)
            .filter(|(name, _)| *name != "channel")
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let own = self.user_variables.clone();
        asked
            .into_iter()
            .chain(own)
            .filter(|(name, value)| {
                let short = |text: &str| text.chars().count() <= LONGEST;
                // These two say who we are and are not ours to choose.
                !matches!(name.as_str(), "" | "memberCallId" | "memberId") && short(name) && short(value)
            })
            .take(MOST)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_say_what_flows_and_what_is_told() {
        let plain = DialOptions::default();
        assert_eq!((plain.video(true), plain.video(false)), (Some(Flow::SendRecv), None));
        let watching = DialOptions { receive_video: Some(true), ..plain.clone() };
        assert_eq!(watching.video(false), Some(Flow::RecvOnly));
        let shown = DialOptions { receive_video: Some(false), ..plain.clone() };
        assert_eq!(shown.video(true), Some(Flow::SendOnly));
        let listening = DialOptions { send_audio: Some(false), ..plain };
        assert_eq!(listening.audio(), Flow::RecvOnly);
        let own = [("ticket", "T-1"), ("memberId", "forged")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let told = DialOptions { user_variables: own.into_iter().collect(), ..DialOptions::default() };
        let told = told.variables("/public/desk?channel=video&lang=en");
        let told: Vec<_> = told.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(told, [("lang", "en"), ("ticket", "T-1")]);
    }
}
