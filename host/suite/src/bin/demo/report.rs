//! How the demonstration looks: headings, steps with their gas, amounts.

use std::io::IsTerminal;

use alloy_primitives::U256;
use anyhow::{Context as _, Result};
use devnet::Receipt;
use suite::uniswap::dollars;

/// One line of the report: what was done, what came of it, and its gas.
pub(crate) fn step(what: &str, outcome: &str, receipt: &Receipt) {
    println!(
        "  {what:<38}{outcome:>34}{:>13}",
        thousands(U256::from(receipt.gas_used))
    );
}

pub(crate) fn only<E>(mut events: Vec<E>) -> Result<E> {
    events.pop().context("the event that the interface promises is missing")
}

/// An amount of a token, rounded down to four decimals: `12,345.6789`.
pub(crate) fn money(amount: U256, decimals: u8) -> String {
    let one = dollars(1, decimals);
    let part = amount % one * U256::from(10_000) / one;
    format!("{}.{:04}", thousands(amount / one), part.to::<u64>())
}

/// `1234567` as `1,234,567`.
pub(crate) fn thousands(number: U256) -> String {
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

/// Bold and dim text, where the output is a terminal.
pub(crate) struct Style {
    terminal: bool,
}

impl Style {
    pub(crate) fn of_terminal() -> Self {
        Self {
            terminal: std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        }
    }

    pub(crate) fn heading(&self, text: &str) {
        if self.terminal {
            println!("\n\x1b[1m{text}\x1b[0m");
        } else {
            println!("\n{text}");
        }
    }

    /// A line of explanation.
    pub(crate) fn note(&self, text: &str) {
        println!("  {}", self.dim(text));
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        if self.terminal {
            format!("\x1b[2m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Basis points as percent: `1.50 %`.
pub(crate) fn percent(basis_points: U256) -> String {
    let hundredths: u64 = basis_points.to();
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_readable() {
        assert_eq!(thousands(U256::from(0)), "0");
        assert_eq!(thousands(U256::from(999)), "999");
        assert_eq!(thousands(U256::from(1_000)), "1,000");
        assert_eq!(thousands(U256::from(1_234_567)), "1,234,567");
        assert_eq!(money(U256::from(1_234_567_899_u64), 6), "1,234.5678");
        assert_eq!(percent(U256::from(150)), "1.50 %");
        assert_eq!(percent(U256::from(5)), "0.05 %");
        assert_eq!(money(U256::from(10).pow(U256::from(16)), 18), "0.0100");
    }
}
