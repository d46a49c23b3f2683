//! A space as its clients see it: over HTTP, bare WebSockets and real media sessions.

mod calls;
mod client;
mod endings;
mod hostile;
mod media;
mod program;
mod rest;
mod sessions;
