//! One run: reads the configuration, the record and the chain, says what is left to do, and does it.

use std::path::{Path, PathBuf};

use alloy_primitives::{Address, B256, U256};
use alloy_rpc_types_eth::TransactionReceipt;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolEvent;
use anyhow::{Context, Result, bail, ensure};
use client::artifacts::Artifacts;
use client::bindings::{ICacheManager, IERC20, IStylusDeployer, IUSDai};
use client::deployment::{DeployedContract, Deployment, names};
use client::role_id;
use client::stylus::{CREATE2_FACTORY, STYLUS_DEPLOYER};

use crate::blueprint::{Blueprint, Codes, Program, SWAP_ROUTER, WM};
use crate::config::{ADMIN, CONTRACTS_WITH_ROLES, Externals, Settings, Token};
use crate::fixtures::{Fixtures, UNISWAP_FACTORY};
use crate::node::{Node, Request};
use crate::steps::{Action, CONSTRUCTOR, Found, Stage, Step, steps};
use crate::units::{grouped, show_ether, show_time};
use crate::verify::{Row, verify};

/// No transaction of Arbitrum takes more gas.
const MOST_GAS: u64 = 32_000_000;

/// What a run is told.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// What is to be deployed.
    pub settings: Settings,
    /// The built programs.
    pub codes: Codes,
    /// The built contracts, for test doubles.
    pub artifacts: Artifacts,
    /// Where the record is, or will be.
    pub record: PathBuf,
    /// The node, if not the configuration's.
    pub rpc_url: Option<String>,
    /// The commit whose sources were built.
    pub git_commit: String,
    /// The compiler that built the programs.
    pub compiler: String,
}

impl Inputs {
    /// Connects to the chain.
    ///
    /// # Errors
    ///
    /// As [`Node::connect`].
    pub async fn connect(&self) -> Result<Node> {
        let url = self.rpc_url.as_deref().unwrap_or(&self.settings.rpc);
        Node::connect(url, self.settings.chain_id).await
    }
}

/// What a run says while it goes on. Whoever watches may stop it by an error; what was sent stays sent.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A transaction was sent, and the record does not know of it yet.
    Sent {
        /// What it does.
        title: &'a str,
        /// Its hash.
        hash: B256,
    },
    /// It is in a block, and the record was written.
    Done {
        /// How many steps are done.
        done: usize,
        /// How many there are.
        of: usize,
        /// What it did.
        title: &'a str,
        /// What it took.
        gas: u64,
    },
    /// Everything is there and right; the deployer gives up his role.
    HandsOver,
}

/// A line of a plan.
#[derive(Clone, Debug)]
pub struct Line {
    /// What the step does.
    pub title: String,
    /// Whether it is done.
    pub done: bool,
    /// Gas it will take.
    pub gas: u64,
    /// Whether the node estimated that; otherwise it is what is allowed for.
    pub estimated: bool,
    /// Wei beside the gas: activation fees, bids for the cache.
    pub fee: U256,
}

/// What is left to do, and what it costs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Every step.
    pub lines: Vec<Line>,
    /// Wei per gas.
    pub gas_price: u128,
    /// What the deployer has, in wei.
    pub balance: U256,
    /// Units of wM that he needs for the first deposits, and has.
    pub wm: (U256, U256),
    /// Admins that are ordinary keys: they should be contracts that several people control.
    pub single_keys: Vec<Address>,
}

impl Plan {
    /// Steps that are left.
    pub fn left(&self) -> usize {
        self.lines.iter().filter(|line| !line.done).count()
    }

    /// Gas of all that is left.
    pub fn gas(&self) -> u64 {
        self.lines.iter().filter(|line| !line.done).map(|line| line.gas).sum()
    }

    /// Wei that all that is left costs, fees included.
    pub fn wei(&self) -> U256 {
        let fees = self.lines.iter().filter(|line| !line.done).map(|line| line.fee);
        fees.fold(U256::from(self.gas()) * U256::from(self.gas_price), |sum, fee| {
            sum + fee
        })
    }

    /// Wei that the deployer should have: a quarter more, for prices move.
    pub fn needed(&self) -> U256 {
        let wei = self.wei();
        wei + wei / U256::from(4)
    }

    /// Whether the deployer can pay for it.
    ///
    /// # Errors
    ///
    /// With what he lacks.
    pub fn check_funds(&self, deployer: Address) -> Result<()> {
        ensure!(
            self.balance >= self.needed(),
            "the deployer {deployer} has {} ETH; {} ETH are needed, a quarter of the costs to spare among them: send the rest \
             there",
            show_ether(self.balance),
            show_ether(self.needed())
        );
        let (needed, held) = self.wm;
        ensure!(
            held >= needed,
            "the deployer {deployer} has {} units of wM; the first deposits need {} (6 decimals): send the rest there",
            grouped(&held),
            grouped(&needed)
        );
        Ok(())
    }
}

/// A deployment that was begun or is to begin.
#[derive(Clone, Debug)]
pub struct Session {
    /// The chain.
    pub node: Node,
    /// What is deployed.
    pub settings: Settings,
    /// Who deploys.
    pub deployer: Address,
    /// What is known of it so far.
    pub record: Deployment,
    /// Where everything will be.
    pub blueprint: Blueprint,
    /// Everything that is to be done, done or not.
    pub steps: Vec<Step>,
    codes: Codes,
    path: PathBuf,
}

impl Session {
    /// Reads everything; writes and sends nothing.
    ///
    /// # Errors
    ///
    /// When configuration, record, build and chain do not fit together, with what does not.
    pub async fn open(inputs: &Inputs, deployer: Address) -> Result<Self> {
        let settings = inputs.settings.clone();
        settings.check_deployer(deployer)?;
        let codes = inputs.codes.clone();
        let node = inputs.connect().await?;
        let nonce = node.settled_nonce(deployer).await?;
        let mut record = match Deployment::read(&inputs.record) {
            Ok(record) => Self::known(&node, &settings, record, &inputs.record, deployer).await?,
            Err(_) if !inputs.record.exists() => None,
            Err(error) => return Err(error),
        }
        .unwrap_or_default();
        if record.network.is_empty() {
            record = Deployment {
                network: settings.network.clone(),
                chain_id: settings.chain_id,
                first_block: node.block_number().await?,
                deployer,
                salt: settings.salt,
                genesis: settings.auction.genesis.second(node.now().await?)?,
                ..Deployment::default()
            };
        }
        if let crate::units::Start::At(genesis) = settings.auction.genesis {
            ensure!(
                genesis == record.genesis,
                "the configuration lets the auction begin at {}, {} says {}",
                show_time(genesis),
                inputs.record.display(),
                show_time(record.genesis)
            );
        }
        if record.contracts.is_empty() {
            record.git_commit.clone_from(&inputs.git_commit);
            record.compiler.clone_from(&inputs.compiler);
        }

        let (tokens, mut all) = externals(&node, &settings, &inputs.artifacts, &mut record, nonce).await?;
        let blueprint = Blueprint::new(&settings, &codes, deployer, record.genesis, &record.externals)?;
        check_record(&record, &blueprint, &inputs.record)?;
        let auction = blueprint.places.at(names::AUCTION)?;
        if node.code_hash(auction).await?.is_none() {
            let now = node.now().await?;
            ensure!(
                record.genesis > now,
                "the auction would begin at {}, which is over: set auction.genesis to a later time",
                show_time(record.genesis)
            );
        }
        all.extend(steps(&settings, &blueprint, deployer, &tokens)?);
        Ok(Self {
            node,
            settings,
            deployer,
            record,
            blueprint,
            steps: all,
            codes,
            path: inputs.record.clone(),
        })
    }

    /// A record that was left behind, unless it is of a local chain that is no more.
    async fn known(
        node: &Node,
        settings: &Settings,
        record: Deployment,
        path: &Path,
        deployer: Address,
    ) -> Result<Option<Deployment>> {
        let path = path.display();
        ensure!(
            record.network == settings.network && record.chain_id == settings.chain_id,
            "{path} is the record of {} (chain {}), not of {} (chain {})",
            record.network,
            record.chain_id,
            settings.network,
            settings.chain_id
        );
        if settings.is_local() {
            let mut gone = true;
            let contracts = record.contracts.values().map(|contract| contract.address);
            for address in contracts.chain(record.externals.values().copied()) {
                gone &= node.code_hash(address).await?.is_none();
            }
            if gone {
                return Ok(None);
            }
        }
        ensure!(
            record.deployer == deployer,
            "{path} was begun by {}; go on with that key, not with {deployer}'s",
            record.deployer
        );
        ensure!(
            record.salt == settings.salt,
            "{path} was made with another salt: put the salt back, or move the record away to deploy anew"
        );
        Ok(Some(record))
    }

    /// Looks at every step.
    ///
    /// # Errors
    ///
    /// When something stands on the chain that is not the deployment's, with what.
    pub async fn look(&self) -> Result<Vec<bool>> {
        let (mut done, mut foreign) = (Vec::new(), Vec::new());
        for step in &self.steps {
            match step.look(&self.node).await? {
                Found::Done => done.push(true),
                Found::Missing => done.push(false),
                Found::Foreign(what) => {
                    foreign.push(format!("{}: {what}", step.title));
                    done.push(false);
                }
            }
        }
        ensure!(
            foreign.is_empty(),
            "this is not the deployment that the configuration describes; nothing was sent:\n{}",
            foreign.join("\n")
        );
        Ok(done)
    }

    /// What is left to do, with gas and fees.
    ///
    /// # Errors
    ///
    /// As [`Self::look`], and when a step could not be done.
    pub async fn plan(&self) -> Result<Plan> {
        let done = self.look().await?;
        let mut lines = Vec::new();
        let mut earlier_done = true;
        for (step, done) in self.steps.iter().zip(done) {
            let mut line = Line {
                title: step.title.clone(),
                done,
                gas: 0,
                estimated: false,
                fee: U256::ZERO,
            };
            if !done {
                self.check_admin(step).await?;
                if let Err(error) = self.cost(step, earlier_done, &mut line).await {
                    // A transaction of a run that was killed may have come in just now.
                    ensure!(step.look(&self.node).await? == Found::Done, error);
                    line.done = true;
                    lines.push(line);
                    continue;
                }
                earlier_done = false;
            }
            lines.push(line);
        }
        let left = self.steps.iter().zip(&lines).filter(|(_, line)| !line.done);
        let needed = left.fold(U256::ZERO, |sum, (step, _)| sum + step.wm);
        let wm = match self.settings.externals {
            Externals::Fixtures { .. } => (U256::ZERO, U256::ZERO),
            Externals::There { wm, .. } => {
                let account = self.deployer;
                let held = self.node.view(wm, &IERC20::balanceOfCall { account }).await?;
                (needed, held.unwrap_or_default())
            }
        };
        Ok(Plan {
            lines,
            gas_price: self.node.gas_price().await?,
            balance: self.node.balance(self.deployer).await?,
            wm,
            single_keys: self.single_keys().await?,
        })
    }

    async fn single_keys(&self) -> Result<Vec<Address>> {
        let admins = self.settings.roles.iter().find(|role| role.role == ADMIN);
        let mut keys = Vec::new();
        for admin in admins.iter().flat_map(|role| &role.holders) {
            if self.node.code_hash(*admin).await?.is_none() {
                keys.push(*admin);
            }
        }
        Ok(keys)
    }

    /// Fills in what a step will cost. What is built on steps that are not done cannot be estimated yet.
    async fn cost(&self, step: &Step, earlier_done: bool, line: &mut Line) -> Result<()> {
        line.gas = step.allowance;
        match &step.action {
            Action::Deploy(index) => {
                let program = self.program(*index)?;
                line.fee = self.activation_value(program).await?;
                let request = program.request(line.fee, earlier_done)?;
                line.gas = self.node.estimate(self.deployer, &request).await?;
                line.estimated = true;
                if !earlier_done && program.arguments.is_some() {
                    line.gas += CONSTRUCTOR;
                }
            }
            Action::Send(request) if earlier_done || request.to == Some(CREATE2_FACTORY) || request.to.is_none() => {
                line.gas = self
                    .node
                    .estimate(self.deployer, request)
                    .await
                    .with_context(|| format!("cannot {}", step.title))?;
                line.estimated = true;
            }
            Action::Send(_) => {}
            Action::Bid { most, .. } => line.fee = *most,
        }
        Ok(())
    }

    /// Does what is left, verifies it, hands the roles over and verifies again. What is returned is the last verification.
    ///
    /// # Errors
    ///
    /// When a step cannot be done, or what was done does not pass the verification.
    pub async fn run(
        &mut self,
        key: &PrivateKeySigner,
        watch: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<Vec<Row>> {
        ensure!(key.address() == self.deployer, "this is not the deployer's key");
        let commit = &self.record.git_commit;
        ensure!(
            self.settings.is_local() || (commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())),
            "what is deployed on a public chain must be the sources of a commit; here it is \"{commit}\": commit the contracts \
             and run the command again"
        );
        let plan = self.plan().await?;
        plan.check_funds(self.deployer)?;
        if plan.left() > 0 || !self.path.exists() {
            self.save(None)?;
        }
        let of = self.steps.len();
        let (mut is_verified, mut earlier_done) = (false, true);
        for (index, (step, line)) in self.steps.clone().iter().zip(&plan.lines).enumerate() {
            // What was seen before the first step of this run may have changed by it, or by somebody else.
            earlier_done &= line.done;
            let found = if earlier_done {
                Found::Done
            } else {
                step.look(&self.node).await?
            };
            match found {
                Found::Done => {
                    if let Action::Deploy(program) = step.action {
                        self.recall(program).await?;
                    }
                    continue;
                }
                Found::Missing => {}
                Found::Foreign(what) => bail!("cannot {}: {what}", step.title),
            }
            if step.stage == Stage::Handover && !is_verified {
                let rows = self.verify(true).await?;
                let wrong = rows.iter().filter(|row| !row.is_right()).count();
                if wrong > 0 {
                    return Ok(rows);
                }
                watch(&Event::HandsOver)?;
                is_verified = true;
            }
            let receipt = self.take(key, step, watch).await?;
            if let Action::Deploy(program) = step.action {
                self.recall(program).await?;
            }
            let Some(receipt) = receipt else { continue };
            self.save(receipt.block_number)?;
            watch(&Event::Done {
                done: index + 1,
                of,
                title: &step.title,
                gas: receipt.gas_used,
            })?;
        }
        self.close().await?;
        self.verify(false).await
    }

    /// The last block of the deployment: a run that was interrupted may have left it out of the record. The deployer's last
    /// word is that he gives up a role.
    async fn close(&mut self) -> Result<()> {
        let mut emitters = Vec::new();
        for name in CONTRACTS_WITH_ROLES {
            emitters.push(self.blueprint.places.at(name)?);
        }
        let topic = IUSDai::RoleRevoked::SIGNATURE_HASH;
        let logs = self.node.events(&emitters, &[topic], self.record.first_block).await?;
        let last = logs
            .iter()
            .filter(|log| IUSDai::RoleRevoked::decode_log(&log.inner).is_ok_and(|event| event.sender == self.deployer));
        let last = last.filter_map(|log| log.block_number).max();
        if last > Some(self.record.block) {
            self.save(last)?;
        }
        Ok(())
    }

    /// Verifies what is there.
    ///
    /// # Errors
    ///
    /// Of the node, and when something is not there at all.
    pub async fn verify(&self, before_handover: bool) -> Result<Vec<Row>> {
        verify(&self.node, &self.settings, &self.codes, &self.record, before_handover).await
    }

    fn program(&self, index: usize) -> Result<&Program> {
        self.blueprint
            .programs
            .get(index)
            .context("a step deploys a program that is not in the blueprint")
    }

    /// Refuses a step for which the deployer is no longer admin. Where there is no contract yet, he will be.
    async fn check_admin(&self, step: &Step) -> Result<()> {
        let Some(contract) = step.admin_of else { return Ok(()) };
        let (role, account) = (role_id(ADMIN), self.deployer);
        let is_admin = self.node.view(contract, &IUSDai::hasRoleCall { role, account }).await?;
        ensure!(
            is_admin != Some(false),
            "cannot {}: the deployer {account} is no longer admin of {contract}; the configuration was changed after the roles \
             were handed over, or an admin has changed the contract. Let an admin do it, or correct the configuration",
            step.title
        );
        Ok(())
    }

    /// What is sent along for an activation: a fifth above the fee of now, which moves; the rest comes back.
    async fn activation_value(&self, program: &Program) -> Result<U256> {
        let fee = self
            .node
            .activation_fee(&program.code.bytes)
            .await
            .with_context(|| format!("{} cannot be activated", program.name))?;
        Ok(fee + fee / U256::from(5))
    }

    /// Sends a step's transaction and waits until it is in a block and has done what it should.
    async fn take(
        &self,
        key: &PrivateKeySigner,
        step: &Step,
        watch: &mut dyn FnMut(&Event) -> Result<()>,
    ) -> Result<Option<TransactionReceipt>> {
        self.check_admin(step).await?;
        let request = match &step.action {
            Action::Send(request) => request.clone(),
            Action::Deploy(index) => {
                let program = self.program(*index)?;
                program.request(self.activation_value(program).await?, true)?
            }
            Action::Bid { manager, program, most } => self.bid(*manager, *program, *most).await?,
        };
        let cannot = || format!("cannot {}", step.title);
        let Some(hash) = self.submit(key, step, &request).await.with_context(cannot)? else {
            return Ok(None);
        };
        watch(&Event::Sent {
            title: &step.title,
            hash,
        })?;
        let receipt = self.node.receipt(hash).await?;
        match step.look(&self.node).await? {
            Found::Done => Ok(Some(receipt)),
            Found::Foreign(what) => bail!("{}: {what}", cannot()),
            Found::Missing if receipt.status() => {
                bail!("{}: the transaction {hash} succeeded and did not do it", cannot())
            }
            Found::Missing => bail!("{}: the transaction {hash} failed", cannot()),
        }
    }

    /// Sends a step's transaction; `None` when the step was done meanwhile. The last transaction of a run that was killed may
    /// come in only now: then the step is done, or its number is taken and the next one is tried.
    async fn submit(&self, key: &PrivateKeySigner, step: &Step, request: &Request) -> Result<Option<B256>> {
        loop {
            let nonce = self.node.settled_nonce(self.deployer).await?;
            let sent = async {
                let gas = self.node.estimate(self.deployer, request).await?;
                let limit = (gas + gas / 5).min(MOST_GAS);
                self.node.send(key, nonce, limit, request).await
            };
            let error = match sent.await {
                Ok(hash) => return Ok(Some(hash)),
                Err(error) => error,
            };
            if step.look(&self.node).await? == Found::Done {
                return Ok(None);
            }
            ensure!(self.node.settled_nonce(self.deployer).await? != nonce, error);
        }
    }

    async fn bid(&self, manager: Address, program: Address, most: U256) -> Result<Request> {
        let asked = self
            .node
            .view(manager, &ICacheManager::getMinBidCall { program })
            .await?;
        let least = asked.with_context(|| format!("there is no CacheManager at {manager}"))?;
        let value = U256::from(least);
        ensure!(
            value <= most,
            "a place in the cache costs {} ETH now; caching.max_bid is {} ETH: raise it, or deploy without the cache",
            show_ether(value),
            show_ether(most)
        );
        let mut request = Request::call(manager, &ICacheManager::placeBidCall { program });
        request.value = value;
        Ok(request)
    }

    /// Puts a program that is on the chain into the record, with the transaction that created it.
    async fn recall(&mut self, index: usize) -> Result<()> {
        let program = self.program(index)?.clone();
        if self.record.contracts.contains_key(program.name) {
            return Ok(());
        }
        let mut creation = self.creation(program.address, self.record.first_block).await?;
        if creation.is_none() {
            creation = self.creation(program.address, 0).await?;
        }
        let (transaction, block) = creation.with_context(|| {
            format!(
                "{} is at {}, but the node does not tell in which transaction StylusDeployer created it",
                program.name, program.address
            )
        })?;
        self.record.first_block = self.record.first_block.min(block);
        let contract = DeployedContract {
            address: program.address,
            code_hash: program.code.hash,
            constructor_arguments: program.arguments.unwrap_or_default(),
            transaction,
            block,
        };
        self.record.contracts.insert(program.name.into(), contract);
        self.save(Some(block))
    }

    /// The transaction in which StylusDeployer created what is at `address`, and its block.
    async fn creation(&self, address: Address, from_block: u64) -> Result<Option<(B256, u64)>> {
        let topic = IStylusDeployer::ContractDeployed::SIGNATURE_HASH;
        let logs = self.node.events(&[STYLUS_DEPLOYER], &[topic], from_block).await?;
        Ok(logs.iter().find_map(|log| {
            let event = IStylusDeployer::ContractDeployed::decode_log(&log.inner).ok()?;
            (event.deployedContract == address).then_some((log.transaction_hash?, log.block_number?))
        }))
    }

    fn save(&mut self, block: Option<u64>) -> Result<()> {
        self.record.block = self.record.block.max(block.unwrap_or_default());
        self.record.write(&self.path)
    }
}

/// The contracts of others, in the record: doubles, of which the steps are returned, or those that are there.
async fn externals(
    node: &Node,
    settings: &Settings,
    artifacts: &Artifacts,
    record: &mut Deployment,
    nonce: u64,
) -> Result<(Vec<(String, Token)>, Vec<Step>)> {
    let mut needed = vec![(STYLUS_DEPLOYER, "Arbitrum's StylusDeployer".to_owned())];
    let prepared = match &settings.externals {
        Externals::Fixtures { wm_yield } => {
            needed.push((CREATE2_FACTORY, "the CREATE2 factory".to_owned()));
            // Where the factory will be is written down before it is created: its address depends on the deployer's nonce.
            let mut factory = record.deployer.create(nonce);
            if let Some(known) = record.externals.get(UNISWAP_FACTORY)
                && node.code_hash(*known).await?.is_some()
            {
                factory = *known;
            }
            let fixtures = Fixtures::new(settings, artifacts, record.deployer, factory, *wm_yield)?;
            record.externals = fixtures.externals;
            (fixtures.tokens, fixtures.steps)
        }
        Externals::There {
            wm,
            swap_router,
            tokens,
        } => {
            let mut named =
                std::collections::BTreeMap::from([(WM.to_owned(), *wm), (SWAP_ROUTER.to_owned(), *swap_router)]);
            named.extend(tokens.iter().map(|(name, token)| (name.clone(), token.address)));
            needed.extend(named.iter().map(|(name, address)| (*address, name.clone())));
            record.externals = named;
            (tokens.clone().into_iter().collect(), Vec::new())
        }
    };
    for (address, name) in needed {
        ensure!(
            node.code_hash(address).await?.is_some(),
            "there is no contract at {address}, where {name} should be on chain {}",
            settings.chain_id
        );
    }
    Ok(prepared)
}

/// What was deployed must be what would be deployed.
fn check_record(record: &Deployment, blueprint: &Blueprint, path: &Path) -> Result<()> {
    for program in &blueprint.programs {
        let Some(known) = record.contracts.get(program.name) else {
            continue;
        };
        let name = program.name;
        ensure!(
            known.code_hash == program.code.hash,
            "{} has {name} with the code hash {}; what is built has {}. Build commit {} to go on, or move the record away and \
             choose another salt to deploy anew",
            path.display(),
            known.code_hash,
            program.code.hash,
            record.git_commit
        );
        let arguments = program.arguments.clone().unwrap_or_default();
        ensure!(
            known.constructor_arguments == arguments,
            "the configuration gives {name} other constructor arguments than those that it was deployed with: put the \
             configuration back, or move {} away and choose another salt to deploy anew",
            path.display()
        );
        ensure!(
            known.address == program.address,
            "{} has {name} at {}; deployed with this salt it would be at {}",
            path.display(),
            known.address,
            program.address
        );
    }
    Ok(())
}
