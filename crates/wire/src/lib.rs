//! The Call Fabric client protocol as typed messages: JSON text in, values out, and back (section numbers are those of WIRE.md).
//!
//! A phone reads with [`parse_server`] and writes [`ClientMessage`]; a space reads with [`parse_client`] and writes
//! [`ServerMessage`]. Nobody above this floor touches raw JSON. Fields that we do not know are skipped, methods and
//! events that we do not know become `Unknown` values which can be answered, and nothing in here can panic: what is
//! too long, too deep or malformed ends in a [`WireError`], which knows the reply to send where one is due.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

#[macro_use]
mod object;

mod call;
pub mod calling;
mod cause_code;
mod client;
mod client_verto;
mod conversation;
mod dialog;
mod envelope;
mod error;
mod event;
mod event_body;
mod json;
pub mod lan;
mod limits;
mod method;
pub mod rest;
mod room;
pub mod sat;
mod server;
mod server_verto;
mod session;
mod stamp;
mod verto_reply;

pub use call::{
    AudioFlags, CallAction, CallRequest, LayoutListReply, MemberListReply, MemberRef, Placement,
    PlaybackOrder, RecordingOrder, Targets,
};
pub use client::{ClientMessage, ClientRequest, parse_client};
pub use client_verto::{
    AttachRequest, BodyWithSdp, ClientBye, ClientInfo, ClientVerto, Modify, ModifyAction, SubscribeRequest,
    VertoRequest, subscription,
};
pub use conversation::{ConversationMessage, MessageDetails};
pub use dialog::DialogParams;
pub use envelope::{InnerId, Reply, ReplyResult};
pub use error::{RpcError, WireError, codes};
pub use event::{Event, EventBody, EventChannel};
pub use event_body::{
    AuthorizationState, CallConnect, CallJoined, CallLeft, CallPlay, CallRoom, CallState, CallStateDevice,
    CallStateDeviceParams, CallStatePeer, LayoutChanged, MemberChange, RoomChange,
};
pub use limits::{MAX_DEPTH, MAX_LIST, MAX_MESSAGE_BYTES, MAX_STRING_BYTES};
pub use method::{
    Ack, CallEndMethod, CallMethod, Connect, LayoutListMethod, MemberListMethod, Method, Ping,
    Reauthenticate, ReplyError, SubscriberOffline, SubscriberOnline, Verto, read_reply,
};
pub use room::{Layer, Layout, Member, RoomSession};
pub use server::{ServerMessage, ServerRequest, parse_server};
pub use server_verto::{
    ServerAnswer, ServerAttach, ServerBye, ServerDisplay, ServerInfo, ServerInvite, ServerMedia,
    ServerMediaParams, ServerVerto, VertoEvent, VertoPing,
};
pub use session::{
    Authentication, Authorization, ConnectParams, ConnectReply, FabricSubscriber, IceServer, PingParams,
    ProtocolVersion, ReauthenticateParams, ReauthenticateReply,
};
pub use stamp::Stamp;
pub use verto_reply::{VertoFailure, VertoReply, VertoReplyBody, VertoResult};
