//! Plain nouns that every floor above shares: ids, call status, addresses, devices, problems, secrets.
//!
//! Nothing here does I/O, knows a clock or starts a thread. Types that the UI sees derive `specta::Type`, from which
//! the TypeScript bindings are generated.

mod address;
mod call;
mod camera_control;
mod cause;
mod device;
mod encoded;
mod fingerprint;
mod ids;
mod problem;
mod ring_tone;
mod secret;
mod stats;
mod tone_region;

pub use address::{Channel, DialTarget, TargetProblem};
pub use call::{CallStatus, Direction, EndReason, Flow, MediaKind};
pub use camera_control::{CameraControl, ControlItem, ControlKind, ControlName, ControlUnit, Tuning};
pub use cause::HangupCause;
pub use device::{
    DeviceChoice, DeviceId, DeviceInfo, DeviceKind, DeviceState, ScreenInfo, ScreenKind, SwitchReason,
    Thumbnail,
};
pub use encoded::{AudioCodec, AudioPacket, EncodedFrame, SenderReport, VideoCodec};
pub use fingerprint::Fingerprint;
pub use ids::{CallId, MemberId, NodeId, RoomSessionId, SubscriberId};
pub use problem::{Problem, ProblemCode};
pub use ring_tone::RingTone;
pub use secret::Secret;
pub use stats::{CallStats, Quality};
pub use tone_region::ToneRegion;
