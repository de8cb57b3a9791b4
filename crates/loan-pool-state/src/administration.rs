//! Construction, the pause, links, and who may set them.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;
use contract_kit::{extension, host, roles, token, Revert};
use credit_math::PROTOCOL_DECIMALS;
use loan_core::{origination::AdvanceRates, Rate, BASIS_POINTS, MAX_TRANCHES};

use crate::{
    abi::{ICollateralAuction, ILoanPool},
    errors::{basis_points, refused},
    lenders::check_receiver,
    words::{Clock, Lending, Settings, CLAIMED_OFFSET},
    LoanPool,
};

/// What the constructor is told.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// Admin of all roles.
    pub admin: Address,
    /// The currency.
    pub usdai: Address,
    /// The documents of title.
    pub caliber: Address,
    /// The contracts that run what the pool itself does not know: payments, origination, recovery, administration.
    pub extensions: [Address; 4],
    /// The hashes of their code.
    pub code_hashes: [B256; 4],
    /// Receives all fees.
    pub fee_recipient: Address,
    /// In basis points: the pool's part of interest and penalties, its part of proceeds, and what of a collateral's
    /// value counts.
    pub policy_bps: [u16; 3],
    /// Advance rates of the tranches in basis points; zero for those that do not exist, which come last.
    pub advance_bps: [u16; MAX_TRANCHES],
    /// Interest rates of the tranches, WAD per second; zero for those that do not exist.
    pub rates: [u64; MAX_TRANCHES],
}

impl LoanPool {
    /// Sets the links and the terms of the tranches for good, the admin and the fee recipient.
    ///
    /// # Errors
    ///
    /// `InvalidAddress`, `ExtensionMismatch`, `InvalidBasisPoints`, `InvalidTranches`, `RateTooHigh`.
    pub fn initialize(&mut self, construction: &Construction) -> Result<(), Revert> {
        let Construction {
            admin,
            usdai,
            caliber,
            extensions,
            code_hashes,
            fee_recipient,
            policy_bps,
            advance_bps,
            rates,
        } = *construction;
        check_contract(usdai)?;
        check_contract(caliber)?;
        if admin.is_zero() || token::decimals(usdai)? != U256::from(PROTOCOL_DECIMALS) {
            return Err(ILoanPool::InvalidAddress {}.into());
        }
        for (extension, code_hash) in extensions.into_iter().zip(code_hashes) {
            extension::check(extension, code_hash)?;
        }
        if let Some(bps) = policy_bps.into_iter().find(|bps| *bps > BASIS_POINTS) {
            return Err(basis_points(bps));
        }
        let lending = lending(advance_bps, rates)?;
        let tranches = advance_bps.iter().filter(|bps| **bps != 0).count();
        let [interest_fee_bps, liquidation_fee_bps, haircut_bps] = policy_bps;
        self.set_settings(Settings {
            usdai,
            paused: false,
            tranches: u8::try_from(tranches).unwrap_or_default(),
            interest_fee_bps,
            liquidation_fee_bps,
            haircut_bps,
            paused_seconds: 0,
            claimed: 0,
        })?;
        self.lending.set(lending.pack()?);
        self.caliber.set(caliber);
        let [payments, origination, recovery, administration] = extensions;
        self.payments.set(payments);
        self.origination.set(origination);
        self.recovery.set(recovery);
        self.administration.set(administration);
        self.access.set(roles::DEFAULT_ADMIN.id(), admin, true);
        self.put_fee_recipient(fee_recipient)
    }

    /// Runs a call that the pool itself does not know.
    ///
    /// # Errors
    ///
    /// What the code reverts with; nothing before the construction.
    pub fn extend(&self, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        let extension = match calldata.first_chunk::<4>().copied().unwrap_or_default() {
            ILoanPool::repayCall::SELECTOR
            | ILoanPool::prepayCall::SELECTOR
            | ILoanPool::cureCall::SELECTOR
            | ILoanPool::payOffCall::SELECTOR => self.payments.get(),
            ILoanPool::borrowCall::SELECTOR
            | ILoanPool::refinanceCall::SELECTOR
            | ILoanPool::previewBorrowCall::SELECTOR
            | ILoanPool::loanIdOfCall::SELECTOR
            | ILoanPool::cancelNonceCall::SELECTOR
            | ILoanPool::isNonceUsedCall::SELECTOR => self.origination.get(),
            ILoanPool::impairCall::SELECTOR
            | ILoanPool::markDefaultCall::SELECTOR
            | ILoanPool::liquidateCall::SELECTOR
            | ILoanPool::liquidationCall::SELECTOR
            | ILoanPool::settleLiquidationCall::SELECTOR
            | ILoanPool::writeOffCall::SELECTOR
            | ILoanPool::reopenRecoveryCall::SELECTOR
            | ILoanPool::expireRecoveryCall::SELECTOR => self.recovery.get(),
            _ => self.administration.get(),
        };
        extension::delegate(extension, calldata)
    }

    /// Stops or resumes what can be paused.
    ///
    /// # Errors
    ///
    /// As `pause` and `unpause` of `ILoanPool` say.
    pub fn change_paused(&mut self, paused: bool) -> Result<(), Revert> {
        let account = self.access.only(roles::PAUSE_ADMIN)?;
        let settings = self.settings();
        match (settings.paused, paused) {
            (true, true) => return Err(ILoanPool::EnforcedPause {}.into()),
            (false, false) => return Err(ILoanPool::ExpectedPause {}.into()),
            _ => {}
        }
        if paused {
            self.set_clock(Clock {
                paused_at: host::timestamp(),
                ..self.clock()
            })?;
            self.set_settings(Settings { paused, ..settings })?;
            host::log(&ILoanPool::Paused { account });
        } else {
            self.set_settings(Settings {
                paused,
                paused_seconds: self.paused_seconds(settings),
                ..settings
            })?;
            host::log(&ILoanPool::Unpaused { account });
        }
        Ok(())
    }

    /// Sets who receives the fees.
    ///
    /// # Errors
    ///
    /// As `setFeeRecipient` of `ILoanPool` says.
    pub fn change_fee_recipient(&mut self, fee_recipient: Address) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        self.put_fee_recipient(fee_recipient)
    }

    /// Links the auction for good.
    ///
    /// # Errors
    ///
    /// As `setCollateralAuction` of `ILoanPool` says.
    pub fn link_auction(&mut self, auction: Address) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        let linked = self.auction.get();
        if !linked.is_zero() {
            return Err(ILoanPool::CollateralAuctionAlreadySet {
                collateralAuction: linked,
            }
            .into());
        }
        check_contract(auction)?;
        let (expected, answer) = (host::this(), host::view(auction, &ICollateralAuction::loanPoolCall {})?);
        let actual = host::address(auction, &answer)?;
        if actual != expected {
            return Err(ILoanPool::LinkMismatch { expected, actual }.into());
        }
        self.auction.set(auction);
        host::log(&ILoanPool::CollateralAuctionSet {
            collateralAuction: auction,
        });
        Ok(())
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings::unpack(self.settings.get())
    }

    /// The settings, unless the pool is paused.
    pub(crate) fn running(&self) -> Result<Settings, Revert> {
        let settings = self.settings();
        if settings.paused {
            Err(ILoanPool::EnforcedPause {}.into())
        } else {
            Ok(settings)
        }
    }

    /// Notes whether a tranche has claims of written-off loans.
    pub(crate) fn set_claimed(&mut self, index: usize, claimed: bool) {
        let mut word = self.settings.get();
        word.set_bit(CLAIMED_OFFSET.saturating_add(index), claimed);
        self.settings.set(word);
    }

    fn set_settings(&mut self, settings: Settings) -> Result<(), Revert> {
        self.settings.set(settings.pack()?);
        Ok(())
    }

    pub(crate) fn lending(&self) -> Lending {
        Lending::unpack(self.lending.get())
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::unpack(self.clock.get())
    }

    pub(crate) fn set_clock(&mut self, clock: Clock) -> Result<(), Revert> {
        self.clock.set(clock.pack()?);
        Ok(())
    }

    fn put_fee_recipient(&mut self, fee_recipient: Address) -> Result<(), Revert> {
        check_receiver(fee_recipient)?;
        self.set_clock(Clock {
            fee_recipient,
            ..self.clock()
        })?;
        host::log(&ILoanPool::FeeRecipientSet {
            feeRecipient: fee_recipient,
        });
        Ok(())
    }
}

/// The terms of the tranches. Each has a rate above zero, so that what earns interest tells what is lent; those that do
/// not exist come last.
fn lending(advance_bps: [u16; MAX_TRANCHES], rates: [u64; MAX_TRANCHES]) -> Result<Lending, Revert> {
    let existing = advance_bps.iter().take_while(|bps| **bps != 0).count();
    let (bps, none) = advance_bps.split_at_checked(existing).unwrap_or_default();
    let is_consistent = none.iter().all(|bps| *bps == 0)
        && rates
            .iter()
            .enumerate()
            .all(|(index, rate)| (*rate != 0) == (index < existing));
    if !is_consistent || AdvanceRates::new(bps).is_err() {
        return Err(ILoanPool::InvalidTranches {}.into());
    }
    let mut checked = [Rate::default(); MAX_TRANCHES];
    for (checked, rate) in checked.iter_mut().zip(rates) {
        *checked = Rate::new(rate).map_err(refused)?;
    }
    Ok(Lending {
        rates: checked,
        advance_bps,
    })
}

/// There must be code at `account`.
fn check_contract(account: Address) -> Result<(), Revert> {
    if host::has_code(account) && account != host::this() {
        Ok(())
    } else {
        Err(ILoanPool::InvalidAddress {}.into())
    }
}
