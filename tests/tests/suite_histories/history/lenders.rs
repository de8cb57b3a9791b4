//! Who lends in the tranches beside sUSDai: curators, in the junior ones above all.

use alloy_primitives::{Address, U256};
use suite::Transact;
use suite::bindings::ILoanPool as P;
use suite_tests::{n, usdai};

use super::{Accepted, History};

impl History {
    pub(super) fn tranche_balance(&self, owner: Address, tranche: u64) -> U256 {
        let call = P::balanceOfCall { owner, id: n(tranche) };
        self.world.chain.view(self.credit.pool, &call)
    }

    pub(super) fn notice_of(&self, account: Address, tranche: u64) -> P::noticeOfReturn {
        let id = n(tranche);
        self.world
            .chain
            .view(self.credit.pool, &P::noticeOfCall { account, id })
    }

    fn lender(&mut self) -> Address {
        if self.chance(80) { self.curator() } else { self.staker() }
    }

    pub(super) fn lend(&mut self) -> Accepted {
        let (lender, tranche) = (self.lender(), self.below(self.tranches()));
        // What has lost much is made up for.
        let is_short = self.look.tranches[usize::try_from(tranche).expect("small")].idle < usdai(60_000);
        let assets = if is_short && self.chance(50) {
            usdai(100_000 + self.below(100_000))
        } else {
            self.amount()
        };
        self.lend_to(lender, tranche, assets)
    }

    pub(super) fn lend_to(&mut self, lender: Address, tranche: u64, assets: U256) -> Accepted {
        self.provide(lender, assets);
        let (pool, id) = (self.credit.pool, n(tranche));
        let expected = self
            .world
            .chain
            .try_view(lender, pool, &P::previewDepositCall { id, assets });
        let fits = !self.is_paused(pool) && expected.is_ok();
        let call = P::deposit_0Call {
            tranche: id,
            assets,
            receiver: lender,
        };
        self.expect(fits, lender, pool, &call).is_some_and(|shares| {
            assert_eq!(Ok(shares), expected, "previewDeposit said what it would be");
            true
        })
    }

    /// One of those who have shares of the tranche, in their hands or under notice.
    fn holder(&mut self, tranche: u64, is_noticed: bool) -> (Address, U256) {
        let people = [self.people.curators.clone(), self.people.stakers.clone()].concat();
        let holders: Vec<(Address, U256)> = people
            .into_iter()
            .map(|account| {
                let shares = if is_noticed {
                    self.notice_of(account, tranche).shares
                } else {
                    self.tranche_balance(account, tranche)
                };
                (account, shares)
            })
            .filter(|(_, shares)| !shares.is_zero())
            .collect();
        let curator = self.curator();
        self.one_of(&holders).unwrap_or((curator, U256::ZERO))
    }

    /// At once: nothing stops it but a want of cash.
    pub(super) fn redeem_senior(&mut self) -> Accepted {
        let (lender, balance) = self.holder(0, false);
        let shares = self.part_of(balance / n(2));
        self.redeem_shares(lender, 0, shares, shares <= balance)
    }

    /// Redeems shares; `may` says whether the lender is free to.
    pub(super) fn redeem_shares(&mut self, lender: Address, tranche: u64, shares: U256, may: bool) -> Accepted {
        let pool = self.credit.pool;
        let preview = P::previewRedeemCall { id: n(tranche), shares };
        let expected = self.world.chain.try_view(lender, pool, &preview);
        let call = P::redeem_0Call {
            tranche: n(tranche),
            shares,
            receiver: lender,
        };
        self.expect(may && expected.is_ok(), lender, pool, &call)
            .is_some_and(|assets| {
                assert_eq!(Ok(assets), expected, "previewRedeem said what it would be");
                true
            })
    }

    fn junior(&mut self) -> u64 {
        let count = self.tranches();
        if count > 1 { 1 + self.below(count - 1) } else { 1 }
    }

    pub(super) fn give_notice(&mut self) -> Accepted {
        let tranche = self.junior();
        let (lender, balance) = self.holder(tranche, false);
        let shares = self.part_of(balance / n(2));
        let has_notice = !self.notice_of(lender, tranche).shares.is_zero();
        let fits = tranche < self.tranches() && shares <= balance && (has_notice || !shares.is_zero());
        let call = P::giveNoticeCall {
            tranche: n(tranche),
            shares,
        };
        if self.expect(fits, lender, self.credit.pool, &call).is_none() {
            return false;
        }
        self.note_notice(lender, tranche);
        true
    }

    /// Remembers when what is under notice can be redeemed.
    pub(super) fn note_notice(&mut self, account: Address, tranche: u64) {
        let from = self.notice_of(account, tranche).from.to();
        self.notices.insert((account, tranche), from);
    }

    pub(super) fn cancel_notice(&mut self) -> Accepted {
        let tranche = self.junior();
        let (lender, noticed) = self.holder(tranche, true);
        let call = P::cancelNoticeCall { tranche: n(tranche) };
        self.expect(!noticed.is_zero(), lender, self.credit.pool, &call)
            .is_some()
    }

    /// Who can redeem junior shares now: (account, tranche, shares under notice).
    fn redeemable_juniors(&self) -> Vec<(Address, u64, U256)> {
        let now = self.now();
        let open = self.notices.iter().filter(|(_, from)| **from <= now);
        open.map(|((account, tranche), _)| (*account, *tranche, self.notice_of(*account, *tranche)))
            .filter(|(account, _, notice)| *account != self.staking.vault && n(now) < notice.until)
            .map(|(account, tranche, notice)| (account, tranche, notice.shares))
            .collect()
    }

    pub(super) fn redeem_junior(&mut self) -> Accepted {
        let open = self.redeemable_juniors();
        if let Some((lender, tranche, noticed)) = self.one_of(&open) {
            let shares = self.part_of(noticed);
            return self.redeem_shares(lender, tranche, shares, shares <= noticed);
        }
        let (lender, tranche) = (self.lender(), self.junior());
        self.redeem_shares(lender, tranche, usdai(1), false)
    }

    pub(super) fn transfer_tranche_shares(&mut self) -> Accepted {
        let tranche = self.below(self.tranches());
        let (from, balance) = self.holder(tranche, false);
        let amount = self.part_of(balance / n(3));
        let call = P::transferCall {
            receiver: self.lender(),
            id: n(tranche),
            amount,
        };
        self.expect(amount <= balance, from, self.credit.pool, &call).is_some()
    }
}
