//! Tests of the whole house: everything may be used here, and nobody uses this.

mod desktop;
mod devices;
mod referee;
mod support;
mod tidy;
mod two_phones;
