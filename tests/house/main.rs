//! Tests of the whole house: everything may be used here, and nobody uses this.

mod tidy;
