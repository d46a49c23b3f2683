use serde::{Deserialize, Serialize};

/// How somebody's call sounds. All of them are made, none is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
#[serde(rename_all = "snake_case")]
pub enum RingTone {
    /// Two soft chords.
    #[default]
    Harbour,
    /// An old telephone: two tones that beat, 2 s of 6 s (440 and 480 Hz, as in North America).
    Telephone,
    /// A door's two notes.
    Chime,
    /// Four steps up and one down.
    Marimba,
    /// A ship's horn far away.
    Horn,
}

impl RingTone {
    pub const ALL: [Self; 5] = [Self::Harbour, Self::Telephone, Self::Chime, Self::Marimba, Self::Horn];
}
