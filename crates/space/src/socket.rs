//! The WebSocket at `/`: from the upgrade to a session.

use crate::clock;
use crate::core::{Core, Stranger};
use crate::door::Visit;
use crate::party::Party;
use crate::session::{self, Dialect, SessionCommand};
use crate::store::Subscriber;
use crate::token::{Claims, TokenError, TokenKind};
use ahoy_wire::{ClientMessage, ClientRequest, ConnectParams, Reply, RpcError, ServerMessage, parse_client};
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::{Instant as TokioInstant, timeout, timeout_at};

/// A socket whose holder is known.
pub struct Arrival {
    pub socket: WebSocket,
    pub visit: Visit,
    /// Id of the connect request, which waits for its reply.
    pub request: String,
    pub claims: Claims,
    pub subscriber: Subscriber,
}

/// Each socket keeps this much; most messages are shorter, and there may be thousands of sockets.
const READ_BUFFER: usize = 4 << 10;
/// Messages other than connect that are read before it.
const PATIENCE: usize = 16;

/// `GET /` with an upgrade.
pub async fn upgrade(
    State(core): State<Arc<Core>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
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
    upgrade
        .max_message_size(limit)
        .max_frame_size(limit)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(limit.saturating_mul(4))
        .on_upgrade(move |socket| async move {
            let tasks = core.sessions.clone();
            // The task is tracked, so that a shut-down waits for its good-bye.
            tasks.spawn(async move { handshake(core, from, visit, socket).await });
        })
}

/// Waits for `signalwire.connect` and hands the socket to its session.
async fn handshake(core: Arc<Core>, from: SocketAddr, visit: Visit, mut socket: WebSocket) {
    let deadline = TokioInstant::now() + core.config.timers.connect;
    for _ in 0..PATIENCE {
        let next = tokio::select! {
            next = timeout_at(deadline, socket.recv()) => next,
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
                        let arrival = Arrival { socket, visit, request: id, claims, subscriber };
                        return session::run(core, dialect, arrival).await;
                    }
                    Ok(Wanted::Old { handle, claims, subscriber }) => {
                        let arrival = Arrival { socket, visit, request: id, claims, subscriber };
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

/// Checks the token, and the session that is to be taken up again.
async fn connect(core: &Core, from: SocketAddr, params: ConnectParams) -> Result<Wanted, RpcError> {
    core.door.may_authenticate(from.ip(), Instant::now()).map_err(|_| RpcError::authentication_failed())?;
    let token = &params.authentication.jwt_token;
    let stranger = |stranger: Stranger| {
        core.door.failed(from.ip(), Instant::now());
        tracing::info!(%stranger, "a connect was refused");
        stranger.refusal()
    };
    if let Some(protocol) = &params.protocol {
        // A session may be taken up with the token it began with, although that has expired since.
        let claims =
            core.mint.open(token.expose(), &[TokenKind::Subscriber], 0).map_err(|e| stranger(e.into()))?;
        let subscriber = core.store.subscriber(&claims.sub).await.map_err(|e| stranger(e.into()))?;
        let subscriber = subscriber.ok_or(Stranger::Gone).map_err(stranger)?;
        let handle = core.switchboard.session(protocol).ok_or_else(RpcError::requester_validation_failed)?;
        let state = params.authorization_state.as_ref();
        if handle.party().subscriber_id != subscriber.id || !handle.admits(state.map(|state| state.expose()))
        {
            core.door.failed(from.ip(), Instant::now());
            return Err(RpcError::requester_validation_failed());
        }
        return Ok(Wanted::Old { handle, claims, subscriber });
    }
    let (claims, subscriber) =
        core.recognise(token.expose(), TokenKind::Subscriber).await.map_err(stranger)?;
    let v3 = params
        .agent
        .as_deref()
        .is_some_and(|agent| agent.starts_with("@signalwire/js/") && agent.contains("/3."));
    Ok(Wanted::New { claims, subscriber, dialect: if v3 { Dialect::V3 } else { Dialect::V4 } })
}

/// Why a new token does not fit a session.
pub async fn reauthenticate(core: &Core, party: &Party, token: &str) -> Result<Claims, Stranger> {
    let (claims, subscriber) = core.recognise(token, TokenKind::Subscriber).await?;
    if subscriber.id != party.subscriber_id || claims.exp <= clock::unix_seconds() {
        return Err(Stranger::Token(TokenError::WrongKind));
    }
    Ok(claims)
}

async fn send(socket: &mut WebSocket, reply: Reply) {
    // A client that does not even take this is seen at the next read.
    let _ =
        timeout(Duration::from_secs(5), socket.send(Message::text(ServerMessage::Reply(reply).to_json())))
            .await;
}

/// Says good-bye and lets the socket go.
pub async fn close(mut socket: WebSocket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code, reason: reason.into() };
    let _ = timeout(Duration::from_secs(1), socket.send(Message::Close(Some(frame)))).await;
}
