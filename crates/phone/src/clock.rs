//! Wall-clock time as the UI counts it. The only place in this crate that reads it.

use crate::snapshot::UnixMillis;
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn unix_millis() -> UnixMillis {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| (since.as_secs_f64() * 1000.0).floor())
}
