//! How much to ask for in one answer, for a device whose link nobody knows.
//!
//! A page is taken in whole or not at all, and while it is, the book waits. So the first page is small, to be of use soon;
//! the next ones grow for as long as they come quickly; and after a cut little is asked for, so that little comes again.

use sync_protocol::limits;

/// The first page of a sync: some hundred customers.
const FIRST_BYTES: u32 = 64 * 1024;
/// No page is smaller, however often the link is cut.
const LEAST_BYTES: u32 = 16 * 1024;
/// The largest page there is.
const MOST_BYTES: u32 = limits::PAGE_BYTES as u32;
/// A page that took no longer was a small one.
const QUICK_MS: i64 = 1_000;
/// One that took longer was too large.
const SLOW_MS: i64 = 3_000;

/// The size of the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    page_bytes: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { page_bytes: FIRST_BYTES }
    }
}

impl Pace {
    /// Payload bytes to ask for.
    #[must_use]
    pub fn page_bytes(self) -> u32 {
        self.page_bytes
    }

    /// At the beginning of a sync: what was learned of the link is old.
    #[must_use]
    pub fn at_first(self) -> Self {
        Self { page_bytes: self.page_bytes.min(FIRST_BYTES) }
    }

    /// After an answer that was asked for and taken in within this time.
    #[must_use]
    pub fn after(self, took_ms: i64) -> Self {
        let page_bytes = match took_ms {
            ..=QUICK_MS => self.page_bytes.saturating_mul(2).min(MOST_BYTES),
            SLOW_MS.. => (self.page_bytes / 2).max(LEAST_BYTES),
            _ => self.page_bytes,
        };
        Self { page_bytes }
    }

    /// After an answer that did not come.
    #[must_use]
    pub fn after_cut(self) -> Self {
        Self { page_bytes: (self.at_first().page_bytes / 2).max(LEAST_BYTES) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_grow_while_they_come_quickly_and_never_pass_what_a_hub_sends() {
        let mut pace = Pace::default();
        let sizes: Vec<_> = (0..8)
            .map(|_| {
                pace = pace.after(100);
                pace.page_bytes() / 1024
            })
            .collect();
        assert_eq!(sizes, [128, 256, 512, 1024, 2048, 2048, 2048, 2048]);
    }

    #[test]
    fn a_slow_page_makes_the_next_one_smaller_and_one_in_between_leaves_it() {
        let pace = Pace::default();
        assert_eq!(pace.after(2_000), pace);
        assert_eq!(pace.after(5_000).page_bytes(), FIRST_BYTES / 2);
        let tiny = (0..9).fold(pace, |pace, _| pace.after(60_000));
        assert_eq!(tiny.page_bytes(), LEAST_BYTES);
    }

    #[test]
    fn a_cut_costs_a_small_page_however_large_the_last_one_was() {
        let large = (0..5).fold(Pace::default(), |pace, _| pace.after(1));
        assert_eq!(large.after_cut().page_bytes(), FIRST_BYTES / 2);
        let often = (0..9).fold(large, |pace, _| pace.after_cut());
        assert_eq!(often.page_bytes(), LEAST_BYTES);
    }

    #[test]
    fn a_new_sync_begins_small_and_remembers_cuts() {
        let large = (0..5).fold(Pace::default(), |pace, _| pace.after(1));
        assert_eq!(large.at_first(), Pace::default());
        assert_eq!(large.after_cut().at_first(), large.after_cut());
    }
}
