//! Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): when did each packet arrive.

use super::clock::Unwrap;
use rtc::rtcp::transport_feedbacks::transport_layer_cc::{
    PacketStatusChunk, RecvDelta, RunLengthChunk, StatusChunkTypeTcc, StatusVectorChunk, SymbolSizeTypeTcc,
    SymbolTypeTcc, TransportLayerCc,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often a receiver reports.
const INTERVAL: Duration = Duration::from_millis(50);
/// One report stays well below an MTU.
const MOST_IN_REPORT: usize = 400;
const LONGEST_SPAN: u64 = 2000;
/// µs in one step of a delta, and in one step of the reference time.
const TICK: i64 = 250;
const REFERENCE: i64 = 64_000;

/// The receiving side.
#[derive(Debug)]
pub(crate) struct Arrivals {
    start: Instant,
    unwrap: Unwrap,
    /// µs after `start`.
    seen: BTreeMap<u64, i64>,
    next: Option<u64>,
    count: u8,
    due: Option<Instant>,
}

impl Arrivals {
    pub(crate) fn new(start: Instant) -> Self {
        Self { start, unwrap: Unwrap::default(), seen: BTreeMap::new(), next: None, count: 0, due: None }
    }

    pub(crate) fn packet(&mut self, now: Instant, sequence: u16) {
        let sequence = self.unwrap.unwrap(sequence);
        // What has been reported missing stays missing.
        if self.next.is_some_and(|next| sequence < next) || self.seen.len() >= MOST_IN_REPORT * 8 {
            return;
        }
        self.seen.entry(sequence).or_insert((now.saturating_duration_since(self.start)).as_micros() as i64);
        self.due.get_or_insert(now + INTERVAL);
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.due
    }

    pub(crate) fn report(
        &mut self,
        now: Instant,
        sender_ssrc: u32,
        media_ssrc: u32,
    ) -> Option<TransportLayerCc> {
        if self.due.is_none_or(|due| due > now) {
            return None;
        }
        let (first_seen, first_time) = self.seen.first_key_value().map(|(s, t)| (*s, *t))?;
        let base =
            self.next.unwrap_or(first_seen).max(first_seen.saturating_sub(LONGEST_SPAN)).min(first_seen);
        let reference = first_time.div_euclid(REFERENCE);
        let mut last = reference * REFERENCE;
        let mut symbols: Vec<SymbolTypeTcc> = Vec::new();
        let mut recv_deltas: Vec<RecvDelta> = Vec::new();
        let mut at = base;
        while let Some((sequence, time)) = self.seen.first_key_value().map(|(s, t)| (*s, *t)) {
            let ticks = (time - last).div_euclid(TICK);
            let fits = i16::try_from(ticks).is_ok();
            if !fits || sequence - base > LONGEST_SPAN || recv_deltas.len() >= MOST_IN_REPORT {
                break;
            }
            while at < sequence {
                symbols.push(SymbolTypeTcc::PacketNotReceived);
                at += 1;
            }
            let kind = if (0..=255).contains(&ticks) {
                SymbolTypeTcc::PacketReceivedSmallDelta
            } else {
                SymbolTypeTcc::PacketReceivedLargeDelta
            };
            symbols.push(kind);
            recv_deltas.push(RecvDelta { type_tcc_packet: kind, delta: ticks * TICK });
            last += ticks * TICK;
            at = sequence + 1;
            self.seen.pop_first();
        }
        self.next = Some(at);
        self.due = (!self.seen.is_empty()).then_some(now);
        let number = self.count;
        self.count = self.count.wrapping_add(1);
        (!recv_deltas.is_empty()).then(|| TransportLayerCc {
            sender_ssrc,
            media_ssrc,
            base_sequence_number: base as u16,
            packet_status_count: symbols.len() as u16,
            reference_time: (reference & 0xff_ffff) as u32,
            fb_pkt_count: number,
            packet_chunks: chunks(&symbols),
            recv_deltas,
        })
    }
}

/// Runs where there are runs, else seven two-bit symbols at a time.
fn chunks(symbols: &[SymbolTypeTcc]) -> Vec<PacketStatusChunk> {
    let mut out = Vec::new();
    let mut rest = symbols;
    while let Some(first) = rest.first().copied() {
        let run = rest.iter().take(0x1fff).take_while(|s| **s == first).count();
        if run >= 7 || run == rest.len() {
            out.push(PacketStatusChunk::RunLengthChunk(RunLengthChunk {
                type_tcc: StatusChunkTypeTcc::RunLengthChunk,
                packet_status_symbol: first,
                run_length: run as u16,
            }));
            rest = rest.get(run..).unwrap_or_default();
        } else {
            let mut symbol_list: Vec<SymbolTypeTcc> = rest.iter().take(7).copied().collect();
            rest = rest.get(symbol_list.len()..).unwrap_or_default();
            symbol_list.resize(7, SymbolTypeTcc::PacketNotReceived);
            out.push(PacketStatusChunk::StatusVectorChunk(StatusVectorChunk {
                type_tcc: StatusChunkTypeTcc::StatusVectorChunk,
                symbol_size: SymbolSizeTypeTcc::TwoBit,
                symbol_list,
            }));
        }
    }
    out
}

/// One packet in a report: its number, and µs on the receiver's clock if it arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fate {
    pub sequence: u16,
    pub arrival: Option<i64>,
}

/// What a report says. Counts that do not fit together end the reading.
pub(crate) fn read(report: &TransportLayerCc) -> Vec<Fate> {
    let mut out = Vec::with_capacity(usize::from(report.packet_status_count));
    let mut deltas = report.recv_deltas.iter();
    let mut time = i64::from(report.reference_time) * REFERENCE;
    let mut sequence = report.base_sequence_number;
    let symbols = report.packet_chunks.iter().flat_map(|chunk| match chunk {
        PacketStatusChunk::RunLengthChunk(run) => vec![run.packet_status_symbol; usize::from(run.run_length)],
        PacketStatusChunk::StatusVectorChunk(vector) => vector.symbol_list.clone(),
    });
    for symbol in symbols.take(usize::from(report.packet_status_count)) {
        let arrival = match symbol {
            SymbolTypeTcc::PacketReceivedSmallDelta | SymbolTypeTcc::PacketReceivedLargeDelta => {
                let Some(delta) = deltas.next() else { return out };
                time += delta.delta;
                Some(time)
            }
            _ => None,
        };
        out.push(Fate { sequence, arrival });
        sequence = sequence.wrapping_add(1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Arrivals, INTERVAL, read};
    use rtc::rtcp::transport_feedbacks::transport_layer_cc::TransportLayerCc;
    use rtc::shared::marshal::{Marshal, Unmarshal};
    use std::time::{Duration, Instant};

    #[test]
    fn a_report_survives_the_wire_and_says_what_arrived_when() {
        let start = Instant::now();
        let mut random = fastrand::Rng::with_seed(3);
        let mut arrivals = Arrivals::new(start);
        let mut now = start + Duration::from_secs(70);
        let mut sent: Vec<(u16, bool)> = Vec::new();
        let mut told: Vec<(u16, bool)> = Vec::new();
        for n in 0..3000u32 {
            let sequence = 65_000u16.wrapping_add(n as u16);
            let lost = random.u8(..) < 25;
            sent.push((sequence, !lost));
            if !lost {
                arrivals.packet(now, sequence);
            }
            now += Duration::from_micros(random.u64(100..9000));
            if let Some(report) = arrivals.report(now, 1, 2) {
                let mut bytes = report.marshal().unwrap();
                let report = TransportLayerCc::unmarshal(&mut bytes).unwrap();
                let fates = read(&report);
                let times: Vec<i64> = fates.iter().filter_map(|f| f.arrival).collect();
                assert!(times.is_sorted());
                told.extend(fates.iter().map(|f| (f.sequence, f.arrival.is_some())));
            }
        }
        arrivals.packet(now, 65_000u16.wrapping_add(3000));
        if let Some(report) = arrivals.report(now + INTERVAL * 2, 1, 2) {
            told.extend(read(&report).iter().map(|f| (f.sequence, f.arrival.is_some())));
        }
        let first = sent.iter().position(|(_, arrived)| *arrived).unwrap();
        assert_eq!(&told[..told.len() - 1], &sent[first..]);
    }
}
