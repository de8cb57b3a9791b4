//! The vault's rules against doubles of the contracts that it calls, one test a rule and one a refusal.
//!
//! What the doubles' virtual machine does not have (routing, delegation, re-entry, time, gas) is tested end to end on
//! the deployed programs.

use std::vec;

use alloy_primitives::{Address, B256, U256};
use contract_kit::{
    access::AccessControlUnauthorizedAccount,
    erc20::{BlacklistedAddress, ERC20InsufficientAllowance, ERC20InsufficientBalance, ERC20InvalidReceiver, Transfer},
    host,
    revert::{ExternalCallFailed, SafeERC20FailedOperation, ValueTooLarge},
    roles::{self, Role},
    Revert,
};
use motsu::prelude::*;
use qev_core::{vesting::Vesting, MAX_SHARES};

use crate::{
    abi::IStakedUSDai::{
        AdminFeeTransferred, Allocated, AuctionServiced, BaseYieldDeposited, BaseYieldFeeSet, Blacklisted,
        BridgeBurned, BridgeMinted, ControllerConsentMissing, Deallocated, Deposit, DisabledImplementation,
        EnforcedPause, ExpectedPause, ExtensionMismatch, FeeRecipientSet, FirstDepositTooSmall, InsufficientBalance,
        InsufficientBaseYield, InsufficientBridgedSupply, InsufficientTrancheShares, InvalidAddress, InvalidAmount,
        InvalidBasisPoints, InvalidCaller, InvalidTranche, LinkMismatch, LoanInDefault, LoanPoolAlreadySet,
        LoanPoolNotSet, LoanPoolSet, NoticeCancelled, NoticeGiven, OperatorSet, Paused, RedeemRequest,
        RedemptionsServiced, RequestTooSmall, SettlementPending, SlippageExceeded, Unpaused, Withdraw, ZeroNav,
    },
    deposits::DEAD,
    doubles::{number, AuctionDouble, DollarDouble, OtherVaultDouble, PoolDouble, Refused},
    preview_redemption,
    pricing::{LOCKED_SHARES, ONE},
    words::{Cash, Escrow, MAX_IDLE, MAX_RESERVED},
    Construction, Vault,
};

const DAY: u64 = 24 * 3600;
const EPOCH: u64 = 30 * DAY;
const ZERO: U256 = U256::ZERO;

fn dollars(units: u64) -> U256 {
    U256::from(units) * ONE
}

fn fraction(numerator: u64, denominator: u64) -> U256 {
    U256::from(numerator) * ONE / U256::from(denominator)
}

fn refused<T: core::fmt::Debug>(outcome: Result<T, Revert>, error: impl Into<Revert>) {
    assert_eq!(outcome.motsu_unwrap_err(), error.into());
}

fn unauthorized(account: Address, role: Role) -> AccessControlUnauthorizedAccount {
    AccessControlUnauthorizedAccount {
        account,
        neededRole: role.id(),
    }
}

/// The vault and what it calls.
struct Suite<'a> {
    vault: &'a Contract<Vault>,
    dollar: &'a Contract<DollarDouble>,
    auction: &'a Contract<AuctionDouble>,
    /// Has every role.
    admin: Address,
}

impl<'a> Suite<'a> {
    /// Constructed, with a fee of 10 %, without shares.
    fn new(
        vault: &'a Contract<Vault>,
        dollar: &'a Contract<DollarDouble>,
        auction: &'a Contract<AuctionDouble>,
        admin: Address,
    ) -> Self {
        let suite = Self {
            vault,
            dollar,
            auction,
            admin,
        };
        dollar.sender(admin).set_decimals(18);
        auction.sender(admin).set_epoch_length(U256::from(EPOCH));
        vault.sender(admin).initialize(&suite.construction()).motsu_unwrap();
        for role in [
            roles::STRATEGY_ADMIN,
            roles::PAUSE_ADMIN,
            roles::BLACKLIST_ADMIN,
            roles::BRIDGE_ADMIN,
        ] {
            vault.sender(admin).access.give(role.id(), admin);
        }
        suite
    }

    /// As [`Self::new`], with 100 shares of the admin beside the locked ones, each worth one USDai.
    fn open(
        vault: &'a Contract<Vault>,
        dollar: &'a Contract<DollarDouble>,
        auction: &'a Contract<AuctionDouble>,
        admin: Address,
    ) -> Self {
        let suite = Self::new(vault, dollar, auction, admin);
        suite.deposit(admin, dollars(100) + LOCKED_SHARES);
        suite
    }

    /// The extension may be any contract here: nothing is delegated.
    fn construction(&self) -> Construction {
        let extension = self.dollar.address();
        Construction {
            admin: self.admin,
            usdai: self.dollar.address(),
            auction: self.auction.address(),
            extension,
            extension_code_hash: host::code_hash(extension),
            fee_recipient: Address::repeat_byte(0xfe),
            fee_bps: 1_000,
        }
    }

    fn by(&self, account: Address) -> ContractCall<'a, Vault> {
        self.vault.sender(account)
    }

    /// Gives USDai and lets the vault take it.
    fn fund(&self, account: Address, assets: U256) {
        self.dollar.sender(account).give(account, assets);
        self.dollar.sender(account).approve(self.vault.address(), assets);
    }

    fn deposit(&self, account: Address, assets: U256) -> U256 {
        self.fund(account, assets);
        self.by(account).deposit(assets, account, ZERO).motsu_unwrap()
    }

    fn blacklist(&self, account: Address) {
        self.by(self.admin).change_blacklist(account, true).motsu_unwrap();
    }

    fn free(&self, account: Address) {
        self.by(self.admin).change_blacklist(account, false).motsu_unwrap();
    }

    fn pause(&self) {
        self.by(self.admin).change_paused(true).motsu_unwrap();
    }

    /// Idle, reserved, unvested and pending.
    fn books(&self) -> [U256; 4] {
        let (idle, reserved, unvested, pending) = self.by(self.admin).books();
        [idle, reserved, unvested, pending]
    }

    /// V1.
    fn assert_covered(&self) {
        let [idle, reserved, ..] = self.books();
        let held = self.dollar.sender(self.admin).balance_of(self.vault.address());
        assert!(held >= idle + reserved, "V1: {held} < {idle} + {reserved}");
    }

    /// A request of the admin for `shares`.
    fn request(&self, shares: U256) {
        self.by(self.admin)
            .request_redeem(shares, self.admin, self.admin)
            .motsu_unwrap();
    }

    /// Links a pool.
    fn link(&self, pool: &Contract<PoolDouble>) {
        pool.sender(self.admin).set_asset(self.dollar.address());
        self.by(self.admin).link_loan_pool(pool.address()).motsu_unwrap();
    }

    /// Lends 40 to tranche 2 for 30 shares.
    fn lend(&self, pool: &Contract<PoolDouble>) {
        self.link(pool);
        pool.sender(self.admin).set_outcome(U256::from(30), dollars(40));
        self.by(self.admin).allocate(U256::from(2), dollars(40)).motsu_unwrap();
        pool.sender(self.admin).expect_counts([0, 0, 30, 0]);
        pool.sender(self.admin).set_values(dollars(40), dollars(40));
    }
}

/* ---------------------------------------------------------------------------------------------- construction */

#[motsu::test]
fn construction_sets_links_admin_and_fee(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::new(&vault, &dollar, &auction, admin);
    let recipient = Address::repeat_byte(0xfe);
    assert_eq!(suite.by(admin).asset(), dollar.address());
    assert_eq!(suite.by(admin).auction(), auction.address());
    assert_eq!(suite.by(admin).extension(), dollar.address());
    assert_eq!(suite.by(admin).loan_pool(), Address::ZERO);
    assert_eq!(suite.by(admin).base_yield_fee(), (U256::from(1_000), recipient));
    assert_eq!(suite.by(admin).settings().vesting_period, EPOCH);
    assert!(!suite.by(admin).paused());
    assert!(suite.by(admin).access.has_role(roles::DEFAULT_ADMIN.id(), admin));
    assert_eq!(suite.by(admin).bridged_supply(), ZERO);
    assert_eq!(suite.by(admin).total_shares(), ZERO);
    assert_eq!(suite.by(admin).deposit_share_price().motsu_unwrap(), ONE);
    assert_eq!(suite.by(admin).redemption_share_price().motsu_unwrap(), ONE);
    vault.assert_emitted(&FeeRecipientSet {
        feeRecipient: recipient,
    });
    vault.assert_emitted(&BaseYieldFeeSet {
        feeBps: U256::from(1_000),
    });
}

#[motsu::test]
fn construction_refuses_what_cannot_work(
    vault: Contract<Vault>,
    other: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    stranger: Address,
) {
    let good = Suite::new(&vault, &dollar, &auction, admin).construction();
    let attempt = |construction: Construction| other.sender(admin).initialize(&construction);
    let zero = Address::ZERO;
    for bad in [
        Construction { admin: zero, ..good },
        Construction { usdai: zero, ..good },
        Construction {
            usdai: stranger,
            ..good
        },
        Construction {
            auction: stranger,
            ..good
        },
        Construction {
            fee_recipient: zero,
            ..good
        },
        Construction {
            fee_recipient: other.address(),
            ..good
        },
    ] {
        refused(attempt(bad), InvalidAddress {});
    }
    // Other code, none, and the vault itself.
    for (extension, expected) in [
        (good.extension, B256::repeat_byte(7)),
        (stranger, host::code_hash(stranger)),
        (other.address(), host::code_hash(other.address())),
    ] {
        refused(
            attempt(Construction {
                extension,
                extension_code_hash: expected,
                ..good
            }),
            ExtensionMismatch {
                extension,
                expected,
                actual: host::code_hash(extension),
            },
        );
    }
    refused(
        attempt(Construction { fee_bps: 5_001, ..good }),
        InvalidBasisPoints {
            basisPoints: U256::from(5_001),
            maximum: U256::from(5_000),
        },
    );
    dollar.sender(admin).set_decimals(6);
    refused(attempt(good), InvalidAddress {});
    dollar.sender(admin).set_decimals(18);
    for length in [ZERO, U256::from(1_u64 << 40), U256::MAX] {
        auction.sender(admin).set_epoch_length(length);
        refused(
            attempt(good),
            ExternalCallFailed {
                target: auction.address(),
            },
        );
    }
    auction.sender(admin).set_epoch_length(U256::from(1));
    auction.sender(admin).set_vault(vault.address());
    refused(
        attempt(good),
        LinkMismatch {
            expected: other.address(),
            actual: vault.address(),
        },
    );
    auction.sender(admin).set_vault(other.address());
    attempt(Construction { fee_bps: 5_000, ..good }).motsu_unwrap();
}

#[motsu::test]
fn nothing_is_delegated_before_the_construction(vault: Contract<Vault>, stranger: Address) {
    assert_eq!(vault.sender(stranger).extend(&[1, 2, 3, 4]), Err(vec![]));
}

/* -------------------------------------------------------------------------------------------------- deposits */

#[motsu::test]
fn the_first_deposit_locks_shares(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::new(&vault, &dollar, &auction, admin);
    // Yield that is there already goes to whoever is first, and to the locked shares.
    dollar.sender(admin).accrue(dollars(10));
    let assets = ONE + LOCKED_SHARES;
    assert_eq!(suite.by(alice).preview_deposit(assets).motsu_unwrap(), ONE);
    assert_eq!(suite.by(alice).preview_mint(ONE).motsu_unwrap(), assets);
    assert_eq!(suite.deposit(alice, assets), ONE);
    assert_eq!(suite.by(alice).erc20.balance_of(alice), ONE);
    assert_eq!(suite.by(alice).erc20.balance_of(DEAD), LOCKED_SHARES);
    assert_eq!(suite.by(alice).total_shares(), assets);
    assert_eq!(suite.books(), [assets, ZERO, ZERO, ZERO]);
    assert_eq!(suite.by(alice).nav().motsu_unwrap(), assets + dollars(9));
    vault.assert_emitted(&Deposit {
        sender: alice,
        owner: alice,
        assets,
        shares: ONE,
    });
    vault.assert_emitted(&Transfer {
        from: Address::ZERO,
        to: DEAD,
        value: LOCKED_SHARES,
    });
    suite.assert_covered();
}

#[motsu::test]
fn the_first_deposit_has_a_minimum(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::new(&vault, &dollar, &auction, admin);
    let one = U256::from(1);
    let assets = ONE + LOCKED_SHARES - one;
    suite.fund(alice, dollars(10));
    let too_small = |shares| FirstDepositTooSmall { shares, minimum: ONE };
    refused(suite.by(alice).deposit(assets, alice, ZERO), too_small(ONE - one));
    refused(suite.by(alice).deposit(one, alice, ZERO), too_small(ZERO));
    refused(suite.by(alice).mint(ONE - one, alice, U256::MAX), too_small(ONE - one));
    refused(suite.by(alice).mint(ZERO, alice, U256::MAX), too_small(ZERO));
    assert_eq!(suite.by(alice).mint(ONE, alice, U256::MAX).motsu_unwrap(), assets + one);
}

#[motsu::test]
fn shares_are_rounded_down_and_their_cost_up(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    // The yield raises the price: 100 shares and the locked ones for 100 + 9 and a bit, net of the fee of 10 %.
    dollar.sender(admin).accrue(dollars(10) + U256::from(5));
    let (nav, shares) = (
        dollars(109) + LOCKED_SHARES + U256::from(5),
        dollars(100) + LOCKED_SHARES,
    );
    assert_eq!(suite.by(alice).nav().motsu_unwrap(), nav);
    assert_eq!(suite.by(alice).total_shares(), shares);

    let assets = dollars(7);
    let expected = assets * shares / nav;
    assert_eq!(suite.by(alice).preview_deposit(assets).motsu_unwrap(), expected);
    assert_eq!(suite.by(alice).convert_to_shares(assets).motsu_unwrap(), expected);
    suite.fund(alice, assets);
    assert_eq!(suite.by(alice).deposit(assets, bob, expected).motsu_unwrap(), expected);
    assert_eq!(suite.by(alice).erc20.balance_of(bob), expected);

    let (nav, shares) = (nav + assets, shares + expected);
    let cost = (dollars(3) * nav).div_ceil(shares);
    assert_eq!(suite.by(alice).preview_mint(dollars(3)).motsu_unwrap(), cost);
    suite.fund(bob, cost);
    assert_eq!(suite.by(bob).mint(dollars(3), alice, cost).motsu_unwrap(), cost);
    assert_eq!(suite.by(alice).erc20.balance_of(alice), dollars(3));
    assert_eq!(
        suite.by(alice).convert_to_assets(ONE).motsu_unwrap(),
        (nav + cost) * ONE / (shares + dollars(3))
    );
    suite.assert_covered();
}

#[motsu::test]
fn a_deposit_holds_the_callers_bound(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.fund(alice, dollars(1));
    let one = U256::from(1);
    let short = SlippageExceeded {
        limit: ONE + one,
        actual: ONE,
    };
    refused(suite.by(alice).deposit(ONE, alice, ONE + one), short);
    let dear = SlippageExceeded {
        limit: ONE - one,
        actual: ONE,
    };
    refused(suite.by(alice).mint(ONE, alice, ONE - one), dear);
    assert_eq!(suite.by(alice).deposit(ONE, alice, ONE).motsu_unwrap(), ONE);
}

#[motsu::test]
fn nothing_is_sold_for_nothing(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.fund(alice, ONE);
    refused(suite.by(alice).deposit(ZERO, alice, ZERO), InvalidAmount {});
    refused(suite.by(alice).mint(ZERO, alice, ZERO), InvalidAmount {});
    // A share costs two units: one unit buys none.
    dollar.sender(admin).accrue(dollars(300));
    refused(suite.by(alice).deposit(U256::from(1), alice, ZERO), InvalidAmount {});
    // Nobody has approved anything.
    let failed = SafeERC20FailedOperation {
        token: dollar.address(),
    };
    refused(suite.by(alice).deposit(dollars(2), alice, ZERO), failed);
}

#[motsu::test]
fn worthless_shares_are_not_sold(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let gains = Vesting::default()
        .with_gain(u128::MAX >> 30, host::timestamp(), EPOCH)
        .unwrap();
    let cash = suite.by(admin).cash();
    suite.by(admin).set_cash(Cash { gains, ..cash });
    suite.fund(alice, dollars(1));
    refused(suite.by(alice).deposit(ONE, alice, ZERO), ZeroNav {});
    refused(suite.by(alice).mint(ONE, alice, U256::MAX), ZeroNav {});
    refused(suite.by(alice).preview_deposit(ONE), ZeroNav {});
    refused(suite.by(alice).preview_mint(ONE), ZeroNav {});
    assert_eq!(suite.by(alice).max_deposit(alice).motsu_unwrap(), ZERO);
    assert_eq!(suite.by(alice).max_mint(alice).motsu_unwrap(), ZERO);
    assert_eq!(suite.by(alice).convert_to_shares(ONE).motsu_unwrap(), ZERO);
    assert_eq!(suite.by(alice).convert_to_assets(ONE).motsu_unwrap(), ZERO);
}

#[motsu::test]
fn deposits_need_a_receiver_who_can_use_the_shares(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.fund(alice, dollars(5));
    for receiver in [Address::ZERO, vault.address()] {
        refused(suite.by(alice).deposit(ONE, receiver, ZERO), InvalidAddress {});
        refused(suite.by(alice).mint(ONE, receiver, U256::MAX), InvalidAddress {});
        assert_eq!(suite.by(alice).max_deposit(receiver).motsu_unwrap(), ZERO);
    }
    suite.blacklist(bob);
    refused(
        suite.by(alice).deposit(ONE, bob, ZERO),
        BlacklistedAddress { account: bob },
    );
    assert_eq!(suite.by(alice).max_mint(bob).motsu_unwrap(), ZERO);
    suite.free(bob);
    suite.blacklist(alice);
    refused(
        suite.by(alice).deposit(ONE, bob, ZERO),
        BlacklistedAddress { account: alice },
    );
    refused(
        suite.by(alice).mint(ONE, alice, U256::MAX),
        BlacklistedAddress { account: alice },
    );
}

#[motsu::test]
fn amounts_beyond_the_books_are_refused(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let maximum = U256::from(MAX_SHARES) - suite.by(alice).total_shares();
    for value in [maximum + U256::from(1), U256::MAX] {
        let too_large = ValueTooLarge { value, maximum };
        refused(suite.by(alice).deposit(value, alice, ZERO), too_large.clone());
        refused(suite.by(alice).mint(value, alice, U256::MAX), too_large);
    }
    assert_eq!(suite.by(alice).max_deposit(alice).motsu_unwrap(), maximum);
    assert_eq!(suite.by(alice).max_mint(alice).motsu_unwrap(), maximum);
    suite.deposit(alice, maximum);
    assert_eq!(suite.by(alice).total_shares(), U256::from(MAX_SHARES));
    assert_eq!(suite.by(alice).max_deposit(alice).motsu_unwrap(), ZERO);

    // The idle assets are full.
    let cash = suite.by(admin).cash();
    suite.by(admin).set_cash(Cash { idle: MAX_IDLE, ..cash });
    dollar.sender(admin).accrue(dollars(10));
    let full = ValueTooLarge {
        value: dollars(9),
        maximum: ZERO,
    };
    refused(suite.by(admin).harvest_base_yield(ZERO), full);
}

#[motsu::test]
fn a_price_beyond_all_words_is_refused(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    // A share is worth two units, so that the cost of all shares there could be has no word.
    dollar.sender(admin).accrue(dollars(200));
    let room = U256::from(MAX_SHARES) - suite.by(alice).total_shares();
    let too_large = ValueTooLarge {
        value: U256::MAX,
        maximum: room,
    };
    refused(suite.by(alice).mint(U256::MAX, alice, U256::MAX), too_large);
    let too_large = ValueTooLarge {
        value: U256::MAX,
        maximum: U256::from(MAX_SHARES),
    };
    refused(suite.by(alice).convert_to_assets(U256::MAX), too_large);
}

/* ----------------------------------------------------------------------------------------- transfers, operators */

#[motsu::test]
fn shares_move_but_not_into_the_vault(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    assert!(suite.by(admin).transfer(alice, dollars(3)).motsu_unwrap());
    suite.by(alice).erc20.approve(alice, bob, dollars(2)).motsu_unwrap();
    assert!(suite.by(bob).transfer_from(alice, bob, dollars(1)).motsu_unwrap());
    assert_eq!(suite.by(admin).erc20.balance_of(alice), dollars(2));
    refused(suite.by(admin).transfer(vault.address(), ONE), InvalidAddress {});
    refused(
        suite.by(bob).transfer_from(alice, vault.address(), ONE),
        InvalidAddress {},
    );
    refused(
        suite.by(admin).transfer(Address::ZERO, ONE),
        ERC20InvalidReceiver {
            receiver: Address::ZERO,
        },
    );
}

#[motsu::test]
fn blacklisted_accounts_neither_send_receive_nor_spend(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.by(admin).transfer(alice, ONE).motsu_unwrap();
    suite.by(alice).erc20.approve(alice, bob, ONE).motsu_unwrap();
    suite.blacklist(alice);
    vault.assert_emitted(&Blacklisted {
        value: alice,
        isBlacklisted: true,
    });
    assert!(suite.by(bob).is_blacklisted(alice));
    let refusal = BlacklistedAddress { account: alice };
    refused(suite.by(alice).transfer(bob, ONE), refusal.clone());
    refused(suite.by(admin).transfer(alice, ONE), refusal.clone());
    refused(suite.by(bob).transfer_from(alice, bob, ONE), refusal);
    suite.free(alice);
    suite.blacklist(bob);
    refused(
        suite.by(bob).transfer_from(alice, admin, ONE),
        BlacklistedAddress { account: bob },
    );
    suite.free(bob);
    suite.by(bob).transfer_from(alice, admin, ONE).motsu_unwrap();
}

#[motsu::test]
fn the_blacklist_has_its_keeper_and_its_limits(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    for account in [Address::ZERO, vault.address(), DEAD] {
        refused(suite.by(admin).change_blacklist(account, true), InvalidAddress {});
    }
    refused(
        suite.by(alice).change_blacklist(admin, true),
        unauthorized(alice, roles::BLACKLIST_ADMIN),
    );
}

#[motsu::test]
fn operators_are_named_and_dismissed(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    assert!(suite.by(alice).set_operator(bob, true).motsu_unwrap());
    assert!(suite.by(admin).is_operator(alice, bob) && !suite.by(admin).is_operator(bob, alice));
    vault.assert_emitted(&OperatorSet {
        controller: alice,
        operator: bob,
        approved: true,
    });
    suite.by(alice).set_operator(bob, false).motsu_unwrap();
    assert!(!suite.by(admin).is_operator(alice, bob));
    refused(suite.by(alice).set_operator(alice, true), InvalidAddress {});
    refused(suite.by(alice).set_operator(Address::ZERO, true), InvalidAddress {});
}

/* -------------------------------------------------------------------------------------------------- requests */

#[motsu::test]
fn a_request_burns_shares_that_still_count(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    auction.sender(admin).set_script([U256::from(41)]);
    let shares = dollars(30);
    let total = suite.by(admin).total_shares();
    let id = suite.by(admin).request_redeem(shares, admin, admin).motsu_unwrap();
    assert_eq!(id, U256::from(41));
    assert_eq!(auction.sender(admin).asked(), [number(admin), shares]);
    assert_eq!(suite.by(admin).erc20.balance_of(admin), dollars(70));
    assert_eq!(suite.books()[3], shares);
    assert_eq!(suite.by(admin).total_shares(), total);
    vault.assert_emitted(&RedeemRequest {
        controller: admin,
        owner: admin,
        requestId: id,
        sender: admin,
        shares,
    });
    refused(
        suite.by(admin).request_redeem(dollars(71), admin, admin),
        ERC20InsufficientBalance {
            sender: admin,
            balance: dollars(70),
            needed: dollars(71),
        },
    );
    refused(suite.by(admin).request_redeem(ZERO, admin, admin), InvalidAmount {});
}

#[motsu::test]
fn a_request_is_the_owners_an_operators_or_paid_with_an_allowance(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let request = |shares| suite.by(alice).request_redeem(shares, admin, admin);
    refused(request(ONE), InvalidCaller {});
    suite.by(admin).erc20.approve(admin, alice, dollars(2)).motsu_unwrap();
    refused(
        request(dollars(3)),
        ERC20InsufficientAllowance {
            spender: alice,
            allowance: dollars(2),
            needed: dollars(3),
        },
    );
    request(dollars(2)).motsu_unwrap();
    assert_eq!(suite.by(admin).erc20.allowance(admin, alice), ZERO);
    refused(request(ONE), InvalidCaller {});
    suite.by(admin).set_operator(alice, true).motsu_unwrap();
    request(dollars(3)).motsu_unwrap();
    assert_eq!(suite.books()[3], dollars(5));
}

#[motsu::test]
fn nobody_is_given_a_request_without_consent(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let missing = |owner| ControllerConsentMissing { controller: bob, owner };
    refused(suite.by(admin).request_redeem(ONE, bob, admin), missing(admin));
    // The owner's consent to a caller is not the controller's.
    suite.by(admin).set_operator(alice, true).motsu_unwrap();
    refused(suite.by(alice).request_redeem(ONE, bob, admin), missing(admin));
    // The controller takes the owner, or the caller, as its operator, or calls itself.
    suite.by(bob).set_operator(admin, true).motsu_unwrap();
    suite.by(admin).request_redeem(ONE, bob, admin).motsu_unwrap();
    suite.by(bob).set_operator(admin, false).motsu_unwrap();
    suite.by(bob).set_operator(alice, true).motsu_unwrap();
    suite.by(alice).request_redeem(ONE, bob, admin).motsu_unwrap();
    suite.by(bob).set_operator(alice, false).motsu_unwrap();
    suite.by(admin).erc20.approve(admin, bob, ONE).motsu_unwrap();
    suite.by(bob).request_redeem(ONE, bob, admin).motsu_unwrap();
    for controller in [Address::ZERO, vault.address()] {
        refused(
            suite.by(admin).request_redeem(ONE, controller, admin),
            InvalidAddress {},
        );
    }
}

#[motsu::test]
fn a_request_is_for_a_share_or_worth_a_dollar(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let one = U256::from(1);
    let too_small = |shares, assets| RequestTooSmall { shares, assets };
    refused(
        suite.by(admin).request_redeem(ONE - one, admin, admin),
        too_small(ONE - one, ONE - one),
    );
    // The price of a whole share is not asked for: it is enough whatever it is worth.
    dollar.sender(admin).set_yield_fails(true);
    suite.request(ONE);
    refused(suite.by(admin).request_redeem(ONE - one, admin, admin), Refused {});
    dollar.sender(admin).set_yield_fails(false);
    // A share is worth two dollars to depositors, and one and a half to those who leave.
    suite.lend(&pool);
    let locked = LOCKED_SHARES;
    pool.sender(admin)
        .set_values(dollars(140) + locked, dollars(90) + locked / U256::from(2));
    let half = fraction(1, 2);
    let three_quarters = half * U256::from(3) / U256::from(2);
    refused(
        suite.by(admin).request_redeem(half, admin, admin),
        too_small(half, three_quarters),
    );
    suite.request(fraction(2, 3) + one);
}

#[motsu::test]
fn blacklisted_accounts_do_not_request(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.by(admin).transfer(alice, dollars(5)).motsu_unwrap();
    suite.by(alice).set_operator(bob, true).motsu_unwrap();
    suite.by(bob).set_operator(alice, true).motsu_unwrap();
    suite.blacklist(bob);
    let refusal = BlacklistedAddress { account: bob };
    // As the caller, as the controller, as the owner.
    refused(suite.by(bob).request_redeem(ONE, alice, alice), refusal.clone());
    refused(suite.by(alice).request_redeem(ONE, bob, alice), refusal.clone());
    refused(suite.by(alice).request_redeem(ONE, alice, bob), refusal);
}

/* ---------------------------------------------------------------------------------------------------- claims */

/// 50 USDai reserved for serviced requests.
fn reserve(suite: &Suite<'_>) {
    suite.request(dollars(50));
    suite
        .auction
        .sender(suite.admin)
        .set_script([dollars(50), dollars(50), ZERO]);
    suite.by(suite.admin).service_redemptions(dollars(50)).motsu_unwrap();
    assert_eq!(suite.books(), [dollars(50) + LOCKED_SHARES, dollars(50), ZERO, ZERO]);
}

#[motsu::test]
fn claims_pay_what_was_reserved(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    reserve(&suite);
    let answer = |word| auction.sender(admin).set_script([word]);
    suite.by(alice).set_operator(bob, true).motsu_unwrap();

    answer(dollars(9));
    assert_eq!(
        suite.by(alice).redeem(dollars(10), bob, alice).motsu_unwrap(),
        dollars(9)
    );
    assert_eq!(auction.sender(admin).asked(), [number(alice), dollars(10)]);
    vault.assert_emitted(&Withdraw {
        sender: alice,
        receiver: bob,
        owner: alice,
        assets: dollars(9),
        shares: dollars(10),
    });
    answer(dollars(12));
    assert_eq!(
        suite.by(bob).withdraw(dollars(11), alice, alice).motsu_unwrap(),
        dollars(12)
    );
    assert_eq!(auction.sender(admin).asked(), [number(alice), dollars(11)]);
    vault.assert_emitted(&Withdraw {
        sender: bob,
        receiver: alice,
        owner: alice,
        assets: dollars(11),
        shares: dollars(12),
    });
    auction.sender(admin).set_controller(alice);
    answer(dollars(13));
    let id = U256::from(5);
    assert_eq!(
        suite.by(bob).redeem_request(id, dollars(14), bob).motsu_unwrap(),
        dollars(13)
    );
    assert_eq!(auction.sender(admin).asked(), [id, dollars(14)]);
    vault.assert_emitted(&Withdraw {
        sender: bob,
        receiver: bob,
        owner: alice,
        assets: dollars(13),
        shares: dollars(14),
    });

    assert_eq!(dollar.sender(admin).balance_of(bob), dollars(22));
    assert_eq!(dollar.sender(admin).balance_of(alice), dollars(11));
    assert_eq!(suite.books(), [dollars(50) + LOCKED_SHARES, dollars(17), ZERO, ZERO]);
    suite.assert_covered();
}

#[motsu::test]
fn claims_are_the_controllers_or_an_operators(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    reserve(&suite);
    auction.sender(admin).set_controller(alice);
    auction.sender(admin).set_script([ONE]);
    refused(suite.by(bob).redeem(ONE, bob, alice), InvalidCaller {});
    refused(suite.by(bob).withdraw(ONE, bob, alice), InvalidCaller {});
    refused(suite.by(bob).redeem_request(ONE, ONE, bob), InvalidCaller {});
    // Being the controller's own controller does not help.
    suite.by(bob).set_operator(alice, true).motsu_unwrap();
    refused(suite.by(bob).redeem(ONE, bob, alice), InvalidCaller {});

    suite.by(alice).set_operator(bob, true).motsu_unwrap();
    for account in [alice, bob] {
        suite.blacklist(account);
        let refusal = BlacklistedAddress { account };
        refused(suite.by(bob).redeem(ONE, admin, alice), refusal.clone());
        refused(suite.by(bob).withdraw(ONE, admin, alice), refusal.clone());
        refused(suite.by(bob).redeem_request(ONE, ONE, admin), refusal);
        suite.free(account);
    }
    suite.blacklist(admin);
    refused(
        suite.by(bob).redeem(ONE, admin, alice),
        BlacklistedAddress { account: admin },
    );
    suite.by(bob).redeem(ONE, bob, alice).motsu_unwrap();
}

#[motsu::test]
fn claims_need_an_amount_and_a_receiver(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    reserve(&suite);
    refused(suite.by(admin).redeem(ZERO, admin, admin), InvalidAmount {});
    refused(suite.by(admin).withdraw(ZERO, admin, admin), InvalidAmount {});
    refused(suite.by(admin).redeem_request(ONE, ZERO, admin), InvalidAmount {});
    for receiver in [Address::ZERO, vault.address()] {
        refused(suite.by(admin).redeem(ONE, receiver, admin), InvalidAddress {});
        refused(suite.by(admin).withdraw(ONE, receiver, admin), InvalidAddress {});
        refused(suite.by(admin).redeem_request(ONE, ONE, receiver), InvalidAddress {});
    }
}

#[motsu::test]
fn a_worthless_claim_goes_through_and_an_impossible_one_does_not(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    reserve(&suite);
    auction.sender(admin).set_script([ZERO]);
    assert_eq!(suite.by(admin).redeem(U256::from(1), admin, admin).motsu_unwrap(), ZERO);
    for assets in [dollars(50) + U256::from(1), U256::MAX] {
        auction.sender(admin).set_script([assets]);
        let nonsense = ExternalCallFailed {
            target: auction.address(),
        };
        refused(suite.by(admin).redeem(ONE, admin, admin), nonsense);
    }
    auction.sender(admin).set_script([dollars(50)]);
    suite.by(admin).redeem(ONE, admin, admin).motsu_unwrap();
    assert_eq!(suite.books()[1], ZERO);
}

/* ------------------------------------------------------------------------------------------------------ bids */

#[motsu::test]
fn bids_are_the_controllers_or_an_operators(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    auction.sender(admin).set_controller(alice);
    let (id, commitment) = (U256::from(3), B256::repeat_byte(9));
    suite.by(alice).commit_bid(id, commitment).motsu_unwrap();
    assert_eq!(auction.sender(admin).asked(), [id, commitment.into()]);
    refused(suite.by(bob).commit_bid(id, commitment), InvalidCaller {});
    refused(suite.by(bob).withdraw_bid(id), InvalidCaller {});
    suite.by(alice).set_operator(bob, true).motsu_unwrap();
    suite.by(bob).commit_bid(id, commitment).motsu_unwrap();
    suite.by(bob).withdraw_bid(U256::from(4)).motsu_unwrap();
    assert_eq!(auction.sender(admin).asked(), [U256::from(4)]);
    for account in [alice, bob] {
        suite.blacklist(account);
        refused(suite.by(bob).commit_bid(id, commitment), BlacklistedAddress { account });
        refused(suite.by(bob).withdraw_bid(id), BlacklistedAddress { account });
        suite.free(account);
    }
}

/* ---------------------------------------------------------------------------------- settling and servicing */

#[motsu::test]
fn settling_reserves_what_was_bid_for_and_lets_the_gain_vest(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.lend(&pool);
    pool.sender(admin).set_values(dollars(45), dollars(30));
    suite.request(dollars(50));
    let epoch = U256::from(4);
    let (filled, assets, forfeited, gain) = (dollars(20), dollars(16), dollars(1), dollars(3));
    auction
        .sender(admin)
        .set_script([epoch, filled, assets, forfeited, gain]);

    let idle = dollars(60) + LOCKED_SHARES;
    let outcome = suite.by(alice).settle_auction().motsu_unwrap();
    assert_eq!(outcome, (epoch, filled, assets));
    // The conservative value, all shares, what is idle, not the manager.
    let total = dollars(100) + LOCKED_SHARES;
    assert_eq!(auction.sender(admin).asked(), [idle + dollars(30), total, idle, ZERO]);
    assert_eq!(suite.books(), [idle - assets, assets, gain, dollars(29)]);
    assert_eq!(suite.by(admin).total_shares(), total - filled - forfeited);
    assert_eq!(suite.by(admin).nav().motsu_unwrap(), idle - assets - gain + dollars(45));
    assert_eq!(
        suite.by(admin).conservative_nav().motsu_unwrap(),
        idle - assets - gain + dollars(30)
    );
    vault.assert_emitted(&AuctionServiced {
        epoch,
        filledShares: filled,
        assets,
        forfeitedShares: forfeited,
        gain,
    });
    suite.assert_covered();

    // Another gain joins the first; none leaves its clock alone.
    auction.sender(admin).set_script([epoch, ZERO, ZERO, ZERO, gain]);
    suite.by(admin).settle_auction().motsu_unwrap();
    assert_eq!(auction.sender(admin).asked::<4>()[3], U256::from(1));
    assert_eq!(suite.books()[2], gain + gain);
}

#[motsu::test]
fn a_gain_starts_the_vesting_anew_and_none_does_not(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    // A third of the period is over.
    let earlier = Vesting::default()
        .with_gain(900, host::timestamp() - 10 * DAY, EPOCH)
        .unwrap();
    let cash = suite.by(admin).cash();
    suite.by(admin).set_cash(Cash { gains: earlier, ..cash });
    assert_eq!(suite.books()[2], U256::from(600));
    auction.sender(admin).set_script([ZERO; 5]);
    suite.by(admin).settle_auction().motsu_unwrap();
    assert_eq!(suite.by(admin).cash().gains, earlier);
    auction
        .sender(admin)
        .set_script([ZERO, ZERO, ZERO, ZERO, U256::from(50)]);
    suite.by(admin).settle_auction().motsu_unwrap();
    let joined = Vesting::default().with_gain(650, host::timestamp(), EPOCH).unwrap();
    assert_eq!(suite.by(admin).cash().gains, joined);
    // What no word could hold counts at once rather than stop the settlement.
    auction
        .sender(admin)
        .set_script([ZERO, ZERO, ZERO, ZERO, U256::from(u128::MAX)]);
    suite.by(admin).settle_auction().motsu_unwrap();
    assert_eq!(suite.by(admin).cash().gains, joined);
}

#[motsu::test]
fn servicing_reserves_what_was_serviced(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.request(dollars(50));
    dollar.sender(admin).accrue(dollars(10));
    let idle = dollars(100) + LOCKED_SHARES;
    auction
        .sender(admin)
        .set_script([dollars(20), dollars(21), dollars(30)]);
    assert_eq!(
        suite.by(admin).service_redemptions(U256::MAX).motsu_unwrap(),
        dollars(21)
    );
    let asked = [U256::MAX, idle + dollars(9), idle, idle, U256::from(1)];
    assert_eq!(auction.sender(admin).asked(), asked);
    assert_eq!(suite.books(), [idle - dollars(21), dollars(21), ZERO, dollars(30)]);
    vault.assert_emitted(&RedemptionsServiced {
        shares: dollars(20),
        amount: dollars(21),
        allRedemptionsServiced: false,
    });
    auction.sender(admin).set_script([dollars(30), dollars(31), ZERO]);
    suite.by(alice).service_redemptions(dollars(30)).motsu_unwrap();
    assert_eq!(auction.sender(admin).asked::<5>()[4], ZERO);
    vault.assert_emitted(&RedemptionsServiced {
        shares: dollars(30),
        amount: dollars(31),
        allRedemptionsServiced: true,
    });
    assert_eq!(suite.books(), [idle - dollars(52), dollars(52), ZERO, ZERO]);
    suite.assert_covered();
}

#[motsu::test]
fn no_more_is_spent_than_can_be_reserved(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.request(dollars(50));
    let escrow = Escrow {
        auction: auction.address(),
        reserved: MAX_RESERVED - 7,
    };
    suite.by(admin).set_escrow(escrow);
    auction.sender(admin).set_script([U256::from(9), U256::from(7), ZERO]);
    suite.by(admin).service_redemptions(ONE).motsu_unwrap();
    assert_eq!(auction.sender(admin).asked::<5>()[3], U256::from(7));
    assert_eq!(suite.books()[1], U256::from(MAX_RESERVED));
}

#[motsu::test]
fn an_auction_that_gives_more_than_there_is_is_not_believed(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.request(dollars(50));
    let nonsense = || ExternalCallFailed {
        target: auction.address(),
    };
    let one = U256::from(1);
    let idle = dollars(100) + LOCKED_SHARES;
    for script in [
        [dollars(50) + one, ZERO, ZERO],
        [ZERO, idle + one, ZERO],
        [U256::MAX, ZERO, ZERO],
        [ZERO, U256::MAX, ZERO],
    ] {
        auction.sender(admin).set_script(script);
        refused(suite.by(admin).service_redemptions(ONE), nonsense());
    }
    for script in [
        [ZERO, dollars(50), ZERO, one, ZERO],
        [ZERO, U256::MAX, ZERO, one, ZERO],
        [ZERO, ZERO, idle + one, ZERO, ZERO],
        [ZERO, ZERO, ZERO, ZERO, U256::from(1) << 128],
    ] {
        auction.sender(admin).set_script(script);
        refused(suite.by(admin).settle_auction(), nonsense());
    }
}

#[motsu::test]
fn a_curable_default_stops_settling_and_servicing_for_14_days_at_most(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.link(&pool);
    let now = host::timestamp();
    for curable in [now + 1, now + 14 * DAY] {
        pool.sender(admin).set_cure_end(U256::from(curable));
        let error = LoanInDefault {
            cureEnd: U256::from(curable),
        };
        refused(suite.by(admin).settle_auction(), error.clone());
        refused(suite.by(admin).service_redemptions(ONE), error);
    }
    for over in [U256::ZERO, U256::from(now), U256::from(now + 14 * DAY + 1), U256::MAX] {
        pool.sender(admin).set_cure_end(over);
        suite.by(admin).settle_auction().motsu_unwrap();
        suite.by(admin).service_redemptions(ONE).motsu_unwrap();
    }
}

/* --------------------------------------------------------------------------------------------------- harvest */

#[motsu::test]
fn a_harvest_books_the_yield_less_the_fee(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let idle = dollars(100) + LOCKED_SHARES;
    let (claimable, fee) = (dollars(3) + U256::from(9), fraction(3, 10));
    dollar.sender(admin).accrue(claimable);
    assert_eq!(suite.by(admin).claimable_base_yield().motsu_unwrap(), claimable);
    let nav = suite.by(admin).nav().motsu_unwrap();
    let outcome = suite.by(admin).harvest_base_yield(claimable).motsu_unwrap();
    assert_eq!(outcome, (claimable - fee, fee));
    assert_eq!(suite.by(admin).nav().motsu_unwrap(), nav);
    assert_eq!(suite.books()[0], idle + claimable - fee);
    assert_eq!(dollar.sender(admin).balance_of(Address::repeat_byte(0xfe)), fee);
    vault.assert_emitted(&BaseYieldDeposited {
        depositedAmount: claimable - fee,
        adminFee: fee,
    });
    vault.assert_emitted(&AdminFeeTransferred {
        currencyToken: dollar.address(),
        adminFee: fee,
    });
    suite.assert_covered();

    // Nothing, and too little for a fee.
    assert_eq!(suite.by(admin).harvest_base_yield(ZERO).motsu_unwrap(), (ZERO, ZERO));
    dollar.sender(admin).accrue(U256::from(9));
    assert_eq!(
        suite.by(admin).harvest_base_yield(ZERO).motsu_unwrap(),
        (U256::from(9), ZERO)
    );
    assert_eq!(dollar.sender(admin).balance_of(Address::repeat_byte(0xfe)), fee);
}

#[motsu::test]
fn a_harvest_brings_at_least_what_was_asked_for(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    dollar.sender(admin).accrue(ONE);
    let short = InsufficientBaseYield {
        requested: ONE + U256::from(1),
        claimable: ONE,
    };
    refused(suite.by(admin).harvest_base_yield(ONE + U256::from(1)), short);
    refused(
        suite.by(alice).harvest_base_yield(ZERO),
        unauthorized(alice, roles::STRATEGY_ADMIN),
    );
    suite.by(admin).harvest_base_yield(ONE).motsu_unwrap();
}

#[motsu::test]
fn a_new_fee_is_not_taken_on_old_yield(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    dollar.sender(admin).accrue(dollars(10));
    suite.by(admin).change_fee(5_000).motsu_unwrap();
    assert_eq!(dollar.sender(admin).balance_of(Address::repeat_byte(0xfe)), dollars(1));
    vault.assert_emitted(&BaseYieldFeeSet {
        feeBps: U256::from(5_000),
    });
    suite.by(admin).change_fee_recipient(alice).motsu_unwrap();
    vault.assert_emitted(&FeeRecipientSet { feeRecipient: alice });
    dollar.sender(admin).accrue(dollars(10));
    suite.by(admin).harvest_base_yield(ZERO).motsu_unwrap();
    assert_eq!(dollar.sender(admin).balance_of(alice), dollars(5));
    suite.by(admin).change_fee(0).motsu_unwrap();
    let too_high = InvalidBasisPoints {
        basisPoints: U256::from(5_001),
        maximum: U256::from(5_000),
    };
    refused(suite.by(admin).change_fee(5_001), too_high);
    refused(suite.by(alice).change_fee(1), unauthorized(alice, roles::DEFAULT_ADMIN));
    refused(
        suite.by(alice).change_fee_recipient(alice),
        unauthorized(alice, roles::DEFAULT_ADMIN),
    );
    refused(suite.by(admin).change_fee_recipient(Address::ZERO), InvalidAddress {});
    refused(suite.by(admin).change_fee_recipient(vault.address()), InvalidAddress {});
}

/* -------------------------------------------------------------------------------------------------- strategy */

#[motsu::test]
fn lending_moves_idle_assets_into_tranche_shares(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.lend(&pool);
    let (tranche, idle) = (U256::from(2), dollars(60) + LOCKED_SHARES);
    assert_eq!(suite.books()[0], idle);
    assert_eq!(suite.by(admin).tranche_shares(tranche).motsu_unwrap(), U256::from(30));
    assert_eq!(suite.by(admin).tranche_shares(U256::from(3)).motsu_unwrap(), ZERO);
    vault.assert_emitted(&Allocated {
        tranche,
        assets: dollars(40),
        shares: U256::from(30),
    });
    suite.assert_covered();

    // Deposits see the optimistic value, redemptions the conservative one, which is never above it.
    pool.sender(admin).set_values(dollars(50), dollars(20));
    assert_eq!(suite.by(admin).nav().motsu_unwrap(), idle + dollars(50));
    assert_eq!(suite.by(admin).conservative_nav().motsu_unwrap(), idle + dollars(20));
    pool.sender(admin).set_values(dollars(20), dollars(50));
    assert_eq!(suite.by(admin).conservative_nav().motsu_unwrap(), idle + dollars(20));

    // A second tranche in each of the two slots.
    pool.sender(admin).set_outcome(U256::from(7), dollars(1));
    suite.by(admin).allocate(ZERO, dollars(1)).motsu_unwrap();
    suite.by(admin).allocate(U256::from(3), dollars(1)).motsu_unwrap();
    pool.sender(admin).expect_counts([7, 0, 30, 7]);
    suite.by(admin).nav().motsu_unwrap();
    pool.sender(admin).set_outcome(dollars(1), dollars(1));
    suite.by(admin).deallocate(ZERO, U256::from(7)).motsu_unwrap();
    pool.sender(admin).expect_counts([0, 0, 30, 7]);
    suite.by(admin).nav().motsu_unwrap();
}

#[motsu::test]
fn taking_back_books_the_lesser_of_stated_and_arrived(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.lend(&pool);
    let (tranche, idle) = (U256::from(2), dollars(60) + LOCKED_SHARES);
    for (states, moves) in [(dollars(5), dollars(4)), (dollars(4), dollars(5))] {
        pool.sender(admin).set_outcome(states, moves);
        let assets = suite.by(admin).deallocate(tranche, U256::from(10)).motsu_unwrap();
        assert_eq!(assets, dollars(4));
    }
    assert_eq!(suite.books()[0], idle + dollars(8));
    vault.assert_emitted(&Deallocated {
        tranche,
        shares: U256::from(10),
        assets: dollars(4),
    });
    refused(
        suite.by(admin).deallocate(tranche, U256::from(11)),
        InsufficientTrancheShares {
            tranche,
            shares: U256::from(11),
            held: U256::from(10),
        },
    );
    // Without shares the pool is not asked what they are worth.
    suite.by(admin).deallocate(tranche, U256::from(10)).motsu_unwrap();
    pool.sender(admin).expect_counts([1, 1, 1, 1]);
    assert_eq!(suite.by(admin).nav().motsu_unwrap(), suite.books()[0]);
    suite.assert_covered();
}

#[motsu::test]
fn lending_has_its_conditions(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let lend = |tranche: u64, assets| suite.by(admin).allocate(U256::from(tranche), assets);
    refused(lend(0, ONE), LoanPoolNotSet {});
    refused(suite.by(admin).deallocate(ZERO, ONE), LoanPoolNotSet {});
    suite.link(&pool);
    pool.sender(admin).set_outcome(ONE, ONE);
    let stranger = unauthorized(alice, roles::STRATEGY_ADMIN);
    refused(suite.by(alice).allocate(ZERO, ONE), stranger.clone());
    refused(suite.by(alice).deallocate(ZERO, ONE), stranger.clone());
    refused(suite.by(alice).announce_limit(ZERO, ONE), stranger);
    refused(lend(0, ZERO), InvalidAmount {});
    refused(suite.by(admin).deallocate(ZERO, ZERO), InvalidAmount {});
    refused(lend(4, ONE), InvalidTranche { tranche: U256::from(4) });
    refused(
        suite.by(admin).deallocate(U256::MAX, ONE),
        InvalidTranche { tranche: U256::MAX },
    );
    refused(
        suite.by(admin).tranche_shares(U256::from(4)),
        InvalidTranche { tranche: U256::from(4) },
    );
    let idle = suite.books()[0];
    refused(lend(0, idle + U256::from(1)), InsufficientBalance {});
    refused(lend(0, U256::MAX), InsufficientBalance {});
    auction.sender(admin).set_settlement_pending(true);
    refused(lend(0, ONE), SettlementPending {});
    auction.sender(admin).set_settlement_pending(false);
    // The pool must take what it was given to the unit, and give shares for it.
    for moves in [ONE - U256::from(1), ONE + U256::from(1)] {
        pool.sender(admin).set_outcome(ONE, moves);
        refused(lend(0, ONE), ExternalCallFailed { target: pool.address() });
    }
    pool.sender(admin).set_outcome(ZERO, ONE);
    refused(lend(0, ONE), InvalidAmount {});
    pool.sender(admin).set_outcome(U256::MAX, ONE);
    let too_large = ValueTooLarge {
        value: U256::MAX,
        maximum: U256::from(u128::MAX),
    };
    refused(lend(0, ONE), too_large);
    suite.pause();
    refused(lend(0, ONE), EnforcedPause {});
}

#[motsu::test]
fn the_loan_pool_is_linked_once(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let link = |pool| suite.by(admin).link_loan_pool(pool);
    for account in [Address::ZERO, alice, vault.address()] {
        refused(link(account), InvalidAddress {});
    }
    pool.sender(admin).set_asset(alice);
    let mismatch = LinkMismatch {
        expected: dollar.address(),
        actual: alice,
    };
    refused(link(pool.address()), mismatch);
    refused(
        suite.by(alice).link_loan_pool(pool.address()),
        unauthorized(alice, roles::DEFAULT_ADMIN),
    );
    suite.link(&pool);
    vault.assert_emitted(&LoanPoolSet {
        loanPool: pool.address(),
    });
    assert_eq!(suite.by(admin).loan_pool(), pool.address());
    refused(
        link(pool.address()),
        LoanPoolAlreadySet {
            loanPool: pool.address(),
        },
    );
}

/// The link is for good, and settling asks the pool: what cannot answer would stop it for ever.
#[motsu::test]
fn what_does_not_answer_as_a_loan_pool_is_not_linked(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    other: Contract<OtherVaultDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    other.sender(admin).set_asset(dollar.address());
    refused(
        suite.by(admin).link_loan_pool(other.address()),
        ExternalCallFailed {
            target: other.address(),
        },
    );
    suite.link(&pool);
}

#[motsu::test]
fn the_strategist_gives_notice_to_the_pool_and_takes_it_back(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let (tranche, shares) = (U256::from(2), dollars(8));
    refused(suite.by(admin).give_notice(tranche, shares), LoanPoolNotSet {});
    refused(suite.by(admin).cancel_notice(tranche), LoanPoolNotSet {});
    suite.link(&pool);
    let stranger = unauthorized(alice, roles::STRATEGY_ADMIN);
    refused(suite.by(alice).give_notice(tranche, shares), stranger.clone());
    refused(suite.by(alice).cancel_notice(tranche), stranger);
    suite.by(admin).give_notice(tranche, shares).motsu_unwrap();
    vault.assert_emitted(&NoticeGiven { tranche, shares });
    assert_eq!(pool.sender(admin).notice(), [tranche, shares]);
    suite.by(admin).cancel_notice(tranche).motsu_unwrap();
    vault.assert_emitted(&NoticeCancelled { tranche });
    assert_eq!(pool.sender(admin).notice(), [tranche, ZERO]);
}

#[motsu::test]
fn limits_are_announced_to_the_auction(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.by(admin).announce_limit(U256::from(6), dollars(8)).motsu_unwrap();
    assert_eq!(auction.sender(admin).asked(), [U256::from(6), dollars(8)]);
}

/* ---------------------------------------------------------------------------------------------------- bridge */

#[motsu::test]
fn bridged_shares_keep_their_part(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let total = suite.by(admin).total_shares();
    suite.by(admin).bridge_out(admin, dollars(40)).motsu_unwrap();
    assert_eq!(suite.by(admin).bridged_supply(), dollars(40));
    assert_eq!(suite.by(admin).total_shares(), total);
    vault.assert_emitted(&BridgeBurned {
        from: admin,
        amount: dollars(40),
        bridgedSupply: dollars(40),
    });
    suite.by(admin).bridge_in(alice, dollars(15)).motsu_unwrap();
    assert_eq!(suite.by(admin).erc20.balance_of(alice), dollars(15));
    assert_eq!(suite.by(admin).total_shares(), total);
    vault.assert_emitted(&BridgeMinted {
        to: alice,
        amount: dollars(15),
        bridgedSupply: dollars(25),
    });
    refused(
        suite.by(admin).bridge_in(alice, dollars(26)),
        InsufficientBridgedSupply {
            requested: dollars(26),
            bridgedSupply: dollars(25),
        },
    );
    refused(
        suite.by(admin).bridge_in(alice, U256::MAX),
        InsufficientBridgedSupply {
            requested: U256::MAX,
            bridgedSupply: dollars(25),
        },
    );
    refused(
        suite.by(admin).bridge_out(alice, dollars(16)),
        ERC20InsufficientBalance {
            sender: alice,
            balance: dollars(15),
            needed: dollars(16),
        },
    );
    refused(suite.by(admin).bridge_in(vault.address(), ONE), InvalidAddress {});
    suite.blacklist(alice);
    refused(
        suite.by(admin).bridge_in(alice, ONE),
        BlacklistedAddress { account: alice },
    );
    refused(
        suite.by(admin).bridge_out(alice, ONE),
        BlacklistedAddress { account: alice },
    );
    let stranger = unauthorized(alice, roles::BRIDGE_ADMIN);
    refused(suite.by(alice).bridge_in(admin, ONE), stranger.clone());
    refused(suite.by(alice).bridge_out(admin, ONE), stranger);
}

/* ----------------------------------------------------------------------------------------------------- pause */

#[motsu::test]
fn a_pause_stops_what_it_should(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    refused(suite.by(admin).change_paused(false), ExpectedPause {});
    refused(
        suite.by(alice).change_paused(true),
        unauthorized(alice, roles::PAUSE_ADMIN),
    );
    suite.pause();
    vault.assert_emitted(&Paused { account: admin });
    refused(suite.by(admin).change_paused(true), EnforcedPause {});
    refused(suite.by(admin).deposit(ONE, admin, ZERO), EnforcedPause {});
    refused(suite.by(admin).mint(ONE, admin, ONE), EnforcedPause {});
    refused(suite.by(admin).request_redeem(ONE, admin, admin), EnforcedPause {});
    refused(suite.by(admin).redeem(ONE, admin, admin), EnforcedPause {});
    refused(suite.by(admin).withdraw(ONE, admin, admin), EnforcedPause {});
    refused(suite.by(admin).redeem_request(ONE, ONE, admin), EnforcedPause {});
    refused(suite.by(admin).commit_bid(ONE, B256::ZERO), EnforcedPause {});
    refused(suite.by(admin).settle_auction(), EnforcedPause {});
    refused(suite.by(admin).service_redemptions(ONE), EnforcedPause {});
    auction.sender(admin).set_script([ONE, ONE]);
    for limit in [
        suite.by(admin).max_deposit(admin),
        suite.by(admin).max_mint(admin),
        suite.by(admin).max_redeem(admin),
        suite.by(admin).max_withdraw(admin),
    ] {
        assert_eq!(limit.motsu_unwrap(), ZERO);
    }

    suite.by(admin).transfer(alice, ONE).motsu_unwrap();
    auction.sender(admin).set_controller(admin);
    suite.by(admin).withdraw_bid(ONE).motsu_unwrap();
    dollar.sender(admin).accrue(ONE);
    suite.by(admin).harvest_base_yield(ZERO).motsu_unwrap();
    suite.by(admin).announce_limit(ONE, ONE).motsu_unwrap();

    suite.by(admin).change_paused(false).motsu_unwrap();
    vault.assert_emitted(&Unpaused { account: admin });
    suite.deposit(alice, ONE);
}

/* ----------------------------------------------------------------------------------------------------- views */

#[motsu::test]
fn wallets_see_what_the_auction_says(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    let [one, two, three, four, five] = [1, 2, 3, 4, 5].map(U256::from);
    auction.sender(admin).set_controller(alice);
    auction.sender(admin).set_script([three, two, one, four, five]);
    let id = U256::from(9);
    assert_eq!(suite.by(bob).pending_redeem_request(id, alice).motsu_unwrap(), three);
    assert_eq!(suite.by(bob).claimable_redeem_request(id, alice).motsu_unwrap(), two);
    assert_eq!(suite.by(bob).pending_redeem_request(id, bob).motsu_unwrap(), ZERO);
    assert_eq!(suite.by(bob).claimable_redeem_request(id, bob).motsu_unwrap(), ZERO);
    assert_eq!(suite.by(bob).max_redeem(alice).motsu_unwrap(), three);
    assert_eq!(suite.by(bob).max_withdraw(alice).motsu_unwrap(), two);
    let redemption = suite.by(bob).redemption(id).motsu_unwrap();
    assert_eq!(redemption, (id, three, two, one, four, alice, 77, five));
    assert_eq!(suite.by(bob).redemption_ids(alice).motsu_unwrap(), vec![two, one, four]);
    assert_eq!(suite.by(bob).redemption_timestamp().motsu_unwrap(), 1);
    suite.by(admin).set_pending(70);
    suite.by(admin).set_bridged(0);
    let escrow = Escrow {
        auction: auction.address(),
        reserved: 80,
    };
    suite.by(admin).set_escrow(escrow);
    let info = suite.by(bob).redemption_queue_info().motsu_unwrap();
    assert_eq!(info, (three, two, one, U256::from(70), U256::from(80)));
    suite.blacklist(alice);
    assert_eq!(suite.by(bob).max_redeem(alice).motsu_unwrap(), ZERO);
    assert_eq!(preview_redemption(), Err(DisabledImplementation {}.into()));
}

#[motsu::test]
fn gifts_move_nothing(
    vault: Contract<Vault>,
    dollar: Contract<DollarDouble>,
    auction: Contract<AuctionDouble>,
    pool: Contract<PoolDouble>,
    admin: Address,
) {
    let suite = Suite::open(&vault, &dollar, &auction, admin);
    suite.lend(&pool);
    let before = (suite.books(), suite.by(admin).nav().motsu_unwrap());
    dollar.sender(admin).give(vault.address(), dollars(1_000));
    assert_eq!((suite.books(), suite.by(admin).nav().motsu_unwrap()), before);
}
