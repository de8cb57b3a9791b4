//! Moments and durations as people write and read them. Times are seconds since 1970, dates are in UTC.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// Seconds of a day.
pub const DAY: u64 = 86_400;

const HOUR: u64 = 3_600;
const MINUTE: u64 = 60;

/// The units in which a duration is told, from the largest.
const UNITS: [(u64, &str, &str); 4] = [
    (DAY, "day", "days"),
    (HOUR, "h", "h"),
    (MINUTE, "min", "min"),
    (1, "s", "s"),
];

/// So many seconds, written with units: `90 days`, `1d 12h`, `2 weeks`, `45 min`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

impl FromStr for Span {
    type Err = anyhow::Error;

    /// Whole numbers with units (weeks, days, h, min, s; a year is 365 days), added up.
    fn from_str(text: &str) -> Result<Self> {
        let refusal = || format!("{text:?} is no duration: write a number and a unit, like 30 days, 12h or 1d 12h");
        let mut rest = text.trim();
        ensure!(!rest.is_empty(), refusal());
        let mut seconds = 0_u64;
        while !rest.is_empty() {
            let (number, behind) = split_where(rest, |c| !c.is_ascii_digit());
            let (unit, behind) = split_where(behind.trim_start(), |c| !c.is_ascii_alphabetic());
            let number: u64 = number.parse().with_context(refusal)?;
            let added = number.checked_mul(seconds_of(unit).with_context(refusal)?);
            seconds = added
                .and_then(|added| seconds.checked_add(added))
                .with_context(|| format!("{text:?} is longer than any time"))?;
            rest = behind.trim_start();
        }
        Ok(Self(seconds))
    }
}

impl fmt::Display for Span {
    /// All of it, without rounding: what [`Span::from_str`] reads back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&in_units(self.0, UNITS.len()))
    }
}

fn split_where(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn seconds_of(unit: &str) -> Option<u64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "second" | "seconds" => 1,
        "min" | "minute" | "minutes" => MINUTE,
        "h" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        "y" | "year" | "years" => 365 * DAY,
        _ => return None,
    })
}

/// A duration to two units: `3 days 4 h`.
pub fn roughly(seconds: u64) -> String {
    in_units(seconds, 2)
}

fn in_units(seconds: u64, most: usize) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    let first = UNITS
        .iter()
        .position(|(unit, ..)| seconds >= *unit)
        .unwrap_or(UNITS.len() - 1);
    for (unit, one, many) in UNITS.iter().skip(first).take(most) {
        let number = rest / unit;
        rest %= unit;
        if number > 0 || (parts.is_empty() && seconds == 0) {
            parts.push(format!("{number} {}", if number == 1 { one } else { many }));
        }
    }
    parts.join(" ")
}

/// A moment as a date: `2026-03-01 12:00 UTC`.
pub fn date(moment: u64) -> String {
    let stamp = i64::try_from(moment)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    stamp.map_or_else(
        || format!("second {moment}"),
        |stamp| stamp.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M UTC").to_string(),
    )
}

/// How far a moment is from now: `in 3 days`, `2 h 5 min ago`.
pub fn relative(moment: u64, now: u64) -> String {
    match moment.checked_sub(now) {
        Some(0) => "now".into(),
        Some(ahead) => format!("in {}", roughly(ahead)),
        None => format!("{} ago", roughly(now - moment)),
    }
}

/// A moment as a date with its distance from now: `2026-03-01 12:00 UTC (in 3 days)`.
pub fn when(moment: u64, now: u64) -> String {
    format!("{} ({})", date(moment), relative(moment, now))
}

/// A moment that is written as a date (`2026-03-01`, `2026-03-01 12:00`, both UTC), as seconds since 1970, or as a
/// duration from now (`in 30 days`, `30 days`).
///
/// # Errors
///
/// When it is none of them, or before 1970.
pub fn moment(text: &str, now: u64) -> Result<u64> {
    let written = text.trim().trim_end_matches("UTC").trim_end();
    if let Ok(seconds) = written.parse::<u64>() {
        return Ok(seconds);
    }
    let midnight = |date: Date| date.at(0, 0, 0, 0);
    let time = written
        .parse::<DateTime>()
        .or_else(|_| DateTime::strptime("%Y-%m-%d %H:%M", written))
        .or_else(|_| written.parse::<Date>().map(midnight));
    if let Ok(time) = time {
        let stamp = TimeZone::UTC
            .to_timestamp(time)
            .with_context(|| format!("{text:?} is beyond all calendars"))?;
        return u64::try_from(stamp.as_second()).with_context(|| format!("{text:?} is before 1970"));
    }
    match written.strip_prefix("in ").unwrap_or(written).parse::<Span>() {
        Ok(Span(ahead)) => now
            .checked_add(ahead)
            .with_context(|| format!("{text:?} is beyond all calendars")),
        Err(_) => bail!(
            "{text:?} is no time: write a date (2026-03-01 or 2026-03-01 12:00, in UTC) or a duration from now (30 days)"
        ),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_read_with_their_units() {
        for (text, seconds) in [
            ("30 days", 30 * DAY),
            ("1 day", DAY),
            ("1d12h", 36 * HOUR),
            ("1d 12h", 36 * HOUR),
            ("2 weeks", 14 * DAY),
            ("3 years", 3 * 365 * DAY),
            ("45 min", 45 * MINUTE),
            ("0s", 0),
        ] {
            assert_eq!(text.parse::<Span>().unwrap(), Span(seconds), "{text}");
        }
        for text in [
            "",
            "30",
            "days",
            "-1 day",
            "1.5 days",
            "3 fortnights",
            "1 day ago",
            "99999999999999999999 s",
            "9999999999999999 weeks",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        let refusal = "30".parse::<Span>().unwrap_err().to_string();
        assert_eq!(
            refusal,
            "\"30\" is no duration: write a number and a unit, like 30 days, 12h or 1d 12h"
        );
    }

    #[test]
    fn durations_are_told_in_two_units() {
        assert_eq!(roughly(0), "0 s");
        assert_eq!(roughly(59), "59 s");
        assert_eq!(roughly(DAY), "1 day");
        assert_eq!(roughly(3 * DAY + 4 * HOUR + 5), "3 days 4 h");
        assert_eq!(roughly(3 * DAY + 59), "3 days");
        assert_eq!(roughly(HOUR + 61), "1 h 1 min");
    }

    #[test]
    fn moments_are_dates_and_distances() {
        assert_eq!(date(1_767_225_600), "2026-01-01 00:00 UTC");
        assert_eq!(date(u64::MAX), "second 18446744073709551615");
        assert_eq!(
            when(1_767_225_600, 1_767_225_600 - 3 * DAY),
            "2026-01-01 00:00 UTC (in 3 days)"
        );
        assert_eq!(relative(10, 75), "1 min 5 s ago");
        assert_eq!(relative(10, 10), "now");
    }

    #[test]
    fn moments_are_read_in_every_form() {
        let now = 1_767_225_600;
        for (text, moment_of_it) in [
            ("2026-01-01", now),
            ("2026-01-01 12:30", now + 12 * HOUR + 30 * MINUTE),
            ("2026-01-01 12:30 UTC", now + 12 * HOUR + 30 * MINUTE),
            ("2026-01-01T12:30:05", now + 12 * HOUR + 30 * MINUTE + 5),
            ("1767225600", now),
            ("in 2 days", now + 2 * DAY),
            ("2 days", now + 2 * DAY),
        ] {
            assert_eq!(moment(text, now).unwrap(), moment_of_it, "{text}");
        }
        for text in ["", "tomorrow", "2026-13-01", "1969-01-01", "2026-01-01 25:00"] {
            assert!(moment(text, now).is_err(), "{text}");
        }
        assert!(moment("1 s", u64::MAX).is_err());
    }

    proptest! {
        #[test]
        fn durations_come_back(seconds in prop_oneof![any::<u64>(), 0_u64..1_000_000]) {
            prop_assert_eq!(Span(seconds).to_string().parse::<Span>().unwrap(), Span(seconds));
        }

        /// To the minute, as they are shown.
        #[test]
        fn moments_come_back(minutes in 0_u64..4_000_000_000 / 60) {
            prop_assert_eq!(moment(&date(minutes * 60), 0).unwrap(), minutes * 60);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}|[0-9dhms -]{0,30}") {
            let _ = text.parse::<Span>();
            let _ = moment(&text, 0);
        }
    }
}
