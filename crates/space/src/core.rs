//! What every part of a running space shares.

use crate::clock;
use crate::config::SpaceConfig;
use crate::door::Door;
use crate::key::KeyError;
use crate::store::{Store, StoreError, Subscriber};
use crate::switchboard::Switchboard;
use crate::token::{Claims, Mint, TokenError, TokenKind};
use crate::turn::Turn;
use ahoy_model::{NodeId, Secret};
use ahoy_wire::RpcError;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Life of a token when nobody says otherwise, as in the real service.
pub const TOKEN_LIFE: Duration = Duration::from_secs(2 * 3_600);
/// A refresh token outlives its token by five minutes.
pub const REFRESH_LIFE: Duration = Duration::from_secs(2 * 3_600 + 300);

pub struct Core {
    pub config: SpaceConfig,
    pub space_id: String,
    pub project_id: String,
    pub node: NodeId,
    pub mint: Mint,
    pub store: Store,
    pub door: Door,
    pub switchboard: Switchboard,
    pub turn: Option<Turn>,
    /// Calls are to end: the first step of a shut-down.
    pub end_calls: CancellationToken,
    /// Sessions are to end, once the calls have said bye.
    pub close_sessions: CancellationToken,
    pub calls: TaskTracker,
    pub sessions: TaskTracker,
}

/// Why a bearer of a token is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Stranger {
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("the subscriber of this token is gone")]
    Gone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Stranger {
    /// What the client is told. Only whoever holds a token that we made learns that it has expired.
    pub fn refusal(&self) -> RpcError {
        match self {
            Self::Token(TokenError::Expired) => RpcError::token_expired(),
            _ => RpcError::authentication_failed(),
        }
    }
}

impl Core {
    /// A token for `subscriber` that ends at `exp` (unix seconds).
    pub fn seal(
        &self,
        subscriber: &str,
        kind: TokenKind,
        exp: u64,
        scope: Vec<String>,
        cnf: Option<String>,
    ) -> Result<Secret, KeyError> {
        self.mint.seal(&Claims {
            jti: Uuid::new_v4().to_string(),
            sub: subscriber.to_owned(),
            project: self.project_id.clone(),
            kind,
            iat: clock::unix_seconds(),
            exp,
            scope,
            cnf,
            allowed: Vec::new(),
        })
    }

    /// Who holds this token.
    pub async fn recognise(&self, token: &str, kind: TokenKind) -> Result<(Claims, Subscriber), Stranger> {
        let claims = self.mint.open(token, &[kind], clock::unix_seconds())?;
        if claims.project != self.project_id {
            return Err(Stranger::Token(TokenError::Foreign));
        }
        let subscriber = self.store.subscriber(&claims.sub).await?.ok_or(Stranger::Gone)?;
        Ok((claims, subscriber))
    }
}
