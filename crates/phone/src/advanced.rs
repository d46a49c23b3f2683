//! What hardly anybody has to change: the browser SDK's client preferences that this phone has (FEATURES.md 11), by the
//! reader's units. Each of them holds from the next connection or the next call on.

use ahoy_signaling::{CallTimes, SessionTimes};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;
use std::time::Duration;

/// `Default` is what the phone does when nobody has changed anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(default)]
pub struct Advanced {
    /// WebSocket of the space, in place of the one that was signed in with (`relayHost`).
    pub space_url: Option<String>,
    /// For a connection to open (`connectionTimeout`), s.
    pub connect_seconds: u32,
    /// First and longest pause before connecting again (`reconnectDelayMin`, `reconnectDelayMax`), ms.
    pub reconnect_first_ms: u32,
    pub reconnect_longest_ms: u32,
    /// For the space to answer a request (`reinviteTimeout`), s.
    pub request_seconds: u32,
    /// Calls of an earlier run are taken up when they are not older (`reconnectCallsTimeout`), s; 0: never.
    pub reattach_seconds: u32,
    /// What calls ask for unless they say otherwise (`receiveAudio`, `receiveVideo`): a picture also where ours is not sent.
    pub receive_audio: bool,
    pub receive_video: bool,
    /// A repair that did not help by any way is tried by relays only (`enableRelayFallback`).
    pub relay_fallback: bool,
    /// Calls and the connection are looked at when this computer's addresses change (`enableNetworkChangeDetection`).
    pub network_changes: bool,
    /// Servers that are reached over UDP (`disableUdpIceServers`).
    pub udp_servers: bool,
    /// The description goes out so long after the last way that was found (`iceCandidateTimeout`), ms.
    pub gather_idle_ms: u32,
    /// Or after this, whatever servers say (`iceGatheringTimeout`), ms.
    pub gather_limit_ms: u32,
    /// For lost contact to come back by itself (`iceDisconnectedGracePeriod`), ms.
    pub grace_ms: u32,
    /// For a repair to succeed (`iceRestartTimeout`), s.
    pub repair_seconds: u32,
    /// Between two tries of it (`recoveryDebounceTime`), ms.
    pub repair_again_ms: u32,
    /// Offers that one repair may make until media flows (`reinviteMaxAttempts`); 0: as many as its time allows.
    pub repair_tries: u32,
    /// Between two offers of repairs of a call, whatever asks for them (`reinviteDebounceTime`), ms.
    pub repair_pause_ms: u32,
    /// A call that the space ends for want of media is asked for again, once (`enableServerHangupInterception`).
    pub ask_again: bool,
    /// Silence that is told and repaired (`statsNoPacketThreshold`), ms.
    pub silence_ms: u32,
    /// Repairs of a silent call until something comes (`maxRecoveryAttempts`), and the pause between them (`recoveryCooldown`), s.
    pub silence_repairs: u32,
    pub silence_pause_seconds: u32,
    /// How often a call is measured (`statsPollingInterval`), ms.
    pub stats_ms: u32,
    /// How many measurements say what is usual in a call, and how many are remembered (`statsBaselineSamples`, `statsHistorySize`).
    pub usual_samples: u32,
    pub history_samples: u32,
    /// The user is told of a delay and of an unevenness that are so many times the usual (`statsRttSpikeMultiplier`,
    /// `statsJitterSpikeMultiplier`), and of more lost packets than this (`statsPacketLossThreshold`), percent.
    pub delay_times: u32,
    pub jitter_times: u32,
    pub loss_percent: u32,
    /// Key frames that are asked for when media comes (again), until a picture does (`keyframeMaxBurst`); in this time
    /// (`keyframeBurstWindow`), ms; and the pause before the next such row (`keyframeCooldown`), ms.
    pub key_burst: u32,
    pub key_window_ms: u32,
    pub key_pause_ms: u32,
    /// Our picture rests while the network carries less of it than this (`enableAutoDegradation`,
    /// `degradationBitrateThreshold`), kbit/s, and is back when it carries this (`degradationRecoveryThreshold`), kbit/s.
    pub rest_picture: bool,
    pub rest_below_kbit: u32,
    pub return_above_kbit: u32,
    /// After a device came or went, the list is read when nothing has changed for so long (`deviceDebounceTime`), ms.
    pub device_settle_ms: u32,
    /// Besides, it is read every so often (`devicePollingInterval`), s; 0: only when the system tells of a change.
    pub device_poll_seconds: u32,
    /// Chosen devices are remembered for the next run (`persistDeviceSelection`).
    pub keep_devices: bool,
    /// A device that is chosen during a call is used in that call (`syncDevicesToActiveCalls`).
    pub devices_in_calls: bool,
    /// The list is read when the window comes back (`refreshDevicesOnVisible`).
    pub devices_on_show: bool,
    /// Settings are remembered for the next run (`enableSavePreferences`).
    pub keep_settings: bool,
    /// Our picture rests while the main window is out of sight (`autoMuteVideoOnHidden`).
    pub camera_off_hidden: bool,
    /// Brought to the front, the phone asks whether the space still answers (`checkConnectionOnVisible`).
    pub check_on_show: bool,
    /// The last messages to and from the space are kept in memory, for the log's page (`debug`).
    pub wire_log: bool,
}

impl Default for Advanced {
    fn default() -> Self {
        Self {
            space_url: None,
            connect_seconds: 10,
            reconnect_first_ms: 100,
            reconnect_longest_ms: 3_000,
            request_seconds: 5,
            reattach_seconds: 300,
            receive_audio: true,
            receive_video: false,
            relay_fallback: true,
            network_changes: true,
            udp_servers: true,
            gather_idle_ms: 600,
            gather_limit_ms: 500,
            grace_ms: 3_000,
            repair_seconds: 60,
            repair_again_ms: 2_000,
            // A path may be gone for longer than the SDK's three tries at ten seconds would take.
            repair_tries: 0,
            repair_pause_ms: 1_000,
            ask_again: true,
            silence_ms: 2_000,
            silence_repairs: 3,
            silence_pause_seconds: 10,
            stats_ms: 1_000,
            usual_samples: 10,
            history_samples: 30,
            delay_times: 3,
            jitter_times: 4,
            loss_percent: 5,
            key_burst: 3,
            key_window_ms: 3_000,
            key_pause_ms: 10_000,
            rest_picture: true,
            rest_below_kbit: 150,
            return_above_kbit: 300,
            // A headset that was pulled out is to be replaced at once.
            device_settle_ms: 0,
            device_poll_seconds: 0,
            keep_devices: true,
            devices_in_calls: true,
            devices_on_show: true,
            keep_settings: true,
            camera_off_hidden: false,
            check_on_show: true,
            wire_log: false,
        }
    }
}

const fn ms(count: u32) -> Duration {
    Duration::from_millis(count as u64)
}

const fn seconds(count: u32) -> Duration {
    Duration::from_secs(count as u64)
}

impl Advanced {
    /// The same with every number inside what makes sense.
    pub(crate) fn clamped(mut self) -> Self {
        let is_socket = |url: &String| {
            let scheme = ["ws://", "wss://"].iter().find(|scheme| url.starts_with(**scheme));
            scheme.is_some_and(|scheme| url.len() > scheme.len() && url.len() <= 500)
        };
        self.space_url = self.space_url.filter(is_socket);
        self.connect_seconds = self.connect_seconds.clamp(1, 120);
        self.reconnect_first_ms = self.reconnect_first_ms.clamp(50, 60_000);
        self.reconnect_longest_ms = self.reconnect_longest_ms.clamp(self.reconnect_first_ms, 600_000);
        self.request_seconds = self.request_seconds.clamp(1, 60);
        self.reattach_seconds = self.reattach_seconds.min(3_600);
        self.gather_idle_ms = self.gather_idle_ms.clamp(50, 10_000);
        self.gather_limit_ms = self.gather_limit_ms.clamp(50, 30_000);
        self.grace_ms = self.grace_ms.clamp(0, 60_000);
        self.repair_seconds = self.repair_seconds.clamp(5, 600);
        self.repair_again_ms = self.repair_again_ms.clamp(500, 60_000);
        self.repair_tries = self.repair_tries.min(100);
        self.repair_pause_ms = self.repair_pause_ms.min(60_000);
        self.silence_ms = self.silence_ms.clamp(500, 60_000);
        self.silence_repairs = self.silence_repairs.min(100);
        self.silence_pause_seconds = self.silence_pause_seconds.clamp(1, 600);
        self.stats_ms = self.stats_ms.clamp(200, 10_000);
        self.usual_samples = self.usual_samples.clamp(3, 100);
        self.history_samples = self.history_samples.clamp(self.usual_samples, 1_000);
        self.delay_times = self.delay_times.clamp(2, 20);
        self.jitter_times = self.jitter_times.clamp(2, 20);
        self.loss_percent = self.loss_percent.clamp(1, 100);
        self.key_burst = self.key_burst.min(20);
        self.key_window_ms = self.key_window_ms.clamp(100, 30_000);
        self.key_pause_ms = self.key_pause_ms.min(120_000);
        self.rest_below_kbit = self.rest_below_kbit.clamp(100, 2_000);
        self.return_above_kbit = self.return_above_kbit.clamp(self.rest_below_kbit, 4_000);
        self.device_settle_ms = self.device_settle_ms.min(10_000);
        self.device_poll_seconds = self.device_poll_seconds.min(3_600);
        self
    }

    pub(crate) fn session_times(&self) -> SessionTimes {
        SessionTimes {
            open: seconds(self.connect_seconds),
            first_pause: ms(self.reconnect_first_ms),
            longest_pause: ms(self.reconnect_longest_ms),
            request: seconds(self.request_seconds),
        }
    }

    pub(crate) fn call_times(&self, ring_seconds: u32) -> CallTimes {
        CallTimes {
            ring: seconds(ring_seconds),
            grace: ms(self.grace_ms),
            recovering: seconds(self.repair_seconds),
            again: ms(self.repair_again_ms),
            repair_pause: ms(self.repair_pause_ms),
            repair_tries: NonZeroU32::new(self.repair_tries),
            ask_again: self.ask_again,
            ..CallTimes::default()
        }
    }

    /// As `KeptCalls::at` counts.
    pub(crate) fn reattach_ms(&self) -> f64 {
        f64::from(self.reattach_seconds) * 1_000.0
    }

    pub(crate) fn gathering(&self) -> (Duration, Duration) {
        (ms(self.gather_idle_ms), ms(self.gather_limit_ms))
    }

    /// How long devices have to be still before they are listed, and how often they are listed besides.
    pub(crate) fn device_looks(&self) -> (Duration, Option<Duration>) {
        let every = seconds(self.device_poll_seconds);
        (ms(self.device_settle_ms), (!every.is_zero()).then_some(every))
    }

    pub(crate) fn measures_every(&self) -> Duration {
        ms(self.stats_ms)
    }

    pub(crate) fn repair_time(&self) -> Duration {
        seconds(self.repair_seconds)
    }

    /// Whether a server may be asked, by its URL.
    pub(crate) fn allows_server(&self, url: &str) -> bool {
        self.udp_servers || url.starts_with("turns:") || url.contains("transport=tcp")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_phone_without_any() {
        let plain = Advanced::default();
        assert_eq!(plain.clone().clamped(), plain);
        assert_eq!(plain.session_times(), SessionTimes::default());
        assert_eq!(plain.call_times(60), CallTimes::default());
    }

    #[test]
    fn repairs_are_limited_as_the_settings_say() {
        let few =
            Advanced { repair_tries: 3, repair_pause_ms: 10_000, ask_again: false, ..Advanced::default() };
        let times = few.clamped().call_times(60);
        assert_eq!((times.repair_tries.map(NonZeroU32::get), times.ask_again), (Some(3), false));
        assert_eq!(times.repair_pause, Duration::from_secs(10));
    }

    #[test]
    fn wild_values_are_tamed_and_servers_are_told_apart() {
        let wild = Advanced {
            space_url: Some("https://example.com".into()),
            reconnect_first_ms: 5_000,
            reconnect_longest_ms: 10,
            stats_ms: 0,
            udp_servers: false,
            ..Advanced::default()
        };
        let tame = wild.clamped();
        assert_eq!((tame.space_url.as_deref(), tame.reconnect_longest_ms, tame.stats_ms), (None, 5_000, 200));
        assert!(tame.allows_server("turn:a:3478?transport=tcp") && tame.allows_server("turns:a:5349"));
        assert!(!tame.allows_server("turn:a:3478") && !tame.allows_server("stun:a:3478"));
        let kept = Advanced { space_url: Some("wss://a.example/".into()), ..Advanced::default() }.clamped();
        assert_eq!(kept.space_url.as_deref(), Some("wss://a.example/"));
    }
}
