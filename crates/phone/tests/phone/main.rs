//! Whole phones on a whole space, in one process, on loopback, with made-up devices.

mod calls;
mod early;
mod manners;
mod paths;
mod relay;
mod restart;
mod rooms;
mod sharing;
mod support;
mod tokens;
mod trouble;
mod wires;
