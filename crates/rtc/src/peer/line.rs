//! One `m=` line of the session, and how it is written.

use crate::sdp::codec::{self, Agreed, Format, Order};
use crate::sdp::merge::{self, Ours};
use crate::sdp::read::Section;
use crate::sdp::{Setup, TransportWords};
use crate::session::SessionConfig;
use crate::transport::Transport;
use ahoy_model::{AudioCodec, Flow, MediaKind, VideoCodec};
use std::sync::Arc;

/// The header extension id in our offers; answers use the far side's.
const OFFERED_TWCC: u8 = 3;

pub(super) struct Line {
    pub media: String,
    pub protocol: String,
    pub formats: Vec<String>,
    pub mid: Option<String>,
    /// `None`: rejected, by us or by them.
    pub live: Option<Live>,
}

pub(super) struct Live {
    pub kind: MediaKind,
    pub id: usize,
    pub transport: Arc<Transport>,
    /// An earlier line has the same transport.
    pub repeats: bool,
    pub local: TransportWords,
    /// The transport has an offer of ours that waits for the far side's words.
    pub awaits: bool,
    pub agreed: Option<AgreedMedia>,
    /// Agreed on, or wished while an offer of ours waits.
    pub flow: Flow,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AgreedMedia {
    Audio(Agreed<AudioCodec>),
    Video(Agreed<VideoCodec>),
}

/// What both can do of what one wants and the other says it does.
pub(super) fn meet(ours: Flow, theirs: Flow) -> Flow {
    Flow::new(ours.sends() && theirs.receives(), ours.receives() && theirs.sends())
}

pub(super) fn wish(config: &SessionConfig, kind: MediaKind) -> Option<Flow> {
    match kind {
        MediaKind::Audio => config.audio.as_ref().map(|w| w.flow),
        MediaKind::Video => config.video.as_ref().map(|w| w.flow),
    }
}

/// The codec for a section of the far side. Only the picture counts its packets for the whole transport (RTC.md trap 1).
pub(super) fn agree(
    config: &SessionConfig,
    kind: MediaKind,
    section: &Section,
    order: Order,
) -> Option<AgreedMedia> {
    let formats = &section.formats;
    match kind {
        MediaKind::Audio => {
            codec::agree_audio(&config.audio.as_ref()?.codecs, formats, order).map(AgreedMedia::Audio)
        }
        MediaKind::Video => codec::agree_video(&config.video.as_ref()?.codecs, formats, section.twcc, order)
            .map(AgreedMedia::Video),
    }
}

impl Line {
    pub(super) fn theirs(section: &Section) -> Self {
        Self {
            media: section.media.clone(),
            protocol: section.protocol.clone(),
            formats: section.format_words.clone(),
            mid: section.mid.clone(),
            live: None,
        }
    }

    pub(super) fn ours(kind: MediaKind, mid: String) -> Self {
        let (media, format) = match kind {
            MediaKind::Audio => ("audio", "0"),
            MediaKind::Video => ("video", "96"),
        };
        Self {
            media: media.to_owned(),
            protocol: "UDP/TLS/RTP/SAVPF".to_owned(),
            formats: vec![format.to_owned()],
            mid: Some(mid),
            live: None,
        }
    }

    pub(super) fn kind(&self) -> Option<MediaKind> {
        match self.media.as_str() {
            "audio" => Some(MediaKind::Audio),
            "video" => Some(MediaKind::Video),
            _ => None,
        }
    }

    pub(super) fn write<'a>(
        &'a self,
        config: &SessionConfig,
        as_offer: bool,
        ssrcs: [u32; 3],
        track: &'a str,
    ) -> merge::Line<'a> {
        let Some(live) = &self.live else {
            let Self { media, protocol, formats, mid, .. } = self;
            return merge::Line::Rejected { media, protocol, formats, mid: mid.as_deref() };
        };
        let formats = live.formats(config, as_offer);
        let twcc = match &live.agreed {
            Some(AgreedMedia::Video(agreed)) => agreed.twcc,
            None if live.kind == MediaKind::Video => Some(OFFERED_TWCC),
            _ => None,
        };
        let [audio, video, rtx] = ssrcs;
        let has_rtx = formats.iter().any(|f| f.name == "rtx");
        merge::Line::Ours(Box::new(Ours {
            kind: live.kind,
            mid: self.mid.as_deref(),
            flow: live.flow,
            formats,
            transport: &live.local,
            setup: if as_offer { Setup::ActPass } else { live.local.setup },
            repeats_transport: live.repeats,
            twcc,
            ssrc: if live.kind == MediaKind::Audio { audio } else { video },
            rtx_ssrc: has_rtx.then_some(rtx),
            track,
        }))
    }
}

impl Live {
    /// Answers list what is agreed on. Offers list all wishes; payload types keep their meaning once agreed on.
    fn formats(&self, config: &SessionConfig, as_offer: bool) -> Vec<Format> {
        match (&self.agreed, self.kind) {
            (Some(AgreedMedia::Audio(agreed)), _) if as_offer => config
                .audio
                .as_ref()
                .map(|w| codec::audio_again(&w.codecs, agreed, config.stereo))
                .unwrap_or_default(),
            (Some(AgreedMedia::Video(agreed)), _) if as_offer => {
                config.video.as_ref().map(|w| codec::video_again(&w.codecs, agreed)).unwrap_or_default()
            }
            (Some(AgreedMedia::Audio(agreed)), _) => codec::audio_answer(agreed, config.stereo),
            (Some(AgreedMedia::Video(agreed)), _) => codec::video_answer(agreed),
            (None, MediaKind::Audio) => config
                .audio
                .as_ref()
                .map(|w| codec::audio_offer(&w.codecs, config.stereo))
                .unwrap_or_default(),
            (None, MediaKind::Video) => {
                config.video.as_ref().map(|w| codec::video_offer(&w.codecs)).unwrap_or_default()
            }
        }
    }

    /// Tells the engine what it sends and receives.
    pub(super) fn apply(&self) {
        self.transport.port().with(|engine| match &self.agreed {
            Some(AgreedMedia::Audio(agreed)) => engine.agree_audio(Some(agreed.clone()), self.flow),
            Some(AgreedMedia::Video(agreed)) => engine.agree_video(Some(agreed.clone()), self.flow),
            None => {}
        });
    }

    /// The engine forgets this section (its transport may go on for another).
    pub(super) fn withdraw(&self) {
        self.transport.port().with(|engine| match self.kind {
            MediaKind::Audio => engine.agree_audio(None, Flow::Inactive),
            MediaKind::Video => engine.agree_video(None, Flow::Inactive),
        });
    }
}
