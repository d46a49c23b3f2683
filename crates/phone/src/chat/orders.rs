//! What the user does with conversations, and what the space answers.

use super::fetch::{self, ChatNews};
use super::{Open, Unread};
use crate::command::Reply;
use crate::house::House;
use crate::rest::RestError;
use crate::snapshot::Event;
use ahoy_model::{Problem, ProblemCode};
use ahoy_wire::ConversationMessage;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ChatCommand {
    /// The conversation with this address becomes the open one.
    Open(String),
    Close,
    /// Lines before the oldest that is shown.
    Older,
    Say {
        address: String,
        text: String,
    },
}

fn problem(error: &RestError, address: &str) -> Problem {
    let code = match error {
        RestError::Status(401) => ProblemCode::TokenRefused,
        RestError::Status(403 | 422) => ProblemCode::CallRefused,
        RestError::Status(404) => ProblemCode::AddressUnknown,
        RestError::Timeout => ProblemCode::SpaceTimeout,
        _ => ProblemCode::SpaceUnreachable,
    };
    let problem = Problem::new(code).because(error);
    if code == ProblemCode::SpaceUnreachable { problem } else { problem.about(address) }
}

impl House {
    pub(crate) fn chat_command(&mut self, command: ChatCommand, reply: Reply<()>) {
        let done = match command {
            ChatCommand::Open(address) => self.open_chat(address),
            ChatCommand::Close => {
                self.chat.open = None;
                Ok(())
            }
            ChatCommand::Older => {
                self.older_lines();
                Ok(())
            }
            ChatCommand::Say { address, text } => match self.say(address, text, reply) {
                Ok(()) => return,
                Err((problem, reply)) => return drop(reply.send(Err(problem))),
            },
        };
        let _ = reply.send(done);
    }

    fn open_chat(&mut self, address: String) -> Result<(), Problem> {
        if self.chat.open.as_ref().is_some_and(|open| open.address == address && open.problem.is_none()) {
            return Ok(());
        }
        let own = self.own_id()?;
        let contact = self.registration.contacts().iter().find(|contact| contact.address == address);
        let name = contact.map_or_else(|| address.clone(), |contact| contact.name.clone());
        let partner = contact.map(|contact| contact.id.clone());
        self.chat.open = Some(Open {
            address: address.clone(),
            name,
            group: None,
            lines: Vec::new(),
            older: None,
            loading: true,
            problem: None,
        });
        self.registration.chat_errand(|rest| async move {
            let opened = fetch::open(&rest, own, partner, &address).await;
            Some(ChatNews::Opened(address, opened))
        });
        Ok(())
    }

    fn older_lines(&mut self) {
        let Some(open) = self.chat.open.as_mut().filter(|open| !open.loading) else { return };
        let (Some(group), Some(target)) = (open.group.clone(), open.older.clone()) else { return };
        open.loading = true;
        self.registration.chat_errand(|rest| async move {
            let page = fetch::page(&rest, &target).await;
            Some(ChatNews::Older(group, page))
        });
    }

    /// The reply comes when the space has taken the text.
    fn say(&mut self, address: String, text: String, reply: Reply<()>) -> Result<(), (Problem, Reply<()>)> {
        let own = match self.own_id() {
            Ok(own) if !text.trim().is_empty() => own,
            Ok(_) => {
                let _ = reply.send(Ok(()));
                return Ok(());
            }
            Err(problem) => return Err((problem, reply)),
        };
        let contact = self.registration.contacts().iter().find(|contact| contact.address == address);
        let partner = contact.map(|contact| contact.id.clone());
        self.registration.chat_errand(|rest| async move {
            let said = fetch::say(&rest, own, partner, &address, text).await;
            let _ = reply.send(said.as_ref().map(drop).map_err(|error| problem(error, &address)));
            said.ok().map(|line| ChatNews::Said(Box::new(line)))
        });
        Ok(())
    }

    fn own_id(&self) -> Result<String, Problem> {
        self.registration.own().address_id.clone().ok_or(Problem::new(ProblemCode::NotSignedIn))
    }

    pub(crate) fn read_chats(&mut self) {
        self.registration.chat_errand(|rest| async move { Some(ChatNews::Listed(fetch::list(&rest).await)) });
    }

    pub(crate) fn chat_news(&mut self, news: ChatNews) {
        if let Some(own) = &self.registration.own().address_id {
            self.chat.set_own(own);
        }
        match news {
            ChatNews::Listed(Ok(listed)) => self.chat.listed(listed, &mut self.history),
            // A space without conversations is a space, too.
            ChatNews::Listed(Err(error)) => tracing::info!(%error, "no conversations"),
            ChatNews::Opened(address, Ok((group, page))) => {
                self.chat.opened(&address, group, page, &mut self.history);
            }
            ChatNews::Opened(address, Err(error)) => self.chat.failed(problem(&error, &address)),
            ChatNews::Older(group, Ok(page)) => self.chat.older(&group, page),
            ChatNews::Older(group, Err(error)) => self.chat.failed(problem(&error, &group)),
            ChatNews::Said(line) => self.chat_line(&line),
        }
    }

    /// A line of any conversation of ours.
    pub(crate) fn chat_line(&mut self, line: &ConversationMessage) {
        if let Some(own) = &self.registration.own().address_id {
            self.chat.set_own(own);
        }
        let contacts = self.registration.contacts();
        if let Some(Unread { group, name, text }) = self.chat.heard(line, contacts, &mut self.history) {
            let views = self.chat.views(contacts);
            let address = views.into_iter().find(|view| view.group == group).and_then(|view| view.address);
            self.events.send(Event::Message { name, address, text });
        }
    }
}
