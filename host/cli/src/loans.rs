//! The loans of the pool: which there are, how they stand, and what was agreed on.
//!
//! The pool keeps nothing of a loan's terms but their hash, by which it knows the loan, and every call on a loan brings
//! them along. They are looked for in a folder of files, and else in the calldata of the transaction that took the loan:
//! whatever contract the borrower used, his terms stand there word by word, and the hash proves them.

use std::collections::BTreeMap;
use std::path::Path;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256, U256};
use alloy_provider::Provider;
use alloy_rpc_types_eth::{Filter, Log};
use alloy_sol_types::{SolEvent, SolStruct, SolType};
use anyhow::{Context as _, Result, bail};
use client::bindings::ICollateralAuction;
use client::bindings::ILoanPool::{self, LoanStatus, LoanTerms};
use client::deployment::names;

use crate::context::{Context, words};
use crate::loan_terms::read_terms;
use crate::reads::Reads;

/// Loans whose state is read in one request.
const LOANS_AT_ONCE: usize = 40;
/// Bytes of the terms in calldata: thirteen words.
const TERMS_SIZE: usize = 13 * 32;

/// A loan as it stands.
#[derive(Clone, Debug)]
pub struct Loan {
    /// By what the pool knows it: the hash of its terms.
    pub id: B256,
    /// Who has taken it.
    pub borrower: Address,
    /// The title that secures it.
    pub collateral: U256,
    /// What it pays, WAD per second, at its origination.
    pub blended_rate: U256,
    /// What the pool keeps of it.
    pub state: ILoanPool::loanReturn,
    /// What it owes now, for a loan that runs or is in default and whose terms are known.
    pub quote: Option<ILoanPool::quote_0Return>,
    /// The sale of its collateral, for a loan that was liquidated.
    pub listing: Option<ICollateralAuction::listingReturn>,
    /// What was agreed on, where it is known.
    pub terms: Option<LoanTerms>,
}

impl Loan {
    /// Whether payments are still to come.
    pub fn is_live(&self) -> bool {
        matches!(
            self.state.status,
            LoanStatus::Active | LoanStatus::Impaired | LoanStatus::Defaulted
        )
    }

    /// Whether nothing will ever happen to it again.
    pub fn is_closed(&self) -> bool {
        matches!(self.state.status, LoanStatus::Repaid | LoanStatus::Liquidated)
    }

    /// Whether its collateral is, or may come, up for sale.
    pub fn is_for_sale(&self) -> bool {
        matches!(self.state.status, LoanStatus::Liquidating | LoanStatus::WrittenOff)
    }
}

/// Files of terms by the loan that they are of.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    terms: BTreeMap<B256, LoanTerms>,
}

impl Folder {
    /// Reads every file of terms (`.json`, `.toml`) in a folder.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read, or a file in it holds no terms.
    pub fn read(context: &Context, folder: Option<&Path>, now: u64) -> Result<Self> {
        let mut terms = BTreeMap::new();
        let Some(folder) = folder else {
            return Ok(Self { terms });
        };
        let entries = std::fs::read_dir(folder)
            .with_context(|| format!("cannot read the folder of terms {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let kind = path.extension().and_then(|kind| kind.to_str());
            if matches!(kind, Some("json" | "toml")) {
                let read = context.terms_in_file(&path, now)?;
                terms.insert(loan_id(&read), read);
            }
        }
        Ok(Self { terms })
    }
}

/// By what the pool knows a loan.
pub fn loan_id(terms: &LoanTerms) -> B256 {
    terms.eip712_hash_struct()
}

/// The terms of a loan, wherever they stand in calldata.
pub fn terms_in(calldata: &[u8], loan: B256) -> Option<LoanTerms> {
    calldata.windows(TERMS_SIZE).find_map(|bytes| {
        let terms = LoanTerms::abi_decode(bytes).ok()?;
        (loan_id(&terms) == loan).then_some(terms)
    })
}

/// The loans of the pool as far as they have been read.
#[derive(Debug, Default)]
pub struct Book {
    folder: Folder,
    loans: Vec<Loan>,
    read_to: u64,
}

impl Book {
    /// Nothing is read yet. Terms that do not stand in transactions are looked for in `folder`.
    pub fn new(folder: Folder) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// The loans that were ever taken, oldest first, as they stood when they were read last.
    pub fn loans(&self) -> &[Loan] {
        &self.loans
    }

    /// Reads the new loans, and how those stand that are not closed. Returns the moment at which they stand so.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn refresh(&mut self, context: &Context) -> Result<u64> {
        let filter = borrowed(context)?;
        let (logs, read_to) = context.logs_from(&filter, self.read_to).await?;
        for log in &logs {
            let event = ILoanPool::Borrowed::decode_log(&log.inner)?.data;
            if self.loans.iter().any(|loan| loan.id == event.loanId) {
                continue;
            }
            let terms = match self.folder.terms.get(&event.loanId) {
                Some(terms) => Some(terms.clone()),
                None => terms_taken(context, log, event.loanId).await?,
            };
            self.loans.push(Loan {
                id: event.loanId,
                borrower: event.borrower,
                collateral: event.collateralId,
                blended_rate: event.blendedRate,
                state: NOT_READ,
                quote: None,
                listing: None,
                terms,
            });
        }
        self.read_to = read_to;
        self.read_states(context).await
    }

    async fn read_states(&mut self, context: &Context) -> Result<u64> {
        let pool = context.pool()?;
        let auction = context.deployment.contract(names::COLLATERAL_AUCTION)?;
        let mut now = context.now().await?;
        for some in self.loans.chunks_mut(LOANS_AT_ONCE) {
            let mut reads = Reads::new();
            let asked: Vec<_> = some
                .iter()
                .filter(|loan| !loan.is_closed())
                .map(|loan| {
                    let quote = loan.terms.clone().map(|terms| ILoanPool::quote_0Call { terms });
                    (
                        reads.add(pool, &ILoanPool::loanCall { loanId: loan.id }),
                        quote.map(|quote| reads.add(pool, &quote)),
                        reads.add(auction, &ICollateralAuction::listingCall { loanId: loan.id }),
                    )
                })
                .collect();
            let answers = context.read(reads).await?;
            now = answers.now;
            let open = some.iter_mut().filter(|loan| !loan.is_closed());
            for (loan, (state, quote, listing)) in open.zip(asked) {
                loan.state = answers.get(state)?;
                // What is not owed any more cannot be quoted.
                loan.quote = quote
                    .filter(|_| loan.is_live())
                    .map(|quote| answers.get(quote))
                    .transpose()?;
                loan.listing = loan.is_for_sale().then(|| answers.get(listing)).transpose()?;
            }
        }
        Ok(now)
    }
}

/// A state before it is read.
const NOT_READ: ILoanPool::loanReturn = ILoanPool::loanReturn {
    status: LoanStatus::None,
    startedAt: U256::ZERO,
    paidAt: U256::ZERO,
    instalmentsPaid: U256::ZERO,
    outstanding: U256::ZERO,
    provision: U256::ZERO,
    defaultedAt: U256::ZERO,
};

/// The logs of loans that were taken.
fn borrowed(context: &Context) -> Result<Filter> {
    Ok(Filter::new()
        .address(context.pool()?)
        .event_signature(ILoanPool::Borrowed::SIGNATURE_HASH))
}

/// The terms of a loan from the transaction that logged its taking.
async fn terms_taken(context: &Context, log: &Log, loan: B256) -> Result<Option<LoanTerms>> {
    let Some(hash) = log.transaction_hash else {
        return Ok(None);
    };
    let transaction = context.provider.get_transaction_by_hash(hash).await.map_err(words)?;
    Ok(transaction.and_then(|transaction| terms_in(transaction.input(), loan)))
}

impl Context {
    /// The terms that a command names: a file of terms, or the id of a loan that was taken.
    ///
    /// # Errors
    ///
    /// When it is neither, or the terms of the loan cannot be found.
    pub async fn terms_of(&self, named: &str, now: u64) -> Result<LoanTerms> {
        if let Ok(id) = named.parse::<B256>() {
            return match self.loan_terms(id).await? {
                Some(terms) => Ok(terms),
                None => bail!(
                    "the terms of loan {id} do not stand in the transaction that took it: name the file that holds them"
                ),
            };
        }
        self.terms_in_file(Path::new(named), now)
    }

    /// The terms in a file, which must hold for this pool.
    fn terms_in_file(&self, path: &Path, now: u64) -> Result<LoanTerms> {
        read_terms(path, self.chain_id(), self.pool()?, now)
    }

    /// The id of the loan that a command names: the id itself, or a file of its terms.
    ///
    /// # Errors
    ///
    /// When it is neither.
    pub fn loan_named(&self, named: &str, now: u64) -> Result<B256> {
        match named.parse() {
            Ok(id) => Ok(id),
            Err(_) => Ok(loan_id(&self.terms_in_file(Path::new(named), now)?)),
        }
    }

    /// The terms of a loan from the transaction that took it, whatever has become of it since.
    async fn loan_terms(&self, id: B256) -> Result<Option<LoanTerms>> {
        let (logs, _) = self.logs_from(&borrowed(self)?.topic1(id), 0).await?;
        match logs.last() {
            Some(log) => terms_taken(self, log, id).await,
            None => bail!("the pool has never lent anything as loan {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Bytes;
    use alloy_sol_types::SolCall;

    use super::*;

    fn terms(nonce: u64) -> LoanTerms {
        LoanTerms {
            borrower: Address::repeat_byte(1),
            underwriter: Address::repeat_byte(2),
            collateralId: U256::from(3),
            principal: U256::from(1_000),
            duration: 7_776_000,
            repaymentInterval: 2_592_000,
            schedule: 1,
            gracePeriod: 0,
            penaltyRate: 0,
            originationFeeBps: 100,
            exitFeeBps: 0,
            expiry: 1_800_000_000,
            nonce: U256::from(nonce),
        }
    }

    #[test]
    fn terms_are_found_wherever_they_stand_in_calldata() {
        let (taken, other) = (terms(1), terms(2));
        let borrow = ILoanPool::borrowCall {
            terms: taken.clone(),
            signature: Bytes::from_static(&[7; 65]),
            maxBlendedRate: U256::MAX,
        }
        .abi_encode();
        assert_eq!(terms_in(&borrow, loan_id(&taken)), Some(taken.clone()));
        assert_eq!(terms_in(&borrow, loan_id(&other)), None);
        let refinance = ILoanPool::refinanceCall {
            terms: taken.clone(),
            newTerms: other.clone(),
            signature: Bytes::from_static(&[7; 65]),
            maxBlendedRate: U256::MAX,
        }
        .abi_encode();
        assert_eq!(terms_in(&refinance, loan_id(&taken)), Some(taken.clone()));
        assert_eq!(terms_in(&refinance, loan_id(&other)), Some(other));
        // A multisignature account wraps the call, at whatever place.
        let wrapped = [&[0xab; 61], borrow.as_slice(), &[0; 9]].concat();
        assert_eq!(terms_in(&wrapped, loan_id(&taken)), Some(taken));
        assert_eq!(terms_in(&[], loan_id(&terms(1))), None);
    }
}
