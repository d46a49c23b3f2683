//! Who sits where: wishes, speakers and seats kept. Decides only; draws nothing.

use super::layout::{Area, Canvas, Layout, Position};
use std::collections::HashMap;
use std::hash::Hash;

/// Somebody who may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sitter<K> {
    pub who: K,
    pub wish: Position,
    /// A shared screen goes to the prominent place by itself.
    pub screen: bool,
    /// The higher, the later this one spoke; 0: not yet.
    pub spoke: u64,
}

/// One picture of the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat<K> {
    /// `None`: the place is empty.
    pub who: Option<K>,
    pub position: Position,
    /// Somebody asked for just this place.
    pub reserved: bool,
    pub area: Area,
}

/// Places all that can be shown, in the order in which they came. `before` is the last answer: whoever had a seat keeps it
/// while it exists.
pub fn seat<K: Copy + Eq + Hash>(
    layout: Layout,
    canvas: Canvas,
    sitters: &[Sitter<K>],
    before: &[Seat<K>],
) -> Vec<Seat<K>> {
    let over = |wish: Position| matches!(wish, Position::FullScreen | Position::Playback);
    // One over everything leaves nothing of the others to be seen.
    if let Some(alone) = sitters.iter().find(|sitter| over(sitter.wish)) {
        let seat = Seat { who: Some(alone.who), position: alone.wish, reserved: true, area: canvas.whole() };
        return vec![seat];
    }
    let shown: Vec<&Sitter<K>> = sitters.iter().filter(|sitter| sitter.wish != Position::OffCanvas).collect();
    let cells = layout.cells(shown.len(), canvas);
    let mut seats: Vec<Seat<K>> = cells
        .iter()
        .map(|cell| Seat { who: None, position: cell.position, reserved: false, area: cell.area })
        .collect();

    let mut left: Vec<&Sitter<K>> = Vec::new();
    for sitter in shown {
        match place_of(&seats, sitter.wish) {
            Some(seat) => {
                if let Some(seat) = seats.get_mut(seat) {
                    (seat.who, seat.reserved) = (Some(sitter.who), true);
                }
            }
            None => left.push(sitter),
        }
    }
    prominent(&mut seats, &mut left);
    ordinary(&mut seats, left, before);
    seats
}

/// The free seat that a wish means. A layout without prominent places takes its first ones for them.
fn place_of<K>(seats: &[Seat<K>], wish: Position) -> Option<usize> {
    let free =
        |position: Position| seats.iter().position(|seat| seat.position == position && seat.who.is_none());
    match wish {
        Position::Reserved(n) => {
            let has_reserved = seats.iter().any(|seat| matches!(seat.position, Position::Reserved(_)));
            free(wish).or_else(|| if has_reserved { None } else { free(Position::Standard(n)) })
        }
        Position::Standard(_) => free(wish),
        _ => None,
    }
}

/// Screens, then whoever spoke last, then whoever came first, get what is free of the prominent places.
fn prominent<K: Copy + Eq>(seats: &mut [Seat<K>], left: &mut Vec<&Sitter<K>>) {
    let free =
        seats.iter_mut().filter(|seat| matches!(seat.position, Position::Reserved(_)) && seat.who.is_none());
    for seat in free {
        // The first of those that weigh most: `max_by_key` would take the last.
        let best = left.iter().rev().max_by_key(|sitter| (sitter.screen, sitter.spoke)).map(|best| best.who);
        let Some(who) = best else { return };
        seat.who = Some(who);
        left.retain(|sitter| sitter.who != who);
    }
}

fn ordinary<K: Copy + Eq + Hash>(seats: &mut [Seat<K>], mut left: Vec<&Sitter<K>>, before: &[Seat<K>]) {
    let room = seats.iter().filter(|seat| seat.who.is_none()).count();
    let kept: HashMap<K, Position> =
        before.iter().filter_map(|seat| seat.who.map(|who| (who, seat.position))).collect();
    if left.len() > room {
        // Too many: whoever spoke lately is shown. The sort is stable, so of the silent ones the first stay.
        left.sort_by_key(|sitter| std::cmp::Reverse(sitter.spoke));
        left.truncate(room);
    }
    let mut waiting = Vec::new();
    for sitter in left {
        let own = kept.get(&sitter.who).and_then(|position| {
            seats.iter_mut().find(|seat| seat.position == *position && seat.who.is_none())
        });
        match own {
            Some(seat) => seat.who = Some(sitter.who),
            None => waiting.push(sitter.who),
        }
    }
    let free = seats.iter_mut().filter(|seat| seat.who.is_none());
    for (seat, who) in free.zip(waiting) {
        seat.who = Some(who);
    }
}

#[cfg(test)]
#[path = "seating_tests.rs"]
mod tests;
