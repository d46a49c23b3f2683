//! What every stream of ours counts and says about itself.

use super::clock::{RtpClock, WallClock};
use bytes::Bytes;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtp;
use std::time::{Duration, Instant};

/// First report soon: lip sync waits for it.
const FIRST_REPORT: Duration = Duration::from_millis(60);
const REPORTS: Duration = Duration::from_millis(1000);

#[derive(Debug)]
pub(crate) struct SendStream {
    pub ssrc: u32,
    sequence: u16,
    /// Added to the caller's RTP times.
    shift: u32,
    clock: RtpClock,
    /// A forwarder's word on the original clock: our NTP time and the RTP time (shifted) that belongs to it.
    relayed: Option<(u64, u32)>,
    pub packets: u32,
    pub octets: u32,
    /// RTP bytes, retransmissions included.
    pub bytes: u64,
    report_at: Option<Instant>,
}

impl SendStream {
    pub(crate) fn new(ssrc: u32, sequence: u16, shift: u32, rate: u32) -> Self {
        Self {
            ssrc,
            sequence,
            shift,
            clock: RtpClock::new(rate),
            relayed: None,
            packets: 0,
            octets: 0,
            bytes: 0,
            report_at: None,
        }
    }

    /// Another codec may have another clock.
    pub(crate) fn set_rate(&mut self, rate: u32) {
        if self.clock.rate() != rate {
            self.clock = RtpClock::new(rate);
            self.relayed = None;
        }
    }

    /// `at`: when what this RTP time stands for was captured, as near as the caller knows.
    pub(crate) fn learn(&mut self, now: Instant, at: Instant, rtp_time: u32) {
        self.clock.learn(at, rtp_time.wrapping_add(self.shift));
        self.report_at.get_or_insert(now + FIRST_REPORT);
    }

    pub(crate) fn relay(&mut self, ntp: u64, rtp_time: u32) {
        self.relayed = Some((ntp, rtp_time.wrapping_add(self.shift)));
    }

    pub(crate) fn packet(
        &mut self,
        payload_type: u8,
        rtp_time: u32,
        marker: bool,
        payload: Bytes,
    ) -> rtp::Packet {
        let sequence_number = self.sequence;
        self.sequence = self.sequence.wrapping_add(1);
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload.len() as u32);
        let header = rtp::header::Header {
            version: 2,
            marker,
            payload_type,
            sequence_number,
            timestamp: rtp_time.wrapping_add(self.shift),
            ssrc: self.ssrc,
            ..rtp::header::Header::default()
        };
        rtp::Packet { header, payload }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.report_at
    }

    /// A sender report, when it is time for one.
    pub(crate) fn report(
        &mut self,
        now: Instant,
        wall: &WallClock,
        reports: Vec<ReceptionReport>,
    ) -> Option<rtc::rtcp::sender_report::SenderReport> {
        self.report_at.filter(|at| *at <= now)?;
        self.report_at = Some(now + REPORTS);
        let ntp_time = wall.ntp(now);
        let rtp_time = match self.relayed {
            Some((ntp, rtp)) => {
                let since =
                    ntp_time.wrapping_sub(ntp) as i64 as f64 / f64::from(1u32 << 16) / f64::from(1u32 << 16);
                rtp.wrapping_add((since * f64::from(self.clock.rate())).round() as i64 as u32)
            }
            None => self.clock.at(now)?,
        };
        Some(rtc::rtcp::sender_report::SenderReport {
            ssrc: self.ssrc,
            ntp_time,
            rtp_time,
            packet_count: self.packets,
            octet_count: self.octets,
            reports,
            ..Default::default()
        })
    }
}

/// The round trip that a reception report tells, if it repeats one of our reports.
pub(crate) fn round_trip(now_ntp: u64, report: &ReceptionReport) -> Option<Duration> {
    if report.last_sender_report == 0 {
        return None;
    }
    let units =
        super::clock::compact(now_ntp).wrapping_sub(report.last_sender_report).wrapping_sub(report.delay);
    // Clocks that went backwards make it huge.
    (units < 65_536 * 10).then(|| Duration::from_secs_f64(f64::from(units) / 65_536.0))
}
