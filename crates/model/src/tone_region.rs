use serde::{Deserialize, Serialize};

macro_rules! regions {
    ($($name:ident = $code:literal),* $(,)?) => {
        /// Whose call tones are heard: a country by its ISO 3166 code.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, specta::Type)]
        #[serde(rename_all = "lowercase")]
        pub enum ToneRegion {
            $($name,)*
            /// What most of the world has: 425 Hz.
            #[default]
            World,
        }

        impl ToneRegion {
            pub const ALL: &[Self] = &[$(Self::$name,)* Self::World];

            /// `world` and `nothing known` are the same.
            pub fn from_code(code: &str) -> Option<Self> {
                match code.to_ascii_lowercase().as_str() { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

regions! {
    Ae = "ae", Ar = "ar", At = "at", Au = "au", Be = "be", Br = "br", Ca = "ca", Ch = "ch", Cl = "cl", Cn = "cn",
    De = "de", Dk = "dk", Es = "es", Fi = "fi", Fr = "fr", Gb = "gb", Gr = "gr", In = "in", It = "it", Jp = "jp",
    Kr = "kr", Mx = "mx", Nl = "nl", No = "no", Nz = "nz", Pl = "pl", Pt = "pt", Ru = "ru", Sa = "sa", Se = "se",
    Tr = "tr", Us = "us", Za = "za",
}

impl ToneRegion {
    /// The country of a locale (`de-AT`, `pt_BR.UTF-8`); without one, where its language is at home.
    pub fn of_locale(locale: &str) -> Self {
        let mut parts = locale.split(['.', '@']).next().unwrap_or_default().split(['-', '_']);
        let language = parts.next().unwrap_or_default().to_ascii_lowercase();
        // A script (`zh-Hans-CN`) has four letters.
        if let Some(country) = parts.find(|part| part.len() == 2) {
            return Self::from_code(country).unwrap_or_default();
        }
        match language.as_str() {
            "en" => Self::Us,
            "ja" => Self::Jp,
            "ar" => Self::Sa,
            "zh" => Self::Cn,
            "ko" => Self::Kr,
            "sv" => Self::Se,
            "da" => Self::Dk,
            "nb" | "nn" => Self::No,
            "el" => Self::Gr,
            "hi" => Self::In,
            other => Self::from_code(other)
                .filter(|_| !matches!(other, "ae" | "be" | "ca" | "ch" | "in" | "kr"))
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ToneRegion as R;

    #[test]
    fn a_locale_says_whose_tones_are_heard() {
        for (locale, region) in [
            ("de-AT", R::At),
            ("pt_BR.UTF-8", R::Br),
            ("zh-Hans-CN", R::Cn),
            ("en", R::Us),
            ("es", R::Es),
            ("ja", R::Jp),
            ("ar", R::Sa),
            ("fr-LU", R::World),
            ("C", R::World),
            ("", R::World),
        ] {
            assert_eq!(R::of_locale(locale), region, "{locale}");
        }
    }
}
