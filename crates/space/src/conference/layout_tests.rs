use super::*;

const HD: Canvas = Canvas { width: 1280, height: 720 };

fn overlap(a: Area, b: Area) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

#[test]
fn every_layout_stays_on_its_canvas_and_no_two_places_overlap() {
    for canvas in [HD, Canvas { width: 1920, height: 1080 }, Canvas { width: 854, height: 480 }] {
        for layout in Layout::ALL {
            for pictures in 1..=MOST {
                let cells = layout.cells(pictures, canvas);
                assert!(!cells.is_empty());
                for (n, cell) in cells.iter().enumerate() {
                    let Area { x, y, width, height } = cell.area;
                    assert!(x + width <= canvas.width && y + height <= canvas.height, "{layout:?} {cell:?}");
                    assert!([x, y, width, height].iter().all(|side| side % 2 == 0), "{layout:?} {cell:?}");
                    let others = cells.iter().skip(n + 1);
                    assert!(others.clone().all(|other| !overlap(cell.area, other.area)), "{layout:?}");
                    assert!(others.clone().all(|other| other.position != cell.position), "{layout:?}");
                }
            }
        }
    }
}

#[test]
fn names_are_read_back() {
    for layout in Layout::ALL {
        assert_eq!(Layout::named(&layout.name()), Some(layout));
    }
    for name in ["5up", "2x1", "1x1", "highlight-1-responsive", "screen-share", "10x10"] {
        assert!(Layout::named(name).is_some(), "{name}");
    }
    assert_eq!(Layout::named("7x7"), None);
    for word in ["auto", "reserved-1", "standard-12", "full-screen", "playback", "off-canvas"] {
        assert_eq!(Position::read(word).map(|position| position.to_string()).as_deref(), Some(word));
    }
    for junk in ["", "-", "standard", "standard-", "standard-999", "reserved-x", "Auto"] {
        assert_eq!(Position::read(junk), None, "{junk}");
    }
}

#[test]
fn the_responsive_grid_grows_with_its_members_and_centres_its_last_row() {
    let boxes = |n| -> Vec<[u32; 4]> {
        let cells = Layout::GridResponsive.cells(n, HD);
        cells.iter().map(|c| [c.area.x, c.area.y, c.area.width, c.area.height]).collect()
    };
    assert_eq!(boxes(1), [[0, 0, 1280, 720]]);
    assert_eq!(boxes(2), [[0, 180, 640, 360], [640, 180, 640, 360]]);
    assert_eq!(boxes(3), [[0, 0, 640, 360], [640, 0, 640, 360], [320, 360, 640, 360]]);
    let six = boxes(6);
    assert_eq!(six.first(), Some(&[0, 120, 426, 240]));
    assert_eq!(six.len(), 6);
    assert_eq!(boxes(16).last(), Some(&[960, 540, 320, 180]));
    assert_eq!(HD.percent(Area { x: 320, y: 180, width: 640, height: 360 }), [25.0, 25.0, 50.0, 50.0]);
}

#[test]
fn a_highlight_is_larger_than_all_others() {
    for pictures in 2..=MOST {
        let cells = Layout::Highlight1Responsive.cells(pictures, HD);
        assert_eq!(cells.len(), pictures);
        let (large, others) = cells.split_first().unwrap();
        assert_eq!(large.position, Position::Reserved(1));
        assert!(others.iter().all(|other| other.area.width * 2 < large.area.width));
    }
    let shared = Layout::ScreenShare.cells(3, HD);
    assert_eq!(HD.percent(shared[0].area), [0.0, 10.0, 80.0, 80.0]);
    assert_eq!(HD.percent(shared[1].area), [80.0, 30.0, 20.0, 20.0]);
}
