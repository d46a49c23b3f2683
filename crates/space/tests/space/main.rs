//! A space as its clients see it: over HTTP, bare WebSockets and real media sessions.

mod access;
mod calling;
mod calls;
mod chat;
mod children;
mod client;
mod codecs;
mod endings;
mod entering;
mod film;
mod further;
mod guest;
mod guests;
mod hostile;
mod http;
mod media;
mod program;
mod prover;
mod rest;
mod rest_rooms;
mod room_films;
mod room_trouble;
mod rooms;
mod rules;
mod sessions;
#[path = "../../../../tests/support/shape.rs"]
mod shape;
mod shapes;
mod transfers;
mod uniting;
mod voices;
