//! The contract's rules, one test a rule and one a refusal. What a lot may become in which state is tested in
//! [`lot`](crate::lot), whatever needs time, routing, receivers or gas end to end on the deployed program.

use alloy_primitives::{uint, Address, B256, U256};
use contract_kit::{
    access::{AccessControlBadConfirmation, AccessControlUnauthorizedAccount, RoleGranted, RoleRevoked},
    doubles::TokenDouble,
    erc721::{
        Approval, ApprovalForAll, ERC721IncorrectOwner, ERC721InsufficientApproval, ERC721InvalidApprover,
        ERC721InvalidOperator, ERC721InvalidOwner, ERC721InvalidReceiver, ERC721NonexistentToken, Transfer,
    },
    interfaces,
    roles::{self, Role},
    Revert,
};
use motsu::prelude::*;
use proptest::prelude::*;

use crate::{
    abi::ICaliber::{
        self, Appraised, CustodiansAlreadySet, CustodiansSet, EmptyLot, Frozen, GoodsDelivered, GoodsRequestCancelled,
        GoodsRequested, Insured, InvalidAddress, InvalidBasisPoints, InvalidDocument, InvalidPeriod, InvalidSerial,
        LossAttested, LotSealed, NoRedemptionRequested, NotBailee, ReceiptAttested, RedemptionRequested, Released,
        SerialInUse, Surrendered, TokenFrozen, Tokenized, UnitsAdded, ValueTooLarge, WrongCustody,
    },
    Caliber,
};

const ADMIN: Address = Address::repeat_byte(0xa0);
const AGENT: Address = Address::repeat_byte(0xa1);
const APPRAISER: Address = Address::repeat_byte(0xa2);
const INSURER: Address = Address::repeat_byte(0xa3);
const OFFICER: Address = Address::repeat_byte(0xa4);
const BAILEE: Address = Address::repeat_byte(0xb0);
const OWNER: Address = Address::repeat_byte(0xc0);
const BUYER: Address = Address::repeat_byte(0xc1);
const STRANGER: Address = Address::repeat_byte(0xd0);

const ID: U256 = uint!(1_U256);
const AGREEMENT: B256 = B256::repeat_byte(0xaa);
const DOCUMENT: B256 = B256::repeat_byte(0xdd);
const DOLLAR: U256 = uint!(1_000_000_000_000_000_000_U256);
const YEAR: u64 = 365 * 86_400;
/// 5.2 · 10^15 dollars.
const MAX_AMOUNT: U256 = uint!(0xffffffffffffffffffffffffffff_U256);

type Book = Contract<Caliber>;
type Attestation = fn(&mut Caliber, U256, B256) -> Result<(), Revert>;

fn construct(caliber: &Book) {
    caliber.sender(ADMIN).constructor(ADMIN).motsu_unwrap();
    for (role, account) in [
        (roles::TOKENIZING_AGENT, AGENT),
        (roles::APPRAISER, APPRAISER),
        (roles::INSURER, INSURER),
        (roles::COMPLIANCE, OFFICER),
    ] {
        caliber.sender(ADMIN).grant_role(role.id(), account).motsu_unwrap();
    }
}

fn serials(numbers: core::ops::Range<u64>) -> Vec<B256> {
    numbers.map(serial).collect()
}

fn serial(number: u64) -> B256 {
    alloy_primitives::keccak256(number.to_be_bytes())
}

fn tokenize(caliber: &Book, units: Vec<B256>, seal: bool) -> Result<U256, Revert> {
    caliber.sender(AGENT).tokenize(
        OWNER,
        "NVIDIA H200".into(),
        BAILEE,
        AGREEMENT,
        "ipfs://lot".into(),
        units,
        seal,
    )
}

/// A lot of two units in the hands of the bailee.
fn held(caliber: &Book) -> U256 {
    let id = tokenize(caliber, serials(0..2), true).motsu_unwrap();
    caliber.sender(BAILEE).attest_receipt(id, DOCUMENT).motsu_unwrap();
    id
}

/// As [`held`], worth 1,000 dollars and insured for as much.
fn pledgeable(caliber: &Book) -> U256 {
    let id = held(caliber);
    let now = now(caliber);
    caliber
        .sender(APPRAISER)
        .appraise(
            id,
            DOLLAR * U256::from(1_000),
            now + YEAR / 2,
            4 * YEAR,
            1_000,
            DOCUMENT,
        )
        .motsu_unwrap();
    caliber
        .sender(INSURER)
        .insure(id, DOLLAR * U256::from(1_000), now + YEAR, DOCUMENT)
        .motsu_unwrap();
    assert!(caliber.sender(OWNER).is_eligible(id).motsu_unwrap());
    id
}

/// The time, which stands still here.
fn now(caliber: &Book) -> u64 {
    let _ = caliber.sender(OWNER).name();
    contract_kit::host::timestamp()
}

fn link(caliber: &Book, pool: &Contract<TokenDouble>, auction: &Contract<TokenDouble>) {
    caliber
        .sender(ADMIN)
        .set_custodians(pool.address(), auction.address())
        .motsu_unwrap();
}

/// The pool takes a title of the owner.
fn pledge(caliber: &Book, pool: Address, id: U256) {
    caliber.sender(OWNER).approve(pool, id).motsu_unwrap();
    caliber.sender(pool).transfer_from(OWNER, pool, id).motsu_unwrap();
}

fn custody(caliber: &Book, id: U256) -> u8 {
    caliber.sender(OWNER).lot(id).motsu_unwrap().0
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Revert>, error: impl Into<Revert>) {
    assert_eq!(outcome.motsu_unwrap_err(), error.into());
}

fn unauthorized(account: Address, role: Role) -> AccessControlUnauthorizedAccount {
    AccessControlUnauthorizedAccount {
        account,
        neededRole: role.id(),
    }
}

fn wrong(actual: ICaliber::Custody) -> WrongCustody {
    WrongCustody { tokenId: ID, actual }
}

/* ---------------------------------------------------------------------------------------------- construction */

#[motsu::test]
fn construction_names_the_admin(caliber: Book) {
    refused(caliber.sender(ADMIN).constructor(Address::ZERO), InvalidAddress {});
    construct(&caliber);
    caliber.assert_emitted(&RoleGranted {
        role: roles::DEFAULT_ADMIN.id(),
        account: ADMIN,
        sender: ADMIN,
    });
    let caliber = caliber.sender(STRANGER);
    assert_eq!((caliber.name(), caliber.symbol()), ("CALIBER".into(), "CALIBER".into()));
    assert_eq!(caliber.total_supply(), U256::ZERO);
    assert_eq!(caliber.custodians(), (Address::ZERO, Address::ZERO));
    assert_eq!(caliber.default_admin_role(), B256::ZERO);
    assert_eq!(caliber.get_role_admin(DOCUMENT), B256::ZERO);
    for id in [
        interfaces::ERC165,
        interfaces::ERC721,
        interfaces::ERC721_METADATA,
        interfaces::ACCESS_CONTROL,
    ] {
        assert!(caliber.supports_interface(id));
    }
    assert!(!caliber.supports_interface([0xff; 4].into()));
    assert!(!caliber.supports_interface(interfaces::ERC20));
}

#[motsu::test]
fn roles_come_and_go(caliber: Book) {
    construct(&caliber);
    let role = roles::APPRAISER;
    let has = |account| caliber.sender(STRANGER).has_role(role.id(), account);
    assert!(has(APPRAISER) && !has(STRANGER));
    refused(
        caliber.sender(AGENT).grant_role(role.id(), STRANGER),
        unauthorized(AGENT, roles::DEFAULT_ADMIN),
    );
    refused(
        caliber.sender(AGENT).revoke_role(role.id(), APPRAISER),
        unauthorized(AGENT, roles::DEFAULT_ADMIN),
    );
    refused(
        caliber.sender(AGENT).renounce_role(role.id(), APPRAISER),
        AccessControlBadConfirmation {},
    );
    caliber
        .sender(APPRAISER)
        .renounce_role(role.id(), APPRAISER)
        .motsu_unwrap();
    caliber.assert_emitted(&RoleRevoked {
        role: role.id(),
        account: APPRAISER,
        sender: APPRAISER,
    });
    assert!(!has(APPRAISER));
}

#[motsu::test]
fn the_custodians_are_linked_once(caliber: Book, pool: Contract<TokenDouble>, auction: Contract<TokenDouble>) {
    construct(&caliber);
    let (loan_pool, collateral_auction) = (pool.address(), auction.address());
    let set = |sender, a, b| caliber.sender(sender).set_custodians(a, b);
    refused(
        set(OFFICER, loan_pool, collateral_auction),
        unauthorized(OFFICER, roles::DEFAULT_ADMIN),
    );
    for (a, b) in [
        (Address::ZERO, collateral_auction),
        (loan_pool, Address::ZERO),
        (STRANGER, collateral_auction),
        (loan_pool, STRANGER),
    ] {
        refused(set(ADMIN, a, b), InvalidAddress {});
    }
    set(ADMIN, loan_pool, collateral_auction).motsu_unwrap();
    caliber.assert_emitted(&CustodiansSet {
        loanPool: loan_pool,
        collateralAuction: collateral_auction,
    });
    assert_eq!(caliber.sender(STRANGER).custodians(), (loan_pool, collateral_auction));
    refused(set(ADMIN, loan_pool, collateral_auction), CustodiansAlreadySet {});
}

/* ---------------------------------------------------------------------------------------------- tokenization */

#[motsu::test]
fn a_title_says_what_it_was_minted_with(caliber: Book) {
    construct(&caliber);
    let id = tokenize(&caliber, serials(0..3), true).motsu_unwrap();
    assert_eq!(id, ID);
    caliber.assert_emitted(&Transfer {
        from: Address::ZERO,
        to: OWNER,
        tokenId: id,
    });
    caliber.assert_emitted(&Tokenized {
        tokenId: id,
        bailee: BAILEE,
        bailmentAgreement: AGREEMENT,
        model: "NVIDIA H200".into(),
    });
    let three = U256::from(3);
    caliber.assert_emitted(&UnitsAdded {
        tokenId: id,
        units: three,
        total: three,
    });
    caliber.assert_emitted(&LotSealed {
        tokenId: id,
        units: three,
    });
    let book = caliber.sender(STRANGER);
    assert_eq!(book.lot(id).motsu_unwrap(), (1, false, false, three, BAILEE, AGREEMENT));
    assert_eq!(book.model(id).motsu_unwrap(), "NVIDIA H200");
    assert_eq!(book.token_uri(id).motsu_unwrap(), "ipfs://lot");
    assert_eq!(book.owner_of(id).motsu_unwrap(), OWNER);
    assert_eq!(book.balance_of(OWNER).motsu_unwrap(), ID);
    assert_eq!(book.total_supply(), ID);
    assert_eq!((book.lot_of(serial(2)), book.lot_of(serial(3))), (id, U256::ZERO));
    // Neither appraised nor insured.
    assert_eq!(book.collateral_value(id).motsu_unwrap(), U256::ZERO);
    assert!(!book.is_eligible(id).motsu_unwrap());
}

#[motsu::test]
fn what_makes_no_title_is_refused(caliber: Book) {
    construct(&caliber);
    let mint = |sender, owner, bailee, agreement, units: Vec<B256>, seal| {
        caliber
            .sender(sender)
            .tokenize(owner, "model".into(), bailee, agreement, "uri".into(), units, seal)
    };
    let unit = || serials(0..1);
    refused(
        mint(OWNER, OWNER, BAILEE, AGREEMENT, unit(), true),
        unauthorized(OWNER, roles::TOKENIZING_AGENT),
    );
    refused(
        mint(AGENT, Address::ZERO, BAILEE, AGREEMENT, unit(), true),
        ERC721InvalidReceiver {
            receiver: Address::ZERO,
        },
    );
    refused(
        mint(AGENT, OWNER, Address::ZERO, AGREEMENT, unit(), true),
        InvalidAddress {},
    );
    refused(mint(AGENT, OWNER, BAILEE, B256::ZERO, unit(), true), InvalidDocument {});
    refused(
        mint(AGENT, OWNER, BAILEE, AGREEMENT, vec![serial(0), B256::ZERO], true),
        InvalidSerial {},
    );
    refused(
        mint(AGENT, OWNER, BAILEE, AGREEMENT, vec![], true),
        EmptyLot { tokenId: ID },
    );
    refused(
        mint(
            AGENT,
            OWNER,
            BAILEE,
            AGREEMENT,
            vec![serial(0), serial(1), serial(0)],
            true,
        ),
        SerialInUse {
            serial: serial(0),
            tokenId: ID,
        },
    );
    // Nothing of that left anything behind.
    assert_eq!(caliber.sender(OWNER).total_supply(), U256::ZERO);
    assert_eq!(mint(AGENT, OWNER, BAILEE, AGREEMENT, unit(), true).motsu_unwrap(), ID);
    refused(
        mint(AGENT, OWNER, BAILEE, AGREEMENT, vec![serial(1), serial(0)], true),
        SerialInUse {
            serial: serial(0),
            tokenId: ID,
        },
    );
}

#[motsu::test]
fn a_lot_is_built_in_several_steps(caliber: Book) {
    construct(&caliber);
    let id = tokenize(&caliber, vec![], false).motsu_unwrap();
    let add = |sender, units, seal| caliber.sender(sender).add_units(id, units, seal);
    let units = || caliber.sender(OWNER).lot(id).motsu_unwrap().3;
    assert_eq!((custody(&caliber, id), units()), (0, U256::ZERO));
    refused(
        add(OWNER, serials(0..1), true),
        unauthorized(OWNER, roles::TOKENIZING_AGENT),
    );
    refused(add(AGENT, vec![], true), EmptyLot { tokenId: id });
    add(AGENT, serials(0..2), false).motsu_unwrap();
    caliber.assert_emitted(&UnitsAdded {
        tokenId: id,
        units: U256::from(2),
        total: U256::from(2),
    });
    refused(
        add(AGENT, serials(1..4), false),
        SerialInUse {
            serial: serial(1),
            tokenId: id,
        },
    );
    add(AGENT, serials(2..5), false).motsu_unwrap();
    assert_eq!((custody(&caliber, id), units()), (0, U256::from(5)));
    refused(
        caliber.sender(BAILEE).attest_receipt(id, DOCUMENT),
        wrong(ICaliber::Custody::Building),
    );
    add(AGENT, vec![], true).motsu_unwrap();
    caliber.assert_emitted(&LotSealed {
        tokenId: id,
        units: U256::from(5),
    });
    assert_eq!((custody(&caliber, id), units()), (1, U256::from(5)));
    for seal in [false, true] {
        refused(add(AGENT, serials(5..6), seal), wrong(ICaliber::Custody::Sealed));
    }
    assert_eq!(caliber.sender(OWNER).lot_of(serial(4)), id);
    let absent = U256::from(2);
    refused(
        caliber.sender(AGENT).add_units(absent, vec![], false),
        ERC721NonexistentToken { tokenId: absent },
    );
}

#[motsu::test]
fn texts_of_any_length_are_kept(caliber: Book) {
    construct(&caliber);
    for (number, length) in [0, 1, 27, 28, 29, 31, 32, 59, 60, 61, 300].into_iter().enumerate() {
        let text: String = "añ€😀b".chars().cycle().take(length).collect();
        let other = "u".repeat(length);
        let id = caliber
            .sender(AGENT)
            .tokenize(OWNER, text.clone(), BAILEE, AGREEMENT, other.clone(), vec![], false)
            .motsu_unwrap();
        assert_eq!(id, U256::from(number + 1));
        assert_eq!(caliber.sender(OWNER).model(id).motsu_unwrap(), text);
        assert_eq!(caliber.sender(OWNER).token_uri(id).motsu_unwrap(), other);
    }
}

/* -------------------------------------------------------------------------------------------------- bailment */

#[motsu::test]
fn the_bailee_attests(caliber: Book) {
    construct(&caliber);
    let id = tokenize(&caliber, serials(0..2), true).motsu_unwrap();
    let attest = || caliber.sender(BAILEE);
    attest().attest_receipt(id, DOCUMENT).motsu_unwrap();
    caliber.assert_emitted(&ReceiptAttested {
        tokenId: id,
        bailee: BAILEE,
        document: DOCUMENT,
    });
    assert_eq!(custody(&caliber, id), 2);
    refused(attest().attest_receipt(id, DOCUMENT), wrong(ICaliber::Custody::Held));
    attest().release(id, DOCUMENT).motsu_unwrap();
    caliber.assert_emitted(&Released {
        tokenId: id,
        bailee: BAILEE,
        document: DOCUMENT,
    });
    assert_eq!(custody(&caliber, id), 1);
    refused(attest().release(id, DOCUMENT), wrong(ICaliber::Custody::Sealed));
    refused(attest().attest_loss(id, DOCUMENT), wrong(ICaliber::Custody::Sealed));
    attest().attest_receipt(id, DOCUMENT).motsu_unwrap();
    attest().attest_loss(id, DOCUMENT).motsu_unwrap();
    caliber.assert_emitted(&LossAttested {
        tokenId: id,
        bailee: BAILEE,
        document: DOCUMENT,
    });
    assert_eq!(custody(&caliber, id), 3);
    let attempts: [Attestation; 3] = [Caliber::attest_receipt, Caliber::attest_loss, Caliber::release];
    for attempt in attempts {
        refused(attempt(&mut attest(), id, DOCUMENT), wrong(ICaliber::Custody::Lost));
    }
    // A lost lot keeps its serials.
    assert_eq!(caliber.sender(OWNER).lot_of(serial(1)), id);
}

#[motsu::test]
fn only_the_lots_bailee_attests_and_with_a_document(caliber: Book) {
    construct(&caliber);
    let id = tokenize(&caliber, serials(0..2), true).motsu_unwrap();
    for caller in [OWNER, AGENT, ADMIN, STRANGER] {
        let attempts: [Attestation; 4] = [
            Caliber::attest_receipt,
            Caliber::attest_loss,
            Caliber::release,
            Caliber::confirm_delivery,
        ];
        for attempt in attempts {
            let not_bailee = NotBailee { tokenId: id, caller };
            refused(attempt(&mut caliber.sender(caller), id, DOCUMENT), not_bailee);
            refused(attempt(&mut caliber.sender(BAILEE), id, B256::ZERO), InvalidDocument {});
            let absent = U256::from(9);
            refused(
                attempt(&mut caliber.sender(BAILEE), absent, DOCUMENT),
                ERC721NonexistentToken { tokenId: absent },
            );
        }
    }
}

/* ---------------------------------------------------------------------------------- evaluation and insurance */

#[motsu::test]
fn an_appraisal_is_kept_and_told(caliber: Book) {
    construct(&caliber);
    let id = tokenize(&caliber, serials(0..2), true).motsu_unwrap();
    let (now, value) = (now(&caliber), DOLLAR * U256::from(64 * 30_000));
    assert_eq!(
        caliber.sender(OWNER).appraisal(id).motsu_unwrap(),
        (U256::ZERO, U256::ZERO, U256::ZERO, U256::ZERO, U256::ZERO, B256::ZERO)
    );
    caliber
        .sender(APPRAISER)
        .appraise(id, value, now + YEAR, 5 * YEAR, 1_500, DOCUMENT)
        .motsu_unwrap();
    let (until, life, residual) = (U256::from(now + YEAR), U256::from(5 * YEAR), U256::from(1_500));
    caliber.assert_emitted(&Appraised {
        tokenId: id,
        appraiser: APPRAISER,
        value,
        validUntil: until,
        usefulLife: life,
        residualBps: residual,
        report: DOCUMENT,
    });
    assert_eq!(
        caliber.sender(OWNER).appraisal(id).motsu_unwrap(),
        (value, U256::from(now), until, life, residual, DOCUMENT)
    );
    assert_eq!(caliber.sender(OWNER).collateral_value(id).motsu_unwrap(), value);
}

#[motsu::test]
fn appraisals_out_of_range_are_refused(caliber: Book) {
    construct(&caliber);
    let id = held(&caliber);
    let now = now(&caliber);
    let appraise = |value, until, life, residual, report| {
        caliber
            .sender(APPRAISER)
            .appraise(id, value, until, life, residual, report)
    };
    let later = now + 1;
    for (until, life) in [(now, YEAR), (now - 1, YEAR), (0, YEAR), (later, 0)] {
        refused(
            appraise(DOLLAR, until, life, 0, DOCUMENT),
            InvalidPeriod {
                end: U256::from(until),
                usefulLife: U256::from(life),
            },
        );
    }
    let latest = (1_u64 << 40) - 1;
    for (until, life, value) in [
        (latest + 1, 1, latest + 1),
        (u64::MAX, 1, u64::MAX),
        (later, latest + 1, latest + 1),
        (later, u64::MAX, u64::MAX),
    ] {
        refused(
            appraise(DOLLAR, until, life, 0, DOCUMENT),
            ValueTooLarge {
                value: U256::from(value),
                maximum: U256::from(latest),
            },
        );
    }
    for bps in [10_001, u16::MAX] {
        refused(
            appraise(DOLLAR, later, YEAR, bps, DOCUMENT),
            InvalidBasisPoints {
                basisPoints: U256::from(bps),
                maximum: U256::from(10_000),
            },
        );
    }
    for value in [MAX_AMOUNT + ID, U256::MAX] {
        refused(
            appraise(value, later, YEAR, 0, DOCUMENT),
            ValueTooLarge {
                value,
                maximum: MAX_AMOUNT,
            },
        );
    }
    refused(appraise(DOLLAR, later, YEAR, 0, B256::ZERO), InvalidDocument {});
    refused(
        caliber.sender(INSURER).appraise(id, DOLLAR, later, YEAR, 0, DOCUMENT),
        unauthorized(INSURER, roles::APPRAISER),
    );
    // The extremes themselves are taken.
    appraise(MAX_AMOUNT, latest, latest, 10_000, DOCUMENT).motsu_unwrap();
    assert_eq!(caliber.sender(OWNER).collateral_value(id).motsu_unwrap(), MAX_AMOUNT);
    appraise(U256::ZERO, later, 1, 0, DOCUMENT).motsu_unwrap();
    assert_eq!(caliber.sender(OWNER).collateral_value(id).motsu_unwrap(), U256::ZERO);
}

#[motsu::test]
fn a_policy_is_kept_and_told(caliber: Book) {
    construct(&caliber);
    let id = held(&caliber);
    let expiry = now(&caliber) + 1;
    let insure = |coverage, expiry, policy| caliber.sender(INSURER).insure(id, coverage, expiry, policy);
    insure(MAX_AMOUNT, expiry, DOCUMENT).motsu_unwrap();
    caliber.assert_emitted(&Insured {
        tokenId: id,
        insurer: INSURER,
        coverage: MAX_AMOUNT,
        expiry: U256::from(expiry),
        policy: DOCUMENT,
    });
    let policy = || caliber.sender(OWNER).insurance(id).motsu_unwrap();
    assert_eq!(policy(), (MAX_AMOUNT, U256::from(expiry), DOCUMENT));
    insure(DOLLAR, u64::MAX, AGREEMENT).motsu_unwrap();
    assert_eq!(policy(), (DOLLAR, U256::from(u64::MAX), AGREEMENT));
    for expiry in [0, expiry - 1] {
        refused(
            insure(DOLLAR, expiry, DOCUMENT),
            InvalidPeriod {
                end: U256::from(expiry),
                usefulLife: U256::ZERO,
            },
        );
    }
    refused(
        insure(MAX_AMOUNT + ID, expiry, DOCUMENT),
        ValueTooLarge {
            value: MAX_AMOUNT + ID,
            maximum: MAX_AMOUNT,
        },
    );
    refused(insure(DOLLAR, expiry, B256::ZERO), InvalidDocument {});
    refused(
        caliber.sender(APPRAISER).insure(id, DOLLAR, expiry, DOCUMENT),
        unauthorized(APPRAISER, roles::INSURER),
    );
}

#[motsu::test]
fn only_complete_lots_that_are_not_lost_are_assessed(caliber: Book) {
    construct(&caliber);
    let id = tokenize(&caliber, serials(0..2), false).motsu_unwrap();
    let later = now(&caliber) + 1;
    let appraise = |id| caliber.sender(APPRAISER).appraise(id, DOLLAR, later, YEAR, 0, DOCUMENT);
    let insure = |id| caliber.sender(INSURER).insure(id, DOLLAR, later, DOCUMENT);
    refused(appraise(id), wrong(ICaliber::Custody::Building));
    refused(insure(id), wrong(ICaliber::Custody::Building));
    let absent = U256::from(2);
    refused(appraise(absent), ERC721NonexistentToken { tokenId: absent });
    refused(insure(absent), ERC721NonexistentToken { tokenId: absent });
    caliber.sender(AGENT).add_units(id, vec![], true).motsu_unwrap();
    appraise(id).motsu_unwrap();
    insure(id).motsu_unwrap();
    caliber.sender(BAILEE).attest_receipt(id, DOCUMENT).motsu_unwrap();
    appraise(id).motsu_unwrap();
    insure(id).motsu_unwrap();
    caliber.sender(BAILEE).attest_loss(id, DOCUMENT).motsu_unwrap();
    refused(appraise(id), wrong(ICaliber::Custody::Lost));
    refused(insure(id), wrong(ICaliber::Custody::Lost));
}

#[motsu::test]
fn eligible_is_held_appraised_insured_free(caliber: Book) {
    construct(&caliber);
    let id = pledgeable(&caliber);
    let (now, value) = (now(&caliber), DOLLAR * U256::from(1_000));
    let eligible = || caliber.sender(STRANGER).is_eligible(id).motsu_unwrap();
    let insure = |coverage| {
        caliber
            .sender(INSURER)
            .insure(id, coverage, now + YEAR, DOCUMENT)
            .motsu_unwrap();
    };
    insure(value - ID);
    assert!(!eligible(), "covered for a wei less");
    insure(value);
    assert!(eligible());
    caliber.sender(OFFICER).set_frozen(id, true).motsu_unwrap();
    assert!(!eligible(), "frozen");
    caliber.sender(OFFICER).set_frozen(id, false).motsu_unwrap();
    caliber.sender(OWNER).request_goods(id).motsu_unwrap();
    assert!(!eligible(), "requested");
    caliber.sender(OWNER).cancel_goods_request(id).motsu_unwrap();
    caliber.sender(BAILEE).release(id, DOCUMENT).motsu_unwrap();
    assert!(!eligible(), "released");
    assert_eq!(caliber.sender(OWNER).collateral_value(id).motsu_unwrap(), value);
    caliber.sender(BAILEE).attest_receipt(id, DOCUMENT).motsu_unwrap();
    assert!(eligible());
    // Worth nothing.
    caliber
        .sender(APPRAISER)
        .appraise(id, U256::ZERO, now + 1, YEAR, 0, DOCUMENT)
        .motsu_unwrap();
    assert!(!eligible(), "worthless");
    caliber
        .sender(APPRAISER)
        .appraise(id, value, now + 1, YEAR, 0, DOCUMENT)
        .motsu_unwrap();
    assert!(eligible());
    caliber.sender(BAILEE).attest_loss(id, DOCUMENT).motsu_unwrap();
    assert!(!eligible(), "lost");
    assert_eq!(caliber.sender(OWNER).collateral_value(id).motsu_unwrap(), U256::ZERO);
}

/* --------------------------------------------------------------------------------------- redemption, surrender */

#[motsu::test]
fn goods_are_requested_and_delivered(caliber: Book) {
    construct(&caliber);
    let id = pledgeable(&caliber);
    refused(
        caliber.sender(BAILEE).confirm_delivery(id, DOCUMENT),
        NoRedemptionRequested { tokenId: id },
    );
    caliber.sender(OWNER).request_goods(id).motsu_unwrap();
    caliber.assert_emitted(&GoodsRequested {
        tokenId: id,
        holder: OWNER,
    });
    assert!(caliber.sender(OWNER).lot(id).motsu_unwrap().2);
    refused(
        caliber.sender(OWNER).request_goods(id),
        RedemptionRequested { tokenId: id },
    );
    refused(
        caliber.sender(OWNER).transfer_from(OWNER, BUYER, id),
        RedemptionRequested { tokenId: id },
    );
    caliber.sender(BAILEE).confirm_delivery(id, DOCUMENT).motsu_unwrap();
    caliber.assert_emitted(&GoodsDelivered {
        tokenId: id,
        holder: OWNER,
        document: DOCUMENT,
    });
    caliber.assert_emitted(&Transfer {
        from: OWNER,
        to: Address::ZERO,
        tokenId: id,
    });
    assert_eq!(caliber.sender(OWNER).total_supply(), U256::ZERO);
    assert_eq!(caliber.sender(OWNER).balance_of(OWNER).motsu_unwrap(), U256::ZERO);
    // The serials are free, the id is not.
    assert_eq!(caliber.sender(OWNER).lot_of(serial(0)), U256::ZERO);
    let next = tokenize(&caliber, serials(0..2), true).motsu_unwrap();
    assert_eq!((next, caliber.sender(OWNER).lot_of(serial(0))), (U256::from(2), next));
    assert_eq!(caliber.sender(OWNER).collateral_value(next).motsu_unwrap(), U256::ZERO);
    assert_absent(&caliber, id);
}

/// Every function of a token refuses one that does not exist.
#[track_caller]
fn assert_absent(caliber: &Book, id: U256) {
    let absent = || ERC721NonexistentToken { tokenId: id };
    refused(caliber.sender(OWNER).owner_of(id), absent());
    refused(caliber.sender(OWNER).get_approved(id), absent());
    refused(caliber.sender(OWNER).token_uri(id), absent());
    refused(caliber.sender(OWNER).model(id), absent());
    refused(caliber.sender(OWNER).lot(id), absent());
    refused(caliber.sender(OWNER).appraisal(id), absent());
    refused(caliber.sender(OWNER).insurance(id), absent());
    refused(caliber.sender(OWNER).collateral_value(id), absent());
    refused(caliber.sender(OWNER).is_eligible(id), absent());
    refused(caliber.sender(OWNER).approve(BUYER, id), absent());
    refused(caliber.sender(OWNER).transfer_from(OWNER, BUYER, id), absent());
    refused(caliber.sender(OWNER).safe_transfer_from(OWNER, BUYER, id), absent());
    refused(caliber.sender(OWNER).request_goods(id), absent());
    refused(caliber.sender(OWNER).cancel_goods_request(id), absent());
    refused(caliber.sender(OWNER).surrender(id), absent());
    refused(caliber.sender(OFFICER).set_frozen(id, true), absent());
    refused(caliber.sender(AGENT).add_units(id, vec![], false), absent());
}

#[motsu::test]
fn a_request_is_the_holders_and_his_to_cancel(caliber: Book) {
    construct(&caliber);
    let id = held(&caliber);
    for caller in [BAILEE, STRANGER, ADMIN] {
        let unapproved = || ERC721InsufficientApproval {
            operator: caller,
            tokenId: id,
        };
        refused(caliber.sender(caller).request_goods(id), unapproved());
        refused(caliber.sender(caller).cancel_goods_request(id), unapproved());
        refused(caliber.sender(caller).surrender(id), unapproved());
    }
    refused(
        caliber.sender(OWNER).cancel_goods_request(id),
        NoRedemptionRequested { tokenId: id },
    );
    // Whoever may move the token may ask for the goods.
    caliber.sender(OWNER).approve(BUYER, id).motsu_unwrap();
    caliber.sender(BUYER).request_goods(id).motsu_unwrap();
    caliber.sender(OFFICER).set_frozen(id, true).motsu_unwrap();
    refused(
        caliber.sender(BAILEE).confirm_delivery(id, DOCUMENT),
        TokenFrozen { tokenId: id },
    );
    caliber.sender(OWNER).cancel_goods_request(id).motsu_unwrap();
    caliber.assert_emitted(&GoodsRequestCancelled {
        tokenId: id,
        holder: OWNER,
    });
    refused(caliber.sender(OWNER).request_goods(id), TokenFrozen { tokenId: id });
}

#[motsu::test]
fn goods_that_nobody_holds_cannot_be_requested_or_delivered(caliber: Book) {
    construct(&caliber);
    let id = held(&caliber);
    caliber.sender(OWNER).request_goods(id).motsu_unwrap();
    caliber.sender(BAILEE).release(id, DOCUMENT).motsu_unwrap();
    refused(
        caliber.sender(BAILEE).confirm_delivery(id, DOCUMENT),
        wrong(ICaliber::Custody::Sealed),
    );
    caliber.sender(OWNER).cancel_goods_request(id).motsu_unwrap();
    refused(
        caliber.sender(OWNER).request_goods(id),
        wrong(ICaliber::Custody::Sealed),
    );
}

#[motsu::test]
fn a_title_to_goods_that_nobody_holds_is_surrendered(
    caliber: Book,
    pool: Contract<TokenDouble>,
    auction: Contract<TokenDouble>,
) {
    construct(&caliber);
    link(&caliber, &pool, &auction);
    // Never completed.
    let id = tokenize(&caliber, serials(0..2), false).motsu_unwrap();
    caliber.sender(OWNER).surrender(id).motsu_unwrap();
    caliber.assert_emitted(&Surrendered {
        tokenId: id,
        holder: OWNER,
    });
    assert_eq!(caliber.sender(OWNER).total_supply(), U256::ZERO);
    // Held by a bailee: no.
    let id = held(&caliber);
    let held = WrongCustody {
        tokenId: id,
        actual: ICaliber::Custody::Held,
    };
    refused(caliber.sender(OWNER).surrender(id), held);
    // Released, but frozen, or pledged: no.
    caliber.sender(BAILEE).release(id, DOCUMENT).motsu_unwrap();
    caliber.sender(OFFICER).set_frozen(id, true).motsu_unwrap();
    refused(caliber.sender(OWNER).surrender(id), TokenFrozen { tokenId: id });
    caliber.sender(OFFICER).set_frozen(id, false).motsu_unwrap();
    pledge(&caliber, pool.address(), id);
    refused(
        caliber.sender(pool.address()).surrender(id),
        ERC721InvalidOwner { owner: pool.address() },
    );
    caliber
        .sender(pool.address())
        .transfer_from(pool.address(), OWNER, id)
        .motsu_unwrap();
    caliber.sender(OWNER).surrender(id).motsu_unwrap();
    assert_absent(&caliber, id);
    // The goods go to another bailee.
    let again = caliber
        .sender(AGENT)
        .tokenize(
            OWNER,
            String::new(),
            STRANGER,
            AGREEMENT,
            String::new(),
            serials(0..2),
            true,
        )
        .motsu_unwrap();
    assert_eq!(caliber.sender(OWNER).lot(again).motsu_unwrap().4, STRANGER);
}

/* ---------------------------------------------------------------------------------------- transfers, freezing */

#[motsu::test]
fn titles_move_by_the_standard(caliber: Book) {
    construct(&caliber);
    let id = held(&caliber);
    refused(
        caliber.sender(STRANGER).transfer_from(OWNER, BUYER, id),
        ERC721InsufficientApproval {
            operator: STRANGER,
            tokenId: id,
        },
    );
    refused(
        caliber.sender(OWNER).transfer_from(STRANGER, BUYER, id),
        ERC721IncorrectOwner {
            sender: STRANGER,
            tokenId: id,
            owner: OWNER,
        },
    );
    refused(
        caliber.sender(OWNER).transfer_from(OWNER, Address::ZERO, id),
        ERC721InvalidReceiver {
            receiver: Address::ZERO,
        },
    );
    refused(
        caliber.sender(STRANGER).approve(STRANGER, id),
        ERC721InvalidApprover { approver: STRANGER },
    );
    refused(
        caliber.sender(OWNER).set_approval_for_all(Address::ZERO, true),
        ERC721InvalidOperator {
            operator: Address::ZERO,
        },
    );
    refused(
        caliber.sender(OWNER).balance_of(Address::ZERO),
        ERC721InvalidOwner { owner: Address::ZERO },
    );
    caliber.sender(OWNER).approve(STRANGER, id).motsu_unwrap();
    caliber.assert_emitted(&Approval {
        owner: OWNER,
        approved: STRANGER,
        tokenId: id,
    });
    assert_eq!(caliber.sender(OWNER).get_approved(id).motsu_unwrap(), STRANGER);
    caliber.sender(STRANGER).transfer_from(OWNER, BUYER, id).motsu_unwrap();
    caliber.assert_emitted(&Transfer {
        from: OWNER,
        to: BUYER,
        tokenId: id,
    });
    assert_eq!(caliber.sender(OWNER).get_approved(id).motsu_unwrap(), Address::ZERO);
    caliber
        .sender(BUYER)
        .set_approval_for_all(STRANGER, true)
        .motsu_unwrap();
    caliber.assert_emitted(&ApprovalForAll {
        owner: BUYER,
        operator: STRANGER,
        approved: true,
    });
    assert!(caliber.sender(OWNER).is_approved_for_all(BUYER, STRANGER));
    caliber
        .sender(STRANGER)
        .safe_transfer_from(BUYER, OWNER, id)
        .motsu_unwrap();
    caliber
        .sender(OWNER)
        .safe_transfer_from_with_data(OWNER, BUYER, id, vec![1, 2].into())
        .motsu_unwrap();
    assert_eq!(caliber.sender(OWNER).owner_of(id).motsu_unwrap(), BUYER);
    // What it stands for goes with it.
    assert_eq!(caliber.sender(OWNER).lot(id).motsu_unwrap().0, 2);
}

#[motsu::test]
fn a_frozen_title_stays_with_its_holder(caliber: Book, pool: Contract<TokenDouble>, auction: Contract<TokenDouble>) {
    construct(&caliber);
    link(&caliber, &pool, &auction);
    let id = pledgeable(&caliber);
    refused(
        caliber.sender(ADMIN).set_frozen(id, true),
        unauthorized(ADMIN, roles::COMPLIANCE),
    );
    caliber.sender(OWNER).approve(pool.address(), id).motsu_unwrap();
    caliber.sender(OFFICER).set_frozen(id, true).motsu_unwrap();
    caliber.assert_emitted(&Frozen {
        tokenId: id,
        isFrozen: true,
    });
    let frozen = || TokenFrozen { tokenId: id };
    refused(caliber.sender(OWNER).transfer_from(OWNER, BUYER, id), frozen());
    refused(caliber.sender(OWNER).safe_transfer_from(OWNER, BUYER, id), frozen());
    // Neither can the pool take it as a pledge, approved or not.
    refused(
        caliber.sender(pool.address()).transfer_from(OWNER, pool.address(), id),
        frozen(),
    );
    caliber.sender(OFFICER).set_frozen(id, false).motsu_unwrap();
    caliber.assert_emitted(&Frozen {
        tokenId: id,
        isFrozen: false,
    });
    caliber.sender(OWNER).transfer_from(OWNER, BUYER, id).motsu_unwrap();
}

#[motsu::test]
fn the_custodians_hand_over_frozen_titles(caliber: Book, pool: Contract<TokenDouble>, auction: Contract<TokenDouble>) {
    construct(&caliber);
    link(&caliber, &pool, &auction);
    let id = pledgeable(&caliber);
    let (pool, auction) = (pool.address(), auction.address());
    pledge(&caliber, pool, id);
    caliber.sender(OFFICER).set_frozen(id, true).motsu_unwrap();
    // To the auction, and from there to the winner.
    caliber.sender(pool).transfer_from(pool, auction, id).motsu_unwrap();
    caliber.sender(auction).transfer_from(auction, BUYER, id).motsu_unwrap();
    assert_eq!(caliber.sender(OWNER).owner_of(id).motsu_unwrap(), BUYER);
    refused(
        caliber.sender(BUYER).transfer_from(BUYER, OWNER, id),
        TokenFrozen { tokenId: id },
    );
    // Nobody but the custodian moves what it holds.
    refused(
        caliber.sender(pool).transfer_from(BUYER, OWNER, id),
        ERC721InsufficientApproval {
            operator: pool,
            tokenId: id,
        },
    );
}

#[motsu::test]
fn a_custodian_holds_for_others(caliber: Book, pool: Contract<TokenDouble>, auction: Contract<TokenDouble>) {
    construct(&caliber);
    link(&caliber, &pool, &auction);
    let id = held(&caliber);
    let (pool, auction) = (pool.address(), auction.address());
    // Nobody hands it anything: it takes what it holds.
    for receiver in [pool, auction] {
        let invalid = ERC721InvalidReceiver { receiver };
        refused(
            caliber.sender(OWNER).transfer_from(OWNER, receiver, id),
            invalid.clone(),
        );
        let minted = caliber.sender(AGENT).tokenize(
            receiver,
            String::new(),
            BAILEE,
            AGREEMENT,
            String::new(),
            serials(7..8),
            true,
        );
        refused(minted, invalid);
    }
    pledge(&caliber, pool, id);
    refused(
        caliber.sender(pool).request_goods(id),
        ERC721InvalidOwner { owner: pool },
    );
    refused(
        caliber.sender(OWNER).request_goods(id),
        ERC721InsufficientApproval {
            operator: OWNER,
            tokenId: id,
        },
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The value in the contract's words: never more than the line, at most a wei less, zero from the expiry on.
    #[test]
    fn the_value_is_the_line_rounded_down(
        value in 0..=u128::MAX >> 16,
        life in 1_u64..1 << 40,
        residual_bps in 0_u16..=10_000,
        age in 0_u64..1 << 40,
        valid_for in 1_u64..1 << 40,
    ) {
        let appraisal = loan_core::collateral::Appraisal {
            value,
            appraised_at: 0,
            expires_at: valid_for,
            useful_life: life,
            residual_bps,
        };
        let packed = crate::evaluation::unpack_appraisal(crate::evaluation::pack_appraisal(&appraisal));
        let told = U256::from(packed.value(age).unwrap());
        if age >= valid_for {
            prop_assert_eq!(told, U256::ZERO);
        } else {
            // value · (life · bps + (life − age)⁺ · (10^4 − bps)) / (life · 10^4)
            let left = U256::from(life.saturating_sub(age));
            let (bps, life) = (U256::from(residual_bps), U256::from(life));
            let points = life * bps + left * (U256::from(10_000) - bps);
            let exact = U256::from(value) * points;
            let whole = life * U256::from(10_000);
            prop_assert!(told * whole <= exact && exact < (told + U256::from(2)) * whole);
        }
    }
}
