//! One transport: ICE, DTLS and SRTP by one peer connection of the stack, whose RTP and RTCP end in our own engine.

mod clockwork;
mod interfaces;
mod socket;
mod tap;
mod watcher;

use crate::media::Engine;
use crate::outbox::Outbox;
use crate::sdp::{Setup, TransportWords, inner};
use crate::session::{RtcError, SessionConfig};
use clockwork::Clockwork;
use interfaces::BindAddresses;
use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{Registry, Slot};
use rtc::peer_connection::configuration::RTCOfferOptions;
use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use rtc::statistics::report::RTCStatsReportEntry;
use socket::Gate;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tap::Tap;
use tokio::sync::Notify;
use watcher::Watcher;
pub(crate) use watcher::{Link, LinkListener};
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, RTCConfigurationBuilder, RTCIceServer,
    RTCIceTransportPolicy, RTCSessionDescription, SettingEngineBuilder, StatsSelector,
};

/// The stack's own figures; RTC.md says how they were found.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);
const CHECKS: u16 = 70;
const RELAY_WAIT: Duration = Duration::from_millis(200);
/// A path that was silent for this long is reported; calls outlive 30 s of it.
const DISCONNECTED_AFTER: Duration = Duration::from_secs(3);
const FAILED_AFTER: Duration = Duration::from_secs(60);
const KEEP_ALIVE: Duration = Duration::from_secs(1);
/// Late repairs of a large key frame must not look like replays.
const REPLAY_WINDOW: usize = 4096;

/// The door to one engine: anybody locks it for as long as one packet takes, the stack's task empties it when woken.
#[derive(Clone)]
pub(crate) struct Port {
    engine: Arc<Mutex<Engine>>,
    wake: Arc<Notify>,
    outbox: Arc<Outbox>,
}

impl Port {
    /// Runs `work` on the engine, hands out what happened and lets the stack send what came of it.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Engine) -> T) -> T {
        let result = {
            let mut engine = self.engine.lock().unwrap_or_else(PoisonError::into_inner);
            let result = work(&mut engine);
            engine.hand_out(&self.outbox);
            result
        };
        self.wake.notify_one();
        result
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.engine, &other.engine)
    }

    /// A look without consequences.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.engine.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) struct Transport {
    connection: Arc<dyn PeerConnection>,
    watcher: Arc<Watcher>,
    gate: Arc<Gate>,
    port: Port,
    /// Who starts DTLS, once settled; later descriptions repeat it.
    role: Mutex<Option<Setup>>,
    /// Candidates of sockets that an ICE restart has replaced: the stack still lists them.
    stale: Mutex<Vec<String>>,
    /// What the far side last said, to notice its ICE restarts.
    remote: Mutex<Option<TransportWords>>,
}

impl Transport {
    /// Binds sockets; nothing is sent yet.
    pub(crate) async fn open(
        config: &SessionConfig,
        hold: bool,
        engine: Engine,
        outbox: Arc<Outbox>,
        listener: Arc<dyn LinkListener>,
    ) -> Result<Arc<Self>, RtcError> {
        let port = Port { engine: Arc::new(Mutex::new(engine)), wake: Arc::new(Notify::new()), outbox };
        let gate = Arc::new(Gate::new(hold));
        let watcher = Arc::new(Watcher::new(listener, port.clone()));
        let settings = SettingEngineBuilder::new()
            .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(CHECKS))
            .with_host_acceptance_min_wait(Some(Duration::ZERO))
            .with_srflx_acceptance_min_wait(Some(Duration::ZERO))
            .with_prflx_acceptance_min_wait(Some(Duration::ZERO))
            .with_relay_acceptance_min_wait(Some(RELAY_WAIT))
            .with_ice_timeouts(Some(DISCONNECTED_AFTER), Some(FAILED_AFTER), Some(KEEP_ALIVE))
            .with_srtp_replay_protection_window(REPLAY_WINDOW)
            // Names are never asked for (`sdp/read.rs`), and on a network without a way out joining a group for them fails.
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .with_include_loopback_candidate(true)
            .with_discard_local_candidates_during_ice_restart(true)
            .build();
        let configuration = RTCConfigurationBuilder::new()
            .with_ice_servers(servers(config))
            .with_ice_transport_policy(if config.relay_only {
                RTCIceTransportPolicy::Relay
            } else {
                RTCIceTransportPolicy::All
            })
            .build();
        let tap = Tap::new(port.clone());
        let builder = PeerConnectionBuilder::new()
            .with_configuration(configuration)
            .with_media_engine(media_engine()?)
            .with_setting_engine(settings)
            .with_interceptor_registry(Registry::new().with(Slot::Custom(1), tap))
            .with_handler(Arc::clone(&watcher) as _)
            .with_runtime(Arc::new(Clockwork::new(Arc::clone(&port.wake), Arc::clone(&gate))))
            .with_udp_addrs(vec![BindAddresses::new(config.addresses.clone())]);
        // Its future is 20 kB large.
        let connection = Box::pin(builder.build()).await.map_err(no_socket)?;
        Ok(Arc::new(Self {
            connection: Arc::new(connection),
            watcher,
            gate,
            port,
            role: Mutex::new(None),
            stale: Mutex::default(),
            remote: Mutex::new(None),
        }))
    }

    pub(crate) fn port(&self) -> &Port {
        &self.port
    }

    /// Our end for an offer: gathers and waits for candidates. `restart` makes new ICE words on a running transport.
    pub(crate) async fn offer(
        &self,
        config: &SessionConfig,
        restart: bool,
    ) -> Result<TransportWords, RtcError> {
        if !restart {
            let init = RTCRtpTransceiverInit {
                direction: RTCRtpTransceiverDirection::Recvonly,
                streams: Vec::new(),
                send_encodings: Vec::new(),
            };
            self.connection
                .add_transceiver_from_kind(RtpCodecKind::Audio, Some(init))
                .await
                .map_err(stack)?;
        }
        let options = restart.then_some(RTCOfferOptions { ice_restart: true });
        if restart {
            self.gate.set_relays_only(false);
        }
        let offer = self.connection.create_offer(options).await.map_err(stack)?;
        self.gather(offer, config).await?;
        let mut words = self.local_words().await?;
        let relayed = |candidate: &String| candidate.contains(" typ relay");
        // The stack cannot take up a relay that it has under another policy, so its other ways are closed to it here.
        if restart && config.relay_only && words.candidates.iter().any(relayed) {
            words.candidates.retain(relayed);
            self.gate.set_relays_only(true);
        }
        Ok(words)
    }

    /// Takes the far side's words from its answer to `offer`. Checks start.
    pub(crate) async fn accept(&self, remote: &TransportWords, ice_lite: bool) -> Result<(), RtcError> {
        let mut words = remote.clone();
        if words.setup == Setup::ActPass {
            // Not allowed in an answer; who writes it waits for us as a rule.
            words.setup = Setup::Passive;
        }
        let role = *self.lock_role().get_or_insert(words.setup.answer());
        words.setup = opposite(role);
        let answer = RTCSessionDescription::answer(inner::remote(&words, ice_lite, 1)).map_err(stack)?;
        self.connection.set_remote_description(answer).await.map_err(stack)?;
        self.remember(remote);
        Ok(())
    }

    /// Our end for an answer; checks start. On a running transport this is the answer to an ICE restart.
    pub(crate) async fn answer(
        &self,
        remote: &TransportWords,
        ice_lite: bool,
        config: &SessionConfig,
    ) -> Result<TransportWords, RtcError> {
        let role = *self.lock_role().get_or_insert(remote.setup.answer());
        let mut words = remote.clone();
        words.setup = opposite(role);
        let offer = RTCSessionDescription::offer(inner::remote(&words, ice_lite, 1)).map_err(stack)?;
        self.connection.set_remote_description(offer).await.map_err(stack)?;
        self.remember(remote);
        let answer = self.connection.create_answer(None).await.map_err(stack)?;
        self.gather(answer, config).await?;
        self.local_words().await
    }

    /// The far side speaks of other ICE words than last time.
    pub(crate) fn restarted_by(&self, remote: &TransportWords) -> bool {
        let last = self.remote.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().is_some_and(|last| last.ufrag != remote.ufrag || last.pwd != remote.pwd)
    }

    /// Our end as it stands, with the settled role.
    pub(crate) async fn local_words(&self) -> Result<TransportWords, RtcError> {
        let description = self.connection.local_description().await.ok_or(RtcError::Closed)?;
        let mut words = inner::local(&description.sdp)?;
        if let Some(role) = self.role() {
            words.setup = role;
        }
        let stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
        words.candidates.retain(|c| !stale.contains(c));
        Ok(words)
    }

    pub(crate) fn release_checks(&self) {
        self.gate.open();
    }

    /// Kind of our candidate in use.
    pub(crate) async fn path(&self) -> Option<String> {
        let report = self.connection.get_stats(Instant::now(), StatsSelector::None).await;
        let selected = &report.transport()?.selected_candidate_pair_id;
        let pair = report.candidate_pairs().find(|p| p.stats.id == *selected)?;
        report.iter().find_map(|entry| match entry {
            // The report names candidates with a prefix that its pairs leave out.
            RTCStatsReportEntry::LocalCandidate(c) if c.stats.id.ends_with(&pair.local_candidate_id) => {
                Some(c.candidate_type.to_string())
            }
            _ => None,
        })
    }

    /// Returns when the sockets are gone.
    pub(crate) async fn close(&self) {
        self.watcher.silence();
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "closing a transport");
        }
    }

    async fn gather(
        &self,
        description: RTCSessionDescription,
        config: &SessionConfig,
    ) -> Result<(), RtcError> {
        if let Some(old) = self.connection.local_description().await {
            let old = inner::local(&old.sdp)?.candidates;
            *self.stale.lock().unwrap_or_else(PoisonError::into_inner) = old;
        }
        self.watcher.expect_candidates();
        self.connection.set_local_description(description).await.map_err(stack)?;
        self.watcher.gathered(config.gather_idle, config.gather_limit).await;
        Ok(())
    }

    fn role(&self) -> Option<Setup> {
        *self.lock_role()
    }

    fn lock_role(&self) -> std::sync::MutexGuard<'_, Option<Setup>> {
        self.role.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, remote: &TransportWords) {
        *self.remote.lock().unwrap_or_else(PoisonError::into_inner) = Some(remote.clone());
    }
}

fn opposite(role: Setup) -> Setup {
    match role {
        Setup::Active => Setup::Passive,
        _ => Setup::Active,
    }
}

fn stack(error: webrtc::error::Error) -> RtcError {
    match error {
        webrtc::error::Error::ErrConnectionClosed => RtcError::Closed,
        error => RtcError::Stack(error.to_string()),
    }
}

fn no_socket(error: webrtc::error::Error) -> RtcError {
    let text = error.to_string();
    if text.contains("no udp_sockets") { RtcError::NoCandidates } else { RtcError::Stack(text) }
}

/// Servers that the stack can use: STUN, and TURN over UDP.
fn servers(config: &SessionConfig) -> Vec<RTCIceServer> {
    let usable = |url: &&String| {
        let tcp = url.to_ascii_lowercase().contains("transport=tcp");
        (url.starts_with("stun:") || url.starts_with("turn:")) && !tcp
    };
    config
        .ice_servers
        .iter()
        .map(|server| RTCIceServer {
            urls: server.urls.iter().filter(usable).cloned().collect(),
            username: server.username.clone().unwrap_or_default(),
            credential: server.credential.as_ref().map(|c| c.expose().to_owned()).unwrap_or_default(),
        })
        .filter(|server| !server.urls.is_empty())
        .filter(|server| {
            // The stack refuses a TURN server without credentials altogether, and with it the whole configuration.
            !server.urls.iter().any(|u| u.starts_with("turn:"))
                || (!server.username.is_empty() && !server.credential.is_empty())
        })
        .collect()
}

/// The stack wants one codec to agree on with itself.
fn media_engine() -> Result<MediaEngine, RtcError> {
    use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodecParameters};
    let mut engine = MediaEngine::default();
    let codec = RTCRtpCodec {
        mime_type: "audio/opus".to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: String::new(),
        rtcp_feedback: Vec::new(),
    };
    let parameters = RTCRtpCodecParameters { rtp_codec: codec, payload_type: inner::PAYLOAD };
    engine.register_codec(parameters, RtpCodecKind::Audio).map_err(stack)?;
    Ok(engine)
}
