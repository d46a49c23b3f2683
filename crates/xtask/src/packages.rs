//! What the project needs from a Debian or Ubuntu system.

/// What someone is about to do; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Build,
    Run,
    Test,
}

/// Compilers, and the headers of the web view, sound, cameras, the keychain and the tray.
const BUILD: &[&str] = &[
    "build-essential",
    "pkg-config",
    "cmake",
    // openh264 is 2.5 times slower without it, and only a line in a log says so.
    "nasm",
    // nokhwa reads the kernel's video headers with bindgen.
    "clang",
    "libclang-dev",
    "libasound2-dev",
    "libayatana-appindicator3-dev",
    "libdbus-1-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libssl-dev",
    // VP8.
    "libvpx-dev",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
];

/// A display to run on where there is none, and what takes pictures of it.
const RUN: &[&str] = &[
    "dbus",
    "fonts-dejavu-core",
    "imagemagick",
    "libgl1-mesa-dri",
    "openbox",
    "x11-utils",
    "xdotool",
    "xvfb",
];

/// A driver for real windows, virtual sound cards, a virtual camera, a voice, a reader of clips, a bus to play the desktop
/// on, and what judges and installs packages.
const TEST: &[&str] = &[
    "appstream",
    "binutils",
    "dbus-x11",
    "desktop-file-utils",
    "espeak-ng",
    "ffmpeg",
    // What GNOME's "do not disturb" is kept in.
    "gsettings-desktop-schemas",
    "gstreamer1.0-pipewire",
    "gstreamer1.0-plugins-base",
    "gstreamer1.0-tools",
    // Machines on networks, made of namespaces, and routers between them.
    "iproute2",
    "nftables",
    "pipewire",
    "pipewire-bin",
    "pipewire-v4l2",
    "procps",
    "pulseaudio",
    "pulseaudio-utils",
    "rpm",
    "webkit2gtk-driver",
];

/// Brings pip, which fetches the clip of a face; not needed where a Python of another make has it.
pub const PIP_PACKAGE: &str = "python3-pip";

/// The browser that the referee tests compare with, under the names by which it may be there already.
pub const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
pub const BROWSER_PACKAGE: &str = "chromium";

/// Everything for a purpose, without the browser.
pub fn needed(purpose: Purpose) -> Vec<&'static str> {
    let mut all = BUILD.to_vec();
    if purpose >= Purpose::Run {
        all.extend(RUN);
    }
    if purpose >= Purpose::Test {
        all.extend(TEST);
    }
    all
}
