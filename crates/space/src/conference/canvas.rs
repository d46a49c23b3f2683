//! The room's picture: who is drawn where. Draws when told to; knows no clock and no thread.

use super::card;
use super::layout::{Area, Canvas};
use ahoy_media::convert::{Scaler, Window};
use ahoy_media::slot::SlotReader;
use ahoy_media::{Picture, PlaneLayout};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A member's lines into and out of a room's picture and sound.
pub type LineId = u64;

/// A camera that shows nothing new for so long has stopped: its card is shown. A shared screen may stand still.
const STALE: Duration = Duration::from_secs(5);

/// One picture in the canvas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    pub line: LineId,
    pub area: Area,
    /// For the card.
    pub name: Arc<str>,
    /// Whether its picture is to be shown; else its card is.
    pub live: bool,
    /// It may stand still for as long as it likes.
    pub still: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Card,
    /// In this size, within the tile.
    Picture(Area),
}

struct Source {
    pictures: SlotReader<Picture>,
    last: Option<(Picture, Instant)>,
}

/// What is drawn, kept from one picture to the next: only what has changed is drawn again.
pub struct Board {
    canvas: Canvas,
    bytes: Vec<u8>,
    tiles: Vec<(Tile, Shown)>,
    sources: HashMap<LineId, Source>,
    cards: HashMap<(Arc<str>, u32, u32), Picture>,
    scaler: Scaler,
    changed: bool,
}

impl Board {
    pub fn new(canvas: Canvas) -> Self {
        let mut board = Self {
            canvas,
            bytes: Vec::new(),
            tiles: Vec::new(),
            sources: HashMap::new(),
            cards: HashMap::new(),
            scaler: Scaler::new(),
            changed: true,
        };
        board.clear();
        board
    }

    fn clear(&mut self) {
        let layout = PlaneLayout::new(self.canvas.width, self.canvas.height);
        self.bytes.clear();
        self.bytes.resize(layout.luma_len(), 16);
        self.bytes.resize(layout.len(), 128);
    }

    /// Where a member's pictures come from; replaces an earlier source.
    pub fn add(&mut self, line: LineId, pictures: SlotReader<Picture>) {
        let last = self.sources.remove(&line).and_then(|source| source.last);
        self.sources.insert(line, Source { pictures, last });
    }

    pub fn remove(&mut self, line: LineId) {
        self.sources.remove(&line);
    }

    /// Draws everything anew from the next picture on.
    pub fn arrange(&mut self, tiles: Vec<Tile>) {
        if self.tiles.iter().map(|(tile, _)| tile).eq(&tiles) {
            return;
        }
        self.tiles = tiles.into_iter().map(|tile| (tile, Shown::Nothing)).collect();
        let named: Vec<Arc<str>> = self.tiles.iter().map(|(tile, _)| Arc::clone(&tile.name)).collect();
        self.cards.retain(|(name, ..), _| named.contains(name));
        self.clear();
        self.changed = true;
    }

    /// Takes what is new. The whole picture, if anything changed since the last one or `anyway`.
    pub fn draw(&mut self, now: Instant, anyway: bool) -> Option<Picture> {
        let mut tiles = std::mem::take(&mut self.tiles);
        for (tile, shown) in &mut tiles {
            *shown = self.tile(tile, *shown, now);
        }
        self.tiles = tiles;
        if !(std::mem::take(&mut self.changed) || anyway) {
            return None;
        }
        Picture::new(self.canvas.width, self.canvas.height, self.bytes.clone(), now)
    }

    fn tile(&mut self, tile: &Tile, shown: Shown, now: Instant) -> Shown {
        let source = if tile.live { self.sources.get_mut(&tile.line) } else { None };
        let fresh = source.and_then(|source| {
            if let Some(picture) = source.pictures.take() {
                source.last = Some((picture, now));
                return source.last.as_ref().map(|(picture, _)| picture.clone());
            }
            let (picture, at) = source.last.as_ref()?;
            let stale = !tile.still && now.saturating_duration_since(*at) > STALE;
            match shown {
                _ if stale => None,
                // It is drawn already.
                Shown::Picture(_) => None,
                _ => Some(picture.clone()),
            }
        });
        if let Some(picture) = fresh {
            return self.picture(tile.area, &picture, shown);
        }
        let has_picture = tile.live
            && self
                .sources
                .get(&tile.line)
                .and_then(|source| source.last.as_ref())
                .is_some_and(|(_, at)| tile.still || now.saturating_duration_since(*at) <= STALE);
        match shown {
            Shown::Picture(_) if has_picture => shown,
            Shown::Card => shown,
            _ => self.card(tile, now),
        }
    }

    fn picture(&mut self, area: Area, picture: &Picture, shown: Shown) -> Shown {
        let inner = fit(picture.width(), picture.height(), area);
        if shown != Shown::Picture(inner) {
            // What was there may stand out beside this one.
            self.fill(area, [16, 128, 128]);
        }
        let layout = PlaneLayout::new(self.canvas.width, self.canvas.height);
        let Area { x, y, width, height } = inner;
        if self.scaler.draw(picture, &mut self.bytes, layout, Window { x, y, width, height }).is_some() {
            self.changed = true;
        }
        Shown::Picture(inner)
    }

    fn card(&mut self, tile: &Tile, now: Instant) -> Shown {
        let key = (Arc::clone(&tile.name), tile.area.width, tile.area.height);
        let card = match self.cards.get(&key) {
            Some(card) => Some(card.clone()),
            None => card::draw(&tile.name, tile.area, now),
        };
        if let Some(card) = card {
            self.copy(&card, tile.area);
            self.cards.insert(key, card);
            self.changed = true;
        }
        Shown::Card
    }

    fn fill(&mut self, area: Area, values: [u8; 3]) {
        for (plane, [x, y, width, height], stride) in self.planes(area) {
            let value = values.get(plane).copied().unwrap_or(128);
            let start = self.plane_start(plane);
            for row in y..y + height {
                let from = start + row * stride + x;
                if let Some(line) = self.bytes.get_mut(from..from + width) {
                    line.fill(value);
                }
            }
        }
    }

    /// `picture` is as large as `area`.
    fn copy(&mut self, picture: &Picture, area: Area) {
        let (y, u, v) = picture.planes();
        let sources = [y, u, v];
        for (plane, [x, top, width, height], stride) in self.planes(area) {
            let start = self.plane_start(plane);
            let Some(source) = sources.get(plane) else { continue };
            for (n, line) in source.chunks_exact(width.max(1)).take(height).enumerate() {
                let from = start + (top + n) * stride + x;
                if let Some(target) = self.bytes.get_mut(from..from + width) {
                    target.copy_from_slice(line);
                }
            }
        }
    }

    /// `area` in each plane: x, y, width, height; and the plane's stride.
    fn planes(&self, area: Area) -> [(usize, [usize; 4], usize); 3] {
        let whole = [area.x, area.y, area.width, area.height].map(|side| side as usize);
        let half = whole.map(|side| side / 2);
        let stride = self.canvas.width as usize;
        [(0, whole, stride), (1, half, stride / 2), (2, half, stride / 2)]
    }

    fn plane_start(&self, plane: usize) -> usize {
        let layout = PlaneLayout::new(self.canvas.width, self.canvas.height);
        match plane {
            0 => 0,
            1 => layout.luma_len(),
            _ => layout.luma_len() + layout.chroma_len(),
        }
    }
}

/// The largest box of the picture's shape in the middle of `area`; what little is missing at an edge is not left black.
pub fn fit(width: u32, height: u32, area: Area) -> Area {
    let shape = f64::from(width.max(1)) / f64::from(height.max(1));
    let space = f64::from(area.width) / f64::from(area.height.max(1));
    let even = |side: f64, most: u32| ((side / 2.0).round() as u32 * 2).clamp(2, most.max(2));
    let (inner_width, inner_height) = if (shape / space - 1.0).abs() < 0.02 {
        (area.width, area.height)
    } else if shape > space {
        (area.width, even(f64::from(area.width) / shape, area.height))
    } else {
        (even(f64::from(area.height) * shape, area.width), area.height)
    };
    let middle = |outer: u32, inner: u32| ((outer - inner) / 4) * 2;
    Area {
        x: area.x + middle(area.width, inner_width),
        y: area.y + middle(area.height, inner_height),
        width: inner_width,
        height: inner_height,
    }
}

#[cfg(test)]
#[path = "canvas_tests.rs"]
mod tests;
