//! Tokens by name, with their decimals.

use alloy_primitives::{Address, U256};
use anyhow::{Result, bail};
use client::bindings::IERC20;

use crate::amount::Unit;
use crate::context::Context;

/// What wrapped M is called in the record of a deployment.
pub const WM: &str = "wm";
/// What USDC is called there.
pub const USDC: &str = "usdc";
/// What USDT is called there.
pub const USDT: &str = "usdt";

/// The dollars of others, by what the record calls them and what people do.
const DOLLARS: [(&str, &str); 3] = [(WM, "wM"), (USDC, "USDC"), (USDT, "USDT")];

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it is.
    pub address: Address,
    /// What it is called, and its decimals.
    pub unit: Unit,
}

impl Token {
    /// The token at this address.
    pub fn new(address: Address, unit: Unit) -> Self {
        Self { address, unit }
    }

    /// An amount with its symbol.
    pub fn show(&self, amount: U256) -> String {
        self.unit.show(amount)
    }

    /// What an account holds of it.
    pub fn balance_of(account: Address) -> IERC20::balanceOfCall {
        IERC20::balanceOfCall { account }
    }
}

impl Context {
    /// A dollar that USDai takes, by its name in the record; its decimals are asked of the chain.
    ///
    /// # Errors
    ///
    /// When the deployment knows none of this name.
    pub async fn dollar(&self, name: &str) -> Result<Token> {
        let key = name.to_ascii_lowercase();
        let address = self.deployment.external(&key)?;
        let decimals = self.view(address, &IERC20::decimalsCall {}).await?;
        let symbol = DOLLARS
            .iter()
            .find(|(known, _)| *known == key)
            .map_or(name, |(_, symbol)| symbol);
        Ok(Token::new(address, Unit::new(symbol, decimals)))
    }

    /// All dollars that this deployment knows.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn dollars(&self) -> Result<Vec<Token>> {
        let mut dollars = Vec::new();
        for (key, _) in DOLLARS {
            if self.deployment.externals.contains_key(key) {
                dollars.push(self.dollar(key).await?);
            }
        }
        if dollars.is_empty() {
            bail!("the deployment on {} knows no dollar", self.deployment.network);
        }
        Ok(dollars)
    }
}
