//! Our machines in the place of the real SDK: the space's messages of its transcripts are fed to a call of ours.

use ahoy_model::CallStatus;
use ahoy_signaling::*;
use ahoy_wire::*;
use std::time::Instant;

/// The space's replies to invites, and its verto messages, in order.
fn space_side(transcript: &str) -> Vec<CallInput> {
    let path = format!("{}/../wire/tests/transcripts/{transcript}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("a transcript");
    let mut invites = Vec::new();
    let mut inputs = Vec::new();
    for line in text.lines() {
        let line: serde_json::Value = serde_json::from_str(line).expect("a JSON line");
        let message = line["msg"].to_string();
        if line["kind"] == "ws" && line["dir"] == "c2s" {
            if let Ok(ClientMessage::Request { id, request: ClientRequest::Verto(request) }) =
                parse_client(&message)
                && matches!(request.message, ClientVerto::Invite(_))
            {
                invites.push(id);
            }
        } else if line["kind"] == "ws" && line["dir"] == "s2c" {
            match parse_server(&message) {
                Ok(ServerMessage::Reply(reply)) if invites.contains(&reply.id) => {
                    let answer =
                        read_reply::<Verto>(reply.outcome).map_err(VertoFailure::from).and_then(|reply| {
                            let node_id = reply.node_id.clone();
                            Ok(Answer::Verto(Accepted { node_id, result: reply.into_result()? }))
                        });
                    inputs.push(CallInput::replied(Asked::Invite, answer.map_err(RequestFailure::from)));
                }
                Ok(ServerMessage::Request { request: ServerRequest::Event(event), .. }) => {
                    if let EventBody::Verto(verto) = event.body {
                        inputs.push(verto.message.into());
                    }
                }
                _ => {}
            }
        }
    }
    inputs
}

/// Places a call, and lets media connect once it is answered; returns every status and how often an answer was accepted.
fn play(transcript: &str) -> (Vec<CallStatus>, usize) {
    let now = Instant::now();
    let wish = Outbound::to("c", "/private/bob");
    let (mut call, mut all) = Call::outbound(now, wish, CallTimes::default());
    all.extend(call.handle(now, CallInput::SdpReady("offer".into())));
    for input in space_side(transcript) {
        all.extend(call.handle(now, input));
        if call.status() == CallStatus::Connecting {
            all.extend(call.handle(now, CallInput::MediaConnected));
        }
    }
    let accepted = all.iter().filter(|output| matches!(output, CallOutput::AcceptAnswer(_))).count();
    let statuses = all.into_iter().filter_map(|output| match output {
        CallOutput::Status(status) => Some(status),
        _ => None,
    });
    (statuses.collect(), accepted)
}

#[test]
fn transcripts_of_the_sdk_take_our_calls_to_the_same_places() {
    use CallStatus as S;
    let talks = vec![S::New, S::Trying, S::Connecting, S::Connected];
    let ends = vec![S::New, S::Trying, S::Connecting, S::Connected, S::Disconnected, S::Destroyed];
    let early = vec![S::New, S::Trying, S::Ringing, S::Connecting, S::Connected];
    for (transcript, expected, accepted) in [
        ("v4-outbound-minimal", ends, 1),
        ("v4-outbound-audio-only", talks.clone(), 1),
        ("v4-plain-ws-no-tls", talks, 1),
        ("v4-outbound-early-media", early.clone(), 1),
        // The SDK dies of the second SDP; we must not even look at it.
        ("v4-outbound-early-media-sdp-twice", early, 1),
        ("v4-outbound-busy-bye", vec![S::New, S::Trying, S::Disconnected, S::Destroyed], 0),
        ("v4-outbound-nested-error", vec![S::New, S::Disconnected, S::Destroyed], 0),
        ("v4-outbound-rpc-error", vec![S::New, S::Disconnected, S::Destroyed], 0),
    ] {
        assert_eq!(play(transcript), (expected, accepted), "{transcript}");
    }
}
