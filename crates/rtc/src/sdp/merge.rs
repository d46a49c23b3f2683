//! Merges sections, each with its own transport, into one description of ours.

use super::codec::Format;
use super::read::TWCC;
use super::{Setup, TransportWords};
use ahoy_model::{Flow, MediaKind};
use std::fmt::Write;

/// A whole description of ours.
pub(crate) struct Merged<'a> {
    /// Number of this session, the same in all its descriptions.
    pub id: u64,
    /// One more in every new description.
    pub version: u64,
    /// Stream name and CNAME.
    pub stream: &'a str,
    /// Only when the far side insists.
    pub group: Option<&'a [String]>,
    pub sections: Vec<Line<'a>>,
}

pub(crate) enum Line<'a> {
    Ours(Box<Ours<'a>>),
    /// Port 0. The formats are repeated because the grammar wants at least one.
    Rejected {
        media: &'a str,
        protocol: &'a str,
        formats: &'a [String],
        mid: Option<&'a str>,
    },
}

pub(crate) struct Ours<'a> {
    pub kind: MediaKind,
    pub mid: Option<&'a str>,
    pub flow: Flow,
    pub formats: Vec<Format>,
    pub transport: &'a TransportWords,
    /// `actpass` in offers, the settled role in answers.
    pub setup: Setup,
    /// In a group, later sections repeat the transport without its candidates.
    pub repeats_transport: bool,
    pub twcc: Option<u8>,
    pub ssrc: u32,
    pub rtx_ssrc: Option<u32>,
    /// `a=msid` track name.
    pub track: &'a str,
}

impl Merged<'_> {
    pub(crate) fn write(&self) -> String {
        let mut out = String::with_capacity(4096);
        // A fixed address here: the real ones stand in the sections.
        out.push_str("v=0\r\n");
        line(&mut out, format_args!("o=- {} {} IN IP4 127.0.0.1", self.id, self.version));
        out.push_str("s=-\r\nt=0 0\r\n");
        if let Some(group) = self.group {
            line(&mut out, format_args!("a=group:BUNDLE {}", group.join(" ")));
        }
        line(&mut out, format_args!("a=msid-semantic: WMS {}", self.stream));
        for section in &self.sections {
            match section {
                Line::Ours(ours) => ours.write(&mut out, self.stream),
                Line::Rejected { media, protocol, formats, mid } => {
                    let formats = if formats.is_empty() { "0".to_owned() } else { formats.join(" ") };
                    line(&mut out, format_args!("m={media} 0 {protocol} {formats}"));
                    out.push_str("c=IN IP4 0.0.0.0\r\n");
                    if let Some(mid) = mid {
                        line(&mut out, format_args!("a=mid:{mid}"));
                    }
                    out.push_str("a=inactive\r\n");
                }
            }
        }
        out
    }
}

impl Ours<'_> {
    fn write(&self, out: &mut String, stream: &str) {
        let media = match self.kind {
            MediaKind::Audio => "audio",
            MediaKind::Video => "video",
        };
        let none = Vec::new();
        let candidates = if self.repeats_transport { &none } else { &self.transport.candidates };
        let (address, port) = default_destination(candidates);
        let _ = write!(out, "m={media} {port} UDP/TLS/RTP/SAVPF");
        for format in &self.formats {
            let _ = write!(out, " {}", format.payload);
        }
        out.push_str("\r\n");
        let family = if address.contains(':') { "IP6" } else { "IP4" };
        line(out, format_args!("c=IN {family} {address}"));
        line(out, format_args!("a=rtcp:9 IN IP4 0.0.0.0"));
        for candidate in candidates {
            line(out, format_args!("a=candidate:{candidate}"));
        }
        line(out, format_args!("a=ice-ufrag:{}", self.transport.ufrag));
        line(out, format_args!("a=ice-pwd:{}", self.transport.pwd));
        line(out, format_args!("a=fingerprint:{}", self.transport.fingerprint));
        line(out, format_args!("a=setup:{}", self.setup.word()));
        if let Some(mid) = self.mid {
            line(out, format_args!("a=mid:{mid}"));
        }
        if let Some(id) = self.twcc {
            line(out, format_args!("a=extmap:{id} {TWCC}"));
        }
        line(out, format_args!("a={}", flow_word(self.flow)));
        if self.flow.sends() {
            line(out, format_args!("a=msid:{stream} {}", self.track));
        }
        out.push_str("a=rtcp-mux\r\na=rtcp-rsize\r\n");
        for format in &self.formats {
            write_format(out, format);
        }
        if self.flow.sends() {
            if let Some(rtx) = self.rtx_ssrc {
                line(out, format_args!("a=ssrc-group:FID {} {rtx}", self.ssrc));
            }
            for ssrc in std::iter::once(self.ssrc).chain(self.rtx_ssrc) {
                line(out, format_args!("a=ssrc:{ssrc} cname:{stream}"));
                line(out, format_args!("a=ssrc:{ssrc} msid:{stream} {}", self.track));
            }
        }
    }
}

fn write_format(out: &mut String, format: &Format) {
    let payload = format.payload;
    let name = match format.name.as_str() {
        "h264" => "H264",
        "vp8" => "VP8",
        "pcmu" => "PCMU",
        "pcma" => "PCMA",
        other => other,
    };
    let channels = if format.channels > 1 { format!("/{}", format.channels) } else { String::new() };
    line(out, format_args!("a=rtpmap:{payload} {name}/{}{channels}", format.clock));
    let feedback = format.feedback;
    for (on, word) in [
        (feedback.remb, "goog-remb"),
        (feedback.twcc, "transport-cc"),
        (feedback.fir, "ccm fir"),
        (feedback.nack, "nack"),
        (feedback.pli, "nack pli"),
    ] {
        if on {
            line(out, format_args!("a=rtcp-fb:{payload} {word}"));
        }
    }
    if !format.parameters.is_empty() {
        line(out, format_args!("a=fmtp:{payload} {}", format.parameters));
    }
}

/// Address and port of the `m=` and `c=` lines: what a side without ICE would use. Port 9 when there is nothing yet.
fn default_destination(candidates: &[String]) -> (&str, u16) {
    let best = candidates.iter().filter_map(|c| destination(c)).max_by_key(|(address, _, kind)| {
        let rank = match *kind {
            "relay" => 2,
            "srflx" => 1,
            _ => 0,
        };
        (!address.contains(':'), rank)
    });
    best.map_or(("0.0.0.0", 9), |(address, port, _)| (address, port))
}

fn destination(candidate: &str) -> Option<(&str, u16, &str)> {
    let mut words = candidate.split_ascii_whitespace().skip(4);
    let address = words.next()?;
    let port = words.next()?.parse().ok()?;
    words.next().filter(|w| *w == "typ")?;
    Some((address, port, words.next()?))
}

fn flow_word(flow: Flow) -> &'static str {
    match flow {
        Flow::SendRecv => "sendrecv",
        Flow::SendOnly => "sendonly",
        Flow::RecvOnly => "recvonly",
        Flow::Inactive => "inactive",
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.push_str("\r\n");
}
