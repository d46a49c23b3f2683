//! The steps that are known.

use super::document::{Budget, Problem, Section};
use super::fields::{Fields, below, text};
use crate::play::{Playable, Playlist, VOLUMES};
use ahoy_model::{DialTarget, HangupCause};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// Longest run of digits, longest label, things to play in one step, people to be connected with at one time.
const DIGITS: usize = 64;
const LABEL: usize = 64;
const ITEMS: usize = 100;
const TARGETS: usize = 16;
const DAY_S: u32 = 24 * 3_600;
const DAY_MS: u32 = DAY_S * 1_000;
/// A `goto` without `max` jumps so often.
const JUMPS: u32 = 100;
/// What SignalWire rings when nobody says how long.
const RING: Duration = Duration::from_secs(60);

/// One step and its place in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub verb: Verb,
    pub at: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    Answer { max_duration: Option<Duration> },
    Play(Play),
    Connect(Connect),
    JoinRoom(DialTarget),
    Sleep(Duration),
    Hangup(HangupReason),
    Transfer(Destination),
    Execute(Destination),
    Return,
    Goto { label: String, max: u32 },
    Label(String),
    SendDigits(String),
    UserEvent(Value),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Play {
    pub list: Playlist,
    pub status_url: Option<Url>,
}

/// Where a script goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Destination {
    Section(String),
    Url(Url),
}

/// Somebody to be connected with.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    pub to: DialTarget,
    pub timeout: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Connect {
    /// Rung one after the other; those of one list at one time.
    pub waves: Vec<Vec<Target>>,
    /// Shown to who is rung, instead of the one who is in the call.
    pub from: Option<String>,
    /// Answer the call only when somebody answered.
    pub answer_on_bridge: bool,
    pub max_duration: Option<Duration>,
    /// Heard while it rings.
    pub ringback: Option<Playlist>,
    /// What happens afterwards, when they talked and when nobody answered.
    pub connected: Option<Section>,
    pub failed: Option<Section>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HangupReason {
    Hangup,
    Busy,
    Decline,
}

impl HangupReason {
    pub fn cause(self) -> HangupCause {
        match self {
            Self::Hangup => HangupCause::NormalClearing,
            Self::Busy => HangupCause::UserBusy,
            Self::Decline => HangupCause::CallRejected,
        }
    }
}

impl Verb {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Answer { .. } => "answer",
            Self::Play(_) => "play",
            Self::Connect(_) => "connect",
            Self::JoinRoom(_) => "join_room",
            Self::Sleep(_) => "sleep",
            Self::Hangup(_) => "hangup",
            Self::Transfer(_) => "transfer",
            Self::Execute(_) => "execute",
            Self::Return => "return",
            Self::Goto { .. } => "goto",
            Self::Label(_) => "label",
            Self::SendDigits(_) => "send_digits",
            Self::UserEvent(_) => "user_event",
        }
    }

    /// Steps inside this one.
    pub fn branches(&self) -> impl Iterator<Item = &[Step]> {
        let connect = match self {
            Self::Connect(connect) => Some(connect),
            _ => None,
        };
        let both = connect.map(|connect| [connect.connected.as_deref(), connect.failed.as_deref()]);
        both.into_iter().flatten().flatten()
    }

    /// The section that it jumps to.
    pub fn section(&self) -> Option<&str> {
        match self {
            Self::Transfer(Destination::Section(name)) | Self::Execute(Destination::Section(name)) => {
                Some(name)
            }
            _ => None,
        }
    }

    pub fn may_have_pictures(&self) -> bool {
        match self {
            Self::Play(play) => play.list.items.iter().any(Playable::may_have_pictures),
            Self::Connect(_) | Self::JoinRoom(_) => true,
            Self::Transfer(Destination::Url(_)) | Self::Execute(Destination::Url(_)) => true,
            _ => false,
        }
    }
}

/// A list of steps.
pub fn steps(value: &Value, at: &str, budget: &mut Budget) -> Result<Section, Problem> {
    let Value::Array(items) = value else {
        return Err(Problem::new(at, "must be a list of steps".into()));
    };
    let read = items.iter().enumerate().map(|(n, item)| step(item, &format!("{at}/{n}"), budget));
    let steps: Vec<Step> = read.collect::<Result<_, _>>()?;
    for step in &steps {
        let Verb::Goto { label, .. } = &step.verb else { continue };
        if !steps.iter().any(|other| matches!(&other.verb, Verb::Label(name) if name == label)) {
            return Err(Problem::new(&step.at, format!("goto: there is no label {label} in this list")));
        }
    }
    Ok(steps.into())
}

fn step(value: &Value, at: &str, budget: &mut Budget) -> Result<Step, Problem> {
    budget.step(at)?;
    let empty = Value::Object(serde_json::Map::new());
    let (name, parameters) = match value {
        Value::String(name) => (name.as_str(), &empty),
        Value::Object(fields) => {
            let mut entries = fields.iter();
            match (entries.next(), entries.next()) {
                (Some((name, parameters)), None) => {
                    (name.as_str(), if parameters.is_null() { &empty } else { parameters })
                }
                _ => return Err(Problem::new(at, "a step must have exactly one verb".into())),
            }
        }
        _ => return Err(Problem::new(at, "a step must be a verb or an object with one".into())),
    };
    let place = below(at, name);
    let verb = verb(name, parameters, &place, budget)?;
    Ok(Step { verb, at: place })
}

fn verb(name: &str, value: &Value, at: &str, budget: &mut Budget) -> Result<Verb, Problem> {
    let here = at.to_owned();
    match name {
        "answer" => {
            let fields =
                Fields::read(value, here, "answer", &["max_duration"], &["codecs", "username", "password"])?;
            Ok(Verb::Answer { max_duration: fields.seconds("max_duration", DAY_S)? })
        }
        "play" => play(value, here).map(Verb::Play),
        "connect" => connect(value, here, budget).map(Verb::Connect),
        "join_room" => {
            let fields = Fields::read(value, here, "join_room", &["name"], &[])?;
            let room = fields.needed_text("name")?;
            let target = if room.starts_with('/') { room.to_owned() } else { format!("/public/{room}") };
            let known = DialTarget::parse(&target).ok().filter(|target| target.path().starts_with('/'));
            let room = known.ok_or_else(|| fields.wrong("name", "is no name of a room"))?;
            Ok(Verb::JoinRoom(room))
        }
        "sleep" => {
            let ms = match value {
                Value::Object(_) => {
                    Fields::read(value, here, "sleep", &["duration"], &[])?.whole("duration", 0, DAY_MS)?
                }
                value => value.as_u64().and_then(|ms| u32::try_from(ms).ok()).filter(|ms| *ms <= DAY_MS),
            };
            let ms =
                ms.ok_or_else(|| Problem::new(at, format!("sleep needs a time in ms, up to {DAY_MS}")))?;
            let time = Duration::from_millis(ms.into());
            budget.sleep(at, time)?;
            Ok(Verb::Sleep(time))
        }
        "hangup" => {
            let fields = Fields::read(value, here, "hangup", &["reason"], &[])?;
            Ok(Verb::Hangup(match fields.text("reason")? {
                None | Some("hangup") => HangupReason::Hangup,
                Some("busy") => HangupReason::Busy,
                Some("decline") => HangupReason::Decline,
                Some(_) => return Err(fields.wrong("reason", "must be hangup, busy or decline")),
            }))
        }
        "transfer" => destination(value, here, "transfer").map(Verb::Transfer),
        "execute" => destination(value, here, "execute").map(Verb::Execute),
        "return" => Ok(Verb::Return),
        "label" => label(value, at, "label").map(Verb::Label),
        "goto" => {
            if value.is_string() {
                return Ok(Verb::Goto { label: label(value, at, "goto")?, max: JUMPS });
            }
            let fields = Fields::read(value, here, "goto", &["label", "max"], &[])?;
            let name = fields.get("label").ok_or_else(|| fields.wrong("label", "is missing"))?;
            let max = fields.whole("max", 1, JUMPS)?.unwrap_or(JUMPS);
            Ok(Verb::Goto { label: label(name, &below(at, "label"), "goto")?, max })
        }
        "send_digits" => {
            let fields = Fields::read(value, here, "send_digits", &["digits"], &[])?;
            let digits = fields.needed_text("digits")?;
            let known = |c: char| c.is_ascii_digit() || "*#ABCDabcdwW".contains(c);
            if digits.is_empty() || digits.len() > DIGITS || !digits.chars().all(known) {
                return Err(fields.wrong("digits", "must be up to 64 of 0-9, *, #, A-D and w"));
            }
            Ok(Verb::SendDigits(digits.to_owned()))
        }
        "user_event" => {
            let fields = Fields::read(value, here, "user_event", &["event"], &[])?;
            let event = fields.get("event").filter(|event| event.is_object());
            event.cloned().map(Verb::UserEvent).ok_or_else(|| fields.wrong("event", "must be an object"))
        }
        other => {
            let shown: String = other.chars().take(40).collect();
            Err(Problem::new(at, format!("the verb {shown} is not supported")))
        }
    }
}

fn label(value: &Value, at: &str, verb: &str) -> Result<String, Problem> {
    let name = text(value, at)?;
    if name.is_empty() || name.len() > LABEL {
        return Err(Problem::new(at, format!("{verb} needs a name of up to {LABEL} letters")));
    }
    Ok(name.to_owned())
}

fn destination(value: &Value, at: String, verb: &str) -> Result<Destination, Problem> {
    let dest = match value {
        Value::String(_) => text(value, &at)?,
        _ => Fields::read(value, at.clone(), verb, &["dest"], &["meta"])?.needed_text("dest")?,
    };
    if dest.starts_with("http://") || dest.starts_with("https://") {
        let url = Url::parse(dest).ok().filter(Url::has_host);
        return url.map(Destination::Url).ok_or_else(|| Problem::new(&at, format!("{verb}: is no address")));
    }
    if dest.is_empty() || dest.contains(['/', ':']) {
        return Err(Problem::new(&at, format!("{verb} goes to a section or to an http(s) address")));
    }
    Ok(Destination::Section(dest.to_owned()))
}

fn playables(fields: &Fields<'_>, one: &str, many: &str) -> Result<Vec<Playable>, Problem> {
    let read = |value: &Value, at: &str| {
        let named = text(value, at)?;
        Playable::parse(named).map_err(|error| Problem::new(at, error.to_string()))
    };
    match (fields.get(one), fields.get(many)) {
        (Some(value), None) => Ok(vec![read(value, &below(&fields.at, one))?]),
        (None, Some(Value::Array(values))) if (1..=ITEMS).contains(&values.len()) => {
            let at = below(&fields.at, many);
            values.iter().enumerate().map(|(n, value)| read(value, &format!("{at}/{n}"))).collect()
        }
        (None, Some(value @ Value::String(_))) => Ok(vec![read(value, &below(&fields.at, many))?]),
        (None, Some(_)) => Err(fields.wrong(many, "must be a list of 1 to 100 texts")),
        (Some(_), Some(_)) => Err(fields.wrong(many, &format!("and {one} cannot be given together"))),
        (None, None) => Err(fields.wrong(one, "is missing")),
    }
}

fn play(value: &Value, at: String) -> Result<Play, Problem> {
    let known = ["url", "urls", "volume", "loop", "status_url", "auto_answer"];
    let fields = Fields::read(value, at, "play", &known, &["say_voice", "say_language", "say_gender"])?;
    if fields.flag("auto_answer")? == Some(false) {
        return Err(fields.wrong("auto_answer", "cannot be false: nothing is played before the answer"));
    }
    let status_url = match fields.text("status_url")? {
        Some(url) => Some(Url::parse(url).map_err(|_| fields.wrong("status_url", "is no address"))?),
        None => None,
    };
    let times = match fields.whole("loop", 0, 1_000)? {
        Some(0) => None,
        times => Some(times.unwrap_or(1)),
    };
    let list = Playlist {
        items: playables(&fields, "url", "urls")?,
        volume: fields.number("volume", *VOLUMES.start(), *VOLUMES.end())?.unwrap_or(0.0),
        times,
    };
    Ok(Play { list, status_url })
}

const CONNECT: [&str; 11] = [
    "to",
    "serial",
    "parallel",
    "serial_parallel",
    "from",
    "timeout",
    "max_duration",
    "answer_on_bridge",
    "ringback",
    "result",
    "from_name",
];
const NO_MEANING: [&str; 5] = ["codecs", "headers", "webrtc_media", "session_timeout", "encryption"];

fn connect(value: &Value, at: String, budget: &mut Budget) -> Result<Connect, Problem> {
    let fields = Fields::read(value, at, "connect", &CONNECT, &NO_MEANING)?;
    let timeout = fields.seconds("timeout", 600)?.unwrap_or(RING);
    let forms = ["to", "serial", "parallel", "serial_parallel"];
    let given: Vec<(&str, &Value)> =
        forms.iter().filter_map(|name| fields.get(name).map(|value| (*name, value))).collect();
    let &[(form, who)] = given.as_slice() else {
        return Err(
            fields.wrong("to", "or serial or parallel or serial_parallel is needed, and only one of them")
        );
    };
    let place = below(&fields.at, form);
    let waves = match form {
        "to" => vec![vec![address(text(who, &place)?, &place, timeout)?]],
        "parallel" => vec![targets(who, &place, timeout)?],
        "serial" => targets(who, &place, timeout)?.into_iter().map(|target| vec![target]).collect(),
        _ => list(who, &place)?
            .iter()
            .enumerate()
            .map(|(n, wave)| targets(wave, &format!("{place}/{n}"), timeout))
            .collect::<Result<_, _>>()?,
    };
    let ringback = match fields.get("ringback") {
        Some(_) => Some(Playlist { items: playables(&fields, "", "ringback")?, volume: 0.0, times: None }),
        None => None,
    };
    let mut made = Connect {
        waves,
        from: fields.text("from")?.map(str::to_owned),
        answer_on_bridge: fields.flag("answer_on_bridge")?.unwrap_or(false),
        max_duration: fields.seconds("max_duration", DAY_S)?,
        ringback,
        connected: None,
        failed: None,
    };
    if let Some(result) = fields.get("result") {
        let place = below(&fields.at, "result");
        if result.is_array() {
            return Err(Problem::new(&place, "connect: conditions are not supported; use case".into()));
        }
        let known = ["case", "default", "variable"];
        let result = Fields::read(result, place, "connect.result", &known, &[])?;
        if result.text("variable")?.is_some_and(|name| name != "connect_result" && name != "return_value") {
            return Err(result.wrong("variable", "must be connect_result"));
        }
        let default = match result.get("default") {
            Some(branch) => Some(steps(branch, &below(&result.at, "default"), budget)?),
            None => None,
        };
        (made.connected, made.failed) = (default.clone(), default);
        if let Some(cases) = result.get("case") {
            let cases = Fields::read(
                cases,
                below(&result.at, "case"),
                "connect.result.case",
                &["connected", "failed"],
                &[],
            )?;
            for (name, branch) in [("connected", &mut made.connected), ("failed", &mut made.failed)] {
                if let Some(value) = cases.get(name) {
                    *branch = Some(steps(value, &below(&cases.at, name), budget)?);
                }
            }
        }
    }
    Ok(made)
}

fn list<'a>(value: &'a Value, at: &str) -> Result<&'a [Value], Problem> {
    let items = value.as_array().filter(|items| (1..=TARGETS).contains(&items.len()));
    let wrong = || Problem::new(at, format!("connect needs a list of 1 to {TARGETS} entries"));
    items.map(Vec::as_slice).ok_or_else(wrong)
}

fn targets(value: &Value, at: &str, timeout: Duration) -> Result<Vec<Target>, Problem> {
    let read = |(n, value): (usize, &Value)| {
        let fields = Fields::read(value, format!("{at}/{n}"), "connect", &["to", "timeout"], &NO_MEANING)?;
        let timeout = fields.seconds("timeout", 600)?.unwrap_or(timeout);
        address(fields.needed_text("to")?, &below(&fields.at, "to"), timeout)
    };
    list(value, at)?.iter().enumerate().map(read).collect()
}

fn address(to: &str, at: &str, timeout: Duration) -> Result<Target, Problem> {
    let to = DialTarget::parse(to).map_err(|_| Problem::new(at, "connect: this is no address".into()))?;
    if !to.path().starts_with('/') {
        let what = "connect: this space has no line to phone numbers and SIP endpoints";
        return Err(Problem::new(at, what.into()));
    }
    Ok(Target { to, timeout })
}
