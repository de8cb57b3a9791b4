//! What is due: what somebody should do now, who can, and with which command.

use alloy_primitives::U256;
use client::bindings::ICollateralAuction::Status;
use client::bindings::ILoanPool::LoanStatus;
use client::bindings::IQevAuction::Phase;
use serde_json::{Value, json};

use crate::amount::Unit;
use crate::loans::Loan;
use crate::overview::{Overview, REDEMPTION_WINDOW};
use crate::programs::Program;
use crate::times::{DAY, date, relative, roughly};

/// Programs are to be renewed when they have less time left.
pub const RENEW_BELOW: u64 = 60 * DAY;
/// Failed listings before a loan can be written off.
const LISTINGS: u64 = 3;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What it is, in a word: `settle`.
    pub what: &'static str,
    /// The sentence.
    pub text: String,
    /// The command that does it.
    pub command: String,
}

impl Due {
    fn new(what: &'static str, text: impl Into<String>, command: impl Into<String>) -> Self {
        Self {
            what,
            text: text.into(),
            command: command.into(),
        }
    }

    /// For machines.
    pub fn json(&self) -> Value {
        json!({ "what": self.what, "text": self.text, "command": self.command })
    }
}

/// A notice that sUSDai has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// On shares of this tranche.
    pub tranche: u64,
    /// So many.
    pub shares: U256,
    /// When they can be taken back.
    pub from: u64,
    /// Until before when.
    pub until: u64,
}

/// All that is due, what is most pressing first.
pub fn due(overview: &Overview, notices: &[Notice], loans: &[Loan], programs: &[Program]) -> Vec<Due> {
    let mut all = Vec::new();
    renewals(&mut all, programs);
    auction(&mut all, overview);
    for notice in notices {
        window(&mut all, *notice, overview.now);
    }
    let base_yield = overview.books.base_yield;
    if !base_yield.is_zero() {
        let text = format!("{} of base yield can be harvested", Unit::usdai().show(base_yield));
        all.push(Due::new("harvest", text, "usdai manager harvest"));
    }
    for loan in loans {
        trouble(&mut all, loan, overview.now);
        sale(&mut all, loan);
    }
    all
}

fn renewals(all: &mut Vec<Due>, programs: &[Program]) {
    for program in programs {
        let name = &program.name;
        let text = match program.left {
            0 => format!("{name} has expired: every call of it fails until it is activated again"),
            left if left < RENEW_BELOW => format!("{name} expires in {} unless it is renewed", roughly(left)),
            _ => continue,
        };
        all.push(Due::new("renew", text, "usdai keeper --once --only renew"));
    }
}

/// The epochs that are over, and the queue.
fn auction(all: &mut Vec<Due>, overview: &Overview) {
    let (calendar, queue, now) = (&overview.calendar, &overview.queue, overview.now);
    let susdai = Unit::susdai();
    let who = |public: u64| match public {
        public if public <= now => "anybody can".into(),
        public => format!("the manager can; anybody {}", relative(public, now)),
    };
    let rest = (overview.cure_end > now).then(|| {
        format!(
            "; it rests while a loan in default can be cured, until {}",
            date(overview.cure_end)
        )
    });
    let rest = rest.unwrap_or_default();
    let to_settle = overview.to_settle();
    if let Some(epoch) = to_settle {
        let text = format!(
            "the auction of epoch {epoch} is to be settled: {}{rest}",
            who(calendar.public_settlement)
        );
        all.push(Due::new("settle", text, "usdai manager settle"));
    }
    if !queue.awaiting_restore.is_zero() {
        let waits = overview
            .restores_until()
            .map(|until| format!("; servicing waits for them until {}", date(until)));
        let text = format!(
            "{} of losing bids are to be restored to the queue{}",
            susdai.show(queue.awaiting_restore),
            waits.unwrap_or_default()
        );
        all.push(Due::new("restore", text, "usdai keeper --once --only restore"));
    }
    let serviceable = overview.serviceable();
    if !serviceable.is_zero() && to_settle.is_none() && overview.restores_until().is_none() {
        let text = format!(
            "{} of the queue can be serviced: {}{rest}",
            susdai.show(serviceable),
            who(calendar.public_servicing)
        );
        all.push(Due::new("service", text, "usdai manager service"));
    }
    let [sealed, _] = calendar.bids;
    if calendar.phase == Phase::Reveal && !sealed.is_zero() {
        let text = format!(
            "{} stand under bids that are still sealed; they can be revealed until {}",
            susdai.show(sealed),
            date(calendar.epoch_end)
        );
        all.push(Due::new("reveal", text, "usdai reveal --all"));
    }
}

fn window(all: &mut Vec<Due>, notice: Notice, now: u64) {
    let Notice {
        tranche,
        shares,
        from,
        until,
    } = notice;
    let unit = Unit::new(&format!("shares of tranche {tranche}"), 18);
    if shares.is_zero() {
        return;
    }
    if now < from {
        return;
    }
    if now < until {
        let text = format!(
            "{} under notice can be taken back until {}",
            unit.show(shares),
            date(until)
        );
        all.push(Due::new(
            "deallocate",
            text,
            format!("usdai manager deallocate {tranche} all"),
        ));
    } else {
        let text = format!(
            "the notice of {} was not used until {}: give it anew, or take it back",
            unit.show(shares),
            date(until)
        );
        all.push(Due::new("notice", text, format!("usdai manager notice {tranche} 0")));
    }
}

/// Loans that are late or in default.
fn trouble(all: &mut Vec<Due>, loan: &Loan, now: u64) {
    let id = loan.id;
    let Some(quote) = &loan.quote else { return };
    let outstanding = Unit::usdai().show(loan.state.outstanding);
    let [deadline, defaults_from] = [quote.deadline, quote.defaultsFrom].map(|time| time.saturating_to::<u64>());
    match loan.state.status {
        LoanStatus::Defaulted => {
            let from = loan
                .state
                .defaultedAt
                .saturating_to::<u64>()
                .saturating_add(REDEMPTION_WINDOW);
            if from <= now {
                let text = format!("loan {id} ({outstanding}) was not cured and can be liquidated, pauses aside");
                all.push(Due::new("liquidate", text, format!("usdai manager liquidate {id}")));
            }
        }
        LoanStatus::Active | LoanStatus::Impaired if defaults_from <= now => {
            let text = format!("loan {id} ({outstanding}) can be declared in default");
            all.push(Due::new("default", text, format!("usdai manager default {id}")));
        }
        LoanStatus::Active if deadline < now => {
            let text = format!(
                "loan {id} ({outstanding}) is overdue since {}; a risk administrator can provide for it",
                date(deadline)
            );
            all.push(Due::new("impair", text, format!("usdai manager impair {id}")));
        }
        _ => {}
    }
}

/// Collateral that waits for somebody.
fn sale(all: &mut Vec<Due>, loan: &Loan) {
    let id = loan.id;
    let Some(listing) = &loan.listing else { return };
    match listing.status {
        Status::Unlisted => {
            let text = format!("the collateral of loan {id} is to be put up for auction");
            all.push(Due::new("list", text, format!("usdai manager list {id}")));
        }
        Status::Won => {
            let text = format!(
                "the collateral of loan {id} is sold for {}, to be paid to the pool",
                Unit::usdai().show(listing.amount)
            );
            all.push(Due::new("settle-sale", text, format!("usdai manager settle-sale {id}")));
        }
        Status::Failed if listing.failedListings >= U256::from(LISTINGS) && !listing.isWrittenOff => {
            let text = format!(
                "the collateral of loan {id} found no bidder {} times: the loan can be written off",
                listing.failedListings
            );
            all.push(Due::new("write-off", text, format!("usdai manager write-off {id}")));
        }
        Status::Failed => {
            let text = format!(
                "the collateral of loan {id} found no bidder from {} on; a risk administrator can relist it",
                Unit::usdai().show(listing.reserve)
            );
            all.push(Due::new("relist", text, format!("usdai manager relist {id} 80%")));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, B256};
    use client::bindings::{ICollateralAuction, ILoanPool};

    use super::*;

    fn loan(status: LoanStatus) -> Loan {
        let none = U256::ZERO;
        Loan {
            id: B256::repeat_byte(7),
            borrower: Address::ZERO,
            collateral: none,
            blended_rate: none,
            state: ILoanPool::loanReturn {
                status,
                startedAt: none,
                paidAt: none,
                instalmentsPaid: none,
                outstanding: U256::from(1_000),
                provision: none,
                defaultedAt: U256::from(40 * DAY),
            },
            quote: Some(ILoanPool::quote_0Return {
                instalment: none,
                arrears: none,
                payoff: none,
                interest: none,
                penalty: none,
                scheduledPrincipal: none,
                overduePrincipal: none,
                missed: none,
                deadline: U256::from(30 * DAY),
                defaultsFrom: U256::from(40 * DAY),
            }),
            listing: None,
            terms: None,
        }
    }

    fn words(add: impl FnOnce(&mut Vec<Due>)) -> Vec<&'static str> {
        let mut all = Vec::new();
        add(&mut all);
        all.iter().map(|due| due.what).collect()
    }

    #[test]
    fn a_loan_in_trouble_asks_for_what_its_time_allows() {
        for (status, day, expected) in [
            (LoanStatus::Active, 30, None),
            (LoanStatus::Active, 31, Some("impair")),
            (LoanStatus::Impaired, 31, None),
            (LoanStatus::Active, 40, Some("default")),
            (LoanStatus::Impaired, 40, Some("default")),
            (LoanStatus::Defaulted, 53, None),
            (LoanStatus::Defaulted, 54, Some("liquidate")),
            (LoanStatus::Repaid, 99, None),
        ] {
            let found = words(|all| trouble(all, &loan(status), day * DAY));
            assert_eq!(found, Vec::from_iter(expected), "{status:?} on day {day}");
        }
        let mut unknown = loan(LoanStatus::Active);
        unknown.quote = None;
        assert!(words(|all| trouble(all, &unknown, 99 * DAY)).is_empty());
    }

    #[test]
    fn collateral_asks_for_the_next_step_of_its_sale() {
        for (status, failed, written_off, expected) in [
            (Status::Unlisted, 0, false, Some("list")),
            (Status::Running, 0, false, None),
            (Status::Won, 0, false, Some("settle-sale")),
            (Status::Failed, 2, false, Some("relist")),
            (Status::Failed, 3, false, Some("write-off")),
            (Status::Failed, 3, true, Some("relist")),
            (Status::Sold, 0, true, None),
        ] {
            let mut loan = loan(LoanStatus::Liquidating);
            loan.listing = Some(ICollateralAuction::listingReturn {
                status,
                collateralId: U256::ZERO,
                reserve: U256::ZERO,
                amount: U256::ZERO,
                bidder: Address::ZERO,
                end: U256::ZERO,
                latestEnd: U256::ZERO,
                failedListings: U256::from(failed),
                isWrittenOff: written_off,
            });
            let found = words(|all| sale(all, &loan));
            assert_eq!(found, Vec::from_iter(expected), "{status:?} after {failed}");
        }
    }

    #[test]
    fn a_notice_asks_for_its_use_in_its_window() {
        let notice = Notice {
            tranche: 2,
            shares: U256::from(1),
            from: 45 * DAY,
            until: 52 * DAY,
        };
        for (day, expected) in [
            (44, None),
            (45, Some("deallocate")),
            (51, Some("deallocate")),
            (52, Some("notice")),
        ] {
            let found = words(|all| window(all, notice, day * DAY));
            assert_eq!(found, Vec::from_iter(expected), "day {day}");
        }
        let none = Notice {
            shares: U256::ZERO,
            ..notice
        };
        assert!(words(|all| window(all, none, 46 * DAY)).is_empty());
    }

    #[test]
    fn programs_ask_for_their_renewal_in_time() {
        let program = |days: u64| Program {
            name: "susdai-vault".into(),
            address: Address::ZERO,
            left: days * DAY,
        };
        assert!(words(|all| renewals(all, &[program(60), program(365)])).is_empty());
        assert_eq!(
            words(|all| renewals(all, &[program(0), program(59)])),
            ["renew", "renew"]
        );
    }
}
