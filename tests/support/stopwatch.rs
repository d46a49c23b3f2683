//! When a person at a window would have seen something, told by the window's own page (Unix time in ms).

use super::window::{PhoneWindow, Ringing};
use serde::Deserialize;
use serde_json::json;

/// One picture of the far side, as it was drawn (`ui/src/frames/probe.ts`).
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Drawn {
    pub sender: u32,
    /// ms from capture to draw.
    pub delay: f64,
    pub drawn: f64,
}

const TILE: &str = "document.querySelector('canvas[data-tile]:not([data-tile=self])')";

impl PhoneWindow {
    /// Starts the watch: from now on the page notes when it offers to answer, and reads every picture of the far side.
    pub async fn start_stopwatch(&self) {
        self.ask(&format!(
            "window.ahoyWatch?.disconnect();
             const seen = window.ahoySeen = {{ rang: null }};
             const look = () => {{
               const tile = {TILE};
               if (tile && tile.dataset.probe === undefined) tile.dataset.probe = 'on';
               if (seen.rang === null && document.querySelector('[aria-label=\"Answer with video\"]')) seen.rang = Date.now();
             }};
             window.ahoyWatch = new MutationObserver(look);
             window.ahoyWatch.observe(document.body, {{ childList: true, subtree: true }});"
        ))
        .await;
    }

    /// Ends the watch, so that it costs nothing any more.
    pub async fn stop_stopwatch(&self) {
        self.ask(&format!(
            "window.ahoyWatch?.disconnect(); const tile = {TILE}; if (tile) delete tile.dataset.probe;"
        ))
        .await;
    }

    /// Clicks a control and returns when.
    pub async fn click_at(&self, name: &str) -> f64 {
        let name = json!(name);
        self.until(&format!("named({name}) && !named({name}).disabled")).await;
        let at = self.ask(&format!("const at = Date.now(); named({name}).click(); return at;")).await;
        at.as_f64().expect("a time")
    }

    /// When the page offered to answer.
    pub async fn rang(&self) -> f64 {
        self.until("window.ahoySeen.rang").await.as_f64().expect("a time")
    }

    /// When the first picture of this sender was drawn.
    pub async fn first_drawn(&self, sender: u32) -> f64 {
        let first = format!(
            "(() => {{ const tile = {TILE}; return tile && window.ahoyFrames(tile.dataset.tile).find((f) => f.sender === {sender})?.drawn; }})()"
        );
        self.until(&first).await.as_f64().expect("a time")
    }

    /// The newest pictures of the far side, at most 2 000.
    pub async fn drawn(&self) -> Vec<Drawn> {
        let frames = self.ask(&format!("return window.ahoyFrames({TILE}.dataset.tile);")).await;
        serde_json::from_value(frames).expect("readings")
    }

    /// What the phone knows about its only call's media.
    pub async fn stats(&self) -> serde_json::Value {
        self.ask("return window.__TAURI_INTERNALS__.invoke('snapshot').then((snapshot) => snapshot.calls[0].stats);").await
    }
}

impl Ringing<'_> {
    /// When the small window had drawn for the first time.
    pub async fn painted(&self) -> f64 {
        let first = "(() => { const paint = performance.getEntriesByName('first-contentful-paint')[0];
                       return paint && performance.timeOrigin + paint.startTime; })()";
        self.value(first).await.as_f64().expect("a time")
    }
}
