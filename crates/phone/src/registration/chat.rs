//! Errands of conversations run with the membership's token, and end with it.

use super::{AccountNews, Registration};
use crate::chat::ChatNews;
use crate::happening::Happening;
use crate::rest::Rest;

impl Registration {
    /// Does nothing while there is no space.
    pub(crate) fn chat_errand<F>(&mut self, work: impl FnOnce(Rest) -> F)
    where
        F: Future<Output = Option<ChatNews>> + Send + 'static,
    {
        let Some(rest) = self.rest.clone() else { return };
        let (outlet, epoch, work) = (self.outlet.clone(), self.epoch, work(rest));
        self.errands.spawn(async move {
            if let Some(news) = work.await {
                let _ = outlet.send(Happening::Account(epoch, AccountNews::Chat(news))).await;
            }
        });
    }
}
