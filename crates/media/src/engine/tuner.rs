//! Brings a camera's own controls to what is wished for, and tells what became of it.

use crate::hardware::CameraSource;
use ahoy_model::{CameraControl, Tuning};
use std::collections::BTreeMap;

/// How a camera is to be adjusted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CameraWish {
    pub tuning: Tuning,
    /// Whenever this is another number, everything that is not wished for goes back to the driver's usual value.
    pub resets: u32,
}

/// What a camera offers now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CameraControls {
    pub list: Vec<CameraControl>,
    /// Those that were wished to be at a value and are at another one.
    pub refused: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct Tuner {
    list: Vec<CameraControl>,
    /// What was set since the camera was opened; what came of it does not matter.
    set: BTreeMap<String, f64>,
    resets: Option<u32>,
}

impl Tuner {
    /// Does what is new in `wish`. A driver that fails here loses its controls, not its pictures.
    pub(super) fn follow(&mut self, camera: &mut dyn CameraSource, wish: &CameraWish) -> CameraControls {
        if self.resets.is_none() {
            self.read(camera);
        }
        let reset = self.resets.replace(wish.resets).is_some_and(|before| before != wish.resets);
        let mut refused = Vec::new();
        // What does things by itself first: it decides what else can be set.
        for first in [true, false] {
            let orders = self.orders(wish, reset, first);
            if orders.is_empty() {
                continue;
            }
            for (id, value) in &orders {
                if let Err(error) = camera.set_control(id, *value) {
                    tracing::debug!(id, value, %error, "a camera's control");
                }
            }
            self.read(camera);
            for (id, value) in orders {
                let reached = self.list.iter().any(|control| control.id == id && control.is_at(value));
                if !reached {
                    refused.push(id.clone());
                }
                self.set.insert(id, value);
            }
        }
        self.set.retain(|id, _| wish.tuning.0.contains_key(id));
        CameraControls { list: self.list.clone(), refused }
    }

    /// What is to be set now, among those that come first or among the others.
    fn orders(&self, wish: &CameraWish, reset: bool, first: bool) -> Vec<(String, f64)> {
        let order = |control: &CameraControl| {
            let value = match wish.tuning.0.get(&control.id) {
                Some(value) if self.set.get(&control.id) == Some(value) => return None,
                Some(value) => *value,
                None if reset || self.set.contains_key(&control.id) => control.usual(),
                None => return None,
            };
            (!control.is_at(value)).then(|| (control.id.clone(), value))
        };
        let now = |control: &&CameraControl| control.comes_first() == first && !control.locked;
        self.list.iter().filter(now).filter_map(order).collect()
    }

    fn read(&mut self, camera: &mut dyn CameraSource) {
        match camera.controls() {
            Ok(list) => self.list = list.into_iter().filter_map(CameraControl::sane).collect(),
            Err(error) => tracing::debug!(%error, "a camera's controls cannot be read"),
        }
    }
}

#[cfg(test)]
#[path = "tuner_tests.rs"]
mod tests;
