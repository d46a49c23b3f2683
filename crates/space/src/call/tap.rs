//! The one task that takes a leg's media off the network, and how it hands on what it reads from: a leg that moves to another call,
//! or into a room and back, keeps its media session.

use ahoy_rtc::SessionEvent;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// What a media session says.
pub type Packets = mpsc::Receiver<SessionEvent>;

/// Where a task reads from.
pub enum Spring {
    New(Packets),
    /// What another task has read from until now.
    Tap(Tap),
}

impl Spring {
    async fn open(self) -> Option<Packets> {
        match self {
            Self::New(packets) => Some(packets),
            Self::Tap(tap) => {
                tap.stop.cancel();
                tap.task.await.ok().flatten()
            }
        }
    }
}

/// Dropping it lets the task go on.
pub struct Tap {
    stop: CancellationToken,
    task: JoinHandle<Option<Packets>>,
}

impl Tap {
    /// Runs `work` on what `spring` gives. It gives back what it reads from once the token is cancelled.
    pub fn start<F>(
        spring: Spring,
        work: impl FnOnce(Packets, CancellationToken) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Option<Packets>> + Send + 'static,
    {
        let stop = CancellationToken::new();
        let asked = stop.clone();
        let task = tokio::spawn(async move {
            let packets = spring.open().await?;
            work(packets, asked).await
        });
        Self { stop, task }
    }

    /// Nothing is read any more until somebody else does.
    pub fn pause(&self) {
        self.stop.cancel();
    }
}
