//! Makes a machine ready; a second time it finds everything there and is done in a moment.

use crate::command::{carry_out, is_installed, npm, output, program, root};
use crate::packages::{BROWSER_PACKAGE, BROWSERS, PIP_PACKAGE, Purpose, needed};
use anyhow::{Result, bail};
use std::path::Path;
use std::process::Command;

/// Installs what is missing for `purpose`.
pub fn set_up(purpose: Purpose) -> Result<()> {
    set_up_system(purpose)?;
    for folder in ["ui", "tests/referee"] {
        set_up_npm(&root().join(folder))?;
    }
    Ok(())
}

fn set_up_system(purpose: Purpose) -> Result<()> {
    if !cfg!(target_os = "linux") {
        return check_other_system();
    }
    if !is_installed("dpkg-query") || !is_installed("apt-get") {
        eprintln!(
            "This system has no apt-get, so nothing was installed. Ahoy needs what Debian calls: {}.",
            needed(purpose).join(" ")
        );
        return Ok(());
    }
    let mut missing = missing_packages(&needed(purpose));
    if purpose == Purpose::Test && !BROWSERS.iter().any(|name| is_installed(name)) {
        // Ubuntu has it only as a snap, which a container cannot install.
        if is_ubuntu() {
            eprintln!(
                "No Chromium or Chrome found: the tests that compare with a browser will say so and pass by."
            );
        } else {
            missing.push(BROWSER_PACKAGE);
        }
    }
    if purpose == Purpose::Test && output(program("python3").args(["-m", "pip", "--version"])).is_none() {
        missing.push(PIP_PACKAGE);
    }
    install(&missing)
}

fn missing_packages(wanted: &[&'static str]) -> Vec<&'static str> {
    // It ends badly as soon as one is unknown, but has named the known ones by then.
    let answer = Command::new("dpkg-query")
        .args(["-W", "-f", "${Package} ${db:Status-Status}\n"])
        .args(wanted)
        .output();
    let known = answer.map(|answer| String::from_utf8_lossy(&answer.stdout).into_owned()).unwrap_or_default();
    let installed: Vec<&str> = known.lines().filter_map(|line| line.strip_suffix(" installed")).collect();
    wanted.iter().copied().filter(|package| !installed.contains(package)).collect()
}

fn install(missing: &[&str]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let is_root = output(program("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root && !is_installed("sudo") {
        bail!("Please let an administrator install: {}", missing.join(" "));
    }
    let apt_get = || {
        let mut command = if is_root {
            program("env")
        } else {
            let mut sudo = program("sudo");
            sudo.arg("env");
            sudo
        };
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]);
        command
    };
    eprintln!("Installing {} system packages: {}", missing.len(), missing.join(" "));
    carry_out(apt_get().arg("update"))?;
    carry_out(apt_get().args(["install", "-y", "--no-install-recommends"]).args(missing))
}

fn is_ubuntu() -> bool {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    release.lines().any(|line| line == "ID=ubuntu")
}

fn check_other_system() -> Result<()> {
    let wanted: &[(&str, &str)] = if cfg!(target_os = "macos") {
        &[
            ("cc", "xcode-select --install"),
            ("cmake", "brew install cmake"),
            ("nasm", "brew install nasm"),
            // With it libvpx is found: brew install libvpx.
            ("pkg-config", "brew install pkgconf libvpx"),
        ]
    } else {
        &[("cmake", "winget install Kitware.CMake"), ("nasm", "winget install NASM.NASM")]
    };
    for (name, advice) in wanted {
        if !is_installed(name) {
            bail!("`{name}` is missing. Install it with: {advice}");
        }
    }
    Ok(())
}

/// `npm ci` when the lock file is another than the one installed last time.
fn set_up_npm(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let Ok(wanted) = std::fs::read(&lock) else {
        return Ok(());
    };
    let stamp = folder.join("node_modules").join(".installed-lock.json");
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    carry_out(npm().current_dir(folder).args(["ci", "--no-audit", "--no-fund"]))?;
    std::fs::create_dir_all(folder.join("node_modules"))?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}
