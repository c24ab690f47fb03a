//! How often one device may ask: a bucket for each, so that one that runs wild costs the others nothing.
//!
//! Keyed by device and never by address: thousands of phones share the address of their carrier. It
//! counts after sign-in, so that a stranger can empty nobody's bucket.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use document_model::DeviceId;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Requests after which buckets that are full again are thrown away.
const SWEEP_EVERY: usize = 16 * 1_024;

/// The buckets of all devices.
#[derive(Clone)]
pub(super) struct Pace {
    buckets: Arc<DefaultKeyedRateLimiter<DeviceId>>,
    clock: DefaultClock,
    asked: Arc<AtomicUsize>,
}

impl Pace {
    /// So many requests a second, and so many at once.
    pub(super) fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self {
            buckets: Arc::new(RateLimiter::keyed(quota)),
            clock: DefaultClock::default(),
            asked: Arc::default(),
        }
    }

    /// Counts a request of this device. When it has asked too often: milliseconds until it may again.
    pub(super) fn ask(&self, device: DeviceId) -> Result<(), u32> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.buckets.retain_recent();
        }
        self.buckets.check_key(&device).map_err(|early| {
            let wait = early.wait_time_from(self.clock.now()).as_millis();
            u32::try_from(wait).unwrap_or(u32::MAX).max(1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(count: u32) -> NonZeroU32 {
        NonZeroU32::new(count).unwrap()
    }

    #[test]
    fn a_device_that_runs_wild_waits_alone() {
        let pace = Pace::new(of(1), of(3));
        let (wild, calm) = (DeviceId([1; 16]), DeviceId([2; 16]));
        assert_eq!([(); 3].map(|()| pace.ask(wild)), [Ok(()); 3]);
        let wait = pace.ask(wild).expect_err("the bucket is empty");
        assert!((1..=1_000).contains(&wait), "{wait} ms");
        assert_eq!(pace.ask(calm), Ok(()));
    }

    #[test]
    fn full_buckets_are_not_kept() {
        // A bucket is full again a nanosecond after it was used.
        let pace = Pace::new(of(1_000_000_000), of(1));
        let devices = (0..SWEEP_EVERY as u128).map(|number| DeviceId(number.to_be_bytes()));
        devices.for_each(|device| pace.ask(device).unwrap());
        assert!(pace.buckets.len() < SWEEP_EVERY / 2, "{} buckets are left", pace.buckets.len());
    }
}
