//! Blurs the background of a clip (Y4M, 4:2:0) and tells what that costs:
//! `cargo run --release -p ahoy-media --example blur -- IN.y4m OUT.y4m [WIDTHxHEIGHT]`

use ahoy_media::Picture;
use ahoy_media::convert::Scaler;
use ahoy_media::matte::Backdrop;
use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, rest @ ..] = words.as_slice() else { return Err("IN.y4m OUT.y4m [WIDTHxHEIGHT]".into()) };
    let size = rest.first().and_then(|size| size.split_once('x'));
    let size = size.map(|(w, h)| Ok::<_, std::num::ParseIntError>((w.parse()?, h.parse()?))).transpose()?;
    let mut clip = y4m::decode(BufReader::new(File::open(from)?))?;
    let own = (u32::try_from(clip.get_width())?, u32::try_from(clip.get_height())?);
    let (width, height) = size.unwrap_or(own);
    let out = BufWriter::new(File::create(to)?);
    let mut out = y4m::encode(width as usize, height as usize, clip.get_framerate()).write_header(out)?;
    let (mut backdrop, mut scaler) = (Backdrop::new()?, Scaler::new());
    let mut took: Vec<Duration> = Vec::new();
    while let Ok(frame) = clip.read_frame() {
        let planes = [frame.get_y_plane(), frame.get_u_plane(), frame.get_v_plane()].concat();
        let picture = Picture::new(own.0, own.1, planes, Instant::now()).ok_or("an odd size")?;
        let picture = scaler.scale(&picture, width, height).ok_or("a size that cannot be")?;
        let begun = Instant::now();
        let made = backdrop.blur(picture);
        took.push(begun.elapsed());
        let (y, u, v) = made.planes();
        out.write_frame(&y4m::Frame::new([y, u, v], None))?;
    }
    took.sort_unstable();
    if let (Some(best), Some(median)) = (took.first(), took.get(took.len() / 2)) {
        println!("{} pictures of {width}x{height}: best {best:?}, median {median:?}", took.len());
    }
    Ok(())
}
