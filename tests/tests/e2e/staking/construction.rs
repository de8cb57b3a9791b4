//! Construction of the vault and the auction, and what a call to the extension itself is worth.

use alloy_primitives::keccak256;
use alloy_sol_types::{SolError, SolValue};
use suite::Reverted;
use suite::bindings::IStylusDeployer;
use suite::program::{STYLUS_DEPLOYER, constructor_calldata, deploy_program, try_deploy_program};

use super::prelude::*;

const AUCTION: &str = "qev-auction";
const VAULT: &str = "susdai-vault";

/// What the constructor reverted with.
fn refused(w: &mut Deployed, contract: &str, arguments: &[u8]) -> Reverted {
    let wasm = Artifacts::default()
        .wasm(contract)
        .expect("scripts/build-wasm.sh has run");
    let admin = w.suite.actors.admin;
    let receipt = try_deploy_program(&mut w.chain, admin, &wasm, arguments).expect("the code fits");
    assert!(!receipt.status, "{contract} was constructed");
    let failed = IStylusDeployer::ContractInitializationError::abi_decode(&receipt.output).expect("its constructor");
    assert!(w.chain.code(failed.newContract).is_empty(), "nothing stays behind");
    Reverted {
        data: failed.data,
        halt: None,
    }
}

fn constructed(w: &mut Deployed, contract: &str, arguments: &[u8]) -> (Address, devnet::Receipt) {
    let wasm = Artifacts::default()
        .wasm(contract)
        .expect("scripts/build-wasm.sh has run");
    let admin = w.suite.actors.admin;
    deploy_program(&mut w.chain, admin, &wasm, arguments).expect("valid arguments")
}

/// The vault's arguments, of which a test changes one.
#[derive(Clone)]
struct VaultArguments {
    admin: Address,
    usdai: Address,
    auction: Address,
    extension: Address,
    code_hash: B256,
    fee_recipient: Address,
    fee_bps: U256,
}

impl VaultArguments {
    /// Valid ones over an auction that is not linked yet.
    fn new(w: &mut Deployed) -> Self {
        let (auction, _) = unlinked_auction(w);
        let extension = w.staking().extension;
        Self {
            admin: w.suite.actors.admin,
            usdai: w.suite.usdai,
            auction,
            extension,
            code_hash: keccak256(w.chain.code(extension)),
            fee_recipient: w.suite.actors.treasury,
            fee_bps: n(1_000),
        }
    }

    fn encoded(&self) -> Vec<u8> {
        (
            self.admin,
            self.usdai,
            self.auction,
            self.extension,
            self.code_hash,
            self.fee_recipient,
            self.fee_bps,
        )
            .abi_encode_params()
    }
}

#[test]
fn the_vaults_arguments_are_validated() {
    let mut w = World::staked();
    let good = VaultArguments::new(&mut w);
    let (zero, nobody, usdc) = (Address::ZERO, w.suite.actors.bob, w.suite.tokens.usdc.token);
    let invalid = [
        VaultArguments {
            admin: zero,
            ..good.clone()
        },
        VaultArguments {
            usdai: zero,
            ..good.clone()
        },
        VaultArguments {
            usdai: nobody,
            ..good.clone()
        },
        // Six decimals.
        VaultArguments {
            usdai: usdc,
            ..good.clone()
        },
        VaultArguments {
            auction: zero,
            ..good.clone()
        },
        VaultArguments {
            auction: nobody,
            ..good.clone()
        },
        VaultArguments {
            fee_recipient: zero,
            ..good.clone()
        },
    ];
    for arguments in invalid {
        check_error(&refused(&mut w, VAULT, &arguments.encoded()), &V::InvalidAddress {});
    }
    let dear = VaultArguments {
        fee_bps: n(5_001),
        ..good.clone()
    };
    check_error(
        &refused(&mut w, VAULT, &dear.encoded()),
        &V::InvalidBasisPoints {
            basisPoints: n(5_001),
            maximum: n(5_000),
        },
    );
    let overlong = VaultArguments {
        fee_bps: n(1 << 16),
        ..good
    };
    let data = constructor_calldata(&overlong.encoded());
    check_error(
        &refused(&mut w, VAULT, &overlong.encoded()),
        &V::InvalidCall {
            selector: FixedBytes(data[..4].try_into().expect("four bytes")),
            calldataLength: n(data.len() as u64),
            value: U256::ZERO,
        },
    );
}

#[test]
fn the_vaults_links_are_what_they_should_be() {
    let mut w = World::staked();
    let good = VaultArguments::new(&mut w);
    let usdc = w.suite.tokens.usdc.token;
    let mismatch = VaultArguments {
        code_hash: B256::repeat_byte(1),
        ..good.clone()
    };
    check_error(
        &refused(&mut w, VAULT, &mismatch.encoded()),
        &V::ExtensionMismatch {
            extension: good.extension,
            expected: mismatch.code_hash,
            actual: good.code_hash,
        },
    );
    // No code is no extension, also where its hash is what was asked for.
    for extension in [Address::ZERO, w.suite.actors.bob] {
        for code_hash in [good.code_hash, B256::ZERO, keccak256([])] {
            let arguments = VaultArguments {
                extension,
                code_hash,
                ..good.clone()
            };
            let reverted = refused(&mut w, VAULT, &arguments.encoded());
            let told = reverted.as_error::<V::ExtensionMismatch>().expect("there is no code");
            assert_eq!((told.extension, told.expected), (extension, code_hash));
        }
    }
    // Another contract with its own hash is not the extension that was asked for.
    let other = VaultArguments {
        extension: usdc,
        ..good.clone()
    };
    check_error(
        &refused(&mut w, VAULT, &other.encoded()),
        &V::ExtensionMismatch {
            extension: usdc,
            expected: good.code_hash,
            actual: keccak256(w.chain.code(usdc)),
        },
    );
    // A contract that is no auction, and one that drives for another vault already.
    let no_auction = VaultArguments {
        auction: usdc,
        ..good.clone()
    };
    check_error(
        &refused(&mut w, VAULT, &no_auction.encoded()),
        &V::ExternalCallFailed { target: usdc },
    );
    let taken = VaultArguments {
        auction: w.staking().auction,
        ..good.clone()
    };
    let reverted = refused(&mut w, VAULT, &taken.encoded());
    let told = reverted.as_error::<V::LinkMismatch>().expect("it has a vault");
    assert_eq!(told.actual, w.staking().vault);
    // A contract that is no token.
    let no_token = VaultArguments {
        usdai: w.suite.uniswap.router,
        ..good.clone()
    };
    check_error(
        &refused(&mut w, VAULT, &no_token.encoded()),
        &V::ExternalCallFailed {
            target: w.suite.uniswap.router,
        },
    );
}

#[test]
fn the_vault_is_constructed_as_told_and_once() {
    let mut w = World::staked();
    let bob = w.suite.actors.bob;
    let arguments = VaultArguments {
        admin: bob,
        fee_bps: n(7),
        ..VaultArguments::new(&mut w)
    };
    let (vault, receipt) = constructed(&mut w, VAULT, &arguments.encoded());
    assert_eq!(
        events_of::<V::RoleGranted>(&receipt, vault),
        [V::RoleGranted {
            role: B256::ZERO,
            account: bob,
            sender: STYLUS_DEPLOYER
        }]
    );
    assert_eq!(
        events_of::<V::BaseYieldFeeSet>(&receipt, vault),
        [V::BaseYieldFeeSet { feeBps: n(7) }]
    );
    assert_eq!(
        events_of::<V::FeeRecipientSet>(&receipt, vault),
        [V::FeeRecipientSet {
            feeRecipient: w.suite.actors.treasury
        }]
    );
    let chain = &w.chain;
    assert_eq!(chain.view(vault, &V::assetCall {}), w.suite.usdai);
    assert_eq!(chain.view(vault, &V::auctionCall {}), arguments.auction);
    assert_eq!(chain.view(vault, &V::extensionCall {}), arguments.extension);
    assert_eq!(chain.view(vault, &V::totalSharesCall {}), U256::ZERO);
    assert_eq!(chain.view(vault, &V::depositSharePriceCall {}), one());
    assert_eq!(chain.view(vault, &V::redemptionSharePriceCall {}), one());
    assert!(!chain.view(vault, &V::pausedCall {}));
    for deployed in [vault, w.staking().vault, w.staking().auction] {
        let again = constructor_calldata(&arguments.encoded());
        let receipt = w.chain.send_data(bob, deployed, U256::ZERO, again.clone());
        assert!(!receipt.status);
        let reverted = Reverted {
            data: receipt.output,
            halt: receipt.halt_reason,
        };
        check_error(
            &reverted,
            &V::InvalidCall {
                selector: FixedBytes(again[..4].try_into().expect("four bytes")),
                calldataLength: n(again.len() as u64),
                value: U256::ZERO,
            },
        );
    }
}

/// The auction's arguments, of which a test changes one.
#[derive(Clone, Copy)]
struct AuctionArguments {
    admin: Address,
    genesis: U256,
    epoch_length: U256,
    bid_length: U256,
    share_bps: u16,
    bounds: (u16, u16),
    bond_bps: u16,
    extension: Address,
    code_hash: B256,
}

impl AuctionArguments {
    fn new(w: &Deployed) -> Self {
        let extension = w.staking().auction_extension;
        Self {
            admin: w.suite.actors.admin,
            genesis: n(w.staking().genesis),
            epoch_length: n(30 * DAY),
            bid_length: n(27 * DAY),
            share_bps: 7_000,
            bounds: (25, 2_000),
            bond_bps: 50,
            extension,
            code_hash: keccak256(w.chain.code(extension)),
        }
    }

    fn encoded(&self) -> Vec<u8> {
        (
            self.admin,
            self.genesis,
            self.epoch_length,
            self.bid_length,
            self.share_bps,
            self.bounds.0,
            self.bounds.1,
            self.bond_bps,
            self.extension,
            self.code_hash,
        )
            .abi_encode_params()
    }
}

#[test]
fn the_auctions_links_and_terms_are_validated() {
    let mut w = World::staked();
    let good = AuctionArguments::new(&w);
    let nobody = AuctionArguments {
        admin: Address::ZERO,
        ..good
    };
    check_error(&refused(&mut w, AUCTION, &nobody.encoded()), &Q::InvalidAddress {});
    // No code is no extension, also where its hash is what was asked for.
    for extension in [Address::ZERO, w.suite.actors.bob] {
        for code_hash in [good.code_hash, B256::ZERO, keccak256([])] {
            let arguments = AuctionArguments {
                extension,
                code_hash,
                ..good
            };
            let reverted = refused(&mut w, AUCTION, &arguments.encoded());
            let told = reverted.as_error::<Q::ExtensionMismatch>().expect("there is no code");
            assert_eq!((told.extension, told.expected), (extension, code_hash));
        }
    }
    let foreign = w.suite.usdai;
    for mismatch in [
        AuctionArguments {
            code_hash: B256::ZERO,
            ..good
        },
        AuctionArguments {
            extension: foreign,
            ..good
        },
    ] {
        check_error(
            &refused(&mut w, AUCTION, &mismatch.encoded()),
            &Q::ExtensionMismatch {
                extension: mismatch.extension,
                expected: mismatch.code_hash,
                actual: keccak256(w.chain.code(mismatch.extension)),
            },
        );
    }
    for bounds in [(0, 2_000), (2_000, 25), (25, 10_000)] {
        let invalid = AuctionArguments { bounds, ..good };
        check_error(
            &refused(&mut w, AUCTION, &invalid.encoded()),
            &Q::InvalidBounds {
                minDiscountBps: U256::from(bounds.0),
                maxDiscountBps: U256::from(bounds.1),
            },
        );
    }
    for (share_bps, bond_bps, wrong, maximum) in [(10_001, 50, 10_001, 10_000), (7_000, 1_001, 1_001, 1_000)] {
        let invalid = AuctionArguments {
            share_bps,
            bond_bps,
            ..good
        };
        check_error(
            &refused(&mut w, AUCTION, &invalid.encoded()),
            &Q::InvalidBasisPoints {
                basisPoints: n(wrong),
                maximum: n(maximum),
            },
        );
    }
}

#[test]
fn the_auctions_calendar_is_validated() {
    let mut w = World::staked();
    let good = AuctionArguments::new(&w);
    let (genesis, epoch, bid) = (good.genesis, good.epoch_length, good.bid_length);
    for (genesis, epoch_length, bid_length) in [
        (genesis, epoch, epoch),
        (genesis, bid, epoch),
        (genesis, epoch, n(DAY)),
        (genesis, n(3 * DAY), n(2 * DAY)),
        (genesis, epoch, U256::ZERO),
        (genesis, U256::ZERO, U256::ZERO),
        (U256::MAX, epoch, bid),
        (genesis, U256::MAX, bid),
        (U256::from(u64::MAX), epoch, bid),
    ] {
        let invalid = AuctionArguments {
            genesis,
            epoch_length,
            bid_length,
            ..good
        };
        check_error(
            &refused(&mut w, AUCTION, &invalid.encoded()),
            &Q::InvalidCalendar {
                genesis,
                epochLength: epoch_length,
                bidLength: bid_length,
            },
        );
    }
}

#[test]
fn the_auction_is_constructed_as_told() {
    let mut w = World::staked();
    let arguments = AuctionArguments {
        epoch_length: n(3 * DAY + 1),
        bid_length: n(DAY + 1),
        share_bps: 10_000,
        bounds: (1, 9_999),
        bond_bps: 1_000,
        ..AuctionArguments::new(&w)
    };
    let (auction, receipt) = constructed(&mut w, AUCTION, &arguments.encoded());
    assert_eq!(
        events_of::<Q::DiscountBoundsSet>(&receipt, auction),
        [Q::DiscountBoundsSet {
            minDiscountBps: n(1),
            maxDiscountBps: n(9_999),
            fromEpoch: U256::ZERO
        }]
    );
    assert_eq!(
        events_of::<Q::BondSet>(&receipt, auction),
        [Q::BondSet {
            bondBps: n(1_000),
            fromEpoch: U256::ZERO
        }]
    );
    assert_eq!(
        events_of::<Q::RoleGranted>(&receipt, auction),
        [Q::RoleGranted {
            role: B256::ZERO,
            account: arguments.admin,
            sender: STYLUS_DEPLOYER
        }]
    );
    let chain = &w.chain;
    assert_eq!(chain.view(auction, &Q::genesisCall {}), arguments.genesis);
    assert_eq!(chain.view(auction, &Q::epochLengthCall {}), n(3 * DAY + 1));
    assert_eq!(chain.view(auction, &Q::bidLengthCall {}), n(DAY + 1));
    assert_eq!(chain.view(auction, &Q::auctionShareBpsCall {}), n(10_000));
    assert_eq!(chain.view(auction, &Q::extensionCall {}), arguments.extension);
    assert_eq!(chain.view(auction, &Q::vaultCall {}), Address::ZERO);
}

#[test]
fn the_extensions_themselves_hold_and_move_nothing() {
    let mut w = opened();
    let (alice, vault) = (w.suite.actors.alice, w.staking().vault);
    let extensions = [w.staking().extension, w.staking().auction_extension];
    let before = (w.books(), w.prices(), w.shares_of(alice));
    // Nobody has a role in its own storage, so that nothing can be set there.
    for data in [
        V::pauseCall {}.abi_encode(),
        V::setLoanPoolCall {
            loanPool: w.suite.usdai,
        }
        .abi_encode(),
        grant("PAUSE_ADMIN_ROLE", alice).abi_encode(),
        bridge_in(alice, one()).abi_encode(),
        blacklist(alice, true).abi_encode(),
        allocate(0, one()).abi_encode(),
        announce(0, one()).abi_encode(),
        Q::setBondCall { bondBps: 1 }.abi_encode(),
        Q::setVaultCall { vault }.abi_encode(),
        Q::settleCall {
            nav: one(),
            totalShares: one(),
            idle: one(),
            manager: true,
        }
        .abi_encode(),
    ] {
        let callers = [alice, w.suite.actors.admin, w.suite.actors.strategist, vault];
        for (extension, caller) in extensions
            .into_iter()
            .flat_map(|one| callers.map(|caller| (one, caller)))
        {
            w.pay_gas_of(caller);
            let receipt = w.chain.send_data(caller, extension, U256::ZERO, data.clone().into());
            assert!(
                !receipt.status,
                "{caller} by {:?}",
                FixedBytes::<4>::from_slice(&data[..4])
            );
        }
    }
    // Nor can they be constructed.
    for extension in extensions {
        let vaults = VaultArguments::new(&mut w).encoded();
        for arguments in [vaults, AuctionArguments::new(&w).encoded(), Vec::new()] {
            let constructor = constructor_calldata(&arguments);
            assert!(!w.chain.send_data(alice, extension, U256::ZERO, constructor).status);
        }
    }
    assert_eq!((w.books(), w.prices(), w.shares_of(alice)), before);
    assert!(!w.ask_vault(&V::pausedCall {}));
}

#[test]
fn an_unconstructed_vault_or_auction_does_nothing() {
    use suite::program::{deploy_evm, init_code};
    let mut w = opened();
    let (alice, admin) = (w.suite.actors.alice, w.suite.actors.admin);
    for contract in [VAULT, AUCTION] {
        let wasm = Artifacts::default()
            .wasm(contract)
            .expect("scripts/build-wasm.sh has run");
        let code = stylus_rules::container::encode(&wasm).expect("a program");
        let bare = deploy_evm(&mut w.chain, admin, init_code(&code).expect("it fits")).expect("plain creation");
        let calls = [
            deposit(one(), alice).abi_encode(),
            request(one(), alice).abi_encode(),
            settle().abi_encode(),
            V::pauseCall {}.abi_encode(),
            Q::setVaultCall { vault: w.suite.usdai }.abi_encode(),
            Q::revealBidCall {
                requestId: n(1),
                discountBps: 100,
                salt: B256::ZERO,
            }
            .abi_encode(),
            Q::restoreCall { requestId: n(1) }.abi_encode(),
        ];
        for data in calls {
            let receipt = w.chain.send_data(alice, bare, U256::ZERO, data.into());
            assert!(
                !receipt.status && receipt.halt_reason.is_none(),
                "{contract}: {:?}",
                receipt.output
            );
        }
    }
}
