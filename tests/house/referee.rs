//! The official SDK in Chromium as referee: it speaks to real spaces, so when it calls us and we call it, we speak their
//! language. Nothing of the SDK is changed; the rig lies in `tests/referee`.

mod access;
mod busy;
mod chat;
mod codecs;
mod echo;
mod film;
mod guide;
mod lasting;
mod lasting_phone;
mod phone;
mod proof;
mod relay;
mod shapes;
mod share;
mod transfer;

use crate::support::referee as stage;
