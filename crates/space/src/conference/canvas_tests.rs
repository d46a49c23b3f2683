use super::*;
use ahoy_media::slot::{SlotWriter, slot};

const SMALL: Canvas = Canvas { width: 64, height: 36 };

fn grey(width: u32, height: u32, luma: u8, at: Instant) -> Picture {
    let layout = PlaneLayout::new(width, height);
    let mut data = vec![luma; layout.luma_len()];
    data.resize(layout.len(), 128);
    Picture::new(width, height, data, at).unwrap()
}

fn tile(line: LineId, x: u32) -> Tile {
    let area = Area { x, y: 0, width: 32, height: 36 };
    Tile { line, area, name: "Ada".into(), live: true, still: false }
}

fn board(lines: &[LineId]) -> (Board, Vec<SlotWriter<Picture>>) {
    let mut board = Board::new(SMALL);
    let mut writers = Vec::new();
    for line in lines {
        let (writer, reader) = slot();
        board.add(*line, reader);
        writers.push(writer);
    }
    (board, writers)
}

fn luma(picture: &Picture, x: usize, y: usize) -> u8 {
    picture.planes().0[y * picture.width() as usize + x]
}

#[test]
fn pictures_are_drawn_where_they_belong_and_only_when_there_is_something_new() {
    let (mut board, writers) = board(&[1, 2]);
    let now = Instant::now();
    board.arrange(vec![tile(1, 0), tile(2, 32)]);
    writers[0].put(grey(32, 36, 200, now));
    let first = board.draw(now, false).expect("a picture");
    assert_eq!(luma(&first, 5, 5), 200);
    assert_ne!(luma(&first, 40, 5), 200, "the other one has its card");
    assert!(board.draw(now, false).is_none(), "nothing is new");
    assert!(board.draw(now, true).is_some());
    writers[1].put(grey(320, 360, 90, now));
    let second = board.draw(now, false).expect("a picture");
    assert_eq!((luma(&second, 5, 5), luma(&second, 40, 5)), (200, 90));
    // They change places: what was shown last is shown there at once.
    board.arrange(vec![tile(2, 0), tile(1, 32)]);
    let third = board.draw(now, false).expect("a picture");
    assert_eq!((luma(&third, 5, 5), luma(&third, 40, 5)), (90, 200));
}

#[test]
fn a_picture_that_stands_still_becomes_a_card_and_comes_back() {
    let (mut board, writers) = board(&[1]);
    let now = Instant::now();
    let mut alone = tile(1, 0);
    board.arrange(vec![alone.clone()]);
    writers[0].put(grey(32, 36, 200, now));
    assert_eq!(luma(&board.draw(now, false).unwrap(), 5, 5), 200);
    let later = now + STALE + Duration::from_millis(1);
    assert_ne!(luma(&board.draw(later, false).expect("the card"), 2, 2), 200);
    assert!(board.draw(later, false).is_none());
    writers[0].put(grey(32, 36, 201, now));
    assert_eq!(luma(&board.draw(later, false).unwrap(), 5, 5), 201);
    // Muted: the card. A screen that stands still stays.
    alone.live = false;
    board.arrange(vec![alone.clone()]);
    assert_ne!(luma(&board.draw(later, false).unwrap(), 2, 2), 201);
    (alone.live, alone.still) = (true, true);
    board.arrange(vec![alone]);
    let much_later = later + STALE * 10;
    assert_eq!(luma(&board.draw(much_later, false).unwrap(), 5, 5), 201);
    assert!(board.draw(much_later + STALE * 10, false).is_none());
}

#[test]
fn every_shape_keeps_its_shape() {
    let area = Area { x: 100, y: 50, width: 320, height: 180 };
    assert_eq!(fit(1280, 720, area), area);
    assert_eq!(fit(640, 480, area), Area { x: 140, y: 50, width: 240, height: 180 });
    assert_eq!(fit(360, 640, area), Area { x: 208, y: 50, width: 102, height: 180 });
    let flat = fit(2000, 10, area);
    assert_eq!((flat.width, flat.height), (320, 2));
    for (width, height) in [(1, 1), (2, 4000), (4000, 2), (641, 361), (177, 99)] {
        let inner = fit(width, height, area);
        assert!(inner.x >= area.x && inner.x + inner.width <= area.x + area.width);
        assert!(inner.y >= area.y && inner.y + inner.height <= area.y + area.height);
        let sides = [inner.x, inner.width, inner.y, inner.height];
        assert!(sides.iter().all(|side| side.is_multiple_of(2)), "{sides:?}");
    }
}

#[test]
fn twenty_sizes_one_after_another_leave_no_trace() {
    let (mut board, writers) = board(&[1]);
    let now = Instant::now();
    board.arrange(vec![tile(1, 0)]);
    for n in 1..=20 {
        writers[0].put(grey(n * 34, (21 - n) * 30, 200, now));
        board.draw(now, false).expect("a picture");
    }
    writers[0].put(grey(32, 36, 120, now));
    let last = board.draw(now, false).expect("a picture");
    assert!((0..32).all(|x| (0..36).all(|y| luma(&last, x, y) == 120)));
}
