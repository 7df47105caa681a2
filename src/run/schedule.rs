//! When the next run is due.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::settings::InvalidSettings;
use crate::api::v1alpha1::DirectoryGroupSyncSpec;
use crate::api::v1alpha1::directory_group_sync::policy::Trigger;
use crate::api::v1alpha1::duration::Interval;

/// The interval if neither `interval` nor `schedule` is set.
pub const DEFAULT_INTERVAL: Duration = Duration::from_mins(15);

/// How long refused credentials are not tried again. Account policies count failures within a window, in Active Directory by default
/// half an hour (`lockoutObservationWindow`).
pub const BIND_REST: Duration = Duration::from_mins(30);

/// Changes of a Directory or a DashboardServer start their syncs within this time.
const SPREAD: Duration = Duration::from_mins(5);

/// Less than four years of any kind, in seconds.
const FOUR_YEARS: i64 = 4 * 365 * 24 * 60 * 60;
/// The start of the search for the next time of a cron expression, when it is checked. The result is the same in all years.
const TRIED_FROM: Timestamp = Timestamp::constant(1_767_225_600, 0);

/// `spec.trigger`, `spec.interval` and `spec.schedule`.
#[derive(Debug, Clone)]
pub enum Schedule {
    /// Only on request.
    Request,
    /// This long after the end of the last run, plus or minus five percent.
    Interval(Duration),
    /// At the times of a cron expression, in its time zone.
    Cron(Box<cronexpr::Crontab>),
}

impl Schedule {
    /// The schedule of a spec.
    ///
    /// # Errors
    /// When the cron expression or the time zone is not valid, or the expression never occurs.
    pub fn of(spec: &DirectoryGroupSyncSpec) -> Result<Self, InvalidSettings> {
        if spec.trigger == Trigger::Request {
            return Ok(Self::Request);
        }
        let Some(schedule) = &spec.schedule else {
            return Ok(Self::Interval(spec.interval.map_or(DEFAULT_INTERVAL, Interval::get)));
        };
        let zone = spec.time_zone.as_deref().unwrap_or("UTC");
        if jiff::tz::TimeZone::get(zone).is_err() {
            let problem = format!("\"{zone}\" is not a time zone: use a name such as Europe/Berlin");
            return Err(InvalidSettings::field("DirectoryGroupSync spec.timeZone", problem));
        }
        let refused = |problem| Err(InvalidSettings::field("DirectoryGroupSync spec.schedule", problem));
        let Ok(crontab) = cronexpr::parse_crontab(&format!("{schedule} {zone}")) else {
            return refused(format!(
                "\"{schedule}\" is not a cron expression with 5 fields (minute, hour, day of month, month, day of week) such as 0 2 * * *"
            ));
        };
        match next(&crontab, TRIED_FROM) {
            Some(_) => Ok(Self::Cron(Box::new(crontab))),
            None => refused(format!(
                "\"{schedule}\" never occurs, because its day of month, month and day of week do not coincide: correct it, or \
                 set trigger: Request to run only on request"
            )),
        }
    }

    /// When to run after a run that ended at `end`. `None`: on request. `identity` spreads the syncs of a cluster: the same one
    /// always gets the same jitter for the same end.
    #[must_use]
    pub fn next(&self, end: Timestamp, identity: &str) -> Option<Timestamp> {
        match self {
            Self::Request => None,
            Self::Interval(interval) => Some(later(end, jittered(*interval, identity, end))),
            Self::Cron(crontab) => next(crontab, end),
        }
    }

    /// The longest wait after a failed run: the interval, or the default interval.
    #[must_use]
    pub const fn longest_retry(&self) -> Duration {
        match self {
            Self::Interval(interval) => *interval,
            Self::Request | Self::Cron(_) => DEFAULT_INTERVAL,
        }
    }
}

/// The next time of a cron expression. The library searches four years ahead, but February 29th occurs after eight years
/// around 2100, and on a given day of the week after forty.
fn next(crontab: &cronexpr::Crontab, after: Timestamp) -> Option<Timestamp> {
    (0..10).find_map(|steps| {
        let start = cronexpr::MakeTimestamp::from_second(after.as_second() + steps * FOUR_YEARS).ok()?;
        let next = crontab.find_next(start).ok()?;
        Timestamp::from_second(next.timestamp().as_second()).ok()
    })
}

/// When to try again after the `failures`-th failure in a row (from 1): `retryInterval`, doubled each time, at most
/// `longest`.
#[must_use]
pub fn retry_after(retry_interval: Duration, longest: Duration, failures: u32) -> Duration {
    let doubled = retry_interval.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
    doubled.min(longest.max(retry_interval))
}

/// When a change of another object at `now` starts this sync: some time in the next five minutes, always the same one for
/// the same identity.
#[must_use]
pub fn spread(now: Timestamp, identity: &str) -> Timestamp {
    later(now, SPREAD.mul_f64(share(identity)))
}

/// A pseudo-random number from 0 to 1, always the same for one identity.
#[must_use]
pub fn share(identity: &str) -> f64 {
    let digest = Sha256::digest(identity);
    f64::from(u16::from_be_bytes([digest[0], digest[1]])) / f64::from(u16::MAX)
}

/// Adds a duration to a time, at most to the end of time.
#[must_use]
pub fn later(time: Timestamp, duration: Duration) -> Timestamp {
    let duration = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    time.saturating_add(duration).unwrap_or(Timestamp::MAX)
}

/// Plus or minus five percent, so that syncs that were created together do not always run together.
#[must_use]
pub fn jittered(interval: Duration, identity: &str, end: Timestamp) -> Duration {
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
            let wait = schedule.next(end, "a").unwrap().duration_since(end).as_secs();
            assert!((950..=1050).contains(&wait), "{wait}");
        }
    }

    #[test]
    fn a_cron_expression_is_read_in_its_time_zone() {
        let crontab = cronexpr::parse_crontab("0 2 * * * Europe/Berlin").unwrap();
        let schedule = Schedule::Cron(Box::new(crontab));
        assert_eq!(schedule.next(at("2026-07-01T12:00:00Z"), ""), Some(at("2026-07-02T00:00:00Z")));
        assert_eq!(schedule.next(at("2026-12-01T12:00:00Z"), ""), Some(at("2026-12-02T01:00:00Z")));
    }

    #[test]
    fn a_time_that_the_clock_skips_does_not_occur_and_one_that_it_repeats_occurs_twice() {
        let crontab = cronexpr::parse_crontab("30 2 * * * Europe/Berlin").unwrap();
        let schedule = Schedule::Cron(Box::new(crontab));
        let times = |from: &str| {
            let first = schedule.next(at(from), "").unwrap();
            (first, schedule.next(first, "").unwrap())
        };
        assert_eq!(times("2026-03-28T01:30:00Z"), (at("2026-03-30T00:30:00Z"), at("2026-03-31T00:30:00Z")));
        assert_eq!(times("2026-10-24T00:30:00Z"), (at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")));
    }

    /// The static binary runs in an image that has none.
    #[test]
    fn time_zones_are_in_the_binary() {
        let bundled = jiff::tz::TimeZoneDatabase::bundled();
        assert!(bundled.get("Europe/Berlin").is_ok() && bundled.get("UTC").is_ok());
    }

    #[expect(clippy::needless_pass_by_value, reason = "a table reads better without borrows")]
    fn schedule_of(spec: serde_json::Value) -> Result<Schedule, String> {
        let mut whole =
            serde_json::json!({"directoryRef": {"name": "d"}, "dashboardServerRef": {"name": "s"}, "groups": []});
        whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        Schedule::of(&serde_json::from_value(whole).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_cron_expression_without_a_next_time_is_refused() {
        for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 FEB *"] {
            let refused = schedule_of(serde_json::json!({"schedule": never})).unwrap_err();
            assert!(
                refused.starts_with("DirectoryGroupSync spec.schedule: ") && refused.contains("never occurs"),
                "{refused}"
            );
        }
        for (rare, next) in [
            ("0 0 29 2 *", "2028-02-29T00:00:00Z"),
            // Both fields must match, because one starts with an asterisk: a February 29th that is a Monday.
            ("0 0 29 2 */7", "2032-02-29T00:00:00Z"),
            ("30 12 31 12 *", "2026-12-31T12:30:00Z"),
        ] {
            let schedule = schedule_of(serde_json::json!({"schedule": rare})).unwrap();
            assert_eq!(schedule.next(at("2026-06-01T00:00:00Z"), ""), Some(at(next)), "{rare}");
        }
        let around_2100 = schedule_of(serde_json::json!({"schedule": "0 0 29 2 *"})).unwrap();
        assert_eq!(around_2100.next(at("2097-01-01T00:00:00Z"), ""), Some(at("2104-02-29T00:00:00Z")));
    }

    #[test]
    fn on_request_there_is_no_next_time() {
        let schedule = schedule_of(serde_json::json!({"trigger": "Request"})).unwrap();
        assert_eq!(schedule.next(at("2026-06-01T00:00:00Z"), ""), None);
        assert_eq!(schedule.longest_retry(), DEFAULT_INTERVAL);
    }

    #[test]
    fn retries_double_up_to_the_interval() {
        let retry = |failures| retry_after(Duration::from_mins(1), Duration::from_mins(10), failures).as_secs();
        assert_eq!([1, 2, 3, 4, 5, 100].map(retry), [60, 120, 240, 480, 600, 600]);
    }

    #[test]
    fn spreads_within_five_minutes() {
        let now: Timestamp = "2026-01-01T12:00:00Z".parse().unwrap();
        let mut waits = std::collections::BTreeSet::new();
        for identity in 0..100 {
            let wait = spread(now, &identity.to_string()).duration_since(now).as_secs();
            assert!((0..=300).contains(&wait));
            waits.insert(wait);
        }
        assert!(waits.len() > 50, "{waits:?}");
    }
}
