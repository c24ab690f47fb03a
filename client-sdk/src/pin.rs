//! The PIN of a device: its shape, and how long to wait after wrong ones.

/// Digits of a PIN.
pub const PIN_DIGITS: usize = 6;
/// Wrong PINs before the first wait.
const FREE_TRIES: u32 = 4;
/// The first wait; it doubles with each further wrong PIN.
const FIRST_WAIT_MS: i64 = 30_000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 60 * 60 * 1_000;

/// Whether this is a PIN at all.
#[must_use]
pub fn is_pin(text: &str) -> bool {
    text.len() == PIN_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// How long no PIN is tried after so many wrong ones in a row, milliseconds.
#[must_use]
pub fn wait_after(wrong: u32) -> i64 {
    match wrong.checked_sub(FREE_TRIES) {
        None | Some(0) => 0,
        Some(more) => FIRST_WAIT_MS.saturating_mul(1 << (more - 1).min(16)).min(LONGEST_WAIT_MS),
    }
}

/// Until when no PIN is tried, where the wait after so many wrong ones was to end at `until_ms`. Whatever the clock said
/// when it began, nobody waits longer than it takes: a clock years fast that was put right would shut the app for years.
#[must_use]
pub fn waits_until(wrong: u32, until_ms: i64, now_ms: i64) -> Option<i64> {
    let until_ms = until_ms.min(now_ms.saturating_add(wait_after(wrong)));
    (until_ms > now_ms).then_some(until_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_six_digits() {
        assert!(is_pin("012345"));
        for other in ["", "12345", "1234567", "12345a", "１２３４５６", "12 456"] {
            assert!(!is_pin(other), "{other}");
        }
    }

    #[test]
    fn waits_begin_after_four_grow_and_stay_bounded() {
        let waits: Vec<_> = (0..8).map(|wrong| wait_after(wrong) / 1_000).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 30, 60, 120]);
        assert_eq!(wait_after(u32::MAX), LONGEST_WAIT_MS);
        // A thousand tries take weeks: of a million PINs, one in a thousand is found by then.
        let hours: i64 = (0..1_000).map(|wrong| wait_after(wrong) / 3_600_000).sum();
        assert!(hours > 900, "{hours} h");
    }

    #[test]
    fn a_clock_that_was_years_fast_makes_nobody_wait_for_years() {
        let (now, year) = (1_800_000_000_000, 365 * 86_400_000);
        assert_eq!(waits_until(6, now + 45_000, now), Some(now + 45_000), "what is left of it");
        assert_eq!(waits_until(6, now + year, now), Some(now + 60_000), "no more than it takes");
        assert_eq!(waits_until(6, now, now), None);
        assert_eq!(waits_until(4, now + year, now), None, "these are free");
        assert_eq!(waits_until(u32::MAX, i64::MAX, i64::MAX), None);
    }
}
