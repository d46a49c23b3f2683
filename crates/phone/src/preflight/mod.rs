//! "Check my set-up": the devices, the way to the space, the servers that help through firewalls, and a short call to
//! somebody who sends everything back. Done from outside like any user, so what it measures is what a call would get.

mod report;

pub use report::{CallCheck, DeviceCheck, PreflightReport, PreflightWarning, ServerCheck, ServerKind};

use crate::clock::unix_millis;
use crate::command::{Command, Reply};
use crate::handle::PhoneHandle;
use crate::house::House;
use crate::snapshot::{CallView, DialRequest, Snapshot};
use ahoy_model::{CallId, CallStatus, DeviceId, DeviceKind, DeviceState, DialTarget, Problem, ProblemCode};
use ahoy_rtc::{IceServer, ask_relay, ask_server};
use std::net::IpAddr;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Who sends everything back, where nobody else is named.
pub const ECHO: &str = "/public/echo";

/// How long devices may take to run, how long the microphone is listened to, and how long a call may take to connect.
const DEVICES: Duration = Duration::from_secs(6);
const LISTENING: Duration = Duration::from_millis(1500);
const CONNECTING: Duration = Duration::from_secs(12);
/// How long the call is measured: the estimate of the path needs most of it.
const MEASURING: Duration = Duration::from_secs(6);
/// How long it may take until the call is over.
const ENDING: Duration = Duration::from_secs(5);
/// Servers that are asked.
const SERVERS: usize = 16;

/// What a check starts from.
#[derive(Debug)]
pub(crate) struct Ground {
    pub(crate) ice_servers: Vec<IceServer>,
    pub(crate) addresses: Vec<IpAddr>,
}

impl PhoneHandle {
    /// Checks devices, space, servers and a call to `address` (`ECHO` unless the space has another). Takes about ten
    /// seconds, in which the camera and the microphone run; what the microphone hears does not leave the machine.
    ///
    /// # Errors
    /// `CallNotPossible` while there is a call, since that would be disturbed.
    pub async fn preflight(&self, address: DialTarget) -> Result<PreflightReport, Problem> {
        if self.snapshot().calls.iter().any(|call| !call.status.is_over()) {
            return Err(Problem::new(ProblemCode::CallNotPossible).because("there is a call"));
        }
        let mut report = PreflightReport {
            at: unix_millis(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            ..PreflightReport::default()
        };
        self.set_preview(true).await?;
        let checked = self.check(&mut report, address).await;
        self.set_preview(false).await?;
        let overdriven = checked?;
        report.judge(overdriven);
        Ok(report)
    }

    /// Whether the microphone was overdriven.
    async fn check(&self, report: &mut PreflightReport, address: DialTarget) -> Result<bool, Problem> {
        let ground = self.ask(Command::Ground).await?;
        let (servers, signalling, overdriven) =
            tokio::join!(servers(&ground), self.signalling(), self.check_input(report));
        report.servers = servers;
        report.signalling = signalling;
        if signalling.is_some() {
            let call = self.check_call(address, report).await?;
            report.call = Some(call);
        }
        Ok(overdriven)
    }

    /// Of one request to the space, ms.
    async fn signalling(&self) -> Option<f32> {
        self.ask(Command::Probe).await.ok().map(millis)
    }

    /// Camera and microphone.
    async fn check_input(&self, report: &mut PreflightReport) -> bool {
        let settled = |snapshot: &Snapshot| {
            [DeviceKind::Camera, DeviceKind::Microphone].into_iter().all(|kind| {
                let choice = snapshot.devices.choices.iter().find(|choice| choice.kind == kind);
                choice.is_none_or(|choice| choice.effective.is_none() || choice.state == DeviceState::Running)
            })
        };
        self.wait(DEVICES, settled).await;
        let mut levels = self.levels();
        let (mut loudest, mut overdriven) = (0.0f32, false);
        let listening = async {
            while levels.changed().await.is_ok() {
                let now = *levels.borrow_and_update();
                loudest = loudest.max(now.microphone);
                overdriven |= now.clipping;
            }
        };
        let _ = timeout(LISTENING, listening).await;
        let snapshot = self.snapshot();
        for kind in [DeviceKind::Camera, DeviceKind::Microphone] {
            report.devices.push(device(&snapshot, kind));
        }
        let runs = report
            .devices
            .iter()
            .any(|device| device.kind == DeviceKind::Microphone && device.state == DeviceState::Running);
        report.microphone_level = runs.then_some(loudest);
        overdriven && runs
    }

    /// The call, and the speaker, which runs only meanwhile.
    async fn check_call(
        &self,
        address: DialTarget,
        report: &mut PreflightReport,
    ) -> Result<CallCheck, Problem> {
        let mut check = CallCheck { address: address.to_string(), ..CallCheck::default() };
        let camera = report
            .devices
            .iter()
            .any(|device| device.kind == DeviceKind::Camera && device.state == DeviceState::Running);
        let begun = Instant::now();
        let mut request = DialRequest::new(address, camera);
        request.options.check = true;
        let call = self.dial(request).await?;
        // Nobody wants to hear himself; and what the room says is nobody's business.
        let muted = self.set_muted(call.clone(), true).await;
        let found = |snapshot: &Snapshot, fits: fn(&CallView) -> bool| {
            snapshot.calls.iter().find(|view| view.id == call).is_none_or(fits)
        };
        let connected = |view: &CallView| view.status == CallStatus::Connected || view.end.is_some();
        self.wait(CONNECTING, |snapshot| found(snapshot, connected)).await;
        let view = self.view(&call);
        if muted.is_ok() && view.is_some_and(|view| view.status == CallStatus::Connected) {
            check.connected_after = Some(millis(begun.elapsed()));
            let since = Instant::now();
            let _ = timeout(MEASURING, self.measure(&call, &mut check)).await;
            check.measured = millis(since.elapsed());
            report.devices.push(device(&self.snapshot(), DeviceKind::Speaker));
        }
        // It may have ended by itself.
        let _ = self.hang_up(call.clone()).await;
        let over = |view: &CallView| view.end.is_some();
        self.wait(ENDING, |snapshot| found(snapshot, over)).await;
        let _ = self.dismiss(call).await;
        Ok(check)
    }

    /// Adds up what the call's figures say, until it ends.
    async fn measure(&self, call: &CallId, check: &mut CallCheck) {
        let mut snapshots = self.snapshots();
        let (mut last, mut losses) = (None, Vec::new());
        loop {
            let view = snapshots.borrow_and_update().calls.iter().find(|view| view.id == *call).cloned();
            let Some(view) = view.filter(|view| view.end.is_none()) else { return };
            check.picture |= view.receives_video;
            if let Some(stats) = view.stats.filter(|stats| Some(stats) != last.as_ref()) {
                check.up = check.up.max(stats.audio_out + stats.video_out);
                check.down = check.down.max(stats.audio_in + stats.video_in);
                check.carries = stats.carries_out.or(check.carries);
                losses.push(stats.loss);
                check.loss = losses.iter().sum::<f32>() / losses.len() as f32;
                check.jitter = check.jitter.max(stats.jitter);
                check.round_trip = stats.round_trip.or(check.round_trip);
                check.mos = stats.mos.or(check.mos);
                check.path = stats.path.clone().or(check.path.take());
                last = Some(stats);
            }
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    }

    fn view(&self, call: &CallId) -> Option<CallView> {
        self.snapshot().calls.iter().find(|view| view.id == *call).cloned()
    }

    async fn wait(&self, patience: Duration, fits: impl Fn(&Snapshot) -> bool) {
        let mut snapshots = self.snapshots();
        let _ = timeout(patience, snapshots.wait_for(|snapshot| fits(snapshot))).await;
    }
}

impl House {
    pub(crate) fn ground(&self) -> Ground {
        let servers = self.own_servers.as_deref().unwrap_or(self.registration.ice_servers());
        Ground { ice_servers: servers.to_vec(), addresses: self.network.addresses.clone() }
    }

    /// One at a time; who asked before hears nothing more.
    pub(crate) fn probe(&mut self, now: Instant, reply: Reply<Duration>) {
        self.probe = Some((now, reply));
        let routed = self.registration.probe(now);
        self.route(now, routed);
    }

    pub(crate) fn probed(&mut self, now: Instant, answered: bool) {
        let Some((asked, reply)) = self.probe.take() else { return };
        let took = now.saturating_duration_since(asked);
        // A reply that nobody waits for any more is no loss.
        let _ = reply.send(if answered { Ok(took) } else { Err(Problem::new(ProblemCode::NotSignedIn)) });
    }
}

fn device(snapshot: &Snapshot, kind: DeviceKind) -> DeviceCheck {
    let devices = &snapshot.devices;
    let choice = devices.choices.iter().find(|choice| choice.kind == kind);
    let id = choice.and_then(|choice| choice.effective.as_ref());
    let known = devices.cameras.iter().chain(&devices.microphones).chain(&devices.speakers);
    let name = id.map(|id| {
        known.clone().find(|info| info.id == *id).map_or(id.as_str(), |info| info.name.as_str()).to_owned()
    });
    let unwanted = choice.and_then(|choice| choice.wanted.as_ref()).is_some_and(DeviceId::is_none);
    DeviceCheck { kind, name, state: choice.map_or(DeviceState::Off, |choice| choice.state), unwanted }
}

/// All servers at once.
async fn servers(ground: &Ground) -> Vec<ServerCheck> {
    let mut asked = tokio::task::JoinSet::new();
    let each = ground.ice_servers.iter().flat_map(|server| server.urls.iter().map(move |url| (server, url)));
    for (at, (server, url)) in each.take(SERVERS).enumerate() {
        let one = IceServer { urls: vec![url.clone()], ..server.clone() };
        let addresses = ground.addresses.clone();
        asked.spawn(async move { (at, check_server(one, &addresses).await) });
    }
    let mut results = asked.join_all().await;
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().filter_map(|(_, check)| check).collect()
}

/// `None`: of a kind that we do not use.
async fn check_server(server: IceServer, addresses: &[IpAddr]) -> Option<ServerCheck> {
    let url = server.urls.first()?.clone();
    let kind = match url.split_once(':')?.0 {
        "stun" => ServerKind::Stun,
        "turn" if !url.contains("transport=tcp") => ServerKind::Turn,
        _ => return None,
    };
    // Fresh for every question.
    let mut random = [0; 12];
    random.iter_mut().zip(CallId::random().as_str().bytes()).for_each(|(to, from)| *to = from);
    let asked = ask_server(&url, random).await;
    let relay = match kind {
        ServerKind::Turn => ask_relay(&server, addresses).await.map(drop),
        ServerKind::Stun => Ok(()),
    };
    let reached = asked.as_ref().ok();
    let trouble = match kind {
        // A TURN server need not answer such questions.
        ServerKind::Turn => relay.as_ref().err().map(ToString::to_string),
        ServerKind::Stun => asked.as_ref().err().map(ToString::to_string),
    };
    Some(ServerCheck {
        kind,
        works: trouble.is_none(),
        round_trip: reached.map(|reached| millis(reached.round_trip)),
        seen_as: reached.and_then(|reached| reached.seen_as).map(|address| address.to_string()),
        trouble,
        url,
    })
}

fn millis(time: Duration) -> f32 {
    time.as_secs_f32() * 1000.0
}
