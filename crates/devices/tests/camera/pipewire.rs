//! A PipeWire of one's own that has one camera: snow, as an old television shows it.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(15);
/// PipeWire's stand-in for Video4Linux (package `pipewire-v4l2`).
const STAND_IN: &str = "pipewire-0.3/v4l2/libpw-v4l2.so";
/// PipeWire's own test source leaves its format open, which the stand-in does not understand.
const SOURCE: &[&str] = &[
    "videotestsrc",
    "is-live=true",
    "pattern=snow",
    "!",
    "video/x-raw,format=YUY2,width=640,height=360,framerate=30/1",
    "!",
    "pipewiresink",
    "mode=provide",
    "stream-properties=props,media.class=Video/Source,node.name=snow",
];

/// Ended when dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub struct Cameras {
    _server: Running,
    _source: Running,
    folder: TempDir,
    preload: String,
}

impl Cameras {
    /// `None`: PipeWire, its stand-in for Video4Linux, GStreamer or a C compiler is not installed.
    pub fn start() -> Option<Self> {
        let stand_in = stand_in()?;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o700)).expect("permissions");
        let preload = compiled(folder.path())?;
        let listed = folder.path().join("cameras/video0");
        std::fs::create_dir_all(&listed).expect("a folder");
        std::fs::write(listed.join("name"), "Snow\n").expect("a file");
        std::fs::write(listed.join("index"), "0\n").expect("a file");
        let start = |program: &str, words: &[&str]| {
            let mut command = Command::new(program);
            command.args(words).envs([("XDG_RUNTIME_DIR", folder.path()), ("HOME", folder.path())]);
            let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            silent.spawn().ok().map(Running)
        };
        let settings = beside("server.conf");
        let server = start("pipewire", &["-c", settings.to_str().expect("a path")])?;
        let socket = folder.path().join("pipewire-0");
        wait_until("PipeWire starts", || socket.exists());
        let source = start("gst-launch-1.0", SOURCE)?;
        let preload = format!("{}:{}", preload.display(), stand_in.display());
        let cameras = Self { _server: server, _source: source, preload, folder };
        wait_until("PipeWire has a camera", || cameras.link(&["-o"]).contains("snow:"));
        Some(cameras)
    }

    /// A program that sees the camera as `/dev/video0`.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .envs([("XDG_RUNTIME_DIR", self.folder.path()), ("HOME", self.folder.path())])
            .env("CAMERAS_FOLDER", self.folder.path().join("cameras"))
            .env("LD_PRELOAD", &self.preload);
        command
    }

    /// Joins whoever wants pictures to the camera. In a desktop the session manager does this.
    pub fn join(&self) {
        let wanting = self.link(&["-i"]);
        for port in wanting.lines() {
            self.link(&["snow:out_0", port.trim()]);
        }
    }

    fn link(&self, words: &[&str]) -> String {
        let output = Command::new("pw-link")
            .args(words)
            .envs([("XDG_RUNTIME_DIR", self.folder.path()), ("HOME", self.folder.path())])
            .output()
            .expect("pw-link runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn wait_until(what: &str, happened: impl Fn() -> bool) {
    let end = Instant::now() + LIMIT;
    while !happened() {
        assert!(Instant::now() < end, "not in {LIMIT:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn stand_in() -> Option<PathBuf> {
    let roots = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"];
    roots.iter().map(|root| Path::new(root).join(STAND_IN)).find(|path| path.exists())
}

fn compiled(folder: &Path) -> Option<PathBuf> {
    let library = folder.join("preload.so");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(beside("preload.c"))
        .arg("-ldl")
        .status()
        .ok()?;
    assert!(status.success(), "the preload does not compile");
    Some(library)
}

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/camera").join(name)
}
