//! What programs cost: time of processors and memory of a process and everything below it, as Linux counts them.

use std::path::Path;
use std::time::{Duration, Instant};

/// Processes that belong together: some roots and all below them, at one moment.
pub struct Tree(Vec<u32>);

impl Tree {
    pub fn below(roots: &[u32]) -> Self {
        let mut all = roots.to_vec();
        let mut at = 0;
        while let Some(id) = all.get(at).copied() {
            all.extend(children(id));
            at += 1;
        }
        Self(all)
    }

    /// Children of `root` whose program is called so, and everything below them.
    pub fn called(root: u32, program: &str) -> Self {
        let is_called = |id: &u32| {
            std::fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == program)
        };
        let found: Vec<u32> = Self::below(&[root]).0.into_iter().filter(is_called).collect();
        assert!(!found.is_empty(), "process {root} has started no {program}");
        let mut all = Self::below(&found).0;
        all.sort_unstable();
        all.dedup();
        Self(all)
    }

    pub fn ids(&self) -> &[u32] {
        &self.0
    }

    /// Seconds of processor time that these processes have used so far.
    pub fn processor_seconds(&self) -> f64 {
        self.0.iter().map(|id| processor_ticks(*id)).sum::<f64>() / TICKS_PER_SECOND
    }

    /// How often a thread of these has gone to sleep so far, and so been woken.
    pub fn wake_ups(&self) -> f64 {
        self.0.iter().map(|id| wake_ups(*id)).sum()
    }

    /// Proportional set size (PSS): what is shared counts for each by its share. MB.
    pub fn memory(&self) -> f64 {
        self.0.iter().map(|id| memory(*id)).sum()
    }
}

/// What the kernel reports in, on every system that Debian supports.
const TICKS_PER_SECOND: f64 = 100.0;

fn children(id: u32) -> Vec<u32> {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    let ids = |list: String| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>();
    lists.flat_map(ids).collect()
}

fn processor_ticks(id: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    // The program's name stands in brackets and may hold anything.
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
}

fn wake_ups(id: u32) -> f64 {
    let threads = std::fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let count = |thread: std::fs::DirEntry| {
        let status = std::fs::read_to_string(thread.path().join("status")).ok()?;
        status
            .lines()
            .find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"))?
            .trim()
            .parse::<f64>()
            .ok()
    };
    threads.filter_map(count).sum::<f64>()
}

fn memory(id: u32) -> f64 {
    let path = format!("/proc/{id}/smaps_rollup");
    let all = std::fs::read_to_string(Path::new(&path)).unwrap_or_default();
    let line = all.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1024.0
}

/// Processor seconds per second of each group of processes, over `time`.
pub async fn processor_load<const N: usize>(groups: [&Tree; N], time: Duration) -> [f64; N] {
    let before = groups.map(Tree::processor_seconds);
    let start = Instant::now();
    tokio::time::sleep(time).await;
    let seconds = start.elapsed().as_secs_f64();
    std::array::from_fn(|at| (groups[at].processor_seconds() - before[at]) / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_process_does_is_counted() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep");
        let tree = Tree::below(&[std::process::id()]);
        assert!(tree.0.contains(&child.id()), "children belong to the tree");
        let before = tree.processor_seconds();
        let mut number = 1_u64;
        while tree.processor_seconds() < before + 0.05 {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
        let before = tree.wake_ups();
        std::thread::sleep(Duration::from_millis(1));
        assert!(tree.wake_ups() > before, "this thread has slept");
        assert!(tree.memory() > 1.0, "this program holds more than a megabyte");
        assert_eq!(Tree::called(std::process::id(), "sleep").0, [child.id()]);
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }
}
