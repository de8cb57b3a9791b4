//! USDai: minted, moved, given away, bridged, withdrawn.

use alloy_primitives::{Address, Bytes, U256};
use suite::bindings::{IERC20, IUSDai};
use suite_tests::{SCALE, n, units};

use super::{Accepted, History};

impl History {
    pub(super) fn mint_usdai(&mut self) -> Accepted {
        let (account, wm) = (self.anybody(), self.world.suite.tokens.wm.token);
        let magnitude = U256::from(10).pow(n(self.below(11)));
        let amount = magnitude * n(1 + self.below(30));
        self.world.fund(wm, account, amount);
        let call = IUSDai::deposit_0Call {
            depositToken: wm,
            depositAmount: amount,
            usdaiAmountMinimum: amount * n(SCALE),
            recipient: account,
        };
        let fits = !self.is_paused(self.usdai);
        let minted = self.expect(fits, account, self.usdai, &call);
        minted.is_some_and(|minted| {
            assert_eq!(minted, amount * n(SCALE), "wM is worth what it is");
            true
        })
    }

    /// A token to swap, and the path from it and to it where there is no direct pool.
    fn swapped_token(&mut self) -> (Address, u8, Bytes, Bytes) {
        let tokens = self.world.suite.tokens;
        match self.below(3) {
            0 => (tokens.usdc.token, tokens.usdc.decimals, Bytes::new(), Bytes::new()),
            1 => (tokens.dai.token, tokens.dai.decimals, Bytes::new(), Bytes::new()),
            _ => {
                let suite = &self.world.suite;
                (
                    tokens.usdt.token,
                    tokens.usdt.decimals,
                    suite.usdt_to_wm(),
                    suite.wm_to_usdt(),
                )
            }
        }
    }

    pub(super) fn mint_usdai_by_swap(&mut self) -> Accepted {
        let staker = self.staker();
        let (token, decimals, path, _) = self.swapped_token();
        let dollars = 1 + self.below(20_000);
        let amount = suite::uniswap::dollars(dollars, decimals);
        self.world.fund(token, staker, amount);
        let fits = !self.is_paused(self.usdai);
        let call = IUSDai::deposit_1Call {
            depositToken: token,
            depositAmount: amount,
            usdaiAmountMinimum: suite_tests::usdai(dollars) / n(2),
            recipient: staker,
            data: path,
        };
        self.expect(fits, staker, self.usdai, &call).is_some()
    }

    pub(super) fn withdraw_usdai(&mut self) -> Accepted {
        let (account, wm) = (self.anybody(), self.world.suite.tokens.wm.token);
        let balance = self.world.usdai_of(account);
        let amount = self.part_of(balance / n(10));
        let call = IUSDai::withdraw_0Call {
            withdrawToken: wm,
            usdaiAmount: amount,
            withdrawAmountMinimum: amount / n(SCALE),
            recipient: account,
        };
        let fits = !self.is_paused(self.usdai) && amount >= n(SCALE) && amount <= balance;
        let paid = self.expect(fits, account, self.usdai, &call);
        paid.is_some_and(|paid| {
            assert_eq!(paid, amount / n(SCALE), "USDai is worth what it is");
            true
        })
    }

    pub(super) fn withdraw_usdai_by_swap(&mut self) -> Accepted {
        let staker = self.staker();
        let (token, decimals, _, path) = self.swapped_token();
        let dollars = 1 + self.below(20_000);
        let amount = suite_tests::usdai(dollars);
        self.provide(staker, amount);
        let fits = !self.is_paused(self.usdai);
        let call = IUSDai::withdraw_1Call {
            withdrawToken: token,
            usdaiAmount: amount,
            withdrawAmountMinimum: suite::uniswap::dollars(dollars, decimals) / n(2),
            recipient: staker,
            data: path,
        };
        self.expect(fits, staker, self.usdai, &call).is_some()
    }

    pub(super) fn transfer_usdai(&mut self) -> Accepted {
        let (from, to) = (self.anybody(), self.anybody());
        let balance = self.world.usdai_of(from);
        let value = self.part_of(balance / n(4));
        self.expect(value <= balance, from, self.usdai, &IERC20::transferCall { to, value })
            .is_some()
    }

    /// To a contract, whose books must not notice.
    pub(super) fn donate_usdai(&mut self) -> Accepted {
        let from = self.anybody();
        let value = self.amount() / n(1_000);
        self.provide(from, value);
        let to = match self.below(3) {
            0 => {
                self.gifts.vault += value;
                self.staking.vault
            }
            1 => {
                self.gifts.pool += value;
                self.credit.pool
            }
            _ => {
                self.gifts.auction += value;
                self.credit.auction
            }
        };
        self.must(from, self.usdai, &IERC20::transferCall { to, value });
        true
    }

    /// To USDai: that is base yield.
    pub(super) fn donate_wrapped_m(&mut self) -> Accepted {
        let magnitude = U256::from(10).pow(n(self.below(9)));
        let amount = (magnitude * n(1 + self.below(50))).min(units(2_000));
        let wm = self.world.suite.tokens.wm.token;
        self.world.give(wm, self.usdai, amount);
        self.base_yield_given += amount * n(SCALE);
        true
    }

    pub(super) fn bridge_usdai_out(&mut self) -> Accepted {
        let account = self.anybody();
        let balance = self.world.usdai_of(account);
        let amount = self.part_of(balance / n(20));
        let fits = amount <= balance;
        let call = IUSDai::burnCall { from: account, amount };
        self.expect(fits, self.world.suite.actors.bridge, self.usdai, &call)
            .is_some()
    }

    pub(super) fn bridge_usdai_in(&mut self) -> Accepted {
        let bridged = self.look.liabilities - self.look.supply;
        let amount = self.part_of(bridged);
        let fits = amount <= bridged;
        let call = IUSDai::mintCall {
            to: self.anybody(),
            amount,
        };
        self.expect(fits, self.world.suite.actors.bridge, self.usdai, &call)
            .is_some()
    }
}
