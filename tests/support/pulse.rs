//! A sound server of one's own with made-up cards, for phones that use it as they would any other.

use super::process::{PATIENCE, Process};
use super::sound::Recording;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

const RATE: usize = 48_000;

pub struct Pulse {
    folder: PathBuf,
    socket: PathBuf,
    _server: Option<Process>,
}

impl Pulse {
    /// Starts PulseAudio without any card and waits until it answers.
    pub async fn start(folder: &Path) -> Self {
        let folder = folder.join("pulse");
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).expect("permissions");
        let socket = folder.join("native");
        let listen = format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display());
        let mut command = Command::new("pulseaudio");
        command
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr"])
            .args(["-L", &listen])
            .envs([("XDG_RUNTIME_DIR", &folder), ("HOME", &folder)]);
        let server = Process::start("pulseaudio", &mut command, &folder.join("pulse.log"));
        let pulse = Self { folder, socket, _server: Some(server) };
        let answers = async {
            let mut look = tokio::time::interval(Duration::from_millis(20));
            while pulse.try_control(&["info"]).await.is_none() {
                look.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, answers).await.expect("PulseAudio starts");
        pulse
    }

    /// One that another process has started in this folder.
    pub fn running(folder: &Path) -> Self {
        let folder = folder.join("pulse");
        Self { socket: folder.join("native"), folder, _server: None }
    }

    /// What tells a program to use this server: for its environment.
    pub fn server(&self) -> (&'static str, String) {
        ("PULSE_SERVER", format!("unix:{}", self.socket.display()))
    }

    /// The same of a server that is not started yet.
    pub fn server_in(folder: &Path) -> (&'static str, String) {
        Self::running(folder).server()
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let (key, value) = self.server();
        command.env(key, value).env("HOME", &self.folder).env("XDG_RUNTIME_DIR", &self.folder);
        command.kill_on_drop(true);
        command
    }

    async fn try_control(&self, words: &[&str]) -> Option<String> {
        let output = self.command("pactl").args(words).output().await.expect("pactl runs");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What `pactl` answers.
    pub async fn control(&self, words: &[&str]) -> String {
        self.try_control(words).await.unwrap_or_else(|| panic!("pactl {words:?} failed"))
    }

    /// Plugs in a speaker; the answer is what `unplug` wants. Its id for a phone is `pulseaudio:<name>`. It works 50 ms ahead, as
    /// a card does; with rewinds it would have played 2 s of silence before anybody can give it sound.
    pub async fn plug_speaker(&self, name: &str, shown: &str) -> String {
        let shown = format!("sink_properties=device.description='{}'", shown.replace(' ', "\\ "));
        self.control(&[
            "load-module",
            "module-null-sink",
            &format!("sink_name={name}"),
            "rate=48000",
            "norewinds=1",
            &shown,
        ])
        .await
    }

    /// Plugs in a microphone that hears what is played into the speaker `into`, which comes with it.
    pub async fn plug_microphone(&self, name: &str, shown: &str, into: &str) -> [String; 2] {
        let air = self.plug_speaker(into, into).await;
        let shown = format!("source_properties=device.description='{}'", shown.replace(' ', "\\ "));
        let source = [format!("source_name={name}"), format!("master={into}.monitor")];
        let microphone =
            self.control(&["load-module", "module-remap-source", &source[0], &source[1], &shown]).await;
        [microphone, air]
    }

    pub async fn unplug(&self, module: &str) {
        self.control(&["unload-module", module]).await;
    }

    /// Plays a tone into a speaker until dropped.
    pub fn play(&self, speaker: &str, hz: f64) -> Playing {
        let mut player = self
            .command("pacat")
            .args(["--playback", "--raw", "--format=s16le", "--rate=48000", "--channels=1"])
            .args(["--latency-msec=40", &format!("--device={speaker}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pacat starts");
        let mut stdin = player.stdin.take().expect("standard input is piped");
        let writer = tokio::spawn(async move {
            // Whole waves only, so that the end joins the beginning.
            let second: Vec<u8> = (0..RATE)
                .map(|i| 0.3 * (std::f64::consts::TAU * hz.round() * i as f64 / RATE as f64).sin())
                .flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes())
                .collect();
            while stdin.write_all(&second).await.is_ok() {}
        });
        Playing { _player: player, writer }
    }

    /// Records what a speaker plays, into a file that [`Recording`] reads.
    pub fn record(&self, speaker: &str) -> Recorder {
        let path = self.folder.join(format!("{speaker}.raw"));
        let file = std::fs::File::create(&path).expect("a file can be made");
        let recorder = self
            .command("parec")
            .args(["--raw", "--format=s16le", "--rate=48000", "--channels=1", "--latency-msec=20"])
            .arg(format!("--device={speaker}.monitor"))
            .stdout(file)
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .expect("parec starts");
        Recorder { path, _recorder: recorder }
    }
}

/// Something that is being played.
pub struct Playing {
    _player: Child,
    writer: tokio::task::JoinHandle<()>,
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.writer.abort();
    }
}

pub struct Recorder {
    pub path: PathBuf,
    _recorder: Child,
}

impl Recorder {
    /// Waits until a stretch of 3 s is this tone, within 1 % and without a gap over 60 ms. What was measured.
    pub async fn hears(&self, hz: f64) -> (f64, Duration) {
        let mut heard = (0.0, Duration::MAX);
        for _ in 0..20 {
            let recording = Recording::next(&self.path, Duration::from_secs(3)).await;
            heard = (recording.tone(), recording.longest_gap(hz));
            if (heard.0 - hz).abs() < hz * 0.01 && heard.1 <= Duration::from_millis(60) {
                return heard;
            }
        }
        panic!("{hz} Hz is not heard: {:.1} Hz, longest gap {:?}", heard.0, heard.1);
    }
}
