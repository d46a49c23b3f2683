//! How long packets take, compared with the fastest of the last seconds.

use std::collections::VecDeque;

/// Packets looked back on: 5 s of 20 ms packets.
const WINDOW: usize = 250;
/// Share of packets that the target covers.
const COVERED: f64 = 0.98;
/// On top of the jitter: the step in which sound is asked for, ms.
const MARGIN: f64 = 10.0;
/// While packets are lost, the packet after a lost one is waited for as well: it carries the spare copy. ms.
const SPARE_COPY: f64 = 20.0;
/// Shares of lost packets from which on, and below which no more, the spare copies are waited for.
const LOSSY: f64 = 0.012;
const CLEAN: f64 = 0.004;
pub(super) const MIN_TARGET: f64 = 20.0;
pub(super) const MAX_TARGET: f64 = 200.0;

#[derive(Debug)]
pub(super) struct DelayEstimate {
    window: VecDeque<f64>,
    sorted: Vec<f64>,
    base: Option<f64>,
    target: f64,
    last: Option<f64>,
    jitter: f64,
    since_sorted: usize,
    /// Share of packets lost lately, and whether that is much.
    loss: f64,
    lossy: bool,
}

impl DelayEstimate {
    pub(super) fn new() -> Self {
        Self {
            window: VecDeque::with_capacity(WINDOW + 1),
            sorted: Vec::with_capacity(WINDOW + 1),
            base: None,
            target: MIN_TARGET,
            last: None,
            jitter: 0.0,
            since_sorted: 0,
            loss: 0.0,
            lossy: false,
        }
    }

    /// A packet came `delay` ms after its RTP time (any common offset).
    pub(super) fn add(&mut self, delay: f64) {
        if let Some(last) = self.last.replace(delay) {
            self.jitter += ((delay - last).abs() - self.jitter) / 16.0;
        }
        self.window.push_back(delay);
        let old = if self.window.len() > WINDOW { self.window.pop_front() } else { None };
        let stale = old.is_some_and(|old| self.base.is_some_and(|base| old <= base));
        self.since_sorted += 1;
        let above = self.base.is_some_and(|base| delay - base > self.target - MARGIN);
        if stale || above || self.base.is_none_or(|base| delay < base) || self.since_sorted >= 10 {
            self.update();
        }
    }

    /// A packet was played, or was missing when it should have been.
    pub(super) fn played(&mut self, lost: bool) {
        self.loss += (f64::from(u8::from(lost)) - self.loss) / 200.0;
        self.lossy = if self.lossy { self.loss > CLEAN } else { self.loss > LOSSY };
    }

    fn update(&mut self) {
        self.since_sorted = 0;
        self.sorted.clear();
        self.sorted.extend(&self.window);
        self.sorted.sort_unstable_by(f64::total_cmp);
        let Some(&base) = self.sorted.first() else { return };
        self.base = Some(base);
        let place = ((self.sorted.len() - 1) as f64 * COVERED).round() as usize;
        let jitter = self.sorted.get(place).map_or(0.0, |high| high - base);
        let spare = if self.lossy { SPARE_COPY } else { 0.0 };
        self.target = (jitter + MARGIN + spare).clamp(MIN_TARGET, MAX_TARGET);
    }

    pub(super) fn base(&self) -> Option<f64> {
        self.base
    }

    pub(super) fn target(&self) -> f64 {
        self.target
    }

    pub(super) fn jitter(&self) -> f64 {
        self.jitter
    }
}
