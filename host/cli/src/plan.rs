//! What a command is about to do: transactions in order, what they change and what they cost. A plan is simulated as a
//! whole before anything is asked or sent.

use alloy_primitives::{Address, Bytes, U256};
use alloy_provider::Provider;
use alloy_rpc_types_eth::TransactionReceipt;
use alloy_sol_types::{SolCall, SolError, SolEvent, sol};
use anyhow::{Context as _, Result, anyhow};
use client::bindings::{IERC20, IUSDai};
use serde_json::{Value, json};

use crate::amount::{Unit, WAD_DECIMALS, exact, thousands};
use crate::batch::{Answer, Call};
use crate::confirm::confirm;
use crate::context::{Context, words};
use crate::output::{Column, Table};
use crate::refusals::explain;
use crate::send::Sender;
use crate::tokens::Token;

sol! {
    /// Arbitrum's questions to the node.
    interface INodeInterface {
        function gasEstimateL1Component(address to, bool contractCreation, bytes calldata data)
            external
            payable
            returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
    }
}

/// Where Arbitrum's nodes answer [`INodeInterface`].
const NODE_INTERFACE: Address = alloy_primitives::address!("0x00000000000000000000000000000000000000c8");

/// Gas of every transaction, and of its calldata's zero and other bytes.
const INTRINSIC: [u64; 3] = [21_000, 4, 16];

/// One transaction.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does, as the plan tells it: `stake 1,000.0000 USDai`.
    pub text: String,
    /// Whom it calls.
    pub to: Address,
    /// Wei that it sends along.
    pub value: U256,
    /// Its calldata.
    pub data: Bytes,
    /// What the amounts in its errors are of.
    pub unit: Unit,
}

/// A number on the chain that is shown before and after.
#[derive(Clone, Debug)]
struct Watch {
    label: String,
    call: Call,
    word: usize,
    unit: Unit,
}

/// What a command is about to do.
#[derive(Clone, Debug)]
pub struct Plan {
    title: String,
    steps: Vec<Step>,
    watches: Vec<Watch>,
    costs: Vec<String>,
    notes: Vec<String>,
    bounds: Vec<(U256, Unit)>,
}

/// A number before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What it is.
    pub label: String,
    /// What it was; nothing where the view refused.
    pub before: Option<U256>,
    /// What it is or would be.
    pub after: Option<U256>,
    /// What it is of.
    pub unit: Unit,
}

/// What a plan would do.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// The moment for which it was simulated.
    pub now: u64,
    /// Gas of each step, about.
    pub gas: Vec<u64>,
    /// What each step returned.
    pub outputs: Vec<Bytes>,
    /// What the steps change.
    pub effects: Vec<Effect>,
    /// Wei of a unit of gas.
    pub gas_price: u128,
}

/// What became of a plan.
#[derive(Clone, Debug)]
pub struct Done {
    title: String,
    steps: Vec<Step>,
    costs: Vec<String>,
    notes: Vec<String>,
    simulation: Simulation,
    effects: Vec<Effect>,
    receipts: Vec<TransactionReceipt>,
}

impl Plan {
    /// A plan without steps.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            steps: Vec::new(),
            watches: Vec::new(),
            costs: Vec::new(),
            notes: Vec::new(),
            bounds: Vec::new(),
        }
    }

    /// Adds a transaction. `unit` is what the amounts in its errors are of.
    pub fn step<C: SolCall>(&mut self, text: impl Into<String>, to: Address, call: &C, unit: &Unit) -> &mut Self {
        self.steps.push(Step {
            text: text.into(),
            to,
            value: U256::ZERO,
            data: call.abi_encode().into(),
            unit: unit.clone(),
        });
        self
    }

    /// Says what a step accepts at least, so that a refusal can tell it in its unit. Several units may tell the same.
    pub fn at_least(&mut self, minimum: U256, unit: &Unit) -> &mut Self {
        self.bounds.push((minimum, unit.clone()));
        self
    }

    /// Sends wei along with the last step.
    pub fn with_value(&mut self, value: U256) -> &mut Self {
        if let Some(step) = self.steps.last_mut() {
            step.value = value;
        }
        self
    }

    /// Shows a number, which a view returns first, before and after.
    pub fn watch<C: SolCall>(&mut self, label: impl Into<String>, to: Address, call: &C, unit: &Unit) -> &mut Self {
        self.watch_word(label, to, call, 0, unit)
    }

    /// Shows a number, which a view returns as the `word`th (from 0), before and after.
    pub fn watch_word<C: SolCall>(
        &mut self,
        label: impl Into<String>,
        to: Address,
        call: &C,
        word: usize,
        unit: &Unit,
    ) -> &mut Self {
        self.watches.push(Watch {
            label: label.into(),
            call: Call::view(to, call),
            word,
            unit: unit.clone(),
        });
        self
    }

    /// Shows what an account holds of a token before and after.
    pub fn watch_balance(&mut self, token: &Token, account: Address) -> &mut Self {
        let label = token.unit.symbol.clone();
        self.watch(label, token.address, &Token::balance_of(account), &token.unit)
    }

    /// Says what the plan costs besides gas, so that it is confirmed: `spends 1,000.0000 USDai`.
    pub fn cost(&mut self, text: impl Into<String>) -> &mut Self {
        self.costs.push(text.into());
        self
    }

    /// Says something else that is worth knowing before.
    pub fn note(&mut self, text: impl Into<String>) -> &mut Self {
        self.notes.push(text.into());
        self
    }

    /// The calls of its steps, each of which stops what is behind it if it fails.
    pub fn calls(&self) -> Vec<Call> {
        let call = |step: &Step| Call {
            to: step.to,
            value: step.value,
            data: step.data.clone(),
            stops: true,
        };
        self.steps.iter().map(call).collect()
    }

    fn views(&self) -> impl Iterator<Item = Call> {
        self.watches.iter().map(|watch| watch.call.clone())
    }

    /// Why one of its steps is refused.
    fn refusal(&self, step: &Step, data: &[u8]) -> anyhow::Error {
        // The vault's error has the same selector and meaning.
        if let Ok(error) = IUSDai::SlippageExceeded::abi_decode(data)
            && let Some((_, unit)) = self.bounds.iter().find(|(minimum, _)| *minimum == error.minimum)
        {
            return anyhow!(
                "cannot {}: the price has moved, {} would come instead of at least {}",
                step.text,
                unit.show(error.actual),
                unit.show(error.minimum)
            );
        }
        refusal(step, data)
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl Context {
    /// Adds the approval that `spender` needs to take `amount` of the account, exactly that much, if it has not one.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn approve(&self, plan: &mut Plan, token: &Token, spender: Address, amount: U256) -> Result<()> {
        let owner = self.account()?;
        let allowance = self
            .view(token.address, &IERC20::allowanceCall { owner, spender })
            .await?;
        if allowance >= amount {
            return Ok(());
        }
        let name = self.name_of(spender);
        let mut approve = |text: String, value: U256| {
            plan.step(
                text,
                token.address,
                &IERC20::approveCall { spender, value },
                &token.unit,
            );
        };
        // USDT refuses to change an allowance that is in use.
        if !allowance.is_zero() && token.unit.symbol == "USDT" {
            approve(format!("take back the approval of {name}"), U256::ZERO);
        }
        approve(format!("approve {name} to take {}", token.show(amount)), amount);
        Ok(())
    }

    /// Simulates a plan on the state of the next block.
    ///
    /// # Errors
    ///
    /// When a step would be refused, with the reason in words.
    pub async fn simulate(&self, plan: &Plan) -> Result<Simulation> {
        let account = self.account()?;
        let calls: Vec<Call> = plan.views().chain(plan.calls()).chain(plan.views()).collect();
        let (now, answers) = self.run_batch(account, &calls).await?;
        let (before, rest) = answers
            .split_at_checked(plan.watches.len())
            .context("the node left answers out")?;
        if let Some((index, refused)) = rest
            .iter()
            .enumerate()
            .find(|(index, answer)| *index < plan.steps.len() && !answer.success)
        {
            let step = plan
                .steps
                .get(index)
                .context("a step that was simulated is in the plan")?;
            return Err(plan.refusal(step, &refused.output));
        }
        let (steps, after) = rest
            .split_at_checked(plan.steps.len())
            .context("the node left answers out")?;
        let effects = plan
            .watches
            .iter()
            .zip(before)
            .zip(after)
            .map(|((watch, before), after)| Effect {
                label: watch.label.clone(),
                before: watch.number(before),
                after: watch.number(after),
                unit: watch.unit.clone(),
            });
        let mut gas = Vec::new();
        for (step, answer) in plan.steps.iter().zip(steps) {
            gas.push(answer.gas + intrinsic_gas(&step.data) + self.l1_gas(step).await);
        }
        Ok(Simulation {
            now,
            gas,
            outputs: steps.iter().map(|answer| answer.output.clone()).collect(),
            effects: effects.collect(),
            gas_price: self.provider.get_gas_price().await.map_err(words)?,
        })
    }

    /// What Arbitrum charges for posting a step's calldata, in gas; nothing where the node does not know.
    async fn l1_gas(&self, step: &Step) -> u64 {
        let question = INodeInterface::gasEstimateL1ComponentCall {
            to: step.to,
            contractCreation: false,
            data: step.data.clone(),
        };
        match self.node_view(NODE_INTERFACE, &question).await {
            Ok(answer) => answer.gasEstimateForL1,
            Err(_) => 0,
        }
    }

    /// Simulates a plan, shows it, has it confirmed if it costs more than gas, sends it step by step, and shows what it
    /// has changed. With `--dry-run` it ends with the showing.
    ///
    /// # Errors
    ///
    /// When a step would be or is refused, when it is not confirmed, when there is no key.
    pub async fn carry_out(&self, plan: &Plan) -> Result<Done> {
        let simulation = self.simulate(plan).await?;
        self.carry_out_simulated(plan, simulation).await
    }

    /// As [`Context::carry_out`], for a plan that was simulated already.
    ///
    /// # Errors
    ///
    /// As [`Context::carry_out`].
    pub async fn carry_out_simulated(&self, plan: &Plan, simulation: Simulation) -> Result<Done> {
        self.show(plan, &simulation);
        let mut done = Done {
            title: plan.title.clone(),
            steps: plan.steps.clone(),
            costs: plan.costs.clone(),
            notes: plan.notes.clone(),
            effects: simulation.effects.clone(),
            simulation,
            receipts: Vec::new(),
        };
        if self.options.dry_run {
            self.out.line("Nothing was sent: this was a dry run.");
            return Ok(done);
        }
        let sender = Sender::new(self)?;
        confirm(self, &plan.costs)?;
        for (index, step) in plan.steps.iter().enumerate() {
            let place = if plan.steps.len() > 1 {
                format!(" ({} of {})", index + 1, plan.steps.len())
            } else {
                String::new()
            };
            let receipt = sender.send(step, &place).await?;
            done.receipts.push(receipt);
        }
        self.show_outcome(plan, &mut done).await?;
        Ok(done)
    }

    fn show(&self, plan: &Plan, simulation: &Simulation) {
        let out = &self.out;
        out.heading(&plan.title);
        let mut steps = Table::new(&[
            ("", Column::Right),
            ("step", Column::Left),
            ("gas, about", Column::Right),
        ]);
        for (index, (step, gas)) in plan.steps.iter().zip(&simulation.gas).enumerate() {
            steps.row([(index + 1).to_string(), step.text.clone(), thousands(U256::from(*gas))]);
        }
        out.table(&steps);
        self.show_effects(&simulation.effects);
        out.line(format!(" fee: about {}", ether(simulation.fee())));
        for cost in &plan.costs {
            out.line(format!(" it {cost}"));
        }
        for note in &plan.notes {
            out.line(format!(" {note}"));
        }
    }

    fn show_effects(&self, effects: &[Effect]) {
        if effects.is_empty() {
            return;
        }
        let mut table = Table::new(&[
            ("effect", Column::Left),
            ("before", Column::Right),
            ("after", Column::Right),
        ]);
        for effect in effects {
            let shown = |value: Option<U256>| value.map_or("—".into(), |value| effect.unit.show(value));
            table.row([effect.label.clone(), shown(effect.before), shown(effect.after)]);
        }
        self.out.table(&table);
    }

    async fn show_outcome(&self, plan: &Plan, done: &mut Done) -> Result<()> {
        let views: Vec<Call> = plan.views().collect();
        let mut as_simulated = true;
        if !views.is_empty() {
            let (_, answers) = self.run_batch(self.account()?, &views).await?;
            for ((effect, watch), answer) in done.effects.iter_mut().zip(&plan.watches).zip(&answers) {
                let after = watch.number(answer);
                as_simulated &= after == effect.after;
                effect.after = after;
            }
        }
        if as_simulated {
            self.out.line("Done.");
        } else {
            self.out.line("Done. It has come out like this:");
            self.show_effects(&done.effects);
        }
        let gas: u64 = done.receipts.iter().map(|receipt| receipt.gas_used).sum();
        self.out.line(format!(
            " gas: {}, fee: {}",
            thousands(U256::from(gas)),
            ether(done.fee())
        ));
        Ok(())
    }
}

impl Simulation {
    /// Wei that all steps cost, about.
    pub fn fee(&self) -> U256 {
        let gas: u64 = self.gas.iter().sum();
        U256::from(gas) * U256::from(self.gas_price)
    }

    /// What a step returned.
    ///
    /// # Errors
    ///
    /// When it returned something else.
    pub fn returned<C: SolCall>(&self, step: usize) -> Result<C::Return> {
        let output = self.outputs.get(step).context("there is no such step")?;
        C::abi_decode_returns(output).with_context(|| format!("{} returned something else", C::SIGNATURE))
    }
}

impl Done {
    /// Whether it was sent, not only simulated.
    pub fn is_sent(&self) -> bool {
        !self.receipts.is_empty()
    }

    /// What the simulation said.
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// The receipts, one a step.
    pub fn receipts(&self) -> &[TransactionReceipt] {
        &self.receipts
    }

    /// Wei that was paid for gas; of a dry run what it would be, about.
    pub fn fee(&self) -> U256 {
        if !self.is_sent() {
            return self.simulation.fee();
        }
        let fees = self.receipts.iter();
        fees.map(|receipt| U256::from(receipt.gas_used) * U256::from(receipt.effective_gas_price))
            .sum()
    }

    /// The last event of a kind that `emitter` logged in the steps that were sent.
    pub fn event<E: SolEvent>(&self, emitter: Address) -> Option<E> {
        let logs = self.receipts.iter().flat_map(|receipt| receipt.inner.logs());
        logs.filter(|log| log.address() == emitter)
            .filter_map(|log| E::decode_log(&log.inner).ok())
            .next_back()
            .map(|log| log.data)
    }

    /// Everything for machines: what `more` holds besides.
    pub fn json(&self, more: Value) -> Value {
        let steps = self.steps.iter().enumerate().map(|(index, step)| {
            let receipt = self.receipts.get(index);
            json!({
                "what": step.text,
                "to": step.to.to_string(),
                "data": step.data,
                "value": step.value.to_string(),
                "gas": receipt.map_or(self.simulation.gas.get(index).copied(), |receipt| Some(receipt.gas_used)),
                "transaction": receipt.map(|receipt| receipt.transaction_hash),
                "block": receipt.and_then(|receipt| receipt.block_number),
            })
        });
        let effects = self.effects.iter().map(|effect| {
            let told = |value: Option<U256>| value.map(|value| exact(value, effect.unit.decimals));
            json!({
                "what": effect.label,
                "unit": effect.unit.symbol,
                "before": told(effect.before),
                "after": told(effect.after),
            })
        });
        let mut all = json!({
            "title": self.title,
            "dryRun": !self.is_sent(),
            "steps": steps.collect::<Vec<_>>(),
            "effects": effects.collect::<Vec<_>>(),
            "costs": self.costs,
            "notes": self.notes,
            "fee": exact(self.fee(), WAD_DECIMALS),
        });
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
        all
    }
}

/// Why a step is refused.
pub(crate) fn refusal(step: &Step, data: &[u8]) -> anyhow::Error {
    anyhow!("cannot {}: {}", step.text, explain(data, &step.unit))
}

impl Watch {
    /// The number in the view's answer, if it did not refuse.
    fn number(&self, answer: &Answer) -> Option<U256> {
        let (_, rest) = answer.output.split_at_checked(self.word.checked_mul(32)?)?;
        let (word, _) = rest.split_first_chunk::<32>()?;
        answer.success.then(|| U256::from_be_bytes(*word))
    }
}

fn intrinsic_gas(data: &[u8]) -> u64 {
    let [transaction, zero, other] = INTRINSIC;
    data.iter()
        .fold(transaction, |gas, byte| gas + if *byte == 0 { zero } else { other })
}

/// Wei as ether, to a millionth.
pub fn ether(wei: U256) -> String {
    let micro = U256::from(10).pow(U256::from(12));
    if wei < micro && !wei.is_zero() {
        return "<0.000001 ETH".into();
    }
    format!("{} ETH", exact(wei / micro, 6))
}
