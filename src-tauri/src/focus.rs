//! The desktop's own "do not disturb", where it can be read: KDE's notification server has it as the property `Inhibited`. GNOME
//! keeps it among its private settings, Windows and macOS tell it only to programs of their stores.

use tokio::sync::watch;

/// Whether the desktop wants quiet now; false where it does not say. Ends with the last reader.
pub fn watch() -> watch::Receiver<bool> {
    let (tell, focus) = watch::channel(false);
    #[cfg(target_os = "linux")]
    tokio::spawn(async move {
        let listening = async {
            let bus = zbus::Connection::session().await?;
            listen(&bus, &tell).await
        };
        tokio::select! {
            heard = listening => if let Err(error) = heard {
                tracing::debug!(%error, "the desktop does not tell whether it is quiet");
            },
            () = tell.closed() => return,
        }
        // Kept open, so that readers see the last state and not an end.
        tell.closed().await;
    });
    #[cfg(not(target_os = "linux"))]
    tokio::spawn(async move { tell.closed().await });
    focus
}

#[cfg(target_os = "linux")]
#[zbus::proxy(
    interface = "org.freedesktop.Notifications",
    default_service = "org.freedesktop.Notifications",
    default_path = "/org/freedesktop/Notifications"
)]
trait Quiet {
    #[zbus(property)]
    fn inhibited(&self) -> zbus::Result<bool>;
}

#[cfg(target_os = "linux")]
async fn listen(bus: &zbus::Connection, tell: &watch::Sender<bool>) -> zbus::Result<()> {
    use futures_util::StreamExt;
    let server = QuietProxy::new(bus).await?;
    let mut changes = server.receive_inhibited_changed().await;
    tell.send_replace(server.inhibited().await?);
    while let Some(change) = changes.next().await {
        tell.send_replace(change.get().await?);
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::private_bus::{Bus, PATIENCE};
    use std::sync::atomic::{AtomicBool, Ordering};
    use tokio::time::timeout;

    struct Server(AtomicBool);

    #[zbus::interface(name = "org.freedesktop.Notifications")]
    impl Server {
        #[zbus(property)]
        async fn inhibited(&self) -> bool {
            self.0.load(Ordering::Acquire)
        }
    }

    const PATH: &str = "/org/freedesktop/Notifications";

    #[tokio::test]
    async fn the_desktops_quiet_is_heard_when_it_begins_and_when_it_ends() {
        let Some(bus) = Bus::start() else { return eprintln!("there is no dbus-daemon here") };
        let server = zbus::connection::Builder::address(bus.address())
            .and_then(|it| it.serve_at(PATH, Server(AtomicBool::new(true))))
            .and_then(|it| it.name("org.freedesktop.Notifications"))
            .unwrap();
        let server = server.build().await.unwrap();
        let (tell, mut focus) = watch::channel(false);
        let ours = bus.connect().await;
        let ear = tokio::spawn(async move { listen(&ours, &tell).await });
        timeout(PATIENCE, focus.wait_for(|quiet| *quiet)).await.expect("in time").expect("it lives");
        let played = server.object_server().interface::<_, Server>(PATH).await.unwrap();
        played.get().await.0.store(false, Ordering::Release);
        played.get().await.inhibited_changed(played.signal_emitter()).await.unwrap();
        timeout(PATIENCE, focus.wait_for(|quiet| !*quiet)).await.expect("in time").expect("it lives");
        ear.abort();

        let nobody = Bus::start().expect("another bus");
        let (tell, _focus) = watch::channel(false);
        let none = timeout(PATIENCE, listen(&nobody.connect().await, &tell)).await.expect("in time");
        assert!(none.is_err(), "a desktop that does not tell is not asked again");
    }
}
