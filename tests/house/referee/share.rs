//! Screens and further cameras that the SDK shares in a call with a phone, and what stays of the call afterwards.

use super::phone::{Pair, browser_calls, browser_calls_with};
use super::proof::{browser_has_the_phone, phone_has_the_browser, phone_sees};
use super::stage::BROWSER;
use crate::support::browser::Sdk;
use serde_json::json;

/// Sender numbers of what the page paints.
const SCREEN: u16 = 90;
const CAMERA: u16 = 91;

impl Pair {
    /// The browser's page shows this, shares it, and the phone sees it in place of the camera until it is stopped.
    async fn share_the_screen(&mut self) {
        self.browser.order("paint", json!({ "sender": SCREEN })).await.expect("it paints");
        self.browser.sdk("shareScreen", json!({ "call": self.here })).await.expect("it shares");
        phone_sees(&mut self.phone, &self.there, SCREEN).await;
        let members = "a member that is a screen";
        let is_screen = |calls: &serde_json::Value| {
            let members = calls[0]["members"].as_array().cloned().unwrap_or_default();
            members.iter().any(|member| member["type"] == "screen")
        };
        self.browser.until(members, is_screen).await;
        // Nothing else has changed.
        browser_has_the_phone(&mut self.browser, true).await;
        self.phone.hear_tone(f64::from(BROWSER.tone)).await;
        self.browser.sdk("stopScreen", json!({ "call": self.here })).await.expect("it stops");
        self.browser.until("no screen", |calls| !is_screen(calls)).await;
        phone_sees(&mut self.phone, &self.there, BROWSER.sender).await;
        phone_has_the_browser(&mut self.phone, &self.there, true).await;
    }

    /// Whose member ids the SDK mixes up with its own does not matter.
    async fn mute(&mut self) {
        for muted in [true, false] {
            let mute = json!({ "call": self.here, "what": "audio", "muted": muted });
            self.browser.sdk("mute", mute).await.expect("it mutes");
            let what = format!("member.updated with audio_muted {muted}");
            self.browser.until(&what, |calls| calls[0]["self"]["audioMuted"] == muted).await;
            match muted {
                true => self.phone.hear_nothing().await,
                false => self.phone.hear_tone(f64::from(BROWSER.tone)).await,
            }
        }
    }
}

#[tokio::test]
async fn sdk_v4_shares_its_screen_and_adds_a_camera() {
    // Without this its beta.12 puts the camera into a leg that shares a screen whenever it hears of devices.
    let calm = json!({ "preferences": { "syncDevicesToActiveCalls": false } });
    let Some(mut pair) = browser_calls_with("v4-shares", Sdk::V4, true, calm).await else { return };
    phone_sees(&mut pair.phone, &pair.there, BROWSER.sender).await;
    pair.share_the_screen().await;
    pair.mute().await;
    let camera = json!({ "call": pair.here, "sender": CAMERA });
    pair.browser.sdk("addCamera", camera).await.expect("it adds a camera");
    phone_sees(&mut pair.phone, &pair.there, CAMERA).await;
    pair.browser_hangs_up().await;
}

#[tokio::test]
async fn sdk_v3_shares_its_screen() {
    let Some(mut pair) = browser_calls("v3-shares", Sdk::V3, true).await else { return };
    phone_sees(&mut pair.phone, &pair.there, BROWSER.sender).await;
    pair.share_the_screen().await;
    pair.browser_hangs_up().await;
}
