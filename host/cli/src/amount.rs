//! Amounts, shares of value and rates as people write them, read and written without floating point.

use std::fmt;
use std::str::FromStr;

use alloy_primitives::U256;
use anyhow::{Context, Result, anyhow, bail, ensure};

/// Seconds of the year in which rates are told: 365 days.
pub const YEAR: u64 = 31_536_000;

/// Decimals of USDai, sUSDai, ether and of whatever is worth US dollars on the chain.
pub const WAD_DECIMALS: u8 = 18;

/// Most digits before or behind the point: more than 2^256 has in all.
const MOST_DIGITS: usize = 80;

/// Decimals that a person is shown.
const SHOWN_DECIMALS: usize = 4;

/// A decimal number as it was written: not an amount before the token's decimals are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    whole: String,
    fraction: String,
}

impl FromStr for Decimal {
    type Err = anyhow::Error;

    /// Digits, with a point before the decimals and, if wanted, commas or underscores between thousands: `1,000.5`.
    fn from_str(text: &str) -> Result<Self> {
        let text = text.trim();
        let not_a_number = || format!("{text:?} is no amount: write digits and a point, like 1,000.5");
        ensure!(!text.starts_with('-'), "{text:?} is negative: amounts are not");
        let (grouped, fraction) = text.split_once('.').unwrap_or((text, ""));
        // One message, because the command line's parser tells no causes.
        let whole = ungrouped(grouped).map_err(|cause| anyhow!("{}: {cause}", not_a_number()))?;
        ensure!(
            all_digits(fraction) && !(whole.is_empty() && fraction.is_empty()),
            not_a_number()
        );
        ensure!(
            whole.len() <= MOST_DIGITS && fraction.len() <= MOST_DIGITS,
            "{text:?} has more digits than any amount"
        );
        Ok(Self {
            whole,
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }
}

/// Digits without the marks between thousands, which must stand where they belong.
fn ungrouped(text: &str) -> Result<String> {
    let mark = if text.contains(',') { ',' } else { '_' };
    let mut groups = text.split(mark);
    let first = groups.next().unwrap_or_default();
    ensure!(all_digits(first), "not digits");
    let mut digits = first.to_owned();
    for group in groups {
        ensure!(
            group.len() == 3 && all_digits(group) && (1..=3).contains(&first.len()),
            "{mark:?} separates thousands, a point the decimals"
        );
        digits.push_str(group);
    }
    Ok(digits)
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

impl Decimal {
    /// The amount in the smallest units of something with so many decimals. Exact.
    ///
    /// # Errors
    ///
    /// When it has more decimals than that, or leaves 256 bits.
    pub fn units(&self, decimals: u8) -> Result<U256> {
        let places = usize::from(decimals);
        ensure!(
            self.fraction.len() <= places,
            "{self} has {} decimals, but the smallest unit is {}: write at most {places}",
            self.fraction.len(),
            exact(U256::from(1), decimals)
        );
        let digits = format!("{}{:0<places$}", self.whole, self.fraction);
        if digits.is_empty() {
            return Ok(U256::ZERO);
        }
        U256::from_str_radix(&digits, 10).with_context(|| format!("{self} is more than there can be of anything"))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = self.whole.trim_start_matches('0');
        write!(f, "{}", if whole.is_empty() { "0" } else { whole })?;
        if !self.fraction.is_empty() {
            write!(f, ".{}", self.fraction)?;
        }
        Ok(())
    }
}

/// An amount, or all that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// `all` or `max`.
    All,
    /// So much.
    Some(Decimal),
}

impl FromStr for Quantity {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.trim() {
            "all" | "max" => Ok(Self::All),
            number => number.parse().map(Self::Some),
        }
    }
}

impl Quantity {
    /// The amount in the smallest units; `available` for all.
    ///
    /// # Errors
    ///
    /// Those of [`Decimal::units`].
    pub fn units(&self, decimals: u8, available: U256) -> Result<U256> {
        match self {
            Self::All => Ok(available),
            Self::Some(decimal) => decimal.units(decimals),
        }
    }
}

/// What an amount is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// `USDai`, `wM`; empty for a mere number.
    pub symbol: String,
    /// Its decimals.
    pub decimals: u8,
}

impl Unit {
    /// So much of `symbol`.
    pub fn new(symbol: &str, decimals: u8) -> Self {
        Self {
            symbol: symbol.to_owned(),
            decimals,
        }
    }

    /// A mere number.
    pub fn number() -> Self {
        Self::new("", 0)
    }

    /// USDai.
    pub fn usdai() -> Self {
        Self::new("USDai", WAD_DECIMALS)
    }

    /// sUSDai.
    pub fn susdai() -> Self {
        Self::new("sUSDai", WAD_DECIMALS)
    }

    /// Ether.
    pub fn ether() -> Self {
        Self::new("ETH", WAD_DECIMALS)
    }

    /// An amount with its unit: `1,000.0000 USDai`.
    pub fn show(&self, amount: U256) -> String {
        if self.symbol.is_empty() && self.decimals == 0 {
            return thousands(amount);
        }
        format!("{} {}", show(amount, self.decimals), self.symbol)
            .trim_end()
            .to_owned()
    }
}

/// A share of value in basis points, written in percent (`1.5%`, `1.5`) or in basis points (`150bps`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BasisPoints(pub u16);

impl FromStr for BasisPoints {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let written = text.trim();
        let basis_points = match ["basis points", "bps", "bp"]
            .iter()
            .find_map(|unit| written.strip_suffix(unit))
        {
            Some(number) => number
                .parse::<Decimal>()?
                .units(0)
                .with_context(|| format!("{written:?} is finer than a basis point"))?,
            None => written
                .strip_suffix('%')
                .unwrap_or(written)
                .parse::<Decimal>()?
                .units(2)
                .with_context(|| format!("{written:?} is finer than a basis point, 0.01 %"))?,
        };
        match u16::try_from(basis_points) {
            Ok(basis_points) if basis_points <= 10_000 => Ok(Self(basis_points)),
            _ => bail!("{written:?} is more than 100 %"),
        }
    }
}

impl fmt::Display for BasisPoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02} %", self.0 / 100, self.0 % 100)
    }
}

/// A rate of interest in WAD per second, written in percent a year of 365 days (`9%`, `9`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct YearlyRate(pub u64);

impl FromStr for YearlyRate {
    type Err = anyhow::Error;

    /// Rounded down to what a second can express.
    fn from_str(text: &str) -> Result<Self> {
        let written = text.trim();
        let number = written.strip_suffix("a year").unwrap_or(written).trim_end();
        let percent: Decimal = number.strip_suffix('%').unwrap_or(number).parse()?;
        // Percent with 16 decimals are WAD.
        let yearly = percent.units(16)?;
        u64::try_from(yearly / U256::from(YEAR))
            .map(Self)
            .with_context(|| format!("{written:?} is a rate beyond all bounds"))
    }
}

impl fmt::Display for YearlyRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&percent_a_year(U256::from(self.0)))
    }
}

/// A rate in WAD per second as percent a year, to the nearest hundredth: `9.00 %`.
pub fn percent_a_year(per_second: U256) -> String {
    let hundredth = U256::from(10).pow(U256::from(14));
    let hundredths = (per_second.saturating_mul(U256::from(YEAR)) + hundredth / U256::from(2)) / hundredth;
    let one = U256::from(100);
    format!(
        "{}.{:0>2} %",
        thousands(hundredths / one),
        (hundredths % one).to_string()
    )
}

/// Basis points that came from the chain as percent: `1.50 %`.
pub fn percent(basis_points: U256) -> String {
    let one = U256::from(100);
    format!(
        "{}.{:0>2} %",
        thousands(basis_points / one),
        (basis_points % one).to_string()
    )
}

/// All digits of an amount, without marks between thousands: what [`Decimal`] reads back, and what machines are told.
pub fn exact(amount: U256, decimals: u8) -> String {
    let (whole, fraction) = split(amount, decimals);
    match fraction.trim_end_matches('0') {
        "" => whole,
        fraction => format!("{whole}.{fraction}"),
    }
}

/// An amount for people: thousands separated, rounded down to four decimals; `<0.0001` for less that is not nothing.
pub fn show(amount: U256, decimals: u8) -> String {
    let (whole, mut fraction) = split(amount, decimals);
    fraction.truncate(SHOWN_DECIMALS);
    let shown = format!("{}.{fraction:0<SHOWN_DECIMALS$}", group(&whole));
    if !amount.is_zero() && shown.trim_matches(['0', '.']).is_empty() {
        return format!("<0.{:0>SHOWN_DECIMALS$}", 1);
    }
    shown
}

/// `1234567` as `1,234,567`.
pub fn thousands(number: U256) -> String {
    group(&number.to_string())
}

/// The digits before the point, and all of those behind it.
fn split(amount: U256, decimals: u8) -> (String, String) {
    let places = usize::from(decimals);
    let digits = format!("{amount:0>width$}", amount = amount.to_string(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    (whole.to_owned(), fraction.to_owned())
}

fn group(digits: &str) -> String {
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn units(text: &str, decimals: u8) -> Result<U256> {
        text.parse::<Decimal>()?.units(decimals)
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, value) in [
            ("0", 0_u64),
            ("1", 1_000_000),
            ("1,000.5", 1_000_500_000),
            ("1_000.5", 1_000_500_000),
            ("1000.50", 1_000_500_000),
            (".5", 500_000),
            ("7.", 7_000_000),
            ("000.000001", 1),
            (" 12 ", 12_000_000),
            ("1,234,567", 1_234_567_000_000),
        ] {
            assert_eq!(units(text, 6).unwrap(), U256::from(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused_in_words() {
        for text in [
            "", ".", "one", "1,5", "1,0000", "1,000,00", ",000", "1e18", "0x10", "1.2.3", "+1", "1 000",
        ] {
            assert!(units(text, 6).is_err(), "{text}");
        }
        let refusal = |text: &str, decimals| format!("{:#}", units(text, decimals).unwrap_err());
        assert_eq!(
            refusal("1.0000001", 6),
            "1.0000001 has 7 decimals, but the smallest unit is 0.000001: write at most 6"
        );
        assert_eq!(refusal("-5", 6), "\"-5\" is negative: amounts are not");
        assert_eq!(
            refusal("1,5", 6),
            "\"1,5\" is no amount: write digits and a point, like 1,000.5: ',' separates thousands, a point the decimals"
        );
        let most = U256::MAX.to_string();
        assert_eq!(units(&most, 0).unwrap(), U256::MAX);
        assert!(refusal(&most, 1).contains("more than there can be"));
        assert!(refusal(&"9".repeat(81), 0).contains("more digits than any amount"));
    }

    #[test]
    fn all_is_what_there_is() {
        let available = U256::from(7);
        assert_eq!(
            "all".parse::<Quantity>().unwrap().units(6, available).unwrap(),
            available
        );
        assert_eq!(
            "max".parse::<Quantity>().unwrap().units(6, available).unwrap(),
            available
        );
        let one = "1".parse::<Quantity>().unwrap().units(6, available).unwrap();
        assert_eq!(one, U256::from(1_000_000));
    }

    #[test]
    fn shares_of_value_are_percent_or_basis_points() {
        for (text, value) in [
            ("1.5%", 150),
            ("1.5", 150),
            ("150bps", 150),
            ("150 bps", 150),
            ("0.25 %", 25),
            ("100%", 10_000),
        ] {
            assert_eq!(text.parse::<BasisPoints>().unwrap().0, value, "{text}");
        }
        for text in ["1.555%", "1.5bps", "101%", "-1%", "five"] {
            assert!(text.parse::<BasisPoints>().is_err(), "{text}");
        }
        assert_eq!(BasisPoints(5).to_string(), "0.05 %");
    }

    #[test]
    fn rates_are_told_a_year_and_kept_a_second() {
        assert_eq!("9%".parse::<YearlyRate>().unwrap(), YearlyRate(2_853_881_278));
        assert_eq!("12 % a year".parse::<YearlyRate>().unwrap(), YearlyRate(3_805_175_038));
        assert_eq!(YearlyRate(2_853_881_278).to_string(), "9.00 %");
        assert_eq!(YearlyRate(0).to_string(), "0.00 %");
        assert!("1000000000000000%".parse::<YearlyRate>().is_err());
    }

    #[test]
    fn amounts_are_shown_rounded_down() {
        assert_eq!(show(U256::ZERO, 18), "0.0000");
        assert_eq!(show(U256::from(1), 18), "<0.0001");
        assert_eq!(show(U256::from(1_234_567_899_u64), 6), "1,234.5678");
        assert_eq!(show(U256::from(7), 0), "7.0000");
        assert_eq!(exact(U256::from(1_234_567_899_u64), 6), "1234.567899");
        assert_eq!(exact(U256::from(5_000_000), 6), "5");
        assert_eq!(exact(U256::ZERO, 6), "0");
        assert_eq!(percent(U256::from(10_001)), "100.01 %");
    }

    fn any_amount() -> impl Strategy<Value = U256> {
        any::<([u64; 4], u16)>().prop_map(|(limbs, bits)| U256::from_limbs(limbs) >> usize::from(bits % 256))
    }

    proptest! {
        /// What is written can be read, with and without marks between thousands.
        #[test]
        fn amounts_come_back(amount in any_amount(), decimals in 0_u8..=36) {
            let written = exact(amount, decimals);
            prop_assert_eq!(units(&written, decimals).unwrap(), amount);
            let (whole, fraction) = written.split_once('.').unwrap_or((&written, "0"));
            prop_assert_eq!(units(&format!("{}.{fraction}", group(whole)), decimals).unwrap(), amount);
        }

        /// What is shown is the amount rounded down to four decimals, and never nothing for something.
        #[test]
        fn what_is_shown_is_within_its_last_digit(amount in any_amount(), decimals in 4_u8..=18) {
            let shown = show(amount, decimals);
            let step = U256::from(10).pow(U256::from(decimals - 4));
            if let Some(bound) = shown.strip_prefix('<') {
                prop_assert!(!amount.is_zero() && amount < units(bound, decimals).unwrap());
            } else {
                prop_assert_eq!(units(&shown, decimals).unwrap(), amount / step * step);
            }
        }

        /// Nothing that is typed panics.
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,20}|[0-9,._]{0,100}") {
            let _ = text.parse::<Decimal>().map(|decimal| decimal.units(18));
            let _ = text.parse::<BasisPoints>();
            let _ = text.parse::<YearlyRate>();
        }

        #[test]
        fn basis_points_come_back(basis_points in 0_u16..=10_000) {
            let written = BasisPoints(basis_points).to_string();
            prop_assert_eq!(written.parse::<BasisPoints>().unwrap(), BasisPoints(basis_points));
        }
    }
}
