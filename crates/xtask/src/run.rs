//! Builds the phone and starts it: one or two, on this display or on one of its own.

use crate::checks::WORKSPACE;
use crate::command::{Running, built, cargo, carry_out, root, wait_for};
use crate::packages::Purpose;
use crate::pair::Pair;
use crate::screen::{self, Screen};
use crate::{setup, ui};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// A first start compiles shaders and fills caches.
const READY_LIMIT: Duration = Duration::from_secs(60);
const ONLINE_LIMIT: Duration = Duration::from_secs(15);

#[derive(Args, Default)]
pub struct RunOptions {
    /// Two phones side by side, each with a profile of its own, on one space.
    #[arg(long)]
    pair: bool,
    /// Without a display: start, save a screenshot in `artifacts`, end.
    #[arg(long)]
    headless: bool,
    /// Build with optimisation, as the installers do.
    #[arg(long)]
    release: bool,
    /// Where the phones of a pair keep their profiles. Otherwise they are forgotten at the end.
    #[arg(long, value_name = "DIR")]
    profiles: Option<PathBuf>,
    /// Handed on to the phone, or to both.
    #[arg(last = true)]
    arguments: Vec<String>,
}

pub fn run(options: &RunOptions) -> Result<()> {
    let has_display = screen::is_there();
    if !options.headless && !has_display {
        bail!(
            "There is no display here: `cargo xtask run --headless` starts Ahoy on one of its own and saves a screenshot."
        );
    }
    let without_screen = options.headless || options.pair;
    setup::set_up(if without_screen { Purpose::Run } else { Purpose::Build })?;
    ui::build()?;
    let mut build = cargo();
    build.arg("build").args(WORKSPACE).arg("--bins");
    if options.release {
        build.arg("--release");
    }
    carry_out(&mut build)?;

    let profile = if options.release { "release" } else { "debug" };
    let scratch = tempfile::tempdir()?;
    let profiles = options.profiles.clone().unwrap_or_else(|| scratch.path().to_path_buf());
    let own_profile =
        options.pair || (options.headless && !options.arguments.iter().any(|word| word == "--profile"));
    let names: &[&str] = if options.pair { &["Ada", "Ben"] } else { &["Ahoy"] };

    let pair = options
        .pair
        .then(|| Pair::start(&built(profile, "ahoy-space")?, &profiles.join("space")))
        .transpose()?;
    let screen = options.headless.then(Screen::start).transpose()?;
    let start = Start::of(options);
    let mut phones = Vec::new();
    for name in names {
        let mut command = Command::new(built(profile, "ahoy")?);
        if own_profile {
            command.arg("--profile").arg(profiles.join(name));
        }
        if let Some(pair) = &pair {
            pair.join(&mut command, name)?;
        }
        command.args(&options.arguments);
        if let Start::OnOwnSpace = start {
            command.args(["--name", &person()]);
        }
        if let Some(screen) = &screen {
            screen.show(&mut command);
        }
        phones.push(Phone::start(command).with_context(|| format!("{name} cannot be started"))?);
    }
    if !options.headless && !options.pair {
        return phones.iter_mut().try_for_each(Phone::wait);
    }
    for phone in &mut phones {
        phone.wait_until("ready", READY_LIMIT)?;
    }
    if options.pair {
        let ids: Vec<u32> = phones.iter().map(|phone| phone.running.0.id()).collect();
        screen::side_by_side(&ids, screen.as_ref());
    }
    let Some(screen) = screen else {
        return phones.iter_mut().try_for_each(Phone::wait);
    };
    if start == Start::AtWelcome {
        eprintln!("The picture shows the first page: with --no-space the phone asks which space to join.");
    } else {
        for phone in &mut phones {
            if let Err(problem) = phone.wait_until("registered", ONLINE_LIMIT) {
                eprintln!("Not online: {problem:#}");
            }
        }
    }
    let artifacts = root().join("artifacts");
    std::fs::create_dir_all(&artifacts)?;
    let picture = artifacts.join(if options.pair { "pair.png" } else { "ahoy.png" });
    screen.save(&picture)?;
    println!("Saved {}", picture.display());
    Ok(())
}

/// How a phone comes to its space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// By what its arguments or its profile say, or by what the user chooses.
    AsTold,
    /// Nobody is there to choose: under the name of whoever is logged in, on this computer's own space.
    OnOwnSpace,
    /// Not at all.
    AtWelcome,
}

impl Start {
    fn of(options: &RunOptions) -> Self {
        let is_said = |name: &str| {
            options.arguments.iter().any(|word| word.split('=').next().is_some_and(|word| word == name))
        };
        if !options.headless || options.pair || is_said("--space") || is_said("--name") {
            Self::AsTold
        } else if is_said("--no-space") {
            Self::AtWelcome
        } else {
            Self::OnOwnSpace
        }
    }
}

/// Who is logged in.
fn person() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "Ahoy".to_owned())
}

struct Phone {
    running: Running,
    lines: Receiver<String>,
    /// All that it said about itself until now.
    said: Vec<serde_json::Value>,
}

impl Phone {
    fn start(mut command: Command) -> Result<Self> {
        let mut child: Child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let (sender, lines) = sync_channel(64);
        // It ends with the phone's standard output.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                println!("{line}");
                // Once nobody waits for a line any more they are only shown.
                let _ = sender.try_send(line);
            }
        });
        Ok(Self { running: Running(child), lines, said: Vec::new() })
    }

    /// Waits for a line of JSON in which `key` is true.
    fn wait_until(&mut self, key: &str, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        while !self.said.iter().any(|line| line[key] == true) {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => self.said.extend(serde_json::from_str(&line)),
                Err(RecvTimeoutError::Timeout) => {
                    bail!("the phone was not {key} within {} s", limit.as_secs())
                }
                Err(RecvTimeoutError::Disconnected) => bail!("the phone ended before it was {key}"),
            }
        }
        Ok(())
    }

    fn wait(&mut self) -> Result<()> {
        let status = self.running.0.wait()?;
        // Its last lines are still on their way to the terminal.
        wait_for(Duration::from_secs(1), || {
            matches!(self.lines.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected)).then_some(())
        });
        if status.success() { Ok(()) } else { bail!("the phone ended with {status}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_that_nobody_looks_at_finds_its_space_by_itself() {
        let start = |headless, pair, arguments: &[&str]| {
            let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
            Start::of(&RunOptions { headless, pair, arguments, ..Default::default() })
        };
        assert_eq!(start(false, false, &[]), Start::AsTold, "a person chooses");
        assert_eq!(start(true, false, &[]), Start::OnOwnSpace);
        assert_eq!(start(true, false, &["--camera", "none"]), Start::OnOwnSpace);
        assert_eq!(start(true, true, &[]), Start::AsTold, "a pair has a space of its own");
        assert_eq!(start(true, false, &["--space=ws://127.0.0.1:1"]), Start::AsTold);
        assert_eq!(start(true, false, &["--no-space"]), Start::AtWelcome);
    }
}
