//! A room between a loudspeaker and a microphone, by mirror images of the loudspeaker (Allen and Berkley: "Image method for
//! efficiently simulating small-room acoustics", 1979).

use ahoy_media::hardware::SAMPLE_RATE;
use realfft::RealFftPlanner;

/// m/s.
const SOUND: f64 = 343.0;

/// A box with walls that all reflect alike. Metres.
#[derive(Clone, Copy, Debug)]
pub struct EchoRoom {
    pub name: &'static str,
    pub size: [f64; 3],
    /// Until a sound has faded by 60 dB, s.
    pub fading: f64,
    pub speaker: [f64; 3],
    pub microphone: [f64; 3],
}

/// A laptop on a desk in a small room with curtains.
pub const STUDY: EchoRoom = EchoRoom {
    name: "study",
    size: [3.2, 2.6, 2.4],
    fading: 0.25,
    speaker: [1.5, 1.0, 0.8],
    microphone: [1.6, 1.2, 1.0],
};

/// A television and a microphone on a table in a large room with bare walls.
pub const HALL: EchoRoom = EchoRoom {
    name: "hall",
    size: [6.5, 5.1, 2.9],
    fading: 0.55,
    speaker: [0.6, 2.5, 1.1],
    microphone: [2.9, 2.2, 0.8],
};

impl EchoRoom {
    /// What the microphone hears of a click from the loudspeaker, as loud as the click altogether.
    pub fn response(&self) -> Vec<f32> {
        let [x, y, z] = self.size;
        let (volume, walls) = (x * y * z, 2.0 * (x * y + y * z + z * x));
        // Eyring: how much each wall swallows for the sound to fade in that time.
        let reflects = (-0.161 * volume / (self.fading * walls)).exp().sqrt();
        let length = (self.fading * f64::from(SAMPLE_RATE)) as usize;
        let furthest = self.fading * SOUND;
        let orders = self.size.map(|side| (furthest / (2.0 * side)).ceil() as i32);
        let mut response = vec![0.0; length + 1];
        let images = |axis: usize| {
            let (size, speaker, microphone) = (self.size[axis], self.speaker[axis], self.microphone[axis]);
            (-orders[axis]..=orders[axis]).flat_map(move |n| {
                [0, 1].map(|mirrored| {
                    let place = f64::from(1 - 2 * mirrored) * speaker + 2.0 * f64::from(n) * size;
                    (place - microphone, (n - mirrored).abs() + n.abs())
                })
            })
        };
        for (dx, rx) in images(0) {
            for (dy, ry) in images(1) {
                for (dz, rz) in images(2) {
                    let distance = (dx * dx + dy * dy + dz * dz).sqrt();
                    let at = distance / SOUND * f64::from(SAMPLE_RATE);
                    let (whole, part) = (at as usize, at.fract());
                    if whole >= length {
                        continue;
                    }
                    let loud = reflects.powi(rx + ry + rz) / distance.max(0.05);
                    response[whole] += loud * (1.0 - part);
                    response[whole + 1] += loud * part;
                }
            }
        }
        let energy: f64 = response.iter().map(|s| s * s).sum();
        response.into_iter().map(|s| (s / energy.sqrt()) as f32).collect()
    }
}

/// Sound after such a response, as long as the sound.
pub fn through(response: &[f32], sound: &[f32]) -> Vec<f32> {
    let size = (response.len() * 2).next_power_of_two();
    let block = size - response.len();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forth, back) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |samples: &[f32]| {
        let mut padded = samples.to_vec();
        padded.resize(size, 0.0);
        let mut out = forth.make_output_vec();
        forth.process(&mut padded, &mut out).expect("the sizes fit");
        out
    };
    let room = spectrum(response);
    let mut heard = vec![0.0; sound.len() + size];
    let mut piece = back.make_output_vec();
    for (number, samples) in sound.chunks(block).enumerate() {
        let mut product: Vec<_> = spectrum(samples).iter().zip(&room).map(|(a, b)| a * b).collect();
        let last = product.len() - 1;
        (product[0].im, product[last].im) = (0.0, 0.0);
        back.process(&mut product, &mut piece).expect("the sizes fit");
        for (sum, sample) in heard[number * block..].iter_mut().zip(&piece) {
            *sum += sample / size as f32;
        }
    }
    heard.truncate(sound.len());
    heard
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_fades_in_its_time_and_begins_with_the_straight_way() {
        for room in [STUDY, HALL] {
            let response = room.response();
            let straight: f64 =
                (0..3).map(|i| (room.speaker[i] - room.microphone[i]).powi(2)).sum::<f64>().sqrt();
            let first = response.iter().position(|s| *s > 0.0).expect("something is heard");
            assert_eq!(first, (straight / SOUND * f64::from(SAMPLE_RATE)) as usize);
            let energy = |part: &[f32]| part.iter().map(|s| f64::from(s * s)).sum::<f64>();
            let half = energy(&response[response.len() / 2..]) / energy(&response);
            // Half the time is 30 dB.
            assert!((1e-5..3e-2).contains(&half), "{}: {half}", room.name);
        }
    }

    #[test]
    fn folding_is_what_folding_by_hand_is() {
        let response = [0.5, 0.0, -0.25];
        let sound: Vec<f32> = (0..50).map(|i| (i as f32 * 0.7).sin()).collect();
        let heard = through(&response, &sound);
        for (i, heard) in heard.iter().enumerate() {
            let at = |back: usize| if i >= back { sound[i - back] } else { 0.0 };
            assert!((heard - (0.5 * at(0) - 0.25 * at(2))).abs() < 1e-5);
        }
    }
}
