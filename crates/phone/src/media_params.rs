//! What the space asks our camera and our sound to be like in a call (`verto.mediaParams`, WIRE.md 4.4): applied within
//! what the user set, never beyond it.

use crate::settings::Settings;
use ahoy_media::hardware::CameraFormat;
use serde_json::Value;

/// Smaller pictures than these help nobody.
const SMALLEST: (u32, u32) = (160, 90);

/// What was asked for so far; a message that leaves something out changes nothing about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct MediaParams {
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) fps: Option<u32>,
    echo_cancellation: Option<bool>,
    noise_suppression: Option<bool>,
    automatic_gain: Option<bool>,
}

impl MediaParams {
    /// Takes over what `params` says (`{audio?: {…}, video?: constraints}`). Whether that changed anything.
    pub(crate) fn take(&mut self, params: &Value) -> bool {
        let before = *self;
        let (audio, video) = (&params["audio"], &params["video"]);
        let flag = |name: &str| audio[name].as_bool();
        self.echo_cancellation = flag("echoCancellation").or(self.echo_cancellation);
        self.noise_suppression = flag("noiseSuppression").or(self.noise_suppression);
        self.automatic_gain = flag("autoGainControl").or(self.automatic_gain);
        self.width = number(&video["width"]).or(self.width);
        self.height = number(&video["height"]).or(self.height);
        self.fps = number(&video["frameRate"]).or(self.fps);
        *self != before
    }

    /// The camera's format, no larger and no faster than `own`.
    pub(crate) fn format(&self, own: CameraFormat) -> CameraFormat {
        let within = |asked: Option<u32>, own: u32, least: u32| {
            asked.map_or(own, |asked| asked.clamp(least.min(own), own))
        };
        CameraFormat {
            width: within(self.width, own.width, SMALLEST.0) & !1,
            height: within(self.height, own.height, SMALLEST.1) & !1,
            fps: within(self.fps, own.fps, 1),
        }
    }

    /// The user's settings with what is asked of the sound.
    pub(crate) fn sound(&self, own: &Settings) -> Settings {
        Settings {
            echo_cancellation: self.echo_cancellation.unwrap_or(own.echo_cancellation),
            noise_suppression: self.noise_suppression.unwrap_or(own.noise_suppression),
            automatic_gain: self.automatic_gain.unwrap_or(own.automatic_gain),
            ..own.clone()
        }
    }
}

/// A constraint of a browser: a number, or `{exact, ideal, max, min}`.
fn number(constraint: &Value) -> Option<u32> {
    let read = |value: &Value| value.as_f64().filter(|n| n.is_finite() && *n >= 1.0 && *n < 100_000.0);
    let named = |name: &str| read(&constraint[name]);
    let wanted = read(constraint).or(named("exact")).or(named("ideal")).or(named("max")).or(named("min"))?;
    let wanted = named("max").map_or(wanted, |most| wanted.min(most));
    Some(wanted.round() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_space_asks_for_stays_within_what_the_user_set() {
        let own = CameraFormat { width: 1280, height: 720, fps: 30 };
        let mut params = MediaParams::default();
        assert_eq!(params.format(own), own);
        // As the real service sends it (WIRE.md 16).
        let video = json!({"frameRate": {"min": 10, "ideal": 20, "max": 20}, "aspectRatio": {"exact": 1.777778},
            "width": {"min": 1280, "ideal": 1280}, "height": {"min": 720, "ideal": 720}, "resizeMode": "none"});
        assert!(params.take(&json!({ "video": video })));
        assert_eq!(params.format(own), CameraFormat { fps: 20, ..own });
        assert!(!params.take(&json!({ "video": video })), "nothing new");
        assert!(params.take(&json!({"video": {"width": 4000, "height": 1, "frameRate": "fast"}})));
        assert_eq!(params.format(own), CameraFormat { width: 1280, height: 90, fps: 20 });
        let settings = Settings::default();
        assert!(params.take(&json!({"audio": {"echoCancellation": false, "autoGainControl": "yes"}})));
        let sound = params.sound(&settings);
        assert!(!sound.echo_cancellation && sound.noise_suppression && sound.automatic_gain);
        for nonsense in [json!(null), json!([]), json!(7), json!({"video": [], "audio": ""})] {
            assert!(!params.take(&nonsense), "{nonsense}");
        }
    }
}
