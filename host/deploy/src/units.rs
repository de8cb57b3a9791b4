//! Figures as people write them: amounts, percentages, times. Everything is exact; what cannot be said exactly is refused.

use alloy_primitives::{Address, U256, address};
use anyhow::{Context, Result, bail, ensure};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Seconds of a year of 365 days, by which yearly rates are divided.
const YEAR: u64 = 31_536_000;

/// A decimal number in units of `10^-decimals`; digits may be grouped by `,`, `_` or spaces.
///
/// # Errors
///
/// When it is no number, has more decimals, or does not fit 256 bits.
pub fn decimal(text: &str, decimals: u8) -> Result<U256> {
    let digits: String = text.chars().filter(|c| !matches!(c, ',' | '_' | ' ')).collect();
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    ensure!(
        !whole.is_empty() && is_number(whole) && is_number(fraction) && !digits.ends_with('.'),
        "\"{text}\" is not a number such as \"1,000.5\""
    );
    let places = usize::from(decimals);
    ensure!(
        fraction.len() <= places,
        "\"{text}\" has {} decimals; at most {decimals} are possible here",
        fraction.len()
    );
    let units = format!("{whole}{fraction:0<places$}");
    U256::from_str_radix(&units, 10)
        .ok()
        .with_context(|| format!("\"{text}\" is too large"))
}

/// `"0.25 %"` in basis points.
///
/// # Errors
///
/// When it is no percentage, is finer than 0.01 %, or above 100 %.
pub fn basis_points(text: &str) -> Result<u16> {
    let hundredths = percentage(text, 2)?;
    match u16::try_from(hundredths) {
        Ok(bps) if bps <= 10_000 => Ok(bps),
        _ => bail!("\"{text}\" is more than 100 %"),
    }
}

/// `"0.01 %"` as a fee tier of Uniswap V3: hundredths of a basis point.
///
/// # Errors
///
/// When it is no percentage, is finer than 0.0001 %, or not above zero and below 100 %.
pub fn fee_tier(text: &str) -> Result<u32> {
    match u32::try_from(percentage(text, 4)?) {
        Ok(tier @ 1..=999_999) => Ok(tier),
        _ => bail!("\"{text}\" is not a fee above zero and below 100 %"),
    }
}

/// `"9 %"` a year in WAD (1e18) per second, rounded down.
///
/// # Errors
///
/// When it is no percentage, or does not fit.
pub fn yearly_rate(text: &str) -> Result<u64> {
    let wad = percentage(text, 16)?;
    u64::try_from(wad / U256::from(YEAR))
        .ok()
        .with_context(|| format!("\"{text}\" a year is too much"))
}

fn percentage(text: &str, decimals: u8) -> Result<U256> {
    let number = text.trim().strip_suffix('%');
    let number = number.with_context(|| format!("\"{text}\" is not a percentage such as \"0.25 %\""))?;
    decimal(number.trim(), decimals)
}

/// `"3 days"`, `"15 minutes"` in seconds.
///
/// # Errors
///
/// When it is no duration.
pub fn duration(text: &str) -> Result<u64> {
    let parse = || {
        let (number, unit) = text.trim().split_once(' ')?;
        let number: u64 = number.parse().ok()?;
        let seconds = match unit.trim().trim_end_matches('s') {
            "second" => 1,
            "minute" => 60,
            "hour" => 3_600,
            "day" => 86_400,
            "week" => 604_800,
            _ => return None,
        };
        number.checked_mul(seconds)
    };
    parse().with_context(|| format!("\"{text}\" is not a duration such as \"30 days\" or \"15 minutes\""))
}

/// When something begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At this second, UTC.
    At(u64),
    /// So many seconds after the deployment begins.
    In(u64),
    /// On the first day of the month after, at midnight UTC.
    NextMonth,
}

impl Start {
    /// `"2027-01-01"`, `"2027-01-01T12:00:00Z"`, `"in 1 day"` or `"next month"`.
    ///
    /// # Errors
    ///
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self> {
        if text == "next month" {
            return Ok(Self::NextMonth);
        }
        if let Some(delay) = text.strip_prefix("in ") {
            return Ok(Self::In(duration(delay)?));
        }
        let second = match text.parse::<Timestamp>() {
            Ok(timestamp) => Some(timestamp.as_second()),
            Err(_) => text.parse::<Date>().ok().and_then(midnight),
        };
        match second.and_then(|second| u64::try_from(second).ok()) {
            Some(second) => Ok(Self::At(second)),
            None => bail!("\"{text}\" is not a date such as \"2027-01-01\", \"in 1 day\" or \"next month\""),
        }
    }

    /// The second, if the deployment begins at `now`.
    ///
    /// # Errors
    ///
    /// When `now` is no time.
    pub fn second(self, now: u64) -> Result<u64> {
        match self {
            Self::At(second) => Ok(second),
            Self::In(delay) => now.checked_add(delay).context("the delay is too long"),
            Self::NextMonth => {
                let today = Timestamp::from_second(i64::try_from(now)?)?
                    .to_zoned(TimeZone::UTC)
                    .date();
                let next = today.first_of_month().checked_add(1.month())?;
                let second = midnight(next).context("no such month")?;
                Ok(u64::try_from(second)?)
            }
        }
    }
}

fn midnight(date: Date) -> Option<i64> {
    let midnight = date.to_zoned(TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_second())
}

/// A time as people read it.
pub fn show_time(second: u64) -> String {
    let timestamp = i64::try_from(second).ok().and_then(|s| Timestamp::from_second(s).ok());
    timestamp.map_or_else(|| second.to_string(), |timestamp| timestamp.to_string())
}

/// Ether with six decimals, rounded up: what is needed, not what is there.
pub fn show_ether(wei: U256) -> String {
    let micro = wei.div_ceil(U256::from(1_000_000_000_000_u64));
    let million = U256::from(1_000_000);
    format!("{}.{:06}", micro / million, (micro % million).saturating_to::<u64>())
}

/// Digits in groups of three.
pub fn grouped(number: &impl ToString) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// An address; where it is written in mixed case, its checksum (EIP-55) must be right. Zero is none.
///
/// # Errors
///
/// When it is none.
pub fn account(text: &str) -> Result<Address> {
    let parsed: Address = text
        .parse()
        .ok()
        .filter(|_| text.starts_with("0x"))
        .with_context(|| format!("\"{text}\" is not an address"))?;
    let digits = &text[2..];
    let has_checksum =
        digits.contains(|c: char| c.is_ascii_lowercase()) && digits.contains(|c: char| c.is_ascii_uppercase());
    ensure!(
        !has_checksum || parsed.to_checksum(None) == text,
        "the checksum of \"{text}\" is wrong; it would be {parsed}"
    );
    ensure!(!parsed.is_zero(), "the zero address is nobody");
    ensure!(
        parsed != address!("0x000000000000000000000000000000000000dEaD"),
        "nobody has the key of {parsed}"
    );
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal<T: std::fmt::Debug>(result: Result<T>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        assert_eq!(decimal("1,000.5", 6).unwrap(), U256::from(1_000_500_000));
        assert_eq!(decimal("0.000001", 6).unwrap(), U256::from(1));
        assert_eq!(decimal("7", 0).unwrap(), U256::from(7));
        assert_eq!(
            refusal(decimal("0.0000001", 6)),
            "\"0.0000001\" has 7 decimals; at most 6 are possible here"
        );
        for wrong in ["", ".", "1.", ".5", "-1", "1e6", "0x10", "1.2.3"] {
            assert_eq!(
                refusal(decimal(wrong, 6)),
                format!("\"{wrong}\" is not a number such as \"1,000.5\"")
            );
        }
        assert!(refusal(decimal(&"9".repeat(80), 0)).ends_with("is too large"));
    }

    #[test]
    fn percentages_become_the_units_of_the_contracts() {
        assert_eq!(basis_points("0.25 %").unwrap(), 25);
        assert_eq!(basis_points("100%").unwrap(), 10_000);
        assert_eq!(refusal(basis_points("100.01 %")), "\"100.01 %\" is more than 100 %");
        assert_eq!(
            refusal(basis_points("25")),
            "\"25\" is not a percentage such as \"0.25 %\""
        );
        assert_eq!(fee_tier("0.01 %").unwrap(), 100);
        assert_eq!(fee_tier("0.3 %").unwrap(), 3_000);
        assert!(fee_tier("0 %").is_err() && fee_tier("100 %").is_err());
        assert_eq!(yearly_rate("9 %").unwrap(), 2_853_881_278);
        assert_eq!(yearly_rate("12 %").unwrap(), 3_805_175_038);
        assert_eq!(yearly_rate("16 %").unwrap(), 5_073_566_717);
        assert!(yearly_rate("99999999999999 %").is_err());
    }

    #[test]
    fn times_are_said_in_several_ways() {
        assert_eq!(duration("30 days").unwrap(), 2_592_000);
        assert_eq!(duration("1 hour").unwrap(), 3_600);
        for wrong in ["30", "days", "1 month", "-1 days", "99999999999999999 weeks"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Start::parse("2027-01-01").unwrap(), Start::At(1_798_761_600));
        assert_eq!(Start::parse("2027-01-01T12:00:00Z").unwrap(), Start::At(1_798_804_800));
        assert_eq!(Start::parse("in 2 hours").unwrap().second(100).unwrap(), 7_300);
        // 15 December 2026 -> 1 January 2027, and on the first of a month the next one.
        let next = Start::parse("next month").unwrap();
        assert_eq!(next.second(1_797_292_800).unwrap(), 1_798_761_600);
        assert_eq!(next.second(1_798_761_600).unwrap(), 1_801_440_000);
        assert!(Start::parse("soon").is_err() && Start::parse("1960-01-01").is_err());
        assert_eq!(show_time(1_798_761_600), "2027-01-01T00:00:00Z");
    }

    #[test]
    fn addresses_carry_their_checksum() {
        let good = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
        assert_eq!(account(good).unwrap(), account(&good.to_lowercase()).unwrap());
        let wrong = good.replace("Fd6", "fd6");
        assert_eq!(
            refusal(account(&wrong)),
            format!("the checksum of \"{wrong}\" is wrong; it would be {good}")
        );
        assert_eq!(refusal(account("fill in")), "\"fill in\" is not an address");
        assert_eq!(
            refusal(account("0x0000000000000000000000000000000000000000")),
            "the zero address is nobody"
        );
        assert!(account("0x000000000000000000000000000000000000dEaD").is_err());
    }

    #[test]
    fn figures_are_shown_for_people() {
        assert_eq!(grouped(&1_234_567), "1,234,567");
        assert_eq!(grouped(&12), "12");
        assert_eq!(show_ether(U256::from(1)), "0.000001");
        assert_eq!(show_ether(U256::from(1_500_000_000_000_000_000_u64)), "1.500000");
    }
}
