//! What is asked of the space for conversations (WIRE.md 10).

use crate::directory;
use crate::rest::{Rest, RestError};
use ahoy_model::DialTarget;
use ahoy_wire::ConversationMessage;
use ahoy_wire::rest::{ConversationList, JoinReply, JoinRequest, MessageList, MessageRequest};

const CONVERSATIONS: &str = "/api/fabric/conversations";
/// Conversations that are listed; older ones appear when somebody speaks in them.
const LISTED: usize = 30;
/// Lines that are read at once.
const PAGE: usize = 30;

/// What comes back.
#[derive(Debug)]
pub(crate) enum ChatNews {
    Listed(Result<Vec<Listed>, RestError>),
    /// The conversation with this address, and its newest lines.
    Opened(String, Result<(String, Page), RestError>),
    /// Lines before those of this conversation.
    Older(String, Result<Page, RestError>),
    /// Our own line as the space wrote it down.
    Said(Box<ConversationMessage>),
}

#[derive(Debug)]
pub(crate) struct Listed {
    pub(crate) group: String,
    pub(crate) own: String,
    /// The id of the other's address.
    pub(crate) partner: Option<String>,
    pub(crate) name: String,
    pub(crate) page: Page,
}

/// Newest first.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) lines: Vec<ConversationMessage>,
    pub(crate) next: Option<String>,
}

pub(crate) async fn list(rest: &Rest) -> Result<Vec<Listed>, RestError> {
    let list: ConversationList = rest.get(&format!("{CONVERSATIONS}?page_size={LISTED}")).await?;
    let mut found = Vec::new();
    for conversation in list.data.into_iter().take(LISTED) {
        let group = conversation.group_id.unwrap_or(conversation.id);
        // Nothing was ever said in it.
        if conversation.last_message_at.is_none() {
            continue;
        }
        found.push(Listed {
            page: page(rest, &first(&group)).await?,
            group,
            own: conversation.from_fabric_address_id.unwrap_or_default(),
            partner: conversation.address_id,
            name: conversation.name.unwrap_or_default(),
        });
    }
    Ok(found)
}

/// The conversation between `own` and whoever has this address; made when there is none.
pub(crate) async fn open(
    rest: &Rest,
    own: String,
    partner: Option<String>,
    address: &str,
) -> Result<(String, Page), RestError> {
    let group = join(rest, own, partner, address).await?;
    let page = page(rest, &first(&group)).await?;
    Ok((group, page))
}

pub(crate) async fn page(rest: &Rest, target: &str) -> Result<Page, RestError> {
    let list: MessageList = rest.get(target).await?;
    let next = list.links.next.filter(|next| !next.is_empty() && !list.data.is_empty() && next != target);
    Ok(Page { lines: list.data, next })
}

pub(crate) async fn say(
    rest: &Rest,
    own: String,
    partner: Option<String>,
    address: &str,
    text: String,
) -> Result<ConversationMessage, RestError> {
    let group_id = join(rest, own.clone(), partner, address).await?;
    rest.post("/api/fabric/messages", &MessageRequest::bare(group_id, own, text)).await
}

async fn join(rest: &Rest, own: String, partner: Option<String>, address: &str) -> Result<String, RestError> {
    let partner = match partner {
        Some(id) => id,
        None => {
            let target = DialTarget::parse(address).map_err(|_| RestError::BadUrl)?;
            let found = directory::find(rest, &target).await?;
            found.map(|contact| contact.id).ok_or(RestError::Status(404))?
        }
    };
    let request = JoinRequest::bare(own, vec![partner]);
    let reply: JoinReply = rest.post(&format!("{CONVERSATIONS}/join"), &request).await?;
    Ok(reply.group_id)
}

fn first(group: &str) -> String {
    format!("{CONVERSATIONS}/{group}/messages?page_size={PAGE}")
}
