use super::*;
use crate::hardware::STEP;
use crate::tone::Sine;

fn mono(samples: [f32; STEP]) -> Wide {
    Wide { middle: samples, ..Wide::SILENCE }
}

fn line(room: usize) -> (Line, mpsc::Receiver<AudioPacket>) {
    let (out, packets) = mpsc::channel(room);
    (Line::new(CallId::random(), AudioCodec::Opus, out).expect("Opus"), packets)
}

fn all(packets: &mut mpsc::Receiver<AudioPacket>) -> Vec<AudioPacket> {
    std::iter::from_fn(|| packets.try_recv().ok()).collect()
}

#[test]
fn sound_that_finds_the_network_full_is_left_out_and_the_clock_goes_on() {
    let (mut line, mut packets) = line(2);
    for _ in 0..10 {
        line.capture(&mono([0.1; STEP]));
    }
    assert_eq!(all(&mut packets).iter().map(|packet| packet.rtp_time).collect::<Vec<_>>(), [0, 960]);
    for _ in 0..2 {
        line.capture(&mono([0.1; STEP]));
    }
    let next = all(&mut packets);
    assert_eq!(
        (next[0].rtp_time, next[0].sequence),
        (5 * 960, 5),
        "the far side sees that three are missing"
    );
    assert_eq!((line.sent, line.dropped), (3, 3));
}

#[test]
fn silence_costs_next_to_nothing_with_dtx_and_looks_like_no_loss() {
    let (mut line, mut packets) = line(1000);
    line.set_voice(VoiceConfig { dtx: true, ..VoiceConfig::default() });
    let mut tone = Sine::new(440.0, 0.5);
    let mut speak = |line: &mut Line, steps: usize| {
        for _ in 0..steps {
            let mut step = [0.0; STEP];
            tone.fill(&mut step);
            line.capture(&mono(step));
        }
    };
    speak(&mut line, 100);
    let spoken = all(&mut packets).len();
    assert_eq!(spoken, 50);
    // Ten seconds of a muted microphone.
    line.muted = true;
    for _ in 0..1000 {
        line.capture(&Wide::SILENCE);
    }
    let silent = all(&mut packets);
    assert!(silent.len() < 100, "{} of 500 packets", silent.len());
    line.muted = false;
    speak(&mut line, 2);
    let again = all(&mut packets);
    assert_eq!(usize::from(again[0].sequence), spoken + silent.len(), "what was not sent is not counted");
    assert_eq!(again[0].rtp_time, 550 * 960, "but its time is");
    assert!(again[0].marker, "a talk spurt begins");
}

#[test]
fn studio_sound_keeps_the_whole_band() {
    let (mut line, mut packets) = line(1000);
    line.set_voice(VoiceConfig { studio: true, ..VoiceConfig::default() });
    let mut cymbal = Sine::new(15_000.0, 0.3);
    for _ in 0..200 {
        let mut step = [0.0; STEP];
        cymbal.fill(&mut step);
        line.capture(&mono(step));
    }
    let packets = all(&mut packets);
    let mut decoder = crate::opus::Decoder::new().expect("Opus");
    let mut sound = Vec::new();
    for packet in &packets {
        sound.extend_from_slice(decoder.decode(&packet.data).expect("a packet"));
    }
    let heard = crate::level::decibels(&sound[48_000..]);
    assert!((heard - crate::level::decibels(&[0.3 / 2.0_f32.sqrt(); 10])).abs() < 3.0, "{heard} dB");
}

#[test]
fn two_channels_go_out_once_the_far_side_takes_them_and_studio_sound_is_on() {
    let (mut line, mut packets) = line(1000);
    let (mut left, mut right) = (Sine::new(440.0, 0.3), Sine::new(660.0, 0.3));
    let mut sing = |line: &mut Line| {
        let (mut a, mut b) = ([0.0; STEP], [0.0; STEP]);
        left.fill(&mut a);
        right.fill(&mut b);
        line.capture(&Wide::from_pairs(&std::array::from_fn(|i| [a[i], b[i]])));
    };
    let kinds = |packets: &mut mpsc::Receiver<AudioPacket>| {
        all(packets).iter().map(|packet| audio::is_stereo(packet.codec, &packet.data)).collect::<Vec<_>>()
    };
    line.set_stereo(true);
    sing(&mut line);
    // In the middle of a packet: it is finished as it was begun.
    line.set_voice(VoiceConfig { studio: true, ..VoiceConfig::default() });
    sing(&mut line);
    assert_eq!(kinds(&mut packets), [false]);
    let start = Instant::now();
    let mut far = Playout::wide(AudioCodec::Opus).expect("Opus");
    for _ in 0..100 {
        sing(&mut line);
    }
    let sent = all(&mut packets);
    assert!(sent.len() == 50 && sent.iter().all(|packet| audio::is_stereo(packet.codec, &packet.data)));
    let bytes: usize = sent.iter().map(|packet| packet.data.len()).sum();
    assert!(bytes * 8 >= 128_000, "{} kbit/s", bytes * 8 / 1000);
    let (mut heard, mut now) = ([Vec::new(), Vec::new()], start);
    let mut sent = sent.into_iter();
    for step in 0..100 {
        if step % 2 == 0
            && let Some(packet) = sent.next()
        {
            far.push(&AudioPacket { at: now, ..packet });
        }
        let mut wide = Wide::SILENCE;
        far.step_wide(&mut wide, now);
        for [a, b] in wide.pairs() {
            heard[0].push(a);
            heard[1].push(b);
        }
        now += Duration::from_millis(10);
    }
    for (side, wanted) in heard.iter().zip([440.0, 660.0]) {
        let pitch = crate::tone::frequency_of(&side[24_000..], 48_000);
        assert!((pitch - wanted).abs() < 5.0, "{pitch} Hz instead of {wanted}");
    }
    line.set_stereo(false);
    for _ in 0..2 {
        sing(&mut line);
    }
    assert_eq!(kinds(&mut packets), [false]);
}
