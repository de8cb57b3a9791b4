//! Construction, switches, links and bounds, and who may set them.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use contract_kit::{extension, host, revert::ExternalCallFailed, roles, token, Revert};
use credit_math::PROTOCOL_DECIMALS;

use crate::{
    abi::{ILoanPool, IQevAuction, IStakedUSDai},
    accounts::{check_receiver, not_this},
    deposits::DEAD,
    words::{Escrow, Settings, MAX_PERIOD},
    Vault,
};

/// The highest fee on base yield in basis points.
const MAX_FEE_BPS: u16 = 5_000;

/// What the constructor is told.
#[derive(Clone, Copy, Debug)]
pub struct Construction {
    /// Admin of all roles.
    pub admin: Address,
    /// The asset.
    pub usdai: Address,
    /// Queue and auction, deployed before and not linked to another vault.
    pub auction: Address,
    /// The contract that runs what the vault itself does not know.
    pub extension: Address,
    /// The hash of its code.
    pub extension_code_hash: B256,
    /// Receives the fee on base yield.
    pub fee_recipient: Address,
    /// That fee in basis points.
    pub fee_bps: u16,
}

impl Vault {
    /// Sets the links for good, the admin and the fee.
    ///
    /// # Errors
    ///
    /// `InvalidAddress`, `ExtensionMismatch`, `LinkMismatch`, `InvalidBasisPoints`, `ExternalCallFailed`.
    pub fn initialize(&mut self, construction: &Construction) -> Result<(), Revert> {
        let Construction {
            admin,
            usdai,
            auction,
            extension,
            extension_code_hash,
            fee_recipient,
            fee_bps,
        } = *construction;
        check_contract(usdai)?;
        check_contract(auction)?;
        if admin.is_zero() || token::decimals(usdai)? != U256::from(PROTOCOL_DECIMALS) {
            return Err(IStakedUSDai::InvalidAddress {}.into());
        }
        extension::check(extension, extension_code_hash)?;
        self.extension.set(extension);
        self.set_escrow(Escrow { auction, reserved: 0 });
        self.set_settings(Settings {
            usdai,
            paused: false,
            loan_pool_linked: false,
            bridged_out: false,
            tranches_held: 0,
            fee_bps: 0,
            vesting_period: epoch_length(auction)?,
        });
        self.access.give(roles::DEFAULT_ADMIN.id(), admin);
        self.put_fee_recipient(fee_recipient)?;
        self.put_fee(fee_bps)
    }

    /// Runs a call that the vault itself does not know.
    ///
    /// # Errors
    ///
    /// What the extension reverts with; nothing before the construction.
    pub fn extend(&self, calldata: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
        extension::delegate(self.extension.get(), calldata)
    }

    /// Stops or resumes what can be paused.
    ///
    /// # Errors
    ///
    /// As `pause` and `unpause` of `IStakedUSDai` say.
    pub fn change_paused(&mut self, paused: bool) -> Result<(), Revert> {
        let account = self.access.only(roles::PAUSE_ADMIN)?;
        let settings = self.settings();
        match (settings.paused, paused) {
            (true, true) => return Err(IStakedUSDai::EnforcedPause {}.into()),
            (false, false) => return Err(IStakedUSDai::ExpectedPause {}.into()),
            _ => self.set_settings(Settings { paused, ..settings }),
        }
        if paused {
            host::log(&IStakedUSDai::Paused { account });
        } else {
            host::log(&IStakedUSDai::Unpaused { account });
        }
        Ok(())
    }

    /// Blacklists an account, or no longer. The vault and the keeper of the locked shares cannot be.
    ///
    /// # Errors
    ///
    /// As `setBlacklist` of `IStakedUSDai` says.
    pub fn change_blacklist(&mut self, account: Address, blacklisted: bool) -> Result<(), Revert> {
        self.access.only(roles::BLACKLIST_ADMIN)?;
        check_receiver(account)?;
        if account == DEAD {
            return Err(IStakedUSDai::InvalidAddress {}.into());
        }
        self.erc20.set_frozen(account, blacklisted);
        host::log(&IStakedUSDai::Blacklisted {
            value: account,
            isBlacklisted: blacklisted,
        });
        Ok(())
    }

    /// Harvests at the old fee, then sets it: what was earned under one fee never pays another.
    ///
    /// # Errors
    ///
    /// As `setBaseYieldFee` of `IStakedUSDai` says.
    pub fn change_fee(&mut self, fee_bps: u16) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        self.harvest(self.settings(), U256::ZERO)?;
        self.put_fee(fee_bps)
    }

    /// Sets who receives the fee.
    ///
    /// # Errors
    ///
    /// As `setFeeRecipient` of `IStakedUSDai` says.
    pub fn change_fee_recipient(&mut self, fee_recipient: Address) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        self.put_fee_recipient(fee_recipient)
    }

    /// Links the loan pool for good.
    ///
    /// # Errors
    ///
    /// As `setLoanPool` of `IStakedUSDai` says.
    pub fn link_loan_pool(&mut self, pool: Address) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        let settings = self.settings();
        if settings.loan_pool_linked {
            let linked = self.loan_pool.get();
            return Err(IStakedUSDai::LoanPoolAlreadySet { loanPool: linked }.into());
        }
        check_contract(pool)?;
        let asset = host::address(pool, &host::view(pool, &ILoanPool::assetCall {})?)?;
        check_link(settings.usdai, asset)?;
        check_answers(pool)?;
        self.loan_pool.set(pool);
        self.set_settings(Settings {
            loan_pool_linked: true,
            ..settings
        });
        host::log(&IStakedUSDai::LoanPoolSet { loanPool: pool });
        Ok(())
    }

    fn put_fee(&mut self, fee_bps: u16) -> Result<(), Revert> {
        if fee_bps > MAX_FEE_BPS {
            return Err(IStakedUSDai::InvalidBasisPoints {
                basisPoints: U256::from(fee_bps),
                maximum: U256::from(MAX_FEE_BPS),
            }
            .into());
        }
        self.set_settings(Settings {
            fee_bps,
            ..self.settings()
        });
        host::log(&IStakedUSDai::BaseYieldFeeSet {
            feeBps: U256::from(fee_bps),
        });
        Ok(())
    }

    fn put_fee_recipient(&mut self, fee_recipient: Address) -> Result<(), Revert> {
        check_receiver(fee_recipient)?;
        self.fee_recipient.set(fee_recipient);
        host::log(&IStakedUSDai::FeeRecipientSet {
            feeRecipient: fee_recipient,
        });
        Ok(())
    }
}

/// There must be code at `account`.
fn check_contract(account: Address) -> Result<(), Revert> {
    not_this(account)?;
    if host::has_code(account) {
        Ok(())
    } else {
        Err(IStakedUSDai::InvalidAddress {}.into())
    }
}

/// Prices and settlements ask the pool as long as the vault lives. What has the same asset but is no pool, as any
/// ERC-4626 vault, would stop them for ever.
fn check_answers(pool: Address) -> Result<(), Revert> {
    let nothing = ILoanPool::positionValueCall {
        shares0: U256::ZERO,
        shares1: U256::ZERO,
        shares2: U256::ZERO,
        shares3: U256::ZERO,
    };
    host::words::<2>(pool, &host::view(pool, &nothing)?)?;
    host::word(pool, &host::view(pool, &ILoanPool::latestCureEndCall {})?)?;
    Ok(())
}

/// Seconds of an epoch, for an auction that is not linked to another vault.
fn epoch_length(auction: Address) -> Result<u64, Revert> {
    let this = host::this();
    let vault = host::address(auction, &host::view(auction, &IQevAuction::vaultCall {})?)?;
    if !vault.is_zero() {
        check_link(this, vault)?;
    }
    let length = host::word(auction, &host::view(auction, &IQevAuction::epochLengthCall {})?)?;
    match u64::try_from(length) {
        Ok(length @ 1..=MAX_PERIOD) => Ok(length),
        _ => Err(ExternalCallFailed { target: auction }.into()),
    }
}

fn check_link(expected: Address, actual: Address) -> Result<(), Revert> {
    if expected == actual {
        Ok(())
    } else {
        Err(IStakedUSDai::LinkMismatch { expected, actual }.into())
    }
}
