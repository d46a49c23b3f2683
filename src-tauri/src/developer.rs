//! The developer's page: tokens of this computer's space, a test call, requests by hand, and what goes over the wire.

use crate::own_space::OwnSpace;
use crate::scrub::scrub;
use crate::shell::Shell;
use crate::store::Membership;
use ahoy_media::fake::FakeHardware;
use ahoy_model::{DeviceId, DialTarget, Problem, ProblemCode};
use ahoy_phone::{
    DialRequest, Phone, PhoneConfig, PhoneHandle, RawAnswer, RegistrationStatus, Settings, SpaceAccount,
    WireLine,
};
use std::sync::Arc;
use std::time::Duration;
use tauri::State;
use tokio::time::timeout;

/// As whom the test call comes.
const CALLER: &str = "test-video";
const CALLER_NAME: &str = "Test video";
/// The test call ends by itself.
const LONGEST: Duration = Duration::from_secs(120);
/// Longest wait until it rings.
const PATIENCE: Duration = Duration::from_secs(20);
/// Tokens made here live between a minute and a month.
const LIVES: std::ops::RangeInclusive<u32> = 1..=43_200;

fn none_here() -> Problem {
    Problem::new(ProblemCode::SpaceUnreachable).because("this run has no space of its own")
}

/// A token for somebody in this computer's space, who is made if he is not known. `minutes`: how long it is good.
#[tauri::command]
#[specta::specta]
pub async fn mint_token(shell: State<'_, Shell>, reference: String, minutes: u32) -> Result<String, Problem> {
    let minutes = minutes.clamp(*LIVES.start(), *LIVES.end());
    let life = Duration::from_secs(u64::from(minutes) * 60);
    let token = shell.accounts.own_space.mint(&reference, None, life).await?;
    Ok(token.expose().to_owned())
}

/// This computer's space rings us: somebody who shows a test picture and hums.
#[tauri::command]
#[specta::specta]
pub async fn ring_me(shell: State<'_, Shell>) -> Result<(), Problem> {
    // Somebody else may have our address in this computer's space.
    let is_here = match shell.accounts.store.membership() {
        Some(Membership::Here) => true,
        Some(Membership::Elsewhere { url, .. }) => shell.accounts.own_space.url() == Some(url),
        Some(Membership::Nearby { .. }) | None => false,
    };
    if !is_here {
        return Err(none_here());
    }
    let own = shell.phone.snapshot().own_addresses.first().cloned().ok_or_else(none_here)?;
    let target =
        DialTarget::parse(&own).map_err(|error| Problem::new(ProblemCode::Internal).because(error))?;
    let account = shell.accounts.own_space.guest(CALLER, CALLER_NAME).await?;
    let caller = caller(account);
    let ringing = async {
        let mut snapshots = caller.snapshots();
        let online = |status| status == RegistrationStatus::Online;
        snapshots.wait_for(|now| online(now.registration)).await.ok()?;
        Some(caller.dial(DialRequest::new(target, true)).await)
    };
    match timeout(PATIENCE, ringing).await {
        Ok(Some(Ok(_))) => {}
        Ok(Some(Err(problem))) => return Err(problem),
        Ok(None) | Err(_) => return Err(none_here()),
    }
    tokio::spawn(async move {
        let mut snapshots = caller.snapshots();
        let over = snapshots.wait_for(|now| now.calls.iter().all(|call| call.end.is_some()));
        // Whoever forgets about it is not called for ever.
        let _ = timeout(LONGEST, over).await;
        let _ = caller.shut_down().await;
    });
    Ok(())
}

/// A phone without a window that shows the test picture.
fn caller(account: SpaceAccount) -> PhoneHandle {
    let settings = Settings {
        camera: Some(DeviceId::new("test:picture")),
        microphone: Some(DeviceId::new("test:tone=440")),
        speaker: Some(DeviceId::none()),
        ringer: Some(DeviceId::none()),
        echo_cancellation: false,
        noise_suppression: false,
        automatic_gain: false,
        ..Settings::default()
    };
    Phone::start(PhoneConfig {
        settings,
        account: Some(account),
        ..PhoneConfig::new(Arc::new(FakeHardware::new()))
    })
}

/// Sends a request to the space as it is. `params`: JSON.
#[tauri::command]
#[specta::specta]
pub async fn ask_raw(shell: State<'_, Shell>, method: String, params: String) -> Result<RawAnswer, Problem> {
    let answer = shell.phone.ask_raw(method, params).await?;
    Ok(RawAnswer { text: scrub(&answer.text), ..answer })
}

/// The last messages to and from the space, without secrets. Empty while they are not kept.
#[tauri::command]
#[specta::specta]
pub async fn wire_log(shell: State<'_, Shell>) -> Result<Vec<WireLine>, Problem> {
    Ok(shell.phone.wire_log().await?.into_iter().map(clean).collect())
}

fn clean(line: WireLine) -> WireLine {
    // Descriptions stand in JSON strings, where a line's end is two characters.
    let text = line.text.replace("\\r\\n", "\n").replace("\\n", "\n");
    WireLine { text: scrub(&text), ..line }
}

impl OwnSpace {
    /// An account for somebody else than the user of this computer.
    async fn guest(&self, reference: &str, name: &str) -> Result<SpaceAccount, Problem> {
        let token = self.mint(reference, Some(name), LONGEST + PATIENCE).await?;
        let (url, rest_url) = self.urls().ok_or_else(none_here)?;
        Ok(SpaceAccount::new(url, rest_url, token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_over_the_wire_is_shown_without_secrets() {
        let text = r#"{"method":"signalwire.connect","params":{"authentication":{"jwt_token":"eyJhbGciOiJkaXIiLCJlbmMi.abc.def"}},"sdp":"v=0\r\na=ice-pwd:secretpassword\r\na=fingerprint:sha-256 4A:AD\r\nm=audio 9 UDP"}"#;
        let line = clean(WireLine { at: 1.0, sent: true, text: text.into() });
        for secret in ["eyJhbGciOiJkaXIiLCJlbmMi", "secretpassword", "4A:AD"] {
            assert!(!line.text.contains(secret), "{}", line.text);
        }
        assert!(line.text.contains("signalwire.connect") && line.text.contains("m=audio 9 UDP"));
    }
}
