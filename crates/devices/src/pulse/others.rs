//! What other programs play. The server gives each of their streams by itself (`direct_on_input`), so ours is not among
//! them, whichever speaker it goes to; here they become one.

use super::stream::{FRAME, PulseStream, frames, is_ours, record_params};
use super::{Connection, Event, Message, from_pulse};
use crate::sound_stream::Signals;
use ahoy_media::hardware::STEP;
use ahoy_media::{DeviceError, LeftRight};
use pulseaudio::protocol::stream::BufferAttr;
use pulseaudio::protocol::{
    Command, CreateRecordStreamReply, Prop, ProtocolError, RecordStreamParams, SinkInputInfo,
    SinkInputInfoList, SubscriptionMask,
};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// One step of [`STEP`] samples.
const STEP_TIME: Duration = Duration::from_millis(10);
/// How long the server is waited for between two looks at the clock.
const TICK: Duration = Duration::from_millis(5);
/// Sound of a stream that is kept ready, since it comes in lumps and by another clock: 60 ms.
const READY: usize = 6 * STEP;
/// More than this is thrown away.
const MOST: usize = 30 * STEP;
/// In what portions it is asked for: nobody answers to it, so a speaker need not hurry.
const PORTION: u32 = (2 * STEP * FRAME) as u32;
/// Streams heard at once.
const STREAMS: usize = 32;

/// Hears what other programs play: a frame for every 1/48000 s, silence where nobody plays.
///
/// # Errors
/// What the server says.
pub fn hear_others(
    out: impl FnMut(LeftRight) + Send + 'static,
    signals: &Signals,
) -> Result<PulseStream, DeviceError> {
    let connection = open().map_err(|error| from_pulse(&error))?;
    let run = move |connection: Connection, signals: &Signals| {
        let now = Instant::now();
        let mut others =
            Others { connection, out, heard: Vec::new(), asked: None, again: false, since: now, given: 0 };
        loop {
            if let Err(error) = others.turn(signals) {
                return error;
            }
        }
    };
    PulseStream::start(connection, signals.clone(), run)
}

fn open() -> Result<Connection, ProtocolError> {
    let mut connection = Connection::open()?;
    connection.tell(&Command::Subscribe(SubscriptionMask::SINK_INPUT))?;
    Ok(connection)
}

/// A stream of another program.
struct Heard {
    input: u32,
    /// The question that asked for it.
    question: u32,
    channel: Option<u32>,
    waiting: VecDeque<LeftRight>,
    /// Enough has come once.
    ready: bool,
}

impl Heard {
    /// Adds its next 10 ms, if there are any.
    fn add_to(&mut self, step: &mut [LeftRight; STEP]) {
        self.ready |= self.waiting.len() >= READY;
        if !self.ready {
            return;
        }
        if self.waiting.len() > MOST {
            self.waiting.drain(..self.waiting.len() - READY);
        } else if self.waiting.len() > 2 * READY {
            // Its clock is faster than ours.
            self.waiting.pop_front();
        }
        for sum in step {
            let Some(frame) = self.waiting.pop_front() else {
                self.ready = false;
                return;
            };
            *sum = [sum[0] + frame[0], sum[1] + frame[1]];
        }
    }
}

struct Others<F> {
    connection: Connection,
    out: F,
    heard: Vec<Heard>,
    /// The question for all streams that is not answered yet, and whether something changed since.
    asked: Option<u32>,
    again: bool,
    since: Instant,
    /// Steps given since then.
    given: u64,
}

impl<F: FnMut(LeftRight)> Others<F> {
    fn turn(&mut self, signals: &Signals) -> Result<(), ProtocolError> {
        if self.given == 0 && self.asked.is_none() {
            self.look()?;
        }
        if self.connection.has_news(TICK)? {
            self.take()?;
        }
        let due = (self.since.elapsed().as_millis() / STEP_TIME.as_millis()) as u64;
        // After a long sleep nobody wants to hear what was missed.
        self.given = self.given.max(due.saturating_sub((MOST / STEP) as u64));
        while self.given < due {
            self.given += 1;
            self.give();
            signals.alive();
        }
        Ok(())
    }

    fn give(&mut self) {
        let mut step = [[0.0; 2]; STEP];
        for one in &mut self.heard {
            one.add_to(&mut step);
        }
        for frame in step {
            (self.out)(frame.map(|sample| sample.clamp(-1.0, 1.0)));
        }
    }

    fn take(&mut self) -> Result<(), ProtocolError> {
        let (heard, asked) = (&mut self.heard, &mut self.asked);
        let changed = match self.connection.next()? {
            Message::Sound(channel, bytes) => {
                if let Some(one) = heard.iter_mut().find(|one| one.channel == Some(channel)) {
                    one.waiting.extend(frames(bytes));
                }
                false
            }
            // Also when it moves to another speaker.
            Message::Event(Event::Killed(channel)) => {
                heard.retain(|one| one.channel != Some(channel));
                true
            }
            Message::Event(Event::Changed(_)) => true,
            Message::Answer(number, answer) if *asked == Some(number) => {
                *asked = None;
                let inputs: SinkInputInfoList = answer.map_err(ProtocolError::ServerError)?.read()?;
                self.follow(&inputs)?;
                std::mem::take(&mut self.again)
            }
            Message::Answer(number, answer) => {
                if let Some(at) = heard.iter().position(|one| one.question == number && one.channel.is_none())
                {
                    match answer {
                        Ok(words) => {
                            heard[at].channel = Some(words.read::<CreateRecordStreamReply>()?.channel)
                        }
                        // It has ended meanwhile.
                        Err(_) => drop(heard.swap_remove(at)),
                    }
                }
                false
            }
            Message::Event(_) => false,
        };
        if changed { self.look() } else { Ok(()) }
    }

    /// Asks who plays.
    fn look(&mut self) -> Result<(), ProtocolError> {
        if self.asked.is_some() {
            self.again = true;
        } else {
            self.asked = Some(self.connection.send(&Command::GetSinkInputInfoList)?);
        }
        Ok(())
    }

    /// Hears those who play, and no longer those who do not.
    fn follow(&mut self, inputs: &[SinkInputInfo]) -> Result<(), ProtocolError> {
        let others: Vec<u32> =
            inputs.iter().filter(|input| is_other(input)).map(|input| input.index).take(STREAMS).collect();
        for gone in self.heard.extract_if(.., |one| !others.contains(&one.input)) {
            if let Some(channel) = gone.channel {
                self.connection.send(&Command::DeleteRecordStream(channel))?;
            }
        }
        for input in others {
            if self.heard.iter().any(|one| one.input == input) {
                continue;
            }
            let params = RecordStreamParams {
                direct_on_input_index: Some(input),
                buffer_attr: BufferAttr { fragment_size: PORTION, ..BufferAttr::default() },
                ..record_params()
            };
            let question = self.connection.send(&Command::CreateRecordStream(params))?;
            let waiting = VecDeque::with_capacity(2 * READY);
            self.heard.push(Heard { input, question, channel: None, waiting, ready: false });
        }
        Ok(())
    }
}

/// A program's own sound: not ours, and not what the server or an equalizer makes of the sound of others, which would be
/// heard twice then, and we with it.
fn is_other(input: &SinkInputInfo) -> bool {
    let role = input.props.get(Prop::MediaRole).unwrap_or_default();
    let made_of_others =
        ["filter", "DSP"].iter().any(|word| role.strip_suffix(b"\0") == Some(word.as_bytes()));
    input.client_index.is_some() && !made_of_others && !is_ours(&input.props)
}

#[cfg(test)]
#[path = "others_tests.rs"]
mod tests;
