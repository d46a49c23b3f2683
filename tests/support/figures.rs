//! Figures of benchmarks, as a table for people.

/// Many measurements of one thing.
#[derive(Clone, Debug, Default)]
pub struct Figures(Vec<f64>);

impl Figures {
    /// The smallest value that at least so many percent do not exceed. NaN when nothing was measured.
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
        sorted.get(at).copied().unwrap_or(f64::NAN)
    }

    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    pub fn p95(&self) -> f64 {
        self.percentile(95)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }
}

impl FromIterator<f64> for Figures {
    fn from_iter<T: IntoIterator<Item = f64>>(values: T) -> Self {
        Self(values.into_iter().collect())
    }
}

impl Extend<f64> for Figures {
    fn extend<T: IntoIterator<Item = f64>>(&mut self, values: T) {
        self.0.extend(values);
    }
}

/// What a figure should not exceed: what we set out with, and what we want to reach.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    pub first: f64,
    pub wanted: f64,
}

impl Gate {
    fn judge(self, value: f64) -> &'static str {
        match value {
            value if value <= self.wanted => "reached",
            value if value <= self.first => "first reached",
            _ => "MISSED",
        }
    }

    /// For what should not stay below it.
    fn judge_from_below(self, value: f64) -> &'static str {
        match value {
            value if value >= self.wanted => "reached",
            value if value >= self.first => "first reached",
            _ => "MISSED",
        }
    }
}

/// As [`line`], for a figure that should be large.
pub fn at_least(what: &str, value: f64, unit: &str, gate: Option<Gate>) {
    let verdict = gate.map(|gate| {
        format!("   first ≥ {}, wanted ≥ {}: {}", gate.first, gate.wanted, gate.judge_from_below(value))
    });
    println!("{what:<58} {value:>8.2} {unit:<4}{}", verdict.unwrap_or_default());
}

/// Prints one line of the table: a figure, its unit, and how it stands to its gate.
pub fn line(what: &str, value: f64, unit: &str, gate: Option<Gate>) {
    let verdict = gate
        .map(|gate| format!("   first ≤ {}, wanted ≤ {}: {}", gate.first, gate.wanted, gate.judge(value)));
    println!("{what:<58} {value:>8.1} {unit:<4}{}", verdict.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let figures: Figures = (1..=20).rev().map(f64::from).collect();
        assert_eq!((figures.median(), figures.p95(), figures.percentile(100)), (10.0, 19.0, 20.0));
        assert!(Figures::default().median().is_nan());
    }

    #[test]
    fn nothing_measured_misses_every_gate() {
        let gate = Gate { first: 2.0, wanted: 1.0 };
        assert_eq!(
            [0.5, 1.5, 2.5, f64::NAN].map(|value| gate.judge(value)),
            ["reached", "first reached", "MISSED", "MISSED"]
        );
        let gate = Gate { first: 1.0, wanted: 2.0 };
        assert_eq!(
            [2.5, 1.5, 0.5, f64::NAN].map(|value| gate.judge_from_below(value)),
            ["reached", "first reached", "MISSED", "MISSED"]
        );
    }
}
