//! What can be adjusted at a camera itself, by its driver.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Longest name that a driver may give.
const NAME: usize = 64;
/// Controls of one camera that are remembered.
const MOST_VALUES: usize = 64;

/// What every system knows, whatever it calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ControlName {
    Brightness,
    Contrast,
    Saturation,
    Hue,
    Sharpness,
    Gamma,
    Gain,
    AutoGain,
    Backlight,
    /// Against flickering lamps.
    PowerLine,
    AutoExposure,
    Exposure,
    /// Fewer pictures a second are taken where it is dark.
    SlowExposure,
    AutoWhiteBalance,
    WhiteBalance,
    AutoFocus,
    Focus,
    Iris,
    Zoom,
    Pan,
    Tilt,
    /// Something that only the driver has a name for.
    Other,
}

/// What values are counted in, where that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum ControlUnit {
    Kelvin,
    /// 0.1 ms.
    TenthOfMillisecond,
    /// 1/3600 of a degree.
    ArcSecond,
}

/// One choice in a menu.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct ControlItem {
    pub value: f64,
    /// As the driver calls it.
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ControlKind {
    Range {
        min: f64,
        max: f64,
        step: f64,
        default: f64,
    },
    /// 0 or 1.
    Switch {
        default: f64,
    },
    Menu {
        items: Vec<ControlItem>,
        default: f64,
    },
}

/// A control with its value at the moment. All values are numbers, whatever the driver counts in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, specta::Type)]
pub struct CameraControl {
    /// The system's own, the same whenever this camera is opened.
    pub id: String,
    pub name: ControlName,
    /// As the driver calls it.
    pub label: String,
    pub unit: Option<ControlUnit>,
    pub kind: ControlKind,
    pub value: f64,
    /// Cannot be set at the moment, mostly because the camera does it by itself.
    pub locked: bool,
}

impl CameraControl {
    /// What it is at without anybody's doing.
    pub fn usual(&self) -> f64 {
        match self.kind {
            ControlKind::Range { default, .. }
            | ControlKind::Switch { default }
            | ControlKind::Menu { default, .. } => default,
        }
    }

    /// Switches and menus may unlock what has a range, so they come first.
    pub fn comes_first(&self) -> bool {
        !matches!(self.kind, ControlKind::Range { .. })
    }

    /// Whether it has this value, as exactly as it can.
    pub fn is_at(&self, value: f64) -> bool {
        let fine = match self.kind {
            ControlKind::Range { step, .. } => (step / 2.0).min(0.5),
            ControlKind::Switch { .. } | ControlKind::Menu { .. } => 0.25,
        };
        (self.value - value).abs() <= fine.max(f64::EPSILON)
    }

    /// The same with names of a decent length. `None` for what makes no sense: what a driver says is not trusted.
    pub fn sane(mut self) -> Option<Self> {
        let finite = |numbers: &[f64]| numbers.iter().all(|number| number.is_finite());
        let makes_sense = match &mut self.kind {
            ControlKind::Range { min, max, step, default } => {
                *step = if *step > 0.0 { *step } else { 1.0 };
                finite(&[*min, *max, *step, *default]) && min < max
            }
            ControlKind::Switch { default } => finite(&[*default]),
            ControlKind::Menu { items, default } => {
                items.retain(|item| item.value.is_finite());
                for item in items.iter_mut() {
                    item.label = short(&item.label);
                }
                items.len() > 1 && default.is_finite()
            }
        };
        self.label = short(&self.label);
        (makes_sense && self.value.is_finite() && !self.id.is_empty() && self.id.len() <= NAME)
            .then_some(self)
    }
}

fn short(label: &str) -> String {
    label.chars().filter(|c| !c.is_control()).take(NAME).collect::<String>().trim().to_owned()
}

/// How a camera is wished to be adjusted: values by the id of the control.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, specta::Type)]
#[serde(transparent)]
pub struct Tuning(pub BTreeMap<String, f64>);

impl Tuning {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Without what no camera could have.
    pub fn sane(self) -> Self {
        let fits = |(id, value): &(String, f64)| value.is_finite() && id.len() <= NAME;
        Self(self.0.into_iter().filter(fits).take(MOST_VALUES).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(min: f64, max: f64, step: f64, value: f64) -> CameraControl {
        CameraControl {
            id: "zoom".into(),
            name: ControlName::Zoom,
            label: "Zoom\u{7}, absolute ".into(),
            unit: None,
            kind: ControlKind::Range { min, max, step, default: min },
            value,
            locked: false,
        }
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let kept = range(0.0, 10.0, 0.0, 3.0).sane().expect("a control");
        assert_eq!(kept.label, "Zoom, absolute");
        assert!(matches!(kept.kind, ControlKind::Range { step: 1.0, .. }));
        assert_eq!(range(5.0, 5.0, 1.0, 5.0).sane(), None);
        assert_eq!(range(0.0, f64::NAN, 1.0, 5.0).sane(), None);
        let one = vec![ControlItem { value: 1.0, label: "Auto".into() }];
        let menu = CameraControl {
            kind: ControlKind::Menu { items: one, default: 1.0 },
            ..range(0.0, 1.0, 1.0, 1.0)
        };
        assert_eq!(menu.sane(), None, "nothing to choose");
        let wild = Tuning(BTreeMap::from([("a".repeat(65), 1.0), ("b".into(), f64::NAN), ("c".into(), 2.0)]));
        assert_eq!(wild.sane(), Tuning(BTreeMap::from([("c".into(), 2.0)])));
    }

    #[test]
    fn a_value_counts_as_reached_within_half_a_step() {
        assert!(range(0.0, 1.0, 0.1, 0.52).is_at(0.5));
        assert!(!range(0.0, 1.0, 0.1, 0.6).is_at(0.5));
        assert!(!range(0.0, 9000.0, 100.0, 2800.0).is_at(2840.0), "a coarse one is told");
    }
}
