//! Everything that RTP and RTCP need on one transport, for at most one sound and one picture each way.

use super::clock::WallClock;
use super::estimator::Estimator;
use super::receive_audio::ReceiveAudio;
use super::receive_video::ReceiveVideo;
use super::report::{self, Compound};
use super::send_stream::{SendStream, round_trip};
use super::send_video::SendVideo;
use super::twcc::{self, Arrivals};
use crate::outbox::Outbox;
use crate::sdp::codec::Agreed;
use crate::session::SessionEvent;
use ahoy_model::{AudioCodec, AudioPacket, EncodedFrame, Flow, MediaKind, SenderReport, VideoCodec};
use bytes::Bytes;
use rtc::interceptor::Packet;
use rtc::rtcp;
use rtc::rtcp::payload_feedbacks::full_intra_request::FullIntraRequest;
use rtc::rtcp::payload_feedbacks::picture_loss_indication::PictureLossIndication;
use rtc::rtcp::payload_feedbacks::receiver_estimated_maximum_bitrate::ReceiverEstimatedMaximumBitrate;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
use rtc::rtcp::transport_feedbacks::transport_layer_nack::TransportLayerNack;
use rtc::rtp;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Sound that waits for the driver: a quarter of a second.
const MAX_AUDIO_QUEUE: usize = 12;
const MAX_RTCP_QUEUE: usize = 64;
const MAX_EVENTS: usize = 256;
const REPORTS: Duration = Duration::from_millis(1000);
const NEWS: Duration = Duration::from_millis(100);

/// What an engine starts from. Random numbers come from the caller.
#[derive(Clone, Debug)]
pub(crate) struct EngineSetup {
    pub now: Instant,
    pub wall: WallClock,
    pub cname: String,
    pub audio_ssrc: u32,
    pub video_ssrc: u32,
    pub rtx_ssrc: u32,
    pub first_sequence: u16,
    pub rtp_shift: u32,
    pub start_bitrate: u32,
    pub max_bitrate: u32,
}

/// Totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counters {
    pub audio_in: u64,
    pub audio_out: u64,
    pub video_in: u64,
    pub video_out: u64,
    pub frames_in: u64,
    pub frames_out: u64,
    pub received: u64,
    pub lost: u64,
    pub jitter_ms: Option<f32>,
    pub round_trip: Option<Duration>,
    /// Share of our sound that does not arrive, as the far side reports.
    pub sound_lost: Option<f32>,
    /// Sequence numbers that we asked for again, and packets that we sent again.
    pub asked_again: u64,
    pub sent_again: u64,
    pub gave_up: u64,
}

#[derive(Debug)]
pub(crate) struct Engine {
    wall: WallClock,
    cname: Bytes,
    open: bool,
    audio_flow: Flow,
    video_flow: Flow,
    audio_out: SendStream,
    audio_queue: VecDeque<rtp::Packet>,
    audio_in: ReceiveAudio,
    video_out: SendVideo,
    video_in: ReceiveVideo,
    estimator: Estimator,
    arrivals: Arrivals,
    rtcp: VecDeque<Compound>,
    events: VecDeque<SessionEvent>,
    report_at: Instant,
    news_at: Instant,
    limit: Option<u32>,
    limit_at: Option<Instant>,
    fir_number: u8,
    round_trip: Option<Duration>,
    sound_lost: Option<f32>,
}

impl Engine {
    pub(crate) fn new(setup: EngineSetup) -> Self {
        let EngineSetup { now, first_sequence, rtp_shift, .. } = setup;
        let audio_out = SendStream::new(setup.audio_ssrc, first_sequence, rtp_shift, 48_000);
        let video = SendStream::new(
            setup.video_ssrc,
            first_sequence.wrapping_add(991),
            rtp_shift.rotate_left(9),
            VideoCodec::CLOCK_RATE,
        );
        Self {
            wall: setup.wall,
            cname: Bytes::from(setup.cname),
            open: false,
            audio_flow: Flow::Inactive,
            video_flow: Flow::Inactive,
            audio_out,
            audio_queue: VecDeque::new(),
            audio_in: ReceiveAudio::default(),
            video_out: SendVideo::new(video, setup.rtx_ssrc, first_sequence.rotate_left(3)),
            video_in: ReceiveVideo::new(),
            estimator: Estimator::new(now, setup.start_bitrate, setup.max_bitrate),
            arrivals: Arrivals::new(now),
            rtcp: VecDeque::new(),
            events: VecDeque::new(),
            report_at: now + REPORTS,
            news_at: now,
            limit: None,
            limit_at: None,
            fir_number: 0,
            round_trip: None,
            sound_lost: None,
        }
    }

    pub(crate) fn agree_audio(&mut self, agreed: Option<Agreed<AudioCodec>>, flow: Flow) {
        if let Some(agreed) = &agreed {
            self.audio_out.set_rate(agreed.codec.clock_rate());
        }
        self.audio_flow = if agreed.is_some() { flow } else { Flow::Inactive };
        self.audio_in.agree(agreed);
    }

    pub(crate) fn agree_video(&mut self, agreed: Option<Agreed<VideoCodec>>, flow: Flow) {
        self.video_flow = if agreed.is_some() { flow } else { Flow::Inactive };
        if self.video_out.agreed != agreed || !self.video_flow.sends() {
            self.video_out.clear();
        }
        self.video_out.agreed.clone_from(&agreed);
        self.video_in.agree(agreed);
    }

    /// The transport is up or not. What waited for it is stale.
    pub(crate) fn set_open(&mut self, now: Instant, open: bool) {
        if self.open != open {
            self.audio_queue.clear();
            self.video_out.clear();
        }
        self.open = open;
        if open {
            self.tell_bitrate(now);
        }
    }

    pub(crate) fn send_audio(&mut self, now: Instant, packet: AudioPacket) -> bool {
        let Some(agreed) = self.audio_in.agreed.as_ref().filter(|a| a.codec == packet.codec) else {
            return false;
        };
        if !self.open || !self.audio_flow.sends() {
            return false;
        }
        // Old sound helps nobody: the newest stays.
        let room = self.audio_queue.len() < MAX_AUDIO_QUEUE;
        if !room {
            self.audio_queue.pop_front();
        }
        self.audio_out.learn(now, packet.at.min(now), packet.rtp_time);
        self.audio_out.bytes += (packet.data.len() + 12) as u64;
        let packet = self.audio_out.packet(agreed.payload, packet.rtp_time, packet.marker, packet.data);
        self.audio_queue.push_back(packet);
        room
    }

    pub(crate) fn send_video(&mut self, now: Instant, frame: &EncodedFrame) -> bool {
        self.open && self.video_flow.sends() && self.video_out.frame(now, frame)
    }

    /// `ntp` in our clock.
    pub(crate) fn relay(&mut self, kind: MediaKind, ntp: u64, rtp_time: u32) {
        match kind {
            MediaKind::Audio => self.audio_out.relay(ntp, rtp_time),
            MediaKind::Video => self.video_out.stream.relay(ntp, rtp_time),
        }
    }

    pub(crate) fn request_key_frame(&mut self, now: Instant) {
        self.video_in.asking.want();
        self.ask_for_key_frame(now);
    }

    pub(crate) fn limit_receive(&mut self, now: Instant, bits_per_second: u32) {
        if self.limit != Some(bits_per_second) {
            self.limit = Some(bits_per_second);
            self.limit_at = Some(now);
            self.send_limit(now);
        }
    }

    pub(crate) fn handle_rtp(&mut self, now: Instant, packet: rtp::Packet) {
        let payload_type = packet.header.payload_type;
        let counted = self.video_in.agreed.as_ref().and_then(|a| a.twcc);
        if let Some([high, low]) = counted.and_then(|id| packet.header.get_extension(id)).as_deref() {
            self.arrivals.packet(now, u16::from_be_bytes([*high, *low]));
        }
        if self.video_in.takes(payload_type) && self.video_flow.receives() {
            self.video_in.packet(now, packet);
            self.collect_pictures();
            self.ask_for_key_frame(now);
            self.ask_again(now);
        } else if self.audio_in.takes(payload_type)
            && self.audio_flow.receives()
            && let Some(event) = self.audio_in.packet(now, packet)
        {
            self.event(event);
        }
    }

    pub(crate) fn handle_rtcp(&mut self, now: Instant, packets: &[Box<dyn rtcp::Packet>]) {
        for packet in packets {
            let packet = packet.as_any();
            if let Some(report) = packet.downcast_ref::<rtcp::sender_report::SenderReport>() {
                self.sender_report(now, report);
                self.reception_reports(now, &report.reports);
            } else if let Some(report) = packet.downcast_ref::<rtcp::receiver_report::ReceiverReport>() {
                self.reception_reports(now, &report.reports);
            } else if let Some(nack) = packet.downcast_ref::<TransportLayerNack>() {
                if nack.media_ssrc == self.video_out.stream.ssrc {
                    let rate = self.estimator.target();
                    let missing = nack.nacks.iter().flat_map(|pair| pair.packet_list());
                    self.video_out.nack(now, missing, rate);
                }
            } else if let Some(feedback) = packet.downcast_ref::<TransportLayerCc>() {
                self.estimator.feedback(now, &twcc::read(feedback));
                self.tell_bitrate(now);
            } else if let Some(remb) = packet.downcast_ref::<ReceiverEstimatedMaximumBitrate>() {
                self.estimator.remb(remb.bitrate);
                self.tell_bitrate(now);
            } else if packet.downcast_ref::<PictureLossIndication>().is_some() {
                self.video_out.asked.pli();
                self.tell_key_frame_wanted(now);
            } else if let Some(fir) = packet.downcast_ref::<FullIntraRequest>() {
                for entry in fir.fir.iter().filter(|e| e.ssrc == self.video_out.stream.ssrc) {
                    self.video_out.asked.fir(entry.sequence_number);
                }
                self.tell_key_frame_wanted(now);
            }
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.video_in.deliver(now);
        self.collect_pictures();
        self.ask_for_key_frame(now);
        self.ask_again(now);
        self.tell_key_frame_wanted(now);
        self.send_feedback(now);
        self.send_reports(now);
        if self.limit_at.is_some_and(|at| at <= now) {
            self.send_limit(now);
        }
        if self.news_at <= now {
            self.estimator.handle_timeout(now);
            self.tell_bitrate(now);
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        if !self.open {
            return None;
        }
        let now = self.news_at;
        [
            Some(self.report_at),
            Some(self.news_at),
            self.video_in.deadline(),
            self.video_in.asking.deadline(now).filter(|_| self.video_in.ssrc().is_some()),
            self.video_out.asked.deadline(now),
            self.video_out.deadline(now),
            self.arrivals.deadline(),
            self.limit_at,
            self.audio_out.deadline(),
            self.video_out.stream.deadline(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The next packet for the network: reports first, then sound, then pictures as far as their spread allows.
    pub(crate) fn poll_write(&mut self, now: Instant) -> Option<Packet> {
        if let Some(compound) = self.rtcp.pop_front() {
            return Some(Packet::Rtcp(compound));
        }
        if let Some(packet) = self.audio_queue.pop_front() {
            return Some(Packet::Rtp(packet));
        }
        let (packet, number) = self.video_out.poll(now, self.estimator.target())?;
        if let Some(number) = number {
            self.estimator.sent(now, number, packet.payload.len() + 50);
        }
        Some(Packet::Rtp(packet))
    }

    /// Gives what happened to its receiver. A picture that finds no room stops pictures until the next key frame.
    pub(crate) fn hand_out(&mut self, outbox: &Outbox) {
        while let Some(event) = self.events.pop_front() {
            if !outbox.push(event) {
                self.video_in.refuse();
                self.events.retain(|e| !matches!(e, SessionEvent::Video(_)));
            }
        }
    }

    pub(crate) fn counters(&self) -> Counters {
        let sound = self.audio_in.reception.as_ref();
        let picture = self.video_in.reception.as_ref();
        let both = || sound.into_iter().chain(picture);
        Counters {
            audio_in: sound.map_or(0, |r| r.bytes),
            audio_out: self.audio_out.bytes,
            video_in: picture.map_or(0, |r| r.bytes),
            video_out: self.video_out.stream.bytes,
            frames_in: self.video_in.frames,
            frames_out: self.video_out.frames,
            received: both().map(|r| r.received).sum(),
            lost: both().map(|r| r.lost()).sum(),
            jitter_ms: sound.map(|r| r.jitter_ms()),
            round_trip: self.round_trip,
            sound_lost: self.sound_lost,
            asked_again: self.video_in.repair.asked,
            sent_again: self.video_out.repeated,
            gave_up: self.video_in.gave_up,
        }
    }

    fn event(&mut self, event: SessionEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        }
    }

    fn collect_pictures(&mut self) {
        let ready: Vec<EncodedFrame> = self.video_in.ready().collect();
        for frame in ready {
            self.event(SessionEvent::Video(frame));
        }
    }

    fn compound(&mut self, compound: Compound) {
        if self.rtcp.len() >= MAX_RTCP_QUEUE {
            self.rtcp.pop_front();
        }
        self.rtcp.push_back(compound);
    }

    /// Who speaks in feedback about pictures.
    fn own_ssrc(&self) -> u32 {
        self.video_out.stream.ssrc
    }

    fn ask_for_key_frame(&mut self, now: Instant) {
        let Some(agreed) = self.video_in.agreed.as_ref().filter(|_| self.video_flow.receives()) else {
            return self.video_in.asking.got_key();
        };
        let Some(ssrc) = self.video_in.ssrc() else { return };
        let by_fir = agreed.feedback.fir && !agreed.feedback.pli;
        if !self.open || !self.video_in.asking.due(now) {
            return;
        }
        let own = self.own_ssrc();
        let request = if by_fir {
            self.fir_number = self.fir_number.wrapping_add(1);
            report::full_intra(own, ssrc, self.fir_number)
        } else {
            report::picture_loss(own, ssrc)
        };
        self.compound(report::feedback(own, request));
    }

    fn ask_again(&mut self, now: Instant) {
        let missing = self.video_in.repair.due(now);
        if let Some(ssrc) = self.video_in.ssrc().filter(|_| !missing.is_empty()) {
            let own = self.own_ssrc();
            self.compound(report::feedback(own, report::nack(own, ssrc, &missing)));
        }
    }

    fn tell_key_frame_wanted(&mut self, now: Instant) {
        if !self.video_flow.sends() {
            self.video_out.asked.sent_key();
        } else if self.video_out.asked.due(now) {
            self.event(SessionEvent::KeyFrameWanted);
        }
    }

    fn tell_bitrate(&mut self, now: Instant) {
        self.news_at = now + NEWS;
        if !self.video_flow.sends() || !self.open {
            return;
        }
        if let Some(bitrate) = self.estimator.news() {
            self.event(SessionEvent::SendBitrate(bitrate));
        }
    }

    fn send_feedback(&mut self, now: Instant) {
        let own = self.own_ssrc();
        let media = self.video_in.ssrc().unwrap_or(0);
        if let Some(feedback) = self.arrivals.report(now, own, media) {
            self.compound(report::feedback(own, Box::new(feedback)));
        }
    }

    fn send_limit(&mut self, now: Instant) {
        let (Some(limit), true) = (self.limit, self.open) else { return };
        self.limit_at = Some(now + REPORTS);
        if let Some(ssrc) = self.video_in.ssrc() {
            let own = self.own_ssrc();
            self.compound(report::feedback(own, report::bitrate_limit(own, ssrc, limit)));
        }
    }

    fn send_reports(&mut self, now: Instant) {
        let mut told = false;
        for kind in [MediaKind::Audio, MediaKind::Video] {
            let stream = match kind {
                MediaKind::Audio => &self.audio_out,
                MediaKind::Video => &self.video_out.stream,
            };
            if stream.deadline().is_none_or(|at| at > now) {
                continue;
            }
            let ssrc = stream.ssrc;
            let blocks = self.report_blocks(now);
            let wall = self.wall;
            let stream = match kind {
                MediaKind::Audio => &mut self.audio_out,
                MediaKind::Video => &mut self.video_out.stream,
            };
            if let Some(report) = stream.report(now, &wall, blocks) {
                told = true;
                let description = report::description(ssrc, &self.cname);
                self.compound(vec![Box::new(report), description]);
            }
        }
        if told {
            self.report_at = now + REPORTS;
        } else if self.report_at <= now {
            self.report_at = now + REPORTS;
            let blocks = self.report_blocks(now);
            let ssrc = if self.audio_flow == Flow::Inactive { self.own_ssrc() } else { self.audio_out.ssrc };
            let description = report::description(ssrc, &self.cname);
            self.compound(vec![report::receiver_report(ssrc, blocks), description]);
        }
    }

    fn report_blocks(&mut self, now: Instant) -> Vec<ReceptionReport> {
        let sound = self.audio_in.reception.as_mut();
        sound.into_iter().chain(self.video_in.reception.as_mut()).map(|r| r.report(now)).collect()
    }

    fn sender_report(&mut self, now: Instant, report: &rtcp::sender_report::SenderReport) {
        let told = SenderReport { ntp: report.ntp_time, rtp_time: report.rtp_time };
        let sound =
            self.audio_in.reception.as_mut().filter(|r| r.ssrc == report.ssrc).map(|r| (MediaKind::Audio, r));
        let picture =
            self.video_in.reception.as_mut().filter(|r| r.ssrc == report.ssrc).map(|r| (MediaKind::Video, r));
        if let Some((kind, reception)) = sound.or(picture) {
            reception.sender_report(now, report.ntp_time);
            self.event(SessionEvent::SenderReport(kind, told));
        }
    }

    fn reception_reports(&mut self, now: Instant, reports: &[ReceptionReport]) {
        for report in reports {
            let video = report.ssrc == self.video_out.stream.ssrc;
            if !video && report.ssrc != self.audio_out.ssrc {
                continue;
            }
            if let Some(sample) = round_trip(self.wall.ntp(now), report) {
                self.round_trip = Some(self.round_trip.map_or(sample, |old| (old * 3 + sample) / 4));
                self.video_in.repair.learn_round_trip(sample);
            }
            if video {
                self.estimator.receiver_report(now, report.fraction_lost);
                self.tell_bitrate(now);
            } else {
                let lost = f32::from(report.fraction_lost) / 256.0;
                self.sound_lost = Some(self.sound_lost.map_or(lost, |old| old + (lost - old) * 0.3));
            }
        }
    }
}
