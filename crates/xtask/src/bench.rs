//! Benchmarks by name. Each is a program that prints figures; they are built in release and start what they need from beside
//! them.

use crate::checks::WORKSPACE;
use crate::command::{self, built, cargo, carry_out};
use crate::packages::Purpose;
use crate::{setup, ui};
use anyhow::{Result, bail};

struct Benchmark {
    /// Of its program too: `tests/examples/bench_<name>`.
    name: &'static str,
    /// What it tells, in one line.
    about: &'static str,
}

const BENCHMARKS: &[Benchmark] = &[
    Benchmark {
        name: "call",
        about: "set-up times, fps, delays, processor and memory of a 720p30 call between two phones",
    },
    Benchmark {
        name: "codec",
        about: "encode and decode times of a 720p picture in H.264 and VP8, and what transcoding costs",
    },
    Benchmark {
        name: "devices",
        about: "a headset pulled out and plugged in a hundred times during a call: time to sound, leaks",
    },
    Benchmark {
        name: "room",
        about: "what a room of 2, 4, 8 and 16 phones costs the space: processor, fps, delays",
    },
    Benchmark {
        name: "peer",
        about: "the same call between two phones and between two Chromiums with the official SDK, as ratios",
    },
    Benchmark {
        name: "sound",
        about: "echo and noise in simulated rooms, speech through loss and jitter, mouth to ear",
    },
    Benchmark {
        name: "start",
        about: "from exec to a usable window, and to registered; memory and wake-ups at rest",
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
    // Everything at once, so that no benchmark asks other features of shared crates and compiles them again.
    carry_out(cargo().args(["build", "--release"]).args(WORKSPACE).args(["--bins", "--examples"]))?;
    let program = built("release", &format!("examples/bench_{}", benchmark.name))?;
    carry_out(command::program(program).args(arguments))
}
