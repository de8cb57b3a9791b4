//! What sUSDai, its auction and what they stand on should be, computed the slow and simple way.

pub(crate) mod auction;
pub(crate) mod pool;
pub(crate) mod queue;

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolError;
use suite::Suite;
use suite::bindings::{IERC20, IQevAuction, IStakedUSDai as V};
use suite::role_id;
use suite::staking::{DAY, vault_roles};
use suite_tests::reference::{Price, mul_div, share_of, unvested};
use suite_tests::staking::{DEAD, LOCKED_SHARES, Prices};
use suite_tests::{SCALE, n, units, usdai};

use auction::Auction;
use pool::Pool;

/// The most shares that there may ever be.
pub(crate) const MAX_SHARES: u128 = (1 << 112) - 1;
/// The most cash that may be idle.
pub(crate) const MAX_IDLE: u128 = (1 << 112) - 1;
/// The longest that a loan in default stops settling and servicing.
const LONGEST_REST: u64 = 14 * DAY;
/// The highest fee.
pub(crate) const MAX_FEE_BPS: u16 = 5_000;

/// One share, one USDai.
pub(crate) fn one() -> U256 {
    usdai(1)
}

/// All reasons for which an operation must be refused, as revert data; none if it must go through. Which of several
/// reasons comes first is the contracts' business.
#[derive(Clone, Debug, Default)]
pub(crate) struct Why(Vec<Vec<u8>>);

impl Why {
    /// Refused for this and nothing else.
    pub(crate) fn because(error: impl SolError) -> Self {
        let mut why = Self::default();
        why.add(error);
        why
    }

    #[allow(clippy::needless_pass_by_value, reason = "nobody else needs the error")]
    pub(crate) fn add(&mut self, error: impl SolError) {
        self.0.push(error.abi_encode());
    }

    pub(crate) fn when<E: SolError>(&mut self, is_so: bool, error: impl FnOnce() -> E) {
        if is_so {
            self.add(error());
        }
    }

    pub(crate) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn names(&self, data: &[u8]) -> bool {
        self.0.iter().any(|reason| reason == data)
    }

    pub(crate) fn describe(&self) -> String {
        let reasons: Vec<String> = self.0.iter().map(|data| suite::calls::describe_revert(data)).collect();
        reasons.join(" or ")
    }
}

/// Everything.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) auction: Auction,
    pub(crate) pool: Pool,
    pub(crate) vault: Address,
    roles: BTreeSet<(&'static str, Address)>,

    // USDai
    pub(crate) usdai: BTreeMap<Address, U256>,
    liabilities: U256,
    /// Wrapped M of USDai, 6 decimals.
    held: U256,
    /// What wrapped M pays USDai on the next occasion.
    pub(crate) accrued: U256,

    // the share token
    pub(crate) balances: BTreeMap<Address, U256>,
    pub(crate) allowances: BTreeMap<(Address, Address), U256>,
    pub(crate) nonces: BTreeMap<Address, U256>,
    pub(crate) operators: BTreeSet<(Address, Address)>,
    pub(crate) blacklist: BTreeSet<Address>,
    pub(crate) bridged: U256,

    // the books
    pub(crate) paused: bool,
    pub(crate) idle: U256,
    pub(crate) reserved: U256,
    pub(crate) pending: U256,
    /// The last gain with what was unvested then, and when it came.
    gain: (U256, u64),
    period: u64,
    pub(crate) fee_bps: u16,
    pub(crate) fee_recipient: Address,
}

fn of<K: Ord>(map: &BTreeMap<K, U256>, key: &K) -> U256 {
    map.get(key).copied().unwrap_or_default()
}

impl Model {
    /// As the suite was deployed.
    pub(crate) fn new(suite: &Suite, chain_id: u64, pool: Address) -> Self {
        let staking = suite.staking.expect("deployed");
        let (config, actors) = (staking.config, suite.actors);
        let deposited = usdai(config.first_deposit);
        let mut roles: BTreeSet<_> = vault_roles(&actors).into();
        roles.insert(("DEFAULT_ADMIN_ROLE", actors.admin));
        Self {
            auction: Auction::new(staking.auction, chain_id, staking.genesis, config),
            pool: Pool::new(pool),
            vault: staking.vault,
            roles,
            usdai: [(staking.vault, deposited)].into(),
            liabilities: deposited,
            held: units(config.first_deposit),
            accrued: U256::ZERO,
            balances: [(actors.admin, deposited - n(LOCKED_SHARES)), (DEAD, n(LOCKED_SHARES))].into(),
            allowances: BTreeMap::new(),
            nonces: BTreeMap::new(),
            operators: BTreeSet::new(),
            blacklist: BTreeSet::new(),
            bridged: U256::ZERO,
            paused: false,
            idle: deposited,
            reserved: U256::ZERO,
            pending: U256::ZERO,
            gain: (U256::ZERO, 0),
            period: config.epoch_length,
            fee_bps: config.fee_bps,
            fee_recipient: actors.treasury,
        }
    }

    // --------------------------------------------------------------------------------------------------------- USDai

    pub(crate) fn usdai_of(&self, account: Address) -> U256 {
        of(&self.usdai, &account)
    }

    pub(crate) fn move_usdai(&mut self, from: Address, to: Address, amount: U256) {
        *self.usdai.entry(from).or_default() -= amount;
        *self.usdai.entry(to).or_default() += amount;
    }

    /// Wrapped M is moved from or to USDai, or claimed for it.
    pub(crate) fn touch_wrapped_m(&mut self) {
        self.held += std::mem::take(&mut self.accrued);
    }

    pub(crate) fn mint_usdai(&mut self, to: Address, wrapped: U256) {
        self.touch_wrapped_m();
        self.held += wrapped;
        self.liabilities += wrapped * n(SCALE);
        *self.usdai.entry(to).or_default() += wrapped * n(SCALE);
    }

    pub(crate) fn burn_usdai(&mut self, from: Address, amount: U256) {
        self.touch_wrapped_m();
        self.held -= amount / n(SCALE);
        self.liabilities -= amount;
        *self.usdai.entry(from).or_default() -= amount;
    }

    /// Somebody gives wrapped M to USDai.
    pub(crate) fn give_wrapped_m(&mut self, amount: U256) {
        self.touch_wrapped_m();
        self.held += amount;
    }

    /// What a harvest would bring, before the fee.
    pub(crate) fn base_yield(&self) -> U256 {
        let backing = self.liabilities.div_ceil(n(SCALE));
        (self.held + self.accrued).saturating_sub(backing) * n(SCALE)
    }

    /// Harvests: (deposited, fee).
    pub(crate) fn harvest(&mut self) -> (U256, U256) {
        let harvested = self.base_yield();
        self.touch_wrapped_m();
        let fee = share_of(harvested, self.fee_bps.into());
        self.liabilities += harvested;
        *self.usdai.entry(self.vault).or_default() += harvested - fee;
        *self.usdai.entry(self.fee_recipient).or_default() += fee;
        self.idle += harvested - fee;
        (harvested - fee, fee)
    }

    // ----------------------------------------------------------------------------------------------- the share token

    pub(crate) fn balance(&self, account: Address) -> U256 {
        of(&self.balances, &account)
    }

    pub(crate) fn allowance(&self, owner: Address, spender: Address) -> U256 {
        of(&self.allowances, &(owner, spender))
    }

    pub(crate) fn nonce(&self, owner: Address) -> U256 {
        of(&self.nonces, &owner)
    }

    pub(crate) fn supply(&self) -> U256 {
        self.balances.values().copied().sum()
    }

    /// Held, bridged out, and waiting.
    pub(crate) fn total_shares(&self) -> U256 {
        self.supply() + self.bridged + self.pending
    }

    pub(crate) fn add_shares(&mut self, to: Address, amount: U256) {
        *self.balances.entry(to).or_default() += amount;
    }

    pub(crate) fn take_shares(&mut self, from: Address, amount: U256) {
        *self.balances.entry(from).or_default() -= amount;
    }

    pub(crate) fn spend(&mut self, owner: Address, spender: Address, amount: U256) {
        let allowance = self.allowances.entry((owner, spender)).or_default();
        if *allowance != U256::MAX {
            *allowance -= amount;
        }
    }

    /// Whether `caller` is `account` or its operator.
    pub(crate) fn acts_for(&self, caller: Address, account: Address) -> bool {
        caller == account || self.operators.contains(&(account, caller))
    }

    // -------------------------------------------------------------------------------------------------------- reasons

    pub(crate) fn lacks_role(&self, role: &'static str, account: Address) -> Why {
        let mut why = Why::default();
        why.when(!self.roles.contains(&(role, account)), || {
            V::AccessControlUnauthorizedAccount {
                account,
                neededRole: role_id(role),
            }
        });
        why
    }

    pub(crate) fn has_role(&self, role: &'static str, account: Address) -> bool {
        self.roles.contains(&(role, account))
    }

    pub(crate) fn is_paused(&self) -> Why {
        let mut why = Why::default();
        why.when(self.paused, || V::EnforcedPause {});
        why
    }

    pub(crate) fn are_blacklisted(&self, accounts: &[Address]) -> Why {
        let mut why = Why::default();
        for &account in accounts {
            why.when(self.blacklist.contains(&account), || V::BlacklistedAddress { account });
        }
        why
    }

    pub(crate) fn is_no_receiver(&self, receiver: Address) -> Why {
        let mut why = Why::default();
        why.when(receiver.is_zero() || receiver == self.vault, || V::InvalidAddress {});
        why
    }

    pub(crate) fn lacks_shares(&self, sender: Address, needed: U256) -> Why {
        let balance = self.balance(sender);
        let mut why = Why::default();
        why.when(balance < needed, || V::ERC20InsufficientBalance {
            sender,
            balance,
            needed,
        });
        why
    }

    pub(crate) fn lacks_allowance(&self, owner: Address, spender: Address, needed: U256) -> Why {
        let allowance = self.allowance(owner, spender);
        let mut why = Why::default();
        why.when(allowance < needed, || V::ERC20InsufficientAllowance {
            spender,
            allowance,
            needed,
        });
        why
    }

    /// Why `caller` may not act on the requests of `controller`.
    pub(crate) fn may_not_act(&self, caller: Address, controller: Address) -> Why {
        let mut why = self.are_blacklisted(&[caller, controller]);
        why.when(!self.acts_for(caller, controller), || V::InvalidCaller {});
        why
    }

    pub(crate) fn is_in_default(&self) -> Why {
        let (end, now) = (self.pool.cure_end, self.auction.now);
        let mut why = Why::default();
        why.when(now < end && end - now <= LONGEST_REST, || V::LoanInDefault {
            cureEnd: n(end),
        });
        why
    }

    // ------------------------------------------------------------------------------------------------------- the books

    pub(crate) fn unvested(&self) -> U256 {
        let (amount, since) = self.gain;
        unvested(amount, self.auction.now - since, self.period)
    }

    fn price(&self, loans: U256) -> Price {
        let base_yield = self.base_yield();
        let net = base_yield - share_of(base_yield, self.fee_bps.into());
        Price {
            nav: (self.idle + net + loans).saturating_sub(self.unvested()),
            shares: self.total_shares(),
        }
    }

    pub(crate) fn prices(&self) -> Prices {
        let (optimistic, conservative) = self.pool.position();
        Prices {
            optimistic: self.price(optimistic),
            conservative: self.price(conservative),
        }
    }

    /// An auction was settled.
    pub(crate) fn close_auction(&mut self, settled: &auction::Settled) {
        self.reserve(settled.assets, settled.filled + settled.forfeited);
        if !settled.gain.is_zero() {
            self.gain = (self.unvested() + settled.gain, self.auction.now);
        }
    }

    /// Shares wait no longer, assets are set aside for them.
    pub(crate) fn reserve(&mut self, assets: U256, shares: U256) {
        self.idle -= assets;
        self.reserved += assets;
        self.pending -= shares;
    }

    pub(crate) fn means(&self, caller: Address) -> auction::Means {
        auction::Means {
            price: self.prices().conservative,
            idle: self.idle,
            manager: self.has_role("STRATEGY_ADMIN_ROLE", caller),
        }
    }
}

/// ⌊a · b / c⌋ if it fits, and one more where that is not exact and `up`.
pub(crate) fn convert(a: U256, b: U256, c: U256, up: bool) -> Option<U256> {
    // Exact but for a unit below 2^256, where nobody comes: amounts are either sensible or as large as can be.
    let fits = b <= c || a <= mul_div(U256::MAX, c, b);
    fits.then(|| {
        if up {
            suite_tests::reference::mul_div_up(a, b, c)
        } else {
            mul_div(a, b, c)
        }
    })
}

/// Errors that are the same in several interfaces are the same bytes.
#[test]
fn the_interfaces_agree_on_errors() {
    let id = n(7);
    assert_eq!(
        IQevAuction::UnknownRequest { requestId: id }.abi_encode(),
        V::UnknownRequest { requestId: id }.abi_encode()
    );
    let (sender, balance, needed) = (DEAD, n(1), n(2));
    let of_token = IERC20::ERC20InsufficientBalance {
        sender,
        balance,
        needed,
    };
    let of_vault = V::ERC20InsufficientBalance {
        sender,
        balance,
        needed,
    };
    assert_eq!(of_token.abi_encode(), of_vault.abi_encode());
}
