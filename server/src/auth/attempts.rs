//! Guessing passwords is made slow: after a few tries under one name, each further one has to wait longer.
//!
//! A try counts when it begins, so that many at once gain nothing, and a right password takes the count
//! away. Names that nobody has are counted like others: the wait tells nothing either. Each process of the
//! hub counts for itself, and forgets what was not tried for an hour.

use std::time::Duration;

use document_model::Moment;
use moka::ops::compute::Op;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

/// Tries that need not wait: people mistype.
const FREE_TRIES: u32 = 3;
/// The longest wait between two tries. A stranger can slow a person's sign-in by it, not prevent it.
const LONGEST_WAIT_MS: i64 = 30_000;
/// Names remembered at once.
const NAMES: u64 = 100_000;
/// For how long.
const REMEMBERED: Duration = Duration::from_secs(3_600);

/// Tries of late, by name.
#[derive(Debug, Clone)]
pub struct Attempts {
    by_name: Cache<[u8; 32], Tries>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Tries {
    count: u32,
    /// No try before this, milliseconds since the epoch.
    until_ms: i64,
}

impl Tries {
    /// Milliseconds the next try has to wait at `now`.
    fn wait_ms(self, now: Moment) -> i64 {
        let left = self.until_ms - now.0;
        // More than the longest wait: the clock was put back.
        if left > LONGEST_WAIT_MS { 0 } else { left.max(0) }
    }

    /// With one more try at `now`.
    fn and_one(self, now: Moment) -> Self {
        let count = self.count.saturating_add(1);
        let doubled = 1_000_i64 << count.saturating_sub(FREE_TRIES).min(10);
        let wait = if count < FREE_TRIES { 0 } else { doubled.min(LONGEST_WAIT_MS) };
        Self { count, until_ms: now.0 + wait }
    }
}

impl Default for Attempts {
    fn default() -> Self {
        Self { by_name: Cache::builder().max_capacity(NAMES).time_to_idle(REMEMBERED).build() }
    }
}

impl Attempts {
    /// Begins a try under `name`; or the milliseconds it has to wait first.
    pub(super) fn begin(&self, name: &str, now: Moment) -> Result<(), u32> {
        let mut wait = 0;
        self.by_name.entry(key(name)).and_compute_with(|known| {
            let tries = known.map_or_else(Tries::default, moka::Entry::into_value);
            wait = tries.wait_ms(now);
            if wait > 0 { Op::Nop } else { Op::Put(tries.and_one(now)) }
        });
        if wait > 0 { Err(u32::try_from(wait).unwrap_or(u32::MAX)) } else { Ok(()) }
    }

    /// The password was right.
    pub(super) fn succeeded(&self, name: &str) {
        self.by_name.invalidate(&key(name));
    }
}

/// Names are of any length, and what people type as a name may be their password.
fn key(name: &str) -> [u8; 32] {
    Sha256::digest(name).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_from_the_third_try_and_stay_bounded() {
        let now = Moment(1_000_000);
        let tries = std::iter::successors(Some(Tries::default()), |tries| Some(tries.and_one(now)));
        let waits: Vec<_> = tries.map(|tries| tries.wait_ms(now)).take(10).collect();
        assert_eq!(waits, [0, 0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        let over = Moment(now.0 + 1_000);
        let third = Tries::default().and_one(now).and_one(now).and_one(now);
        assert_eq!((third.wait_ms(Moment(over.0 - 1)), third.wait_ms(over)), (1, 0));
    }

    #[test]
    fn others_and_a_right_password_are_free() {
        let attempts = Attempts::default();
        let now = Moment(1_000_000);
        assert_eq!([(); 3].map(|()| attempts.begin("kim", now)), [Ok(()); 3]);
        assert_eq!(attempts.begin("kim", now), Err(1_000));
        assert_eq!(attempts.begin("lee", now), Ok(()));
        attempts.succeeded("kim");
        assert_eq!(attempts.begin("kim", now), Ok(()));
    }

    #[test]
    fn a_clock_put_back_locks_nobody_out() {
        let attempts = Attempts::default();
        let now = Moment(10_000_000);
        assert_eq!([(); 3].map(|()| attempts.begin("kim", now)), [Ok(()); 3]);
        assert_eq!(attempts.begin("kim", Moment(1_000_000)), Ok(()));
    }
}
