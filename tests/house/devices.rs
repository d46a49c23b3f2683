//! Real sound servers with made-up cards, and phones that live with what people do to them.

mod plug;
mod screen;
mod sound;
mod talk;
