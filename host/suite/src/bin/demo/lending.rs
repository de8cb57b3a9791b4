//! Operators borrow against their GPUs: one pays, and the stakers gain; one does not, and the junior tranche loses first.

use alloy_primitives::{Address, B256, U256, keccak256};
use anyhow::Result;
use suite::bindings::ILoanPool::LoanTerms;
use suite::bindings::{ICaliber, ICollateralAuction, IERC20, ILoanPool, IStakedUSDai};
use suite::staking::DAY;
use suite::uniswap::dollars;
use suite::wallet::Wallet;
use suite::{Transact, events_of};

use crate::Demo;
use crate::report::{money, only, percent, step};
use crate::staking::precisely;

/// What a unit is worth, in US dollars.
const UNIT_VALUE: u64 = 30_000;
/// Seconds from one instalment to the next.
const MONTH: u64 = 30 * DAY;
/// Instalments of a loan: three years of them.
const INSTALMENTS: u64 = 36;
/// Seconds that an instalment may be late.
const GRACE: u64 = 10 * DAY;
/// What the pool keeps of a principal, in basis points.
const ORIGINATION_FEE: u16 = 100;
/// What the vault lends, in USDai.
const SENIOR: u64 = 1_400_000;
/// What the curator lends in the other tranches.
const MEZZANINE: u64 = 250_000;
const JUNIOR: u64 = 200_000;
/// The tranches from the senior end.
const TRANCHES: [&str; 3] = ["senior", "mezzanine", "junior"];

/// A loan, and who has taken it.
struct Loan {
    borrower: Wallet,
    terms: LoanTerms,
    id: B256,
}

impl Demo {
    /// Three months of lending: a loan that is paid, a loan that is not.
    pub(crate) fn lend(&mut self) -> Result<()> {
        let own = self.suite.credit()?.actors;
        self.day(62)?;
        let title = self.tokenize(own.operator, 64, "Day 62: an operator tokenizes 64 H200s")?;
        self.fund()?;
        let good = self.borrow(own.operator, title, 1_500_000, 1)?;
        self.day(91)?;
        self.pay_instalment(&good, "Day 91: the first instalment")?;
        let title = self.tokenize(own.other_operator, 8, "Day 91: another operator tokenizes 8 H200s")?;
        let bad = self.borrow(own.other_operator, title, 188_000, 2)?;
        self.day(121)?;
        self.pay_instalment(&good, "Day 121: the second instalment; the other operator misses his")?;
        self.default(&bad)?;
        self.liquidate(&bad)?;
        self.sell(&bad)
    }

    /// A lot of H200s from its serial numbers to its insurance; the pool may take it.
    fn tokenize(&mut self, owner: Address, units: u64, heading: &str) -> Result<U256> {
        let credit = self.suite.credit()?;
        let (caliber, own) = (credit.caliber, credit.actors);
        let owner = Wallet::of(&self.chain, owner)?;
        let serial = |unit: u64| keccak256(format!("serial number {unit} of {}", owner.address()));
        self.style.heading(&format!("{heading:<74}{:>13}", "gas"));
        let tokenize = ICaliber::tokenizeCall {
            owner: owner.address(),
            model: "NVIDIA H200".into(),
            bailee: own.bailee,
            bailmentAgreement: keccak256("the bailment agreement"),
            uri: String::new(),
            serials: (0..units).map(serial).collect(),
            sealLot: true,
        };
        let receipt = Wallet::of(&self.chain, own.agent)?.send(&mut self.chain, caliber, &tokenize)?;
        let title = only(events_of::<ICaliber::Tokenized>(&receipt, caliber))?.tokenId;
        step(
            &format!("the agent registers {units} serial numbers"),
            &format!("CALIBER title {title}"),
            &receipt,
        );
        let attest = ICaliber::attestReceiptCall {
            tokenId: title,
            document: keccak256("the warehouse receipt"),
        };
        let receipt = Wallet::of(&self.chain, own.bailee)?.send(&mut self.chain, caliber, &attest)?;
        step("the bailee attests their receipt", "", &receipt);
        let value = dollars(units * UNIT_VALUE, 18);
        let now = self.chain.timestamp();
        let appraise = ICaliber::appraiseCall {
            tokenId: title,
            value,
            validUntil: now + 365 * DAY,
            usefulLife: 5 * 365 * DAY,
            residualBps: 2_000,
            report: keccak256("the appraisal"),
        };
        let receipt = Wallet::of(&self.chain, own.appraiser)?.send(&mut self.chain, caliber, &appraise)?;
        step(
            "the appraiser: a fifth left in 5 years",
            &format!("{} US dollars", money(value, 18)),
            &receipt,
        );
        let insure = ICaliber::insureCall {
            tokenId: title,
            coverage: value,
            expiry: now + 4 * 365 * DAY,
            policy: keccak256("the policy"),
        };
        let receipt = Wallet::of(&self.chain, own.insurer)?.send(&mut self.chain, caliber, &insure)?;
        step("the insurer covers them for 4 years", "", &receipt);
        let approve = ICaliber::approveCall {
            to: credit.pool,
            tokenId: title,
        };
        owner.send(&mut self.chain, caliber, &approve)?;
        Ok(title)
    }

    /// The stakers' money goes to the senior tranche, a curator's to the others.
    fn fund(&mut self) -> Result<()> {
        let (credit, vault) = (self.suite.credit()?, self.suite.staking()?.vault);
        self.style.heading("The tranches are funded");
        let dave = Wallet::of(&self.chain, self.suite.actors.dave)?;
        self.give_usdai(&dave, SENIOR)?;
        self.approve(&dave, vault)?;
        let stake = IStakedUSDai::deposit_0Call {
            amount: dollars(SENIOR, 18),
            receiver: dave.address(),
        };
        let receipt = dave.send(&mut self.chain, vault, &stake)?;
        let shares = only(events_of::<IStakedUSDai::Deposit>(&receipt, vault))?.shares;
        step(
            &format!("Dave stakes {} USDai", money(dollars(SENIOR, 18), 18)),
            &format!("{} sUSDai", money(shares, 18)),
            &receipt,
        );
        let allocate = IStakedUSDai::allocateCall {
            tranche: U256::ZERO,
            assets: dollars(SENIOR, 18),
        };
        let receipt = self.strategist()?.send(&mut self.chain, vault, &allocate)?;
        step(
            "sUSDai lends in the senior tranche",
            &format!("{} USDai", money(dollars(SENIOR, 18), 18)),
            &receipt,
        );
        let curator = Wallet::of(&self.chain, credit.actors.curator)?;
        self.give_usdai(&curator, MEZZANINE + JUNIOR)?;
        self.approve(&curator, credit.pool)?;
        for (tranche, amount) in [(1, MEZZANINE), (2, JUNIOR)] {
            let deposit = ILoanPool::deposit_0Call {
                tranche: U256::from(tranche),
                assets: dollars(amount, 18),
                receiver: curator.address(),
            };
            let receipt = curator.send(&mut self.chain, credit.pool, &deposit)?;
            step(
                &format!("a curator lends in the {}", TRANCHES[tranche]),
                &format!("{} USDai", money(dollars(amount, 18), 18)),
                &receipt,
            );
        }
        self.print_tranches()
    }

    /// Terms are signed and taken.
    fn borrow(&mut self, borrower: Address, title: U256, principal: u64, nonce: u64) -> Result<Loan> {
        let credit = self.suite.credit()?;
        let borrower = Wallet::of(&self.chain, borrower)?;
        self.style
            .heading("A loan of three years, 36 level payments, signed by the underwriter");
        let terms = LoanTerms {
            borrower: borrower.address(),
            underwriter: credit.actors.underwriter,
            collateralId: title,
            principal: dollars(principal, 18),
            duration: INSTALMENTS * MONTH,
            repaymentInterval: MONTH,
            schedule: 1,
            gracePeriod: GRACE,
            penaltyRate: 0,
            originationFeeBps: ORIGINATION_FEE,
            exitFeeBps: 0,
            expiry: self.chain.timestamp() + DAY,
            nonce: U256::from(nonce),
        };
        let preview = ILoanPool::previewBorrowCall {
            collateralId: title,
            principal: terms.principal,
        };
        // What the seniors may lend falls with the value of the collateral, second by second.
        let blended = self.chain.view(credit.pool, &preview).blendedRate;
        let borrow = ILoanPool::borrowCall {
            terms: terms.clone(),
            signature: credit.sign(&self.chain, &terms)?,
            maxBlendedRate: blended + blended / U256::from(1_000),
        };
        let receipt = borrower.send(&mut self.chain, credit.pool, &borrow)?;
        let borrowed = only(events_of::<ILoanPool::Borrowed>(&receipt, credit.pool))?;
        step(
            &format!("borrows {} USDai", money(terms.principal, 18)),
            &format!("{} paid out", money(terms.principal - borrowed.originationFee, 18)),
            &receipt,
        );
        for ((name, draw), rate) in TRANCHES
            .iter()
            .zip([borrowed.draw0, borrowed.draw1, borrowed.draw2])
            .zip(credit.config.rates)
        {
            println!("  {name:>12}{:>22} at {:>7}", money(draw, 18), a_year(U256::from(rate)));
        }
        self.style
            .note(&format!("together at {} a year.", a_year(borrowed.blendedRate)));
        self.approve(&borrower, credit.pool)?;
        Ok(Loan {
            borrower,
            terms,
            id: borrowed.loanId,
        })
    }

    fn pay_instalment(&mut self, loan: &Loan, heading: &str) -> Result<()> {
        let pool = self.suite.credit()?.pool;
        self.style.heading(heading);
        let before = self.prices()?;
        let repay = ILoanPool::repayCall {
            terms: loan.terms.clone(),
        };
        let receipt = loan.borrower.send(&mut self.chain, pool, &repay)?;
        let paid = only(events_of::<ILoanPool::Payment>(&receipt, pool))?;
        step(
            "the operator pays",
            &format!("{} USDai", money(paid.principal + paid.interest, 18)),
            &receipt,
        );
        self.style.note(&format!(
            "{} of it interest; {} are left to pay.",
            money(paid.interest, 18),
            money(paid.outstanding, 18)
        ));
        self.print_prices(before)?;
        self.print_tranches()
    }

    fn default(&mut self, loan: &Loan) -> Result<()> {
        let pool = self.suite.credit()?.pool;
        self.day(132)?;
        self.style
            .heading("Day 132: ten days of grace are over, the other loan is in default");
        let before = self.prices()?;
        let call = ILoanPool::markDefaultCall {
            terms: loan.terms.clone(),
        };
        let receipt = self.strategist()?.send(&mut self.chain, pool, &call)?;
        let defaulted = only(events_of::<ILoanPool::LoanDefaulted>(&receipt, pool))?;
        step(
            "anybody marks the default; provision",
            &format!("{} USDai", money(defaulted.provision, 18)),
            &receipt,
        );
        self.print_prices(before)?;
        self.print_tranches()
    }

    /// The window to cure ends, and the collateral goes to the auction.
    fn liquidate(&mut self, loan: &Loan) -> Result<()> {
        let credit = self.suite.credit()?;
        self.day(147)?;
        self.style
            .heading("Day 147: not cured within 14 days, the collateral is put up for auction");
        let anybody = self.strategist()?;
        let call = ILoanPool::liquidateCall {
            terms: loan.terms.clone(),
        };
        let receipt = anybody.send(&mut self.chain, credit.pool, &call)?;
        let started = only(events_of::<ILoanPool::LiquidationStarted>(&receipt, credit.pool))?;
        step(
            "anybody liquidates; the debt",
            &format!("{} USDai", money(started.debt, 18)),
            &receipt,
        );
        let list = ICollateralAuction::listCall { loanId: loan.id };
        let receipt = anybody.send(&mut self.chain, credit.auction, &list)?;
        step(
            &format!(
                "listed; reserve: {} of the value",
                percent(U256::from(credit.config.haircut_bps))
            ),
            &format!("{} USDai", money(started.reserve, 18)),
            &receipt,
        );
        let actors = self.suite.actors;
        for (name, account, above_bps) in [("Bob", actors.bob, 0), ("Carol", actors.carol, 200)] {
            let wallet = Wallet::of(&self.chain, account)?;
            self.give_usdai(&wallet, 200_000)?;
            self.approve(&wallet, credit.auction)?;
            let amount = started.reserve + started.reserve * U256::from(above_bps) / U256::from(10_000);
            let bid = ICollateralAuction::bidCall {
                loanId: loan.id,
                amount,
            };
            let receipt = wallet.send(&mut self.chain, credit.auction, &bid)?;
            step(
                &format!("{name} bids"),
                &format!("{} USDai", money(amount, 18)),
                &receipt,
            );
        }
        Ok(())
    }

    fn sell(&mut self, loan: &Loan) -> Result<()> {
        let credit = self.suite.credit()?;
        self.day(151)?;
        self.style.heading("Day 151: the auction is over, below the debt");
        let before = self.prices()?;
        let settle = ICollateralAuction::settleCall { loanId: loan.id };
        let receipt = self.strategist()?.send(&mut self.chain, credit.auction, &settle)?;
        let sold = only(events_of::<ICollateralAuction::Settled>(&receipt, credit.auction))?;
        let shared = only(events_of::<ILoanPool::ProceedsDistributed>(&receipt, credit.pool))?;
        let lost = only(events_of::<ILoanPool::LossRealised>(&receipt, credit.pool))?;
        step(
            &format!("Carol gets the title {}, the pool", sold.collateralId),
            &format!("{} USDai", money(shared.proceeds, 18)),
            &receipt,
        );
        self.style.note(&format!(
            "{} USDai of fee, {} of principal, {} of interest.",
            money(shared.liquidationFee, 18),
            money(shared.principal, 18),
            money(shared.interest, 18)
        ));
        for (name, loss) in TRANCHES.iter().zip([lost.loss0, lost.loss1, lost.loss2]) {
            println!("  {:<38}{:>34}", format!("lost by the {name} tranche"), money(loss, 18));
        }
        let account = self.suite.actors.bob;
        let bob = Wallet::of(&self.chain, account)?;
        let refund = ICollateralAuction::withdrawRefundCall { receiver: account };
        let receipt = bob.send(&mut self.chain, credit.auction, &refund)?;
        let back = only(events_of::<ICollateralAuction::RefundWithdrawn>(
            &receipt,
            credit.auction,
        ))?
        .amount;
        step("Bob, outbid, fetches", &format!("{} USDai", money(back, 18)), &receipt);
        self.print_prices(before)?;
        self.print_tranches()?;
        self.style
            .note("The curator's junior tranche has lost principal; the stakers lost only the interest of");
        self.style
            .note("that loan, which counted when they deposited and never when they redeemed.");
        Ok(())
    }

    /// What deposits into sUSDai and redemptions from it are priced at.
    fn prices(&self) -> Result<[U256; 2]> {
        let vault = self.suite.staking()?.vault;
        Ok([
            self.chain.view(vault, &IStakedUSDai::depositSharePriceCall {}),
            self.chain.view(vault, &IStakedUSDai::redemptionSharePriceCall {}),
        ])
    }

    fn print_prices(&self, before: [U256; 2]) -> Result<()> {
        let [deposit, redemption] = self.prices()?;
        self.style.note(&format!(
            "one sUSDai: {} → {} USDai to redeem, {} → {} to deposit",
            precisely(before[1]),
            precisely(redemption),
            precisely(before[0]),
            precisely(deposit)
        ));
        Ok(())
    }

    fn print_tranches(&self) -> Result<()> {
        let pool = self.suite.credit()?.pool;
        let line = format!(
            "{:<12}{:>19}{:>19}{:>18}{:>17}",
            "tranche", "idle", "lent", "provision", "worth"
        );
        self.style.note(&line);
        for (id, name) in TRANCHES.iter().enumerate() {
            let told = self.chain.view(pool, &ILoanPool::trancheCall { id: U256::from(id) });
            println!(
                "  {name:<12}{:>19}{:>19}{:>18}{:>17}",
                money(told.idle, 18),
                money(told.principal, 18),
                money(told.provisions, 18),
                money(told.conservative, 18)
            );
        }
        Ok(())
    }

    fn approve(&mut self, wallet: &Wallet, spender: Address) -> Result<()> {
        let call = IERC20::approveCall {
            spender,
            value: U256::MAX,
        };
        wallet.send(&mut self.chain, self.suite.usdai, &call)?;
        Ok(())
    }
}

/// A rate per second as percent of a year of 365 days, rounded to hundredths.
fn a_year(rate: U256) -> String {
    let hundredth = U256::from(10).pow(U256::from(14));
    percent((rate * U256::from(365 * DAY) + hundredth / U256::from(2)) / hundredth)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_told_by_the_year() {
        assert_eq!(a_year(U256::from(2_853_881_278_u64)), "9.00 %");
        assert_eq!(a_year(U256::from(5_073_566_717_u64)), "16.00 %");
        assert_eq!(a_year(U256::ZERO), "0.00 %");
    }
}
