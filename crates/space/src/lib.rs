//! The built-in space: the server that phones connect to.

pub mod turn;
