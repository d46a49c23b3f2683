//! The notification server of Linux desktops (freedesktop.org, Desktop Notifications Specification 1.2).

use super::{Action, Note};
use futures_util::StreamExt;
use std::collections::HashMap;
use zbus::zvariant::Value;

#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Notifications {
    fn get_capabilities(&self) -> zbus::Result<Vec<String>>;

    #[allow(clippy::too_many_arguments, reason = "the specification's call")]
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: &[&str],
        hints: HashMap<&str, Value<'_>>,
        expire_timeout: i32,
    ) -> zbus::Result<u32>;

    fn close_notification(&self, id: u32) -> zbus::Result<()>;

    #[zbus(signal)]
    fn action_invoked(&self, id: u32, action_key: String) -> zbus::Result<()>;
}

/// Milliseconds; the server decides, or the note stays.
const SERVERS_CHOICE: i32 = -1;
const STAYS: i32 = 0;
const URGENT: u8 = 2;

pub struct Board {
    server: NotificationsProxy<'static>,
    pressed: ActionInvokedStream,
    buttons: bool,
    markup: bool,
}

impl Board {
    /// `None`: there is no bus or no server.
    pub async fn open() -> Option<Self> {
        let asked = async {
            let server = NotificationsProxy::new(&zbus::Connection::session().await?).await?;
            let pressed = server.receive_action_invoked().await?;
            let can = server.get_capabilities().await?;
            let has = |what: &str| can.iter().any(|it| it == what);
            zbus::Result::Ok(Self { buttons: has("actions"), markup: has("body-markup"), server, pressed })
        };
        asked.await.inspect_err(|error| tracing::debug!(%error, "no notification server")).ok()
    }

    pub fn has_buttons(&self) -> bool {
        self.buttons
    }

    /// The note's number.
    pub async fn hang(&mut self, note: &Note) -> Option<u32> {
        let body = if self.markup { escaped(&note.body) } else { note.body.clone() };
        let buttons = note.actions.iter().filter(|_| self.buttons);
        let actions: Vec<&str> =
            buttons.flat_map(|action| [action.key(), action.label(note.words)]).collect();
        let mut hints = HashMap::from([("desktop-entry", Value::from("Ahoy"))]);
        if note.urgent {
            hints.insert("urgency", Value::from(URGENT));
            hints.insert("category", Value::from("call.incoming"));
        }
        let stay = if note.urgent { STAYS } else { SERVERS_CHOICE };
        let hung = self.server.notify("Ahoy", 0, "ahoy", &note.title, &body, &actions, hints, stay).await;
        hung.inspect_err(|error| tracing::warn!(%error, "a notification was not shown")).ok()
    }

    pub async fn take_down(&mut self, id: u32) {
        // One that the user has closed is gone already.
        let _ = self.server.close_notification(id).await;
    }

    /// The next button pressed on any note; other programs' notes have other numbers. `None`: the bus has gone.
    pub async fn pressed(&mut self) -> Option<(u32, Action)> {
        loop {
            let signal = self.pressed.next().await?;
            let Ok(args) = signal.args() else { continue };
            if let Some(action) = Action::ALL.into_iter().find(|action| action.key() == args.action_key) {
                return Some((args.id, action));
            }
        }
    }
}

/// What a caller is called is not markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_are_not_markup() {
        assert_eq!(escaped("<b>R&D</b>"), "&lt;b&gt;R&amp;D&lt;/b&gt;");
    }
}
