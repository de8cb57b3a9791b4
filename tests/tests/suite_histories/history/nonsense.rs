//! What must be refused, whoever comes with it and whenever.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use suite::bindings::{
    ICaliber as C, ICollateralAuction as A, IERC20, ILoanPool as P, IQevAuction as Q, IStakedUSDai as V, ISwapAdapter,
    IUSDai,
};
use suite::role_id;
use suite_tests::{calls, n, usdai};

use super::History;

/// A call that must be refused.
struct Refused {
    what: &'static str,
    from: Address,
    to: Address,
    value: U256,
    data: Bytes,
}

fn refused<Call: SolCall>(from: Address, to: Address, call: &Call) -> Refused {
    Refused {
        what: Call::SIGNATURE,
        from,
        to,
        value: U256::ZERO,
        data: call.abi_encode().into(),
    }
}

impl History {
    /// One of them.
    pub(super) fn nonsense(&mut self) {
        let mut all = self.nonsense_of_staking();
        all.extend(self.nonsense_of_lending());
        all.extend(self.nonsense_of_anything());
        let chosen = usize::try_from(self.below(all.len() as u64)).expect("few");
        let Refused {
            what,
            from,
            to,
            value,
            data,
        } = all.swap_remove(chosen);
        self.must_refuse(what, from, to, value, data);
    }

    /// What is made for another, or by nobody who may.
    #[expect(clippy::too_many_lines, reason = "a table of calls")]
    fn nonsense_of_staking(&mut self) -> Vec<Refused> {
        let (stranger, staker) = (self.stranger(), self.staker());
        let (vault, auction, dollar) = (self.staking.vault, self.staking.auction, self.usdai);
        let adapter = self.world.suite.swap_adapter;
        let amount = self.amount();
        let more = self.world.usdai_of(staker) + n(1);
        let shares = self.world.shares_of(staker) + n(1);
        let id = U256::from(999_999);
        vec![
            refused(stranger, dollar, &IUSDai::mintCall { to: stranger, amount }),
            refused(stranger, dollar, &IUSDai::burnCall { from: staker, amount }),
            refused(stranger, dollar, &IUSDai::harvestCall { recipient: stranger }),
            refused(stranger, dollar, &IUSDai::setSupplyCapCall { cap: amount }),
            refused(stranger, dollar, &IUSDai::setSwapAdapterCall { adapter: stranger }),
            refused(
                staker,
                dollar,
                &IERC20::transferCall {
                    to: stranger,
                    value: more,
                },
            ),
            refused(
                stranger,
                dollar,
                &IERC20::transferFromCall {
                    from: staker,
                    to: stranger,
                    value: n(1),
                },
            ),
            refused(
                stranger,
                dollar,
                &IUSDai::withdraw_0Call {
                    withdrawToken: stranger,
                    usdaiAmount: U256::ZERO,
                    withdrawAmountMinimum: U256::ZERO,
                    recipient: stranger,
                },
            ),
            refused(
                stranger,
                adapter,
                &ISwapAdapter::swapInCall {
                    token: self.world.suite.tokens.usdc.token,
                    amount: n(1),
                    minBase: U256::ZERO,
                    path: Bytes::new(),
                },
            ),
            refused(staker, vault, &calls::deposit(U256::ZERO, staker)),
            refused(staker, vault, &calls::deposit(amount, Address::ZERO)),
            refused(staker, vault, &calls::deposit_for(n(1), staker, U256::MAX)),
            refused(staker, vault, &calls::transfer(stranger, shares)),
            refused(stranger, vault, &calls::transfer_from(staker, stranger, n(1))),
            refused(staker, vault, &calls::request(U256::ZERO, staker)),
            refused(staker, vault, &calls::request(shares, staker)),
            refused(stranger, vault, &calls::request_for(usdai(1), stranger, staker)),
            refused(staker, vault, &calls::redeem(U256::MAX, staker, staker)),
            refused(stranger, vault, &calls::withdraw(n(1), stranger, staker)),
            refused(staker, vault, &calls::commit_bid(id, B256::repeat_byte(1))),
            refused(staker, vault, &calls::withdraw_bid(id)),
            refused(staker, vault, &V::previewRedeemCall(n(1))),
            refused(stranger, vault, &calls::harvest()),
            refused(stranger, vault, &calls::allocate(0, n(1))),
            refused(stranger, vault, &calls::deallocate(0, n(1))),
            refused(stranger, vault, &calls::announce(1, n(1))),
            refused(stranger, vault, &calls::bridge_in(stranger, n(1))),
            refused(stranger, vault, &calls::blacklist(staker, true)),
            refused(stranger, vault, &calls::grant("STRATEGY_ADMIN_ROLE", stranger)),
            refused(
                self.world.suite.actors.admin,
                vault,
                &V::setLoanPoolCall {
                    loanPool: self.credit.pool,
                },
            ),
            refused(
                stranger,
                auction,
                &Q::enqueueCall {
                    controller: stranger,
                    shares: usdai(1),
                },
            ),
            refused(
                stranger,
                auction,
                &Q::settleCall {
                    nav: n(1),
                    totalShares: n(1),
                    idle: n(1),
                    manager: true,
                },
            ),
            refused(stranger, auction, &Q::restoreCall { requestId: id }),
            refused(
                stranger,
                auction,
                &Q::revealBidCall {
                    requestId: id,
                    discountBps: 100,
                    salt: B256::ZERO,
                },
            ),
            refused(stranger, auction, &Q::setVaultCall { vault: stranger }),
        ]
    }

    #[expect(clippy::too_many_lines, reason = "a table of calls")]
    fn nonsense_of_lending(&mut self) -> Vec<Refused> {
        let (stranger, operator, curator) = (self.stranger(), self.operator(), self.curator());
        let (pool, auction, caliber) = (self.credit.pool, self.credit.auction, self.credit.caliber);
        let nobodys = self.terms(stranger, n(1), usdai(1));
        let (loan_id, bailee) = (B256::repeat_byte(9), self.credit.actors.bailee);
        let signature = self.credit.sign(&self.world.chain, &nobodys).expect("the key is known");
        let mut changed = nobodys.clone();
        changed.principal += n(1);
        let borrow = |terms: &P::LoanTerms, signature: Bytes| P::borrowCall {
            terms: terms.clone(),
            signature,
            maxBlendedRate: U256::MAX,
        };
        let terms = nobodys.clone();
        let absent = n(1_000_000);
        let document = B256::repeat_byte(1);
        let deposit = |tranche: u64, assets: U256| P::deposit_0Call {
            tranche: n(tranche),
            assets,
            receiver: curator,
        };
        vec![
            refused(curator, pool, &deposit(9, usdai(1))),
            refused(curator, pool, &deposit(0, U256::ZERO)),
            refused(curator, pool, &deposit(0, U256::MAX)),
            refused(
                curator,
                pool,
                &P::redeem_0Call {
                    tranche: n(1),
                    shares: U256::MAX,
                    receiver: curator,
                },
            ),
            refused(
                curator,
                pool,
                &P::giveNoticeCall {
                    tranche: n(0),
                    shares: n(1),
                },
            ),
            refused(stranger, pool, &P::cancelNoticeCall { tranche: n(1) }),
            refused(operator, pool, &borrow(&nobodys, signature.clone())),
            refused(stranger, pool, &borrow(&changed, signature.clone())),
            refused(stranger, pool, &borrow(&nobodys, Bytes::from_static(&[1, 2, 3]))),
            refused(stranger, pool, &P::repayCall { terms: terms.clone() }),
            refused(stranger, pool, &P::cureCall { terms: terms.clone() }),
            refused(stranger, pool, &P::impairCall { terms: terms.clone() }),
            refused(stranger, pool, &P::markDefaultCall { terms: terms.clone() }),
            refused(stranger, pool, &P::liquidateCall { terms: terms.clone() }),
            refused(stranger, pool, &P::payOffCall { terms }),
            refused(
                stranger,
                pool,
                &P::settleLiquidationCall {
                    loanId: loan_id,
                    proceeds: n(1),
                },
            ),
            refused(stranger, pool, &P::writeOffCall { loanId: loan_id }),
            refused(
                stranger,
                pool,
                &P::transferCall {
                    receiver: curator,
                    id: n(0),
                    amount: usdai(1),
                },
            ),
            refused(stranger, pool, &P::setFeeRecipientCall { feeRecipient: stranger }),
            refused(stranger, pool, &P::pauseCall {}),
            refused(stranger, auction, &A::listCall { loanId: loan_id }),
            refused(
                stranger,
                auction,
                &A::bidCall {
                    loanId: loan_id,
                    amount: n(1),
                },
            ),
            refused(stranger, auction, &A::settleCall { loanId: loan_id }),
            refused(
                stranger,
                auction,
                &A::relistCall {
                    loanId: loan_id,
                    reserve: n(1),
                },
            ),
            refused(stranger, auction, &A::writeOffCall { loanId: loan_id }),
            refused(stranger, auction, &A::withdrawRefundCall { receiver: stranger }),
            refused(stranger, caliber, &C::requestGoodsCall { tokenId: absent }),
            refused(
                stranger,
                caliber,
                &C::attestReceiptCall {
                    tokenId: absent,
                    document,
                },
            ),
            refused(
                bailee,
                caliber,
                &C::tokenizeCall {
                    owner: bailee,
                    model: String::new(),
                    bailee,
                    bailmentAgreement: document,
                    uri: String::new(),
                    serials: vec![document],
                    sealLot: true,
                },
            ),
            refused(
                stranger,
                caliber,
                &C::transferFromCall {
                    from: pool,
                    to: stranger,
                    tokenId: n(1),
                },
            ),
            refused(
                self.world.suite.actors.admin,
                caliber,
                &C::setCustodiansCall {
                    loanPool: stranger,
                    collateralAuction: stranger,
                },
            ),
            refused(
                stranger,
                caliber,
                &C::setFrozenCall {
                    tokenId: n(1),
                    isFrozen: true,
                },
            ),
        ]
    }

    /// Calldata that is no call, ETH that is not wanted, roles that are not given: of every contract.
    fn nonsense_of_anything(&mut self) -> Vec<Refused> {
        let stranger = self.stranger();
        let contracts = [
            self.usdai,
            self.world.suite.swap_adapter,
            self.staking.vault,
            self.staking.auction,
            self.credit.pool,
            self.credit.auction,
            self.credit.caliber,
        ];
        let grant = V::grantRoleCall {
            role: role_id("DEFAULT_ADMIN_ROLE"),
            account: stranger,
        };
        let mut all = Vec::new();
        for to in contracts {
            let call = grant.abi_encode();
            let raw = |what, value: u64, data: Vec<u8>| Refused {
                what,
                from: stranger,
                to,
                value: n(value),
                data: data.into(),
            };
            all.push(raw("ETH with a call", 1, call.clone()));
            all.push(raw("truncated calldata", 0, call[..call.len() - 1].to_vec()));
            all.push(raw("trailing calldata", 0, [call.clone(), vec![0; 32]].concat()));
            all.push(raw("an unknown function", 0, vec![1, 2, 3, 4]));
            all.push(raw("no function", 0, Vec::new()));
            all.push(raw("a role for oneself", 0, call));
        }
        all
    }
}
