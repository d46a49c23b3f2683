//! A film that grows: samples in, segments out. Knows no clock and no file, only something to write to.

use super::RecordError;
use super::entry::{self, AccessUnit};
use super::timeline::RATE;
use bytes::Bytes;
use shiguredo_mp4::TrackKind;
use shiguredo_mp4::boxes::SampleEntry;
use shiguredo_mp4::mux::{Fmp4SegmentMuxer, MuxError, Sample, SegmentMuxerOptions};
use std::io::Write;
use std::num::NonZeroU32;
use std::time::Duration;

/// Length of a segment: so much is lost when the machine dies.
const SEGMENT: Duration = Duration::from_secs(2);
/// The last picture of all is shown as long as one of 30 a second.
const LAST: u32 = RATE / 30;
const SOUND_RATE: u32 = 48_000;
/// Samples of one packet.
const PACKET: u32 = 960;
/// A packet of silence, 20 ms, as decoders know it.
const SILENCE: &[u8] = &[0xf8, 0xff, 0xfe];
/// Sound that is this far from where it belongs is put right by packets of silence.
const SLACK: Duration = Duration::from_millis(60);

const fn rate(rate: u32) -> NonZeroU32 {
    match NonZeroU32::new(rate) {
        Some(rate) => rate,
        None => NonZeroU32::MIN,
    }
}

struct Picture {
    data: Bytes,
    key: bool,
    /// In [`RATE`].
    at: u64,
}

pub struct Film<W> {
    out: W,
    muxer: Fmp4SegmentMuxer,
    /// Pixels.
    size: (u32, u32),
    pictures: Option<SampleEntry>,
    sound: SampleEntry,
    begun: bool,
    /// How long it is shown is known when the next one comes.
    last: Option<Picture>,
    /// Pictures of this segment, with their durations.
    seen: Vec<(Picture, u32)>,
    heard: Vec<Bytes>,
    /// Packets so far, silence included.
    packets: u64,
    /// Where this segment begins.
    from: Duration,
    bytes: u64,
}

impl<W: Write> Film<W> {
    /// `made`: since 1970.
    pub fn new(out: W, size: (u32, u32), made: Duration) -> Result<Self, RecordError> {
        let options = SegmentMuxerOptions { creation_timestamp: made };
        Ok(Self {
            out,
            muxer: Fmp4SegmentMuxer::with_options(options).map_err(failed)?,
            size,
            pictures: None,
            sound: entry::sound(),
            begun: false,
            last: None,
            seen: Vec::new(),
            heard: Vec::new(),
            packets: 0,
            from: Duration::ZERO,
            bytes: 0,
        })
    }

    /// A picture that is shown from `at` on. The first one has to be a key frame.
    pub fn picture(&mut self, unit: AccessUnit, key: bool, at: Duration) -> Result<(), RecordError> {
        if self.pictures.is_none() {
            self.pictures = entry::pictures(&unit, self.size.0, self.size.1).filter(|_| key);
            if self.pictures.is_none() {
                return Ok(());
            }
        }
        let at = (at.as_micros() * u128::from(RATE) / 1_000_000) as u64;
        let next = Picture { data: unit.data, key, at };
        // The first one is there from the beginning.
        let (next, shown) = match self.last.take() {
            None => (Picture { at: 0, ..next }, None),
            Some(last) => {
                let at = next.at.max(last.at + 1);
                let duration = u32::try_from(at - last.at).unwrap_or(u32::MAX);
                (Picture { at, ..next }, Some((last, duration)))
            }
        };
        self.seen.extend(shown);
        self.last = Some(next);
        Ok(())
    }

    /// A packet of 20 ms that is heard from `at` on. Nothing is heard before the first picture.
    pub fn sound(&mut self, packet: Bytes, at: Duration) -> Result<(), RecordError> {
        if self.pictures.is_none() {
            return Ok(());
        }
        let have = |packets: u64| Duration::from_millis(packets * 20);
        if have(self.packets) > at + SLACK {
            // More than time went by; a packet too many would make all that follow late.
            return Ok(());
        }
        if at > have(self.packets) + SLACK {
            while at >= have(self.packets + 1) {
                self.hear(Bytes::from_static(SILENCE));
                self.flush_when_long()?;
            }
        }
        self.hear(packet);
        self.flush_when_long()
    }

    fn hear(&mut self, packet: Bytes) {
        self.heard.push(packet);
        self.packets += 1;
    }

    fn flush_when_long(&mut self) -> Result<(), RecordError> {
        let heard = Duration::from_millis(self.packets * 20);
        if heard < self.from + SEGMENT || self.seen.is_empty() {
            return Ok(());
        }
        self.from = heard;
        self.segment()
    }

    /// Ends the film `at`; returns its length and its size.
    pub fn finish(&mut self, at: Duration) -> Result<(Duration, u64), RecordError> {
        let end = (at.as_micros() * u128::from(RATE) / 1_000_000) as u64;
        if let Some(last) = self.last.take() {
            let left = u32::try_from(end.saturating_sub(last.at)).unwrap_or(LAST);
            self.seen.push((last, left.max(LAST)));
        }
        if !(self.seen.is_empty() && self.heard.is_empty()) {
            self.segment()?;
        }
        if self.begun {
            let index = self.muxer.mfra_bytes().map_err(failed)?;
            self.write(&[&index])?;
        }
        self.out.flush()?;
        Ok((at, self.bytes))
    }

    fn segment(&mut self) -> Result<(), RecordError> {
        let mut samples = Vec::with_capacity(self.seen.len() + self.heard.len());
        let mut offset = 0_u64;
        let mut sample = |kind, entry, key, duration, size: usize| {
            let (timescale, at) = (
                match kind {
                    TrackKind::Video => rate(RATE),
                    TrackKind::Audio => rate(SOUND_RATE),
                },
                offset,
            );
            offset += size as u64;
            Sample {
                track_kind: kind,
                sample_entry: entry,
                keyframe: key,
                timescale,
                duration,
                composition_time_offset: None,
                data_offset: at,
                data_size: size,
            }
        };
        for (picture, duration) in &self.seen {
            let entry = self.pictures.clone();
            samples.push(sample(TrackKind::Video, entry, picture.key, *duration, picture.data.len()));
        }
        for packet in &self.heard {
            samples.push(sample(TrackKind::Audio, Some(self.sound.clone()), true, PACKET, packet.len()));
        }
        let head = self.muxer.create_media_segment_metadata(&samples).map_err(failed)?;
        let (seen, heard) = (std::mem::take(&mut self.seen), std::mem::take(&mut self.heard));
        let mut parts: Vec<&[u8]> = Vec::with_capacity(seen.len() + heard.len() + 2);
        let first = if self.begun { Vec::new() } else { self.muxer.init_segment_bytes().map_err(failed)? };
        self.begun = true;
        parts.push(&first);
        parts.push(&head);
        parts.extend(seen.iter().map(|(picture, _)| &picture.data[..]));
        parts.extend(heard.iter().map(|packet| &packet[..]));
        self.write(&parts)
    }

    fn write(&mut self, parts: &[&[u8]]) -> Result<(), RecordError> {
        let whole = parts.concat();
        self.out.write_all(&whole)?;
        self.bytes += whole.len() as u64;
        Ok(())
    }
}

fn failed(error: MuxError) -> RecordError {
    RecordError::Film(error.to_string())
}

#[cfg(test)]
#[path = "film_tests.rs"]
mod tests;
