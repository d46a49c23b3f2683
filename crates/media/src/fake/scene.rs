//! The test picture: a small boat at sea under a low sun, drawn afresh for every frame.

use crate::picture::{Picture, PlaneLayout};
use crate::picture_code::{self, Code};
use std::time::Instant;

/// Chroma (U, V) of sky, sun and the three waves; the sender's number picks one, so two phones are told apart at a glance.
const PALETTES: [[(u8, u8); 5]; 4] = [
    [(138, 134), (92, 164), (150, 112), (154, 108), (158, 104)],
    [(122, 150), (96, 160), (140, 118), (146, 116), (150, 114)],
    [(130, 122), (100, 150), (132, 104), (134, 100), (136, 98)],
    [(146, 140), (104, 156), (152, 126), (156, 126), (160, 126)],
];
const WAVES: [u8; 3] = [112, 92, 70];

/// Draws the pictures of one sender.
#[derive(Debug)]
pub struct TestPicture {
    width: u32,
    height: u32,
    sender: u16,
    surfaces: [Vec<u32>; 3],
}

impl TestPicture {
    /// Sides are rounded down to even, and up to 32.
    pub fn new(width: u32, height: u32, sender: u16) -> Self {
        let (width, height) = ((width & !1).max(32), (height & !1).max(32));
        Self { width, height, sender, surfaces: std::array::from_fn(|_| vec![0; width as usize]) }
    }

    /// The picture of one moment. `time` is the code's capture time ([`Code::now`]); motion follows `frame`.
    pub fn draw(&mut self, frame: u32, time: u32, captured: Instant) -> Picture {
        let layout = PlaneLayout::new(self.width, self.height);
        let mut data = vec![128u8; layout.len()];
        let (luma, chroma) = data.split_at_mut(layout.luma_len());
        let (u, v) = chroma.split_at_mut(layout.chroma_len());
        // A wave passes in some seconds; what moves must repeat without a jump only after hours.
        let seconds = f64::from(frame % 216_000) / 30.0;
        self.raise_sea(seconds);
        self.paint_luma(luma);
        self.paint_chroma(u, v);
        self.paint_sun(luma, u, v, seconds);
        self.paint_boat(luma, u, v, seconds);
        let strip = (self.height / 9) as usize;
        let half = (self.width / 2) as usize;
        for plane in [u, v] {
            plane.iter_mut().take(strip.div_ceil(2) * half).for_each(|x| *x = 128);
        }
        picture_code::stamp(
            luma,
            self.width as usize,
            self.height as usize,
            Code { frame, time, sender: self.sender },
        );
        // Sides are even by construction, so the second never happens.
        let picture = Picture::new(self.width, self.height, data, captured);
        picture.unwrap_or_else(|| Picture::black(self.width, self.height, captured))
    }

    fn palette(&self) -> [(u8, u8); 5] {
        PALETTES[usize::from(self.sender) % PALETTES.len()]
    }

    fn raise_sea(&mut self, seconds: f64) {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        for (layer, surface) in self.surfaces.iter_mut().enumerate() {
            let layer = layer as f64;
            let (base, swing) = (h * (0.58 + 0.13 * layer), h * (0.015 + 0.012 * layer));
            let (long, speed) = (w * (0.5 - 0.09 * layer), 0.5 + 0.3 * layer);
            for (x, y) in surface.iter_mut().enumerate() {
                let angle = (x as f64 / long + seconds * speed * 0.35 + layer * 0.3) * std::f64::consts::TAU;
                *y = (base + swing * (angle.sin() + 0.4 * (angle * 1.7 + layer).sin())) as u32;
            }
        }
    }

    fn sky(&self, y: u32) -> u8 {
        (120 + y * 90 / self.height) as u8
    }

    fn paint_luma(&self, luma: &mut [u8]) {
        let width = self.width as usize;
        let [far, middle, near] = &self.surfaces;
        let highest = far.iter().min().copied().unwrap_or(0);
        for (y, line) in luma.chunks_exact_mut(width).enumerate() {
            let y = y as u32;
            let sky = self.sky(y.min(self.height * 2 / 3));
            if y < highest {
                line.fill(sky);
                continue;
            }
            let waves = far.iter().zip(middle).zip(near);
            for (pixel, ((far, middle), near)) in line.iter_mut().zip(waves) {
                let mut shade = sky;
                shade = if y >= *far { WAVES[0] } else { shade };
                shade = if y >= *middle { WAVES[1] } else { shade };
                *pixel = if y >= *near { WAVES[2] } else { shade };
            }
        }
    }

    fn paint_chroma(&self, u: &mut [u8], v: &mut [u8]) {
        let half = (self.width / 2) as usize;
        let [sky, _, first, second, third] = self.palette();
        let [far, middle, near] = &self.surfaces;
        for (y, (u, v)) in u.chunks_exact_mut(half).zip(v.chunks_exact_mut(half)).enumerate() {
            let y = y as u32 * 2;
            let waves = far.iter().step_by(2).zip(middle.iter().step_by(2)).zip(near.iter().step_by(2));
            for ((u, v), ((far, middle), near)) in u.iter_mut().zip(v).zip(waves) {
                let mut colour = sky;
                colour = if y >= *far { first } else { colour };
                colour = if y >= *middle { second } else { colour };
                (*u, *v) = if y >= *near { third } else { colour };
            }
        }
    }

    /// Sets a run of pixels of one row, luma and chroma, cut to the picture.
    fn run(&self, planes: &mut [&mut [u8]; 3], y: i64, left: f64, right: f64, shade: (u8, u8, u8)) {
        if y < 0 || y >= i64::from(self.height) || right <= left {
            return;
        }
        let (w, y) = (self.width as usize, y as usize);
        let from = (left.max(0.0) as usize).min(w);
        let to = (right.max(0.0) as usize).min(w);
        let [luma, u, v] = planes;
        if let Some(pixels) = luma.get_mut(y * w + from..y * w + to.max(from)) {
            pixels.fill(shade.0);
        }
        if y.is_multiple_of(2) {
            let row = y / 2 * (w / 2);
            let (from, to) = (row + from / 2, row + to.max(from) / 2);
            for (plane, value) in [(u, shade.1), (v, shade.2)] {
                if let Some(pixels) = plane.get_mut(from..to) {
                    pixels.fill(value);
                }
            }
        }
    }

    fn paint_sun(&self, luma: &mut [u8], u: &mut [u8], v: &mut [u8], seconds: f64) {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        let radius = h * 0.09;
        let (x, y) = (w * (0.72 + 0.05 * (seconds * 0.2).sin()), h * (0.33 + 0.03 * (seconds * 0.31).cos()));
        let (cu, cv) = self.palette()[1];
        let mut planes = [luma, u, v];
        for row in (y - radius) as i64..=(y + radius) as i64 {
            let reach = (radius * radius - (row as f64 - y).powi(2)).max(0.0).sqrt();
            self.run(&mut planes, row, x - reach, x + reach, (222, cu, cv));
        }
    }

    fn paint_boat(&self, luma: &mut [u8], u: &mut [u8], v: &mut [u8], seconds: f64) {
        let (w, h) = (f64::from(self.width), f64::from(self.height));
        // Crosses the picture in 12 s and comes back in from the left.
        let x = ((seconds / 12.0).fract() * 1.3 - 0.15) * w;
        let place = (x.clamp(0.0, w - 1.0)) as usize;
        let water = f64::from(self.surfaces[1].get(place).copied().unwrap_or(0));
        let size = h * 0.13;
        let mut planes = [luma, u, v];
        let hull = (size * 0.32) as i64;
        for row in 0..hull {
            let part = row as f64 / hull as f64;
            let half = size * (0.75 - 0.25 * part);
            self.run(&mut planes, water as i64 - hull / 3 + row, x - half, x + half, (60, 118, 160));
        }
        let mast = (size * 1.5) as i64;
        for row in 0..mast {
            let part = row as f64 / mast as f64;
            let y = water as i64 - hull / 3 - mast + row;
            self.run(&mut planes, y, x + size * 0.04, x + size * (0.04 + 0.62 * part), (232, 124, 132));
            if part > 0.25 {
                self.run(&mut planes, y, x - size * 0.45 * (part - 0.25), x - size * 0.05, (204, 122, 136));
            }
        }
    }
}
