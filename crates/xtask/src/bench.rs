//! Benchmarks by name. Each is a program that prints figures; they are built in release and start what they need.

use crate::command::{cargo, carry_out};
use crate::packages::Purpose;
use crate::{setup, ui};
use anyhow::{Result, bail};

struct Benchmark {
    name: &'static str,
    /// What it tells, in one line.
    about: &'static str,
    /// Packages whose binaries it starts.
    starts: &'static [&'static str],
    /// What follows `cargo run --release`.
    command: &'static [&'static str],
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "call",
        about: "set-up times, fps, delays, CPU and memory of a 720p30 call between two phones",
        starts: &[],
        command: &["-p", "ahoy-phone", "--example", "bench_call"],
    },
    Benchmark {
        name: "codec",
        about: "encode and decode times of a 720p picture in H.264 and VP8, and what transcoding costs",
        starts: &[],
        command: &["-p", "ahoy-media", "--example", "bench_codec"],
    },
    Benchmark {
        name: "start",
        about: "from exec to a usable window, and to registered",
        starts: &["ahoy", "ahoy-space"],
        command: &["-p", "ahoy-tests", "--example", "bench_start"],
    },
];

pub fn bench(name: Option<&str>, arguments: &[String]) -> Result<()> {
    let Some(name) = name else {
        for benchmark in BENCHMARKS {
            println!("{:10} {}", benchmark.name, benchmark.about);
        }
        return Ok(());
    };
    let Some(benchmark) = BENCHMARKS.iter().find(|benchmark| benchmark.name == name) else {
        let names: Vec<_> = BENCHMARKS.iter().map(|benchmark| benchmark.name).collect();
        bail!("There is no benchmark `{name}`. There are: {}", names.join(", "));
    };
    setup::set_up(Purpose::Test)?;
    ui::build()?;
    let packages = benchmark.starts.iter().flat_map(|package| ["-p", package]);
    if !benchmark.starts.is_empty() {
        carry_out(cargo().args(["build", "--release"]).args(packages))?;
    }
    carry_out(cargo().args(["run", "--release"]).args(benchmark.command).arg("--").args(arguments))
}
