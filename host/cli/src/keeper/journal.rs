//! What a keeper tells: one line for each thing that it does, that it would do, or that keeps it from doing.

use std::collections::BTreeMap;

use alloy_primitives::U256;
use alloy_rpc_types_eth::TransactionReceipt;
use serde_json::{Value, json};

use crate::amount::{WAD_DECIMALS, exact, thousands};
use crate::keeper::tasks::{Job, Task};
use crate::output::Output;
use crate::plan::ether;
use crate::times::date;

/// What became of a task.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Mined.
    Done(Box<TransactionReceipt>),
    /// Not sent, because this was a dry run.
    Would,
    /// Somebody else was first.
    Lost,
    /// It cannot be done yet.
    Waits(String),
    /// It would cost more than a transaction may.
    TooDear(String),
    /// It should have been possible.
    Failed(String),
}

/// The lines, on standard output: text, or with `--json` one JSON value a line.
#[derive(Debug)]
pub struct Journal {
    out: Output,
    /// What was told of tasks that are still to be done, so that it is told once.
    told: BTreeMap<String, String>,
}

impl Journal {
    /// An empty journal.
    pub fn new(out: Output) -> Self {
        Self {
            out,
            told: BTreeMap::new(),
        }
    }

    /// Whether no task is left of which something was told.
    pub fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// Says something about the keeper itself.
    pub fn note(&self, now: u64, what: &str, text: &str) {
        self.line(now, what, text, json!({}));
    }

    /// Says what became of a task. What keeps a task waiting is said when it begins or changes, not every time.
    pub fn tell(&mut self, now: u64, task: &Task, outcome: &Outcome) {
        let (word, detail) = match outcome {
            Outcome::Done(receipt) => {
                self.told.remove(&task.key);
                return self.done(now, task, receipt);
            }
            Outcome::Would => ("would", None),
            Outcome::Lost => ("lost", Some("somebody else has done it")),
            Outcome::Waits(why) => ("waits", Some(why.as_str())),
            Outcome::TooDear(why) => ("too dear", Some(why.as_str())),
            Outcome::Failed(why) => ("failed", Some(why.as_str())),
        };
        let said = format!("{word} {}", detail.unwrap_or_default());
        if self.told.insert(task.key.clone(), said.clone()) == Some(said) {
            return;
        }
        let text = match detail {
            Some(detail) => format!("{}: {detail}", task.step.text),
            None => task.step.text.clone(),
        };
        self.line(
            now,
            word,
            &text,
            json!({ "job": task.job.name(), "what": task.step.text, "reason": detail }),
        );
    }

    /// Says why a job could not even be looked at, once.
    pub fn blame(&mut self, now: u64, job: Job, why: &str) {
        if self.told.insert(job.name(), why.to_owned()).as_deref() != Some(why) {
            let name = job.name();
            let text = format!("cannot look for what to {name}: {why}");
            self.line(now, "failed", &text, json!({ "job": name, "reason": why }));
        }
    }

    fn done(&self, now: u64, task: &Task, receipt: &TransactionReceipt) {
        let fee = U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price);
        let block = receipt.block_number.unwrap_or_default();
        let text = format!(
            "{} (block {block}, {} gas, {}, {})",
            task.step.text,
            thousands(U256::from(receipt.gas_used)),
            ether(fee),
            receipt.transaction_hash
        );
        self.line(
            now,
            "done",
            &text,
            json!({
                "job": task.job.name(),
                "what": task.step.text,
                "transaction": receipt.transaction_hash,
                "block": block,
                "gas": receipt.gas_used,
                "fee": exact(fee, WAD_DECIMALS),
            }),
        );
    }

    fn line(&self, now: u64, word: &str, text: &str, more: Value) {
        self.out.line(format!("{} {word:<8} {text}", date(now)));
        let mut all = json!({ "time": now, "outcome": word, "text": text });
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
        self.out.finish(&all);
    }
}
