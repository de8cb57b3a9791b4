//! EIP-2612: allowances by signature, and every way in which one is not valid.

use alloy_primitives::{Address, B256, U256, address, b256, keccak256, uint};
use alloy_sol_types::SolValue;
use suite::Outcome;
use suite::bindings::IUSDai;
use suite_tests::permit::{Domain, Permit, Signature, permit_call};
use suite_tests::{Deployed, Expect, World, n, usdai};

/// Order of the group of secp256k1.
const ORDER: U256 = uint!(0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141_U256);

/// Alice allows the desk 5 USDai until an hour from now.
fn alices(w: &Deployed) -> Permit {
    Permit {
        owner: w.suite.actors.alice,
        spender: w.suite.actors.desk,
        value: usdai(5),
        nonce: U256::ZERO,
        deadline: U256::from(w.chain.timestamp() + 3_600),
    }
}

/// A stranger brings it in: it need not be the owner.
fn submit(w: &mut Deployed, permit: &Permit, signature: Signature) -> Outcome<IUSDai::permitCall> {
    w.usdai(w.suite.actors.stranger, &permit_call(permit, signature))
}

fn nonce(w: &Deployed, owner: Address) -> U256 {
    w.ask(&IUSDai::noncesCall { owner })
}

#[test]
fn a_valid_permit_sets_the_allowance_once() {
    let mut w = World::new();
    let permit = alices(&w);
    let (alice, desk) = (permit.owner, permit.spender);
    let signature = Domain::of(&w).sign(&w, alice, &permit);
    let outcome = submit(&mut w, &permit, signature);
    assert_eq!(
        w.usdai_event::<IUSDai::Approval>(&outcome.receipt),
        IUSDai::Approval {
            owner: alice,
            spender: desk,
            value: usdai(5)
        }
    );
    outcome.must();
    assert_eq!(w.allowance(w.suite.usdai, alice, desk), usdai(5));
    assert_eq!(nonce(&w, alice), n(1));
    w.mint_usdai(alice, 5);
    w.usdai(
        desk,
        &IUSDai::transferFromCall {
            from: alice,
            to: desk,
            value: usdai(5),
        },
    )
    .must();

    // A second time the nonce is another one, so that the signature is somebody else's.
    let replayed = submit(&mut w, &permit, signature).must_revert_with::<IUSDai::ERC2612InvalidSigner>();
    assert_eq!(replayed.owner, alice);
    assert_ne!(replayed.signer, alice);
    assert_eq!(w.allowance(w.suite.usdai, alice, desk), U256::ZERO);

    let next = Permit {
        nonce: n(1),
        value: U256::MAX,
        ..permit
    };
    let signature = Domain::of(&w).sign(&w, alice, &next);
    submit(&mut w, &next, signature).must();
    assert_eq!(w.allowance(w.suite.usdai, alice, desk), U256::MAX);
}

#[test]
fn a_permit_ends_with_its_second() {
    let mut w = World::new();
    let permit = alices(&w);
    let signature = Domain::of(&w).sign(&w, permit.owner, &permit);
    let deadline = w.chain.timestamp() + 3_600;

    let snapshot = w.chain.snapshot();
    w.chain.set_next_block_timestamp(deadline + 1).expect("later than now");
    submit(&mut w, &permit, signature).must_revert(IUSDai::ERC2612ExpiredSignature {
        deadline: permit.deadline,
    });
    assert!(w.chain.revert(snapshot));
    w.chain.set_next_block_timestamp(deadline).expect("later than now");
    submit(&mut w, &permit, signature).must();
}

#[test]
fn a_deadline_may_be_endless_or_past() {
    let mut w = World::new();
    let endless = Permit {
        deadline: U256::MAX,
        ..alices(&w)
    };
    let signature = Domain::of(&w).sign(&w, endless.owner, &endless);
    submit(&mut w, &endless, signature).must();
    let past = Permit {
        deadline: U256::ZERO,
        nonce: n(1),
        ..endless
    };
    let signature = Domain::of(&w).sign(&w, past.owner, &past);
    submit(&mut w, &past, signature).must_revert(IUSDai::ERC2612ExpiredSignature { deadline: U256::ZERO });
}

#[test]
fn nobody_signs_for_somebody_else() {
    let mut w = World::new();
    let permit = alices(&w);
    let bob = w.suite.actors.bob;
    let signature = Domain::of(&w).sign(&w, bob, &permit);
    submit(&mut w, &permit, signature).must_revert(IUSDai::ERC2612InvalidSigner {
        signer: bob,
        owner: permit.owner,
    });
    assert_eq!(nonce(&w, permit.owner), U256::ZERO);
}

#[test]
fn nothing_that_was_signed_can_be_changed() {
    let mut w = World::new();
    let permit = alices(&w);
    let signature = Domain::of(&w).sign(&w, permit.owner, &permit);
    let bob = w.suite.actors.bob;
    let changed = [
        Permit {
            spender: bob,
            ..permit.clone()
        },
        Permit {
            value: permit.value + n(1),
            ..permit.clone()
        },
        Permit {
            deadline: permit.deadline + n(1),
            ..permit.clone()
        },
        Permit {
            owner: bob,
            ..permit.clone()
        },
    ];
    for other in changed {
        submit(&mut w, &other, signature).must_revert_with::<IUSDai::ERC2612InvalidSigner>();
    }
    submit(&mut w, &permit, signature).must();
}

#[test]
fn a_permit_for_another_domain_is_not_valid() {
    let mut w = World::new();
    let permit = alices(&w);
    let here = Domain::of(&w);
    let others = [
        Domain {
            chain_id: 42_161,
            ..Domain::of(&w)
        },
        Domain {
            contract: w.suite.swap_adapter,
            ..Domain::of(&w)
        },
        Domain {
            name: "Staked USDai",
            ..Domain::of(&w)
        },
        Domain {
            version: "2",
            ..Domain::of(&w)
        },
    ];
    for other in others {
        let signature = other.sign(&w, permit.owner, &permit);
        submit(&mut w, &permit, signature).must_revert_with::<IUSDai::ERC2612InvalidSigner>();
    }
    let signature = here.sign(&w, permit.owner, &permit);
    submit(&mut w, &permit, signature).must();
}

#[test]
fn the_twin_of_a_signature_is_refused() {
    let mut w = World::new();
    let permit = alices(&w);
    let good = Domain::of(&w).sign(&w, permit.owner, &permit);
    let twin = Signature {
        v: 55 - good.v,
        s: ORDER - good.s,
        ..good
    };
    submit(&mut w, &permit, twin).must_revert(IUSDai::ECDSAInvalidSignatureS { s: B256::from(twin.s) });
    // One above half of the order.
    let half = ORDER / n(2);
    let above = Signature { s: half + n(1), ..good };
    submit(&mut w, &permit, above).must_revert(IUSDai::ECDSAInvalidSignatureS { s: B256::from(above.s) });
    // Half of it is not too high, only somebody else's.
    let at = Signature { s: half, ..good };
    let refused = submit(&mut w, &permit, at).result().err().expect("not alice's");
    assert!(
        refused.as_error::<IUSDai::ECDSAInvalidSignatureS>().is_none(),
        "{refused}"
    );
    submit(&mut w, &permit, good).must();
}

#[test]
fn what_is_no_signature_is_refused() {
    let mut w = World::new();
    let permit = alices(&w);
    let good = Domain::of(&w).sign(&w, permit.owner, &permit);
    let broken = [
        Signature { v: 0, ..good },
        Signature { v: 1, ..good },
        Signature { v: 26, ..good },
        Signature { v: 29, ..good },
        Signature { v: 255, ..good },
        Signature { r: U256::ZERO, ..good },
        Signature { s: U256::ZERO, ..good },
        Signature { r: ORDER, ..good },
        Signature { r: U256::MAX, ..good },
        Signature {
            v: 27,
            r: U256::ZERO,
            s: U256::ZERO,
        },
    ];
    for signature in broken {
        submit(&mut w, &permit, signature).must_revert(IUSDai::ECDSAInvalidSignature {});
    }
    // Nor does the zero address ever sign.
    let nobodys = Permit {
        owner: Address::ZERO,
        ..permit.clone()
    };
    submit(
        &mut w,
        &nobodys,
        Signature {
            v: 27,
            r: U256::ZERO,
            s: U256::ZERO,
        },
    )
    .must_revert(IUSDai::ECDSAInvalidSignature {});
    assert_eq!(nonce(&w, permit.owner), U256::ZERO);
}

#[test]
fn a_permit_for_the_zero_address_is_refused_and_its_nonce_kept() {
    let mut w = World::new();
    let permit = Permit {
        spender: Address::ZERO,
        ..alices(&w)
    };
    let signature = Domain::of(&w).sign(&w, permit.owner, &permit);
    submit(&mut w, &permit, signature).must_revert(IUSDai::ERC20InvalidSpender { spender: Address::ZERO });
    assert_eq!(nonce(&w, permit.owner), U256::ZERO);
}

#[test]
fn the_domain_is_told_as_it_is_signed() {
    let w = World::new();
    let chain_id = U256::from(w.chain.config().chain_id);
    let told = w.ask(&IUSDai::eip712DomainCall {});
    assert_eq!(told.fields.0, [0x0f]);
    assert_eq!((told.name.as_str(), told.version.as_str()), ("USDai", "1"));
    assert_eq!(told.chainId, chain_id);
    assert_eq!(told.verifyingContract, w.suite.usdai);
    assert_eq!(told.salt, B256::ZERO);
    assert!(told.extensions.is_empty());

    let separator = keccak256(
        (
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
            keccak256("USDai"),
            keccak256("1"),
            chain_id,
            w.suite.usdai,
        )
            .abi_encode(),
    );
    assert_eq!(w.ask(&IUSDai::DOMAIN_SEPARATORCall {}), separator);
}

#[test]
fn the_key_of_the_first_account_is_the_usual_one() {
    // Guards the helper above: signatures come from the accounts that the chain funds.
    let w = World::new();
    assert_eq!(
        w.chain.accounts()[0],
        address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266")
    );
    assert_eq!(
        w.chain.signer(0).to_bytes(),
        b256!("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
    );
}
