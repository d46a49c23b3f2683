//! The phone's rooms under one roof: who gets which command and report, and the snapshot of them all.

use crate::command::{Command, Reply};
use crate::devices::Devices;
use crate::events::EventHub;
use crate::handle::Tiles;
use crate::happening::{Happening, Outlet};
use crate::history::History;
use crate::phone::PhoneConfig;
use crate::settings::Settings;
use crate::snapshot::{Event, Levels, RegistrationStatus, Snapshot};
use crate::socket::SocketEvent;
use ahoy_model::{DeviceChoice, DeviceState, Problem, ProblemCode};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

pub(crate) struct House {
    settings: Settings,
    history: History,
    devices: Devices,
    events: EventHub,
    told_choices: Vec<DeviceChoice>,
    _levels: watch::Sender<Levels>,
    _tiles: watch::Sender<Tiles>,
    _messages: mpsc::Sender<(u64, SocketEvent)>,
    _outlet: Outlet,
}

impl House {
    pub(crate) fn build(
        config: PhoneConfig,
        messages: mpsc::Sender<(u64, SocketEvent)>,
        outlet: Outlet,
        events: EventHub,
    ) -> (Self, watch::Receiver<Levels>, watch::Receiver<Tiles>) {
        let settings = config.settings.clamped();
        let history = History::start(config.history, outlet.clone());
        let devices = Devices::start(config.hardware, &settings, outlet.clone());
        let (levels_tx, levels) = watch::channel(Levels::default());
        let (tiles_tx, tiles) = watch::channel(Arc::new(HashMap::new()));
        let told_choices = devices.choices(&settings);
        let house = Self {
            settings,
            history,
            devices,
            events,
            told_choices,
            _levels: levels_tx,
            _tiles: tiles_tx,
            _messages: messages,
            _outlet: outlet,
        };
        (house, levels, tiles)
    }

    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    pub(crate) fn tick(&mut self, _now: Instant) {}

    pub(crate) fn socket(&mut self, _now: Instant, _generation: u64, _event: SocketEvent) {}

    pub(crate) fn happening(&mut self, _now: Instant, happening: Happening) {
        match happening {
            Happening::HistoryLoaded(loaded) => {
                self.history.put_loaded(loaded.recents);
                self.notice(loaded.problem);
            }
            Happening::Trouble(problem) => self.notice(Some(problem)),
            Happening::Listed(listing) => {
                self.devices.put_listing(listing, &self.settings);
                self.devices_changed();
            }
        }
    }

    pub(crate) fn command(&mut self, _now: Instant, command: Command) {
        match command {
            Command::SignIn(_, reply) | Command::SignOut(reply) => refuse(reply),
            Command::SetOnline(_, reply) | Command::SetPreview(_, reply) => refuse(reply),
            Command::RefreshContacts(reply) | Command::TestSpeaker(reply) | Command::ShutDown(reply) => refuse(reply),
            Command::Dial(_, reply) => refuse(reply),
            Command::Call(_, _, reply) => refuse(reply),
            Command::ChooseDevice(kind, id, reply) => {
                self.settings.set_device(kind, id);
                self.devices.chosen(kind, &self.settings);
                self.devices_changed();
                let _ = reply.send(Ok(()));
            }
            Command::UpdateSettings(settings, reply) => {
                self.settings = settings.clamped();
                self.devices_changed();
                let _ = reply.send(Ok(()));
            }
            Command::DeleteHistory(call, reply) => {
                let _ = reply.send(self.history.delete(call.as_ref()));
            }
            Command::MarkMissedSeen(reply) => {
                self.history.mark_seen();
                let _ = reply.send(Ok(()));
            }
        }
    }

    fn devices_changed(&mut self) {
        let choices = self.devices.choices(&self.settings);
        for choice in &choices {
            if !self.told_choices.contains(choice) && choice.state != DeviceState::Opening {
                self.events.send(Event::DeviceChanged { kind: choice.kind, choice: choice.clone() });
            }
        }
        self.told_choices = choices;
    }

    fn notice(&self, problem: Option<Problem>) {
        if let Some(problem) = problem {
            self.events.send(Event::Notice(problem));
        }
    }

    pub(crate) fn begin_closing(&mut self, _now: Instant) {}

    pub(crate) async fn close(self) {
        self.history.close().await;
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let recents = self.history.recents();
        Snapshot {
            revision: 0,
            registration: RegistrationStatus::SignedOut,
            registration_problem: None,
            space: None,
            own_name: None,
            own_addresses: Vec::new(),
            calls: Vec::new(),
            active_call: None,
            history: recents.calls.clone(),
            missed: recents.unseen_missed,
            contacts: Vec::new(),
            devices: self.devices.view(&self.settings),
            camera_running: false,
            settings: self.settings.clone(),
        }
    }
}

fn refuse<T>(reply: Reply<T>) {
    let _ = reply.send(Err(Problem::new(ProblemCode::NotSignedIn)));
}
