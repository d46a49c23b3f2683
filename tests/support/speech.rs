//! Voices that read aloud, by espeak-ng: the same words give the same samples on every machine with the same version.

use super::sound::Recording;
use ahoy_media::hardware::SAMPLE_RATE;
use std::process::Command;

/// Of the stretches in which somebody speaks, of full scale: as loud as a headset delivers it.
const LOUDNESS: f32 = 0.07;

/// Sentences with many different sounds in them.
pub const STORY: &str = "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. \
    It is easy to tell the depth of a well. These days a chicken leg is a rare dish. Rice is often served in round bowls. \
    The juice of lemons makes fine punch. The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage. \
    Four hours of steady work faced us. A large size in stockings is hard to sell.";
/// And some others.
pub const REPLY: &str = "The boy was there when the sun rose. A rod is used to catch pink salmon. The source of the huge river \
    is the clear spring. Kick the ball straight and follow through. Help the woman get back to her feet. A pot of tea helps to \
    pass the evening. Smoky fires lack flame and heat. The soft cushion broke the man's fall. The salt breeze came across from the sea.";

/// Reads `text` aloud with an espeak-ng voice (`en-gb+m3`, `en-us+f2`), 48 kHz.
pub fn read_aloud(voice: &str, text: &str) -> Vec<f32> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let path = folder.path().join("speech.wav");
    let spoken =
        Command::new("espeak-ng").args(["-v", voice, "-s", "150", "-w"]).arg(&path).arg(text).output();
    let spoken = spoken.expect("espeak-ng is installed (`cargo xtask setup` does it)");
    assert!(spoken.status.success(), "espeak-ng: {}", String::from_utf8_lossy(&spoken.stderr));
    let recording = Recording::read(&path);
    let mut speech =
        ahoy_media::resample::clip(recording.samples, recording.rate, SAMPLE_RATE).expect("a usual rate");
    let factor = LOUDNESS / loudness_of_speech(&speech).max(1e-6);
    speech.iter_mut().for_each(|sample| *sample *= factor);
    speech
}

/// Mean loudness (RMS) of what is not a pause.
pub fn loudness_of_speech(samples: &[f32]) -> f32 {
    let energies: Vec<f32> =
        samples.chunks_exact(480).map(|step| step.iter().map(|s| s * s).sum::<f32>() / 480.0).collect();
    let loudest = energies.iter().copied().fold(0.0, f32::max);
    let spoken: Vec<f32> = energies.into_iter().filter(|energy| *energy > loudest / 1_000.0).collect();
    (spoken.iter().sum::<f32>() / spoken.len().max(1) as f32).sqrt()
}
