//! After every step: who may talk, which devices run, which noise is made. All of it follows from the state of the
//! calls and the settings, so it can be done again at any time.

use crate::house::House;
use crate::snapshot::{CaptureFormat, Event, Snapshot};
use ahoy_media::hardware::DeviceError;
use ahoy_media::look::{GaveUp, Look, Turn};
use ahoy_media::tone::Tone;
use ahoy_model::{DeviceChoice, DeviceId, DeviceKind, DeviceState, Direction, Problem, ProblemCode};
use std::time::Instant;

/// A step may cause another (a refused request), but not for ever.
const ROUNDS: usize = 8;

impl House {
    pub(crate) fn settle(&mut self, now: Instant) {
        for _ in 0..ROUNDS {
            self.calls.tidy(now);
            if !self.calls.has_living() && self.calls.shares().is_empty() {
                break;
            }
            let errands = self.with_calls(|calls, room| calls.settle(now, room));
            if errands.is_empty() {
                break;
            }
            self.run(now, errands);
        }
        if !self.calls.has_living() {
            self.held.clear();
        }
        self.settle_camera();
        self.settle_sound(now);
        self.devices.plan_tries(now);
        self.tell_devices();
        self.keep_calls();
    }

    /// With `devices_in_calls` off, calls go on with what they have.
    pub(crate) fn hold_device(&mut self, kind: DeviceKind) {
        let holds = !self.settings.advanced.devices_in_calls && self.calls.has_living();
        if holds && kind != DeviceKind::Ringer && self.held.iter().all(|(held, _)| *held != kind) {
            let used = self.device_for(kind);
            self.held.push((kind, used));
        }
    }

    /// The device in use: the active call's own, if it is there, or the chosen one.
    fn device_for(&mut self, kind: DeviceKind) -> Option<DeviceId> {
        let active = self.calls.active().and_then(|id| self.calls.get(id));
        let own = active.filter(|call| !call.status().is_over()).and_then(|call| call.wanted_device(kind));
        let there = |id: &&DeviceId| id.is_made_up() || self.devices.is_there(kind, id);
        let own = own.filter(there).cloned();
        let held = self.held.iter().find(|(held, _)| *held == kind).map(|(_, used)| used.clone());
        let held = held.filter(|used| used.as_ref().is_none_or(|id| there(&id)));
        own.or_else(|| held.unwrap_or_else(|| self.devices.effective(kind)))
    }

    fn settle_camera(&mut self) {
        let rests = self.settings.advanced.camera_off_hidden && self.out_of_sight;
        let calls = !rests && self.calls.iter().any(crate::call::LiveCall::needs_camera);
        let needed = self.preview || calls;
        let settings = &self.settings;
        let turn = Turn::from_degrees(settings.camera_turn).unwrap_or_default();
        let look = Look {
            turn,
            mirrored: settings.mirror_for_others,
            brighter: settings.brighter,
            blurred: settings.blur_background,
        };
        self.camera.set_look(look);
        let usual = settings.camera_format();
        let active = self.calls.active().and_then(|id| self.calls.get(id));
        let format = active.map_or(usual, |call| call.camera_format(usual));
        let wanted = self.device_for(DeviceKind::Camera).filter(|_| needed);
        let name = wanted.as_ref().and_then(|id| self.devices.name(id));
        let tuning = wanted.as_ref().map(|id| self.settings.tuning_of(id, name)).unwrap_or_default();
        self.camera.want(wanted.map(|id| (id, format)), tuning);
        self.devices.set_use(DeviceKind::Camera, self.camera.state());
    }

    /// What this computer is too slow for is switched off, and told once.
    pub(crate) fn picture_too_much(&mut self, what: GaveUp) {
        let (brighter, blurred) = (&mut self.settings.brighter, &mut self.settings.blur_background);
        let gave_up = [(what.brighter, brighter, "brighter"), (what.blurred, blurred, "blur")];
        let told: Vec<_> = gave_up
            .into_iter()
            .filter(|(gave_up, on, _)| *gave_up && **on)
            .map(|(_, on, name)| {
                *on = false;
                Problem::new(ProblemCode::Overloaded).about(name)
            })
            .collect();
        told.into_iter().for_each(|problem| self.notice(Some(problem)));
    }

    fn settle_sound(&mut self, now: Instant) {
        let heard: Vec<_> = self.calls.iter().map(|call| call.heard(now)).collect();
        let region = self.settings.tone_region.unwrap_or(self.region);
        let tone = crate::ringer::noise(&heard, self.settings.ring_tone, region)
            .or(self.testing.map(|(_, tone)| tone));
        let silent_bell = self.settings.ringer.as_ref().is_some_and(DeviceId::is_none);
        let rings = |tone: &Tone| matches!(tone, Tone::Ring(_));
        let tone = tone.filter(|tone| !rings(tone) || !silent_bell);
        let living = self.calls.has_living();
        // Nothing is recorded before the user has dialled or accepted.
        let talks = self.calls.iter().any(|call| {
            let status = call.status();
            status.is_answered() || (call.direction() == Direction::Outbound && !status.is_over())
        });
        let microphone = self.device_for(DeviceKind::Microphone).filter(|_| talks || self.preview);
        let speaker = self.device_for(DeviceKind::Speaker).filter(|_| talks || tone.is_some());
        let needed = living || self.preview || tone.is_some();
        let active = self.calls.active().and_then(|id| self.calls.get(id));
        let settings = active.map(|call| call.sound_settings(&self.settings));
        let settings = settings.as_ref().unwrap_or(&self.settings);
        let ringer = self.devices.effective(DeviceKind::Ringer).filter(|_| tone.as_ref().is_some_and(rings));
        let apart = ringer.filter(|ringer| Some(ringer) != speaker.as_ref());
        self.devices.set_use(DeviceKind::Ringer, self.sound.ring_apart(apart.clone(), settings));
        let tone = tone.filter(|_| apart.is_none());
        self.sound.want(needed, microphone, speaker, tone, settings);
        for kind in [DeviceKind::Microphone, DeviceKind::Speaker] {
            self.devices.set_use(kind, self.sound.state(kind));
        }
    }

    /// Changes of devices as events. What comes and goes with every call is no change.
    fn tell_devices(&mut self) {
        let choices = self.devices.choices(&self.settings);
        let calm = |state| matches!(state, DeviceState::Idle | DeviceState::Opening | DeviceState::Running);
        let same = |a: &DeviceChoice, b: &DeviceChoice| {
            a.wanted == b.wanted
                && a.effective == b.effective
                && (a.state == b.state || calm(a.state) && calm(b.state))
        };
        for choice in &choices {
            let before = self.told_choices.iter().find(|told| told.kind == choice.kind);
            // The ringer that follows the speaker is no news of its own.
            let own = choice.kind != DeviceKind::Ringer || choice.wanted.is_some();
            if let Some(reason) =
                before.filter(|_| own).and_then(|told| self.devices.switch_reason(told, choice))
            {
                let name = |id: &Option<DeviceId>| {
                    let id = id.as_ref()?;
                    Some(self.devices.name(id).unwrap_or(id.as_str()).to_owned())
                };
                let from = before.and_then(|told| name(&told.effective));
                let to = name(&choice.effective);
                self.events.send(Event::DeviceSwitched { kind: choice.kind, from, to, reason });
            }
            if !self.told_choices.iter().any(|told| told.kind == choice.kind && same(told, choice)) {
                self.events.send(Event::DeviceChanged { kind: choice.kind, choice: choice.clone() });
            }
        }
        self.told_choices = choices;
    }

    /// Pulled out and plugged in again.
    pub(crate) fn device_replugged(&mut self, kind: DeviceKind, id: &DeviceId) {
        tracing::info!(?kind, device = id.as_str(), "plugged in again");
        match kind {
            DeviceKind::Camera => self.camera.reopen(id),
            _ => self.sound.reopen(kind, id),
        }
    }

    pub(crate) fn device_lost(&mut self, kind: DeviceKind, id: &DeviceId, error: &DeviceError) {
        tracing::warn!(?kind, device = id.as_str(), %error, "device lost");
        let problem = self.devices.failed(kind, id, error.state(), &error.to_string(), &self.settings);
        // Where another one took over, that is what is told.
        if self.devices.effective(kind).is_none() {
            self.notice(problem);
        }
    }

    /// Trouble with a device that a call wants now.
    fn trouble(&self, choices: &[DeviceChoice], wants_camera: bool) -> Option<Problem> {
        let of = |kind: DeviceKind| {
            let choice = choices.iter().find(|choice| choice.kind == kind)?;
            let code = crate::devices::problem(kind, choice.state)?;
            Some(Problem::new(code).about(choice.wanted.as_ref().map_or("", DeviceId::as_str)))
        };
        let camera = if wants_camera { of(DeviceKind::Camera) } else { None };
        of(DeviceKind::Microphone).or(of(DeviceKind::Speaker)).or(camera)
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let recents = self.history.recents();
        let (registration, registration_problem) = self.registration.status();
        let choices = self.devices.choices(&self.settings);
        let view = |call: &crate::call::LiveCall| {
            let active = self.calls.active() == Some(call.id()) && !call.status().is_over();
            let trouble = if active { self.trouble(&choices, call.needs_camera()) } else { None };
            let mut view =
                crate::snapshot::CallView { sharing: self.calls.is_sharing(call.id()), ..call.view(trouble) };
            let unions = self.calls.unions(call);
            (view.actions.connect, view.actions.merge) = (unions.connect, unions.merge);
            view
        };
        Snapshot {
            revision: 0,
            registration,
            registration_problem,
            space: self.registration.space(),
            own_name: self.registration.own().name.clone(),
            own_addresses: self.registration.own().addresses.clone(),
            calls: self.calls.iter().map(view).collect(),
            active_call: self.calls.active().cloned(),
            history: recents.calls.clone(),
            missed: recents.unseen_missed,
            contacts: self.people(),
            chats: self.chat.views(self.registration.contacts()),
            chat: self.chat.open_view(),
            devices: self.devices.view(&self.settings),
            camera_running: self.camera.state() == DeviceState::Running,
            talk_key: self.talk_key,
            camera_format: self.camera.delivers().map(|format| CaptureFormat {
                width: format.width,
                height: format.height,
                fps: format.fps,
            }),
            camera_controls: self
                .camera
                .controls()
                .map(|(_, controls)| controls.to_vec())
                .unwrap_or_default(),
            settings: self.settings.clone(),
        }
    }
}
