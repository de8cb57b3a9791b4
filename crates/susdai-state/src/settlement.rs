//! Settling auctions and servicing the queue, both at the conservative price.

use alloy_primitives::U256;
use contract_kit::{host, roles, Revert};
use qev_core::vesting::Vesting;

use crate::{
    abi::{ILoanPool, IQevAuction, IStakedUSDai},
    books::part_of,
    pricing::SharePrice,
    valuation::Valuation,
    words::{Cash, Escrow, Settings},
    Vault,
};

/// The longest time in seconds that a loan in default may stop settling and servicing: its redemption window.
const LONGEST_REST: U256 = U256::from_limbs([14 * 24 * 3600, 0, 0, 0]);

/// What the auction needs to know to sell or to service.
struct Round {
    settings: Settings,
    escrow: Escrow,
    price: SharePrice,
    /// What may be spent.
    budget: U256,
    manager: bool,
}

/// What the auction has done.
struct Outcome {
    /// To be reserved.
    assets: U256,
    /// Shares that wait no longer.
    shares: U256,
    /// To vest.
    gain: U256,
}

impl Vault {
    /// Settles the oldest ended epoch with bids; answers it, the shares filled and the assets reserved for them.
    ///
    /// # Errors
    ///
    /// As `settleAuction` of `IStakedUSDai` says.
    pub fn settle_auction(&mut self) -> Result<(U256, U256, U256), Revert> {
        let round = self.open_round()?;
        let auction = round.escrow.auction;
        let settlement = IQevAuction::settleCall {
            nav: round.price.assets,
            totalShares: round.price.shares,
            idle: round.budget,
            manager: round.manager,
        };
        let [epoch, filled, assets, forfeited, gain] = host::words(auction, &host::call(auction, &settlement)?)?;
        self.close_round(
            &round,
            &Outcome {
                assets,
                shares: filled.saturating_add(forfeited),
                gain,
            },
        )?;
        host::log(&IStakedUSDai::AuctionServiced {
            epoch,
            filledShares: filled,
            assets,
            forfeitedShares: forfeited,
            gain,
        });
        Ok((epoch, filled, assets))
    }

    /// Services `shares` of the queue; answers the assets reserved for them.
    ///
    /// # Errors
    ///
    /// As `serviceRedemptions` of `IStakedUSDai` says.
    pub fn service_redemptions(&mut self, shares: U256) -> Result<U256, Revert> {
        let round = self.open_round()?;
        let auction = round.escrow.auction;
        let service = IQevAuction::serviceCall {
            shares,
            nav: round.price.assets,
            totalShares: round.price.shares,
            idle: round.budget,
            manager: round.manager,
        };
        let [serviced, assets, pending] = host::words(auction, &host::call(auction, &service)?)?;
        self.close_round(
            &round,
            &Outcome {
                assets,
                shares: serviced,
                gain: U256::ZERO,
            },
        )?;
        host::log(&IStakedUSDai::RedemptionsServiced {
            shares: serviced,
            amount: assets,
            allRedemptionsServiced: pending.is_zero(),
        });
        Ok(assets)
    }

    fn open_round(&self) -> Result<Round, Revert> {
        let settings = self.running()?;
        self.check_no_curable_default(settings)?;
        let escrow = self.escrow();
        Ok(Round {
            settings,
            escrow,
            price: self.share_price(settings, Valuation::Conservative)?,
            budget: U256::from(self.cash().idle.min(escrow.room())),
            manager: self.access.has_role(roles::STRATEGY_ADMIN.id(), host::sender()),
        })
    }

    /// While a loan in default can be cured nobody knows what the shares are worth. A time further away than any
    /// redemption window is long does not bind.
    fn check_no_curable_default(&self, settings: Settings) -> Result<(), Revert> {
        if !settings.loan_pool_linked {
            return Ok(());
        }
        let pool = self.loan_pool.get();
        let cure_end = host::word(pool, &host::view(pool, &ILoanPool::latestCureEndCall {})?)?;
        let rest = cure_end.saturating_sub(U256::from(host::timestamp()));
        if rest.is_zero() || rest > LONGEST_REST {
            Ok(())
        } else {
            Err(IStakedUSDai::LoanInDefault { cureEnd: cure_end }.into())
        }
    }

    /// Reserves assets, lets shares go and a gain vest.
    fn close_round(&mut self, round: &Round, outcome: &Outcome) -> Result<(), Revert> {
        let Round { settings, escrow, .. } = *round;
        let cash = self.cash();
        let pending = self.pending();
        let reserved = part_of(escrow.auction, outcome.assets, cash.idle.min(escrow.room()))?;
        let gone = part_of(escrow.auction, outcome.shares, pending)?;
        let gain = part_of(escrow.auction, outcome.gain, u128::MAX)?;
        self.set_escrow(Escrow {
            reserved: escrow.reserved.saturating_add(reserved),
            ..escrow
        });
        self.set_pending(pending.saturating_sub(gone));
        self.set_cash(Cash {
            idle: cash.idle.saturating_sub(reserved),
            gains: with_gain(cash.gains, gain, settings.vesting_period),
        });
        Ok(())
    }
}

/// The gains with one more. Without one the running period goes on.
fn with_gain(gains: Vesting, gain: u128, period: u64) -> Vesting {
    if gain == 0 {
        gains
    } else {
        // A sum that does not fit counts at once; nothing may stop a settlement.
        gains.with_gain(gain, host::timestamp(), period).unwrap_or(gains)
    }
}
