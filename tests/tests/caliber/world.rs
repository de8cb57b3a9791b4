//! A chain with CALIBER on it, and its calls in few words.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, SolValue};
use devnet::{Chain, ChainConfig, Receipt};
use suite::bindings::ICaliber;
use suite::program::{deploy_evm, deploy_program, keep_alive};
use suite::{Artifacts, Outcome, Transact, events_of, role_id};
use suite_tests::{Expect, n};

pub(crate) const YEAR: u64 = 365 * 86_400;
pub(crate) const AGREEMENT: B256 = B256::repeat_byte(0xaa);
pub(crate) const DOCUMENT: B256 = B256::repeat_byte(0xdd);

/// Who does what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Actors {
    pub(crate) admin: Address,
    pub(crate) agent: Address,
    pub(crate) appraiser: Address,
    pub(crate) insurer: Address,
    pub(crate) officer: Address,
    pub(crate) bailee: Address,
    pub(crate) owner: Address,
    pub(crate) buyer: Address,
    pub(crate) stranger: Address,
}

impl Actors {
    pub(crate) fn all(self) -> [Address; 9] {
        [
            self.admin,
            self.agent,
            self.appraiser,
            self.insurer,
            self.officer,
            self.bailee,
            self.owner,
            self.buyer,
            self.stranger,
        ]
    }
}

/// A chain with CALIBER, its roles given out, the pool and the auction (contracts that do nothing of their own) linked.
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) caliber: Address,
    pub(crate) actors: Actors,
    pub(crate) pool: Address,
    pub(crate) auction: Address,
    /// When the program's life was last prolonged.
    alive_since: u64,
}

/// The longest that a program is left alone: it stops after a year.
const PROLONG_AFTER: u64 = 300 * 86_400;

/// The roles beside the admin's.
pub(crate) fn role_names() -> [&'static str; 4] {
    [
        "TOKENIZING_AGENT_ROLE",
        "APPRAISER_ROLE",
        "INSURER_ROLE",
        "COMPLIANCE_ROLE",
    ]
}

impl World {
    pub(crate) fn new() -> Self {
        let mut w = Self::unlinked();
        let (admin, pool, auction) = (w.actors.admin, w.pool, w.auction);
        w.send(
            admin,
            &ICaliber::setCustodiansCall {
                loanPool: pool,
                collateralAuction: auction,
            },
        )
        .must();
        w
    }

    /// Without the link.
    pub(crate) fn unlinked() -> Self {
        let mut chain = Chain::new(ChainConfig::default());
        let accounts = chain.accounts().to_vec();
        let actors = Actors {
            admin: accounts[0],
            agent: accounts[1],
            appraiser: accounts[2],
            insurer: accounts[3],
            officer: accounts[4],
            bailee: accounts[5],
            owner: accounts[6],
            buyer: accounts[7],
            stranger: accounts[8],
        };
        let wasm = Artifacts::default()
            .wasm("caliber-nft")
            .expect("scripts/build-wasm.sh has run");
        let arguments = (actors.admin,).abi_encode_params();
        let (caliber, _) = deploy_program(&mut chain, actors.admin, &wasm, &arguments).expect("it deploys");
        assert!(chain.cache_program(caliber));
        let mut w = Self {
            alive_since: chain.timestamp(),
            chain,
            caliber,
            actors,
            pool: Address::ZERO,
            auction: Address::ZERO,
        };
        (w.pool, w.auction) = (w.fixture("Caller"), w.fixture("Caller"));
        let holders = [actors.agent, actors.appraiser, actors.insurer, actors.officer];
        for (name, account) in role_names().into_iter().zip(holders) {
            let role = role_id(name);
            w.send(actors.admin, &ICaliber::grantRoleCall { role, account }).must();
        }
        w
    }

    /// Deploys a contract of `contracts/fixtures`.
    pub(crate) fn fixture(&mut self, name: &str) -> Address {
        let code = Artifacts::default()
            .creation_code(name)
            .expect("scripts/fixtures.sh has run");
        deploy_evm(&mut self.chain, self.actors.admin, code).expect("fixtures deploy")
    }

    /// Sends a transaction to CALIBER. Contracts may be senders too.
    pub(crate) fn send<C: SolCall>(&mut self, from: Address, call: &C) -> Outcome<C> {
        self.send_to(self.caliber, from, call)
    }

    /// Sends a transaction to any contract.
    pub(crate) fn send_to<C: SolCall>(&mut self, to: Address, from: Address, call: &C) -> Outcome<C> {
        if self.chain.balance(from).is_zero() {
            self.chain.set_balance(from, U256::from(10).pow(n(18)));
        }
        self.chain.transact(from, to, call)
    }

    /// A view of CALIBER that answers.
    pub(crate) fn ask<C: SolCall>(&self, call: &C) -> C::Return {
        self.chain.view(self.caliber, call)
    }

    /// The only event of its kind.
    #[track_caller]
    pub(crate) fn event<E: SolEvent>(&self, receipt: &Receipt) -> E {
        let mut events = events_of(receipt, self.caliber);
        assert_eq!(events.len(), 1, "events {}", E::SIGNATURE);
        events.pop().expect("counted")
    }

    /// Lets the time come: a view sees it.
    pub(crate) fn at(&mut self, timestamp: u64) {
        self.next_at(timestamp);
        self.chain.mine(1);
        assert_eq!(self.now(), timestamp);
    }

    /// The next transaction's second. On the way there somebody prolongs the program's life when it must be.
    pub(crate) fn next_at(&mut self, timestamp: u64) {
        while timestamp - self.alive_since > PROLONG_AFTER {
            self.alive_since += PROLONG_AFTER;
            self.set_time(self.alive_since);
            keep_alive(&mut self.chain, self.actors.admin, self.caliber).expect("the time has come");
        }
        self.set_time(timestamp);
    }

    fn set_time(&mut self, timestamp: u64) {
        self.chain.set_next_block_timestamp(timestamp).expect("the future");
    }

    pub(crate) fn now(&self) -> u64 {
        self.chain.timestamp()
    }

    /// Mints a lot of `units` of the owner.
    pub(crate) fn tokenize(&mut self, units: Vec<B256>, seal: bool) -> U256 {
        let (agent, call) = (self.actors.agent, self.tokenization(units, seal));
        self.send(agent, &call).must()
    }

    pub(crate) fn tokenization(&self, serials: Vec<B256>, seal: bool) -> ICaliber::tokenizeCall {
        ICaliber::tokenizeCall {
            owner: self.actors.owner,
            model: "NVIDIA H200".into(),
            bailee: self.actors.bailee,
            bailmentAgreement: AGREEMENT,
            uri: "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi".into(),
            serials,
            sealLot: seal,
        }
    }

    /// A lot of two units in the hands of the bailee.
    pub(crate) fn held(&mut self) -> U256 {
        let first = self.ask(&ICaliber::totalSupplyCall {}).to::<u64>() * 2;
        let id = self.tokenize(serials(first..first + 2), true);
        let bailee = self.actors.bailee;
        self.send(bailee, &receipt(id)).must();
        id
    }

    /// As [`Self::held`], worth `dollars` that fall to a tenth in four years, appraised for a year and insured for two.
    pub(crate) fn pledgeable(&mut self, dollars_worth: u64) -> U256 {
        let id = self.held();
        let (actors, now) = (self.actors, self.now());
        let value = dollars(dollars_worth);
        self.send(actors.appraiser, &appraisal(id, value, now + YEAR)).must();
        self.send(actors.insurer, &insurance(id, value, now + 2 * YEAR)).must();
        assert!(self.is_eligible(id));
        id
    }

    pub(crate) fn is_eligible(&self, id: U256) -> bool {
        self.ask(&ICaliber::isEligibleCall { tokenId: id })
    }

    pub(crate) fn value(&self, id: U256) -> U256 {
        self.ask(&ICaliber::collateralValueCall { tokenId: id })
    }

    pub(crate) fn lot(&self, id: U256) -> ICaliber::lotReturn {
        self.ask(&ICaliber::lotCall { tokenId: id })
    }

    pub(crate) fn owner_of(&self, id: U256) -> Address {
        self.ask(&ICaliber::ownerOfCall { tokenId: id })
    }

    /// The lot that holds unit `number`.
    pub(crate) fn lot_of(&self, number: u64) -> U256 {
        self.ask(&ICaliber::lotOfCall { serial: serial(number) })
    }
}

/// Hash of the serial number of unit `number`.
pub(crate) fn serial(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

pub(crate) fn serials(numbers: std::ops::Range<u64>) -> Vec<B256> {
    numbers.map(serial).collect()
}

/// With 18 decimals.
pub(crate) fn dollars(whole: u64) -> U256 {
    U256::from(whole) * U256::from(10).pow(n(18))
}

/* calls */

pub(crate) fn units(id: U256, serials: Vec<B256>, seal: bool) -> ICaliber::addUnitsCall {
    ICaliber::addUnitsCall {
        tokenId: id,
        serials,
        sealLot: seal,
    }
}

pub(crate) fn receipt(id: U256) -> ICaliber::attestReceiptCall {
    ICaliber::attestReceiptCall {
        tokenId: id,
        document: DOCUMENT,
    }
}

pub(crate) fn loss(id: U256) -> ICaliber::attestLossCall {
    ICaliber::attestLossCall {
        tokenId: id,
        document: DOCUMENT,
    }
}

pub(crate) fn release(id: U256) -> ICaliber::releaseCall {
    ICaliber::releaseCall {
        tokenId: id,
        document: DOCUMENT,
    }
}

/// Falls to a tenth in four years.
pub(crate) fn appraisal(id: U256, value: U256, valid_until: u64) -> ICaliber::appraiseCall {
    ICaliber::appraiseCall {
        tokenId: id,
        value,
        validUntil: valid_until,
        usefulLife: 4 * YEAR,
        residualBps: 1_000,
        report: DOCUMENT,
    }
}

pub(crate) fn insurance(id: U256, coverage: U256, expiry: u64) -> ICaliber::insureCall {
    ICaliber::insureCall {
        tokenId: id,
        coverage,
        expiry,
        policy: DOCUMENT,
    }
}

pub(crate) fn request(id: U256) -> ICaliber::requestGoodsCall {
    ICaliber::requestGoodsCall { tokenId: id }
}

pub(crate) fn cancel(id: U256) -> ICaliber::cancelGoodsRequestCall {
    ICaliber::cancelGoodsRequestCall { tokenId: id }
}

pub(crate) fn delivery(id: U256) -> ICaliber::confirmDeliveryCall {
    ICaliber::confirmDeliveryCall {
        tokenId: id,
        document: DOCUMENT,
    }
}

pub(crate) fn surrender(id: U256) -> ICaliber::surrenderCall {
    ICaliber::surrenderCall { tokenId: id }
}

pub(crate) fn freeze(id: U256, is_frozen: bool) -> ICaliber::setFrozenCall {
    ICaliber::setFrozenCall {
        tokenId: id,
        isFrozen: is_frozen,
    }
}

pub(crate) fn transfer(from: Address, to: Address, id: U256) -> ICaliber::transferFromCall {
    ICaliber::transferFromCall { from, to, tokenId: id }
}

pub(crate) fn safe_transfer(from: Address, to: Address, id: U256, data: &[u8]) -> ICaliber::safeTransferFrom_1Call {
    ICaliber::safeTransferFrom_1Call {
        from,
        to,
        tokenId: id,
        data: Bytes::copy_from_slice(data),
    }
}

pub(crate) fn approve(to: Address, id: U256) -> ICaliber::approveCall {
    ICaliber::approveCall { to, tokenId: id }
}

/* errors */

pub(crate) fn absent(id: U256) -> ICaliber::ERC721NonexistentToken {
    ICaliber::ERC721NonexistentToken { tokenId: id }
}

pub(crate) fn wrong(id: U256, actual: ICaliber::Custody) -> ICaliber::WrongCustody {
    ICaliber::WrongCustody { tokenId: id, actual }
}

pub(crate) fn frozen(id: U256) -> ICaliber::TokenFrozen {
    ICaliber::TokenFrozen { tokenId: id }
}

pub(crate) fn requested(id: U256) -> ICaliber::RedemptionRequested {
    ICaliber::RedemptionRequested { tokenId: id }
}

pub(crate) fn not_requested(id: U256) -> ICaliber::NoRedemptionRequested {
    ICaliber::NoRedemptionRequested { tokenId: id }
}

pub(crate) fn unapproved(operator: Address, id: U256) -> ICaliber::ERC721InsufficientApproval {
    ICaliber::ERC721InsufficientApproval { operator, tokenId: id }
}
