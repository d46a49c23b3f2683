//! RTP and RTCP of one transport, without sockets, clocks or tasks: packets and times go in, packets and events come out.

mod clock;
mod digits;
mod engine;
mod estimator;
mod h264;
mod key_frames;
mod receive_audio;
mod receive_video;
mod reception;
mod repair;
mod report;
mod send_stream;
mod send_video;
mod twcc;
mod vp8;

pub(crate) use clock::WallClock;
pub(crate) use engine::{Counters, Engine, EngineSetup};
