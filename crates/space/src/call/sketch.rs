//! What an SDP wants, without its transports: enough to build the offer for the other leg.

use ahoy_model::{AudioCodec, Flow, VideoCodec};

/// The first sound and the first picture section; `None` when absent or rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    pub audio: Option<Section<AudioCodec>>,
    pub video: Option<Section<VideoCodec>>,
    /// Sound in two channels is sent, or would be heard.
    pub stereo: bool,
}

/// One section in its writer's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<C> {
    pub flow: Flow,
    /// Those that we know, in order of preference. Not empty.
    pub codecs: Vec<C>,
}

/// Reads leniently: what makes no sense is skipped, the media stack judges later.
pub fn read(sdp: &str) -> Sketch {
    let mut session_flow = Flow::SendRecv;
    let mut drafts: Vec<Draft<'_>> = Vec::new();
    for line in sdp.lines().map(str::trim_end) {
        if let Some(rest) = line.strip_prefix("m=") {
            drafts.push(Draft::new(rest, session_flow));
        } else if let Some(attribute) = line.strip_prefix("a=") {
            match drafts.last_mut() {
                Some(draft) => draft.attribute(attribute),
                None => session_flow = flow(attribute).unwrap_or(session_flow),
            }
        }
    }
    Sketch {
        audio: drafts.iter().find(|draft| draft.kind == "audio").and_then(|draft| draft.section(audio_codec)),
        stereo: drafts.iter().find(|draft| draft.kind == "audio").is_some_and(|draft| draft.stereo),
        video: drafts.iter().find(|draft| draft.kind == "video").and_then(|draft| draft.section(video_codec)),
    }
}

struct Draft<'a> {
    kind: &'a str,
    rejected: bool,
    payloads: Vec<&'a str>,
    /// Payload type and encoding name.
    names: Vec<(&'a str, &'a str)>,
    flow: Flow,
    stereo: bool,
}

impl<'a> Draft<'a> {
    fn new(line: &'a str, flow: Flow) -> Self {
        let mut words = line.split_whitespace();
        let kind = words.next().unwrap_or_default();
        let rejected = words.next().is_none_or(|port| port == "0");
        // Behind the port stand the protocol and then the payload types.
        let payloads = words.skip(1).take(64).collect();
        Self { kind, rejected, payloads, names: Vec::new(), flow, stereo: false }
    }

    fn attribute(&mut self, attribute: &'a str) {
        if let Some(direction) = flow(attribute) {
            self.flow = direction;
        } else if attribute == "bundle-only" {
            // RFC 8843: port 0 means "on the other section's transport" here.
            self.rejected = false;
        } else if let Some(parameters) = attribute.strip_prefix("fmtp:") {
            // RFC 7587 6.1.
            let says = |part: &str| matches!(part.trim(), "stereo=1" | "sprop-stereo=1");
            self.stereo |= parameters.split([' ', ';']).any(says);
        } else if let Some((payload, rest)) =
            attribute.strip_prefix("rtpmap:").and_then(|map| map.split_once(' '))
            && self.names.len() < 64
        {
            self.names.push((payload, rest.split('/').next().unwrap_or_default()));
        }
    }

    fn section<C: PartialEq>(&self, codec: impl Fn(&str, &str) -> Option<C>) -> Option<Section<C>> {
        if self.rejected {
            return None;
        }
        let mut codecs = Vec::new();
        for payload in &self.payloads {
            let name = self.names.iter().find(|(number, _)| number == payload).map_or("", |(_, name)| name);
            if let Some(codec) = codec(payload, name)
                && !codecs.contains(&codec)
            {
                codecs.push(codec);
            }
        }
        (!codecs.is_empty()).then_some(Section { flow: self.flow, codecs })
    }
}

fn flow(attribute: &str) -> Option<Flow> {
    match attribute {
        "sendrecv" => Some(Flow::SendRecv),
        "sendonly" => Some(Flow::SendOnly),
        "recvonly" => Some(Flow::RecvOnly),
        "inactive" => Some(Flow::Inactive),
        _ => None,
    }
}

fn audio_codec(payload: &str, name: &str) -> Option<AudioCodec> {
    match (payload, name.to_ascii_lowercase().as_str()) {
        (_, "opus") => Some(AudioCodec::Opus),
        ("0", _) | (_, "pcmu") => Some(AudioCodec::Pcmu),
        ("8", _) | (_, "pcma") => Some(AudioCodec::Pcma),
        _ => None,
    }
}

fn video_codec(_payload: &str, name: &str) -> Option<VideoCodec> {
    match name.to_ascii_lowercase().as_str() {
        "h264" => Some(VideoCodec::H264),
        "vp8" => Some(VideoCodec::Vp8),
        _ => None,
    }
}

#[cfg(test)]
#[path = "sketch_tests.rs"]
mod tests;
