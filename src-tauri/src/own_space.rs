//! This computer's own space, inside the app.

use ahoy_model::{Problem, ProblemCode, Secret};
use ahoy_phone::{SpaceAccount, TokenSource};
use ahoy_space::{Space, SpaceConfig, SpaceStartError};
use async_trait::async_trait;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// Where others look first. Any free port will do when it is taken.
pub const PORT: u16 = 7780;
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
    space: Space,
    name: String,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({})", self.space.url())
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
        let (writer, state) = watch::channel(State::Starting);
        tokio::spawn(async move {
            match open(data).await {
                Ok((space, problem)) => {
                    writer.send_replace(State::Running(Arc::new(Running { space, name: host_name() })));
                    problem.map(tell);
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

    pub fn url(&self) -> Option<String> {
        match &*self.state.borrow() {
            State::Running(running) => Some(running.space.url()),
            _ => None,
        }
    }

    /// An account for the user of this computer, as soon as the space runs.
    pub async fn account(&self, name: &str) -> Result<SpaceAccount, Problem> {
        let mut state = self.state.clone();
        let settled = state.wait_for(|state| !matches!(state, State::Starting)).await;
        let running = match settled.as_deref() {
            Ok(State::Running(running)) => running.clone(),
            Ok(State::Failed(problem)) => return Err(problem.clone()),
            _ => return Err(Problem::new(ProblemCode::SpaceUnreachable).because("this run has no space of its own")),
        };
        drop(settled);
        let tokens = Tokens { running: Arc::downgrade(&running), reference: reference(name), name: name.to_owned() };
        let token = tokens.fresh_token().await?;
        let mut account = SpaceAccount::new(running.space.url(), running.space.rest_url(), token);
        account.name = Some(running.name.clone());
        account.tokens = Some(Arc::new(tokens));
        Ok(account)
    }

    /// Says good-bye to everybody.
    pub async fn shut_down(&self) {
        let running = match &*self.state.borrow() {
            State::Running(running) => running.clone(),
            _ => return,
        };
        running.space.shut_down().await;
    }
}

async fn open(data: PathBuf) -> Result<(Space, Option<Problem>), Problem> {
    let config = |port| SpaceConfig {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        data: Some(data.clone()),
        ..SpaceConfig::default()
    };
    match Space::start(config(PORT)).await {
        Ok(space) => Ok((space, None)),
        Err(SpaceStartError::PortInUse(port)) => {
            let space = Space::start(config(0)).await.map_err(as_problem)?;
            Ok((space, Some(Problem::new(ProblemCode::PortInUse).about(port.to_string()))))
        }
        Err(error) => Err(as_problem(error)),
    }
}

fn as_problem(error: SpaceStartError) -> Problem {
    let code = match &error {
        SpaceStartError::Store(_) | SpaceStartError::Interrupted => ProblemCode::StorageFailed,
        _ => ProblemCode::SpaceUnreachable,
    };
    Problem::new(code).because(error)
}

fn host_name() -> String {
    "This computer".to_owned()
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
    async fn fresh_token(&self) -> Result<Secret, Problem> {
        let running =
            self.running.upgrade().ok_or_else(|| Problem::new(ProblemCode::SpaceUnreachable).because("the space is closed"))?;
        let name = Some(self.name.as_str()).filter(|name| !name.is_empty());
        let minted = running.space.mint(&self.reference, name, TOKEN_LIFE).await;
        minted.map_err(|error| Problem::new(ProblemCode::TokenRefused).because(error))
    }
}

#[cfg(test)]
mod tests {
    use super::reference;

    #[test]
    fn names_become_addresses() {
        assert_eq!(reference("Anna Kowalska"), "anna-kowalska");
        assert_eq!(reference("  Zoë (desk) "), "zoë-desk");
        assert_eq!(reference("!?"), "me");
    }
}
