//! What whole-house tests and benchmarks stand on: a display of their own, a space, phones with real windows, browsers,
//! sound and clips, and what all of them cost.

pub mod browser;
pub mod camera_plugging;
pub mod canned_member;
pub mod clip;
pub mod desktop;
pub mod display;
pub mod echo_lab;
pub mod echo_room;
pub mod figures;
pub mod headless;
pub mod http_ear;
pub mod intelligibility;
#[cfg(target_os = "linux")]
pub mod lan;
pub mod legible;
#[cfg(target_os = "linux")]
pub mod machine;
pub mod measured;
pub mod mouth;
pub mod plates;
pub mod plugging;
pub mod process;
pub mod pulse;
pub mod referee;
pub mod shape;
pub mod shelf;
pub mod sound;
pub mod space;
pub mod speech;
pub mod speech_line;
pub mod stage;
pub mod stopwatch;
#[cfg(target_os = "linux")]
pub mod street;
pub mod tls_door;
pub mod usage;
pub mod window;

use std::path::PathBuf;

/// A program of this workspace, built beside the test binary (`target/<profile>/<name>`).
pub fn program(name: &str) -> PathBuf {
    let mut path = std::env::current_exe().expect("the test knows its own path");
    path.pop();
    if path.ends_with("deps") || path.ends_with("examples") {
        path.pop();
    }
    let path = path.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.exists(), "{} is missing: run `cargo xtask test`, which builds it", path.display());
    path
}

/// Where tests leave what people may want to look at (screenshots, recordings, logs of failed runs).
pub fn artifacts(test: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../artifacts").join(test);
    std::fs::create_dir_all(&folder).expect("the artifacts folder can be made");
    folder
}
