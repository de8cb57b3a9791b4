//! What ties the book to a chain: who may call, what is packed where, errors and events word by word, and a month in
//! which every answer is seen once. The book's own rules are tested in `qev_core`; routing, delegation and gas end to end
//! on the deployed programs.

use std::{boxed::Box, vec, vec::Vec};

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolError, SolEvent};
use contract_kit::{
    access::{AccessControlUnauthorizedAccount, RoleGranted},
    doubles::TokenDouble,
    host, roles, Revert,
};
use motsu::prelude::*;
use qev_core::{
    book::{Event, Journal, Refusal},
    commitment::commitment,
    epoch::{Phase, DAY},
    Region, WordStorage, MAX_SHARES,
};

use crate::{
    abi::IQevAuction::{self, RequestState},
    refusals::revert,
    settings::{calendar, Settings},
    Auction, Construction,
};

const ONE: u64 = 1_000_000_000_000_000_000;
const EPOCH: u64 = 30 * DAY;
const ZERO: U256 = U256::ZERO;

fn n(number: impl TryInto<u128, Error: core::fmt::Debug>) -> U256 {
    U256::from(number.try_into().unwrap())
}

fn refused<T: core::fmt::Debug>(outcome: Result<T, Revert>, error: impl Into<Revert>) {
    assert_eq!(outcome.motsu_unwrap_err(), error.into());
}

/// The auction with its admin; any contract stands for the vault and for the extension, for nobody is called.
struct Suite<'a> {
    auction: &'a Contract<Auction>,
    admin: Address,
    vault: Address,
}

impl<'a> Suite<'a> {
    /// Constructed and linked; epoch 0 has just begun.
    fn new(auction: &'a Contract<Auction>, other: &'a Contract<TokenDouble>, admin: Address) -> Self {
        let vault = other.address();
        let suite = Self { auction, admin, vault };
        suite.by(admin).initialize(&suite.construction()).motsu_unwrap();
        suite.by(admin).link_vault(vault).motsu_unwrap();
        suite
    }

    fn construction(&self) -> Construction {
        Construction {
            admin: self.admin,
            genesis: U256::from(host::timestamp()),
            epoch_length: U256::from(EPOCH),
            bid_length: U256::from(27 * DAY),
            auction_share_bps: 7_000,
            min_discount_bps: 25,
            max_discount_bps: 2_000,
            bond_bps: 50,
            extension: self.vault,
            extension_code_hash: host::code_hash(self.vault),
        }
    }

    fn by(&self, account: Address) -> ContractCall<'a, Auction> {
        self.auction.sender(account)
    }

    fn vault(&self) -> ContractCall<'a, Auction> {
        self.by(self.vault)
    }

    /// Lets time go on by moving genesis into the past, for the virtual machine's clock stands still.
    fn wait(&self, seconds: u64) {
        let mut call = self.by(self.admin);
        let Settings {
            vault,
            calendar: before,
        } = call.settings().motsu_unwrap();
        let moved = calendar(
            U256::from(before.genesis() - seconds),
            U256::from(before.epoch_length()),
            U256::from(before.bid_length()),
        );
        let settings = Settings {
            vault,
            calendar: moved.motsu_unwrap(),
        };
        call.settings.set(settings.pack());
    }

    fn seal(&self, epoch: u64, id: u32, discount_bps: u16, salt: B256) -> B256 {
        commitment(
            host::chain_id(),
            self.auction.address(),
            epoch,
            U256::from(id),
            discount_bps,
            salt,
        )
    }
}

/* ---------------------------------------------------------------------------------------------- construction */

#[motsu::test]
fn construction_sets_everything(auction: Contract<Auction>, other: Contract<TokenDouble>, admin: Address) {
    let suite = Suite::new(&auction, &other, admin);
    let genesis = U256::from(host::timestamp());
    let call = suite.by(admin);
    assert_eq!(call.vault().motsu_unwrap(), other.address());
    assert_eq!(call.extension(), other.address());
    assert_eq!(call.genesis().motsu_unwrap(), genesis);
    assert_eq!(call.epoch_length().motsu_unwrap(), U256::from(EPOCH));
    assert_eq!(call.bid_length().motsu_unwrap(), U256::from(27 * DAY));
    assert_eq!(call.auction_share(), n(7_000));
    assert_eq!(call.terms_of(ZERO).motsu_unwrap(), (n(25), n(2_000), n(50)));
    assert!(call.access.has_role(roles::DEFAULT_ADMIN.id(), admin));
    auction.assert_emitted(&RoleGranted {
        role: roles::DEFAULT_ADMIN.id(),
        account: admin,
        sender: admin,
    });
    auction.assert_emitted(&IQevAuction::DiscountBoundsSet {
        minDiscountBps: n(25),
        maxDiscountBps: n(2_000),
        fromEpoch: ZERO,
    });
    auction.assert_emitted(&IQevAuction::BondSet {
        bondBps: n(50),
        fromEpoch: ZERO,
    });
    auction.assert_emitted(&IQevAuction::VaultSet { vault: other.address() });
}

#[motsu::test]
fn construction_refuses_what_makes_no_sense(auction: Contract<Auction>, other: Contract<TokenDouble>, admin: Address) {
    let suite = Suite {
        auction: &auction,
        admin,
        vault: other.address(),
    };
    let good = suite.construction();
    let attempt = |construction| suite.by(admin).initialize(&construction);
    let nobody = Address::ZERO;
    refused(
        attempt(Construction { admin: nobody, ..good }),
        IQevAuction::InvalidAddress {},
    );
    refused(
        attempt(Construction {
            bid_length: U256::from(EPOCH),
            ..good
        }),
        IQevAuction::InvalidCalendar {
            genesis: good.genesis,
            epochLength: good.epoch_length,
            bidLength: U256::from(EPOCH),
        },
    );
    refused(
        attempt(Construction {
            min_discount_bps: 2_001,
            ..good
        }),
        IQevAuction::InvalidBounds {
            minDiscountBps: n(2_001),
            maxDiscountBps: n(2_000),
        },
    );
    for (construction, basis_points, maximum) in [
        (
            Construction {
                auction_share_bps: 10_001,
                ..good
            },
            10_001,
            10_000,
        ),
        (
            Construction {
                bond_bps: 1_001,
                ..good
            },
            1_001,
            1_000,
        ),
    ] {
        let error = IQevAuction::InvalidBasisPoints {
            basisPoints: n(basis_points),
            maximum: n(maximum),
        };
        refused(attempt(construction), error);
    }
    let mismatch = |extension, expected| IQevAuction::ExtensionMismatch {
        extension,
        expected,
        actual: host::code_hash(extension),
    };
    refused(
        attempt(Construction {
            extension_code_hash: B256::ZERO,
            ..good
        }),
        mismatch(other.address(), B256::ZERO),
    );
    // An account without code, whatever its code is said to hash to.
    let empty = Construction {
        extension: admin,
        extension_code_hash: host::code_hash(admin),
        ..good
    };
    refused(attempt(empty), mismatch(admin, empty.extension_code_hash));
    attempt(good).motsu_unwrap();
}

#[motsu::test]
fn before_the_construction_nothing_works(auction: Contract<Auction>, stranger: Address) {
    let mut call = auction.sender(stranger);
    assert_eq!(call.extend(&[1, 2, 3, 4]), Err(vec![]));
    for outcome in [
        call.bring_back(n(1)),
        call.open_bid(n(1), 25, B256::ZERO),
        call.seal_bid(n(1), B256::ZERO).map(|_| ()),
        call.vault().map(|_| ()),
    ] {
        assert_eq!(outcome, Err(IQevAuction::Inconsistent {}.into()));
    }
}

/* -------------------------------------------------------------------------------------------- who may call */

#[motsu::test]
fn the_vault_is_linked_once_by_the_admin(
    auction: Contract<Auction>,
    other: Contract<TokenDouble>,
    admin: Address,
    stranger: Address,
) {
    let suite = Suite {
        auction: &auction,
        admin,
        vault: other.address(),
    };
    suite.by(admin).initialize(&suite.construction()).motsu_unwrap();
    let error = AccessControlUnauthorizedAccount {
        account: stranger,
        neededRole: roles::DEFAULT_ADMIN.id(),
    };
    refused(suite.by(stranger).link_vault(other.address()), error);
    for nobody in [Address::ZERO, stranger] {
        refused(suite.by(admin).link_vault(nobody), IQevAuction::InvalidAddress {});
    }
    suite.by(admin).link_vault(other.address()).motsu_unwrap();
    let error = IQevAuction::VaultAlreadySet { vault: other.address() };
    refused(suite.by(admin).link_vault(auction.address()), error);
}

#[motsu::test]
fn only_the_vault_drives(auction: Contract<Auction>, other: Contract<TokenDouble>, admin: Address) {
    let suite = Suite::new(&auction, &other, admin);
    let mut call = suite.by(admin);
    let one = n(1);
    for outcome in [
        call.append(admin, one).map(|_| ()),
        call.seal_bid(one, B256::ZERO).map(|_| ()),
        call.take_bid_back(one).map(|_| ()),
        call.bound_spending(one, one),
        call.clear_epoch(one, one, one, true).map(|_| ()),
        call.service_queue(one, one, one, one, true).map(|_| ()),
        call.pay_shares(admin, one).map(|_| ()),
        call.pay_assets(admin, one).map(|_| ()),
        call.pay_request(one, one).map(|_| ()),
    ] {
        assert_eq!(outcome, Err(IQevAuction::UnauthorizedCaller { caller: admin }.into()));
    }
}

#[motsu::test]
fn only_the_admin_sets_terms(auction: Contract<Auction>, other: Contract<TokenDouble>, admin: Address) {
    let suite = Suite::new(&auction, &other, admin);
    let error = || AccessControlUnauthorizedAccount {
        account: other.address(),
        neededRole: roles::DEFAULT_ADMIN.id(),
    };
    refused(suite.vault().change_bounds(30, 40), error());
    refused(suite.vault().change_bond(10), error());
    suite.by(admin).change_bounds(30, 40).motsu_unwrap();
    suite.by(admin).change_bond(10).motsu_unwrap();
    assert_eq!(suite.by(admin).terms_of(ZERO).motsu_unwrap(), (n(25), n(2_000), n(50)));
    assert_eq!(suite.by(admin).terms_of(n(1)).motsu_unwrap(), (n(30), n(40), n(10)));
}

#[motsu::test]
fn what_does_not_fit_is_refused(auction: Contract<Auction>, other: Contract<TokenDouble>, admin: Address) {
    let suite = Suite::new(&auction, &other, admin);
    let wide = U256::from(1) << 128;
    let too_large = |value: U256, maximum: u128| IQevAuction::ValueTooLarge {
        value,
        maximum: U256::from(maximum),
    };
    let one = n(1);
    refused(suite.vault().append(Address::ZERO, one), IQevAuction::InvalidAddress {});
    refused(suite.vault().append(admin, ZERO), IQevAuction::InvalidAmount {});
    refused(
        suite.vault().append(admin, n(MAX_SHARES) + one),
        too_large(n(MAX_SHARES) + one, MAX_SHARES),
    );
    for outcome in [
        suite.vault().clear_epoch(wide, one, one, true).map(|_| ()),
        suite.vault().clear_epoch(one, wide, one, true).map(|_| ()),
        suite.vault().clear_epoch(one, one, wide, true).map(|_| ()),
        suite.vault().bound_spending(one, wide),
        suite.vault().pay_shares(admin, wide).map(|_| ()),
        suite.vault().pay_assets(admin, wide).map(|_| ()),
    ] {
        assert_eq!(outcome, Err(too_large(wide, u128::MAX).into()));
    }
    refused(suite.by(admin).bids_of(wide), too_large(wide, u32::MAX.into()));
    // The last number of 32 bits is no epoch, and no request has more than 32 bits.
    refused(
        suite.vault().bound_spending(n(u32::MAX), one),
        too_large(n(u32::MAX), u128::from(u32::MAX) - 1),
    );
    for id in [wide, n(1_u64 << 32), ZERO] {
        let unknown = || IQevAuction::UnknownRequest { requestId: id };
        refused(suite.vault().seal_bid(id, B256::repeat_byte(1)), unknown());
        refused(suite.vault().take_bid_back(id), unknown());
        refused(suite.by(admin).bring_back(id), unknown());
        refused(suite.vault().pay_request(id, one), unknown());
        assert_eq!(suite.by(admin).seal_of(id), B256::ZERO);
        assert_eq!(
            suite.by(admin).request_of(id).motsu_unwrap().2,
            RequestState::None as u8
        );
    }
    // More shares than there can be are a ceiling like any other.
    let error = IQevAuction::NotEligible {
        shares: n(u128::MAX),
        eligibleShares: ZERO,
    };
    refused(suite.vault().service_queue(U256::MAX, one, one, one, true), error);
}

/* ----------------------------------------------------------------------------------------------- a month */

#[motsu::test]
#[allow(clippy::too_many_lines)]
fn a_month_with_every_answer(
    auction: Contract<Auction>,
    other: Contract<TokenDouble>,
    admin: Address,
    alice: Address,
    bob: Address,
) {
    let suite = Suite::new(&auction, &other, admin);
    let genesis = host::timestamp();
    let tens = |tens: u64| U256::from(tens * 10) * U256::from(ONE);
    let salt = B256::repeat_byte(3);
    let see = |id: u64| suite.by(admin).request_of(U256::from(id)).motsu_unwrap();

    for (controller, shares) in [(alice, 1), (bob, 2), (alice, 3)] {
        suite.vault().append(controller, tens(shares)).motsu_unwrap();
    }
    assert_eq!(suite.by(admin).ids_of(alice), vec![n(1), n(3)]);
    let queued = (
        bob,
        ZERO,
        RequestState::Queued as u8,
        tens(2),
        ZERO,
        ZERO,
        tens(1),
        ZERO,
        ZERO,
    );
    assert_eq!(see(2), queued);
    let eligible_at = genesis + EPOCH;
    assert_eq!(
        suite.by(admin).redemption_of(n(2)).motsu_unwrap(),
        (n(1), n(3), tens(2), ZERO, ZERO, bob, eligible_at, tens(1))
    );
    assert_eq!(
        suite.by(admin).time().motsu_unwrap(),
        (
            ZERO,
            IQevAuction::Phase::Bid as u8,
            U256::from(genesis + 27 * DAY),
            U256::from(genesis + EPOCH),
            U256::from(genesis + 26 * DAY)
        )
    );

    // Two bids, one of which will not be revealed, and one that is taken back.
    assert_eq!(
        suite.vault().seal_bid(n(1), suite.seal(0, 1, 100, salt)).motsu_unwrap(),
        alice
    );
    assert_eq!(suite.vault().seal_bid(n(2), B256::repeat_byte(9)).motsu_unwrap(), bob);
    suite.vault().seal_bid(n(3), suite.seal(0, 3, 200, salt)).motsu_unwrap();
    assert_eq!(suite.vault().take_bid_back(n(3)).motsu_unwrap(), alice);
    assert_eq!(suite.by(admin).seal_of(n(2)), B256::repeat_byte(9));
    suite.vault().bound_spending(ZERO, tens(1) / n(2)).motsu_unwrap();
    let bond = tens(3) / n(200);
    assert_eq!(
        suite.by(admin).bids_of(ZERO).motsu_unwrap(),
        (tens(3), bond, ZERO, true, tens(1) / n(2))
    );
    assert!(!suite.by(admin).has_bids_to_settle().motsu_unwrap());

    suite.wait(27 * DAY);
    assert!(suite.by(admin).has_bids_to_settle().motsu_unwrap());
    refused(
        suite.by(bob).open_bid(n(1), 101, salt),
        IQevAuction::InvalidOpening {
            requestId: n(1),
            commitment: suite.seal(0, 1, 100, salt),
        },
    );
    suite.by(bob).open_bid(n(1), 100, salt).motsu_unwrap();
    let revealed = (
        alice,
        ZERO,
        RequestState::Revealed as u8,
        tens(1),
        ZERO,
        ZERO,
        ZERO,
        ZERO,
        n(100),
    );
    assert_eq!(see(1), revealed);
    assert_eq!(
        suite.by(admin).levels_of(ZERO).motsu_unwrap(),
        (vec![n(100)], vec![tens(1)])
    );

    // At one for one, five dollars buy 5.0505… shares at 1 %.
    suite.wait(3 * DAY);
    let at = genesis;
    let bond = tens(2) / n(200);
    let filled = n(5_050_505_050_505_050_505_u128);
    let assets = n(4_999_999_999_999_999_999_u128);
    let result = suite
        .vault()
        .clear_epoch(tens(100), tens(100), tens(100), true)
        .motsu_unwrap();
    assert_eq!(result, (ZERO, filled, assets, bond, filled + bond - assets));
    assert_eq!(
        suite.by(admin).result_of(ZERO).motsu_unwrap(),
        (
            U256::from(at),
            tens(1) / n(2),
            n(100),
            filled,
            assets,
            bond,
            filled - assets
        )
    );
    assert_eq!(
        suite.by(admin).unserviced().motsu_unwrap(),
        (tens(3), ZERO, tens(3) - filled - bond, tens(3))
    );

    suite.by(alice).bring_back(n(1)).motsu_unwrap();
    suite.by(alice).bring_back(n(2)).motsu_unwrap();
    assert_eq!(suite.by(admin).claimable_of(alice).motsu_unwrap(), (filled, assets));
    assert_eq!(suite.by(admin).ends_of_queue(), (n(3), n(1), n(3)));
    let (settlement, servicing) = suite.by(admin).public_times().motsu_unwrap();
    // Genesis has moved, not the clock.
    assert_eq!((settlement, servicing), (ZERO, U256::from(genesis + 3 * DAY)));

    let rest = tens(1) - filled;
    let serviced = suite
        .vault()
        .service_queue(rest + n(1), tens(200), tens(100), tens(100), true)
        .motsu_unwrap();
    let pending = tens(5) - bond - n(1);
    assert_eq!(serviced, ((rest + n(1)), (rest + n(1)) * n(2), pending));
    assert_eq!(
        suite.by(admin).redemption_of(n(1)).motsu_unwrap(),
        (ZERO, ZERO, ZERO, tens(1), assets + rest * n(2), alice, at, ZERO)
    );
    let everything = assets + rest * n(2);
    assert_eq!(suite.vault().pay_assets(alice, everything).motsu_unwrap(), tens(1));
    assert_eq!(suite.by(admin).ids_of(alice), vec![n(3)]);
    assert_eq!(suite.vault().pay_request(n(2), n(1)).motsu_unwrap(), (bob, n(2)));
    refused(
        suite.vault().pay_shares(bob, n(1)),
        IQevAuction::ExceedsClaimable {
            requested: n(1),
            claimable: ZERO,
        },
    );
}

/* ------------------------------------------------------------------------------------- words, errors, events */

#[motsu::test]
fn no_two_words_share_a_place(auction: Contract<Auction>, admin: Address) {
    let mut call = auction.sender(admin);
    let regions = [
        Region::QueueHead,
        Region::QueueTree,
        Region::Checkpoints,
        Region::LevelBitmap,
        Region::LevelTotals,
        Region::Agenda,
        Region::Requests,
        Region::Epochs,
        Region::SlotIds,
    ];
    let indices = [0, 1, 1 << 32, u64::MAX];
    let controllers = [Address::with_last_byte(1), Address::repeat_byte(0xff), admin];
    let mut value = 0_u64;
    let mut next = || {
        value += 1;
        U256::from(value)
    };
    for region in regions {
        for index in indices {
            call.books.store(region, index, next());
        }
    }
    for controller in controllers {
        for number in [0, 1, 6] {
            call.books.store_ids(controller, number, next());
        }
    }
    let mut value = 0_u64;
    let mut expect = || {
        value += 1;
        U256::from(value)
    };
    for region in regions {
        for index in indices {
            assert_eq!(call.books.load(region, index), expect());
        }
    }
    for controller in controllers {
        for number in [0, 1, 6] {
            assert_eq!(call.books.load_ids(controller, number), expect());
        }
    }
}

/// Every refusal with the revert data that the interface declares for it.
#[test]
#[allow(clippy::too_many_lines)]
fn refusals_are_the_errors_of_the_interface() {
    let (id, epoch) = (7_u32, 8_u64);
    let request = || n(id);
    let seal = B256::repeat_byte(5);
    let controller = Address::repeat_byte(6);
    let cases: Vec<(Refusal, Vec<u8>)> = vec![
        (Refusal::InvalidAmount, IQevAuction::InvalidAmount {}.abi_encode()),
        (
            Refusal::ValueTooLarge {
                value: u128::MAX,
                maximum: 2,
            },
            IQevAuction::ValueTooLarge {
                value: n(u128::MAX),
                maximum: n(2),
            }
            .abi_encode(),
        ),
        (
            Refusal::InvalidBasisPoints {
                basis_points: 1,
                maximum: 2,
            },
            IQevAuction::InvalidBasisPoints {
                basisPoints: n(1),
                maximum: n(2),
            }
            .abi_encode(),
        ),
        (
            Refusal::InvalidBounds { min: 1, max: 2 },
            IQevAuction::InvalidBounds {
                minDiscountBps: n(1),
                maxDiscountBps: n(2),
            }
            .abi_encode(),
        ),
        (
            Refusal::TooManyRequests { controller },
            IQevAuction::TooManyRequests {
                controller,
                maximum: n(50),
            }
            .abi_encode(),
        ),
        (
            Refusal::UnknownRequest { id },
            IQevAuction::UnknownRequest { requestId: request() }.abi_encode(),
        ),
        (
            Refusal::WrongPhase {
                required: Phase::Bid,
                actual: Phase::Reveal,
            },
            IQevAuction::WrongPhase {
                required: IQevAuction::Phase::Bid,
                actual: IQevAuction::Phase::Reveal,
            }
            .abi_encode(),
        ),
        (
            Refusal::WrongPhase {
                required: Phase::Reveal,
                actual: Phase::Before,
            },
            IQevAuction::WrongPhase {
                required: IQevAuction::Phase::Reveal,
                actual: IQevAuction::Phase::BeforeGenesis,
            }
            .abi_encode(),
        ),
        (
            Refusal::InvalidCommitment,
            IQevAuction::InvalidCommitment { commitment: B256::ZERO }.abi_encode(),
        ),
        (
            Refusal::NoSealedBid { id },
            IQevAuction::NoSealedBid { requestId: request() }.abi_encode(),
        ),
        (
            Refusal::AlreadyRevealed { id },
            IQevAuction::AlreadyRevealed { requestId: request() }.abi_encode(),
        ),
        (
            Refusal::NothingPending { id },
            IQevAuction::NothingPending { requestId: request() }.abi_encode(),
        ),
        (
            Refusal::AlreadyServiced { id },
            IQevAuction::AlreadyServiced { requestId: request() }.abi_encode(),
        ),
        (
            Refusal::BidUnsettled { id, epoch },
            IQevAuction::BidUnsettled {
                requestId: request(),
                epoch: n(epoch),
            }
            .abi_encode(),
        ),
        (
            Refusal::InvalidOpening { id, commitment: seal },
            IQevAuction::InvalidOpening {
                requestId: request(),
                commitment: seal,
            }
            .abi_encode(),
        ),
        (
            Refusal::DiscountOutOfBounds {
                discount_bps: 1,
                min: 2,
                max: 3,
            },
            IQevAuction::DiscountOutOfBounds {
                discountBps: n(1),
                minDiscountBps: n(2),
                maxDiscountBps: n(3),
            }
            .abi_encode(),
        ),
        (
            Refusal::AnnouncementClosed { epoch, closed_at: 9 },
            IQevAuction::AnnouncementClosed {
                epoch: n(epoch),
                closedAt: n(9),
            }
            .abi_encode(),
        ),
        (Refusal::NothingToSettle, IQevAuction::NothingToSettle {}.abi_encode()),
        (
            Refusal::NotPublicYet { public_from: 9 },
            IQevAuction::NotPublicYet { publicFrom: n(9) }.abi_encode(),
        ),
        (
            Refusal::EpochUnsettled { epoch },
            IQevAuction::EpochUnsettled { epoch: n(epoch) }.abi_encode(),
        ),
        (
            Refusal::RestoreWindowOpen {
                awaiting_restore: 1,
                until: 2,
            },
            IQevAuction::RestoreWindowOpen {
                sharesAwaitingRestore: n(1),
                until: n(2),
            }
            .abi_encode(),
        ),
        (
            Refusal::NotEligible { shares: 1, eligible: 2 },
            IQevAuction::NotEligible {
                shares: n(1),
                eligibleShares: n(2),
            }
            .abi_encode(),
        ),
        (
            Refusal::InsufficientBalance,
            IQevAuction::InsufficientBalance {}.abi_encode(),
        ),
        (Refusal::ZeroNav, IQevAuction::ZeroNav {}.abi_encode()),
        (
            Refusal::NothingToRestore { id },
            IQevAuction::NothingToRestore { requestId: request() }.abi_encode(),
        ),
        (
            Refusal::ExceedsClaimable {
                requested: 1,
                claimable: 2,
            },
            IQevAuction::ExceedsClaimable {
                requested: n(1),
                claimable: n(2),
            }
            .abi_encode(),
        ),
        (
            Refusal::Inconsistent(qev_core::Error::Inconsistent),
            IQevAuction::Inconsistent {}.abi_encode(),
        ),
    ];
    for (refusal, expected) in cases {
        assert_eq!(revert(Box::new(refusal)), Revert(expected), "{refusal:?}");
    }
}

#[motsu::test]
#[allow(clippy::too_many_lines)]
fn events_are_those_of_the_interface(auction: Contract<Auction>, admin: Address, controller: Address) {
    fn check<E: SolEvent + core::fmt::Debug>(auction: &Contract<Auction>, admin: Address, event: Event, expected: &E) {
        auction.sender(admin).books.emit(event);
        auction.assert_emitted(expected);
    }
    let (id, epoch) = (7_u32, 8_u64);
    check(
        &auction,
        admin,
        Event::DiscountBoundsSet {
            min: 1,
            max: 2,
            from_epoch: 3,
        },
        &IQevAuction::DiscountBoundsSet {
            minDiscountBps: n(1),
            maxDiscountBps: n(2),
            fromEpoch: n(3),
        },
    );
    check(
        &auction,
        admin,
        Event::BondSet {
            bond_bps: 1,
            from_epoch: 2,
        },
        &IQevAuction::BondSet {
            bondBps: n(1),
            fromEpoch: n(2),
        },
    );
    check(
        &auction,
        admin,
        Event::RequestQueued {
            id,
            controller,
            epoch,
            shares: u128::MAX,
        },
        &IQevAuction::RequestQueued {
            requestId: n(id),
            controller,
            epoch: n(epoch),
            shares: n(u128::MAX),
        },
    );
    check(
        &auction,
        admin,
        Event::BidCommitted {
            id,
            epoch,
            commitment: B256::repeat_byte(1),
            shares: 2,
            bond: 3,
        },
        &IQevAuction::BidCommitted {
            requestId: n(id),
            epoch: n(epoch),
            commitment: B256::repeat_byte(1),
            shares: n(2),
            bond: n(3),
        },
    );
    check(
        &auction,
        admin,
        Event::BidWithdrawn { id, epoch },
        &IQevAuction::BidWithdrawn {
            requestId: n(id),
            epoch: n(epoch),
        },
    );
    check(
        &auction,
        admin,
        Event::BidRevealed {
            id,
            epoch,
            discount_bps: 1,
            shares: 2,
        },
        &IQevAuction::BidRevealed {
            requestId: n(id),
            epoch: n(epoch),
            discountBps: n(1),
            shares: n(2),
        },
    );
    check(
        &auction,
        admin,
        Event::LimitAnnounced { epoch, assets: 1 },
        &IQevAuction::LimitAnnounced {
            epoch: n(epoch),
            assets: n(1),
        },
    );
    check(
        &auction,
        admin,
        Event::AuctionSettled {
            epoch,
            limit: 1,
            discount_bps: 2,
            filled: 3,
            assets: 4,
            forfeited: 5,
            gain: 6,
            awaiting_restore: 7,
        },
        &IQevAuction::AuctionSettled {
            epoch: n(epoch),
            limit: n(1),
            clearingDiscountBps: n(2),
            filledShares: n(3),
            assets: n(4),
            forfeitedShares: n(5),
            gain: n(6),
            sharesAwaitingRestore: n(7),
        },
    );
    for at_tail in [false, true] {
        check(
            &auction,
            admin,
            Event::RequestRestored { id, shares: 1, at_tail },
            &IQevAuction::RequestRestored {
                requestId: n(id),
                shares: n(1),
                atTail: at_tail,
            },
        );
    }
    check(
        &auction,
        admin,
        Event::RedemptionCheckpoint {
            watermark: 1,
            cumulative_assets: 2,
        },
        &IQevAuction::RedemptionCheckpoint {
            watermark: n(1),
            cumulativeAssets: n(2),
        },
    );
    check(
        &auction,
        admin,
        Event::RedemptionProcessed {
            id,
            controller,
            shares: 1,
            assets: 2,
            pending: 3,
        },
        &IQevAuction::RedemptionProcessed {
            redemptionId: n(id),
            controller,
            fulfilledShares: n(1),
            amount: n(2),
            pendingShares: n(3),
        },
    );
}
