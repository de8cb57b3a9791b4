//! How long to wait: a little more or less than asked, so that keepers that were started together do not stay together,
//! and longer after each failure.

use std::time::Duration;

use rand::Rng;

/// The part of a pause by which it is longer or shorter at most, in percent.
const JITTER: u32 = 20;
/// The longest pause is the first one doubled so many times, unless a ceiling comes first.
const DOUBLINGS: u32 = 16;

/// A pause that doubles with each failure in a row.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    first: Duration,
    ceiling: Duration,
    failures: u32,
}

impl Backoff {
    /// From `first` to `ceiling`.
    pub fn new(first: Duration, ceiling: Duration) -> Self {
        Self {
            first,
            ceiling: ceiling.max(first),
            failures: 0,
        }
    }

    /// How long to wait after one more failure, without the jitter.
    pub fn failed(&mut self) -> Duration {
        let doubled = self.first.saturating_mul(1 << self.failures.min(DOUBLINGS));
        self.failures = self.failures.saturating_add(1);
        doubled.min(self.ceiling)
    }

    /// After a success the next failure is the first one again.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Whether the last attempt failed.
    pub fn is_failing(&self) -> bool {
        self.failures > 0
    }
}

/// A pause of about `pause`.
pub fn jittered(pause: Duration) -> Duration {
    let percent = rand::rng().random_range(100 - JITTER..=100 + JITTER);
    pause.saturating_mul(percent) / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_to_the_ceiling_and_begin_anew_after_a_success() {
        let seconds = Duration::from_secs;
        let mut backoff = Backoff::new(seconds(1), seconds(5));
        assert!(!backoff.is_failing());
        assert_eq!(
            [backoff.failed(), backoff.failed(), backoff.failed(), backoff.failed()],
            [1, 2, 4, 5].map(seconds)
        );
        assert!(backoff.is_failing());
        backoff.succeeded();
        assert_eq!(backoff.failed(), seconds(1));
        for _ in 0..200 {
            backoff.failed();
        }
        assert_eq!(backoff.failed(), seconds(5));
        let higher = Backoff::new(seconds(10), seconds(5)).failed();
        assert_eq!(higher, seconds(10), "a ceiling is never below the first pause");
    }

    #[test]
    fn jitter_stays_within_its_bounds_and_differs() {
        let pause = Duration::from_secs(100);
        let pauses: Vec<Duration> = (0..200).map(|_| jittered(pause)).collect();
        assert!(pauses.iter().all(|pause| (80..=120).contains(&pause.as_secs())));
        assert!(pauses.iter().any(|other| *other != pauses[0]));
        assert_eq!(jittered(Duration::ZERO), Duration::ZERO);
    }
}
