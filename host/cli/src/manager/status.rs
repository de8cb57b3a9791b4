//! `usdai manager status`: where the protocol stands, and what is due.

use std::collections::BTreeMap;
use std::path::Path;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;
use anyhow::{Result, bail};
use client::bindings::IQevAuction::Phase;
use client::bindings::{ILoanPool, IQevAuction, IStakedUSDai};
use serde_json::{Value, json};

use crate::amount::{Unit, WAD_DECIMALS, exact, percent, percent_a_year, show};
use crate::context::Context;
use crate::loans::{Book, Folder, Loan};
use crate::manager::due::{Due, Notice, due};
use crate::output::{Column, Table, bar};
use crate::overview::Overview;
use crate::programs::Program;
use crate::reads::Reads;
use crate::refusals::loan_status;
use crate::times::{DAY, date, relative, when};

/// What the help shows.
pub const EXAMPLES: &str = "Examples:
  usdai manager status
  usdai manager status --terms ./terms
  usdai manager status --json | jq -r '.due[].command'";

sol! {
    /// What pools that keep it say of written-off loans.
    interface IRecovery {
        function writtenOff(uint256 tranche) external view returns (uint256);
    }
}

/// One tranche, and what sUSDai has in it.
#[derive(Debug)]
struct Tranche {
    id: u64,
    /// The pool's view.
    state: ILoanPool::trancheReturn,
    supply: U256,
    /// Claims on written-off loans, where the pool keeps them.
    written_off: Option<U256>,
    /// Shares of sUSDai, and their value at deposits and at redemptions.
    held: U256,
    worth: [U256; 2],
    notice: Notice,
}

/// Revealed bids of an epoch by discount.
type Levels = Vec<(U256, U256)>;

/// Prints where the protocol stands.
///
/// # Errors
///
/// When the node does not answer, or a contract has expired.
pub async fn run(context: &Context, terms: Option<&Path>) -> Result<()> {
    let programs = context.programs().await?;
    if let Some(expired) = programs.iter().find(|program| program.left == 0) {
        bail!(
            "{} has expired, so nothing can be asked of it: activate it again with usdai keeper --once --only renew",
            expired.name
        );
    }
    let overview = context.overview().await?;
    let linked = overview.books.pool;
    let tranches = match linked {
        Address::ZERO => Vec::new(),
        pool => tranches(context, pool).await?,
    };
    let mut book = Book::new(Folder::read(context, terms, overview.now)?);
    if !linked.is_zero() {
        book.refresh(context).await?;
    }
    let loans = book.loans();
    let levels = levels(context, &overview).await?;
    let notices: Vec<Notice> = tranches.iter().map(|tranche| tranche.notice).collect();
    let due = due(&overview, &notices, loans, &programs);

    print_books(context, &overview);
    context.out.line("");
    print_tranches(context, &tranches, overview.now);
    context.out.line("");
    print_calendar(context, &overview, &levels);
    context.out.line("");
    print_loans(context, loans, overview.now);
    print_programs(context, &programs);
    context.out.line("");
    print_due(context, &due);
    context.out.finish(&json!({
        "network": context.deployment.network,
        "time": overview.now,
        "books": books_json(&overview),
        "tranches": tranches.iter().map(tranche_json).collect::<Vec<_>>(),
        "calendar": calendar_json(&overview, &levels),
        "queue": {
            "queued": exact(overview.queue.queued, WAD_DECIMALS),
            "atAuction": exact(overview.queue.at_auction, WAD_DECIMALS),
            "awaitingRestore": exact(overview.queue.awaiting_restore, WAD_DECIMALS),
            "eligible": exact(overview.queue.eligible, WAD_DECIMALS),
            "serviceable": exact(overview.serviceable(), WAD_DECIMALS),
        },
        "loans": loans.iter().map(loan_json).collect::<Vec<_>>(),
        "programs": programs.iter().map(|program| json!({
            "name": program.name,
            "address": program.address,
            "secondsLeft": program.left,
        })).collect::<Vec<_>>(),
        "due": due.iter().map(Due::json).collect::<Vec<_>>(),
    }));
    Ok(())
}

async fn tranches(context: &Context, pool: Address) -> Result<Vec<Tranche>> {
    let vault = context.vault()?;
    let count: u64 = context.view(pool, &ILoanPool::tranchesCall {}).await?.saturating_to();
    let mut reads = Reads::new();
    let mut asked = Vec::new();
    for tranche in 0..count {
        let id = U256::from(tranche);
        asked.push((
            tranche,
            reads.add(pool, &ILoanPool::trancheCall { id }),
            reads.add(pool, &ILoanPool::totalSupplyCall { id }),
            reads.add(pool, &IRecovery::writtenOffCall { tranche: id }),
            reads.add(vault, &IStakedUSDai::trancheSharesCall { tranche: id }),
            reads.add(pool, &ILoanPool::noticeOfCall { account: vault, id }),
        ));
    }
    let answers = context.read(reads).await?;
    let mut tranches = Vec::new();
    let mut reads = Reads::new();
    let mut values = Vec::new();
    for (id, state, supply, written_off, held, notice) in asked {
        let (held, notice) = (answers.get(held)?, answers.get(notice)?);
        let mut shares = [U256::ZERO; 4];
        if let Some(own) = shares.get_mut(usize::try_from(id)?) {
            *own = held;
        }
        let [shares0, shares1, shares2, shares3] = shares;
        values.push(reads.add(
            pool,
            &ILoanPool::positionValueCall {
                shares0,
                shares1,
                shares2,
                shares3,
            },
        ));
        tranches.push(Tranche {
            id,
            state: answers.get(state)?,
            supply: answers.get(supply)?,
            written_off: answers.get(written_off).ok(),
            held,
            worth: [U256::ZERO; 2],
            notice: Notice {
                tranche: id,
                shares: notice.shares,
                from: notice.from.saturating_to(),
                until: notice.until.saturating_to(),
            },
        });
    }
    let answers = context.read(reads).await?;
    for (tranche, value) in tranches.iter_mut().zip(values) {
        let value = answers.get(value)?;
        tranche.worth = [value.optimistic, value.conservative];
    }
    Ok(tranches)
}

/// The revealed bids of the epoch that is to be settled, or else of the running one.
async fn levels(context: &Context, overview: &Overview) -> Result<(u64, Levels)> {
    let epoch = overview.to_settle().unwrap_or(overview.calendar.epoch);
    let call = IQevAuction::levelsCall {
        epoch: U256::from(epoch),
    };
    let found = context.view(context.auction()?, &call).await?;
    Ok((epoch, found.discountsBps.into_iter().zip(found.shares).collect()))
}

fn price(price: U256) -> String {
    exact(price / U256::from(10).pow(U256::from(10)), 8)
}

fn print_books(context: &Context, overview: &Overview) {
    let (out, books) = (&context.out, &overview.books);
    out.heading(format!(
        "sUSDai on {}, {}{}",
        context.deployment.network,
        date(overview.now),
        if books.is_paused { ": PAUSED" } else { "" }
    ));
    let mut table = Table::new(&[
        ("", Column::Left),
        ("at deposits", Column::Right),
        ("at redemptions", Column::Right),
    ]);
    table.row([
        "net asset value, USDai".into(),
        show(books.optimistic, WAD_DECIMALS),
        show(books.conservative, WAD_DECIMALS),
    ]);
    table.row([
        "one share, USDai".into(),
        price(books.deposit_price),
        price(books.redemption_price),
    ]);
    out.table(&table);
    let mut table = Table::new(&[("", Column::Left), ("", Column::Right), ("", Column::Left)]);
    for (name, amount, remark) in [
        ("idle", books.idle, "USDai, free to lend and to pay out"),
        ("reserved", books.reserved, "USDai, for what was serviced"),
        (
            "unvested",
            books.unvested,
            "USDai of gains that are not in the price yet",
        ),
        (
            "base yield",
            books.base_yield,
            "USDai that a harvest would bring, before its fee",
        ),
        ("shares", books.shares, "sUSDai that share the value"),
        ("pending", books.pending, "sUSDai of them that wait to leave"),
    ] {
        table.row([name.into(), show(amount, WAD_DECIMALS), remark.to_owned()]);
    }
    out.table(&table);
}

fn print_tranches(context: &Context, tranches: &[Tranche], now: u64) {
    let out = &context.out;
    if tranches.is_empty() {
        out.line("No loan pool is linked.");
        return;
    }
    out.heading("Tranches, in USDai");
    let right = Column::Right;
    let written_off = tranches.iter().any(|tranche| tranche.written_off.is_some());
    let mut headings = vec![
        ("", Column::Left),
        ("rate", right),
        ("advance", right),
        ("idle", right),
        ("lent", right),
        ("interest", right),
        ("provisions", right),
    ];
    if written_off {
        headings.push(("written off", right));
    }
    headings.extend([
        ("sUSDai's shares", right),
        ("worth at deposits", right),
        ("at redemptions", right),
    ]);
    let mut table = Table::new(&headings);
    for tranche in tranches {
        let state = &tranche.state;
        let [optimistic, conservative] = tranche.worth;
        let mut row = vec![
            tranche.id.to_string(),
            percent_a_year(state.rate),
            percent(state.advanceRateBps),
            show(state.idle, WAD_DECIMALS),
            show(state.principal, WAD_DECIMALS),
            show(state.interest, WAD_DECIMALS),
            show(state.provisions, WAD_DECIMALS),
        ];
        if written_off {
            row.push(show(tranche.written_off.unwrap_or_default(), WAD_DECIMALS));
        }
        row.extend([tranche.held, optimistic, conservative].map(|amount| show(amount, WAD_DECIMALS)));
        table.row(row);
    }
    out.table(&table);
    for notice in tranches.iter().map(|tranche| tranche.notice) {
        if !notice.shares.is_zero() && now < notice.from {
            out.line(format!(
                " {} shares of tranche {} are under notice: they can be taken back from {} to before {}.",
                show(notice.shares, WAD_DECIMALS),
                notice.tranche,
                when(notice.from, now),
                date(notice.until)
            ));
        }
    }
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::BeforeGenesis => "before the first epoch",
        Phase::Bid => "bid phase",
        Phase::Reveal => "reveal phase",
        _ => "unknown phase",
    }
}

fn print_calendar(context: &Context, overview: &Overview, (bid_in, levels): &(u64, Levels)) {
    let (out, calendar, queue, now) = (&context.out, &overview.calendar, &overview.queue, overview.now);
    let (usdai, susdai) = (Unit::usdai(), Unit::susdai());
    out.heading(format!("Epoch {}, {}", calendar.epoch, phase_word(calendar.phase)));
    match calendar.phase {
        Phase::Bid => out.line(format!(" bids are sealed until {}", when(calendar.bid_end, now))),
        Phase::Reveal => out.line(format!(" bids are revealed until {}", when(calendar.epoch_end, now))),
        _ => {}
    }
    out.line(format!(" it ends {}", when(calendar.epoch_end, now)));
    match calendar.limit {
        Some(limit) => out.line(format!(" its auction may spend {} at most", usdai.show(limit))),
        None if now < calendar.announcement_end => out.line(format!(
            " no limit is announced; it can be {}",
            match relative(calendar.announcement_end, now) {
                left if left.starts_with("in ") => format!("for another {}", left.trim_start_matches("in ")),
                left => left,
            }
        )),
        None => out.line(" no limit was announced"),
    }
    let [sealed, revealed] = calendar.bids;
    if !sealed.is_zero() || !revealed.is_zero() {
        out.line(format!(
            " under sealed bids {}, under revealed ones {}",
            susdai.show(sealed),
            susdai.show(revealed)
        ));
    }
    if let Some(most) = levels.iter().map(|(_, shares)| *shares).max() {
        let mut table = Table::new(&[
            (&format!("bids of epoch {bid_in}"), Column::Right),
            ("sUSDai", Column::Right),
            ("", Column::Left),
        ]);
        for (discount, shares) in levels {
            table.row([percent(*discount), show(*shares, WAD_DECIMALS), bar(*shares, most)]);
        }
        out.table(&table);
    }
    out.heading("Queue");
    let mut table = Table::new(&[("", Column::Left), ("sUSDai", Column::Right)]);
    for (name, shares) in [
        ("waiting", queue.queued),
        ("at auction", queue.at_auction),
        ("to be restored", queue.awaiting_restore),
        ("eligible", queue.eligible),
        ("the idle assets pay for", overview.affordable()),
    ] {
        table.row([name.to_owned(), show(shares, WAD_DECIMALS)]);
    }
    out.table(&table);
}

fn print_loans(context: &Context, loans: &[Loan], now: u64) {
    let out = &context.out;
    let current: Vec<&Loan> = loans
        .iter()
        .filter(|loan| loan.is_live() || loan.is_for_sale())
        .collect();
    if current.is_empty() {
        return;
    }
    out.heading("Loans");
    let mut table = Table::new(&[
        ("loan", Column::Left),
        ("outstanding", Column::Right),
        ("provision", Column::Right),
        ("rate", Column::Right),
        ("", Column::Left),
        ("next", Column::Left),
    ]);
    for loan in &current {
        let id = loan.id.to_string();
        table.row([
            id.get(..10).map_or(id.clone(), |start| format!("{start}…")),
            show(loan.state.outstanding, WAD_DECIMALS),
            show(loan.state.provision, WAD_DECIMALS),
            percent_a_year(loan.blended_rate),
            loan_status(loan.state.status).to_owned(),
            next_of(loan, now),
        ]);
    }
    out.table(&table);
    if current.iter().any(|loan| loan.is_live() && loan.terms.is_none()) {
        out.line(" The terms of a loan do not stand in the transaction that took it: name their folder with --terms.");
    }
    out.line("");
}

/// What comes next for a loan.
fn next_of(loan: &Loan, now: u64) -> String {
    if let Some(listing) = &loan.listing {
        let end = listing.end.saturating_to();
        return match listing.status {
            client::bindings::ICollateralAuction::Status::Running => format!("bids until {}", when(end, now)),
            _ => String::new(),
        };
    }
    let Some(quote) = &loan.quote else {
        return "its terms are not known".into();
    };
    let usdai = Unit::usdai();
    let deadline = quote.deadline.saturating_to();
    if loan.state.defaultedAt.is_zero() {
        format!("{} due {}", usdai.show(quote.instalment), when(deadline, now))
    } else {
        format!("{} cure it", usdai.show(quote.arrears))
    }
}

fn print_programs(context: &Context, programs: &[Program]) {
    let mut by_days: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for program in programs {
        by_days.entry(program.left / DAY).or_default().push(&program.name);
    }
    context.out.heading("Programs, by days until they expire");
    let mut table = Table::new(&[("days", Column::Right), ("", Column::Left)]);
    for (days, names) in by_days {
        table.row([days.to_string(), names.join(", ")]);
    }
    context.out.table(&table);
}

fn print_due(context: &Context, due: &[Due]) {
    let out = &context.out;
    if due.is_empty() {
        out.heading("Nothing is due.");
        return;
    }
    out.heading("Due");
    for one in due {
        out.line(format!(" - {}", one.text));
        out.line(format!("   {}", one.command));
    }
}

fn books_json(overview: &Overview) -> Value {
    let books = &overview.books;
    let told = |amount: U256| exact(amount, WAD_DECIMALS);
    json!({
        "optimistic": told(books.optimistic),
        "conservative": told(books.conservative),
        "depositPrice": told(books.deposit_price),
        "redemptionPrice": told(books.redemption_price),
        "shares": told(books.shares),
        "idle": told(books.idle),
        "reserved": told(books.reserved),
        "unvested": told(books.unvested),
        "pendingShares": told(books.pending),
        "baseYield": told(books.base_yield),
        "feeBps": books.fee_bps.saturating_to::<u64>(),
        "paused": books.is_paused,
    })
}

fn tranche_json(tranche: &Tranche) -> Value {
    let told = |amount: U256| exact(amount, WAD_DECIMALS);
    let state = &tranche.state;
    let [optimistic, conservative] = tranche.worth;
    json!({
        "tranche": tranche.id,
        "ratePerSecond": state.rate.to_string(),
        "advanceRateBps": state.advanceRateBps.saturating_to::<u64>(),
        "supply": told(tranche.supply),
        "idle": told(state.idle),
        "principal": told(state.principal),
        "interest": told(state.interest),
        "provisions": told(state.provisions),
        "unvested": told(state.unvested),
        "writtenOff": tranche.written_off.map(told),
        "optimistic": told(state.optimistic),
        "conservative": told(state.conservative),
        "vault": {
            "shares": told(tranche.held),
            "optimistic": told(optimistic),
            "conservative": told(conservative),
            "noticed": told(tranche.notice.shares),
            "noticeFrom": tranche.notice.from,
            "noticeUntil": tranche.notice.until,
        },
    })
}

fn calendar_json(overview: &Overview, (bid_in, levels): &(u64, Levels)) -> Value {
    let calendar = &overview.calendar;
    let [sealed, revealed] = calendar.bids.map(|shares| exact(shares, WAD_DECIMALS));
    json!({
        "epoch": calendar.epoch,
        "phase": phase_word(calendar.phase),
        "bidPhaseEnd": calendar.bid_end,
        "epochEnd": calendar.epoch_end,
        "announcementEnd": calendar.announcement_end,
        "limit": calendar.limit.map(|limit| exact(limit, WAD_DECIMALS)),
        "sealedShares": sealed,
        "revealedShares": revealed,
        "toSettle": overview.to_settle(),
        "publicSettlement": calendar.public_settlement,
        "publicServicing": calendar.public_servicing,
        "cureEnd": overview.cure_end,
        "levelsOfEpoch": bid_in,
        "levels": levels.iter().map(|(discount, shares)| json!({
            "discountBps": discount.saturating_to::<u64>(),
            "shares": exact(*shares, WAD_DECIMALS),
        })).collect::<Vec<_>>(),
    })
}

fn loan_json(loan: &Loan) -> Value {
    let told = |amount: U256| exact(amount, WAD_DECIMALS);
    let state = &loan.state;
    json!({
        "loan": loan.id,
        "borrower": loan.borrower,
        "collateral": loan.collateral.to_string(),
        "status": loan_status(state.status),
        "outstanding": told(state.outstanding),
        "provision": told(state.provision),
        "startedAt": state.startedAt.saturating_to::<u64>(),
        "defaultedAt": state.defaultedAt.saturating_to::<u64>(),
        "termsKnown": loan.terms.is_some(),
        "deadline": loan.quote.as_ref().map(|quote| quote.deadline.saturating_to::<u64>()),
        "defaultsFrom": loan.quote.as_ref().map(|quote| quote.defaultsFrom.saturating_to::<u64>()),
        "instalment": loan.quote.as_ref().map(|quote| told(quote.instalment)),
        "failedListings": loan.listing.as_ref().map(|listing| listing.failedListings.saturating_to::<u64>()),
    })
}
