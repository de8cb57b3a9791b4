//! Everything that can happen.

use suite_tests::kinds;

kinds! {
    MintUsdai: 22,
    WithdrawUsdai: 14,
    /// To the vault, which must not notice.
    DonateUsdai: 12,
    /// To USDai: that is base yield.
    DonateWrappedM: 16,
    SetYieldRate: 12,

    Deposit: 34,
    DepositForAtLeast: 28,
    Mint: 24,
    MintForAtMost: 24,

    Transfer: 26,
    TransferFrom: 32,
    Approve: 20,
    Permit: 12,
    SetOperator: 20,

    RequestOwn: 60,
    RequestForAnother: 56,

    CommitBid: 34,
    ReplaceBid: 22,
    WithdrawBid: 20,
    AnnounceLimit: 18,
    RevealBid: 26,
    SettleByManager: 12,
    SettlePublicly: 14,
    ServiceByManager: 18,
    ServicePublicly: 20,
    Restore: 24,

    Redeem: 24,
    Withdraw: 24,
    RedeemRequest: 24,

    Harvest: 14,
    DepositBaseYield: 20,
    SetFee: 12,
    SetFeeRecipient: 11,

    Allocate: 26,
    Deallocate: 20,
    /// The tranche is worth more.
    PoolInterest: 14,
    /// The conservative value falls, or the loan is cured.
    PoolProvision: 12,
    /// Both values fall for good.
    PoolLoss: 11,
    DonateTrancheShares: 11,
    CureWindow: 10,

    Blacklist: 10,
    Unblacklist: 8,
    Pause: 11,
    Unpause: 11,
    BridgeOut: 14,
    BridgeIn: 18,
    SetDiscountBounds: 14,
    SetBond: 12,

    PassTime: 40,
}

impl Kind {
    /// Whether it may lower a share price: the strategy's and the loans' business, which is no user's.
    pub(crate) fn may_lower_prices(self) -> bool {
        matches!(
            self,
            Self::Allocate | Self::Deallocate | Self::PoolInterest | Self::PoolProvision | Self::PoolLoss
        )
    }
}
