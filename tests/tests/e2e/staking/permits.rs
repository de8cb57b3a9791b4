//! Permits of sUSDai: the rules are those of USDai, whose tests try them one by one; here that the vault has them under a
//! domain of its own.

use suite_tests::permit::{Domain, Permit, permit_call};

use super::prelude::*;

fn domain(w: &Deployed) -> Domain {
    Domain {
        name: "Staked USDai",
        version: "1",
        chain_id: w.chain.config().chain_id,
        contract: w.staking().vault,
    }
}

fn alices(w: &Deployed) -> Permit {
    Permit {
        owner: w.suite.actors.alice,
        spender: w.suite.actors.carol,
        value: usdai(5),
        nonce: U256::ZERO,
        deadline: U256::from(w.now() + 3_600),
    }
}

#[test]
fn a_permit_allows_once_until_its_deadline() {
    let mut w = opened();
    let permit = alices(&w);
    let (alice, carol, vault) = (permit.owner, permit.spender, w.staking().vault);
    let call = permit_call(&permit, domain(&w).sign(&w, alice, &permit));
    let stranger = w.suite.actors.stranger;

    let start = w.chain.snapshot();
    w.pass(3_601);
    w.send(stranger, vault, &call).must_revert(V::ERC2612ExpiredSignature {
        deadline: permit.deadline,
    });
    assert!(w.chain.revert(start));
    w.pass(3_600);
    w.send(stranger, vault, &call).must();
    assert_eq!(w.allowance(vault, alice, carol), usdai(5));
    assert_eq!(w.ask_vault(&V::noncesCall { owner: alice }), n(1));
    w.vault(carol, &transfer_from(alice, carol, usdai(5))).must();

    let replayed = w
        .send(stranger, vault, &call)
        .must_revert_with::<V::ERC2612InvalidSigner>();
    assert_eq!(replayed.owner, alice);
    assert_ne!(replayed.signer, alice);
}

#[test]
fn a_permit_for_usdai_is_none_for_susdai() {
    let mut w = opened();
    let permit = alices(&w);
    let (alice, vault, stranger) = (permit.owner, w.staking().vault, w.suite.actors.stranger);
    for other in [
        Domain::of(&w),
        Domain {
            contract: w.suite.usdai,
            ..domain(&w)
        },
        Domain {
            chain_id: 42_161,
            ..domain(&w)
        },
        Domain {
            name: "USDai",
            ..domain(&w)
        },
    ] {
        let call = permit_call(&permit, other.sign(&w, alice, &permit));
        w.send(stranger, vault, &call)
            .must_revert_with::<V::ERC2612InvalidSigner>();
    }
    let mut call = permit_call(&permit, domain(&w).sign(&w, alice, &permit));
    call.v = 29;
    w.send(stranger, vault, &call).must_revert(V::ECDSAInvalidSignature {});
    call.s = B256::repeat_byte(0xff);
    call.v = 27;
    w.send(stranger, vault, &call)
        .must_revert(V::ECDSAInvalidSignatureS { s: call.s });
}

#[test]
fn the_domain_is_told_as_it_is_signed() {
    let w = World::staked();
    let told = w.ask_vault(&V::eip712DomainCall {});
    assert_eq!(told.fields.0, [0x0f]);
    assert_eq!(told.name, w.ask_vault(&V::nameCall {}));
    assert_eq!(told.version, "1");
    assert_eq!(told.chainId, U256::from(w.chain.config().chain_id));
    assert_eq!(told.verifyingContract, w.staking().vault);
    assert_eq!(told.salt, B256::ZERO);
    assert!(told.extensions.is_empty());
    let separator = alloy_sol_types::eip712_domain! {
        name: told.name,
        version: "1",
        chain_id: w.chain.config().chain_id,
        verifying_contract: w.staking().vault,
    }
    .separator();
    assert_eq!(w.ask_vault(&V::DOMAIN_SEPARATORCall {}), separator);
}
