//! What speaks against terms, as the chain stands: what a pool would refuse, and what an underwriter may not have meant.

use alloy_primitives::{Address, B256, Bytes, Signature, U256};
use alloy_provider::Provider;
use alloy_sol_types::sol;
use anyhow::{Context as _, Result, anyhow, bail, ensure};
use client::bindings::ILoanPool::{LoanStatus, LoanTerms};
use client::bindings::{ICaliber, ILoanPool};
use client::role_id;
use client::sealing::loan_domain;
use serde_json::{Value, json};

use crate::amount::{Unit, percent, percent_a_year};
use crate::context::{Context, words};
use crate::loans::loan_id;
use crate::reads::Reads;
use crate::refusals::explain;
use crate::times::{DAY, date, roughly, when};

sol! {
    /// How a contract says whether it approves of a signature (ERC-1271).
    interface IERC1271 {
        function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
    }
}

/// What ERC-1271 answers for yes.
const APPROVED: [u8; 4] = [0x16, 0x26, 0xba, 0x7e];
/// Bounds of the pool: the longest grace period and interval, the most instalments.
const LONGEST_GRACE: u64 = 30 * DAY;
const LONGEST_INTERVAL: u64 = 366 * DAY;
const MOST_INSTALMENTS: u64 = 520;
/// The highest rate, WAD per second.
const HIGHEST_RATE: u64 = (1 << 40) - 1;
/// A penalty above this, 50 % a year, is unusual; WAD per second.
const USUAL_PENALTY: u64 = 15_854_895_991;
/// A fee above this is unusual, in basis points.
const USUAL_FEE: u16 = 500;
/// Terms are usually taken within this time.
const USUAL_EXPIRY: u64 = 60 * DAY;
/// Nonces that are looked at together, and at most.
const NONCES: (u64, u64) = (256, 65_536);

/// Something about terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The sentence, without its end.
    pub text: String,
    /// Whether the pool would refuse them for it, as things stand.
    pub blocks: bool,
}

impl Finding {
    /// The pool would refuse.
    pub fn blocking(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            blocks: true,
        }
    }

    /// Worth knowing.
    pub fn note(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            blocks: false,
        }
    }
}

/// Whether the pool would refuse.
pub fn blocks(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.blocks)
}

/// For machines.
pub fn json(findings: &[Finding]) -> Value {
    let told = findings
        .iter()
        .map(|finding| json!({ "text": finding.text, "blocks": finding.blocks }));
    told.collect()
}

/// Refuses a pool whose EIP-712 domain is not the one that is signed for here.
///
/// # Errors
///
/// When it is another, or the node does not answer.
pub async fn domain(context: &Context, pool: Address) -> Result<()> {
    let theirs = context.view(pool, &ILoanPool::DOMAIN_SEPARATORCall {}).await?;
    let ours = loan_domain(context.chain_id(), pool).separator();
    ensure!(
        theirs == ours,
        "the pool {pool} takes signatures for the domain {theirs}, and this program makes them for {ours}: \
         it is another version of the pool"
    );
    Ok(())
}

/// Whether there is code at an address.
///
/// # Errors
///
/// When the node does not answer.
pub async fn is_contract(context: &Context, address: Address) -> Result<bool> {
    let code = context.provider.get_code_at(address).await.map_err(words)?;
    Ok(!code.is_empty())
}

/// Checks a signature as the pool does: an account's by its key, a contract's by asking it.
///
/// # Errors
///
/// When it is not the underwriter's, or the node does not answer.
pub async fn signature(context: &Context, terms: &LoanTerms, digest: B256, signature: &Bytes) -> Result<()> {
    let underwriter = terms.underwriter;
    if is_contract(context, underwriter).await? {
        let question = IERC1271::isValidSignatureCall {
            hash: digest,
            signature: signature.clone(),
        };
        let answer = context.view(underwriter, &question).await;
        return match answer {
            Ok(answer) if answer.0 == APPROVED => Ok(()),
            Ok(_) => bail!("the underwriter's contract {underwriter} does not approve of the signature (ERC-1271)"),
            Err(error) => Err(error.context(format!(
                "the underwriter's contract {underwriter} does not approve of the signature (ERC-1271)"
            ))),
        };
    }
    ensure!(
        signature.len() == 65,
        "a signature has 65 bytes (r, s, v), and this one {}",
        signature.len()
    );
    let parsed = Signature::from_raw(signature).context("the signature is none")?;
    ensure!(
        parsed.normalize_s().is_none(),
        "the signature's s is in the upper half, which the pool refuses"
    );
    let v = signature.last().copied().unwrap_or_default();
    ensure!(
        v == 27 || v == 28,
        "the signature's v is {v}, and the pool takes 27 and 28"
    );
    let signer = parsed
        .recover_address_from_prehash(&digest)
        .map_err(|error| anyhow!("the signature is none: {error}"))?;
    ensure!(
        signer == underwriter,
        "{signer} signed, not the underwriter {underwriter}; or the terms were changed after they were signed"
    );
    Ok(())
}

/// The lowest nonce of an underwriter that is not used.
///
/// # Errors
///
/// When the node does not answer, or the first 65,536 are used.
pub async fn next_nonce(context: &Context, underwriter: Address) -> Result<U256> {
    let (at_once, most) = NONCES;
    let pool = context.pool()?;
    let mut first = 0;
    while first < most {
        let mut reads = Reads::new();
        let asked: Vec<_> = (first..first + at_once)
            .map(|nonce| {
                let nonce = U256::from(nonce);
                (
                    nonce,
                    reads.add(pool, &ILoanPool::isNonceUsedCall { underwriter, nonce }),
                )
            })
            .collect();
        let answers = context.read(reads).await?;
        for (nonce, used) in asked {
            if !answers.get(used)? {
                return Ok(nonce);
            }
        }
        first += at_once;
    }
    bail!("{underwriter} has used the nonces below {most}: choose a higher one")
}

/// What speaks against terms, signatures aside.
///
/// # Errors
///
/// When the node does not answer.
pub async fn findings(context: &Context, terms: &LoanTerms) -> Result<Vec<Finding>> {
    let mut findings = alone(terms);
    let (pool, underwriter) = (context.pool()?, terms.underwriter);
    let mut reads = Reads::new();
    let role = ILoanPool::hasRoleCall {
        role: role_id("UNDERWRITER_ROLE"),
        account: underwriter,
    };
    let role = reads.add(pool, &role);
    let nonce = ILoanPool::isNonceUsedCall {
        underwriter,
        nonce: terms.nonce,
    };
    let nonce = reads.add(pool, &nonce);
    let state = reads.add(pool, &ILoanPool::loanCall { loanId: loan_id(terms) });
    let paused = reads.add(pool, &ILoanPool::pausedCall {});
    let answers = context.read(reads).await?;
    let now = answers.now;
    if !answers.get(role)? {
        findings.push(Finding::blocking(format!(
            "{underwriter} does not hold UNDERWRITER_ROLE"
        )));
    }
    if answers.get(state)?.status != LoanStatus::None {
        findings.push(Finding::blocking("the loan was taken already"));
        // What follows is about taking it.
        return Ok(findings);
    }
    if answers.get(nonce)? {
        findings.push(Finding::blocking(format!(
            "the underwriter has used or cancelled the nonce {}",
            terms.nonce
        )));
    }
    if answers.get(paused)? {
        findings.push(Finding::blocking("the pool is paused"));
    }
    if terms.expiry <= now {
        findings.push(Finding::blocking(format!("they expired {}", when(terms.expiry, now))));
    } else if terms.expiry - now > USUAL_EXPIRY {
        findings.push(Finding::note(format!(
            "they can be taken until {}, whatever the collateral is worth by then",
            when(terms.expiry, now)
        )));
    }
    collateral(context, terms, &mut findings).await?;
    Ok(findings)
}

/// What speaks against the collateral, and what the loan would draw.
async fn collateral(context: &Context, terms: &LoanTerms, findings: &mut Vec<Finding>) -> Result<()> {
    let (caliber, title) = (context.caliber()?, terms.collateralId);
    let mut reads = Reads::new();
    let owner = reads.add(caliber, &ICaliber::ownerOfCall { tokenId: title });
    let eligible = reads.add(caliber, &ICaliber::isEligibleCall { tokenId: title });
    let appraisal = reads.add(caliber, &ICaliber::appraisalCall { tokenId: title });
    let insurance = reads.add(caliber, &ICaliber::insuranceCall { tokenId: title });
    let preview = ILoanPool::previewBorrowCall {
        collateralId: title,
        principal: terms.principal,
    };
    let preview = reads.add(context.pool()?, &preview);
    let answers = context.read(reads).await?;
    let Ok(owner) = answers.get(owner) else {
        findings.push(Finding::blocking(format!("there is no CALIBER title {title}")));
        return Ok(());
    };
    if owner != terms.borrower {
        let whose = context.name_of(owner);
        findings.push(Finding::blocking(format!(
            "the title {title} is {whose}'s, not the borrower's"
        )));
    }
    if !answers.get(eligible)? {
        findings.push(Finding::blocking(format!(
            "the title {title} cannot be pledged now: it must be held by its bailee, appraised, insured for its value, and \
             neither frozen nor being redeemed"
        )));
    }
    let end = answers.now.saturating_add(terms.duration);
    for (what, until) in [
        ("appraisal holds", answers.get(appraisal)?.validUntil),
        ("insurance runs", answers.get(insurance)?.expiry),
    ] {
        let until: u64 = until.saturating_to();
        if until < end {
            findings.push(Finding::note(format!(
                "the {what} until {}, and the loan until about {}",
                date(until),
                date(end)
            )));
        }
    }
    if let Some(refused) = answers.refused(preview) {
        findings.push(Finding::blocking(explain(refused, &Unit::usdai())));
        return Ok(());
    }
    let preview = answers.get(preview)?;
    let draws: Vec<String> = [preview.draw0, preview.draw1, preview.draw2, preview.draw3]
        .iter()
        .enumerate()
        .filter(|(_, draw)| !draw.is_zero())
        .map(|(tranche, draw)| format!("{} from tranche {tranche}", Unit::usdai().show(*draw)))
        .collect();
    findings.push(Finding::note(format!(
        "taken now, it would draw {}, at {} a year",
        draws.join(", "),
        percent_a_year(preview.blendedRate)
    )));
    Ok(())
}

/// What speaks against terms whatever stands on the chain.
fn alone(terms: &LoanTerms) -> Vec<Finding> {
    let mut findings = Vec::new();
    let LoanTerms {
        duration,
        repaymentInterval: interval,
        gracePeriod: grace,
        penaltyRate: penalty,
        ..
    } = *terms;
    if terms.principal.is_zero() {
        findings.push(Finding::blocking("a principal of nothing is no loan"));
    }
    let whole = duration.checked_rem(interval) == Some(0);
    let instalments = duration.checked_div(interval).unwrap_or_default();
    if !whole || !(1..=MOST_INSTALMENTS).contains(&instalments) || interval > LONGEST_INTERVAL {
        findings.push(Finding::blocking(format!(
            "a duration of {} is not 1 to {MOST_INSTALMENTS} whole intervals of {}, each 366 days at most",
            roughly(duration),
            roughly(interval)
        )));
    } else if interval < DAY {
        findings.push(Finding::note(format!(
            "an instalment every {} is unusual",
            roughly(interval)
        )));
    }
    if terms.schedule > 1 {
        findings.push(Finding::blocking(format!(
            "there is no schedule {}: 0 is the same principal, 1 the same payment each time",
            terms.schedule
        )));
    }
    if grace > LONGEST_GRACE {
        findings.push(Finding::blocking(format!(
            "a grace of {} is longer than 30 days",
            roughly(grace)
        )));
    } else if grace < DAY {
        findings.push(Finding::note(format!(
            "a grace of {} lets anybody declare a default right after a missed deadline",
            roughly(grace)
        )));
    }
    if penalty > HIGHEST_RATE {
        findings.push(Finding::blocking(format!(
            "a penalty of {} a year is above the highest rate, {}",
            percent_a_year(U256::from(penalty)),
            percent_a_year(U256::from(HIGHEST_RATE))
        )));
    } else if penalty > USUAL_PENALTY {
        findings.push(Finding::note(format!(
            "a penalty of {} a year is unusually high",
            percent_a_year(U256::from(penalty))
        )));
    } else if penalty == 0 {
        findings.push(Finding::note("there is no penalty on overdue principal"));
    }
    for (fee, bps) in [("origination", terms.originationFeeBps), ("exit", terms.exitFeeBps)] {
        if bps > 10_000 {
            findings.push(Finding::blocking(format!(
                "an {fee} fee of {} is above 100 %",
                percent(U256::from(bps))
            )));
        } else if bps > USUAL_FEE {
            findings.push(Finding::note(format!(
                "an {fee} fee of {} is unusually high",
                percent(U256::from(bps))
            )));
        }
    }
    if terms.borrower == terms.underwriter {
        findings.push(Finding::note("the borrower is the underwriter"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> LoanTerms {
        LoanTerms {
            borrower: Address::repeat_byte(1),
            underwriter: Address::repeat_byte(2),
            collateralId: U256::from(1),
            principal: U256::from(1),
            duration: 1_080 * DAY,
            repaymentInterval: 30 * DAY,
            schedule: 1,
            gracePeriod: 10 * DAY,
            penaltyRate: 6_341_958_396,
            originationFeeBps: 100,
            exitFeeBps: 0,
            expiry: 0,
            nonce: U256::ZERO,
        }
    }

    /// Something else that terms could say.
    type Change = fn(&mut LoanTerms);

    #[test]
    fn usual_terms_are_let_pass_and_others_are_named() {
        assert_eq!(alone(&good()), []);
        let cases: [(Change, bool, &str); 12] = [
            (|terms| terms.principal = U256::ZERO, true, "principal of nothing"),
            (|terms| terms.duration += 1, true, "whole intervals"),
            (|terms| terms.repaymentInterval = 0, true, "whole intervals"),
            (|terms| terms.duration = 521 * 30 * DAY, true, "520"),
            (|terms| terms.repaymentInterval = 3_600, true, "520"),
            (|terms| terms.schedule = 2, true, "schedule 2"),
            (|terms| terms.gracePeriod = 30 * DAY + 1, true, "longer than 30 days"),
            (|terms| terms.gracePeriod = 0, false, "right after"),
            (|terms| terms.penaltyRate = HIGHEST_RATE + 1, true, "above the highest"),
            (|terms| terms.penaltyRate = USUAL_PENALTY + 1, false, "unusually high"),
            (|terms| terms.exitFeeBps = 501, false, "an exit fee of 5.01 %"),
            (|terms| terms.originationFeeBps = 10_001, true, "above 100 %"),
        ];
        for (change, blocks, named) in cases {
            let mut terms = good();
            change(&mut terms);
            let findings = alone(&terms);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].text.contains(named), "{findings:?}");
            assert_eq!(findings[0].blocks, blocks, "{findings:?}");
        }
    }
}
