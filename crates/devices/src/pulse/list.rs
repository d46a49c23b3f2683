//! The server's microphones and speakers.

use super::{Connection, from_pulse};
use crate::names::{Sighting, name_all};
use ahoy_media::DeviceError;
use ahoy_model::{DeviceId, DeviceInfo, DeviceKind};
use pulseaudio::protocol::{
    Command, GetSinkInfo, GetSourceInfo, ProtocolError, ServerInfo, SinkInfo, SinkInfoList, SourceInfo,
    SourceInfoList,
};
use std::ffi::{CStr, CString};
use std::time::{Duration, Instant};

const PREFIX: &str = "pulseaudio:";

/// A server that let us wait this long in vain is left alone for a while, and each time for longer.
const PATIENCE: Duration = Duration::from_millis(500);
const SHORTEST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(8);

/// Lists devices again and again; keeps the connection between two looks.
#[derive(Default)]
pub struct PulseList {
    connection: Option<Connection>,
    rest_until: Option<Instant>,
    rest: Duration,
    /// The server has answered, and has not gone since.
    is_there: bool,
}

impl PulseList {
    /// Microphones, then speakers. `None` when there is no server.
    ///
    /// # Errors
    /// The server failed; the next look connects afresh. `Hung`: it is there and does not answer, which tells nothing about its
    /// devices.
    pub fn look(&mut self) -> Result<Option<Vec<DeviceInfo>>, DeviceError> {
        let kept = self.connection.take();
        let Some(mut connection) = kept.or_else(|| self.connect()) else {
            return if self.is_there { Err(DeviceError::Hung) } else { Ok(None) };
        };
        let all = list(&mut connection).map_err(|error| from_pulse(&error))?;
        self.connection = Some(connection);
        self.is_there = true;
        Ok(Some(all))
    }

    fn connect(&mut self) -> Option<Connection> {
        if self.rest_until.is_some_and(|end| Instant::now() < end) {
            return None;
        }
        let started = Instant::now();
        match Connection::open() {
            Ok(connection) => {
                self.rest = Duration::ZERO;
                Some(connection)
            }
            Err(error) => {
                tracing::trace!(%error, "no sound server");
                if from_pulse(&error) != DeviceError::Hung {
                    self.is_there = false;
                }
                if started.elapsed() > PATIENCE {
                    self.rest = (self.rest * 2).clamp(SHORTEST_REST, LONGEST_REST);
                    self.rest_until = Some(Instant::now() + self.rest);
                }
                None
            }
        }
    }
}

/// The server's own name of a device of this id, if it is the server's.
pub fn name_of(id: &DeviceId) -> Option<&str> {
    id.as_str().strip_prefix(PREFIX)
}

/// Whether the server has it now.
///
/// # Errors
/// `Absent`, or what the server says.
pub fn exists(name: &str, kind: DeviceKind) -> Result<(), DeviceError> {
    let found = Connection::open().and_then(|mut connection| match kind {
        DeviceKind::Speaker => sink(&mut connection, name).map(drop),
        _ => source(&mut connection, name).map(drop),
    });
    found.map_err(|error| from_pulse(&error))
}

/// A speaker by its name.
pub fn sink(connection: &mut Connection, name: &str) -> Result<SinkInfo, ProtocolError> {
    connection.ask(&Command::GetSinkInfo(GetSinkInfo { index: None, name: Some(written(name)?) }))
}

/// A microphone by its name.
pub fn source(connection: &mut Connection, name: &str) -> Result<SourceInfo, ProtocolError> {
    connection.ask(&Command::GetSourceInfo(GetSourceInfo { index: None, name: Some(written(name)?) }))
}

fn written(name: &str) -> Result<CString, ProtocolError> {
    CString::new(name).map_err(|error| ProtocolError::Invalid(error.to_string()))
}

fn list(connection: &mut Connection) -> Result<Vec<DeviceInfo>, ProtocolError> {
    let server: ServerInfo = connection.ask(&Command::GetServerInfo)?;
    let sources: SourceInfoList = connection.ask(&Command::GetSourceInfoList)?;
    let sinks: SinkInfoList = connection.ask(&Command::GetSinkInfoList)?;
    // A speaker's own sound is offered as if it were a microphone. It can be opened, but nobody should talk into it by
    // mistake.
    let microphones = sources.iter().filter(|source| source.monitor_of_sink_index.is_none()).map(|source| {
        let default = server.default_source_name.as_deref();
        seen(source.index, &source.name, source.description.as_deref(), default)
    });
    let speakers = sinks.iter().map(|sink| {
        let default = server.default_sink_name.as_deref();
        seen(sink.index, &sink.name, sink.description.as_deref(), default)
    });
    let mut all = named(DeviceKind::Microphone, microphones.collect());
    all.extend(named(DeviceKind::Speaker, speakers.collect()));
    Ok(all)
}

/// The server never gives an index to a second device.
fn seen(index: u32, name: &CStr, description: Option<&CStr>, default: Option<&CStr>) -> Sighting {
    Sighting {
        system_id: Some(format!("{PREFIX}{}", name.to_string_lossy())),
        product: None,
        name: description.unwrap_or(name).to_string_lossy().into_owned(),
        is_default: default == Some(name),
        plugged: index.into(),
    }
}

fn named(kind: DeviceKind, mut sightings: Vec<Sighting>) -> Vec<DeviceInfo> {
    // The server's order is that of plugging in, by which twins would take each other's number.
    sightings.sort_by(|one, other| one.system_id.cmp(&other.system_id));
    let mut infos = name_all(kind, sightings);
    if !infos.iter().any(|info| info.is_default)
        && let Some(first) = infos.first_mut()
    {
        first.is_default = true;
    }
    infos
}
