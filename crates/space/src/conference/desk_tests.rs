use super::*;
use ahoy_media::opus;
use ahoy_media::tone::{Sine, frequency_of};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const OPEN: Mixing = Mixing { muted: false, deaf: false, gain: 1.0, volume: 1.0, threshold: None };

/// Somebody with a tone, and ears.
struct Person {
    packets: mpsc::Sender<AudioPacket>,
    tone: Option<Sine>,
    encoder: opus::Encoder,
    sent: u32,
    heard: Arc<Mutex<Vec<AudioPacket>>>,
}

struct Room {
    desk: Desk,
    people: Vec<Person>,
    now: Instant,
    talking: Vec<(LineId, bool)>,
}

impl Room {
    fn new(tones: &[Option<f64>]) -> Self {
        let mut desk = Desk::default();
        let mut people = Vec::new();
        for (id, tone) in tones.iter().enumerate() {
            let (packets, arrived) = mpsc::channel(PACKETS);
            let heard = Arc::new(Mutex::new(Vec::new()));
            let ears = Arc::clone(&heard);
            let speaks: SoundOut = Box::new(move |packet| ears.lock().unwrap().push(packet));
            desk.plug(
                id as LineId,
                Plug {
                    hears: Some((AudioCodec::Opus, arrived)),
                    speaks: Some((AudioCodec::Opus, speaks)),
                    beside: None,
                    mixing: OPEN,
                },
            );
            people.push(Person {
                packets,
                tone: tone.map(|hertz| Sine::new(hertz, 0.2)),
                encoder: opus::Encoder::new(opus::EncoderConfig::default()).unwrap(),
                sent: 0,
                heard,
            });
        }
        Self { desk, people, now: Instant::now(), talking: Vec::new() }
    }

    fn run(&mut self, ticks: u32) {
        for _ in 0..ticks {
            for person in &mut self.people {
                if let Some(tone) = &mut person.tone {
                    let mut sound = [0.0; TICK];
                    tone.fill(&mut sound);
                    let packet = AudioPacket {
                        codec: AudioCodec::Opus,
                        data: person.encoder.encode(&sound).unwrap(),
                        rtp_time: person.sent * 960,
                        sequence: person.sent as u16,
                        marker: false,
                        at: self.now,
                    };
                    let _ = person.packets.try_send(packet);
                }
                person.sent += 1;
            }
            let talking = &mut self.talking;
            self.desk.tick(self.now, |line, speaks| {
                talking.push((line, speaks));
                true
            });
            self.now += Duration::from_millis(20);
        }
    }

    /// What one of them heard since last asked.
    fn ears(&mut self, who: usize) -> Vec<f32> {
        let mut decoder = opus::Decoder::new().unwrap();
        let packets = std::mem::take(&mut *self.people[who].heard.lock().unwrap());
        packets.iter().flat_map(|packet| decoder.decode(&packet.data).unwrap().to_vec()).collect()
    }
}

/// How much of a frequency is in a sound (Goertzel), 0 to 1.
fn strength(sound: &[f32], hertz: f64) -> f64 {
    let step = 2.0 * (std::f64::consts::TAU * hertz / 48_000.0).cos();
    let (mut a, mut b) = (0.0, 0.0);
    for sample in sound {
        (a, b) = (f64::from(*sample) + step * a - b, a);
    }
    (a * a + b * b - step * a * b).max(0.0).sqrt() * 2.0 / sound.len().max(1) as f64
}

#[test]
fn everybody_hears_all_but_themselves() {
    let tones = [440.0, 620.0, 980.0];
    let mut room = Room::new(&[Some(440.0), Some(620.0), Some(980.0), None]);
    room.run(100);
    for who in 0..4 {
        let sound = room.ears(who);
        assert_eq!(sound.len(), 100 * TICK);
        let late = &sound[sound.len() / 2..];
        for (other, tone) in tones.iter().enumerate() {
            let strength = strength(late, *tone);
            if other == who {
                assert!(strength < 0.02, "{who} hears itself: {strength}");
            } else {
                assert!(strength > 0.1, "{who} does not hear {other}: {strength}");
            }
        }
    }
    let spoke: Vec<LineId> = room.talking.iter().filter(|(_, on)| *on).map(|(line, _)| *line).collect();
    assert!([0, 1, 2].iter().all(|line| spoke.contains(line)) && !spoke.contains(&3));
}

#[test]
fn silent_listeners_share_one_encoding_and_others_do_not() {
    let mut room = Room::new(&[Some(440.0), None, None, None]);
    room.run(50);
    let last = |room: &Room, who: usize| room.people[who].heard.lock().unwrap().last().unwrap().data.clone();
    // Clones of one buffer, not equal ones.
    assert_eq!(last(&room, 1).as_ptr(), last(&room, 2).as_ptr());
    assert_ne!(last(&room, 0).as_ptr(), last(&room, 1).as_ptr());
    room.desk.set(2, Mixing { volume: 0.5, ..OPEN });
    room.run(1);
    assert_ne!(last(&room, 1).as_ptr(), last(&room, 2).as_ptr());
}

#[test]
fn muting_deafening_and_volumes_are_heard() {
    let mut room = Room::new(&[Some(440.0), None, None]);
    room.run(60);
    room.ears(1);
    room.desk.set(0, Mixing { muted: true, ..OPEN });
    room.run(60);
    assert!(strength(&room.ears(1)[30 * TICK..], 440.0) < 0.005, "muted");
    assert_eq!(room.talking.last(), Some(&(0, false)));
    room.desk.set(0, Mixing { gain: 0.25, ..OPEN });
    room.desk.set(2, Mixing { deaf: true, ..OPEN });
    room.run(100);
    let quiet = strength(&room.ears(1)[50 * TICK..], 440.0);
    assert!((0.03..0.07).contains(&quiet), "{quiet}");
    assert!(strength(&room.ears(2)[70 * TICK..], 440.0) < 0.001, "deaf");
    room.desk.set(0, Mixing { threshold: Some(f32::INFINITY), ..OPEN });
    room.run(100);
    assert!(strength(&room.ears(1)[50 * TICK..], 440.0) < 0.005, "gated");
}

#[test]
fn a_member_that_sends_garbage_or_nothing_hurts_nobody() {
    let mut room = Room::new(&[Some(440.0), None, Some(880.0)]);
    for n in 0..200u16 {
        let packet = AudioPacket {
            codec: AudioCodec::Opus,
            data: Bytes::from(vec![n as u8; usize::from(n) + 1]),
            rtp_time: u32::from(n) * 7_919,
            sequence: n.wrapping_mul(31),
            marker: false,
            at: room.now,
        };
        let _ = room.people[1].packets.try_send(packet);
        // One more tone packet than fits would be dropped: nothing here may wait.
        room.run(1);
    }
    room.people[2].tone = None;
    room.run(60);
    let sound = room.ears(2);
    let late = &sound[sound.len() - 20 * TICK..];
    assert!(strength(late, 440.0) > 0.1);
    let heard = frequency_of(late, 48_000);
    assert!((heard - 440.0).abs() < 5.0, "{heard}");
}

#[test]
fn a_line_can_be_plugged_again_and_taken_out() {
    let mut room = Room::new(&[Some(440.0), None]);
    room.run(20);
    let (_, arrived) = mpsc::channel(PACKETS);
    room.desk
        .plug(0, Plug { hears: Some((AudioCodec::Opus, arrived)), speaks: None, beside: None, mixing: OPEN });
    room.run(40);
    assert_eq!(room.people[0].heard.lock().unwrap().len(), 20);
    assert!(strength(&room.ears(1)[50 * TICK..], 440.0) < 0.005);
    room.desk.unplug(0);
    room.desk.unplug(1);
    assert!(room.desk.is_empty());
}

#[test]
fn nobody_hears_ones_own_further_microphone() {
    let mut room = Room::new(&[None, Some(600.0), Some(440.0)]);
    room.desk.lines.get_mut(&2).unwrap().beside = Some(0);
    room.run(150);
    let [own, other] = [0, 1].map(|who| room.ears(who));
    let late = 100 * TICK..;
    assert!(strength(&own[late.clone()], 440.0) < 0.005, "it is his own");
    assert!(strength(&own[late.clone()], 600.0) > 0.05);
    assert!(strength(&other[late], 440.0) > 0.05);
}
