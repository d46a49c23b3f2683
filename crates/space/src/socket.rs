//! The WebSocket at `/`: from the upgrade to a session.

use crate::clock;
use crate::core::{Core, Stranger};
use crate::door::Visit;
use crate::lan::SecondDoor;
use crate::party::Party;
use crate::proof::Purpose;
use crate::session::{self, Dialect, SessionCommand};
use crate::store::Subscriber;
use crate::token::{Claims, TokenError, TokenKind};
use crate::turn::Issuer;
use ahoy_wire::{
    ClientMessage, ClientRequest, ConnectParams, ReauthenticateParams, Reply, RpcError, ServerMessage,
    parse_client,
};
use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{Instant as TokioInstant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

/// A socket whose holder is known.
pub struct Arrival {
    pub socket: WebSocket,
    pub visit: Visit,
    /// Id of the connect request, which waits for its reply.
    pub request: String,
    pub claims: Claims,
    pub subscriber: Subscriber,
    /// The door that it came in by is closed.
    pub closing: CancellationToken,
    /// That door's own TURN server.
    pub relay: Option<Issuer>,
}

/// Each socket keeps this much; most messages are shorter, and there may be thousands of sockets.
const READ_BUFFER: usize = 4 << 10;
/// What proofs are made for.
const CONNECT: &str = "signalwire.connect";
const REAUTHENTICATE: &str = "signalwire.reauthenticate";
/// Messages other than connect that are read before it.
const PATIENCE: usize = 16;

/// `GET /` with an upgrade.
pub async fn upgrade(
    State(core): State<Arc<Core>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    second: Option<Extension<SecondDoor>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let admitted = core.door.request(from.ip(), Instant::now()).and_then(|()| core.door.enter(from.ip()));
    let visit = match admitted {
        Ok(visit) => visit,
        Err(refusal) => {
            tracing::info!(%refusal, "a WebSocket was refused");
            return StatusCode::TOO_MANY_REQUESTS.into_response();
        }
    };
    let limit = core.config.limits.message_bytes;
    // The first door closes with the space.
    let second = second.map(|Extension(second)| second);
    let relay = second.as_ref().and_then(|second| second.relay_for(from.ip()));
    let closing = second.map(|second| second.closing).unwrap_or_default();
    upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(limit.saturating_mul(4))
        .on_upgrade(move |socket| async move {
            let tasks = core.sessions.clone();
            // The task is tracked, so that a shut-down waits for its good-bye.
            tasks.spawn(async move { handshake(core, from, visit, socket, (closing, relay)).await });
        })
}

/// Waits for `signalwire.connect` and hands the socket to its session.
async fn handshake(
    core: Arc<Core>,
    from: SocketAddr,
    visit: Visit,
    mut socket: WebSocket,
    (closing, relay): (CancellationToken, Option<Issuer>),
) {
    let deadline = TokioInstant::now() + core.config.timers.connect;
    for _ in 0..PATIENCE {
        let next = tokio::select! {
            next = timeout_at(deadline, socket.recv()) => next,
            () = closing.cancelled() => return close(socket, close_code::AWAY, "this door is closed").await,
            () = core.close_sessions.cancelled() => return close(socket, close_code::AWAY, "shutting down").await,
        };
        let text = match next {
            Ok(Some(Ok(Message::Text(text)))) => text,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
            Ok(Some(Ok(Message::Binary(_)))) => {
                return close(socket, close_code::UNSUPPORTED, "text only").await;
            }
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            Err(_) => return close(socket, close_code::POLICY, "signalwire.connect is missing").await,
        };
        let reply = match parse_client(&text) {
            Ok(ClientMessage::Request { id, request: ClientRequest::Connect(params) }) => {
                match connect(&core, from, params).await {
                    Ok(Wanted::New { claims, subscriber, dialect }) => {
                        let arrival =
                            Arrival { socket, visit, request: id, claims, subscriber, closing, relay };
                        return session::run(core, dialect, arrival).await;
                    }
                    Ok(Wanted::Old { handle, claims, subscriber }) => {
                        let arrival =
                            Arrival { socket, visit, request: id, claims, subscriber, closing, relay };
                        if !handle.command(SessionCommand::Resume(Box::new(arrival))) {
                            tracing::debug!("a session ended while it was taken up again");
                        }
                        return;
                    }
                    Err(error) => {
                        send(&mut socket, Reply::error(id, error)).await;
                        continue;
                    }
                }
            }
            // Frames that were queued before the connect: the client asks again once it is connected.
            Ok(ClientMessage::Request { id, .. }) => Reply::error(
                id,
                RpcError::new(ahoy_wire::codes::AUTHENTICATION_REQUIRED, "Authentication required"),
            ),
            Ok(ClientMessage::Reply(_)) => continue,
            Err(error) => match error.reply() {
                Some(reply) => reply,
                None => continue,
            },
        };
        send(&mut socket, reply).await;
    }
    close(socket, close_code::POLICY, "signalwire.connect is missing").await;
}

enum Wanted {
    New { claims: Claims, subscriber: Subscriber, dialect: Dialect },
    Old { handle: session::SessionHandle, claims: Claims, subscriber: Subscriber },
}

/// Checks the token, its proof, and the session that is to be taken up again.
async fn connect(core: &Core, from: SocketAddr, params: ConnectParams) -> Result<Wanted, RpcError> {
    core.door.may_authenticate(from.ip(), Instant::now()).map_err(|_| RpcError::authentication_failed())?;
    let stranger = |stranger: Stranger| {
        core.door.failed(from.ip(), Instant::now());
        tracing::info!(%stranger, "a connect was refused");
        stranger.refusal()
    };
    if let Some(protocol) = &params.protocol {
        let (claims, subscriber) = returning(core, &params).await.map_err(stranger)?;
        let handle = core.switchboard.session(protocol).ok_or_else(RpcError::requester_validation_failed)?;
        let state = params.authorization_state.as_ref();
        let party = Party::new(&claims, &subscriber);
        if !handle.party().can_be(&party) || !handle.admits(state.map(|state| state.expose())) {
            core.door.failed(from.ip(), Instant::now());
            return Err(RpcError::requester_validation_failed());
        }
        if claims.exp <= clock::unix_seconds() && handle.legs() == 0 {
            // Calls outlive their token; nothing else does.
            return Err(RpcError::token_expired());
        }
        return Ok(Wanted::Old { handle, claims, subscriber });
    }
    let token = params.authentication.jwt_token.expose();
    let (claims, subscriber) = core.recognise(token, TokenKind::ACCESS).await.map_err(stranger)?;
    if claims.cnf.is_some() {
        let proof = params.dpop_token.as_ref();
        core.prove(&claims, proof, Purpose::Rpc(CONNECT)).map_err(|error| stranger(error.into()))?;
    }
    let dialect = Dialect::of(params.agent.as_deref());
    Ok(Wanted::New { claims, subscriber, dialect })
}

/// Who wants to take up a session. The token may have expired since it began; if it is a client-bound one, it needs a
/// proof all the same. A page that was loaded anew has only the token that it got first, and sends no proof
/// (WIRE.md 1.5): that is good enough as long as it is valid, because the session's own secrets come with it.
async fn returning(core: &Core, params: &ConnectParams) -> Result<(Claims, Subscriber), Stranger> {
    let token = params.authentication.jwt_token.expose();
    let (claims, subscriber) = core.recognise_at(token, TokenKind::ACCESS, 0).await?;
    let reloaded = claims.kind != TokenKind::Device && claims.exp > clock::unix_seconds();
    if claims.cnf.is_some() && !(reloaded && params.dpop_token.is_none()) {
        core.prove(&claims, params.dpop_token.as_ref(), Purpose::Rpc(CONNECT))?;
    }
    Ok((claims, subscriber))
}

/// Why a new token does not fit a session.
pub async fn reauthenticate(
    core: &Core,
    party: &Party,
    params: &ReauthenticateParams,
) -> Result<Claims, Stranger> {
    let token = params.authentication.jwt_token.expose();
    let (claims, subscriber) = core.recognise(token, TokenKind::ACCESS).await?;
    if !party.can_be(&Party::new(&claims, &subscriber)) {
        return Err(Stranger::Token(TokenError::WrongKind));
    }
    if claims.cnf.is_some() {
        core.prove(&claims, params.dpop_token.as_ref(), Purpose::Rpc(REAUTHENTICATE))?;
    }
    Ok(claims)
}

async fn send(socket: &mut WebSocket, reply: Reply) {
    // A client that does not even take this is seen at the next read.
    let _ =
        timeout(Duration::from_secs(5), socket.send(Message::text(ServerMessage::Reply(reply).to_json())))
            .await;
}

/// Says good-bye and lets the socket go. What the client still sends is read until it has gone too: closed before that, the
/// connection would be reset, and with some systems the last words would be lost at the other end (RFC 6455 7.1.1).
pub async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    let parting = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = timeout(Duration::from_secs(1), parting).await;
}
