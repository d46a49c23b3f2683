//! The desktop's own "do not disturb", where it can be read: KDE's notification server has it as the property `Inhibited`, GNOME
//! and Cinnamon as a setting that shows no banners. Windows and macOS tell it only to programs of their stores.

use tokio::sync::watch;

/// What the desktop says about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    inhibited: bool,
    no_banners: bool,
}

impl Focus {
    pub fn wants_quiet(self) -> bool {
        self.inhibited || self.no_banners
    }
}

/// Whether the desktop wants quiet now; it does not where it does not say. Ends with the last reader.
pub fn watch() -> watch::Receiver<Focus> {
    let (tell, focus) = watch::channel(Focus::default());
    #[cfg(target_os = "linux")]
    tokio::spawn(async move {
        let banners = crate::banners::watch(tell.clone());
        let listening = async {
            let bus = zbus::Connection::session().await?;
            listen(&bus, &tell).await
        };
        tokio::select! {
            heard = listening => if let Err(error) = heard {
                tracing::debug!(%error, "the notification server does not tell whether it is quiet");
            },
            () = tell.closed() => {}
        }
        // Kept open, so that readers see the last state and not an end.
        tell.closed().await;
        drop(banners);
    });
    #[cfg(not(target_os = "linux"))]
    tokio::spawn(async move { tell.closed().await });
    focus
}

#[cfg(target_os = "linux")]
pub fn tell_banners(tell: &watch::Sender<Focus>, shown: bool) {
    tell.send_modify(|focus| focus.no_banners = !shown);
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
async fn listen(bus: &zbus::Connection, tell: &watch::Sender<Focus>) -> zbus::Result<()> {
    use futures_util::StreamExt;
    let server = QuietProxy::new(bus).await?;
    let mut changes = server.receive_inhibited_changed().await;
    let now = |inhibited| tell.send_modify(|focus| focus.inhibited = inhibited);
    now(server.inhibited().await?);
    while let Some(change) = changes.next().await {
        now(change.get().await?);
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
        let (tell, mut focus) = watch::channel(Focus::default());
        let ours = bus.connect().await;
        let ear = tokio::spawn(async move { listen(&ours, &tell).await });
        timeout(PATIENCE, focus.wait_for(|focus| focus.wants_quiet()))
            .await
            .expect("in time")
            .expect("it lives");
        let played = server.object_server().interface::<_, Server>(PATH).await.unwrap();
        played.get().await.0.store(false, Ordering::Release);
        played.get().await.inhibited_changed(played.signal_emitter()).await.unwrap();
        timeout(PATIENCE, focus.wait_for(|focus| !focus.wants_quiet()))
            .await
            .expect("in time")
            .expect("it lives");
        ear.abort();

        let nobody = Bus::start().expect("another bus");
        let (tell, _focus) = watch::channel(Focus::default());
        let none = timeout(PATIENCE, listen(&nobody.connect().await, &tell)).await.expect("in time");
        assert!(none.is_err(), "a desktop that does not tell is not asked again");
    }
}
