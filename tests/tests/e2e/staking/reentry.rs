//! Tokens and pools that call back in the middle, refuse, or lie; contracts as users; too little gas.

use suite::bindings::ICaller;

use super::prelude::*;

/// A vault over a dollar that does what it is told; alice has staked 100 and holds 100 more.
struct Stage {
    w: World,
    dollar: Address,
    staking: Staking,
}

fn stage() -> Stage {
    let mut w = World::staked();
    let (alice, admin) = (w.suite.actors.alice, w.suite.actors.admin);
    let dollar = w.fixture("TestDollar");
    let staking = bare_vault(&mut w, dollar);
    w.give(dollar, alice, usdai(200));
    w.allow(dollar, alice, staking.vault);
    w.send(alice, staking.vault, &deposit(usdai(100), alice)).must();
    w.pay_gas_of(admin);
    Stage { w, dollar, staking }
}

impl Stage {
    fn hook(&mut self, target: Address, data: Vec<u8>) {
        let call = ITestDollar::setHookCall {
            target,
            data: data.into(),
        };
        let stranger = self.w.suite.actors.stranger;
        self.w.send(stranger, self.dollar, &call).must();
    }

    fn hook_was_refused(&self) {
        let chain = &self.w.chain;
        assert!(chain.view(self.dollar, &ITestDollar::hookCallsCall {}) > U256::ZERO);
        assert!(
            !chain.view(self.dollar, &ITestDollar::hookSucceededCall {}),
            "re-entered"
        );
        assert!(chain.view(self.dollar, &ITestDollar::hookReturnedCall {}).is_empty());
    }
}

/// What a thief, or a reader of half-finished books, would call in the middle.
fn attempts(w: &Deployed) -> Vec<Vec<u8>> {
    let (alice, bob) = (w.suite.actors.alice, w.suite.actors.bob);
    vec![
        deposit(one(), bob).abi_encode(),
        mint(one(), bob).abi_encode(),
        request(one(), alice).abi_encode(),
        redeem(n(1), bob, alice).abi_encode(),
        transfer(bob, one()).abi_encode(),
        settle().abi_encode(),
        service(one()).abi_encode(),
        V::pauseCall {}.abi_encode(),
        V::navCall {}.abi_encode(),
        V::totalSharesCall {}.abi_encode(),
        V::booksCall {}.abi_encode(),
        V::convertToAssetsCall { shares: one() }.abi_encode(),
    ]
}

#[test]
fn nobody_enters_while_usdai_moves() {
    let mut stage = stage();
    let vault = stage.staking.vault;
    let (alice, strategist) = (stage.w.suite.actors.alice, stage.w.suite.actors.strategist);
    let claimant = {
        let id = stage.w.send(alice, vault, &request(usdai(10), alice)).must();
        let start = stage.staking.epoch_start(1);
        stage.w.at(start);
        stage.w.send(strategist, vault, &service(usdai(10))).must();
        id
    };
    let open: Vec<Vec<u8>> = vec![
        deposit(usdai(10), alice).abi_encode(),
        redeem(usdai(5), alice, alice).abi_encode(),
        redeem_request(claimant, usdai(5), alice).abi_encode(),
        withdraw(usdai(5), alice, alice).abi_encode(),
    ];
    for outer in open {
        for inner in attempts(&stage.w) {
            let snapshot = stage.w.chain.snapshot();
            stage.hook(vault, inner);
            let receipt = stage.w.chain.send_data(alice, vault, U256::ZERO, outer.clone().into());
            assert!(receipt.status, "{}", suite::calls::describe_revert(&receipt.output));
            stage.hook_was_refused();
            assert!(stage.w.chain.revert(snapshot));
        }
    }
    // A harvest too.
    let call = ITestDollar::setYieldCall { claimable: usdai(5) };
    stage.w.send(alice, stage.dollar, &call).must();
    for inner in attempts(&stage.w) {
        let snapshot = stage.w.chain.snapshot();
        stage.hook(vault, inner);
        stage.w.send(strategist, vault, &harvest()).must();
        stage.hook_was_refused();
        assert!(stage.w.chain.revert(snapshot));
    }
}

#[test]
fn nobody_enters_while_the_pool_works() {
    let mut w = opened();
    let strategist = w.suite.actors.strategist;
    let vault = w.staking().vault;
    let pool = w.link_pool();
    w.vault(strategist, &allocate(0, usdai(100))).must();
    for inner in attempts(&w) {
        for outer in [allocate(0, one()).abi_encode(), deallocate(0, one()).abi_encode()] {
            let snapshot = w.chain.snapshot();
            let hook = ITestLoanPool::setHookCall {
                target: vault,
                data: inner.clone().into(),
            };
            w.send(strategist, pool, &hook).must();
            let receipt = w.chain.send_data(strategist, vault, U256::ZERO, outer.into());
            assert!(receipt.status, "{}", suite::calls::describe_revert(&receipt.output));
            assert_eq!(w.chain.view(pool, &ITestLoanPool::hookCallsCall {}), n(1));
            assert!(!w.chain.view(pool, &ITestLoanPool::hookSucceededCall {}));
            assert!(w.chain.view(pool, &ITestLoanPool::hookReturnedCall {}).is_empty());
            w.check_books();
            assert!(w.chain.revert(snapshot));
        }
    }
    // While it is asked for values it can only read, and not even that.
    let alice = w.suite.actors.alice;
    w.fund_usdai(alice, 1);
    for inner in [V::navCall {}.abi_encode(), V::totalSharesCall {}.abi_encode()] {
        let hook = ITestLoanPool::setHookCall {
            target: vault,
            data: inner.into(),
        };
        w.send(strategist, pool, &hook).must();
        let snapshot = w.chain.snapshot();
        w.vault(alice, &deposit(one(), alice)).must();
        assert!(w.chain.revert(snapshot));
    }
    let quiet = ITestLoanPool::setHookCall {
        target: Address::ZERO,
        data: Bytes::new(),
    };
    w.send(strategist, pool, &quiet).must();
}

#[test]
fn the_auction_can_be_called_in_the_middle_and_nothing_is_gained() {
    // The auction is open to everybody, and finished with the claim when USDai moves.
    let mut stage = stage();
    let (vault, auction) = (stage.staking.vault, stage.staking.auction);
    let (alice, strategist) = (stage.w.suite.actors.alice, stage.w.suite.actors.strategist);
    let id = stage.w.send(alice, vault, &request(usdai(10), alice)).must();
    let second = stage.staking.epoch_start(1);
    stage.w.at(second);
    stage.w.send(strategist, vault, &service(usdai(10))).must();
    stage.hook(auction, Q::restoreCall { requestId: id }.abi_encode());
    assert_eq!(
        stage.w.send(alice, vault, &redeem(usdai(10), alice, alice)).must(),
        usdai(10)
    );
    assert!(!stage.w.chain.view(stage.dollar, &ITestDollar::hookSucceededCall {}));
}

#[test]
fn a_token_that_answers_false_or_stops_is_refused() {
    let mut stage = stage();
    let (vault, dollar) = (stage.staking.vault, stage.dollar);
    let (alice, strategist) = (stage.w.suite.actors.alice, stage.w.suite.actors.strategist);
    let w = &mut stage.w;
    w.send(alice, vault, &request(usdai(10), alice)).must();
    w.at(stage.staking.epoch_start(1));
    w.send(strategist, vault, &service(usdai(10))).must();
    let behave = |failing: bool, stopped: bool| ITestDollar::setBehaviourCall { failing, stopped };
    w.send(alice, dollar, &behave(true, false)).must();
    let failed = V::SafeERC20FailedOperation { token: dollar };
    w.send(alice, vault, &deposit(one(), alice)).must_revert(failed.clone());
    w.send(alice, vault, &redeem(one(), alice, alice))
        .must_revert(failed.clone());
    let call = ITestDollar::setYieldCall { claimable: usdai(5) };
    w.send(alice, dollar, &call).must();
    w.send(strategist, vault, &harvest()).must_revert(failed.clone());

    w.send(alice, dollar, &behave(false, true)).must();
    w.send(alice, vault, &deposit(one(), alice)).must_revert(failed.clone());
    w.send(alice, vault, &redeem(one(), alice, alice))
        .must_revert(failed.clone());
    w.send(alice, dollar, &behave(false, false)).must();
    assert_eq!(w.send(alice, vault, &redeem(usdai(10), alice, alice)).must(), usdai(10));
}

#[test]
fn a_contract_can_stake_request_bid_and_claim() {
    let mut w = opened();
    let (stranger, strategist, vault, usdai_address) = (
        w.suite.actors.stranger,
        w.suite.actors.strategist,
        w.staking().vault,
        w.suite.usdai,
    );
    let contract = w.fixture("Caller");
    w.mint_usdai(contract, 100);
    let batch = |steps: Vec<(Address, Vec<u8>)>| ICaller::batchCall {
        calls: steps
            .into_iter()
            .map(|(target, data)| ICaller::Call {
                target,
                value: U256::ZERO,
                data: data.into(),
            })
            .collect(),
    };
    let approve_vault = IERC20::approveCall {
        spender: vault,
        value: U256::MAX,
    };
    // Stake and request in one transaction: it waits like everybody.
    let id = n(1);
    let commitment = w.commitment(0, id, 100, salt_of(0, id));
    let steps = vec![
        (usdai_address, approve_vault.abi_encode()),
        (vault, deposit(usdai(100), contract).abi_encode()),
        (vault, request(usdai(100), contract).abi_encode()),
        (vault, commit_bid(id, commitment).abi_encode()),
        (vault, withdraw_bid(id).abi_encode()),
        (vault, commit_bid(id, commitment).abi_encode()),
    ];
    let results = w.send(stranger, contract, &batch(steps)).must();
    assert_eq!(U256::from_be_slice(&results[1]), usdai(100));
    assert_eq!(U256::from_be_slice(&results[2]), id);
    w.to_reveal(0);
    w.reveal(id, 100);
    w.to_epoch(1);
    w.vault(strategist, &settle()).must();
    let claim = vec![(vault, redeem(usdai(100), contract, contract).abi_encode())];
    w.send(stranger, contract, &batch(claim)).must();
    assert_eq!(w.usdai_of(contract), usdai(99));
}

#[test]
fn views_answer_read_only_calls_and_nothing_else_does() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    let (vault, auction) = (w.staking().vault, w.staking().auction);
    let contract = w.fixture("Caller");
    let ask = |w: &Deployed, target: Address, data: Vec<u8>| {
        w.chain.view(
            contract,
            &ICaller::tryForwardStaticCall {
                target,
                data: data.into(),
            },
        )
    };
    for (target, data) in [
        (vault, V::navCall {}.abi_encode()),
        (vault, V::totalAssetsCall {}.abi_encode()),
        (vault, V::maxRedeemCall { controller: alice }.abi_encode()),
        (vault, V::redemptionIdsCall { controller: alice }.abi_encode()),
        (vault, V::booksCall {}.abi_encode()),
        (vault, V::eip712DomainCall {}.abi_encode()),
        (auction, Q::currentEpochCall {}.abi_encode()),
        (auction, Q::unservicedSharesCall {}.abi_encode()),
    ] {
        let answer = ask(&w, target, data);
        assert!(answer._0 && !answer._1.is_empty());
    }
    w.give_usdai_to_contract(contract);
    for data in [
        deposit(one(), contract).abi_encode(),
        transfer(alice, n(1)).abi_encode(),
        approve(alice, n(1)).abi_encode(),
        set_operator(alice, true).abi_encode(),
    ] {
        assert!(!ask(&w, vault, data)._0, "a read-only call changed something");
    }
}

#[test]
fn running_out_of_gas_in_the_middle_undoes_everything() {
    let mut w = opened();
    let alice = w.suite.actors.alice;
    w.link_pool();
    w.strategist(&allocate(0, usdai(100))).must();
    w.fund_usdai(alice, 100);
    let vault = w.staking().vault;
    let calls = [
        deposit(usdai(100), alice).abi_encode(),
        request(usdai(100), alice).abi_encode(),
    ];
    for call in calls {
        let mut refused = 0;
        let mut taken = 0;
        for gas_limit in (30_000..400_000).step_by(11_000) {
            let snapshot = w.chain.snapshot();
            let before = (w.usdai_of(alice), w.shares_of(alice), w.books(), w.prices());
            let tx = devnet::Tx::call(alice, vault, call.clone()).with_gas_limit(gas_limit);
            let receipt = w.chain.send(tx);
            if receipt.status {
                taken += 1;
                assert_ne!((w.shares_of(alice), w.books()), (before.1, before.2.clone()));
            } else {
                refused += 1;
                assert_eq!((w.usdai_of(alice), w.shares_of(alice), w.books(), w.prices()), before);
            }
            w.check_books();
            assert!(w.chain.revert(snapshot));
        }
        assert!(
            refused > 3 && taken > 3,
            "{refused} limits were too low, {taken} were not"
        );
    }
}

trait ContractFunds {
    fn give_usdai_to_contract(&mut self, contract: Address);
}

impl ContractFunds for World {
    /// The contract holds USDai and allows the vault to take it.
    fn give_usdai_to_contract(&mut self, contract: Address) {
        self.mint_usdai(contract, 10);
        let (usdai_address, vault) = (self.suite.usdai, self.staking().vault);
        self.allow(usdai_address, contract, vault);
    }
}
