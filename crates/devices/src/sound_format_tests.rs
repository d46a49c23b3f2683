use super::*;

fn range(channels: u16, rates: (u32, u32), samples: SampleFormat) -> SupportedStreamConfigRange {
    let buffer = SupportedBufferSize::Range { min: 64, max: 4_096 };
    SupportedStreamConfigRange::new(channels, rates.0, rates.1, buffer, samples)
}

fn chosen(offered: Vec<SupportedStreamConfigRange>, usual: Option<u16>) -> (u16, u32, SampleFormat) {
    let format = choose(offered.into_iter(), usual).expect("a format");
    (format.config.channels, format.config.sample_rate, format.samples)
}

#[test]
fn our_rate_counts_most() {
    let offered =
        vec![range(1, (44_100, 44_100), SampleFormat::F32), range(2, (8_000, 192_000), SampleFormat::I16)];
    assert_eq!(chosen(offered, None), (2, 48_000, SampleFormat::I16));
}

#[test]
fn the_nearest_rate_if_ours_is_missing() {
    let offered =
        vec![range(1, (16_000, 16_000), SampleFormat::F32), range(1, (44_100, 44_100), SampleFormat::F32)];
    assert_eq!(chosen(offered, None), (1, 44_100, SampleFormat::F32));
}

#[test]
fn the_usual_channels_then_the_fewest() {
    let offered =
        || (1..=8).map(|channels| range(channels, (48_000, 48_000), SampleFormat::F32)).collect::<Vec<_>>();
    assert_eq!(chosen(offered(), Some(2)).0, 2);
    assert_eq!(chosen(offered(), Some(6)).0, 1);
    assert_eq!(chosen(offered(), None).0, 1);
    assert_eq!(chosen(offered().split_off(3), Some(6)).0, 6);
}

#[test]
fn cheap_samples_win() {
    let offered = [SampleFormat::U8, SampleFormat::I16, SampleFormat::F32, SampleFormat::DsdU8];
    let offered = offered.map(|samples| range(1, (48_000, 48_000), samples)).to_vec();
    assert_eq!(chosen(offered, None).2, SampleFormat::F32);
}

#[test]
fn nothing_that_we_can_read() {
    assert_eq!(choose(std::iter::once(range(1, (48_000, 48_000), SampleFormat::DsdU8)), None), None);
    assert_eq!(choose(std::iter::once(range(0, (48_000, 48_000), SampleFormat::F32)), None), None);
    assert_eq!(choose(std::iter::empty(), None), None);
}
