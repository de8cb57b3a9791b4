//! A depositor mints USDai and redeems it.

use alloy_primitives::{Address, Bytes, U256};
use anyhow::Result;
use suite::bindings::{IERC20, ITestToken, IUSDai};
use suite::uniswap::{Side, dollars};
use suite::wallet::Wallet;
use suite::{Transact, events_of};

use crate::Demo;
use crate::report::{money, only, step};

impl Demo {
    /// Alice mints over wM and over Uniswap, and redeems a part.
    pub(crate) fn mint_and_redeem(&mut self) -> Result<()> {
        let (actors, tokens, usdai) = (self.suite.actors, self.suite.tokens, self.suite.usdai);
        let alice = Wallet::of(&self.chain, actors.alice)?;
        for side in [tokens.wm, tokens.usdc, tokens.usdt] {
            let mint = ITestToken::mintCall {
                to: actors.alice,
                amount: dollars(100_000, side.decimals),
            };
            self.chain.transact(actors.admin, side.token, &mint).receipt()?;
            let approve = IERC20::approveCall {
                spender: usdai,
                value: U256::MAX,
            };
            alice.send(&mut self.chain, side.token, &approve)?;
        }
        let before = self.holdings(actors.alice);

        self.style
            .heading(&format!("{:<74}{:>13}", "Alice mints and redeems", "gas"));
        self.deposit(&alice, "10,000 wM", tokens.wm, 10_000, None)?;
        self.deposit(&alice, "10,000 USDC, one hop", tokens.usdc, 10_000, None)?;
        let route = self.suite.usdt_to_wm();
        self.deposit(&alice, "10,000 USDT, two hops", tokens.usdt, 10_000, Some(route))?;
        let transfer = IUSDai::transferCall {
            to: actors.bob,
            value: dollars(1_000, 18),
        };
        let receipt = alice.send(&mut self.chain, usdai, &transfer)?;
        step("sends Bob 1,000 USDai", "", &receipt);
        self.print_reserves();

        self.withdraw(&alice, "10,000 USDai as wM", tokens.wm, 10_000, None)?;
        self.withdraw(&alice, "5,000 USDai as USDC, one hop", tokens.usdc, 5_000, None)?;
        let route = self.suite.wm_to_usdt();
        self.withdraw(&alice, "5,000 USDai as USDT, two hops", tokens.usdt, 5_000, Some(route))?;
        self.print_reserves();

        self.style.heading("Alice's balances");
        let after = self.holdings(actors.alice);
        println!("  {:<12}{:>18}{:>18}{:>18}{:>18}", "", "wM", "USDC", "USDT", "USDai");
        for (when, amounts) in [("before", before), ("after", after)] {
            let [wm, usdc, usdt, own] = amounts;
            println!("  {when:<12}{wm:>18}{usdc:>18}{usdt:>18}{own:>18}");
        }
        Ok(())
    }

    fn deposit(&mut self, wallet: &Wallet, what: &str, side: Side, amount: u64, path: Option<Bytes>) -> Result<()> {
        let amount = dollars(amount, side.decimals);
        // Half a percent of slippage at most.
        let minimum = dollars(1, 18) * amount / dollars(1, side.decimals) * U256::from(995) / U256::from(1_000);
        let call = IUSDai::deposit_1Call {
            depositToken: side.token,
            depositAmount: amount,
            usdaiAmountMinimum: minimum,
            recipient: wallet.address(),
            data: path.unwrap_or_default(),
        };
        let receipt = wallet.send(&mut self.chain, self.suite.usdai, &call)?;
        let minted = only(events_of::<IUSDai::Deposited>(&receipt, self.suite.usdai))?.mintAmount;
        step(
            &format!("deposits {what}"),
            &format!("{} USDai", money(minted, 18)),
            &receipt,
        );
        Ok(())
    }

    fn withdraw(&mut self, wallet: &Wallet, what: &str, side: Side, amount: u64, path: Option<Bytes>) -> Result<()> {
        let call = IUSDai::withdraw_1Call {
            withdrawToken: side.token,
            usdaiAmount: dollars(amount, 18),
            withdrawAmountMinimum: dollars(amount, side.decimals) * U256::from(995) / U256::from(1_000),
            recipient: wallet.address(),
            data: path.unwrap_or_default(),
        };
        let receipt = wallet.send(&mut self.chain, self.suite.usdai, &call)?;
        let paid = only(events_of::<IUSDai::Withdrawn>(&receipt, self.suite.usdai))?.withdrawAmount;
        let symbol = self.chain.view(side.token, &IERC20::symbolCall {});
        step(
            &format!("redeems {what}"),
            &format!("{} {symbol}", money(paid, side.decimals)),
            &receipt,
        );
        Ok(())
    }

    fn print_reserves(&self) {
        let usdai = self.suite.usdai;
        let told = self.chain.view(usdai, &IUSDai::reservesCall {});
        let claimable = self.chain.view(usdai, &IUSDai::claimableYieldCall {});
        let line = format!(
            "reserves {} wM for {} USDai, yield to harvest {}",
            money(told.backing, 18),
            money(told.liabilities, 18),
            money(claimable, 18)
        );
        println!("  {}", self.style.dim(&line));
    }

    fn holdings(&self, account: Address) -> [String; 4] {
        let tokens = self.suite.tokens;
        let own = Side {
            token: self.suite.usdai,
            decimals: 18,
        };
        [tokens.wm, tokens.usdc, tokens.usdt, own].map(|side| {
            money(
                self.chain.view(side.token, &IERC20::balanceOfCall { account }),
                side.decimals,
            )
        })
    }
}
