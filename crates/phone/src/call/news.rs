//! What a call's media reports.

use crate::call::PeerNews;
use crate::call::live::{Errand, LiveCall, Prepared, Room};
use crate::snapshot::Event;
use ahoy_model::{CallStatus, Problem, ProblemCode};
use ahoy_signaling::CallInput;
use std::time::Instant;

impl LiveCall {
    /// A report of this call's media.
    pub(crate) fn peer_news(
        &mut self,
        now: Instant,
        number: u64,
        news: PeerNews,
        room: &Room,
    ) -> Vec<Errand> {
        if self.peer.as_ref().is_none_or(|peer| peer.number != number) {
            return Vec::new();
        }
        let input = match news {
            PeerNews::Described(sdp) => {
                if self.prepared != Prepared::Awaited {
                    self.prepared = Prepared::Ready(sdp);
                    return Vec::new();
                }
                self.prepared = Prepared::Nothing;
                CallInput::SdpReady(sdp)
            }
            PeerNews::Refused(error) => {
                tracing::warn!(call = %self.id(), %error, "media");
                self.problem = Some(Problem::new(ProblemCode::MediaFailed).because(error));
                if self.prepared == Prepared::Nothing && self.machine.status() == CallStatus::Ringing {
                    self.prepared = Prepared::Failed;
                    return Vec::new();
                }
                self.prepared = Prepared::Nothing;
                CallInput::SdpRefused
            }
            PeerNews::Unchanged(error) => {
                tracing::warn!(call = %self.id(), %error, "no new offer");
                self.prepared = Prepared::Nothing;
                CallInput::SdpRefused
            }
            PeerNews::Negotiated(negotiated) => {
                self.negotiated = negotiated;
                self.note_agreement();
                return Vec::new();
            }
            PeerNews::Connected => CallInput::MediaConnected,
            PeerNews::Disconnected => CallInput::MediaDisconnected,
            PeerNews::Failed => CallInput::MediaFailed,
            PeerNews::Pictures(come) => {
                self.pictures = come;
                return Vec::new();
            }
            PeerNews::TooWeak(weak) => {
                self.tell_network(weak.then_some(ProblemCode::PictureRests), &[ProblemCode::PictureRests]);
                return Vec::new();
            }
            PeerNews::Digit(digit) => {
                let digit = digit.to_string();
                return vec![Errand::Tell(Event::DigitReceived { call: self.id().clone(), digit })];
            }
            PeerNews::Stats(stats) => {
                return self.note_stats(now, *stats, room);
            }
        };
        self.handle(now, input, room)
    }
}
