use super::*;

const HD: Canvas = Canvas { width: 1280, height: 720 };

fn sitter(who: u32) -> Sitter<u32> {
    Sitter { who, wish: Position::Auto, screen: false, spoke: 0 }
}

fn wishing(who: u32, wish: Position) -> Sitter<u32> {
    Sitter { wish, ..sitter(who) }
}

fn who(seats: &[Seat<u32>]) -> Vec<Option<u32>> {
    seats.iter().map(|seat| seat.who).collect()
}

#[test]
fn they_sit_in_the_order_they_came_and_stay_when_somebody_leaves() {
    let four = [sitter(1), sitter(2), sitter(3), sitter(4)];
    let first = seat(Layout::GridResponsive, HD, &four, &[]);
    assert_eq!(who(&first), [Some(1), Some(2), Some(3), Some(4)]);
    // The third leaves: one moves into the hole, nobody else moves.
    let three = [sitter(1), sitter(2), sitter(4)];
    let second = seat(Layout::GridResponsive, HD, &three, &first);
    assert_eq!(who(&second), [Some(1), Some(2), Some(4)]);
    let two = [sitter(2), sitter(4)];
    assert_eq!(who(&seat(Layout::GridResponsive, HD, &two, &second)), [Some(4), Some(2)]);
}

#[test]
fn wishes_are_kept_and_the_second_one_takes_what_is_left() {
    let wishes = [
        sitter(1),
        wishing(2, Position::Standard(1)),
        wishing(3, Position::Standard(1)),
        wishing(4, Position::OffCanvas),
    ];
    let seats = seat(Layout::Fixed(2, 2), HD, &wishes, &[]);
    assert_eq!(who(&seats), [Some(2), Some(1), Some(3), None]);
    assert!(seats[0].reserved && !seats[1].reserved);
    // A grid has no prominent place: its first one stands for it.
    let seats = seat(Layout::Grid, HD, &[sitter(1), wishing(2, Position::Reserved(1))], &[]);
    assert_eq!(who(&seats), [Some(2), Some(1), None, None]);
}

#[test]
fn the_prominent_place_goes_to_a_screen_then_to_the_speaker() {
    let speaking = [sitter(1), Sitter { spoke: 5, ..sitter(2) }, Sitter { spoke: 9, ..sitter(3) }];
    let seats = seat(Layout::Highlight1Responsive, HD, &speaking, &[]);
    assert_eq!(who(&seats), [Some(3), Some(1), Some(2)]);
    let sharing = [sitter(1), Sitter { spoke: 9, ..sitter(2) }, Sitter { screen: true, ..sitter(3) }];
    let seats = seat(Layout::ScreenShare, HD, &sharing, &[]);
    assert_eq!(seats[0].who, Some(3));
    let asked = [sitter(1), Sitter { spoke: 9, ..sitter(2) }, wishing(3, Position::Reserved(1))];
    assert_eq!(seat(Layout::Highlight1Responsive, HD, &asked, &[])[0].who, Some(3));
    assert_eq!(seat(Layout::Highlight1Responsive, HD, &[sitter(7), sitter(8)], &[])[0].who, Some(7));
}

#[test]
fn where_there_is_too_little_room_those_who_speak_are_shown() {
    let mut many: Vec<_> = (1..=6).map(sitter).collect();
    let first = seat(Layout::Fixed(2, 2), HD, &many, &[]);
    assert_eq!(who(&first), [Some(1), Some(2), Some(3), Some(4)]);
    many[5].spoke = 1;
    let second = seat(Layout::Fixed(2, 2), HD, &many, &first);
    assert_eq!(who(&second), [Some(1), Some(2), Some(3), Some(6)]);
}

#[test]
fn full_screen_is_over_everything() {
    let seats = seat(Layout::Grid, HD, &[sitter(1), wishing(2, Position::FullScreen)], &[]);
    assert_eq!(who(&seats), [Some(2)]);
    assert_eq!(seats[0].area, HD.whole());
    let empty = seat::<u32>(Layout::GridResponsive, HD, &[], &[]);
    assert_eq!(who(&empty), [None]);
}
