//! Guessing pairing codes is made improbable: wrong tries use up a budget of chance, and wait where it is empty.
//!
//! A code is one of 10^8, and names nobody: a try is wrong for all open codes at once, so with `n` open ones it hits
//! with a chance of `n / 10^8`. That chance is what a try costs. The budget holds [`AT_ONCE`] parts of 10^8 and gets as
//! many back in a week, evenly. So within the week that a code holds by default, a hub takes at most twice that:
//! `2 * 500,000 / 10^8`, one in a hundred that anybody hits any code, however many are open. What that allows:
//!
//! | open codes | wrong tries at once | after that |
//! |---|---|---|
//! | up to 100 | 5,000 | one in two minutes |
//! | 1,000 | 500 | one in twenty minutes |
//! | 5,000, the most there may be | 100 | one in an hour and 41 minutes |
//!
//! A right code costs nothing: its cost is given back. Neither does what cannot hit: texts that are no code, and codes
//! that were used. Addresses and names have no part in it, since thousands of reps share a carrier's address and whoever
//! guesses has many. A stranger who empties the budget keeps new devices waiting, and the log says so; devices that are
//! signed in, and signing in with a password, do not wait. Each process of the hub counts for itself: with three hubs
//! it is three in a hundred.

use std::sync::{Arc, Mutex, PoisonError};

use document_model::Moment;

/// Chance that may be used up at once, in parts of 10^8: codes.
const AT_ONCE: u64 = 500_000;
/// In this time all of it comes back.
const WEEK_MS: i64 = 7 * 86_400_000;
/// What a try costs at least: where few codes are open, many tries would cost work.
const LEAST: u64 = 100;
/// Invitations that are open at once, at most: with more, people who mistype would use the budget up.
pub const OPEN_INVITATIONS: u64 = 5_000;

/// The budget. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Guesses {
    /// When it is whole again, milliseconds since the epoch.
    whole_ms: Arc<Mutex<i64>>,
}

/// Milliseconds in which the cost of one try comes back, with so many open codes.
fn cost_ms(open: u64) -> i64 {
    let parts = open.clamp(LEAST, AT_ONCE);
    // At most a week, which fits.
    i64::try_from(parts * WEEK_MS.unsigned_abs() / AT_ONCE).unwrap_or(WEEK_MS)
}

impl Guesses {
    /// Begins a try while so many codes are open; or the milliseconds it has to wait first.
    pub(super) fn begin(&self, open: u64, now: Moment) -> Result<(), u32> {
        let mut whole_ms = self.whole_ms.lock().unwrap_or_else(PoisonError::into_inner);
        // More than all of it is out: the clock was put back.
        let from = if *whole_ms - now.0 > WEEK_MS { now.0 } else { now.0.max(*whole_ms) };
        let until = from + cost_ms(open);
        let wait = until - now.0 - WEEK_MS;
        if wait > 0 {
            return Err(u32::try_from(wait).unwrap_or(u32::MAX));
        }
        *whole_ms = until;
        Ok(())
    }

    /// The try was no guess: what it cost with so many open codes is given back.
    pub(super) fn give_back(&self, open: u64) {
        *self.whole_ms.lock().unwrap_or_else(PoisonError::into_inner) -= cost_ms(open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment(1_790_000_000_000);

    /// Tries that are taken one after another at an instant.
    fn taken(guesses: &Guesses, open: u64, now: Moment) -> u64 {
        let mut count = 0;
        while guesses.begin(open, now).is_ok() {
            count += 1;
        }
        count
    }

    #[test]
    fn in_a_week_nobody_hits_any_code_with_a_chance_above_one_in_a_hundred() {
        for open in [1, 99, 100, 1_000, 3_333, OPEN_INVITATIONS] {
            let guesses = Guesses::default();
            let mut tries = 0;
            for hour in 0..=7 * 24 {
                tries += taken(&guesses, open, Moment(NOW.0 + hour * 3_600_000));
            }
            assert!(tries * open <= 1_000_000, "{tries} tries with {open} open codes");
            assert!(tries >= 150, "{open}: people mistype");
        }
    }

    #[test]
    fn the_table_of_what_is_allowed_is_right() {
        for (open, at_once, minutes) in [(7, 5_000, 2), (100, 5_000, 2), (1_000, 500, 20), (5_000, 100, 100)]
        {
            let guesses = Guesses::default();
            assert_eq!(taken(&guesses, open, NOW), at_once);
            let wait = i64::from(guesses.begin(open, NOW).expect_err("it is empty"));
            assert_eq!(wait / 60_000, minutes, "{open}");
            assert_eq!(taken(&guesses, open, Moment(NOW.0 + wait - 1)), 0);
            assert_eq!(taken(&guesses, open, Moment(NOW.0 + wait)), 1);
        }
    }

    #[test]
    fn what_was_no_guess_costs_nothing_and_a_clock_put_back_locks_nobody_out() {
        let guesses = Guesses::default();
        for _ in 0..10_000 {
            assert_eq!(guesses.begin(5_000, NOW), Ok(()));
            guesses.give_back(5_000);
        }
        assert_eq!(taken(&guesses, 5_000, NOW), 100);
        assert_eq!(taken(&guesses, 5_000, Moment(NOW.0 - 1)), 100, "an hour that comes again");
        assert_eq!(guesses.begin(u64::MAX, Moment(0)), Ok(()), "one try at least, whatever is open");
    }
}
