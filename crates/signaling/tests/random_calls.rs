//! Calls under random weather: inputs of all kinds in any order, twice, late, or not at all (seeded).
//!
//! `AHOY_SEQUENCES` says how many (100 000 if unset); a failure prints the steps that led to it.

mod watch;

use ahoy_model::{CallStatus, Direction, HangupCause};
use ahoy_signaling::*;
use ahoy_wire::{RpcError, VertoFailure, VertoPing, VertoResult};
use fastrand::Rng;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};
use watch::Watch;

fn failure(rng: &mut Rng) -> RequestFailure {
    match rng.u8(..6) {
        0 => RequestFailure::TimedOut,
        1 => RequestFailure::Lost,
        2 => RequestFailure::NotConnected,
        3 => RequestFailure::QueueFull,
        4 => RequestFailure::Refused(VertoFailure::from(RpcError::call_does_not_exist())),
        _ => RequestFailure::Refused(VertoFailure::from(RpcError::call_error(cause(rng)))),
    }
}

fn cause(rng: &mut Rng) -> HangupCause {
    *rng.choice(HangupCause::KNOWN).expect("a cause")
}

const ASKED: [Asked; 9] = [
    Asked::Invite,
    Asked::Answer,
    Asked::Bye,
    Asked::Hold,
    Asked::Unhold,
    Asked::UpdateMedia,
    Asked::Transfer,
    Asked::Digits,
    Asked::Pong,
];

fn accepted(to: Asked, sdp: bool) -> CallInput {
    let result = VertoResult { sdp: sdp.then(|| "sdp".into()), ..VertoResult::default() };
    CallInput::Reply { to, outcome: Ok(Accepted { node_id: None, result }) }
}

/// Anything at all; what ends calls is rare enough for the rest to happen.
fn anything(rng: &mut Rng) -> CallInput {
    match rng.u8(..60) {
        0..4 => CallInput::Answer,
        4 if rng.bool() => CallInput::Decline,
        5 if rng.bool() => CallInput::HangUp,
        6 => CallInput::Silence,
        7..10 => CallInput::Hold,
        10..13 => CallInput::Resume,
        13 => CallInput::Digits("5#".into()),
        14 if rng.bool() => CallInput::ChangeMedia,
        14 => CallInput::Transfer { destination: "/private/carol".into() },
        15..23 => accepted(*rng.choice(ASKED.iter()).expect("one"), rng.bool()),
        23 => {
            let to = *rng.choice(ASKED.iter()).expect("one");
            CallInput::Reply { to, outcome: Err(failure(rng)) }
        }
        24..27 => CallInput::FarMedia { sdp: "sdp".into() },
        27..31 => CallInput::FarAnswered { sdp: rng.bool().then(|| "sdp".into()) },
        31 if rng.bool() => CallInput::FarBye { cause: cause(rng) },
        32 => CallInput::FarPing(VertoPing::new(&"c".into())),
        33 => CallInput::FarAttach,
        34 => CallInput::Other,
        35..42 => CallInput::SdpReady("sdp".into()),
        42 if rng.bool() => CallInput::SdpRefused,
        43..48 => CallInput::MediaConnected,
        48..51 => CallInput::MediaDisconnected,
        51 if rng.bool() => CallInput::MediaSilent,
        51 => CallInput::MediaFailed,
        52 => CallInput::SessionLost,
        53..56 => CallInput::SessionBack { resumed: rng.u8(..4) > 0 },
        56 if rng.u8(..8) == 0 => CallInput::SessionGone,
        _ => CallInput::Timer,
    }
}

/// What a well-meaning world would do next; without it, random inputs rarely get a call connected.
fn likely(rng: &mut Rng, call: &Call) -> CallInput {
    match (call.status(), call.direction()) {
        (CallStatus::New, _) if rng.bool() => CallInput::SdpReady("sdp".into()),
        (CallStatus::New, _) => accepted(Asked::Invite, false),
        (CallStatus::Trying, _) if rng.bool() => CallInput::FarMedia { sdp: "sdp".into() },
        (CallStatus::Trying, _) => CallInput::FarAnswered { sdp: Some("sdp".into()) },
        (CallStatus::Ringing, Direction::Outbound) => CallInput::FarAnswered { sdp: None },
        (CallStatus::Ringing, Direction::Inbound) => CallInput::Answer,
        (CallStatus::Connecting, _) if rng.bool() => CallInput::SdpReady("sdp".into()),
        (CallStatus::Connecting, _) => CallInput::MediaConnected,
        (CallStatus::Connected, _) if rng.bool() => CallInput::Hold,
        (CallStatus::Connected, _) => accepted(Asked::Hold, false),
        (CallStatus::Held, _) if rng.bool() => CallInput::Resume,
        (CallStatus::Held, _) => accepted(Asked::Unhold, false),
        (CallStatus::Recovering, _) => match rng.u8(..4) {
            0 => CallInput::SdpReady("sdp".into()),
            1 => accepted(Asked::UpdateMedia, true),
            2 => CallInput::FarAnswered { sdp: Some("sdp".into()) },
            _ => CallInput::MediaConnected,
        },
        _ => accepted(Asked::Bye, false),
    }
}

struct Run {
    call: Call,
    watch: Watch,
    now: Instant,
}

impl Run {
    fn new(rng: &mut Rng, start: Instant) -> Self {
        let times = CallTimes::default();
        let (call, out) = match rng.u8(..9) {
            0..4 => {
                let wish = Outbound::to("c", "/private/bob");
                Call::outbound(start, wish, times)
            }
            4..8 => {
                let invite = serde_json::from_str(r#"{"callID":"c","sdp":"v=0"}"#).expect("an invite");
                Call::inbound(start, &invite, None, times)
            }
            _ => {
                let dialog = ahoy_wire::DialogParams::bare("c".into());
                let known = Reattach { direction: Direction::Outbound, dialog, node_id: None };
                Call::reattached(start, known, times)
            }
        };
        let mut run = Self { call, watch: Watch::default(), now: start };
        run.watch.look(run.call.direction(), &CallInput::Other, out);
        run
    }

    fn feed(&mut self, input: CallInput) {
        let before = self.call.status();
        let out = self.call.handle(self.now, input.clone());
        let unchanged = out.is_empty() && self.call.status() == before;
        assert!(input != CallInput::Other || unchanged, "an unknown message did something");
        self.watch.look(self.call.direction(), &input, out);
        assert_eq!(self.watch.status, Some(self.call.status()), "told and true status differ");
        let unlimited =
            matches!(self.call.status(), CallStatus::Connected | CallStatus::Held | CallStatus::Destroyed);
        assert!(
            unlimited || self.call.deadline().is_some(),
            "nothing would ever end {:?}",
            self.call.status()
        );
    }

    /// Nothing but time passes.
    fn wait_for_the_end(&mut self) {
        // A repair is tried every other second for a minute.
        for _ in 0..64 {
            let Some(deadline) = self.call.deadline() else { break };
            self.now = self.now.max(deadline);
            self.feed(CallInput::Timer);
        }
        assert_eq!(self.call.status(), CallStatus::Destroyed, "it never ends");
    }

    fn live(&mut self, rng: &mut Rng) {
        let mut last = CallInput::Other;
        for _ in 0..rng.usize(1..40) {
            if rng.u8(..8) == 0 {
                self.now += Duration::from_millis(rng.u64(..4_000));
            }
            let input = match rng.u8(..10) {
                0 => last.clone(),
                1..5 => likely(rng, &self.call),
                _ => anything(rng),
            };
            last = input.clone();
            self.feed(input);
        }
        match rng.u8(..3) {
            0 => {
                self.feed(CallInput::HangUp);
                self.wait_for_the_end();
            }
            1 => {
                self.feed(CallInput::SessionLost);
                self.feed(CallInput::MediaFailed);
                self.wait_for_the_end();
            }
            _ => self.feed(CallInput::SessionGone),
        }
        assert_eq!(self.call.status(), CallStatus::Destroyed);
        for _ in 0..3 {
            self.feed(anything(rng));
        }
    }
}

#[test]
fn every_call_ends_and_no_ring_outlives_its_call() {
    let sequences = std::env::var("AHOY_SEQUENCES").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000_u64);
    let start = Instant::now();
    let (mut talked, mut held, mut repaired, mut rang) = (0, 0, 0, 0);
    for seed in 0..sequences {
        let mut rng = Rng::with_seed(seed);
        let mut run = Run::new(&mut rng, start);
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run.live(&mut rng))) {
            eprintln!("sequence {seed}:\n{}", run.watch.story());
            resume_unwind(panic);
        }
        talked += u64::from(run.watch.saw(CallStatus::Connected));
        held += u64::from(run.watch.saw(CallStatus::Held));
        repaired += u64::from(run.watch.saw(CallStatus::Recovering) && run.watch.saw(CallStatus::Connected));
        rang += u64::from(run.watch.rang);
    }
    println!("{sequences} calls: {rang} rang, {talked} talked, {held} held, {repaired} were repaired");
    assert!(talked > sequences / 5 && held > sequences / 20, "{talked} talked, {held} held");
    assert!(repaired > sequences / 20 && rang > sequences / 4, "{repaired} repaired, {rang} rang");
}
