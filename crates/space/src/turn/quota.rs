//! How many allocations there may be.

use crate::turn::credentials::Refusal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Counts allocations, of each subscriber and of all.
#[derive(Clone, Debug)]
pub struct Quota {
    each: usize,
    all: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    each: HashMap<String, usize>,
    all: usize,
}

/// One allocation's place in the count; given back when dropped.
#[derive(Debug)]
pub struct Place {
    subscriber: String,
    taken: Arc<Mutex<Taken>>,
}

impl Quota {
    /// At most `each` for one subscriber, `all` together.
    pub fn new(each: usize, all: usize) -> Self {
        Self { each, all, taken: Arc::default() }
    }

    pub fn take(&self, subscriber: &str) -> Result<Place, Refusal> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.all {
            return Err(Refusal::NoCapacity);
        }
        let count = taken.each.entry(subscriber.to_owned()).or_default();
        if *count >= self.each {
            return Err(Refusal::QuotaReached);
        }
        *count += 1;
        taken.all += 1;
        Ok(Place { subscriber: subscriber.to_owned(), taken: self.taken.clone() })
    }

    /// How many allocations there are now.
    pub fn taken(&self) -> usize {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).all
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(count) = taken.each.get_mut(&self.subscriber) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.each.remove(&self.subscriber);
            }
        }
    }
}
