//! When to try again: re-arms itself, spreads out, stops only for a person.

use document_model::{Entropy, Moment};
use sync_protocol::Advice;
use sync_protocol::planted::{Bug, armed};

use super::{Engine, Failure, Outgoing};

/// The first wait after a failure.
const FIRST_WAIT_MS: i64 = 1_000;
/// The longest wait.
const LONGEST_WAIT_MS: i64 = 50 * 1_000;
/// The longest wait a hub can ask for.
const LONGEST_TOLD_WAIT_MS: i64 = 5 * 60 * 1_000;
/// Without work or pokes, the hub is asked for news this often.
const NEWS_EVERY_MS: i64 = 15 * 60 * 1_000;

/// The state of trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retry {
    failures: u32,
    next: Option<Moment>,
    /// Paused until a person signs in, upgrades or looks.
    paused: Option<Advice>,
    last_done: Option<Moment>,
}

impl Retry {
    /// When the next exchange is due.
    #[must_use]
    pub fn due(&self, work: bool) -> Option<Moment> {
        match (self.paused, self.next) {
            (Some(_), _) => None,
            (None, Some(next)) => Some(next),
            (None, None) if armed(Bug::RetryNotArmed) => None,
            (None, None) if work => Some(Moment(i64::MIN)),
            (None, None) => self.last_done.map(|done| Moment(done.0 + NEWS_EVERY_MS)),
        }
    }

    /// What trying waits for, if for a person.
    #[must_use]
    pub fn paused(&self) -> Option<Advice> {
        self.paused
    }

    pub(super) fn new_work(&mut self, now: Moment) {
        if self.failures == 0 {
            self.next = Some(now);
        }
    }

    pub(super) fn done(&mut self, now: Moment) {
        *self = Self { last_done: Some(now), ..Self::default() };
    }

    pub(super) fn signed_in(&mut self) {
        self.paused = None;
    }

    fn failed(&mut self, failure: Failure, now: Moment, entropy: &mut dyn Entropy) {
        let (advice, told_ms) = match failure {
            Failure::Unreachable | Failure::NoAnswer => (Advice::Retry, 0),
            Failure::Hub(error) => (error.code.advice(), error.retry_after_ms.unwrap_or(0)),
        };
        if advice == Advice::SignIn || advice == Advice::Upgrade {
            self.paused = Some(advice);
        }
        self.failures = self.failures.saturating_add(1);
        let longest = (FIRST_WAIT_MS << self.failures.min(16)).min(LONGEST_WAIT_MS);
        // Full jitter: thousands of devices that lost the hub together must not come back together.
        let random = u64::from(entropy.sixteen()[0]) << 8 | u64::from(entropy.sixteen()[1]);
        let wait = FIRST_WAIT_MS + (random as i64 * longest) / i64::from(u16::MAX);
        // What the hub tells comes on top: those it sent away together must not come back together.
        let wait = wait + i64::from(told_ms).min(LONGEST_TOLD_WAIT_MS);
        self.next = (!armed(Bug::RetryNotArmed)).then(|| Moment(now.0.saturating_add(wait)));
    }
}

impl Engine {
    /// Notes a failed exchange. A message the hub cannot take is sent in smaller parts, down to one
    /// document, which is then set aside so that the others go on.
    pub(super) fn failed(
        &mut self,
        failure: Failure,
        request: &Outgoing,
        now: Moment,
        entropy: &mut dyn Entropy,
    ) {
        use sync_protocol::ErrorCode::{Malformed, TooLarge};
        if matches!(failure, Failure::Hub(error) if matches!(error.code, Malformed | TooLarge)) {
            match request.documents.as_slice() {
                [] => {}
                [alone] => drop(self.set_aside.insert(*alone)),
                many => self.push_limit = (many.len() / 2).max(1),
            }
        }
        self.retry.failed(failure, now, entropy);
    }

    /// Another exchange is due now: a poke, a person, the network is back.
    pub fn wake(&mut self, now: Moment) {
        self.retry.next = Some(now);
    }

    /// What the device waits for, if for a person.
    #[must_use]
    pub fn paused(&self) -> Option<Advice> {
        self.retry.paused()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sync_protocol::{ErrorCode, WireError};

    struct Fixed(u8);
    impl Entropy for Fixed {
        fn sixteen(&mut self) -> [u8; 16] {
            [self.0; 16]
        }
    }

    #[test]
    fn waits_grow_and_stay_bounded_and_always_end() {
        let mut retry = Retry::default();
        let mut last = 0;
        for _ in 0..40 {
            retry.failed(Failure::Unreachable, Moment(0), &mut Fixed(255));
            let due = retry.due(true).expect("re-armed").0;
            assert!(due >= last.min(LONGEST_WAIT_MS) && due <= FIRST_WAIT_MS + LONGEST_WAIT_MS + 1);
            last = due;
        }
        retry.done(Moment(7));
        assert_eq!(retry.due(true), Some(Moment(i64::MIN)), "work left is due at once");
        assert_eq!(retry.due(false), Some(Moment(7 + NEWS_EVERY_MS)));
    }

    #[test]
    fn a_hub_that_names_a_wait_is_left_alone_so_long_and_not_for_ever() {
        for (told, least) in [(20_000, 20_000), (u32::MAX, LONGEST_TOLD_WAIT_MS)] {
            let mut retry = Retry::default();
            let slow_down = WireError { code: ErrorCode::SlowDown, retry_after_ms: Some(told) };
            retry.failed(Failure::Hub(slow_down), Moment(7), &mut Fixed(0));
            assert_eq!(retry.due(true), Some(Moment(7 + least + FIRST_WAIT_MS)));
        }
    }

    #[test]
    fn signing_in_is_waited_for_and_then_everything_goes_on() {
        let mut retry = Retry::default();
        let sign_in = WireError { code: ErrorCode::SignInNeeded, retry_after_ms: None };
        retry.failed(Failure::Hub(sign_in), Moment(0), &mut Fixed(0));
        assert_eq!((retry.due(true), retry.paused()), (None, Some(Advice::SignIn)));
        retry.signed_in();
        assert!(retry.due(true).is_some());
    }
}
