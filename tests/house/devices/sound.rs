//! What the benchmark `sound` measures at length, in short: simulated rooms, and speech through a bad network.

use crate::support::echo_lab::{Noise, denoise, measure};
use crate::support::echo_room::STUDY;
use crate::support::intelligibility::stoi;
use crate::support::speech::{STORY, read_aloud};
use crate::support::speech_line::{Network, send};
use ahoy_media::processing::ProcessingSwitches;

#[test]
fn an_echo_is_taken_away_and_who_speaks_meanwhile_is_understood() {
    let echo = measure(&STUDY, 60, 40, ProcessingSwitches::ALL);
    println!("{echo:?}");
    assert!(echo.alone >= 20.0 && echo.moved >= 20.0, "{echo:?}");
    // The echo is as loud as whoever speaks here, so some of both is lost while both speak.
    assert!(echo.near >= 0.65 && echo.near_loss < 3.0, "{echo:?}");
}

#[test]
fn noise_becomes_quieter_than_the_voice_does() {
    let result = denoise(Noise::Fan, 10.0);
    println!("{result:?}");
    assert!(result.pauses >= 6.0 && result.voice < 3.0, "{result:?}");
    assert!(result.understood >= result.understood_raw - 0.02, "{result:?}");
}

#[test]
fn speech_is_understood_at_thirty_percent_loss_and_at_a_tenth_of_a_second_of_jitter() {
    let speech = read_aloud("en-gb+m3", STORY);
    let lossy = Network { seed: 1, loss: 0.3, run: 1.0, jitter: 0.0 };
    let jittery = Network { loss: 0.0, jitter: 100.0, ..lossy };
    for network in [lossy, jittery] {
        let heard = send(&speech, network);
        let understood = stoi(&speech, &heard.sound);
        println!("{network:?}: {understood:.2}, concealed {:.1} %", heard.concealed());
        assert!(understood >= 0.75, "{network:?}: {understood}");
    }
}
