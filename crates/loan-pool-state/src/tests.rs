//! What storage keeps, and who may do what, without a chain.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, I256, U256};
use contract_kit::{access::AccessControlUnauthorizedAccount, host, roles, Revert};
use loan_core::{
    annuity::IntervalInterest,
    collateral::Appraisal,
    loan::{Loan, Slice},
    schedule::{Calendar, Plan, Schedule},
    tranche::Tranche,
    Accrued, Rate, DAY, MAX_PRINCIPAL,
};
use motsu::prelude::*;
use qev_core::vesting::Vesting;
use stylus_sdk::prelude::*;

use crate::{
    abi::ILoanPool,
    records::{Liquidation, Record, Status},
    terms::{self, LoanTerms},
    tranches::Part,
    words::{Lending, Settings},
    LoanPool,
};

#[allow(unsafe_code)]
unsafe impl TopLevelStorage for LoanPool {}

#[public]
impl LoanPool {}

const NOW: u64 = 1_900_000_000;

fn account(number: u8) -> Address {
    Address::repeat_byte(number)
}

fn lending() -> Lending {
    Lending {
        rates: [1, 2_000, 3_000_000_000, (1 << 40) - 1].map(|rate| Rate::new(rate).unwrap()),
        advance_bps: [6_000, 7_000, 8_000, 9_000],
    }
}

fn settings(tranches: u8) -> Settings {
    Settings {
        usdai: account(5),
        paused: false,
        tranches,
        interest_fee_bps: 0,
        liquidation_fee_bps: 0,
        haircut_bps: 0,
        paused_seconds: 0,
        claimed: 0,
    }
}

fn fraction(raw: i64) -> Accrued {
    Accrued::from_raw(I256::try_from(raw).unwrap())
}

fn loan_terms(schedule: u8) -> LoanTerms {
    LoanTerms {
        borrower: account(1),
        underwriter: account(2),
        collateralId: U256::from(7),
        principal: U256::from(MAX_PRINCIPAL),
        duration: 100 * DAY,
        repaymentInterval: DAY,
        schedule,
        gracePeriod: 3 * DAY,
        penaltyRate: 5,
        originationFeeBps: 1,
        exitFeeBps: 10_000,
        expiry: NOW,
        nonce: U256::from(3),
    }
}

/// A loan whose every number is as large as it can be, drawn from the tranches whose bits are set.
fn full_loan(lenders: u8, terms: &LoanTerms) -> Loan {
    let fractions = [i64::MIN, -1, i64::MAX, 1];
    let mut loan = Loan {
        calendar: Calendar::new(NOW - DAY, terms.duration, terms.repaymentInterval).unwrap(),
        paid: 99,
        grace: terms.gracePeriod,
        penalty_rate: Rate::new(terms.penaltyRate).unwrap(),
        exit_fee: terms::agreed(terms).exit_fee,
        accrued_at: NOW,
        ..Loan::default()
    };
    for (index, slice) in loan.slices.iter_mut().enumerate() {
        let lends = lenders >> index & 1 != 0;
        *slice = Slice {
            principal: if lends { MAX_PRINCIPAL - index as u128 } else { 0 },
            rate: lending().rates[index],
            accrued: if lends {
                fraction(fractions[index])
            } else {
                Accrued::ZERO
            },
        };
    }
    let schedule = terms::agreed(terms).schedule;
    let interest = match schedule {
        Schedule::LevelPayment => IntervalInterest::from_bits(u128::MAX),
        // It has no use for it, and does not read it.
        Schedule::EqualPrincipal => IntervalInterest::default(),
    };
    loan.plan = Plan::from_parts(schedule, MAX_PRINCIPAL, 100, interest);
    loan
}

impl LoanPool {
    /// Writes a loan and reads it back.
    fn keep_loan(&mut self, lenders: u8, schedule: u8) {
        let loan_terms = loan_terms(schedule);
        let loan = full_loan(lenders, &loan_terms);
        let loan_id = terms::loan_id(&loan_terms);
        let record = Record::new(&loan, (1 << 32) - 1);
        let appraisal = Appraisal {
            value: MAX_PRINCIPAL,
            appraised_at: NOW,
            expires_at: u64::MAX,
            useful_life: (1 << 40) - 1,
            residual_bps: 10_000,
        };
        self.set_record(loan_id, &record).unwrap();
        self.set_plan(loan_id, &record).unwrap();
        self.set_appraisal(loan_id, &appraisal).unwrap();
        let (read_id, read) = self.record(&loan_terms, &lending(), false).unwrap();
        assert_eq!(
            (read_id, read.status, read.paused_seconds),
            (loan_id, Status::Active, (1 << 32) - 1)
        );
        assert_eq!(read.loan, loan, "lenders {lenders:04b}, schedule {schedule}");
        assert_eq!(self.appraisal(loan_id), appraisal);

        let mut troubled = record;
        (troubled.status, troubled.provision) = (Status::Defaulted, MAX_PRINCIPAL);
        self.set_record(loan_id, &troubled).unwrap();
        self.set_plan(loan_id, &troubled).unwrap();
        self.set_default(loan_id, NOW + 1);
        self.set_paused_at_default(loan_id, (1 << 32) - 1);
        assert_eq!(self.paused_at_default(loan_id), (1 << 32) - 1);
        let (_, read) = self.record(&loan_terms, &lending(), false).unwrap();
        assert_eq!((read.provision, read.defaulted_at), (MAX_PRINCIPAL, NOW + 1));
        assert_eq!((read.status, read.loan), (Status::Defaulted, loan));
        assert_eq!(self.appraisal(loan_id), appraisal);
        // A provision is replaced without the rest of its word.
        for provision in [0, 1, MAX_PRINCIPAL] {
            troubled.provision = provision;
            self.set_provision(loan_id, &troubled);
            let (_, read) = self.record(&loan_terms, &lending(), false).unwrap();
            assert_eq!((read.provision, read.loan), (provision, loan));
            assert_eq!(self.paused_at_default(loan_id), (1 << 32) - 1);
        }
        self.set_default(loan_id, 0);
        assert_eq!(self.appraisal(loan_id), appraisal);
        self.set_plan(loan_id, &troubled).unwrap();
        assert_eq!(self.paused_at_default(loan_id), 0);

        let liquidation = Liquidation {
            borrower: loan_terms.borrower,
            collateral_id: u64::MAX,
            reserve: MAX_PRINCIPAL,
        };
        self.set_liquidated(loan_id, &liquidation, MAX_PRINCIPAL, NOW + 2)
            .unwrap();
        let check = |pool: &Self, status| {
            let mut read = pool.bare_record(loan_id, &lending()).unwrap();
            pool.read_trouble(loan_id, &mut read);
            assert_eq!((read.status, read.defaulted_at), (status, NOW + 2));
            assert_eq!(read.loan.slices, loan.slices);
            let kept = pool.liquidated(loan_id);
            assert_eq!(
                (kept.borrower, kept.collateral_id, kept.reserve),
                (account(1), u64::MAX, MAX_PRINCIPAL)
            );
            read.provision
        };
        self.set_status(loan_id, Status::Liquidating);
        assert_eq!(check(self, Status::Liquidating), MAX_PRINCIPAL);
        troubled.status = Status::Liquidating;
        for provision in [0, 1, MAX_PRINCIPAL] {
            troubled.provision = provision;
            self.set_provision(loan_id, &troubled);
            assert_eq!(check(self, Status::Liquidating), provision);
        }
        // The end of the recovery takes the place of the provision.
        self.set_status(loan_id, Status::WrittenOff);
        for end in [u64::MAX, NOW, 0] {
            self.set_recovery_end(loan_id, end);
            assert_eq!(self.recovery_end(loan_id), end);
            check(self, Status::WrittenOff);
        }
    }

    /// Writes the claims on each tranche, and reads them back beside the tranches' own words.
    fn keep_claims(&mut self, claims: [u128; 4], tranche: Tranche) {
        for (index, claim) in claims.into_iter().enumerate() {
            let mut book = self.book(&lending(), index, Part::Whole);
            book.tranche = tranche;
            self.set_book(&book).unwrap();
            let before = self.settings();
            self.set_written_off(index, claim);
            let others = before.claimed & !(1 << index);
            let claimed = others | u8::from(claim != 0) << index;
            assert_eq!(self.settings(), Settings { claimed, ..before });
        }
        let settings = self.settings();
        for (index, claim) in claims.into_iter().enumerate() {
            assert_eq!(self.written_off(settings, index), claim);
            assert_eq!(self.claims_on(U256::from(index)), Ok(U256::from(claim)));
            let priced = self.priced(settings, &lending(), index).tranche;
            assert_eq!(priced.written_off, claim);
            let unpriced = Tranche {
                written_off: 0,
                ..priced
            };
            assert_eq!(unpriced, tranche);
            // Whatever its word says, of what the settings do not name nothing is counted.
            let unnamed = Settings { claimed: 0, ..settings };
            assert_eq!(self.written_off(unnamed, index), 0);
        }
    }

    /// Writes a tranche and reads it back, whole and in parts.
    fn keep_tranche(&mut self, index: usize, tranche: Tranche, suspended: u128) {
        let mut book = self.book(&lending(), index, Part::Whole);
        (book.tranche, book.suspended) = (tranche, suspended);
        self.set_book(&book).unwrap();
        let whole = self.book(&lending(), index, Part::Whole);
        assert_eq!((whole.tranche, whole.suspended), (tranche, suspended));
        assert_eq!(self.idle(index), tranche.idle);
        assert_eq!(self.total_supply(U256::from(index)), U256::from(tranche.shares));
        // What an operation does not read it does not write.
        for part in [Part::Interest, Part::Shares] {
            let mut book = self.book(&lending(), index, part);
            book.tranche.idle -= 1;
            self.set_book(&book).unwrap();
            let mut expected = tranche;
            expected.idle -= 1;
            assert_eq!(self.book(&lending(), index, Part::Whole).tranche, expected);
            let mut book = self.book(&lending(), index, part);
            book.tranche.idle += 1;
            self.set_book(&book).unwrap();
        }
        // Nor does a provision that is replaced touch anything else, whether it is the only reserve or not.
        let others = tranche.provisions;
        for after in [0, 7, others] {
            let before = self.book(&lending(), index, Part::Whole).tranche.provisions;
            self.change_provision(index, before, after).unwrap();
            let expected = Tranche {
                provisions: after,
                ..tranche
            };
            assert_eq!(self.book(&lending(), index, Part::Whole).tranche, expected);
        }
        let failed = Err(ILoanPool::CalculationFailed {}.into());
        assert_eq!(self.change_provision(index, others.wrapping_add(1), 0), failed);
    }

    /// Writes a loan that runs.
    fn take_loan(&mut self, loan_terms: &LoanTerms) {
        let record = Record::new(&full_loan(1, loan_terms), 0);
        let loan_id = terms::loan_id(loan_terms);
        self.set_record(loan_id, &record).unwrap();
        self.set_plan(loan_id, &record).unwrap();
    }

    fn pack_settings(&mut self, settings: Settings) {
        self.settings.set(settings.pack().unwrap());
        self.lending.set(lending().pack().unwrap());
    }

    fn give(&mut self, owner: Address, id: U256, amount: u128) {
        self.mint(owner, id, amount).unwrap();
    }

    fn here(&self) -> Address {
        assert!(!self.paused());
        host::this()
    }
}

#[motsu::test]
fn a_loan_survives_its_words(pool: Contract<LoanPool>) {
    for lenders in 1..16 {
        for schedule in [0, 1] {
            pool.sender(account(9)).keep_loan(lenders, schedule);
        }
    }
}

#[motsu::test]
fn a_tranche_survives_its_words(pool: Contract<LoanPool>) {
    let most = (1_u128 << 112) - 1;
    for index in 0..4 {
        let rate = lending().rates[index];
        let small = Tranche {
            idle: 1,
            principal: 5,
            shares: 3,
            per_second: rate.on(4),
            accrued: fraction(-1),
            accrued_at: NOW,
            ..Tranche::default()
        };
        let large = Tranche {
            idle: most,
            principal: most,
            provisions: most,
            written_off: 0,
            shares: most,
            per_second: rate.on(most),
            accrued: Accrued::from_raw(I256::from_raw(U256::MAX >> 49_usize)),
            accrued_at: (1 << 40) - 1,
            gains: Vesting::default().with_gain((1 << 104) - 1, NOW, 1).unwrap(),
        };
        let mut contract = pool.sender(account(9));
        contract.keep_tranche(index, small, 1);
        contract.keep_tranche(index, large, 0);
        contract.keep_tranche(index, small, 1);
    }
}

#[motsu::test]
fn claims_survive_their_words(pool: Contract<LoanPool>) {
    let most = (1_u128 << 112) - 1;
    let tranche = Tranche {
        idle: most,
        shares: most,
        accrued_at: NOW,
        ..Tranche::default()
    };
    let mut contract = pool.sender(account(9));
    contract.pack_settings(settings(4));
    for claims in [[0; 4], [most, 0, 1, most], [1, 2, 3, 4], [0, most, 0, 0], [0; 4]] {
        contract.keep_claims(claims, tranche);
    }
    assert_eq!(
        contract.claims_on(U256::from(4)),
        Err(ILoanPool::InvalidTranche { tranche: U256::from(4) }.into())
    );
}

#[motsu::test]
fn shares_move_and_sum_to_the_supply(pool: Contract<LoanPool>) {
    let (alice, bob, id) = (account(1), account(2), U256::from(1));
    pool.sender(alice).pack_settings(settings(2));
    pool.sender(alice).give(alice, id, 100);
    assert_eq!(pool.sender(alice).transfer(bob, id, U256::from(30)), Ok(true));
    let missing = ILoanPool::ERC6909InsufficientBalance {
        sender: bob,
        balance: U256::from(30),
        needed: U256::from(31),
        id,
    };
    assert_eq!(
        pool.sender(bob).transfer(alice, id, U256::from(31)),
        Err(missing.into())
    );
    let here = pool.sender(alice).here();
    let refused = Revert::from(ILoanPool::ERC6909InvalidReceiver { receiver: here });
    assert_eq!(pool.sender(alice).transfer(here, id, U256::from(1)), Err(refused));
    // To oneself nothing moves.
    assert_eq!(pool.sender(alice).transfer(alice, id, U256::from(70)), Ok(true));
    assert_eq!(pool.sender(alice).give_notice(id, U256::from(50)), Ok(()));
    let balances = |owner| pool.sender(alice).balance_of(owner, id);
    assert_eq!([alice, bob, here].map(balances), [20, 30, 50].map(U256::from));
    assert_eq!(pool.sender(alice).notice_of(alice, id).0, U256::from(50));
    assert_eq!(pool.sender(alice).give_notice(id, U256::from(20)), Ok(()));
    assert_eq!([alice, here].map(balances), [0, 70].map(U256::from));
    assert_eq!(pool.sender(alice).cancel_notice(id), Ok(()));
    assert_eq!([alice, bob, here].map(balances), [70, 30, 0].map(U256::from));
}

#[motsu::test]
fn roles_rule(pool: Contract<LoanPool>) {
    let (admin, stranger) = (account(1), account(2));
    pool.sender(admin).access.set(roles::DEFAULT_ADMIN.id(), admin, true);
    pool.sender(admin).access.set(roles::PAUSE_ADMIN.id(), account(3), true);
    pool.sender(admin).take_loan(&loan_terms(0));
    for account in [admin, stranger] {
        assert!(pool.sender(account).change_paused(true).is_err());
        let refused = AccessControlUnauthorizedAccount {
            account,
            neededRole: roles::RISK_ADMIN.id(),
        };
        assert_eq!(pool.sender(account).impair(&loan_terms(0)), Err(refused.into()));
        // Nor does anybody cure for the borrower of a loan, whatever its state.
        let refused = ILoanPool::NotBorrower {
            caller: stranger,
            borrower: loan_terms(0).borrower,
        };
        assert_eq!(pool.sender(stranger).cure(&loan_terms(0)), Err(refused.into()));
    }
    for caller in [admin, stranger] {
        let refused = Err(ILoanPool::NotCollateralAuction { caller }.into());
        assert_eq!(pool.sender(caller).reopen_recovery(B256::ZERO), refused);
        assert_eq!(pool.sender(caller).expire_recovery(B256::ZERO), refused);
    }
    assert!(pool.sender(stranger).change_fee_recipient(stranger).is_err());
    assert_eq!(pool.sender(admin).change_fee_recipient(stranger), Ok(()));
    assert_eq!(pool.sender(account(3)).change_paused(true), Ok(()));
    let paused = Err(ILoanPool::EnforcedPause {}.into());
    assert_eq!(pool.sender(account(3)).change_paused(true), paused);
    assert!(pool.sender(stranger).paused());
    assert_eq!(pool.sender(account(3)).change_paused(false), Ok(()));
    assert!(!pool.sender(stranger).paused());
}

#[motsu::test]
fn a_nonce_is_used_once(pool: Contract<LoanPool>) {
    let (underwriter, other) = (account(1), account(2));
    for nonce in [U256::ZERO, U256::from(255), U256::from(256), U256::MAX] {
        assert!(!pool.sender(other).is_nonce_used(underwriter, nonce));
        assert_eq!(pool.sender(underwriter).cancel_nonce(nonce), Ok(()));
        let used = ILoanPool::NonceAlreadyUsed { underwriter, nonce };
        assert_eq!(pool.sender(underwriter).cancel_nonce(nonce), Err(used.into()));
        assert!(pool.sender(other).is_nonce_used(underwriter, nonce));
        assert!(!pool.sender(other).is_nonce_used(other, nonce));
        assert!(!pool.sender(other).is_nonce_used(underwriter, nonce ^ U256::from(1)));
    }
}
