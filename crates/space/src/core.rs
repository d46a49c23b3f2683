//! What every part of a running space shares.

use crate::calling::Desk;
use crate::clock;
use crate::conference::Conferences;
use crate::config::SpaceConfig;
use crate::door::Door;
use crate::proof::{ProofError, Proofs, Purpose};
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
/// Life of a guest's token that an embed is exchanged for; the SDK takes it for an hour (WIRE.md 1.2).
pub const GUEST_LIFE: Duration = Duration::from_secs(3_600);
/// A refresh token outlives its token by five minutes.
pub const REFRESH_LIFE: Duration = Duration::from_secs(2 * 3_600 + 300);

pub struct Core {
    pub config: SpaceConfig,
    pub space_id: String,
    pub project_id: String,
    pub node: NodeId,
    pub mint: Mint,
    pub proofs: Proofs,
    pub store: Store,
    pub door: Door,
    pub switchboard: Switchboard,
    pub turn: Option<Turn>,
    pub desk: Desk,
    /// Calls are to end: the first step of a shut-down.
    pub end_calls: CancellationToken,
    /// Sessions are to end, once the calls have said bye.
    pub close_sessions: CancellationToken,
    pub calls: TaskTracker,
    pub conferences: Conferences,
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
    Proof(#[from] ProofError),
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
    /// What a token for `sub` says that ends at `exp` (unix seconds); the rest is up to the caller.
    pub fn claims(&self, sub: &str, kind: TokenKind, exp: u64) -> Claims {
        Claims {
            jti: Uuid::new_v4().to_string(),
            sub: sub.to_owned(),
            project: self.project_id.clone(),
            kind,
            iat: clock::unix_seconds(),
            exp,
            scope: Vec::new(),
            cnf: None,
            allowed: Vec::new(),
            embed: None,
        }
    }

    /// Who holds this token now.
    pub async fn recognise(
        &self,
        token: &str,
        kinds: &[TokenKind],
    ) -> Result<(Claims, Subscriber), Stranger> {
        self.recognise_at(token, kinds, clock::unix_seconds()).await
    }

    /// The same at another time (unix seconds): what has expired since is good enough for some things.
    pub async fn recognise_at(
        &self,
        token: &str,
        kinds: &[TokenKind],
        now: u64,
    ) -> Result<(Claims, Subscriber), Stranger> {
        let claims = self.mint.open(token, kinds, now)?;
        if claims.project != self.project_id {
            return Err(Stranger::Token(TokenError::Foreign));
        }
        if claims.is_guest() {
            self.admits_guest(&claims).await?;
            let guest = Subscriber::guest(&claims.sub);
            return Ok((claims, guest));
        }
        let subscriber = self.store.subscriber(&claims.sub).await?.ok_or(Stranger::Gone)?;
        Ok((claims, subscriber))
    }

    /// A guest who came by an embed goes with it.
    async fn admits_guest(&self, claims: &Claims) -> Result<(), Stranger> {
        match &claims.embed {
            Some(embed) if !self.store.has_embed(embed).await? => Err(Stranger::Gone),
            _ => Ok(()),
        }
    }

    /// Takes a proof of possession made for `purpose` with the key that `claims` is bound to, or, if it is bound to none,
    /// with any. The key's thumbprint.
    pub fn prove(
        &self,
        claims: &Claims,
        proof: Option<&Secret>,
        purpose: Purpose<'_>,
    ) -> Result<String, ProofError> {
        self.proofs.take(proof, purpose, claims.cnf.as_deref(), clock::unix_seconds())
    }
}
