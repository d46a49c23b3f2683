//! Tests of the whole house: everything may be used here, and nobody uses this.

mod desktop;
mod devices;
mod referee;
mod rooms;
mod tidy;
mod two_phones;

use ahoy_tests as support;
