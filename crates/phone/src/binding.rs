//! A token that only this device can use: taken out at the space with a proof, and renewed before it ends (WIRE.md 1.5).

use crate::account::FreshToken;
use crate::clock::unix_millis;
use crate::device_key::{DeviceKey, DeviceKeys, KeyError};
use crate::rest::{Rest, RestError};
use ahoy_model::{Problem, ProblemCode, Secret};
use ahoy_wire::rest::{DeviceTokenReply, DeviceTokenRequest};
use std::sync::Arc;
use std::time::Duration;

const TOKEN: &str = "/api/fabric/subscriber/devices/token";
const REFRESH: &str = "/api/fabric/subscriber/devices/refresh";
/// Life that we ask for, seconds.
const LIFE: u64 = 900;
/// Such a token is renewed so long before its end.
const MARGIN: f64 = 30.0;
/// Pauses after failures. After the last one there is no token to be had this way.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];

/// How far a token of this session is bound to this device.
#[derive(Debug, Default)]
pub(crate) struct Binding {
    /// Proofs are made with it. Also before a token is bound: spaces like to see that we could.
    pub(crate) key: Option<Arc<DeviceKey>>,
    pub(crate) bound: bool,
    failures: usize,
}

/// A bound token and the key it is bound to.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) fresh: FreshToken,
    pub(crate) key: Arc<DeviceKey>,
}

impl Binding {
    /// For a request on the socket; `None` without a key.
    pub(crate) fn proof(&self, method: &str) -> Option<Secret> {
        let key = self.key.as_ref()?;
        key.for_rpc(method, now()).inspect_err(|error| tracing::warn!(%error, "no proof")).ok()
    }

    pub(crate) fn succeeded(&mut self, key: Arc<DeviceKey>) {
        (self.key, self.bound, self.failures) = (Some(key), true, 0);
    }

    /// A first try has failed, and another one is due.
    pub(crate) fn is_trying(&self) -> bool {
        self.failures > 0
    }

    /// When to try once more; `None`: it was the last time.
    pub(crate) fn failed(&mut self) -> Option<Duration> {
        let pause = AGAIN.get(self.failures).copied();
        self.failures = if pause.is_some() { self.failures + 1 } else { 0 };
        pause
    }
}

/// The first token of its kind, in exchange for the one that `rest` carries.
pub(crate) async fn bind(rest: Rest, keys: DeviceKeys) -> Result<Bound, Problem> {
    let key = keys.own().await?;
    let proof = key.for_post(TOKEN, None, now()).map_err(unsigned)?;
    ask(&rest, TOKEN, proof, key).await
}

/// The next one.
pub(crate) async fn renew(rest: Rest, key: Arc<DeviceKey>, token: Secret) -> Result<Bound, Problem> {
    let proof = key.for_post(REFRESH, Some(&token), now()).map_err(unsigned)?;
    ask(&rest, REFRESH, proof, key).await
}

async fn ask(rest: &Rest, path: &str, proof: Secret, key: Arc<DeviceKey>) -> Result<Bound, Problem> {
    let request = DeviceTokenRequest { dpop_token: Some(proof), expire_in: Some(LIFE) };
    let reply: DeviceTokenReply =
        rest.post(path, &request).await.map_err(|error: RestError| error.problem())?;
    let ends = reply.expires_at.or(reply.expires_in.map(|seconds| now().saturating_add(seconds)));
    let fresh = FreshToken { token: reply.token, expires_at: ends.or(Some(now() + LIFE)) };
    Ok(Bound { fresh, key })
}

/// How long after `now` (Unix seconds) a bound token that ends at `ends` is renewed.
pub(crate) fn renew_after(now: f64, ends: f64) -> Duration {
    let left = (ends - now).clamp(0.0, 365.0 * 86_400.0);
    Duration::from_secs_f64((left - MARGIN).max(left / 2.0).max(1.0))
}

fn now() -> u64 {
    (unix_millis() / 1000.0) as u64
}

fn unsigned(error: KeyError) -> Problem {
    Problem::new(ProblemCode::Internal).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_token_is_renewed_half_a_minute_before_its_end_and_tried_three_times() {
        assert_eq!(renew_after(0.0, 900.0), Duration::from_secs(870));
        assert_eq!(renew_after(0.0, 40.0), Duration::from_secs(20));
        assert_eq!(renew_after(50.0, 40.0), Duration::from_secs(1));
        let mut binding = Binding::default();
        let pauses: Vec<_> = (0..4).map(|_| binding.failed().map(|pause| pause.as_secs())).collect();
        assert_eq!(pauses, [Some(1), Some(2), None, Some(1)]);
    }
}
