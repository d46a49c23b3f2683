//! Token buckets, one by one or one for each IP address.

use crate::config::Rate;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// A token bucket. Starts full.
#[derive(Clone, Debug)]
pub struct Bucket {
    rate: Rate,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    pub fn new(rate: Rate, now: Instant) -> Self {
        Self { rate, tokens: f64::from(rate.burst), at: now }
    }

    fn refill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.rate.per_second;
        self.tokens = (self.tokens + gained).min(f64::from(self.rate.burst));
        self.at = now;
    }

    /// Takes one token. `Err`: there is none, and this long until there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        if self.tokens >= 1.0 {
            self.tokens -= 1.0;
            return Ok(());
        }
        let wait = (1.0 - self.tokens) / self.rate.per_second.max(0.001);
        Err(Duration::from_secs_f64(wait.min(60.0)))
    }

    /// Takes one token even when there is none. The time until the debt is paid.
    pub fn charge(&mut self, now: Instant) -> Option<Duration> {
        self.refill(now);
        self.tokens -= 1.0;
        (self.tokens < 0.0)
            .then(|| Duration::from_secs_f64((-self.tokens / self.rate.per_second.max(0.001)).min(60.0)))
    }

    /// Whether a token is there, without taking it.
    pub fn has(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.tokens >= 1.0
    }

    fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.tokens >= f64::from(self.rate.burst)
    }
}

/// Most keys remembered at one time; a full bucket is as good as none, so full ones go first.
const MOST: usize = 20_000;

/// One bucket for each key.
#[derive(Debug)]
pub struct Buckets<K> {
    rate: Rate,
    buckets: HashMap<K, Bucket>,
}

impl<K: Eq + Hash + Clone> Buckets<K> {
    pub fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    fn bucket(&mut self, key: &K, now: Instant) -> &mut Bucket {
        if self.buckets.len() >= MOST && !self.buckets.contains_key(key) {
            self.buckets.retain(|_, bucket| !bucket.is_full(now));
            if self.buckets.len() >= MOST {
                // A flood from very many addresses: start over rather than grow.
                self.buckets.clear();
            }
        }
        let rate = self.rate;
        self.buckets.entry(key.clone()).or_insert_with(|| Bucket::new(rate, now))
    }

    pub fn take(&mut self, key: &K, now: Instant) -> Result<(), Duration> {
        self.bucket(key, now).take(now)
    }

    pub fn has(&mut self, key: &K, now: Instant) -> bool {
        self.bucket(key, now).has(now)
    }
}

/// Who shares a bucket: an IPv4 address, or an IPv6 /64 (one household has as many addresses as it likes).
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
