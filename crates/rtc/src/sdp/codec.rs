//! Payload formats: what a section lists, and which of them both sides can use.

use crate::session::Stereo;
use ahoy_model::{AudioCodec, VideoCodec};

/// One payload type of a section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Format {
    pub payload: u8,
    /// Lower case.
    pub name: String,
    pub clock: u32,
    pub channels: u8,
    /// Value of `a=fmtp`.
    pub parameters: String,
    pub feedback: Feedback,
}

/// `a=rtcp-fb` of one format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Feedback {
    pub nack: bool,
    pub pli: bool,
    pub fir: bool,
    pub remb: bool,
    pub twcc: bool,
}

impl Feedback {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            nack: self.nack && other.nack,
            pli: self.pli && other.pli,
            fir: self.fir && other.fir,
            remb: self.remb && other.remb,
            twcc: self.twcc && other.twcc,
        }
    }

    const ALL: Self = Self { nack: true, pli: true, fir: true, remb: true, twcc: true };
}

/// A codec that both sides use, with everything that packets need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Agreed<C> {
    pub codec: C,
    pub payload: u8,
    /// As it stands in the far side's description, so an answer can repeat it.
    pub parameters: String,
    /// Payload type of retransmissions (RFC 4588).
    pub rtx: Option<u8>,
    /// Payload type and clock of RFC 4733 events.
    pub digits: Option<(u8, u32)>,
    /// Header extension id of the transport-wide sequence number; only ever on video.
    pub twcc: Option<u8>,
    pub feedback: Feedback,
}

impl Agreed<AudioCodec> {
    /// The far side would like to hear two channels (RFC 7587 6.1). G.711 has one.
    pub(crate) fn hears_stereo(&self) -> bool {
        self.codec == AudioCodec::Opus && parameter(&self.parameters, "stereo") == Some("1")
    }

    /// What we say of Opus in an answer.
    fn opus_answer(&self, stereo: Stereo) -> &'static str {
        let offered = self.hears_stereo() || parameter(&self.parameters, "sprop-stereo") == Some("1");
        match stereo {
            Stereo::Wanted => OPUS_STEREO,
            Stereo::IfOffered if offered => OPUS_HEARS_STEREO,
            Stereo::IfOffered | Stereo::Never => OPUS,
        }
    }
}

/// What is said of Opus: of one channel, of two that we could hear, of two both ways.
const OPUS: &str = "minptime=10;useinbandfec=1";
const OPUS_HEARS_STEREO: &str = "minptime=10;useinbandfec=1;stereo=1";
const OPUS_STEREO: &str = "minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1";

/// One of the parameters in the value of `a=fmtp`.
fn parameter<'a>(parameters: &'a str, name: &str) -> Option<&'a str> {
    parameters.split(';').find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

impl Format {
    /// As it stands on the `m=` line. Static types have a meaning without `a=rtpmap` (RFC 3551).
    pub(crate) fn bare(payload: u8) -> Self {
        let (name, clock) = match payload {
            0 => ("pcmu", 8_000),
            8 => ("pcma", 8_000),
            _ => ("", 0),
        };
        Self { payload, name: name.to_owned(), clock, channels: 1, ..Self::default() }
    }

    pub(crate) fn read_map(&mut self, value: &str) {
        let mut parts = value.split_ascii_whitespace().next().unwrap_or("").split('/');
        self.name = parts.next().unwrap_or("").to_ascii_lowercase();
        self.clock = parts.next().and_then(|c| c.parse().ok()).unwrap_or(0);
        self.channels = parts.next().and_then(|c| c.parse().ok()).unwrap_or(1);
    }

    pub(crate) fn add_feedback(&mut self, value: &str) {
        match value {
            "nack" => self.feedback.nack = true,
            "nack pli" => self.feedback.pli = true,
            "ccm fir" => self.feedback.fir = true,
            "goog-remb" => self.feedback.remb = true,
            "transport-cc" => self.feedback.twcc = true,
            _ => {}
        }
    }

    /// A parameter of `a=fmtp`, as `packetization-mode`.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        parameter(&self.parameters, name)
    }

    fn is_audio(&self, codec: AudioCodec) -> bool {
        match codec {
            AudioCodec::Opus => self.name == "opus" && self.clock == 48_000,
            AudioCodec::Pcmu => self.name == "pcmu" && self.clock == 8_000,
            AudioCodec::Pcma => self.name == "pcma" && self.clock == 8_000,
        }
    }

    /// How well this format carries the codec; 0: not at all.
    fn video_fit(&self, codec: VideoCodec) -> u8 {
        if self.clock != VideoCodec::CLOCK_RATE {
            return 0;
        }
        match codec {
            VideoCodec::Vp8 => u8::from(self.name == "vp8"),
            VideoCodec::H264 if self.name != "h264" => 0,
            VideoCodec::H264 => {
                let profile = self.parameter("profile-level-id").unwrap_or("42e01f").to_ascii_lowercase();
                let constrained = profile.starts_with("42e0") || profile.starts_with("42c0");
                // What we send is constrained baseline, which every baseline decoder reads. Mode 0 sides (FreeSWITCH) take FU-A all the same.
                match (profile.starts_with("42"), constrained, self.parameter("packetization-mode")) {
                    (false, ..) => 0,
                    (_, true, Some("1")) => 4,
                    (_, false, Some("1")) => 3,
                    (_, true, _) => 2,
                    _ => 1,
                }
            }
        }
    }
}

/// What an offer of ours lists for the wished codecs.
pub(crate) fn audio_offer(codecs: &[AudioCodec], stereo: Stereo) -> Vec<Format> {
    let opus = if stereo == Stereo::Wanted { OPUS_STEREO } else { OPUS };
    let format = |payload, name: &str, clock, channels, parameters: &str| Format {
        payload,
        name: name.to_owned(),
        clock,
        channels,
        parameters: parameters.to_owned(),
        feedback: Feedback::default(),
    };
    let mut out: Vec<Format> = Vec::new();
    for codec in codecs {
        let next = match codec {
            AudioCodec::Opus => format(111, "opus", 48_000, 2, opus),
            AudioCodec::Pcmu => format(0, "pcmu", 8_000, 1, ""),
            AudioCodec::Pcma => format(8, "pcma", 8_000, 1, ""),
        };
        if !out.contains(&next) {
            out.push(next);
        }
    }
    let clocks: Vec<u32> = out.iter().map(|f| f.clock).collect();
    for (payload, clock) in [(110, 48_000), (126, 8_000)] {
        if clocks.contains(&clock) {
            out.push(format(payload, "telephone-event", clock, 1, "0-16"));
        }
    }
    out
}

/// What an offer of ours lists for the wished codecs, each with its retransmission format.
pub(crate) fn video_offer(codecs: &[VideoCodec]) -> Vec<Format> {
    let mut out: Vec<Format> = Vec::new();
    for codec in codecs {
        let (payload, name, parameters) = match codec {
            VideoCodec::H264 => {
                (102, "h264", "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f")
            }
            VideoCodec::Vp8 => (96, "vp8", ""),
        };
        if out.iter().any(|f| f.payload == payload) {
            continue;
        }
        let base = Format {
            payload,
            name: name.to_owned(),
            clock: VideoCodec::CLOCK_RATE,
            channels: 1,
            ..Format::default()
        };
        out.push(Format { parameters: parameters.to_owned(), feedback: Feedback::ALL, ..base.clone() });
        out.push(Format {
            payload: payload + 1,
            name: "rtx".to_owned(),
            parameters: format!("apt={payload}"),
            ..base
        });
    }
    out
}

/// Whose order of preference decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Ours,
    Theirs,
}

/// What an offer of ours lists once a codec has been agreed on: that one first, in its numbers, then the other wishes.
pub(crate) fn audio_again(codecs: &[AudioCodec], agreed: &Agreed<AudioCodec>, stereo: Stereo) -> Vec<Format> {
    let others: Vec<AudioCodec> = codecs.iter().copied().filter(|c| *c != agreed.codec).collect();
    let kept = if codecs.contains(&agreed.codec) { audio_answer(agreed, stereo) } else { Vec::new() };
    joined(kept, audio_offer(&others, stereo))
}

/// The same for pictures.
pub(crate) fn video_again(codecs: &[VideoCodec], agreed: &Agreed<VideoCodec>) -> Vec<Format> {
    let others: Vec<VideoCodec> = codecs.iter().copied().filter(|c| *c != agreed.codec).collect();
    let kept = if codecs.contains(&agreed.codec) { video_answer(agreed) } else { Vec::new() };
    joined(kept, video_offer(&others))
}

/// Formats that are new move out of the way of numbers that have a meaning already.
fn joined(kept: Vec<Format>, fresh: Vec<Format>) -> Vec<Format> {
    let mut out = kept;
    let mut moved: Vec<(u8, u8)> = Vec::new();
    for mut format in fresh {
        let same = |f: &Format| f.name == format.name && f.clock == format.clock;
        if format.name == "telephone-event" && out.iter().any(same) {
            continue;
        }
        let taken = |payload: u8| out.iter().any(|f| f.payload == payload);
        if taken(format.payload) {
            let Some(free) = (96..=127).rev().find(|payload| !taken(*payload)) else { continue };
            moved.push((format.payload, free));
            format.payload = free;
        }
        if let Some(base) = format.parameter("apt").and_then(|a| a.parse::<u8>().ok())
            && let Some((_, now)) = moved.iter().find(|(before, _)| *before == base)
        {
            format.parameters = format!("apt={now}");
        }
        out.push(format);
    }
    out
}

/// The codecs that both sides list, best first by the given order, each in the far side's format.
fn common<'a, C: Copy>(
    wish: &[C],
    theirs: &'a [Format],
    order: Order,
    fit: impl Fn(&Format, C) -> u8,
) -> Option<(C, &'a Format)> {
    let best = |codec: C| {
        // Of equals the first: `max_by_key` would take the last.
        let format = theirs.iter().rev().max_by_key(|f| fit(f, codec))?;
        (fit(format, codec) > 0).then_some((codec, format))
    };
    match order {
        Order::Ours => wish.iter().find_map(|codec| best(*codec)),
        Order::Theirs => {
            let first = theirs.iter().find_map(|f| wish.iter().find(|codec| fit(f, **codec) > 0))?;
            best(*first)
        }
    }
}

/// The preferred codec among those that both sides list.
pub(crate) fn agree_audio(
    wish: &[AudioCodec],
    theirs: &[Format],
    order: Order,
) -> Option<Agreed<AudioCodec>> {
    let (codec, format) = common(wish, theirs, order, |f, codec| u8::from(f.is_audio(codec)))?;
    // Chromium lists events at 48 kHz and 8 kHz; the one with our codec's clock is the right one, any other is better than none.
    let digits = |same_clock: bool| {
        theirs
            .iter()
            .find(|f| f.name == "telephone-event" && f.clock > 0 && (!same_clock || f.clock == format.clock))
    };
    Some(Agreed {
        codec,
        payload: format.payload,
        parameters: format.parameters.clone(),
        rtx: None,
        digits: digits(true).or_else(|| digits(false)).map(|f| (f.payload, f.clock)),
        twcc: None,
        feedback: Feedback::default(),
    })
}

/// The preferred codec among those that both sides list, in the far side's best-fitting format.
pub(crate) fn agree_video(
    wish: &[VideoCodec],
    theirs: &[Format],
    twcc: Option<u8>,
    order: Order,
) -> Option<Agreed<VideoCodec>> {
    let (codec, format) = common(wish, theirs, order, Format::video_fit)?;
    let rtx = theirs.iter().find(|f| {
        f.name == "rtx" && f.parameter("apt").and_then(|a| a.parse::<u8>().ok()) == Some(format.payload)
    });
    let feedback = format.feedback.and(Feedback::ALL);
    Some(Agreed {
        codec,
        payload: format.payload,
        parameters: format.parameters.clone(),
        rtx: rtx.map(|f| f.payload).filter(|_| feedback.nack),
        digits: None,
        twcc: twcc.filter(|_| feedback.twcc),
        feedback,
    })
}

/// What an answer of ours lists: the agreed codec and nothing else, in the far side's numbers.
pub(crate) fn audio_answer(agreed: &Agreed<AudioCodec>, stereo: Stereo) -> Vec<Format> {
    let (name, channels, parameters) = match agreed.codec {
        AudioCodec::Opus => ("opus", 2, agreed.opus_answer(stereo)),
        AudioCodec::Pcmu => ("pcmu", 1, ""),
        AudioCodec::Pcma => ("pcma", 1, ""),
    };
    let mut out = vec![Format {
        payload: agreed.payload,
        name: name.to_owned(),
        clock: agreed.codec.clock_rate(),
        channels,
        parameters: parameters.to_owned(),
        feedback: Feedback::default(),
    }];
    if let Some((payload, clock)) = agreed.digits {
        out.push(Format {
            payload,
            name: "telephone-event".to_owned(),
            clock,
            channels: 1,
            parameters: "0-16".to_owned(),
            feedback: Feedback::default(),
        });
    }
    out
}

pub(crate) fn video_answer(agreed: &Agreed<VideoCodec>) -> Vec<Format> {
    let name = match agreed.codec {
        VideoCodec::H264 => "h264",
        VideoCodec::Vp8 => "vp8",
    };
    let base =
        Format { name: name.to_owned(), clock: VideoCodec::CLOCK_RATE, channels: 1, ..Format::default() };
    let mut out = vec![Format {
        payload: agreed.payload,
        parameters: agreed.parameters.clone(),
        feedback: agreed.feedback,
        ..base.clone()
    }];
    if let Some(payload) = agreed.rtx {
        let parameters = format!("apt={}", agreed.payload);
        out.push(Format { payload, name: "rtx".to_owned(), parameters, ..base });
    }
    out
}
