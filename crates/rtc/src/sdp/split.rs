//! Splits a description into transports: which sections have one of their own, and which share.

use super::read::{Description, Section};

/// How the sections of a description are spread over transports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// For each section: the section whose transport it uses (itself, when it has its own), or `None` when it cannot be used.
    pub owners: Vec<Option<usize>>,
    /// The mids of the group that an answer has to repeat, when sections share a transport.
    pub group: Option<Vec<String>>,
}

impl Split {
    pub(crate) fn of(description: &Description) -> Self {
        let group = bundled(description);
        let mut owner_of_group = None;
        let owners = description
            .sections
            .iter()
            .enumerate()
            .map(|(i, section)| {
                if !section.usable() {
                    return None;
                }
                let in_group = group.is_some_and(|g| section.mid.as_ref().is_some_and(|m| g.contains(m)));
                Some(if in_group { *owner_of_group.get_or_insert(i) } else { i })
            })
            .collect();
        Self { owners, group: group.cloned() }
    }

    pub(crate) fn is_bundled(&self) -> bool {
        self.group.is_some()
    }
}

/// The group, if its sections really share one transport.
///
/// Equal ufrags say nothing (max-compat repeats them in sections that have ports of their own), and neither does a missing `bundle-only`: max-bundle
/// writes port 9 without it. What tells is that a later section has no candidates while the first one has.
fn bundled(description: &Description) -> Option<&Vec<String>> {
    description.bundles.iter().find(|group| {
        let members: Vec<&Section> = description
            .sections
            .iter()
            .filter(|s| s.usable() && s.mid.as_ref().is_some_and(|m| group.contains(m)))
            .collect();
        let Some((first, later)) = members.split_first() else { return false };
        later.iter().any(|s| s.bundle_only || s.candidates.is_empty())
            && (!first.candidates.is_empty() || later.iter().all(|s| s.ufrag == first.ufrag))
    })
}
