//! Tests of the whole house: everything may be used here, and nobody uses this.

mod referee;
mod support;
mod tidy;
mod two_phones;
