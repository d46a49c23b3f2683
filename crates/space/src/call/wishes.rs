//! What a media session towards one leg may have, so that as little as possible has to be transcoded.

use super::sketch::{Section, Sketch};
use crate::config::SpaceConfig;
use ahoy_model::{AudioCodec, Flow, VideoCodec};
use ahoy_rtc::{Negotiated, SectionWish, SessionConfig, Stereo};

/// What we can forward and transcode, best first.
const AUDIO: [AudioCodec; 3] = [AudioCodec::Opus, AudioCodec::Pcmu, AudioCodec::Pcma];
const VIDEO: [VideoCodec; 2] = [VideoCodec::H264, VideoCodec::Vp8];

/// The first codec of each list that the far side has is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    pub audio: Option<SectionWish<AudioCodec>>,
    pub video: Option<SectionWish<VideoCodec>>,
    /// The other leg has sound in two channels.
    pub stereo: bool,
}

impl Wishes {
    /// Everything we can do, both ways.
    pub fn everything() -> Self {
        Self {
            audio: Some(SectionWish { flow: Flow::SendRecv, codecs: AUDIO.to_vec() }),
            video: Some(SectionWish { flow: Flow::SendRecv, codecs: VIDEO.to_vec() }),
            stereo: false,
        }
    }

    /// The same, in the order of preference of the writer of `sketch`.
    pub fn everything_for(sketch: &Sketch) -> Self {
        let mut all = Self::everything();
        if let (Some(wish), Some(section)) = (&mut all.audio, &sketch.audio) {
            wish.codecs = led_by(&section.codecs, &AUDIO);
        }
        if let (Some(wish), Some(section)) = (&mut all.video, &sketch.video) {
            wish.codecs = led_by(&section.codecs, &VIDEO);
        }
        all
    }

    /// For the leg that hears and sees what the writer of `sketch` sends, and the other way round: first what need not be
    /// transcoded.
    pub fn mirroring(sketch: &Sketch) -> Self {
        Self {
            audio: mirror(sketch.audio.as_ref(), &AUDIO),
            video: mirror(sketch.video.as_ref(), &VIDEO),
            stereo: sketch.stereo,
        }
    }

    /// The same, from what has been agreed with the other leg.
    pub fn facing(agreed: &Negotiated) -> Self {
        let audio = agreed.audio.map(|(codec, flow)| (led_by(&[codec], &AUDIO), flow));
        let video = agreed.video.map(|(codec, flow)| (led_by(&[codec], &VIDEO), flow));
        Self {
            audio: audio.map(|(codecs, flow)| SectionWish { flow: flow.reversed(), codecs }),
            video: video.map(|(codecs, flow)| SectionWish { flow: flow.reversed(), codecs }),
            stereo: agreed.stereo,
        }
    }

    /// Prefers this picture codec.
    pub fn with_video_first(mut self, codec: Option<VideoCodec>) -> Self {
        if let (Some(wish), Some(codec)) = (&mut self.video, codec) {
            wish.codecs = led_by(&[codec], &VIDEO);
        }
        self
    }

    pub fn is_empty(&self) -> bool {
        self.audio.is_none() && self.video.is_none()
    }

    /// Whether a session that answers the writer of `offered`, and was made with other wishes, carries what these ask for, and
    /// nothing more.
    pub fn fit(&self, agreed: &Negotiated, offered: &Sketch) -> bool {
        fits(self.audio.as_ref(), agreed.audio, offered.audio.as_ref())
            && fits(self.video.as_ref(), agreed.video, offered.video.as_ref())
    }

    pub fn config(&self, space: &SpaceConfig, stream: &str, hold_checks: bool) -> SessionConfig {
        SessionConfig {
            audio: self.audio.clone(),
            video: self.video.clone(),
            stereo: if self.stereo { Stereo::Wanted } else { Stereo::IfOffered },
            ice_servers: space.ice_servers.clone(),
            addresses: space.media_addresses.clone(),
            max_bitrate: space.max_bitrate,
            hold_checks,
            ..SessionConfig::sound_and_picture(stream)
        }
    }
}

/// These first, then the others that we know.
fn led_by<C: Copy + PartialEq>(first: &[C], known: &[C]) -> Vec<C> {
    let others = known.iter().filter(|codec| !first.contains(codec));
    first.iter().chain(others).copied().collect()
}

fn mirror<C: Copy + PartialEq>(section: Option<&Section<C>>, known: &[C]) -> Option<SectionWish<C>> {
    // We send to this leg what the writer sends to us.
    let section = section.filter(|section| section.flow != Flow::Inactive)?;
    Some(SectionWish { flow: section.flow, codecs: led_by(&section.codecs, known) })
}

fn fits<C: PartialEq>(
    wish: Option<&SectionWish<C>>,
    agreed: Option<(C, Flow)>,
    offered: Option<&Section<C>>,
) -> bool {
    match (wish, agreed) {
        (None, None) => true,
        // The far side may itself want less than we could give.
        (Some(wish), Some((codec, flow))) => {
            let possible = |codec: &&C| offered.is_none_or(|section| section.codecs.contains(codec));
            wish.codecs.iter().find(possible) == Some(&codec)
                && wish.flow.sends() >= flow.sends()
                && wish.flow.receives() >= flow.receives()
        }
        (Some(_), None) => true,
        (None, Some((_, flow))) => flow == Flow::Inactive,
    }
}

#[cfg(test)]
#[path = "wishes_tests.rs"]
mod tests;
