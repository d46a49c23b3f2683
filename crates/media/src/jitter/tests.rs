use super::*;
use ahoy_model::AudioCodec;

const TICKS: u32 = 960;

struct Rig {
    buffer: JitterBuffer,
    start: Instant,
}

impl Rig {
    fn new() -> Self {
        // Away from the beginning, so that packets may come "before" it.
        Self { buffer: JitterBuffer::new(48_000), start: Instant::now() + Duration::from_secs(10) }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    /// Pushes packet `number` (20 ms each) at `ms`; sequence and time start near their wrap.
    fn push(&mut self, number: u32, ms: u64) -> Pushed {
        self.push_as(number, number.wrapping_mul(TICKS), ms)
    }

    fn push_as(&mut self, sequence: u32, time: u32, ms: u64) -> Pushed {
        let packet = AudioPacket {
            codec: AudioCodec::Opus,
            data: Bytes::copy_from_slice(&sequence.to_be_bytes()),
            rtp_time: (u32::MAX - 2_000).wrapping_add(time),
            sequence: (u16::MAX - 2).wrapping_add(sequence as u16),
            marker: false,
            at: self.at(ms),
        };
        self.buffer.push(&packet, TICKS)
    }

    fn next(&mut self, ms: u64) -> Next {
        let now = self.at(ms);
        self.buffer.next(now)
    }
}

fn packet(number: u32) -> Next {
    Next::Packet(Bytes::copy_from_slice(&number.to_be_bytes()))
}

fn recover(next: u32) -> Next {
    Next::Recover { next: Bytes::copy_from_slice(&next.to_be_bytes()), ticks: TICKS }
}

#[test]
fn packets_play_in_order_after_the_first_wait_across_both_wraps() {
    let mut rig = Rig::new();
    for number in [0, 2, 1, 3, 5, 4, 6, 7] {
        assert_eq!(rig.push(number, u64::from(number) * 20), Pushed::Stored, "{number}");
    }
    assert!(matches!(rig.next(10), Next::Silence { .. }));
    for number in 0..8 {
        assert_eq!(rig.next(31 + u64::from(number) * 20), packet(number));
    }
}

#[test]
fn a_lost_packet_is_asked_for_from_the_next_and_of_two_the_next_may_tell() {
    let mut rig = Rig::new();
    for number in [0, 2, 3, 6, 7] {
        rig.push(number, u64::from(number) * 20);
    }
    assert_eq!(rig.next(40), packet(0));
    assert_eq!(rig.next(60), recover(2));
    assert_eq!(rig.next(80), packet(2));
    assert_eq!(rig.next(100), packet(3));
    let Next::Recover { next: later, .. } = recover(6) else { unreachable!("it was just made") };
    assert_eq!(rig.next(120), Next::Describe { later, before: 2 * TICKS, ticks: TICKS });
    assert_eq!(rig.next(140), recover(6));
    assert_eq!(rig.next(160), packet(6));
    let counts = rig.buffer.counts();
    assert_eq!((counts.recovered, counts.concealed_ms), (2, 20));
}

#[test]
fn late_and_doubled_packets_are_told_apart() {
    let mut rig = Rig::new();
    rig.push(0, 0);
    rig.push(2, 40);
    assert_eq!(rig.push(2, 41), Pushed::Duplicate);
    assert_eq!(rig.next(45), packet(0));
    assert_eq!(rig.next(65), recover(2));
    assert_eq!(rig.push(1, 66), Pushed::Late);
    assert_eq!(rig.push(0, 67), Pushed::Late);
    let counts = rig.buffer.counts();
    assert_eq!((counts.received, counts.late, counts.duplicate), (5, 2, 1));
}

#[test]
fn when_nothing_comes_the_clock_waits_and_the_made_up_sound_counts() {
    let mut rig = Rig::new();
    rig.push(0, 0);
    assert_eq!(rig.next(30), packet(0));
    for step in 0..4 {
        assert_eq!(rig.next(50 + step * 10), Next::Conceal { ticks: 480 });
    }
    // Packet 1 was only late: it is played, and nothing is skipped.
    rig.push(1, 85);
    assert_eq!(rig.next(90), packet(1));
    // Packets 2 and 3 are lost: the 40 ms made up meanwhile stand for them.
    for step in 0..4 {
        assert_eq!(rig.next(110 + step * 10), Next::Conceal { ticks: 480 });
    }
    rig.push(4, 145);
    assert_eq!(rig.next(150), packet(4));
}

#[test]
fn silence_of_the_sender_is_not_loss() {
    let mut rig = Rig::new();
    rig.push(0, 0);
    // In sequence, but 100 ms later: the sender was silent in between.
    rig.push_as(1, 5 * TICKS + TICKS, 120);
    assert_eq!(rig.next(40), packet(0));
    for step in 0..5 {
        assert_eq!(rig.next(60 + step * 20), Next::Silence { ticks: TICKS });
    }
    assert_eq!(rig.next(160), packet(1));
    assert_eq!(rig.buffer.counts().concealed_ms, 0);
}

#[test]
fn after_a_long_pause_playing_begins_anew() {
    let mut rig = Rig::new();
    rig.push(0, 0);
    assert_eq!(rig.next(40), packet(0));
    for step in 0..25 {
        rig.next(60 + step * 10);
    }
    assert!(matches!(rig.next(320), Next::Silence { .. }));
    rig.push_as(1, 1_500 * 48, 1_500);
    assert!(matches!(rig.next(1_505), Next::Silence { .. }), "waits for the target again");
    assert_eq!(rig.next(1_540), packet(1));
}

#[test]
fn a_new_stream_is_followed_after_two_packets_and_a_stray_one_is_not() {
    let mut rig = Rig::new();
    for number in 0..3 {
        rig.push(number, u64::from(number) * 20);
    }
    assert_eq!(rig.push_as(20_000, 77, 61), Pushed::Stray);
    assert_eq!(rig.push(3, 62), Pushed::Stored);
    assert_eq!(rig.push_as(30_000, 9_000_000, 70), Pushed::Stray);
    assert_eq!(rig.push_as(30_001, 9_000_960, 90), Pushed::Stored);
    assert_eq!(rig.next(130), packet(30_001));
    // The sender sets only its clock anew.
    assert_eq!(rig.push_as(30_002, 5, 140), Pushed::Stored);
    assert_eq!(rig.next(180), packet(30_002));
}

#[test]
fn what_piles_up_is_bounded() {
    let mut rig = Rig::new();
    for number in 0..500 {
        rig.push(number, 0);
    }
    assert!(rig.buffer.len() <= 102, "{}", rig.buffer.len());
    assert!(rig.buffer.counts().overflow > 300);
    assert!(matches!(rig.next(5_000), Next::Packet(_)));
}

#[test]
fn the_target_follows_the_jitter_both_ways() {
    let mut rig = Rig::new();
    let mut random = fastrand::Rng::with_seed(9);
    let mut run = |rig: &mut Rig, from: u32, jitter: u64| {
        for number in from..from + 400 {
            rig.push(number, 1_000 + u64::from(number) * 20 + random.u64(0..=jitter));
        }
        rig.buffer.target().as_millis() as u64
    };
    let calm = run(&mut rig, 0, 0);
    let rough = run(&mut rig, 400, 80);
    let wild = run(&mut rig, 800, 400);
    let calm_again = run(&mut rig, 1_200, 0);
    println!("target: {calm} → {rough} → {wild} → {calm_again} ms");
    assert_eq!((calm, calm_again), (20, 20));
    assert!((70..=95).contains(&rough));
    assert_eq!(wild, 200);
}
