//! Conversations: who wrote what, and what of it nobody has read. The space keeps them; here is what is shown.
//!
//! New lines are pushed (`conversation.message`); the list is read again whenever the session begins.

mod fetch;
mod orders;
mod view;

pub(crate) use fetch::ChatNews;
pub(crate) use orders::ChatCommand;
pub use view::{ChatLine, ChatLineKind, ChatView, OpenChat};

use crate::call::party::shown;
use crate::history::History;
use crate::snapshot::ContactView;
use ahoy_model::Problem;
use ahoy_wire::ConversationMessage;
use fetch::{Listed, Page};

/// Conversations that are kept in the list.
const MOST: usize = 100;
/// Lines of the open one; whoever reads further back lets go of nothing, but no space may fill the memory.
const MOST_LINES: usize = 2_000;
/// Characters of one line.
const LONGEST: usize = 8_192;

#[derive(Debug, Default)]
pub(crate) struct Chat {
    /// The one with the newest line first.
    groups: Vec<Group>,
    open: Option<Open>,
    /// The id of our own address, by which we know our own lines.
    own: Option<String>,
}

#[derive(Debug)]
struct Group {
    id: String,
    partner: Option<String>,
    name: String,
    last: Option<ChatLine>,
    unread: u32,
}

#[derive(Debug)]
struct Open {
    address: String,
    name: String,
    group: Option<String>,
    lines: Vec<ChatLine>,
    /// Where older lines are.
    older: Option<String>,
    loading: bool,
    problem: Option<Problem>,
}

/// A text that somebody wrote to us and that is not on the screen.
pub(crate) struct Unread {
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Chat {
    pub(crate) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(crate) fn set_own(&mut self, id: &str) {
        self.own = Some(id.to_owned());
    }

    pub(crate) fn views(&self, contacts: &[ContactView]) -> Vec<ChatView> {
        let view = |group: &Group| ChatView {
            group: group.id.clone(),
            address: contacts
                .iter()
                .find(|contact| Some(&contact.id) == group.partner.as_ref())
                .map(|contact| contact.address.clone()),
            name: group.name.clone(),
            unread: group.unread,
            last: group.last.clone(),
        };
        self.groups.iter().map(view).collect()
    }

    pub(crate) fn open_view(&self) -> Option<OpenChat> {
        self.open.as_ref().map(|open| OpenChat {
            address: open.address.clone(),
            name: open.name.clone(),
            lines: open.lines.clone(),
            has_older: open.older.is_some(),
            loading: open.loading,
            problem: open.problem.clone(),
        })
    }

    /// The list as the space has it. Lines newer than what was read count as unread.
    fn listed(&mut self, listed: Vec<Listed>, history: &mut History) {
        let opened = self.open.as_ref().and_then(|open| open.group.clone());
        for one in listed {
            if !one.own.is_empty() {
                self.own = Some(one.own);
            }
            let seen = history.read_up_to(&one.group);
            let lines: Vec<ChatLine> = one.page.lines.iter().filter_map(|line| self.line(line)).collect();
            let fresh = |line: &&ChatLine| !line.own && line.kind == ChatLineKind::Text && line.at > seen;
            let is_open = opened.as_ref() == Some(&one.group);
            let unread = if is_open { 0 } else { lines.iter().filter(fresh).count() as u32 };
            let group = Group {
                id: one.group,
                partner: one.partner,
                name: shown(&one.name),
                last: lines.into_iter().next(),
                unread,
            };
            self.groups.retain(|known| known.id != group.id);
            self.groups.push(group);
        }
        self.sort();
    }

    fn opened(&mut self, address: &str, group: String, page: Page, history: &mut History) {
        let lines = self.lines(&page);
        let Some(open) = self.open.as_mut().filter(|open| open.address == address) else { return };
        (open.loading, open.problem, open.older) = (false, None, page.next);
        // What was pushed while the page was on its way stays behind it.
        let pushed = std::mem::take(&mut open.lines);
        open.lines = lines;
        open.group = Some(group.clone());
        for line in pushed {
            add(&mut open.lines, line);
        }
        self.read(&group, history);
    }

    fn older(&mut self, group: &str, page: Page) {
        let lines = self.lines(&page);
        let Some(open) = self.open.as_mut().filter(|open| open.group.as_deref() == Some(group)) else {
            return;
        };
        open.loading = false;
        let room = MOST_LINES.saturating_sub(open.lines.len());
        open.older = page.next.filter(|_| lines.len() <= room);
        let known = std::mem::take(&mut open.lines);
        open.lines = lines;
        for line in known {
            add(&mut open.lines, line);
        }
    }

    /// A new line, pushed or our own; the same one may come both ways.
    pub(crate) fn heard(
        &mut self,
        message: &ConversationMessage,
        contacts: &[ContactView],
        history: &mut History,
    ) -> Option<Unread> {
        let line = self.line(message)?;
        let id = message.group_id.clone()?;
        let name = shown(message.conversation_name.as_deref().unwrap_or(&line.author));
        let from = message.from_fabric_address_id.clone().filter(|_| !line.own);
        if !self.groups.iter().any(|group| group.id == id) {
            let room = contacts.iter().find(|contact| id.strip_prefix("sw_") == Some(contact.id.as_str()));
            let partner = room.map(|room| room.id.clone()).or(from);
            self.groups.push(Group { id: id.clone(), partner, name, last: None, unread: 0 });
        }
        let group = self.groups.iter_mut().find(|group| group.id == id)?;
        if group.last.as_ref().is_some_and(|last| last.id == line.id) {
            return None;
        }
        group.last = Some(line.clone());
        let counts = !line.own && line.kind == ChatLineKind::Text;
        let group_name = group.name.clone();
        let open = self.open.as_mut().filter(|open| open.group.as_ref() == Some(&id));
        let unread = match open {
            Some(open) => {
                add(&mut open.lines, line);
                self.read(&id, history);
                None
            }
            None if counts => {
                group.unread = group.unread.saturating_add(1);
                Some(Unread { group: id, name: group_name, text: line.text })
            }
            None => None,
        };
        self.sort();
        unread
    }

    /// Everything in it has been seen.
    fn read(&mut self, group: &str, history: &mut History) {
        let open = self.open.as_ref().filter(|open| open.group.as_deref() == Some(group));
        let newest = open.and_then(|open| open.lines.last()).map(|line| line.at);
        if let Some(newest) = newest {
            history.mark_read(group, newest);
        }
        if let Some(known) = self.groups.iter_mut().find(|known| known.id == group) {
            known.unread = 0;
        }
    }

    fn failed(&mut self, problem: Problem) {
        if let Some(open) = &mut self.open {
            (open.loading, open.problem) = (false, Some(problem));
        }
    }

    fn sort(&mut self) {
        let at = |group: &Group| group.last.as_ref().map_or(0.0, |last| last.at);
        self.groups.sort_by(|a, b| at(b).total_cmp(&at(a)));
        self.groups.truncate(MOST);
    }

    /// Oldest first.
    fn lines(&self, page: &Page) -> Vec<ChatLine> {
        let mut lines = Vec::new();
        for line in page.lines.iter().rev().filter_map(|line| self.line(line)) {
            add(&mut lines, line);
        }
        lines
    }

    /// `None` for what is not to be shown.
    fn line(&self, message: &ConversationMessage) -> Option<ChatLine> {
        if message.hidden == Some(true) {
            return None;
        }
        let kind = match message.kind.as_deref() {
            Some("outbound_call") => ChatLineKind::OutboundCall,
            Some("inbound_call") => ChatLineKind::InboundCall,
            _ if message.text.is_some() => ChatLineKind::Text,
            _ => return None,
        };
        let details = message.details.as_ref().filter(|_| kind != ChatLineKind::Text);
        let time = |stamp: Option<&ahoy_wire::Stamp>| stamp.and_then(ahoy_wire::Stamp::unix_ms).unwrap_or(0);
        let took = details
            .map(|details| time(details.end_time.as_ref()).saturating_sub(time(details.start_time.as_ref())));
        Some(ChatLine {
            id: message.id.clone(),
            kind,
            text: message.text.as_deref().map(clean).unwrap_or_default(),
            author: shown(message.user_name.as_deref().unwrap_or_default()),
            own: self.own.is_some() && self.own == message.from_fabric_address_id,
            at: time(message.ts.as_ref()) as f64,
            call: details.and_then(|details| details.status.clone()),
            duration: took.unwrap_or(0) as f64,
        })
    }
}

/// In its place by time, once.
fn add(lines: &mut Vec<ChatLine>, line: ChatLine) {
    if lines.iter().any(|known| known.id == line.id) {
        return;
    }
    let place = lines.iter().rposition(|known| known.at <= line.at).map_or(0, |place| place + 1);
    lines.insert(place, line);
}

/// Lines may be broken; other control characters do nothing good.
fn clean(text: &str) -> String {
    text.chars().filter(|c| *c == '\n' || !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests;
