//! Calls of sUSDai in few words, as [`Deployed::vault`](crate::Deployed::vault) takes them.

use alloy_primitives::{Address, B256, U256};
use suite::bindings::IStakedUSDai as V;
use suite::role_id;

/// Deposits `amount` for `receiver`.
pub fn deposit(amount: U256, receiver: Address) -> V::deposit_0Call {
    V::deposit_0Call { amount, receiver }
}

/// Deposits `amount` for at least `min_shares`.
pub fn deposit_for(amount: U256, receiver: Address, min_shares: U256) -> V::deposit_1Call {
    V::deposit_1Call {
        amount,
        receiver,
        minShares: min_shares,
    }
}

/// Mints `shares` for `receiver`.
pub fn mint(shares: U256, receiver: Address) -> V::mint_0Call {
    V::mint_0Call { shares, receiver }
}

/// Mints `shares` for at most `max_amount`.
pub fn mint_for(shares: U256, receiver: Address, max_amount: U256) -> V::mint_1Call {
    V::mint_1Call {
        shares,
        receiver,
        maxAmount: max_amount,
    }
}

/// The bridge brings in `amount`.
pub fn bridge_in(to: Address, amount: U256) -> V::mint_2Call {
    V::mint_2Call { to, amount }
}

/// The bridge takes out `amount`.
pub fn bridge_out(from: Address, amount: U256) -> V::burnCall {
    V::burnCall { from, amount }
}

/// Requests the redemption of one's own `shares` for oneself.
pub fn request(shares: U256, account: Address) -> V::requestRedeemCall {
    request_for(shares, account, account)
}

/// Requests the redemption of `shares` of `owner` for `controller`.
pub fn request_for(shares: U256, controller: Address, owner: Address) -> V::requestRedeemCall {
    V::requestRedeemCall {
        shares,
        controller,
        owner,
    }
}

/// Claims `shares` of a controller's requests.
pub fn redeem(shares: U256, receiver: Address, controller: Address) -> V::redeemCall {
    V::redeemCall {
        shares,
        receiver,
        controller,
    }
}

/// Claims `amount` USDai of a controller's requests.
pub fn withdraw(amount: U256, receiver: Address, controller: Address) -> V::withdrawCall {
    V::withdrawCall {
        amount,
        receiver,
        controller,
    }
}

/// Claims `shares` of one request.
pub fn redeem_request(id: U256, shares: U256, receiver: Address) -> V::redeemRequestCall {
    V::redeemRequestCall {
        requestId: id,
        shares,
        receiver,
    }
}

/// Makes `operator` the caller's, or ends that.
pub fn set_operator(operator: Address, approved: bool) -> V::setOperatorCall {
    V::setOperatorCall { operator, approved }
}

/// Seals a bid.
pub fn commit_bid(id: U256, commitment: B256) -> V::commitBidCall {
    V::commitBidCall {
        requestId: id,
        commitment,
    }
}

/// Takes a sealed bid back.
pub fn withdraw_bid(id: U256) -> V::withdrawBidCall {
    V::withdrawBidCall { requestId: id }
}

/// Announces the limit of an epoch.
pub fn announce(epoch: u64, assets: U256) -> V::announceLimitCall {
    V::announceLimitCall {
        epoch: U256::from(epoch),
        assets,
    }
}

/// Settles the oldest ended epoch with bids.
pub fn settle() -> V::settleAuctionCall {
    V::settleAuctionCall {}
}

/// Services `shares` of the queue.
pub fn service(shares: U256) -> V::serviceRedemptionsCall {
    V::serviceRedemptionsCall { shares }
}

/// Harvests base yield.
pub fn harvest() -> V::harvestBaseYieldCall {
    V::harvestBaseYieldCall {}
}

/// Harvests base yield, at least `amount`.
pub fn deposit_base_yield(amount: U256) -> V::depositBaseYieldCall {
    V::depositBaseYieldCall { usdaiAmount: amount }
}

/// Lends `assets` to a tranche.
pub fn allocate(tranche: u64, assets: U256) -> V::allocateCall {
    V::allocateCall {
        tranche: U256::from(tranche),
        assets,
    }
}

/// Takes `shares` of a tranche back.
pub fn deallocate(tranche: u64, shares: U256) -> V::deallocateCall {
    V::deallocateCall {
        tranche: U256::from(tranche),
        shares,
    }
}

/// Moves the caller's shares.
pub fn transfer(to: Address, value: U256) -> V::transferCall {
    V::transferCall { to, value }
}

/// Moves somebody's shares.
pub fn transfer_from(from: Address, to: Address, value: U256) -> V::transferFromCall {
    V::transferFromCall { from, to, value }
}

/// Allows `spender` so much of the caller's shares.
pub fn approve(spender: Address, value: U256) -> V::approveCall {
    V::approveCall { spender, value }
}

/// Puts an account on the blacklist, or takes it off.
pub fn blacklist(account: Address, is_blacklisted: bool) -> V::setBlacklistCall {
    V::setBlacklistCall {
        account,
        isBlacklisted: is_blacklisted,
    }
}

/// Gives an account a role.
pub fn grant(role: &str, account: Address) -> V::grantRoleCall {
    V::grantRoleCall {
        role: role_id(role),
        account,
    }
}

/// Takes a role away.
pub fn revoke(role: &str, account: Address) -> V::revokeRoleCall {
    V::revokeRoleCall {
        role: role_id(role),
        account,
    }
}
