//! A PulseAudio of our own, with one card that is not there.

use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Ends with its owner.
pub struct Server {
    child: Child,
    folder: TempDir,
}

impl Server {
    /// Starts it and points this process at it. `None` when PulseAudio is not installed.
    pub fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).expect("permissions");
        let socket = folder.path().join("native");
        let listen = format!("module-native-protocol-unix auth-anonymous=1 socket={}", socket.display());
        let child = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-target=stderr"])
            .args(["-L", &listen])
            .args(["-L", "module-null-sink sink_name=card sink_properties=device.description='Test\\ card'"])
            .args([
                "-L",
                "module-remap-source source_name=mic master=card.monitor source_properties=device.description='Test\\ microphone'",
            ])
            .envs([("XDG_RUNTIME_DIR", folder.path()), ("HOME", folder.path())])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // SAFETY: the only test of this program calls this first, before any other thread is started.
        #[allow(unsafe_code)]
        unsafe {
            std::env::set_var("PULSE_SERVER", format!("unix:{}", socket.display()));
        }
        let server = Self { child, folder };
        let end = Instant::now() + Duration::from_secs(10);
        while server.try_control(&["info"]).is_none() {
            assert!(Instant::now() < end, "PulseAudio did not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        server.control(&["set-default-source", "mic"]);
        Some(server)
    }

    /// What `pactl` answers.
    pub fn control(&self, words: &[&str]) -> String {
        self.try_control(words).unwrap_or_else(|| panic!("pactl {words:?} failed"))
    }

    /// Plugs in a speaker. What `pactl unload-module` wants to pull it out.
    pub fn plug(&self, name: &str, shown: &str) -> String {
        let shown = format!("sink_properties=device.description='{shown}'");
        self.control(&[
            "load-module",
            "module-null-sink",
            &format!("sink_name={name}"),
            "norewinds=1",
            &shown,
        ])
    }

    /// Another program that plays a tone, until dropped.
    pub fn play(&self, speaker: &str, hertz: f32) -> Player {
        let path = self.folder.path().join("tone.raw");
        let sample =
            |at: u32| 0.3 * (std::f64::consts::TAU * f64::from(hertz) * f64::from(at) / 48_000.0).sin();
        let sound: Vec<u8> =
            (0..60 * 48_000).flat_map(|at| ((sample(at) * 32_767.0) as i16).to_le_bytes()).collect();
        std::fs::write(&path, sound).expect("a file");
        let child = Command::new("pacat")
            .args(["--playback", "--raw", "--format=s16le", "--rate=48000", "--channels=1"])
            .args(["--latency-msec=40", &format!("--device={speaker}")])
            .arg(&path)
            .env("HOME", self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pacat starts");
        Player(child)
    }

    fn try_control(&self, words: &[&str]) -> Option<String> {
        let output =
            Command::new("pactl").args(words).env("HOME", self.folder.path()).output().expect("pactl");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// `STOP` or `CONT`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let done = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill");
        assert!(done.success(), "the server runs");
    }

    pub fn kill(&mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it has ended");
    }
}

pub struct Player(Child);

impl Drop for Player {
    fn drop(&mut self) {
        // It may have played to its end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have been killed before.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
