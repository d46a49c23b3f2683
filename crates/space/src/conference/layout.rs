//! How a canvas is divided: names, places and boxes. Arithmetic only.

use std::fmt;

/// A box on a canvas in pixels; all four numbers are even, so chroma fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Area {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// Pixels of a canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    pub width: u32,
    pub height: u32,
}

impl Canvas {
    pub fn whole(self) -> Area {
        Area { x: 0, y: 0, width: self.width, height: self.height }
    }

    /// The box between four fractions of the canvas, on even pixels. Neighbours must name their common edge alike: the
    /// rounding follows the fraction.
    fn cut(self, left: f64, top: f64, right: f64, bottom: f64) -> Area {
        let even = |side: u32, part: f64| ((f64::from(side) * part / 2.0).round() as u32 * 2).min(side);
        let (x, y) = (even(self.width, left), even(self.height, top));
        let (end, floor) = (even(self.width, right), even(self.height, bottom));
        Area { x, y, width: end.saturating_sub(x).max(2), height: floor.saturating_sub(y).max(2) }
    }

    /// `area` in percent of the canvas: x, y, width, height.
    pub fn percent(self, area: Area) -> [f64; 4] {
        let part = |length: u32, of: u32| f64::from(length) * 100.0 / f64::from(of.max(1));
        [
            part(area.x, self.width),
            part(area.y, self.height),
            part(area.width, self.width),
            part(area.height, self.height),
        ]
    }
}

/// A place in a layout, or the wish for one, in the service's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Position {
    #[default]
    Auto,
    /// From 1: a prominent place.
    Reserved(u8),
    /// From 1.
    Standard(u8),
    /// Over everything.
    FullScreen,
    /// Where a played file is shown.
    Playback,
    /// Not shown.
    OffCanvas,
}

impl Position {
    pub fn read(word: &str) -> Option<Self> {
        let number = |text: &str| text.parse::<u8>().ok();
        Some(match word {
            "auto" => Self::Auto,
            "full-screen" => Self::FullScreen,
            "playback" => Self::Playback,
            "off-canvas" => Self::OffCanvas,
            _ => match word.split_once('-')? {
                ("reserved", n) => Self::Reserved(number(n)?),
                ("standard", n) => Self::Standard(number(n)?),
                _ => return None,
            },
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Reserved(n) => write!(f, "reserved-{n}"),
            Self::Standard(n) => write!(f, "standard-{n}"),
            Self::FullScreen => f.write_str("full-screen"),
            Self::Playback => f.write_str("playback"),
            Self::OffCanvas => f.write_str("off-canvas"),
        }
    }
}

/// One place of a layout and where it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub position: Position,
    pub area: Area,
}

/// The layouts that a room knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// As large as the number of members allows.
    #[default]
    GridResponsive,
    /// A square of 1, 4, 9, 16 … places, whichever is enough.
    Grid,
    /// One large, the others along its right and lower edge.
    Highlight1Responsive,
    /// One alone.
    FullScreen,
    /// What is shared large, up to five people beside it.
    ScreenShare,
    /// Two above, three below.
    FiveUp,
    /// Columns and rows that are always there.
    Fixed(u8, u8),
}

/// Most pictures in one canvas.
pub const MOST: usize = 100;

impl Layout {
    pub const ALL: [Self; 16] = [
        Self::GridResponsive,
        Self::Grid,
        Self::Highlight1Responsive,
        Self::FullScreen,
        Self::ScreenShare,
        Self::FiveUp,
        Self::Fixed(1, 1),
        Self::Fixed(2, 1),
        Self::Fixed(1, 2),
        Self::Fixed(2, 2),
        Self::Fixed(3, 3),
        Self::Fixed(4, 4),
        Self::Fixed(5, 5),
        Self::Fixed(6, 6),
        Self::Fixed(8, 8),
        Self::Fixed(10, 10),
    ];

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    /// The id on the wire.
    pub fn name(self) -> String {
        match self {
            Self::GridResponsive => "grid-responsive".into(),
            Self::Grid => "grid".into(),
            Self::Highlight1Responsive => "highlight-1-responsive".into(),
            Self::FullScreen => "full-screen".into(),
            Self::ScreenShare => "screen-share".into(),
            Self::FiveUp => "5up".into(),
            Self::Fixed(columns, rows) => format!("{columns}x{rows}"),
        }
    }

    /// The name for people, as the service writes it.
    pub fn title(self) -> String {
        match self {
            Self::GridResponsive => "Grid".into(),
            Self::Grid => "Fixed grid".into(),
            Self::Highlight1Responsive => "Highlight".into(),
            Self::FullScreen => "Full screen".into(),
            Self::ScreenShare => "Screen share".into(),
            Self::FiveUp => "5 up".into(),
            Self::Fixed(columns, rows) => format!("{columns} × {rows}"),
        }
    }

    /// The places for that many pictures, the prominent ones first. There may be fewer places than pictures, or more.
    pub fn cells(self, pictures: usize, canvas: Canvas) -> Vec<Cell> {
        let pictures = pictures.clamp(1, MOST);
        match self {
            Self::GridResponsive => responsive(pictures, canvas),
            Self::Grid => {
                let side = least_square(pictures) as u8;
                fixed(side, side, canvas)
            }
            Self::Highlight1Responsive => highlight(pictures, canvas),
            Self::FullScreen => vec![Cell { position: Position::Reserved(1), area: canvas.whole() }],
            Self::ScreenShare => screen_share(pictures, canvas),
            Self::FiveUp => rows_of(&[2, 3], canvas),
            Self::Fixed(columns, rows) => fixed(columns, rows, canvas),
        }
    }
}

/// The side of the smallest square that holds so many.
fn least_square(pictures: usize) -> usize {
    (1..=10).find(|side| side * side >= pictures).unwrap_or(10)
}

/// Cells of the canvas's own shape, as many columns as the smallest square has; rows are centred, and so is the last row.
fn responsive(pictures: usize, canvas: Canvas) -> Vec<Cell> {
    let columns = least_square(pictures);
    let rows = pictures.div_ceil(columns);
    let side = 1.0 / columns as f64;
    let top = (1.0 - rows as f64 * side) / 2.0;
    let mut cells = Vec::with_capacity(pictures);
    for row in 0..rows {
        let here = columns.min(pictures - row * columns);
        let left = (1.0 - here as f64 * side) / 2.0;
        for column in 0..here {
            let x = |column: usize| left + column as f64 * side;
            let y = |row: usize| top + row as f64 * side;
            let area = canvas.cut(x(column), y(row), x(column + 1), y(row + 1));
            cells.push(standard(cells.len(), area));
        }
    }
    cells
}

fn standard(index: usize, area: Area) -> Cell {
    Cell { position: Position::Standard(u8::try_from(index + 1).unwrap_or(u8::MAX)), area }
}

fn fixed(columns: u8, rows: u8, canvas: Canvas) -> Vec<Cell> {
    let (width, height) = (1.0 / f64::from(columns.max(1)), 1.0 / f64::from(rows.max(1)));
    // Two beside each other keep the canvas's shape instead of becoming towers.
    let side = width.min(height);
    let (width, height) = if columns == rows { (width, height) } else { (side, side) };
    let (left, top) = ((1.0 - width * f64::from(columns)) / 2.0, (1.0 - height * f64::from(rows)) / 2.0);
    let mut cells = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let x = |column: u8| left + f64::from(column) * width;
            let y = |row: u8| top + f64::from(row) * height;
            let area = canvas.cut(x(column), y(row), x(column + 1), y(row + 1));
            cells.push(standard(cells.len(), area));
        }
    }
    cells
}

/// Rows of so many cells each, every row as wide as the canvas.
fn rows_of(rows: &[u8], canvas: Canvas) -> Vec<Cell> {
    let height: f64 = rows.iter().map(|row| 1.0 / f64::from(*row)).sum();
    let mut top = (1.0 - height).max(0.0) / 2.0;
    let mut cells = Vec::new();
    for row in rows {
        let side = 1.0 / f64::from(*row);
        for column in 0..*row {
            let x = |column: u8| f64::from(column) * side;
            cells.push(standard(cells.len(), canvas.cut(x(column), top, x(column + 1), top + side)));
        }
        top += side;
    }
    cells
}

/// One of (k-1)/k of the canvas, the others 1/k: down the right side, then from the right along the bottom.
fn highlight(pictures: usize, canvas: Canvas) -> Vec<Cell> {
    let others = pictures - 1;
    if others == 0 {
        return vec![Cell { position: Position::Reserved(1), area: canvas.whole() }];
    }
    let k = (4..=51).find(|k| 2 * k > others).unwrap_or(51);
    let side = 1.0 / k as f64;
    let edge = 1.0 - side;
    // As long as the right side is enough, everything is centred.
    let down = if others <= k { side / 2.0 } else { 0.0 };
    let mut cells =
        vec![Cell { position: Position::Reserved(1), area: canvas.cut(0.0, down, edge, edge + down) }];
    let column = others.min(k);
    let top = (1.0 - column as f64 * side) / 2.0;
    for n in 0..others {
        let area = if n < k {
            canvas.cut(edge, top + n as f64 * side, 1.0, top + (n + 1) as f64 * side)
        } else {
            let right = |n: usize| edge - (n - k) as f64 * side;
            canvas.cut(right(n + 1), edge, right(n), 1.0)
        };
        cells.push(standard(n, area));
    }
    cells
}

fn screen_share(pictures: usize, canvas: Canvas) -> Vec<Cell> {
    let others = (pictures - 1).min(5);
    if others == 0 {
        return vec![Cell { position: Position::Reserved(1), area: canvas.whole() }];
    }
    let mut cells = vec![Cell { position: Position::Reserved(1), area: canvas.cut(0.0, 0.1, 0.8, 0.9) }];
    let top = (1.0 - others as f64 * 0.2) / 2.0;
    for n in 0..others {
        let y = |n: usize| top + n as f64 * 0.2;
        cells.push(standard(n, canvas.cut(0.8, y(n), 1.0, y(n + 1))));
    }
    cells
}

#[cfg(test)]
#[path = "layout_tests.rs"]
mod tests;
