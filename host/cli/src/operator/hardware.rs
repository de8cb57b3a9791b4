//! `usdai hardware`: titles to hardware, from their tokenization to the delivery of the goods.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, U256};
use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, Subcommand};
use client::bindings::ICaliber;
use serde_json::{Value, json};

use super::lot::{Lot, document_hash};
use crate::amount::{BasisPoints, Decimal, Unit, WAD_DECIMALS, exact, percent, thousands};
use crate::context::Context;
use crate::output::{Column, Table};
use crate::plan::Plan;
use crate::reads::Reads;
use crate::refusals::custody;
use crate::times::{Span, date, moment, roughly, when};

const TOKENIZE_EXAMPLES: &str = "Examples:
  usdai hardware tokenize lot.toml
  usdai hardware tokenize lot.toml --title 7      go on with a lot that was left unfinished

lot.toml:
  owner = \"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC\"     # who gets the title
  model = \"NVIDIA H200\"
  bailee = \"0x90F79bf6EB2c4f870365E785982E1f101E93b906\"    # who holds the goods
  agreement = \"agreement.pdf\"       # the bailment agreement: a file, which is hashed, or its hash
  serials-file = \"serials.txt\"      # one serial number a line; or serials = [\"…\"]; or serial-hashes = [\"0x…\"]
  uri = \"https://example.org/lot\"   # optional";

const ATTEST_EXAMPLES: &str = "Examples:
  usdai hardware attest 7 receipt.pdf             the bailee holds the goods
  usdai hardware attest 7 report.pdf --loss       the goods are lost: final
  usdai hardware attest 7 note.pdf --release      the goods have left the bailee";

const APPRAISE_EXAMPLES: &str = "Examples:
  usdai hardware appraise 7 1,920,000 --useful-life '5 years' --residual 20% --valid '1 year' --report report.pdf";

const INSURE_EXAMPLES: &str = "Examples:
  usdai hardware insure 7 2,000,000 --until '1 year' --policy policy.pdf
  usdai hardware insure 7 2,000,000 --until 2027-01-01 --policy 0x5c1b…";

const FREEZE_EXAMPLES: &str = "Examples:
  usdai hardware freeze 7
  usdai hardware freeze 7 --undo";

const GOODS_EXAMPLES: &str = "Examples:
  usdai hardware goods 7 ask                      the holder asks for the goods
  usdai hardware goods 7 cancel
  usdai hardware goods 7 deliver note.pdf         the bailee has delivered them: the title ends
  usdai hardware goods 7 surrender                the holder gives up a title to goods that no bailee holds";

const SHOW_EXAMPLES: &str = "Examples:
  usdai hardware show 7
  usdai hardware show 7 --json | jq .value";

/// Units of one transaction: about 23 million gas, of 32 million that a transaction may use.
const UNITS_A_TRANSACTION: usize = 1_000;

/// US dollars, in which hardware is valued.
fn dollars() -> Unit {
    Unit::new("US dollars", WAD_DECIMALS)
}

/// Titles to hardware.
#[derive(Clone, Debug, Subcommand)]
pub enum Hardware {
    /// Mints the title to a lot that a file describes, in as many transactions as it takes
    #[command(after_help = TOKENIZE_EXAMPLES)]
    Tokenize(Tokenize),
    /// Says as the bailee what he holds
    #[command(after_help = ATTEST_EXAMPLES)]
    Attest(Attest),
    /// Posts a value as an appraiser
    #[command(after_help = APPRAISE_EXAMPLES)]
    Appraise(Appraise),
    /// Posts a policy as an insurer
    #[command(after_help = INSURE_EXAMPLES)]
    Insure(Insure),
    /// Freezes a title as compliance, or frees it
    #[command(after_help = FREEZE_EXAMPLES)]
    Freeze(Freeze),
    /// The goods of a title: asked for, delivered, given up
    #[command(after_help = GOODS_EXAMPLES)]
    Goods(Goods),
    /// A title, its goods, value and insurance
    #[command(after_help = SHOW_EXAMPLES)]
    Show(Show),
}

/// Mints a title.
#[derive(Clone, Debug, Args)]
pub struct Tokenize {
    /// File that describes the lot (TOML or JSON)
    file: PathBuf,
    /// A title that is being built: adds the units of the file that it lacks, and seals it
    #[arg(long)]
    title: Option<U256>,
}

/// Attests receipt, loss or release.
#[derive(Clone, Debug, Args)]
pub struct Attest {
    /// Number of the title
    title: U256,
    /// The document that shows it: a file, which is hashed, or its hash
    document: String,
    /// The goods are lost
    #[arg(long)]
    loss: bool,
    /// The goods have left the bailee
    #[arg(long, conflicts_with = "loss")]
    release: bool,
}

/// Posts an appraisal.
#[derive(Clone, Debug, Args)]
pub struct Appraise {
    /// Number of the title
    title: U256,
    /// Value in US dollars
    value: Decimal,
    /// Over which the value falls to the residual
    #[arg(long, value_name = "DURATION")]
    useful_life: Span,
    /// What is left of the value after the useful life
    #[arg(long, value_name = "PERCENT")]
    residual: BasisPoints,
    /// Until when the appraisal holds: a date, or a duration from now
    #[arg(long, value_name = "DATE")]
    valid: String,
    /// The report: a file, which is hashed, or its hash
    #[arg(long, value_name = "DOCUMENT")]
    report: String,
}

/// Posts a policy.
#[derive(Clone, Debug, Args)]
pub struct Insure {
    /// Number of the title
    title: U256,
    /// Coverage in US dollars
    coverage: Decimal,
    /// Until when: a date, or a duration from now
    #[arg(long, value_name = "DATE")]
    until: String,
    /// The policy: a file, which is hashed, or its hash
    #[arg(long, value_name = "DOCUMENT")]
    policy: String,
}

/// Freezes a title.
#[derive(Clone, Copy, Debug, Args)]
pub struct Freeze {
    /// Number of the title
    title: U256,
    /// Frees it
    #[arg(long)]
    undo: bool,
}

/// What happens to the goods.
#[derive(Clone, Debug, Args)]
pub struct Goods {
    /// Number of the title
    title: U256,
    #[command(subcommand)]
    what: GoodsAction,
}

/// What happens to the goods.
#[derive(Clone, Debug, Subcommand)]
enum GoodsAction {
    /// The holder asks for them; the title cannot move until they are delivered or this is taken back
    Ask,
    /// The holder takes that back
    Cancel,
    /// The bailee has delivered them: the title ends
    Deliver {
        /// The document that shows it: a file, which is hashed, or its hash
        document: String,
    },
    /// The holder gives up the title to goods that no bailee holds
    Surrender,
}

/// Shows a title.
#[derive(Clone, Copy, Debug, Args)]
pub struct Show {
    /// Number of the title
    title: U256,
}

/// Runs `usdai hardware`.
///
/// # Errors
///
/// When it cannot be done, in words.
pub async fn run(context: &Context, arguments: &Hardware) -> Result<()> {
    match arguments {
        Hardware::Tokenize(arguments) => tokenize(context, arguments).await,
        Hardware::Attest(arguments) => attest(context, arguments).await,
        Hardware::Appraise(arguments) => appraise(context, arguments).await,
        Hardware::Insure(arguments) => insure(context, arguments).await,
        Hardware::Freeze(arguments) => freeze(context, *arguments).await,
        Hardware::Goods(arguments) => goods(context, arguments).await,
        Hardware::Show(arguments) => show(context, *arguments).await,
    }
}

async fn tokenize(context: &Context, arguments: &Tokenize) -> Result<()> {
    let caliber = context.caliber()?;
    let lot = Lot::read(&arguments.file)?;
    let mut units = Vec::new();
    for ((name, hash), held) in lot.units.iter().zip(lots_of(context, &lot).await?) {
        if held.is_zero() {
            units.push(*hash);
        } else if arguments.title != Some(held) {
            bail!(
                "the unit {name} is in the title {held} already: a unit can be in one title only (to go on with that \
                 title, --title {held})"
            );
        }
    }
    let mut title = arguments.title;
    if let Some(title) = title {
        check_unfinished(context, title, &lot).await?;
        ensure!(
            !units.is_empty(),
            "the title {title} has all units of {}: nothing is left to add",
            arguments.file.display()
        );
    }
    let total = units.len();
    let transactions = total.div_ceil(UNITS_A_TRANSACTION);
    let mut told = Vec::new();
    for (index, part) in units.chunks(UNITS_A_TRANSACTION).enumerate() {
        let last = index + 1 == transactions;
        let end = if last { ", sealed" } else { "" };
        let place = format!(
            "{} of {} units{end}",
            thousands(U256::from(part.len())),
            thousands(U256::from(total))
        );
        let mut plan = match title {
            None => {
                let call = ICaliber::tokenizeCall {
                    owner: lot.owner,
                    model: lot.model.clone(),
                    bailee: lot.bailee,
                    bailmentAgreement: lot.agreement,
                    uri: lot.uri.clone(),
                    serials: part.to_vec(),
                    sealLot: last,
                };
                let mut plan = Plan::new(format!(
                    "Tokenize {} units of {}",
                    thousands(U256::from(total)),
                    lot.model
                ));
                plan.step(format!("mint the title to {place}"), caliber, &call, &Unit::number())
                    .note(format!("owner {}, bailee {}", lot.owner, lot.bailee))
                    .note(format!("bailment agreement {}", lot.agreement));
                plan
            }
            Some(title) => {
                let call = ICaliber::addUnitsCall {
                    tokenId: title,
                    serials: part.to_vec(),
                    sealLot: last,
                };
                let mut plan = Plan::new(format!("Go on with the title {title}"));
                plan.step(format!("add {place}"), caliber, &call, &Unit::number());
                plan
            }
        };
        if context.options.dry_run && transactions > 1 {
            plan.note(format!("{} more transactions like this follow", transactions - 1));
        }
        let done = context.carry_out(&plan).await?;
        if title.is_none() {
            title = done.event::<ICaliber::Tokenized>(caliber).map(|event| event.tokenId);
        }
        told.push(done.json(json!({})));
        if !done.is_sent() {
            break;
        }
        if let (Some(title), false) = (title, last) {
            context
                .out
                .progress(format!("if this is interrupted, go on with --title {title}"));
        }
    }
    if let Some(title) = title.filter(|_| !context.options.dry_run) {
        context.out.line(format!(
            " title {title}: see usdai hardware show {title}; next, the bailee attests"
        ));
    }
    context.out.finish(&json!({
        "title": title.map(|title| title.to_string()),
        "units": total,
        "dryRun": context.options.dry_run,
        "transactionsNeeded": transactions,
        "plans": told,
    }));
    Ok(())
}

/// The titles that hold the units of a lot; zero for each that none does.
async fn lots_of(context: &Context, lot: &Lot) -> Result<Vec<U256>> {
    let caliber = context.caliber()?;
    let mut held = Vec::new();
    for part in lot.units.chunks(UNITS_A_TRANSACTION) {
        let mut reads = Reads::new();
        let asked: Vec<_> = part
            .iter()
            .map(|(_, hash)| reads.add(caliber, &ICaliber::lotOfCall { serial: *hash }))
            .collect();
        let answers = context.read(reads).await?;
        for read in asked {
            held.push(answers.get(read)?);
        }
    }
    Ok(held)
}

/// Refuses to go on with a title that is sealed, or is another lot's.
async fn check_unfinished(context: &Context, title: U256, lot: &Lot) -> Result<()> {
    let caliber = context.caliber()?;
    let mut reads = Reads::new();
    let state = reads.add(caliber, &ICaliber::lotCall { tokenId: title });
    let model = reads.add(caliber, &ICaliber::modelCall { tokenId: title });
    let answers = context.read(reads).await?;
    let state = answers
        .get(state)
        .with_context(|| format!("there is no title {title}"))?;
    ensure!(
        state.custody == ICaliber::Custody::Building,
        "the title {title} is {}: no units can be added",
        custody(state.custody)
    );
    ensure!(
        state.bailee == lot.bailee && state.bailmentAgreement == lot.agreement && answers.get(model)? == lot.model,
        "the title {title} is of another model, bailee or agreement than the file's"
    );
    Ok(())
}

fn hash_of(document: &str) -> Result<B256> {
    document_hash(Path::new(""), document)
}

async fn attest(context: &Context, arguments: &Attest) -> Result<()> {
    let (caliber, title) = (context.caliber()?, arguments.title);
    let document = hash_of(&arguments.document)?;
    let mut plan = Plan::new(format!("Attest about the title {title}"));
    let unit = Unit::number();
    if arguments.loss {
        let call = ICaliber::attestLossCall {
            tokenId: title,
            document,
        };
        plan.step(
            format!("attest the loss of the goods of the title {title}"),
            caliber,
            &call,
            &unit,
        )
        .cost(format!(
            "declares the goods of the title {title} lost, which is final and makes them worth nothing"
        ));
    } else if arguments.release {
        let call = ICaliber::releaseCall {
            tokenId: title,
            document,
        };
        plan.step(format!("release the goods of the title {title}"), caliber, &call, &unit);
    } else {
        let call = ICaliber::attestReceiptCall {
            tokenId: title,
            document,
        };
        plan.step(
            format!("attest the receipt of the goods of the title {title}"),
            caliber,
            &call,
            &unit,
        );
    }
    plan.note(format!("document {document}"));
    finish(context, &plan, title, json!({ "document": document })).await
}

async fn appraise(context: &Context, arguments: &Appraise) -> Result<()> {
    let (caliber, title) = (context.caliber()?, arguments.title);
    let now = context.now().await?;
    let valid_until = moment(&arguments.valid, now)?;
    let value = arguments.value.units(WAD_DECIMALS)?;
    let report = hash_of(&arguments.report)?;
    let call = ICaliber::appraiseCall {
        tokenId: title,
        value,
        validUntil: valid_until,
        usefulLife: arguments.useful_life.0,
        residualBps: arguments.residual.0,
        report,
    };
    let mut plan = Plan::new(format!("Appraise the title {title}"));
    plan.step(
        format!("appraise the title {title} at {}", dollars().show(value)),
        caliber,
        &call,
        &dollars(),
    )
    .watch(
        "value",
        caliber,
        &ICaliber::collateralValueCall { tokenId: title },
        &dollars(),
    )
    .note(format!(
        "falls in a straight line to {} over {}; holds until {}",
        arguments.residual,
        roughly(arguments.useful_life.0),
        when(valid_until, now)
    ))
    .note(format!("report {report}"));
    let told = json!({ "value": exact(value, WAD_DECIMALS), "validUntil": valid_until, "report": report });
    finish(context, &plan, title, told).await
}

async fn insure(context: &Context, arguments: &Insure) -> Result<()> {
    let (caliber, title) = (context.caliber()?, arguments.title);
    let now = context.now().await?;
    let expiry = moment(&arguments.until, now)?;
    let coverage = arguments.coverage.units(WAD_DECIMALS)?;
    let policy = hash_of(&arguments.policy)?;
    let call = ICaliber::insureCall {
        tokenId: title,
        coverage,
        expiry,
        policy,
    };
    let mut plan = Plan::new(format!("Insure the title {title}"));
    plan.step(
        format!("insure the title {title} over {}", dollars().show(coverage)),
        caliber,
        &call,
        &dollars(),
    )
    .watch(
        "coverage",
        caliber,
        &ICaliber::insuranceCall { tokenId: title },
        &dollars(),
    )
    .note(format!("until {}", when(expiry, now)))
    .note(format!("policy {policy}"));
    let told = json!({ "coverage": exact(coverage, WAD_DECIMALS), "expiry": expiry, "policy": policy });
    finish(context, &plan, title, told).await
}

async fn freeze(context: &Context, arguments: Freeze) -> Result<()> {
    let title = arguments.title;
    let call = ICaliber::setFrozenCall {
        tokenId: title,
        isFrozen: !arguments.undo,
    };
    let text = if arguments.undo { "free" } else { "freeze" };
    let mut plan = Plan::new("Compliance");
    plan.step(
        format!("{text} the title {title}"),
        context.caliber()?,
        &call,
        &Unit::number(),
    );
    finish(context, &plan, title, json!({ "frozen": !arguments.undo })).await
}

async fn goods(context: &Context, arguments: &Goods) -> Result<()> {
    let (caliber, title, unit) = (context.caliber()?, arguments.title, Unit::number());
    let mut plan = Plan::new(format!("The goods of the title {title}"));
    match &arguments.what {
        GoodsAction::Ask => {
            let call = ICaliber::requestGoodsCall { tokenId: title };
            plan.step(format!("ask for the goods of the title {title}"), caliber, &call, &unit)
                .note("the title cannot move until they are delivered, or this is taken back");
        }
        GoodsAction::Cancel => {
            let call = ICaliber::cancelGoodsRequestCall { tokenId: title };
            plan.step(
                format!("ask no more for the goods of the title {title}"),
                caliber,
                &call,
                &unit,
            );
        }
        GoodsAction::Deliver { document } => {
            let document = hash_of(document)?;
            let call = ICaliber::confirmDeliveryCall {
                tokenId: title,
                document,
            };
            plan.step(
                format!("confirm the delivery of the goods of the title {title}"),
                caliber,
                &call,
                &unit,
            )
            .cost(format!("ends the title {title}"));
        }
        GoodsAction::Surrender => {
            let call = ICaliber::surrenderCall { tokenId: title };
            plan.step(format!("surrender the title {title}"), caliber, &call, &unit)
                .cost(format!(
                    "ends the title {title}, to which its holder then has no right any more"
                ));
        }
    }
    finish(context, &plan, title, json!({})).await
}

async fn finish(context: &Context, plan: &Plan, title: U256, told: Value) -> Result<()> {
    let done = context.carry_out(plan).await?;
    let mut all = done.json(told);
    if let Some(all) = all.as_object_mut() {
        all.insert("title".into(), json!(title.to_string()));
    }
    context.out.finish(&all);
    Ok(())
}

/// What is known of a title.
#[derive(Clone, Debug)]
pub struct Title {
    /// When this was read.
    pub now: u64,
    /// Its owner; of one that secures a loan the pool.
    pub owner: Address,
    /// The units' model.
    pub model: String,
    /// Where the goods are.
    pub lot: ICaliber::lotReturn,
    /// What they are worth now.
    pub value: U256,
    /// Whether it can be pledged.
    pub eligible: bool,
    /// The appraisal.
    pub appraisal: ICaliber::appraisalReturn,
    /// The policy.
    pub insurance: ICaliber::insuranceReturn,
}

impl Title {
    /// Reads a title.
    ///
    /// # Errors
    ///
    /// When there is none of this number, or the node does not answer.
    pub async fn read(context: &Context, title: U256) -> Result<Self> {
        let caliber = context.caliber()?;
        let mut reads = Reads::new();
        let owner = reads.add(caliber, &ICaliber::ownerOfCall { tokenId: title });
        let model = reads.add(caliber, &ICaliber::modelCall { tokenId: title });
        let lot = reads.add(caliber, &ICaliber::lotCall { tokenId: title });
        let value = reads.add(caliber, &ICaliber::collateralValueCall { tokenId: title });
        let eligible = reads.add(caliber, &ICaliber::isEligibleCall { tokenId: title });
        let appraisal = reads.add(caliber, &ICaliber::appraisalCall { tokenId: title });
        let insurance = reads.add(caliber, &ICaliber::insuranceCall { tokenId: title });
        let answers = context.read(reads).await?;
        let Ok(owner) = answers.get(owner) else {
            bail!("there is no title {title}, or it has ended");
        };
        Ok(Self {
            now: answers.now,
            owner,
            model: answers.get(model)?,
            lot: answers.get(lot)?,
            value: answers.get(value)?,
            eligible: answers.get(eligible)?,
            appraisal: answers.get(appraisal)?,
            insurance: answers.get(insurance)?,
        })
    }

    /// What keeps it from being pledged, in words.
    fn obstacles(&self) -> Vec<String> {
        let (lot, appraisal, insurance) = (&self.lot, &self.appraisal, &self.insurance);
        let now = U256::from(self.now);
        let mut obstacles = Vec::new();
        if lot.custody != ICaliber::Custody::Held {
            obstacles.push("the bailee has not attested that he holds the goods".into());
        }
        if appraisal.value.is_zero() {
            obstacles.push("it is not appraised".into());
        } else if appraisal.validUntil <= now {
            obstacles.push(format!(
                "the appraisal expired {}",
                date(appraisal.validUntil.saturating_to())
            ));
        }
        if insurance.coverage.is_zero() {
            obstacles.push("it is not insured".into());
        } else if insurance.expiry <= now {
            obstacles.push(format!(
                "the insurance expired {}",
                date(insurance.expiry.saturating_to())
            ));
        } else if insurance.coverage < self.value {
            obstacles.push("it is insured for less than its value".into());
        }
        if lot.isFrozen {
            obstacles.push("it is frozen".into());
        }
        if lot.isRedemptionRequested {
            obstacles.push("its holder has asked for the goods".into());
        }
        obstacles
    }
}

async fn show(context: &Context, arguments: Show) -> Result<()> {
    let id = arguments.title;
    let title = Title::read(context, id).await?;
    let (lot, appraisal, insurance) = (&title.lot, &title.appraisal, &title.insurance);
    let obstacles = title.obstacles();
    let out = &context.out;
    let now = title.now;
    out.heading(format!("Title {id}: {} units of {}", thousands(lot.units), title.model));
    let mut table = Table::new(&[("", Column::Left), ("", Column::Left)]);
    table.row(["owner".to_owned(), context.name_of(title.owner)]);
    table.row(["goods".to_owned(), custody(lot.custody).to_owned()]);
    table.row(["bailee".to_owned(), lot.bailee.to_string()]);
    table.row(["agreement".to_owned(), lot.bailmentAgreement.to_string()]);
    if !appraisal.value.is_zero() {
        table.row(["worth now".to_owned(), dollars().show(title.value)]);
        table.row([
            "appraised".to_owned(),
            format!(
                "{} on {}, falling to {} over {}; holds until {}",
                dollars().show(appraisal.value),
                date(appraisal.appraisedAt.saturating_to()),
                percent(appraisal.residualBps),
                roughly(appraisal.usefulLife.saturating_to()),
                when(appraisal.validUntil.saturating_to(), now)
            ),
        ]);
    }
    if !insurance.coverage.is_zero() {
        table.row([
            "insured".to_owned(),
            format!(
                "over {} until {}",
                dollars().show(insurance.coverage),
                when(insurance.expiry.saturating_to(), now)
            ),
        ]);
    }
    let pledge = if title.eligible {
        "yes".to_owned()
    } else {
        format!("no: {}", obstacles.join("; "))
    };
    table.row(["can be pledged".to_owned(), pledge]);
    out.table(&table);
    out.finish(&json!({
        "title": id.to_string(),
        "owner": title.owner.to_string(),
        "model": title.model,
        "units": lot.units.to_string(),
        "custody": custody(lot.custody),
        "bailee": lot.bailee.to_string(),
        "agreement": lot.bailmentAgreement,
        "frozen": lot.isFrozen,
        "goodsRequested": lot.isRedemptionRequested,
        "value": exact(title.value, WAD_DECIMALS),
        "appraisal": {
            "value": exact(appraisal.value, WAD_DECIMALS),
            "appraisedAt": appraisal.appraisedAt.to_string(),
            "validUntil": appraisal.validUntil.to_string(),
            "usefulLife": appraisal.usefulLife.to_string(),
            "residualBps": appraisal.residualBps.to_string(),
            "report": appraisal.report,
        },
        "insurance": {
            "coverage": exact(insurance.coverage, WAD_DECIMALS),
            "expiry": insurance.expiry.to_string(),
            "policy": insurance.policy,
        },
        "eligible": title.eligible,
        "obstacles": obstacles,
    }));
    Ok(())
}
