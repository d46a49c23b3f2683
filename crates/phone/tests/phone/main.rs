//! Whole phones on a whole space, in one process, on loopback, with made-up devices.

mod calls;
mod manners;
mod support;
mod trouble;
mod wires;
