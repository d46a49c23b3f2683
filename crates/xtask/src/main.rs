//! The project's own commands: `cargo xtask --help`.

mod bench;
mod bundle;
mod checks;
mod command;
mod manifest;
mod notices;
mod packages;
mod pair;
mod run;
mod screen;
mod setup;
mod ui;

use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "What there is to do in this project, each by one command.")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing: system packages (Debian, Ubuntu) and npm packages.
    Setup,
    /// Build the phone and start it.
    Run(run::RunOptions),
    /// Check and test everything, or only one group.
    Test {
        /// Part of a test's name, such as `two_phones`: only these run, without format and lint checks.
        filter: Option<String>,
    },
    /// Measure: without a name it lists what can be measured.
    Bench {
        name: Option<String>,
        /// Handed on to the benchmark.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Build the installers of this system (deb and rpm; dmg; msi and exe).
    Bundle {
        /// Others than these, such as `deb,rpm,appimage`.
        kinds: Option<String>,
    },
    /// Write `latest.json` for a folder of signed packages: what phones that look for new versions are told.
    Manifest {
        folder: PathBuf,
        /// Where the packages will be found.
        base: String,
        /// A file with what is new.
        #[arg(long)]
        notes: Option<PathBuf>,
    },
    /// Format, clippy, the house rules, and licences and advisories where cargo-deny is installed.
    Lint,
    /// Write the TypeScript bindings again from the Rust types.
    Bindings,
}

fn main() -> ExitCode {
    match carry_out(Arguments::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        // One sentence; where in this program it arose helps nobody.
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Setup => setup::set_up(packages::Purpose::Test),
        Task::Run(options) => run::run(&options),
        Task::Test { filter } => checks::test(filter.as_deref()),
        Task::Bench { name, arguments } => bench::bench(name.as_deref(), &arguments),
        Task::Bundle { kinds } => bundle::bundle(kinds.as_deref()),
        Task::Manifest { folder, base, notes } => manifest::write(&folder, &base, notes.as_deref()),
        Task::Lint => checks::lint(),
        Task::Bindings => checks::bindings(),
    }
}
