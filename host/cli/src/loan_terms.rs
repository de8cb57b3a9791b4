//! Files that hold the terms of loans.
//!
//! **A draft** is written by people, as TOML or as JSON with the same names, in the units of people:
//!
//! ```toml
//! borrower = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
//! underwriter = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"
//! collateral = 1                    # number of the CALIBER title
//! principal = "1,500,000"           # USDai
//! duration = "1080 days"            # a multiple of the interval
//! interval = "30 days"              # from one deadline to the next
//! schedule = "level"                # level: the same payment each time; equal: the same principal
//! grace = "10 days"                 # after a missed deadline, until a default can be declared
//! penalty = "5 %"                   # a year, on overdue principal, beside interest
//! origination-fee = "1 %"           # of the principal, kept back from what is paid out
//! exit-fee = "0 %"                  # of the principal, due with the last of it
//! expiry = "7 days"                 # until when they can be taken: a date, or a time from now
//! nonce = 1                         # one that the underwriter has not used
//! ```
//!
//! **Signed terms** are what an underwriter hands to a borrower: JSON with the fields of the ABI's `LoanTerms` in their
//! smallest units, numbers above 2^53 as decimal strings, and the signature. `chainId` and `pool` say where they hold.
//!
//! ```json
//! {
//!   "chainId": 412346,
//!   "pool": "0x…",
//!   "terms": { "borrower": "0x…", "underwriter": "0x…", "collateralId": "1", "principal": "1500000000000000000000000",
//!              "duration": 93312000, "repaymentInterval": 2592000, "schedule": 1, "gracePeriod": 864000,
//!              "penaltyRate": "1585489599", "originationFeeBps": 100, "exitFeeBps": 0, "expiry": 1767830400, "nonce": "1" },
//!   "signature": "0x…"
//! }
//! ```

use std::fs;
use std::path::Path;

use alloy_primitives::{Address, Bytes, U256};
use anyhow::{Context as _, Result, bail, ensure};
use client::bindings::ILoanPool::LoanTerms;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::amount::{BasisPoints, Decimal, WAD_DECIMALS, YearlyRate};
use crate::times::{Span, moment};

/// The same principal in each instalment.
pub const EQUAL_PRINCIPAL: u8 = 0;
/// The same payment in each instalment.
pub const LEVEL_PAYMENT: u8 = 1;

/// Terms as people write them.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Draft {
    borrower: Address,
    underwriter: Address,
    collateral: Text,
    principal: Text,
    duration: Text,
    interval: Text,
    schedule: String,
    grace: Text,
    #[serde(default)]
    penalty: Option<Text>,
    #[serde(default)]
    origination_fee: Option<Text>,
    #[serde(default)]
    exit_fee: Option<Text>,
    expiry: Text,
    nonce: Text,
}

/// What may be written with or without quotes. A number with a point is refused: it would be read as a fraction of two.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "write text in quotes, or a whole number")]
enum Text {
    Whole(u64),
    Written(String),
}

impl Text {
    fn text(&self) -> String {
        match self {
            Self::Whole(number) => number.to_string(),
            Self::Written(text) => text.clone(),
        }
    }
}

/// Parses one field and names it in the error.
fn field<T>(name: &str, text: &Text, parse: impl Fn(&str) -> Result<T>) -> Result<T> {
    parse(&text.text()).with_context(|| format!("{name} of the terms"))
}

impl Draft {
    /// Reads a draft from TOML, or from JSON if the file's name ends so.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it is no draft.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read the terms {}", path.display()))?;
        if is_json(path) {
            serde_json::from_str(&text).with_context(|| format!("{} is no draft of terms", path.display()))
        } else {
            toml::from_str(&text).with_context(|| format!("{} is no draft of terms", path.display()))
        }
    }

    /// The terms in the ABI's units; an expiry that is a duration counts from `now`.
    ///
    /// # Errors
    ///
    /// Which field makes no sense, and why.
    pub fn terms(&self, now: u64) -> Result<LoanTerms> {
        let number = |text: &str| text.parse::<Decimal>()?.units(0);
        let amount = |text: &str| text.parse::<Decimal>()?.units(WAD_DECIMALS);
        let seconds = |text: &str| Ok(text.parse::<Span>()?.0);
        let fee = |name: &str, text: &Option<Text>| match text {
            Some(text) => field(name, text, |text| Ok(text.parse::<BasisPoints>()?.0)),
            None => Ok(0),
        };
        let penalty = match &self.penalty {
            Some(text) => field("penalty", text, |text| Ok(text.parse::<YearlyRate>()?.0))?,
            None => 0,
        };
        let schedule = match self.schedule.as_str() {
            "level" => LEVEL_PAYMENT,
            "equal" => EQUAL_PRINCIPAL,
            other => bail!("schedule of the terms: there is no {other:?}, write \"level\" or \"equal\""),
        };
        let terms = LoanTerms {
            borrower: self.borrower,
            underwriter: self.underwriter,
            collateralId: field("collateral", &self.collateral, number)?,
            principal: field("principal", &self.principal, amount)?,
            duration: field("duration", &self.duration, seconds)?,
            repaymentInterval: field("interval", &self.interval, seconds)?,
            schedule,
            gracePeriod: field("grace", &self.grace, seconds)?,
            penaltyRate: penalty,
            originationFeeBps: fee("origination-fee", &self.origination_fee)?,
            exitFeeBps: fee("exit-fee", &self.exit_fee)?,
            expiry: field("expiry", &self.expiry, |text| moment(text, now))?,
            nonce: field("nonce", &self.nonce, number)?,
        };
        ensure!(
            terms.repaymentInterval > 0 && terms.duration.is_multiple_of(terms.repaymentInterval),
            "the duration, {}, is no multiple of the interval, {}",
            Span(terms.duration),
            Span(terms.repaymentInterval)
        );
        Ok(terms)
    }
}

/// Terms with their underwriter's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedTerms {
    /// The chain on which they hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain_id: Option<u64>,
    /// The pool with which they hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<Address>,
    /// What is agreed on.
    #[serde(with = "Exact")]
    pub terms: LoanTerms,
    /// The underwriter's, by which the pool knows that he agrees.
    pub signature: Bytes,
}

impl SignedTerms {
    /// Reads signed terms.
    ///
    /// # Errors
    ///
    /// When there is no such file, or it holds something else.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read(path).with_context(|| format!("cannot read the terms {}", path.display()))?;
        serde_json::from_slice(&text).with_context(|| format!("{} holds no signed terms", path.display()))
    }

    /// Reads signed terms that must hold on this chain and with this pool.
    ///
    /// # Errors
    ///
    /// As [`SignedTerms::read`], and when they say that they hold elsewhere.
    pub fn read_for(path: &Path, chain_id: u64, pool: Address) -> Result<Self> {
        let signed = Self::read(path)?;
        let elsewhere = |what: String| format!("{} holds terms for {what}", path.display());
        ensure!(
            signed.chain_id.is_none_or(|signed_for| signed_for == chain_id),
            elsewhere(format!(
                "the chain {}, not {chain_id}",
                signed.chain_id.unwrap_or_default()
            ))
        );
        ensure!(
            signed.pool.is_none_or(|signed_for| signed_for == pool),
            elsewhere(format!("the pool {}, not {pool}", signed.pool.unwrap_or_default()))
        );
        Ok(signed)
    }

    /// As JSON, for a file.
    ///
    /// # Errors
    ///
    /// None that could be met: every field has a form.
    pub fn to_json(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// Reads the terms of a file that holds a draft or signed terms.
///
/// # Errors
///
/// As [`Draft::read`] and [`SignedTerms::read_for`].
pub fn read_terms(path: &Path, chain_id: u64, pool: Address, now: u64) -> Result<LoanTerms> {
    let text = fs::read(path).with_context(|| format!("cannot read the terms {}", path.display()))?;
    let is_signed = serde_json::from_slice::<serde_json::Value>(&text).is_ok_and(|value| value.get("terms").is_some());
    if is_signed {
        Ok(SignedTerms::read_for(path, chain_id, pool)?.terms)
    } else {
        Draft::read(path)?.terms(now)
    }
}

fn is_json(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// `LoanTerms` field by field, for serde.
#[derive(Serialize, Deserialize)]
#[serde(remote = "LoanTerms", rename_all = "camelCase", deny_unknown_fields)]
#[allow(non_snake_case, reason = "the names of the ABI")]
struct Exact {
    borrower: Address,
    underwriter: Address,
    #[serde(with = "decimal")]
    collateralId: U256,
    #[serde(with = "decimal")]
    principal: U256,
    duration: u64,
    repaymentInterval: u64,
    schedule: u8,
    gracePeriod: u64,
    #[serde(with = "decimal")]
    penaltyRate: u64,
    originationFeeBps: u16,
    exitFeeBps: u16,
    expiry: u64,
    #[serde(with = "decimal")]
    nonce: U256,
}

/// Whole numbers as decimal strings; read from strings and from numbers.
mod decimal {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;

    use super::{Deserialize, Deserializer, Serializer, Text};

    pub(super) fn serialize<T: Display, S: Serializer>(number: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, T: FromStr, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = Text::deserialize(deserializer)?.text();
        text.parse()
            .map_err(|_| D::Error::custom(format!("{text:?} is no whole number")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DRAFT: &str = r#"
        borrower = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"
        underwriter = "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"
        collateral = 1
        principal = "1,500,000.5"
        duration = "1080 days"
        interval = "30 days"
        schedule = "level"
        grace = "10 days"
        penalty = "5 %"
        origination-fee = "1 %"
        expiry = "7 days"
        nonce = 4
    "#;

    #[test]
    fn a_draft_becomes_terms() {
        let draft: Draft = toml::from_str(DRAFT).unwrap();
        let terms = draft.terms(1_000_000).unwrap();
        assert_eq!(
            terms.principal,
            U256::from(15_000_005) * U256::from(10).pow(U256::from(17))
        );
        assert_eq!((terms.duration, terms.repaymentInterval), (93_312_000, 2_592_000));
        assert_eq!((terms.schedule, terms.gracePeriod), (LEVEL_PAYMENT, 864_000));
        assert_eq!(terms.penaltyRate, 1_585_489_599);
        assert_eq!((terms.originationFeeBps, terms.exitFeeBps), (100, 0));
        assert_eq!(terms.expiry, 1_000_000 + 7 * 86_400);
        assert_eq!((terms.collateralId, terms.nonce), (U256::from(1), U256::from(4)));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (line, instead, told) in [
            (
                "principal = \"1,500,000.5\"",
                "principal = \"much\"",
                "principal of the terms",
            ),
            (
                "principal = \"1,500,000.5\"",
                "principal = 1.5",
                "write text in quotes, or a whole number",
            ),
            (
                "schedule = \"level\"",
                "schedule = \"bullet\"",
                "there is no \"bullet\"",
            ),
            (
                "interval = \"30 days\"",
                "interval = \"31 days\"",
                "no multiple of the interval, 31 days",
            ),
            ("interval = \"30 days\"", "interval = \"0 days\"", "no multiple"),
            ("nonce = 4", "nonce = 4\nrate = \"9%\"", "unknown field `rate`"),
            ("nonce = 4", "", "missing field `nonce`"),
        ] {
            let text = DRAFT.replace(line, instead);
            let result = toml::from_str::<Draft>(&text)
                .map_err(anyhow::Error::from)
                .and_then(|draft| draft.terms(0));
            let refusal = format!("{:#}", result.unwrap_err());
            assert!(refusal.contains(told), "{refusal}");
        }
    }

    proptest! {
        /// What is signed comes back from its file as it was.
        #[test]
        fn signed_terms_come_back(
            addresses in any::<[[u8; 20]; 3]>(),
            words in any::<[[u64; 4]; 3]>(),
            times in any::<[u64; 4]>(),
            rate in any::<u64>(),
            fees in any::<[u16; 2]>(),
            schedule in any::<u8>(),
            signature in prop::collection::vec(any::<u8>(), 0..100),
            chain_id in any::<Option<u64>>(),
        ) {
            let [borrower, underwriter, pool] = addresses.map(Address::from);
            let [collateral, principal, nonce] = words.map(U256::from_limbs);
            let [duration, interval, grace, expiry] = times;
            let signed = SignedTerms {
                chain_id,
                pool: chain_id.map(|_| pool),
                terms: LoanTerms {
                    borrower,
                    underwriter,
                    collateralId: collateral,
                    principal,
                    duration,
                    repaymentInterval: interval,
                    schedule,
                    gracePeriod: grace,
                    penaltyRate: rate,
                    originationFeeBps: fees[0],
                    exitFeeBps: fees[1],
                    expiry,
                    nonce,
                },
                signature: signature.into(),
            };
            let written = signed.to_json().unwrap();
            prop_assert_eq!(serde_json::from_str::<SignedTerms>(&written).unwrap(), signed);
        }
    }
}
