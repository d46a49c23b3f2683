//! Keys under Wayland, where only the desktop's portal may hand them to programs in the background
//! (`org.freedesktop.portal.GlobalShortcuts`, version 1). The desktop asks the user, who may choose other keys.

use super::Deed;
use futures_util::StreamExt;
use std::collections::HashMap;
use tauri_plugin_global_shortcut::ShortcutState;
use tokio::sync::mpsc;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

/// Who has it on the bus.
const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
/// Presses that wait; a phone that is slower than a keyboard drops them.
const PRESSES: usize = 16;

#[zbus::proxy(
    interface = "org.freedesktop.portal.GlobalShortcuts",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait GlobalShortcuts {
    fn create_session(&self, options: HashMap<&str, Value<'_>>) -> zbus::Result<OwnedObjectPath>;

    fn bind_shortcuts(
        &self,
        session: &ObjectPath<'_>,
        shortcuts: &[(&str, HashMap<&str, Value<'_>>)],
        parent_window: &str,
        options: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<OwnedObjectPath>;

    #[zbus(property, name = "version")]
    fn version(&self) -> zbus::Result<u32>;
}

/// Whether this desktop has one. Asking starts it, where it is not running yet.
pub async fn is_offered(bus: &Connection) -> bool {
    let version = async { GlobalShortcutsProxy::new(bus).await?.version().await };
    version.await.is_ok()
}

/// Session, shortcut, time and options of a signal.
type Pressed = (OwnedObjectPath, String, u64, HashMap<String, OwnedValue>);

#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    #[error("the desktop has no portal for keys: {0}")]
    Bus(#[from] zbus::Error),
    #[error("the keys were not granted")]
    Refused,
}

/// A key that works everywhere, pressed or let go.
pub type Press = (Deed, ShortcutState);

/// Keys that are bound; dropping it lets go of them.
pub struct Keys {
    bus: Connection,
    session: OwnedObjectPath,
    listening: tokio::task::JoinHandle<()>,
}

impl Keys {
    /// Asks the desktop for these. Returns when the user has agreed.
    pub async fn bind(
        bus: Connection,
        wanted: &[(Deed, String)],
    ) -> Result<(Self, mpsc::Receiver<Press>), PortalError> {
        let portal = GlobalShortcutsProxy::new(&bus).await?;
        let (session_token, token) = ("ahoy_keys", "ahoy_session");
        let answer = Request::expect(&bus, token).await?;
        let options = HashMap::from([
            ("handle_token", Value::from(token)),
            ("session_handle_token", Value::from(session_token)),
        ]);
        portal.create_session(options).await?;
        let results = answer.granted().await?;
        let session = results.get("session_handle").and_then(path).ok_or(PortalError::Refused)?;

        // Who listens first misses nothing. One ear for both: a key that was let go must not seem to be pressed after that.
        let mut signals = portal.inner().receive_all_signals().await?;
        let (tell, presses) = mpsc::channel(PRESSES);
        let token = "ahoy_bind";
        let answer = Request::expect(&bus, token).await?;
        let shortcuts: Vec<(&str, HashMap<&str, Value<'_>>)> = wanted
            .iter()
            .map(|(deed, keys)| {
                let about = HashMap::from([
                    ("description", Value::from(deed.id())),
                    ("preferred_trigger", Value::from(trigger(keys))),
                ]);
                (deed.id(), about)
            })
            .collect();
        let options = HashMap::from([("handle_token", Value::from(token))]);
        portal.bind_shortcuts(&session, &shortcuts, "", options).await?;
        answer.granted().await?;
        let own = session.clone();
        let listening = tokio::spawn(async move {
            while let Some(signal) = signals.next().await {
                let state = match signal.header().member().map(|member| member.as_str()) {
                    Some("Activated") => ShortcutState::Pressed,
                    Some("Deactivated") => ShortcutState::Released,
                    _ => continue,
                };
                let Ok((of, id, ..)) = signal.body().deserialize::<Pressed>() else { continue };
                let deed = Deed::ALL.into_iter().find(|deed| deed.id() == id).filter(|_| of == own);
                if let Some(deed) = deed
                    && tell
                        .try_send((deed, state))
                        .is_err_and(|error| matches!(error, mpsc::error::TrySendError::Closed(_)))
                {
                    return;
                }
            }
        });
        Ok((Self { bus, session, listening }, presses))
    }

    /// Gives the keys back.
    pub async fn release(self) {
        let session =
            Proxy::new(&self.bus, NAME, self.session.as_ref(), "org.freedesktop.portal.Session").await;
        if let Ok(session) = session {
            // A portal that has gone has let go of them.
            let _ = session.call::<_, _, ()>("Close", &()).await;
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The answer to a request comes as a signal on a path of its own, which is known beforehand.
struct Request {
    responses: zbus::proxy::SignalStream<'static>,
}

impl Request {
    async fn expect(bus: &Connection, token: &str) -> Result<Self, PortalError> {
        let name = bus.unique_name().ok_or(PortalError::Refused)?;
        let sender = name.trim_start_matches(':').replace('.', "_");
        let path = format!("{PATH}/request/{sender}/{token}");
        let request = Proxy::new(bus, NAME, path, "org.freedesktop.portal.Request").await?;
        Ok(Self { responses: request.receive_signal("Response").await? })
    }

    async fn granted(mut self) -> Result<HashMap<String, OwnedValue>, PortalError> {
        let response = self.responses.next().await.ok_or(PortalError::Refused)?;
        let (code, results): (u32, HashMap<String, OwnedValue>) = response.body().deserialize()?;
        if code == 0 { Ok(results) } else { Err(PortalError::Refused) }
    }
}

/// Portals write it as a text, against their own specification.
fn path(value: &OwnedValue) -> Option<OwnedObjectPath> {
    match &**value {
        Value::Str(text) => OwnedObjectPath::try_from(text.as_str()).ok(),
        Value::ObjectPath(path) => Some(path.clone().into()),
        _ => None,
    }
}

/// `Ctrl+Alt+KeyM` as the XDG shortcuts specification writes it: `CTRL+ALT+m`.
fn trigger(keys: &str) -> String {
    let part = |part: &str| match part {
        "Ctrl" => "CTRL".to_owned(),
        "Alt" => "ALT".to_owned(),
        "Shift" => "SHIFT".to_owned(),
        "Super" => "LOGO".to_owned(),
        "Space" => "space".to_owned(),
        key => {
            let plain = ["Key", "Digit", "Arrow"].into_iter().find_map(|kind| key.strip_prefix(kind));
            match plain.filter(|plain| !plain.is_empty()) {
                Some(letter) if letter.len() == 1 => letter.to_lowercase(),
                Some(name) => name.to_owned(),
                None => key.to_owned(),
            }
        }
    };
    keys.split('+').map(part).collect::<Vec<_>>().join("+")
}

#[cfg(test)]
#[path = "portal_tests.rs"]
mod tests;
