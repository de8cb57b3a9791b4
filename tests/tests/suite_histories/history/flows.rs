//! What the events of a step say, against what the books have become: R2, L2, L3, L4, L5.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEvent;
use devnet::Receipt;
use suite::bindings::ILoanPool::{self as P, LoanStatus};
use suite::bindings::{IERC20, IStakedUSDai as V, IUSDai};
use suite::events_of;
use suite_tests::reference::{mul_div_up, share_of};
use suite_tests::{SCALE, n};

use super::History;
use super::look::Look;
use super::titles::Place;

/// Roundings of the fee in a payment or a distribution: interest and penalty of each tranche.
const FEE_ROUNDINGS: u64 = 8;

/// What moved in a step.
#[derive(Debug, Default)]
struct Flows {
    usdai_deposited: U256,
    usdai_withdrawn: U256,
    usdai_harvested: U256,
    /// Into and out of the tranches' cash, the fee on interest not counted.
    idle_in: U256,
    idle_out: U256,
    /// Interest and penalty that were paid, gross of the fee.
    interest: U256,
    /// Fees on principal and proceeds.
    other_fees: U256,
    /// From the pool to the recipient of the fees.
    fees_paid: U256,
    /// Payments and distributions.
    roundings: u64,
    losses: u64,
}

impl History {
    /// Reads what the step has logged, and checks it against the books before and after.
    pub(super) fn check_flows(&mut self, before: &Look, after: &Look) {
        let receipts = std::mem::take(&mut self.receipts);
        let mut flows = Flows::default();
        for receipt in &receipts {
            self.read_usdai(receipt, &mut flows);
            self.read_lending(receipt, &mut flows);
        }
        let given = std::mem::take(&mut self.base_yield_given);
        assert_eq!(
            after.liabilities + flows.usdai_withdrawn,
            before.liabilities + flows.usdai_deposited + flows.usdai_harvested,
            "R2: USDai comes and goes by deposits, harvests and withdrawals: {flows:?}"
        );
        let grown = (after.base_yield + flows.usdai_harvested).checked_sub(before.base_yield + given);
        let grown = grown.unwrap_or_else(|| panic!("R2: base yield is gone: {before:?} -> {after:?}, {flows:?}"));
        // What withdrawals leave is less than a unit of wM each, and whole units can be harvested.
        let dust = if flows.usdai_withdrawn.is_zero() {
            U256::ZERO
        } else {
            n(SCALE)
        };
        assert!(grown <= dust, "base yield grows by {grown} at once: {flows:?}");

        let interest_fee = flows.fees_paid - flows.other_fees;
        assert_eq!(
            after.pool_idle() + flows.idle_out + interest_fee,
            before.pool_idle() + flows.idle_in,
            "L2, L4: what is paid is the tranches' cash and the fee: {flows:?}"
        );
        let whole_fee = share_of(flows.interest, self.credit.config.interest_fee_bps.into());
        assert!(
            interest_fee <= whole_fee && interest_fee + n(FEE_ROUNDINGS * flows.roundings) >= whole_fee,
            "L4: a fee of {interest_fee} on {} of interest: {flows:?}",
            flows.interest
        );
        self.fees_received += flows.fees_paid;
        self.interest_paid += flows.interest;
        self.interest_fees += interest_fee;
        if flows.roundings == 0 && flows.losses == 0 {
            let interest =
                |look: &Look| -> Vec<U256> { look.tranches.iter().map(|tranche| tranche.interest).collect() };
            assert_eq!(
                interest(after),
                interest(before),
                "L4: accrued interest jumps without a payment"
            );
        }
    }

    fn read_usdai(&mut self, receipt: &Receipt, flows: &mut Flows) {
        let (usdai, treasury) = (self.usdai, self.world.suite.actors.treasury);
        let sum = |amounts: Vec<U256>| -> U256 { amounts.into_iter().sum() };
        let deposits = events_of::<IUSDai::Deposited>(receipt, usdai);
        flows.usdai_deposited += sum(deposits.iter().map(|event| event.mintAmount).collect());
        let withdrawals = events_of::<IUSDai::Withdrawn>(receipt, usdai);
        flows.usdai_withdrawn += sum(withdrawals.iter().map(|event| event.usdaiAmount).collect());
        let harvests = events_of::<IUSDai::Harvested>(receipt, usdai);
        flows.usdai_harvested += sum(harvests.iter().map(|event| event.mintAmount).collect());
        let transfers = events_of::<IERC20::Transfer>(receipt, usdai);
        let fees = transfers
            .iter()
            .filter(|event| event.from == self.credit.pool && event.to == treasury);
        flows.fees_paid += sum(fees.map(|event| event.value).collect());
        let fees = events_of::<V::AdminFeeTransferred>(receipt, self.staking.vault);
        self.fees_received += sum(fees.iter().map(|event| event.adminFee).collect());
    }

    fn events<E: SolEvent>(&self, receipt: &Receipt) -> Vec<E> {
        events_of(receipt, self.credit.pool)
    }

    fn read_lending(&mut self, receipt: &Receipt, flows: &mut Flows) {
        for event in self.events::<P::Deposited>(receipt) {
            flows.idle_in += event.assets;
        }
        for event in self.events::<P::Redeemed>(receipt) {
            flows.idle_out += event.assets;
        }
        for event in self.events::<P::Borrowed>(receipt) {
            let draws = event.draw0 + event.draw1 + event.draw2 + event.draw3;
            flows.idle_out += draws;
            flows.other_fees += event.originationFee;
        }
        // A refinancing pays the old loan back and takes the new one, which is the last in the list by then.
        for event in self.events::<P::Payment>(receipt) {
            let P::Payment {
                loanId,
                principal,
                interest,
                penalty,
                exitFee,
                outstanding,
                instalmentsPaid,
                ..
            } = event;
            flows.idle_in += principal + interest + penalty;
            flows.interest += interest + penalty;
            flows.other_fees += exitFee;
            flows.roundings += 1;
            self.book_payment(loanId, principal, outstanding, instalmentsPaid);
        }
        // A payment ends a loan's trouble unless its goods are lost or not insured.
        for event in self.events::<P::LoanImpaired>(receipt) {
            let loan = self.loan_mut(event.loanId);
            if loan.status == LoanStatus::Active {
                loan.status = LoanStatus::Impaired;
            }
        }
        for event in self.events::<P::LoanClosed>(receipt) {
            self.book_closure(event.loanId);
        }
        let losses = self.events::<P::LossRealised>(receipt);
        for event in &losses {
            flows.losses += 1;
            self.check_loss(event);
        }
        for event in self.events::<P::ProceedsDistributed>(receipt) {
            flows.idle_in += event.principal + event.interest;
            flows.interest += event.interest;
            flows.other_fees += event.liquidationFee;
            flows.roundings += 1;
            self.check_distribution(&event, losses.iter().find(|loss| loss.loanId == event.loanId));
        }
    }

    fn book_payment(&mut self, id: B256, principal: U256, outstanding: U256, instalments: U256) {
        let (principals, now) = (self.principals_of(id), self.world.now());
        let loan = self.loan_mut(id);
        loan.repaid += principal;
        (loan.since, loan.instalments) = (now, instalments.to());
        let before = loan.outstanding();
        (loan.status, loan.defaulted_at, loan.principals) = (LoanStatus::Active, 0, principals);
        assert_eq!(loan.outstanding(), outstanding, "loan {id}: principal of the tranches");
        assert_eq!(
            before - principal,
            outstanding,
            "loan {id}: what is paid is owed no more"
        );
    }

    fn book_closure(&mut self, id: B256) {
        let loan = self.loan_mut(id);
        assert!(loan.outstanding().is_zero());
        assert_eq!(
            loan.repaid, loan.terms.principal,
            "L5: loan {id} is paid back to the wei"
        );
        loan.status = LoanStatus::Repaid;
        let (is_refinanced, title, borrower) = (loan.is_refinanced, loan.terms.collateralId, loan.terms.borrower);
        if !is_refinanced {
            self.title_mut(title).place = Place::Holder(borrower);
        }
    }

    /// L3, and that no tranche loses more than it has lent.
    fn check_loss(&mut self, event: &P::LossRealised) {
        let losses = [event.loss0, event.loss1, event.loss2, event.loss3];
        let principals = self.loan_mut(event.loanId).principals;
        for (tranche, loss) in losses.iter().enumerate() {
            assert!(
                *loss <= principals[tranche],
                "a loss above the principal: {event:?}, {principals:?}"
            );
            if !loss.is_zero() {
                let reaches_seniors = principals[tranche + 1..].iter().any(|principal| !principal.is_zero());
                self.tally
                    .meet_if(reaches_seniors, "a loss that reaches a senior tranche");
                assert_eq!(
                    losses[tranche + 1..],
                    principals[tranche + 1..],
                    "L3: tranche {tranche} loses before a junior one is wiped out"
                );
            }
        }
    }

    /// L2, and that nobody gets more than he was owed.
    fn check_distribution(&mut self, event: &P::ProceedsDistributed, loss: Option<&P::LossRealised>) {
        let parts = event.liquidationFee + event.principal + event.interest + event.surplus;
        assert_eq!(parts, event.proceeds, "L2: {event:?}");
        let fee = share_of(event.proceeds, self.credit.config.liquidation_fee_bps.into());
        assert_eq!(event.liquidationFee, fee, "{event:?}");
        let rates = self.credit.config.rates;
        let loan = self.loan_mut(event.loanId);
        let unpaid = loss.map_or(U256::ZERO, |loss| loss.loss0 + loss.loss1 + loss.loss2 + loss.loss3);
        let (owed, is_late) = (loan.outstanding(), loan.status == LoanStatus::WrittenOff);
        if is_late {
            assert!(loss.is_none(), "what is written off is lost already: {event:?}");
        } else {
            assert_eq!(event.principal + unpaid, owed, "principal is paid or lost: {event:?}");
        }
        let interest = mul_div_up(loan.raw_interest(rates, loan.defaulted_at), n(1), super::wad());
        assert!(
            event.principal <= owed && event.interest <= interest + n(4),
            "{event:?}"
        );
        if !event.interest.is_zero() {
            assert_eq!(event.principal, owed, "interest comes after principal: {event:?}");
        }
        if !event.surplus.is_zero() {
            self.tally.meet("a surplus for the borrower");
            assert!(event.interest + n(4) >= interest, "the borrower comes last: {event:?}");
        }
    }
}
