//! Errands run with the membership's token, and end with it: the directory, conversations.

use super::{AccountNews, Registration};
use crate::chat::ChatNews;
use crate::directory;
use crate::happening::Happening;
use crate::rest::Rest;
use ahoy_model::{CallId, DialTarget};

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

    pub(crate) fn read_directory(&mut self) {
        let Some(rest) = self.rest.clone() else { return };
        let again = rest.clone();
        self.errand(async move { AccountNews::Own(directory::own(&rest).await) });
        self.errand(async move { AccountNews::Contacts(directory::contacts(&again).await) });
    }

    /// Asks who `target` is; the call does not wait for it.
    pub(crate) fn look_up(&mut self, call: CallId, target: DialTarget) {
        let Some(rest) = self.rest.clone() else { return };
        self.errand(async move {
            AccountNews::Found(call, directory::find(&rest, &target).await.unwrap_or_default())
        });
    }

    pub(super) fn errand(&mut self, work: impl Future<Output = AccountNews> + Send + 'static) {
        let (outlet, epoch) = (self.outlet.clone(), self.epoch);
        self.errands.spawn(async move {
            let news = work.await;
            let _ = outlet.send(Happening::Account(epoch, news)).await;
        });
    }
}
