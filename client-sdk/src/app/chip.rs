//! What the chip at the top of every page says: one of five, and none of them a guess.

use serde::Serialize;

/// The five states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chip {
    /// The hub has everything, as far as the last try told.
    Synced,
    /// Edits wait for an exchange that is due or under way.
    Sending,
    /// The hub was not reached; edits wait here.
    Offline,
    /// A person is needed: clashes, the tray, signing in again.
    Attention,
    /// Something that trying again does not end.
    Problem,
}

impl Chip {
    /// The state in one word, as pages read it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "synced",
            Self::Sending => "sending",
            Self::Offline => "offline",
            Self::Attention => "attention",
            Self::Problem => "problem",
        }
    }
}

/// What the chip is decided from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// There is a problem with a code.
    pub problem: bool,
    /// The sign-in has ended.
    pub sign_in_needed: bool,
    /// Clashes and items in the tray.
    pub attention: u64,
    /// The last try did not reach the hub.
    pub lost: bool,
    /// Edits the hub has not acknowledged.
    pub unsent: u64,
    /// A first download, or pages of a feed, are still coming.
    pub behind: bool,
}

/// The state for a standing. What a person must do comes first, then whether anybody hears.
#[must_use]
pub fn chip(standing: Standing) -> Chip {
    match standing {
        Standing { problem: true, .. } => Chip::Problem,
        Standing { sign_in_needed: true, .. } => Chip::Attention,
        Standing { lost: true, .. } => Chip::Offline,
        Standing { attention: 1.., .. } => Chip::Attention,
        Standing { unsent: 1.., .. } | Standing { behind: true, .. } => Chip::Sending,
        _ => Chip::Synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_one_word_for_pages_and_people() {
        for state in [Chip::Synced, Chip::Sending, Chip::Offline, Chip::Attention, Chip::Problem] {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
    }

    #[test]
    fn each_standing_has_its_state() {
        let calm = Standing::default();
        let table = [
            (calm, Chip::Synced),
            (Standing { unsent: 1, ..calm }, Chip::Sending),
            (Standing { behind: true, ..calm }, Chip::Sending),
            (Standing { lost: true, ..calm }, Chip::Offline),
            (Standing { lost: true, unsent: 3, ..calm }, Chip::Offline),
            (Standing { attention: 1, ..calm }, Chip::Attention),
            (Standing { attention: 1, unsent: 2, ..calm }, Chip::Attention),
            (Standing { attention: 1, lost: true, ..calm }, Chip::Offline),
            (Standing { sign_in_needed: true, ..calm }, Chip::Attention),
            (Standing { sign_in_needed: true, unsent: 2, lost: true, ..calm }, Chip::Attention),
            (Standing { problem: true, ..calm }, Chip::Problem),
            (
                Standing {
                    problem: true,
                    sign_in_needed: true,
                    lost: true,
                    attention: 2,
                    unsent: 2,
                    behind: true,
                },
                Chip::Problem,
            ),
        ];
        for (standing, expected) in table {
            assert_eq!(chip(standing), expected, "{standing:?}");
        }
    }
}
