//! How a call comes by its media: a peer is started, prepared before the answer, restarted and closed.

use crate::advanced::Advanced;
use crate::call::live::{LiveCall, Prepared, Room};
use crate::call::{Order, Peer, PeerConfig, Quality, Role};
use crate::settings::Settings;
use ahoy_media::hardware::CameraFormat;
use ahoy_model::{CallStatus, DeviceId, DeviceKind, Flow};
use ahoy_rtc::{SessionConfig, Stereo};
use ahoy_signaling::{CallInput, MediaTask};
use std::time::Instant;

/// Bit/s before the path is known; a local path carries it at once.
const START_RATE: u32 = 1_500_000;

/// Shared screens: not scaled down where that can be helped, and slow, so that letters stay sharp.
pub(crate) const SCREEN: CameraFormat = CameraFormat { width: 1920, height: 1080, fps: 15 };

impl LiveCall {
    pub(super) fn start_media(&mut self, now: Instant, task: MediaTask, room: &Room) -> Option<CallInput> {
        match std::mem::replace(&mut self.prepared, Prepared::Awaited) {
            Prepared::Ready(sdp) if matches!(task, MediaTask::Answer { .. }) => {
                self.prepared = Prepared::Nothing;
                return Some(CallInput::SdpReady(sdp));
            }
            Prepared::Failed if matches!(task, MediaTask::Answer { .. }) => {
                self.prepared = Prepared::Nothing;
                return Some(CallInput::SdpRefused);
            }
            _ => {}
        }
        match task {
            MediaTask::Offer => self.start_peer(Role::Offers, room),
            MediaTask::Replace => {
                self.close_peer();
                self.start_peer(Role::Offers, room);
            }
            MediaTask::Answer { offer } => {
                if self.peer.is_none() {
                    self.start_peer(Role::Answers(offer), room);
                }
            }
            MediaTask::Restart | MediaTask::Change => {
                let restart = task == MediaTask::Restart;
                let mut config = Box::new(self.session_config(room, false));
                if restart {
                    config.relay_only |= self.repairs_by_relay(now, &config, &room.settings.advanced);
                }
                if !self.order(Order::Reoffer { config, restart }) {
                    self.prepared = Prepared::Nothing;
                    return Some(CallInput::SdpRefused);
                }
            }
        }
        None
    }

    pub(super) fn start_peer(&mut self, role: Role, room: &Room) {
        self.peers += 1;
        let waits = matches!(role, Role::Answers(_)) && self.machine.status() == CallStatus::Ringing;
        let quality = self.quality(room);
        let config = PeerConfig {
            call: self.id().clone(),
            number: self.peers,
            session: self.session_config(room, waits),
            role,
            sound: self.screen_sound.as_ref().unwrap_or(&room.sound).clone(),
            camera: self.screen.clone().unwrap_or_else(|| room.camera.clone()),
            remote: self.remote.clone(),
            advanced: room.settings.advanced.clone(),
            quality,
        };
        self.peer = Some(Peer::start(config, room.outlet.clone()));
        // A new peer knows nothing of what flows.
        let flowing = std::mem::take(&mut self.flowing);
        self.set_flow(flowing);
    }

    fn quality(&self, room: &Room) -> Quality {
        let settings = room.settings;
        let camera = settings.camera_format();
        let format =
            if self.screen.is_some() { self.media_params.format(SCREEN) } else { self.camera_format(camera) };
        Quality {
            width: format.width,
            height: format.height,
            fps: format.fps,
            screen: self.screen.is_some(),
            rate: settings.video_bitrate.min(START_RATE),
            ceiling: settings.video_bitrate,
        }
    }

    /// What the space asks of our picture and our sound in this call.
    pub(crate) fn set_media_params(&mut self, params: &serde_json::Value, room: &Room) {
        if self.media_params.take(params) {
            tracing::info!(call = %self.id(), params = ?self.media_params, "asked by the space");
            let quality = self.quality(room);
            self.order(Order::Shape(quality));
        }
    }

    /// What is asked of the camera, where `usual` is what the settings say.
    pub(crate) fn camera_format(&self, usual: CameraFormat) -> CameraFormat {
        self.media_params.format(self.options.capture.camera_format(usual))
    }

    /// How sound is captured in this call, where `usual` is what the settings say.
    pub(crate) fn sound_settings(&self, usual: &Settings) -> Settings {
        self.media_params.sound(&self.options.capture.sound(usual))
    }

    /// The device that this call wants in place of the chosen one.
    pub(crate) fn wanted_device(&self, kind: DeviceKind) -> Option<&DeviceId> {
        self.options.capture.device(kind)
    }

    fn session_config(&self, room: &Room, hold_checks: bool) -> SessionConfig {
        let mut config = SessionConfig::sound_and_picture(self.id().as_str());
        match (self.video, &mut config.video) {
            (Some(flow), Some(video)) => {
                video.flow = flow;
                video.codecs = self.options.video_codecs.unwrap_or(room.settings.video_codecs).codecs();
            }
            (_, video) => *video = None,
        }
        if let Some(audio) = &mut config.audio {
            audio.flow = self.options.audio();
            audio.codecs = self.options.audio_codecs.unwrap_or(room.settings.audio_codecs).codecs();
        }
        config.stereo = match self.options.stereo {
            Some(true) => Stereo::Wanted,
            Some(false) => Stereo::Never,
            None if room.settings.studio || room.settings.stereo => Stereo::Wanted,
            None => Stereo::IfOffered,
        };
        match (&self.screen, &self.screen_sound, &mut config.audio) {
            (Some(_), Some(_), Some(audio)) => {
                audio.flow = Flow::SendOnly;
                config.stereo = Stereo::Wanted;
            }
            (Some(_), None, audio) => *audio = None,
            _ => {}
        }
        config.follow_offer = true;
        config.ice_servers = match &self.options.ice_servers {
            Some(own) => room.network.servers(own),
            None => room.ice_servers.to_vec(),
        };
        config.relay_only =
            self.options.relay_only.unwrap_or(room.network.relay_only || room.settings.relay_only);
        config.addresses.clone_from(&room.network.addresses);
        let advanced = &room.settings.advanced;
        (config.gather_idle, config.gather_limit) = advanced.gathering();
        for server in &mut config.ice_servers {
            server.urls.retain(|url| advanced.allows_server(url));
        }
        config.ice_servers.retain(|server| !server.urls.is_empty());
        config.max_bitrate = room.settings.video_bitrate;
        config.start_bitrate = room.settings.video_bitrate.min(START_RATE);
        config.hold_checks = hold_checks;
        config
    }

    /// A repair that has to be made again so soon goes by relays, where there are any.
    fn repairs_by_relay(&mut self, now: Instant, config: &SessionConfig, settings: &Advanced) -> bool {
        let last = self.repaired.replace(now);
        let again = last.is_some_and(|at| now.saturating_duration_since(at) < settings.repair_time());
        let mut urls = config.ice_servers.iter().flat_map(|server| &server.urls);
        let by_relay = settings.relay_fallback && again && urls.any(|url| url.starts_with("turn"));
        tracing::info!(call = %self.id(), by_relay, "repairing");
        by_relay
    }

    pub(super) fn order(&mut self, order: Order) -> bool {
        self.peer.as_ref().is_some_and(|peer| peer.order(order))
    }

    pub(crate) fn close_peer(&mut self) {
        if let Some(peer) = self.peer.take() {
            self.closing.retain(|task| !task.is_finished());
            self.closing.push(peer.close());
        }
    }
}
