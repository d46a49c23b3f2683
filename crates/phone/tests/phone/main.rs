//! Whole phones on a whole space, in one process, on loopback, with made-up devices.

mod calls;
mod camera_controls;
mod chat;
mod early;
mod manners;
mod nearby;
mod paths;
mod people;
mod preferences;
mod preflight;
mod relay;
mod restart;
mod rooms;
mod sharing;
mod stereo;
mod support;
mod tokens;
mod trouble;
mod unions;
mod wires;
