//! This computer's own space, inside the app.

use crate::lan::MemberEntry;
use ahoy_model::{Problem, ProblemCode, Secret};
use ahoy_phone::{FreshToken, SpaceAccount, TokenSource};
use ahoy_space::{LanDoor, LanError, LanOptions, Space, SpaceConfig, SpaceStartError};
use async_trait::async_trait;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::{RwLock, watch};

/// Where others look first. Any free port will do when it is taken.
pub const PORT: u16 = 7780;
/// What the user sees as its name.
const NAME: &str = "This computer";
const TOKEN_LIFE: Duration = Duration::from_secs(12 * 3_600);

#[derive(Clone, Debug, Default)]
enum State {
    /// Not wanted in this run.
    #[default]
    Off,
    Starting,
    Running(Arc<Running>),
    Failed(Problem),
}

struct Running {
    /// `None` once it is shut down.
    space: RwLock<Option<Space>>,
    url: String,
    rest_url: String,
}

impl Running {
    fn new(space: Space) -> Self {
        Self { url: space.url(), rest_url: space.rest_url(), space: RwLock::new(Some(space)) }
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({})", self.url)
    }
}

/// Starts in the background; whoever needs it waits.
#[derive(Clone, Debug)]
pub struct OwnSpace {
    state: watch::Receiver<State>,
}

impl OwnSpace {
    pub fn off() -> Self {
        Self { state: watch::channel(State::Off).1 }
    }

    /// Starts it inside the current runtime. `tell` hears what the user should know (`PortInUse`, or why it failed).
    pub fn start(data: PathBuf, tell: impl FnOnce(Problem) + Send + 'static) -> Self {
        Self::start_on(PORT, data, tell)
    }

    fn start_on(port: u16, data: PathBuf, tell: impl FnOnce(Problem) + Send + 'static) -> Self {
        let (writer, state) = watch::channel(State::Starting);
        tokio::spawn(async move {
            match open(port, data).await {
                Ok((space, problem)) => {
                    writer.send_replace(State::Running(Arc::new(Running::new(space))));
                    if let Some(problem) = problem {
                        tell(problem);
                    }
                }
                Err(problem) => {
                    tracing::error!(%problem, "this computer's space does not start");
                    writer.send_replace(State::Failed(problem.clone()));
                    tell(problem);
                }
            }
            // Kept open, so that readers see the last state and not an end.
            writer.closed().await;
        });
        Self { state }
    }

    /// Whether this run has one, or is on its way to one.
    pub fn is_wanted(&self) -> bool {
        !matches!(&*self.state.borrow(), State::Off)
    }

    pub fn url(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Running(running) => Some(running.url.clone()),
            _ => None,
        }
    }

    /// Once it is no longer starting.
    async fn running(&self) -> Result<Arc<Running>, Problem> {
        let mut state = self.state.clone();
        let settled =
            state.wait_for(|state| !matches!(state, State::Starting)).await.map(|state| state.clone());
        match settled {
            Ok(State::Running(running)) => Ok(running),
            Ok(State::Failed(problem)) => Err(problem),
            _ => Err(Problem::new(ProblemCode::SpaceUnreachable).because("this run has no space of its own")),
        }
    }

    /// Opens it to this computer's networks.
    pub async fn open_lan(&self, options: LanOptions) -> Result<LanDoor, Problem> {
        let running = self.running().await?;
        let space = running.space.read().await;
        let opened = space.as_ref().ok_or_else(closed)?.open_lan(options).await;
        opened.map_err(|error| match error {
            LanError::Listen(SpaceStartError::PortInUse(port)) => {
                Problem::new(ProblemCode::PortInUse).about(port.to_string())
            }
            error => Problem::new(ProblemCode::LanUnavailable).because(error),
        })
    }

    /// Everybody whom it knows. Nobody while it does not run.
    pub async fn members(&self) -> Vec<MemberEntry> {
        let Ok(running) = self.running().await else { return Vec::new() };
        let space = running.space.read().await;
        let Some(space) = space.as_ref() else { return Vec::new() };
        let members = space.members().await.inspect_err(|error| tracing::warn!(%error, "who is there?"));
        let view = |member: ahoy_space::SpaceMember| MemberEntry {
            id: member.id,
            name: member.name,
            address: member.address,
            device: member.device,
            online: member.is_online,
        };
        members.unwrap_or_default().into_iter().map(view).collect()
    }

    /// Ends somebody's membership.
    pub async fn dismiss(&self, member: &str) -> Result<(), Problem> {
        let running = self.running().await?;
        let space = running.space.read().await;
        let gone = space.as_ref().ok_or_else(closed)?.dismiss(member).await;
        gone.map(drop).map_err(|error| Problem::new(ProblemCode::StorageFailed).because(error))
    }

    /// An account for the user of this computer, as soon as the space runs.
    pub async fn account(&self, name: &str) -> Result<SpaceAccount, Problem> {
        let running = self.running().await?;
        let tokens =
            Tokens { running: Arc::downgrade(&running), reference: reference(name), name: name.to_owned() };
        let token = tokens.fresh_token().await?.token;
        let mut account = SpaceAccount::new(running.url.clone(), running.rest_url.clone(), token);
        account.name = Some(NAME.to_owned());
        account.tokens = Some(Arc::new(tokens));
        Ok(account)
    }

    pub fn urls(&self) -> Option<(String, String)> {
        match &*self.state.borrow() {
            State::Running(running) => Some((running.url.clone(), running.rest_url.clone())),
            _ => None,
        }
    }

    /// A token for somebody in it. `SpaceUnreachable` while it does not run.
    pub async fn mint(&self, reference: &str, name: Option<&str>, life: Duration) -> Result<Secret, Problem> {
        let running = match &*self.state.borrow() {
            State::Running(running) => running.clone(),
            _ => return Err(Problem::new(ProblemCode::SpaceUnreachable).because("it does not run")),
        };
        let space = running.space.read().await;
        let space = space.as_ref().ok_or(Problem::new(ProblemCode::SpaceUnreachable))?;
        let minted = space.mint(reference, name, life).await;
        minted.map_err(|error| Problem::new(ProblemCode::TokenRefused).because(error))
    }

    /// Says good-bye to everybody.
    pub async fn shut_down(&self) {
        let running = match &*self.state.borrow() {
            State::Running(running) => running.clone(),
            _ => return,
        };
        let space = running.space.write().await.take();
        if let Some(space) = space {
            space.shut_down().await;
        }
    }
}

async fn open(port: u16, data: PathBuf) -> Result<(Space, Option<Problem>), Problem> {
    let config = |port| SpaceConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        data: Some(data.clone()),
        ..SpaceConfig::default()
    };
    match Space::start(config(port)).await {
        Ok(space) => Ok((space, None)),
        Err(SpaceStartError::PortInUse(port)) => {
            let space = Space::start(config(0)).await.map_err(as_problem)?;
            Ok((space, Some(Problem::new(ProblemCode::PortInUse).about(port.to_string()))))
        }
        Err(error) => Err(as_problem(error)),
    }
}

fn closed() -> Problem {
    Problem::new(ProblemCode::SpaceUnreachable).because("the space is closed")
}

fn as_problem(error: SpaceStartError) -> Problem {
    let code = match &error {
        SpaceStartError::Store(_) | SpaceStartError::Interrupted => ProblemCode::StorageFailed,
        _ => ProblemCode::SpaceUnreachable,
    };
    Problem::new(code).because(error)
}

/// A stable, dialable name: `Anna Kowalska` → `anna-kowalska`.
fn reference(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let joined = words.join("-");
    if joined.is_empty() { "me".to_owned() } else { joined.chars().take(48).collect() }
}

/// Mints a new token before the old one ends, for as long as the space runs.
struct Tokens {
    running: Weak<Running>,
    reference: String,
    name: String,
}

#[async_trait]
impl TokenSource for Tokens {
    async fn fresh_token(&self) -> Result<FreshToken, Problem> {
        let running = self.running.upgrade().ok_or_else(closed)?;
        let space = running.space.read().await;
        let name = Some(self.name.as_str()).filter(|name| !name.is_empty());
        let minted = space.as_ref().ok_or_else(closed)?.mint(&self.reference, name, TOKEN_LIFE).await;
        minted.map(FreshToken::from).map_err(|error| Problem::new(ProblemCode::TokenRefused).because(error))
    }
}

#[cfg(test)]
#[path = "own_space_tests.rs"]
mod tests;
