//! The phone's rooms under one roof: who gets which command and report. What follows from it is settled in `settle.rs`.

use crate::account::SpaceAccount;
use crate::addresses::Addresses;
use crate::call::{Errand, LiveCall, Room};
use crate::calls::Calls;
use crate::camera::{CameraRoom, CameraTurn};
use crate::chat::Chat;
use crate::clock::unix_millis;
use crate::command::{CallCommand, Command, Reply};
use crate::devices::Devices;
use crate::events::EventHub;
use crate::handle::Tiles;
use crate::happening::{Happening, Outlet};
use crate::history::History;
use crate::kept::Kept;
use crate::own_rooms;
use crate::phone::{NetworkConfig, PhoneConfig};
use crate::presence::Presences;
use crate::registration::{Registration, Routed};
use crate::settings::Settings;
use crate::snapshot::{Event, Levels};
use crate::socket::SocketEvent;
use crate::sound::SoundRoom;
use crate::wire_log::RawAnswer;
use ahoy_media::tone::Tone;
use ahoy_model::{CallId, DeviceChoice, DeviceId, DeviceKind, Problem, ProblemCode, ToneRegion};
use ahoy_rtc::IceServer;
use ahoy_signaling::CallInput;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};

/// The speaker's test tone lasts so long.
const TEST_TONE: Duration = Duration::from_secs(1);
/// A ring that is tried out.
const TEST_RING: Duration = Duration::from_secs(3);

/// The user's own servers, if there are any.
fn own_servers(settings: &Settings, network: &NetworkConfig) -> Option<Vec<IceServer>> {
    let servers = network.servers(&settings.ice_servers);
    (!servers.is_empty()).then_some(servers)
}

/// A reply on its way.
pub(crate) type Answered = Box<dyn FnOnce() + Send>;

fn answered<T: Send + 'static>(reply: Reply<T>, result: Result<T, Problem>) -> Answered {
    // A reply that nobody waits for any more is no loss.
    Box::new(move || drop(reply.send(result)))
}

pub(crate) struct House {
    pub(crate) settings: Settings,
    pub(crate) network: NetworkConfig,
    pub(crate) region: ToneRegion,
    /// Servers of the user's, in place of the space's.
    pub(crate) own_servers: Option<Vec<IceServer>>,
    pub(crate) history: History,
    pub(crate) kept: Kept,
    pub(crate) devices: Devices,
    pub(crate) camera: CameraRoom,
    pub(crate) sound: SoundRoom,
    pub(crate) registration: Registration,
    pub(crate) calls: Calls,
    pub(crate) chat: Chat,
    pub(crate) presences: Presences,
    pub(crate) events: EventHub,
    pub(crate) outlet: Outlet,
    pub(crate) preview: bool,
    pub(crate) talk_key: bool,
    pub(crate) out_of_sight: bool,
    /// This computer's, once they are known.
    pub(crate) addresses: Option<Addresses>,
    /// Devices that a call goes on with although the user has chosen others.
    pub(crate) held: Vec<(DeviceKind, Option<DeviceId>)>,
    /// A tone that the user tries, and until when.
    pub(crate) testing: Option<(Instant, Tone)>,
    /// When the space was asked for nothing but an answer, and who waits for it.
    pub(crate) probe: Option<(Instant, Reply<Duration>)>,
    /// Who waits for the answer to a request made by hand.
    pub(crate) raw: Option<Reply<RawAnswer>>,
    /// When the connection was looked at last because the window came to the front.
    pub(crate) checked: Option<Instant>,
    /// What the events have told about devices.
    pub(crate) told_choices: Vec<DeviceChoice>,
}

impl House {
    pub(crate) fn build(
        config: PhoneConfig,
        messages: mpsc::Sender<(u64, SocketEvent)>,
        outlet: Outlet,
        events: EventHub,
    ) -> (Self, watch::Receiver<Levels>, watch::Receiver<Tiles>) {
        let settings = config.settings.clamped();
        let devices = Devices::start(config.hardware.clone(), &settings, outlet.clone());
        crate::addresses::follow(config.addresses, outlet.clone());
        let camera = CameraRoom::new(config.hardware.clone(), outlet.clone());
        let (sound, levels) = SoundRoom::new(config.hardware, outlet.clone());
        let (calls, tiles) = Calls::new(camera.reader());
        let told_choices = devices.choices(&settings);
        let mut house = Self {
            history: History::start(config.history, outlet.clone()),
            kept: Kept::start(config.keeper, config.kept, outlet.clone()),
            registration: Registration::new(outlet.clone(), messages, config.keys),
            own_servers: own_servers(&settings, &config.network),
            settings,
            network: config.network,
            region: config.region,
            devices,
            camera,
            sound,
            calls,
            chat: Chat::default(),
            presences: Presences::default(),
            events,
            outlet,
            preview: false,
            talk_key: false,
            out_of_sight: false,
            addresses: None,
            held: Vec::new(),
            testing: None,
            probe: None,
            raw: None,
            checked: None,
            told_choices,
        };
        house.registration.wire_log.switch(house.settings.advanced.wire_log);
        if let Some(account) = config.account {
            // What is wrong with it is in the snapshot.
            let _ = house.sign_in(Instant::now(), account);
        }
        (house, levels, tiles)
    }

    pub(crate) fn deadline(&self) -> Instant {
        let now = Instant::now();
        let testing = self.testing.map(|(until, _)| until);
        let all = [self.registration.deadline(), self.calls.deadline(now), self.devices.deadline(), testing];
        all.into_iter().flatten().min().unwrap_or(now + Duration::from_secs(3600))
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        let routed = self.registration.tick(now);
        self.route(now, routed);
        let due = |call: &LiveCall| call.deadline().is_some_and(|at| at <= now);
        let legs = self.calls.iter().chain(self.calls.shares().iter().map(|share| &share.leg));
        let due: Vec<CallId> = legs.filter(|call| due(call)).map(|call| call.id().clone()).collect();
        for id in due {
            self.input(now, &id, CallInput::Timer);
        }
        self.testing = self.testing.filter(|(until, _)| *until > now);
        self.devices.try_again(&self.settings, now);
        self.settle(now);
    }

    pub(crate) fn socket(&mut self, now: Instant, generation: u64, event: SocketEvent) {
        let routed = self.registration.socket_event(now, generation, event);
        self.route(now, routed);
        self.settle(now);
    }

    pub(crate) fn happening(&mut self, now: Instant, happening: Happening) {
        match happening {
            Happening::HistoryLoaded(loaded) => {
                self.history.put_loaded(loaded.recents);
                self.notice(loaded.problem);
            }
            Happening::Trouble(problem) => self.notice(Some(problem)),
            Happening::Addresses(addresses) => self.addresses_are(now, addresses),
            Happening::Listed(listing) => {
                for (kind, device) in self.devices.put_listing(listing, &self.settings) {
                    self.device_replugged(kind, &device);
                }
                self.devices.system_sound = self.camera.hardware().system_sound().is_some();
            }
            Happening::Account(epoch, news) => {
                let routed = self.registration.news(now, epoch, news);
                self.route(now, routed);
            }
            Happening::Camera(generation, news) => match self.camera.news(generation, news) {
                Some(CameraTurn::Lost(id, error)) => self.device_lost(DeviceKind::Camera, &id, &error),
                Some(CameraTurn::TooMuch(what)) => self.picture_too_much(what),
                Some(CameraTurn::Refused(camera, controls)) => self.control_refused(&camera, &controls),
                Some(CameraTurn::Reduced(format)) => {
                    let words = format!("{} × {}, {} fps", format.width, format.height, format.fps);
                    self.notice(Some(Problem::new(ProblemCode::CameraReduced).about(words)));
                }
                None => {}
            },
            Happening::Sound(news) => {
                if let Some((kind, id, error)) = self.sound.news(news) {
                    self.device_lost(kind, &id, &error);
                }
            }
            Happening::ScreenEnded(leg, error) => self.screen_ended(now, &leg, &error),
            Happening::Peer(call, number, news) => {
                let errands = self.with_call(&call, |call, room| call.peer_news(now, number, news, room));
                self.run(now, errands.unwrap_or_default());
            }
        }
        self.settle(now);
    }

    /// Carries a command out. What it returns replies to who asked, and is called once the snapshot is out, so that
    /// who asked finds there what came of it.
    pub(crate) fn command(&mut self, now: Instant, command: Command) -> Answered {
        let answered = match command {
            Command::SignIn(account, reply) => answered(reply, self.sign_in(now, *account)),
            Command::SignOut(reply) => {
                self.sign_out(now);
                answered(reply, Ok(()))
            }
            Command::SetOnline(online, reply) => {
                let routed = self.registration.set_online(now, online);
                self.route(now, routed);
                answered(reply, Ok(()))
            }
            Command::RefreshContacts(reply) => {
                self.registration.read_directory();
                answered(reply, Ok(()))
            }
            Command::Dial(request, reply) => answered(reply, self.dial(now, request)),
            Command::EndAndAnswer(id, video, reply) => answered(reply, self.end_and_answer(now, &id, video)),
            Command::Call(id, command, reply) => answered(reply, self.call_command(now, &id, command)),
            Command::ChooseDevice(kind, id, reply) => {
                if let Some((id, name)) = id.as_ref().and_then(|id| Some((id, self.devices.name(id)?))) {
                    self.settings.remember_device(id, name);
                }
                self.hold_device(kind);
                self.settings.set_device(kind, id);
                self.devices.chosen(kind, &self.settings);
                answered(reply, Ok(()))
            }
            Command::ListScreens(reply) => crate::share::list(self.camera.hardware(), reply),
            Command::HoldTalkKey(held, reply) => {
                self.talk_key = held;
                answered(reply, Ok(()))
            }
            Command::SetOutOfSight(hidden, reply) => {
                self.seen(now, hidden);
                answered(reply, Ok(()))
            }
            Command::WireLog(reply) => answered(reply, Ok(self.registration.wire_log.lines())),
            Command::AskRaw(method, params, reply) => {
                self.ask_raw(now, method, &params, reply);
                Box::new(|| ())
            }
            Command::SetVolume(id, volume, reply) => {
                let address = self.calls.get(&id).map(|call| call.address().to_owned());
                let known = address.map(|address| self.settings.set_volume_of(&address, volume));
                answered(reply, known.ok_or(Problem::new(ProblemCode::CallUnknown)))
            }
            Command::Ground(reply) => answered(reply, Ok(self.ground())),
            Command::Probe(reply) => {
                self.probe(now, reply);
                Box::new(|| ())
            }
            Command::SetPreview(on, reply) => {
                self.preview = on;
                answered(reply, Ok(()))
            }
            Command::SetCameraControl(id, value, reply) => {
                answered(reply, self.set_camera_control(&id, value))
            }
            Command::ResetCameraControls(reply) => answered(reply, self.reset_camera_controls()),
            Command::TestSpeaker(reply) => {
                self.testing = Some((now + TEST_TONE, Tone::Sine(440)));
                answered(reply, Ok(()))
            }
            Command::TestRing(tone, reply) => {
                self.testing = Some((now + TEST_RING, Tone::Ring(tone)));
                answered(reply, Ok(()))
            }
            Command::UpdateSettings(settings, reply) => {
                self.update_settings(*settings);
                answered(reply, Ok(()))
            }
            Command::KeepIceCredential(url, secret, reply) => {
                match secret {
                    Some(secret) => drop(self.network.ice_credentials.insert(url, secret)),
                    None => drop(self.network.ice_credentials.remove(&url)),
                }
                self.own_servers = own_servers(&self.settings, &self.network);
                answered(reply, Ok(()))
            }
            Command::Chat(command, reply) => {
                self.chat_command(command, reply);
                Box::new(|| ())
            }
            Command::ListRooms(reply) => own_rooms::list(self.registration.rest(), reply),
            Command::SaveRoom(room, reply) => own_rooms::save(self.registration.rest(), *room, reply),
            Command::DeleteRoom(id, reply) => own_rooms::delete(self.registration.rest(), id, reply),
            Command::DeleteHistory(call, reply) => answered(reply, self.history.delete(call.as_ref())),
            Command::MarkMissedSeen(reply) => {
                self.history.mark_seen();
                answered(reply, Ok(()))
            }
            // The conductor's own.
            Command::ShutDown(reply) => answered(reply, Ok(())),
        };
        self.settle(now);
        answered
    }

    fn sign_in(&mut self, now: Instant, account: SpaceAccount) -> Result<(), Problem> {
        if self.registration.url().is_some() {
            self.sign_out(now);
        }
        let advanced = &self.settings.advanced;
        let protocol = self.kept.protocol(&account.url, advanced.reattach_ms());
        self.registration.sign_in(account, protocol, advanced)
    }

    pub(crate) fn sign_out(&mut self, now: Instant) {
        let living: Vec<CallId> = self.calls.iter().map(|call| call.id().clone()).collect();
        for id in living {
            let _ = self.call_command(now, &id, CallCommand::HangUp);
        }
        self.kept.clear();
        self.chat.forget();
        self.presences.forget();
        let routed = self.registration.sign_out(now);
        self.route(now, routed);
    }

    fn update_settings(&mut self, settings: Settings) {
        let old = std::mem::replace(&mut self.settings, settings.clamped());
        self.registration.wire_log.switch(self.settings.advanced.wire_log);
        self.own_servers = own_servers(&self.settings, &self.network);
        self.devices.look_as(&self.settings);
        for kind in DeviceKind::ALL {
            if old.device(kind) != self.settings.device(kind) {
                self.devices.chosen(kind, &self.settings);
            }
        }
    }

    pub(crate) fn call_command(
        &mut self,
        now: Instant,
        id: &CallId,
        command: CallCommand,
    ) -> Result<(), Problem> {
        match command {
            CallCommand::Dismiss => return self.calls.dismiss(id),
            CallCommand::ShareScreen { source, sound } => {
                return self.share_screen(now, id, source, sound);
            }
            CallCommand::StopSharing => return self.stop_sharing(now, id),
            CallCommand::Unite { merge } => return self.unite(now, id, merge),
            CallCommand::MakeActive => {
                let call = self.calls.get(id).ok_or(Problem::new(ProblemCode::CallUnknown))?;
                let status = call.status();
                if !status.is_answered() {
                    return Err(Problem::new(ProblemCode::CallNotPossible));
                }
                if status.can_resume() {
                    return self.call_command(now, id, CallCommand::Resume);
                }
                self.calls.set_active(id);
                return Ok(());
            }
            _ => {}
        }
        let takes_over = matches!(command, CallCommand::Answer { .. } | CallCommand::Resume);
        let wished = self.with_call(id, |call, room| call.wish(now, command, room));
        let errands = wished.ok_or(Problem::new(ProblemCode::CallUnknown))??;
        if takes_over {
            self.calls.set_active(id);
        }
        self.run(now, errands);
        Ok(())
    }

    /// What calls find around them.
    pub(crate) fn room(&mut self) -> Room<'_> {
        Room {
            sound: self.sound.engine(),
            camera: self.camera.reader(),
            outlet: self.outlet.clone(),
            ice_servers: self.own_servers.as_deref().unwrap_or(self.registration.ice_servers()),
            network: &self.network,
            settings: &self.settings,
            talk_key: self.settings.push_to_talk.then_some(self.talk_key),
            picture_rests: self.settings.advanced.camera_off_hidden && self.out_of_sight,
        }
    }

    /// Does something with a call and what is around it.
    pub(crate) fn with_call<T>(
        &mut self,
        id: &CallId,
        act: impl FnOnce(&mut LiveCall, &Room) -> T,
    ) -> Option<T> {
        self.with_calls(|calls, room| calls.find(id).map(|call| act(call, room)))
    }

    pub(crate) fn with_calls<T>(&mut self, act: impl FnOnce(&mut Calls, &Room) -> T) -> T {
        let room = Room {
            sound: self.sound.engine(),
            camera: self.camera.reader(),
            outlet: self.outlet.clone(),
            ice_servers: self.own_servers.as_deref().unwrap_or(self.registration.ice_servers()),
            network: &self.network,
            settings: &self.settings,
            talk_key: self.settings.push_to_talk.then_some(self.talk_key),
            picture_rests: self.settings.advanced.camera_off_hidden && self.out_of_sight,
        };
        act(&mut self.calls, &room)
    }

    pub(crate) fn input(&mut self, now: Instant, id: &CallId, input: CallInput) {
        let errands = self.with_call(id, |call, room| call.handle(now, input, room));
        self.run(now, errands.unwrap_or_default());
    }

    /// Does what calls want.
    pub(crate) fn run(&mut self, now: Instant, errands: Vec<Errand>) {
        let mut replies = Vec::new();
        for errand in errands {
            match errand {
                Errand::Request(asker, request) => {
                    replies.append(&mut self.registration.request(now, asker, *request));
                }
                Errand::Tell(event) => {
                    if let Event::CallEnded(id) = &event {
                        self.remember(id);
                    }
                    self.events.send(event);
                }
            }
        }
        if !replies.is_empty() {
            self.route(now, replies);
        }
    }

    fn remember(&mut self, id: &CallId) {
        let call = self.calls.get(id).filter(|call| !call.is_check());
        let done = call.and_then(|call| call.completed(unix_millis()));
        if let Some(done) = done {
            self.history.add(done);
        }
    }

    pub(crate) fn notice(&mut self, problem: Option<Problem>) {
        if let Some(problem) = problem {
            self.events.send(Event::Notice(problem));
        }
    }

    /// Ends all calls and leaves the space.
    pub(crate) fn begin_closing(&mut self, now: Instant) {
        self.preview = false;
        self.testing = None;
        self.sign_out(now);
        self.settle(now);
    }

    /// Waits, within limits, until everything is closed and written.
    pub(crate) async fn close(self) {
        let patience = Duration::from_millis(1500);
        let Self { history, kept, registration, calls, sound, camera, .. } = self;
        drop(camera);
        tokio::join!(registration.close(patience), calls.close(patience));
        sound.close().await;
        history.close().await;
        kept.close().await;
    }

    /// What the session has for the house.
    pub(crate) fn route(&mut self, now: Instant, routed: Vec<Routed>) {
        for item in routed {
            crate::routing::route(self, now, item);
        }
    }
}
