//! Rooms of ours: made, changed and deleted by the space's REST interface (WIRE.md 10). Spaces that let only their own
//! server do that refuse.

use crate::command::Reply;
use crate::house::Answered;
use crate::rest::{Rest, RestError};
use ahoy_model::{Problem, ProblemCode};
use serde::{Deserialize, Serialize};

const ROOMS: &str = "/api/fabric/resources/conference_rooms";

/// A room and its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
pub struct OwnRoom {
    /// `None`: it is to be made.
    pub id: Option<String>,
    /// What people see.
    pub title: String,
    /// `/public/<name>`; the space chooses it when the room is made.
    pub address: String,
    pub capacity: u32,
    pub layout: String,
    /// Only those below come in; else everybody does.
    pub invited_only: bool,
    /// Addresses: who moderates, who speaks, who only listens.
    pub owners: Vec<String>,
    pub members: Vec<String>,
    pub audience: Vec<String>,
    /// Whoever is not named comes in as a listener.
    pub others_listen: bool,
    /// It is recorded from the first one on.
    pub record: bool,
}

/// A room as the space describes it. What it does not say is as in a new one.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Described {
    name: String,
    display_name: String,
    max_members: u32,
    layout: String,
    join: String,
    owners: Vec<String>,
    members: Vec<String>,
    audience: Vec<String>,
    others_are_audience: bool,
    record_on_start: bool,
}

#[derive(Deserialize)]
struct Resource {
    id: String,
    #[serde(default)]
    conference_room: Described,
}

#[derive(Deserialize)]
struct List {
    data: Vec<Resource>,
}

/// What is sent.
#[derive(Serialize)]
struct Wanted<'a> {
    /// Only when it is made: it becomes the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    display_name: &'a str,
    max_members: u32,
    layout: &'a str,
    join: &'static str,
    owners: &'a [String],
    members: &'a [String],
    audience: &'a [String],
    others_are_audience: bool,
    record_on_start: bool,
}

impl From<Resource> for OwnRoom {
    fn from(resource: Resource) -> Self {
        let room = resource.conference_room;
        Self {
            id: Some(resource.id),
            address: format!("/public/{}", room.name),
            title: room.display_name,
            capacity: room.max_members,
            layout: room.layout,
            invited_only: room.join == "listed",
            owners: room.owners,
            members: room.members,
            audience: room.audience,
            others_listen: room.others_are_audience,
            record: room.record_on_start,
        }
    }
}

impl OwnRoom {
    fn wanted(&self) -> Wanted<'_> {
        let title = self.title.trim();
        Wanted {
            name: self.id.is_none().then_some(title),
            display_name: title,
            max_members: self.capacity,
            layout: &self.layout,
            join: if self.invited_only { "listed" } else { "everyone" },
            owners: &self.owners,
            members: &self.members,
            audience: &self.audience,
            others_are_audience: self.others_listen,
            record_on_start: self.record,
        }
    }
}

/// All of ours, by name.
pub(crate) fn list(rest: Option<&Rest>, reply: Reply<Vec<OwnRoom>>) -> Answered {
    asked(rest, reply, |rest| async move {
        let list: List = rest.get(&format!("{ROOMS}?page_size=100")).await?;
        Ok(list.data.into_iter().map(OwnRoom::from).collect())
    })
}

/// Makes the room, or changes it; as the space has it then.
pub(crate) fn save(rest: Option<&Rest>, room: OwnRoom, reply: Reply<OwnRoom>) -> Answered {
    asked(rest, reply, |rest| async move {
        let kept: Resource = match &room.id {
            Some(id) => rest.put(&path(id)?, &room.wanted()).await?,
            None => rest.post(ROOMS, &room.wanted()).await?,
        };
        Ok(kept.into())
    })
}

/// Whoever is in it has to go.
pub(crate) fn delete(rest: Option<&Rest>, id: String, reply: Reply<()>) -> Answered {
    asked(rest, reply, |rest| async move { rest.delete(&path(&id)?).await })
}

/// The id comes from the space and goes into a path.
fn path(id: &str) -> Result<String, RestError> {
    let plain = !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if plain { Ok(format!("{ROOMS}/{id}")) } else { Err(RestError::BadUrl) }
}

/// Asks beside the phone's task.
fn asked<T: Send + 'static, F>(
    rest: Option<&Rest>,
    reply: Reply<T>,
    ask: impl FnOnce(Rest) -> F + Send + 'static,
) -> Answered
where
    F: Future<Output = Result<T, RestError>> + Send + 'static,
{
    let rest = rest.cloned();
    Box::new(move || {
        tokio::spawn(async move {
            let outcome = match rest {
                Some(rest) => ask(rest).await.map_err(|error| problem(&error)),
                None => Err(Problem::new(ProblemCode::NotSignedIn)),
            };
            // A reply that nobody waits for any more is no loss.
            let _ = reply.send(outcome);
        });
    })
}

fn problem(error: &RestError) -> Problem {
    match error {
        // Not our token: only some spaces let their subscribers do this.
        RestError::Status(401 | 403 | 404 | 405) => Problem::new(ProblemCode::RoomsNotAllowed).because(error),
        RestError::Status(400..500) => Problem::new(ProblemCode::RoomRefused).because(error),
        error => error.problem(),
    }
}
