//! When the next run is due.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::settings::InvalidSettings;
use crate::api::v1alpha1::DirectoryGroupSyncSpec;

/// Neither `interval` nor `schedule` means this.
pub const DEFAULT_INTERVAL: Duration = Duration::from_mins(15);

/// How long refused credentials rest. Account policies count failures within a window, in Active Directory by default
/// half an hour (`lockoutObservationWindow`).
pub const BIND_REST: Duration = Duration::from_mins(30);

/// `spec.interval` or `spec.schedule`.
#[derive(Debug, Clone)]
pub enum Schedule {
    /// So long after the end of the last run, give or take five percent.
    Interval(Duration),
    /// At the times that a cron expression names, in its time zone.
    Cron(Box<cronexpr::Crontab>),
}

impl Schedule {
    /// What a spec says.
    ///
    /// # Errors
    /// When the cron expression or the time zone does not parse.
    pub fn of(spec: &DirectoryGroupSyncSpec) -> Result<Self, InvalidSettings> {
        let Some(schedule) = &spec.schedule else {
            return Ok(Self::Interval(spec.interval.map_or(DEFAULT_INTERVAL, crate::api::v1alpha1::Duration::get)));
        };
        let zone = spec.time_zone.as_deref().unwrap_or("UTC");
        if jiff::tz::TimeZone::get(zone).is_err() {
            let problem = format!("\"{zone}\" is no time zone; it must be a name such as Europe/Berlin");
            return Err(InvalidSettings::field("DirectoryGroupSync spec.timeZone", problem));
        }
        if let Ok(crontab) = cronexpr::parse_crontab(&format!("{schedule} {zone}")) {
            Ok(Self::Cron(Box::new(crontab)))
        } else {
            let problem = format!(
                "\"{schedule}\" must be five fields such as \"0 2 * * *\": minute, hour, day of month, month, day of week"
            );
            Err(InvalidSettings::field("DirectoryGroupSync spec.schedule", problem))
        }
    }

    /// When to run after a run that ended at `end`. `identity` spreads the syncs of a cluster: the same one always gets
    /// the same jitter for the same end.
    #[must_use]
    pub fn next(&self, end: Timestamp, identity: &str) -> Timestamp {
        match self {
            Self::Interval(interval) => later(end, jittered(*interval, identity, end)),
            Self::Cron(crontab) => {
                let next = cronexpr::MakeTimestamp::from_second(end.as_second()).and_then(|end| crontab.find_next(end));
                let next = next.ok().and_then(|next| Timestamp::from_second(next.timestamp().as_second()).ok());
                next.unwrap_or_else(|| later(end, DEFAULT_INTERVAL))
            }
        }
    }

    /// How long a failed run waits at most: the interval, and for a cron expression the default one.
    #[must_use]
    pub const fn longest_retry(&self) -> Duration {
        match self {
            Self::Interval(interval) => *interval,
            Self::Cron(_) => DEFAULT_INTERVAL,
        }
    }
}

/// When to try again after the `failures`-th failure in a row (from 1): `retryInterval`, doubled each time, at most
/// `longest`.
#[must_use]
pub fn retry_after(retry_interval: Duration, longest: Duration, failures: u32) -> Duration {
    let doubled = retry_interval.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
    doubled.min(longest.max(retry_interval))
}

/// Adds a duration to a time, at most to the end of time.
#[must_use]
pub fn later(time: Timestamp, duration: Duration) -> Timestamp {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

/// Five percent either way, so that syncs that were created together do not run together for ever.
fn jittered(interval: Duration, identity: &str, end: Timestamp) -> Duration {
    let digest = Sha256::new().chain_update(identity).chain_update(end.as_second().to_be_bytes()).finalize();
    let fraction = f64::from(digest[0]) / 255.0;
    interval.mul_f64(0.95 + 0.1 * fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_interval_is_kept_within_five_percent() {
        let schedule = Schedule::Interval(Duration::from_secs(1000));
        for second in 0..200 {
            let end = later(at("2026-01-01T00:00:00Z"), Duration::from_secs(second));
            let wait = schedule.next(end, "a").duration_since(end).as_secs();
            assert!((950..=1050).contains(&wait), "{wait}");
        }
    }

    #[test]
    fn a_cron_expression_is_read_in_its_time_zone() {
        let crontab = cronexpr::parse_crontab("0 2 * * * Europe/Berlin").unwrap();
        let schedule = Schedule::Cron(Box::new(crontab));
        assert_eq!(schedule.next(at("2026-07-01T12:00:00Z"), ""), at("2026-07-02T00:00:00Z"));
        assert_eq!(schedule.next(at("2026-12-01T12:00:00Z"), ""), at("2026-12-02T01:00:00Z"));
    }

    #[test]
    fn retries_double_up_to_the_interval() {
        let retry = |failures| retry_after(Duration::from_mins(1), Duration::from_mins(10), failures).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 100].map(retry), [60, 120, 240, 480, 600, 600]);
    }
}
