//! Notifications of Windows and macOS: words without buttons, so only missed calls are shown.

use super::{Action, Note};

pub struct Board {
    hung: u32,
}

impl Board {
    pub async fn open() -> Option<Self> {
        Some(Self { hung: 0 })
    }

    pub fn has_buttons(&self) -> bool {
        false
    }

    pub async fn hang(&mut self, note: &Note) -> Option<u32> {
        let note = note.clone();
        let shown = tokio::task::spawn_blocking(move || {
            notify_rust::Notification::new().summary(&note.title).body(&note.body).show().map(drop)
        });
        match shown.await {
            Ok(Ok(())) => {
                self.hung = self.hung.wrapping_add(1);
                Some(self.hung)
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "a notification was not shown");
                None
            }
            Err(_) => None,
        }
    }

    /// The system takes them away by itself.
    pub async fn take_down(&mut self, _id: u32) {}

    pub async fn pressed(&mut self) -> Option<(u32, Action)> {
        std::future::pending().await
    }
}
