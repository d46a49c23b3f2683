//! The Calling API: `POST /api/calling/calls`.

use super::errors::{Rejection, json};
use super::identity::ProjectServer;
use crate::calling::{Desk, Impossible, Order, OrderError, Placement, PlayControl, StatusEvents, What};
use crate::core::Core;
use crate::party::{Party, Reach};
use crate::play::{Playable, Playlist, VOLUMES};
use crate::store::AddressRecord;
use crate::swml::Document;
use ahoy_model::{CallId, Channel, DialTarget, HangupCause};
use ahoy_wire::calling::{
    CallObject, CallingRequest, DialParams, EndParams, PlayControlParams, PlayItem, PlayParams,
    TransferParams, UpdateParams, UserEventParams,
};
use ahoy_wire::rest;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde_json::{Value, json as value};
use std::sync::Arc;
use std::time::Duration;
use url::Url;
use uuid::Uuid;

const STATES: [&str; 4] = ["created", "ringing", "answered", "ended"];
/// Longest name, characters.
const NAME: usize = 255;
const DAY_S: u32 = 24 * 3_600;

type Answer = Result<CallObject, Rejection>;

fn wrong(attribute: &str, message: impl Into<String>) -> Rejection {
    Rejection::Refused { attribute: attribute.to_owned(), code: "invalid", message: message.into() }
}

fn missing(attribute: &str) -> Rejection {
    let code = "missing_required_parameter";
    Rejection::Refused { attribute: attribute.to_owned(), code, message: format!("{attribute} is missing") }
}

pub async fn command(
    State(core): State<Arc<Core>>,
    _server: ProjectServer,
    body: String,
) -> Result<Response, Rejection> {
    let request: CallingRequest =
        rest::parse(&body).map_err(|error| wrong("command", format!("the body cannot be used: {error}")))?;
    let CallingRequest { command, id, params } = request;
    let params = params.unwrap_or_default();
    let call = Call { core: &core, id };
    let object = match command.as_str() {
        "dial" => dial(&core, read(params)?).await,
        "update" => call.update(read(params)?).await,
        "calling.end" | "calling.disconnect" => call.end(&read(params)?).await,
        "calling.transfer" => call.transfer(&read(params)?).await,
        "calling.play" => call.play(read(params)?).await,
        "calling.play.pause" => call.control(read(params)?, |_| Ok(PlayControl::Pause)).await,
        "calling.play.resume" => call.control(read(params)?, |_| Ok(PlayControl::Resume)).await,
        "calling.play.stop" => call.control(read(params)?, |_| Ok(PlayControl::Stop)).await,
        "calling.play.volume" => {
            let volume = |volume: Option<f64>| volume.map(PlayControl::Volume).ok_or(missing("volume"));
            call.control(read(params)?, volume).await
        }
        "calling.user_event" => call.user_event(read(params)?).await,
        other => {
            let shown: String = other.chars().take(40).collect();
            Err(wrong("command", format!("the command {shown} is not supported")))
        }
    }?;
    Ok(json(StatusCode::OK, &object))
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Rejection> {
    rest::part(params).map_err(|error| wrong("params", format!("the parameters cannot be used: {error}")))
}

async fn dial(core: &Arc<Core>, params: DialParams) -> Answer {
    let (to, address) = callee(core, &params.to).await?;
    let party = caller(core, &params).await?;
    let seconds = |name: &str, value: Option<u32>, most: u32, otherwise: Duration| match value {
        None => Ok(otherwise),
        Some(value) if (1..=most).contains(&value) => Ok(Duration::from_secs(value.into())),
        Some(_) => Err(wrong(name, format!("{name} must be from 1 to {most} seconds"))),
    };
    let ring = seconds("timeout", params.timeout, 600, core.config.ring_timeout)?;
    let max_duration = seconds("max_duration", params.max_duration, DAY_S, Duration::from_secs(4 * 3_600))?;
    let status = status(&core.desk, &params)?;
    let told = value!({ "call": { "from": party.uri, "to": to.to_string(), "direction": "outbound" } });
    let asked = Asked { swml: params.swml, url: params.url, method: params.url_method };
    let (document, url) = match asked.document(&core.desk, &told).await {
        Ok(found) => found,
        Err(error) => match params.fallback_url {
            Some(fallback) => {
                Asked { swml: None, url: Some(fallback), method: None }.document(&core.desk, &told).await?
            }
            None => return Err(error),
        },
    };
    if core.calls.len() >= core.config.limits.calls_at_once
        || core.desk.count() >= core.config.limits.calls_at_once
    {
        return Err(Rejection::Later);
    }
    let pictures = match to.channel() {
        Some(channel) => channel == Channel::Video,
        None => document.may_have_pictures(),
    };
    tracing::info!(callee = address.id, "a call is placed for the project's server");
    let tag = params.tag.filter(|tag| tag.len() <= NAME);
    let to = to.to_string();
    Ok(core
        .desk
        .place(core, Placement { party, to, document, url, ring, max_duration, status, tag, pictures }))
}

/// Who is rung: a name, or an address of this space.
async fn callee(core: &Core, to: &str) -> Result<(DialTarget, AddressRecord), Rejection> {
    let unusable = || wrong("to", "to must be an address of this space, such as /private/bob");
    let target = DialTarget::parse(to).map_err(|_| unusable())?;
    let path = target.path().to_owned();
    let (context, name) =
        path.strip_prefix('/').and_then(|path| path.split_once('/')).ok_or_else(unusable)?;
    let found = core.store.address_at(context, name).await?;
    let address = found.filter(|address| address.subscriber_id.is_some());
    let address = address.ok_or_else(|| wrong("to", "nobody in this space has that address"))?;
    Ok((target, address))
}

/// As whom the call is placed: a subscriber's address has its subscriber's name, anything else is shown as it is.
async fn caller(core: &Core, params: &DialParams) -> Result<Party, Rejection> {
    let fits = |text: &str| !text.trim().is_empty() && text.chars().count() <= NAME;
    if !fits(&params.from) {
        return Err(wrong("from", "from must have 1 to 255 letters"));
    }
    if params.caller_id.as_deref().is_some_and(|name| !fits(name)) {
        return Err(wrong("caller_id", "caller_id must have 1 to 255 letters"));
    }
    let path = params.from.split('?').next().unwrap_or_default();
    let known = match path.strip_prefix('/').and_then(|path| path.split_once('/')) {
        Some((context, name)) => core.store.address_at(context, name).await?,
        None => None,
    };
    let name =
        params.caller_id.clone().or_else(|| known.as_ref().map(|address| address.display_name.clone()));
    Ok(Party {
        subscriber_id: known
            .as_ref()
            .and_then(|address| address.subscriber_id.clone())
            .unwrap_or_else(|| Uuid::new_v4().to_string()),
        name: name.unwrap_or_else(|| params.from.clone()),
        uri: params.from.clone(),
        address_id: known.map(|address| address.id).unwrap_or_default(),
        reach: Reach::Everything,
    })
}

fn status(desk: &Desk, params: &DialParams) -> Result<Option<StatusEvents>, Rejection> {
    let states = params.status_events.clone().unwrap_or_else(|| vec!["ended".to_owned()]);
    if let Some(other) = states.iter().find(|state| !STATES.contains(&state.as_str())) {
        let shown: String = other.chars().take(40).collect();
        return Err(wrong(
            "status_events",
            format!("{shown} is none of created, ringing, answered and ended"),
        ));
    }
    let Some(url) = &params.status_url else { return Ok(None) };
    let url = address(desk, "status_url", url)?;
    Ok(Some(StatusEvents { url, states }))
}

fn address(desk: &Desk, attribute: &str, url: &str) -> Result<Url, Rejection> {
    desk.fetcher.check(url).map_err(|error| wrong(attribute, format!("{attribute} {error}")))
}

/// A document, or where it is.
struct Asked {
    swml: Option<Value>,
    url: Option<String>,
    method: Option<String>,
}

impl Asked {
    /// `told`: what the other server learns.
    async fn document(self, desk: &Desk, told: &Value) -> Result<(Arc<Document>, Option<Url>), Rejection> {
        match (self.swml, self.url) {
            (Some(_), Some(_)) => Err(wrong("swml", "swml and url cannot be given together")),
            (None, None) => Err(missing("swml")),
            (Some(swml), None) => {
                let document = Document::read(&swml).map_err(|problem| wrong("swml", problem.to_string()))?;
                desk.check(&document).map_err(|problem| wrong("swml", problem.to_string()))?;
                Ok((Arc::new(document), None))
            }
            (None, Some(url)) => {
                let body = match self.method.as_deref().map(str::to_ascii_uppercase).as_deref() {
                    None | Some("POST") => Some(told.to_string()),
                    Some("GET") => None,
                    Some(_) => return Err(wrong("url_method", "url_method must be GET or POST")),
                };
                let url = address(desk, "url", &url)?;
                let fetched = desk.fetch(&url, body).await;
                let document = fetched.map_err(|error| match error {
                    Impossible::Fetch(error) => wrong("url", format!("url {error}")),
                    Impossible::Problem(problem) => wrong("url", problem.to_string()),
                })?;
                Ok((document, Some(url)))
            }
        }
    }
}

/// A running call, as a command names it.
struct Call<'a> {
    core: &'a Arc<Core>,
    id: Option<CallId>,
}

impl Call<'_> {
    async fn order(&self, what: What) -> Answer {
        let id = self.id.as_ref().ok_or_else(|| missing("id"))?;
        let done = self.core.desk.order(id, |reply| Order { what, reply }).await;
        done.map_err(|error| match error {
            OrderError::NoCall => Rejection::NotFound,
            OrderError::NotAnswered | OrderError::Connected => wrong("id", error.to_string()),
            OrderError::NothingPlays => wrong("control_id", format!("control_id {error}")),
            OrderError::NoSection => wrong("dest", format!("dest {error}")),
            OrderError::Volume => wrong("volume", format!("volume {error}")),
        })
    }

    async fn end(&self, params: &EndParams) -> Answer {
        let cause = match params.reason.as_deref() {
            None | Some("hangup") => HangupCause::NormalClearing,
            Some("cancel") => HangupCause::OriginatorCancel,
            Some("busy") => HangupCause::UserBusy,
            Some("noAnswer") => HangupCause::NoAnswer,
            Some("decline") => HangupCause::CallRejected,
            Some("error") => HangupCause::NormalTemporaryFailure,
            Some(_) => {
                return Err(wrong(
                    "reason",
                    "reason must be hangup, cancel, busy, noAnswer, decline or error",
                ));
            }
        };
        self.order(What::End(cause)).await
    }

    async fn update(self, params: UpdateParams) -> Answer {
        let call = Self { id: self.id.or(params.id), ..self };
        match params.status.as_deref() {
            Some("canceled") => return call.order(What::End(HangupCause::OriginatorCancel)).await,
            Some("completed") => return call.order(What::End(HangupCause::NormalClearing)).await,
            Some(_) => return Err(wrong("status", "status must be canceled or completed")),
            None => {}
        }
        let asked = Asked { swml: params.swml, url: params.url, method: params.url_method };
        let told = value!({ "call": { "call_id": call.id } });
        let (document, _) = asked.document(&call.core.desk, &told).await?;
        call.order(What::Replace(document)).await
    }

    async fn transfer(&self, params: &TransferParams) -> Answer {
        let desk = &self.core.desk;
        let text = match &params.dest {
            Value::String(text) => text.trim(),
            _ => "",
        };
        let inline = params.dest.is_object() || text.starts_with('{') || text.contains('\n');
        if inline {
            let asked = Asked { swml: Some(params.dest.clone()), url: None, method: None };
            let (document, _) = asked.document(desk, &Value::Null).await?;
            return self.order(What::Replace(document)).await;
        }
        if text.starts_with("http://") || text.starts_with("https://") {
            let asked = Asked { swml: None, url: Some(text.to_owned()), method: None };
            let (document, _) = asked.document(desk, &value!({ "call": { "call_id": self.id } })).await?;
            return self.order(What::Replace(document)).await;
        }
        if text.starts_with('/') {
            let to = DialTarget::parse(text).map_err(|_| wrong("dest", "dest is no address"))?;
            return self.order(What::Address(to)).await;
        }
        if text.is_empty() || text.contains(':') {
            return Err(wrong(
                "dest",
                "dest must be a section, a document, an http(s) address or an address of this space",
            ));
        }
        self.order(What::Section(text.to_owned())).await
    }

    async fn play(&self, params: PlayParams) -> Answer {
        let desk = &self.core.desk;
        let items = items(&params)?;
        for item in &items {
            desk.check_item(item).map_err(|error| wrong("play", error.to_string()))?;
        }
        let volume = params.volume.unwrap_or(0.0);
        if !VOLUMES.contains(&volume) {
            return Err(wrong("volume", "volume must be between -40 and 40 dB"));
        }
        let times = match params.times {
            Some(0) => None,
            times => Some(times.unwrap_or(1)),
        };
        let status_url =
            params.status_url.as_ref().map(|url| address(desk, "status_url", url)).transpose()?;
        let control_id = params.control_id.filter(|id| !id.is_empty() && id.len() <= NAME);
        let list = Playlist { items, volume, times };
        self.order(What::Play { list, control_id, status_url }).await
    }

    async fn control(
        &self,
        params: PlayControlParams,
        control: impl FnOnce(Option<f64>) -> Result<PlayControl, Rejection>,
    ) -> Answer {
        let PlayControlParams { control_id, volume } = params;
        self.order(What::Control { control_id, control: control(volume)? }).await
    }

    async fn user_event(&self, params: UserEventParams) -> Answer {
        if !params.event.is_object() {
            return Err(wrong("event", "event must be an object"));
        }
        self.order(What::UserEvent(params.event)).await
    }
}

fn items(params: &PlayParams) -> Result<Vec<Playable>, Rejection> {
    let named = |text: &String| Playable::parse(text).map_err(|error| wrong("urls", error.to_string()));
    match (&params.play, &params.url, &params.urls) {
        (Some(items), None, None) if (1..=100).contains(&items.len()) => items.iter().map(item).collect(),
        (None, Some(url), None) => Ok(vec![named(url)?]),
        (None, None, Some(urls)) if (1..=100).contains(&urls.len()) => urls.iter().map(named).collect(),
        _ => Err(wrong("play", "play must be a list of 1 to 100 things to play")),
    }
}

fn item(item: &PlayItem) -> Result<Playable, Rejection> {
    let params = item.params.clone().unwrap_or_default();
    let problem = |error: crate::play::PlayableError| wrong("play", format!("{}: {error}", item.kind));
    let time = |seconds: Option<f64>| match seconds {
        None => Ok(None),
        Some(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
        Some(_) => {
            Err(wrong("play", format!("{}: duration must be a number of seconds, up to a day", item.kind)))
        }
    };
    match item.kind.as_str() {
        "audio" => Playable::parse(params.url.as_deref().unwrap_or_default()).map_err(problem),
        "silence" => Ok(Playable::Silence(time(params.duration)?.ok_or_else(|| missing("duration"))?)),
        "ringtone" => Playable::ring(params.name.as_deref().unwrap_or_default(), time(params.duration)?)
            .map_err(problem),
        "tts" => Playable::say(params.text.as_deref().unwrap_or_default()).map_err(problem),
        _ => Err(wrong("play", "type must be audio, silence, ringtone or tts")),
    }
}
