//! Whether somebody shows tray icons. On Linux that is a program that may be missing, or come after us.

/// Returns as soon as there is a tray; never where there is none.
#[cfg(target_os = "linux")]
pub async fn appears() {
    use futures_util::StreamExt;
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let waited = async {
        let bus = zbus::Connection::session().await?;
        let names = zbus::fdo::DBusProxy::new(&bus).await?;
        let mut owners = names.receive_name_owner_changed_with_args(&[(0, WATCHER)]).await?;
        if names.name_has_owner(WATCHER.try_into()?).await? {
            return Ok(());
        }
        tracing::info!("this desktop has no tray so far");
        while let Some(change) = owners.next().await {
            if change.args()?.new_owner.is_some() {
                return Ok(());
            }
        }
        zbus::Result::Err(zbus::Error::InputOutput(std::sync::Arc::new(
            std::io::ErrorKind::BrokenPipe.into(),
        )))
    };
    if let Err(error) = waited.await {
        tracing::info!(%error, "there is no bus that a tray could be on");
        std::future::pending::<()>().await;
    }
}

#[cfg(not(target_os = "linux"))]
pub async fn appears() {}
