//! Switches, bounds and links, and who may set them.

use alloy_primitives::{Address, U128, U256};
use contract_kit::{host, roles, token, Revert};
use credit_math::Scale;

use crate::{
    abi::{ISwapAdapter, IUSDai},
    settings::Settings,
    USDai,
};

impl USDai {
    pub(crate) fn initialize(&mut self, admin: Address, base_token: Address, cap: U256) -> Result<(), Revert> {
        if admin.is_zero() || base_token.is_zero() || !host::has_code(base_token) {
            return Err(IUSDai::InvalidAddress {}.into());
        }
        let decimals = check_decimals(base_token)?;
        self.set_settings(Settings {
            base_token,
            decimals,
            paused: false,
            whitelist_required: false,
            bridged_out: false,
        });
        self.access.set(roles::DEFAULT_ADMIN.id(), admin, true);
        self.put_cap(cap)
    }

    pub(crate) fn change_cap(&mut self, cap: U256) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        self.put_cap(cap)
    }

    pub(crate) fn change_adapter(&mut self, adapter: Address) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        if !adapter.is_zero() {
            let expected = self.settings().base_token;
            let answer = host::view(adapter, &ISwapAdapter::baseTokenCall {})?;
            let actual = host::address(adapter, &answer)?;
            if actual != expected {
                return Err(IUSDai::BaseTokenMismatch { expected, actual }.into());
            }
        }
        self.swap_adapter.set(adapter);
        host::log(&IUSDai::SwapAdapterSet { swapAdapter: adapter });
        Ok(())
    }

    pub(crate) fn change_whitelist_required(&mut self, required: bool) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        self.set_settings(Settings {
            whitelist_required: required,
            ..self.settings()
        });
        host::log(&IUSDai::WhitelistRequiredSet {
            whitelistRequired: required,
        });
        Ok(())
    }

    pub(crate) fn change_whitelist(&mut self, account: Address, whitelisted: bool) -> Result<(), Revert> {
        self.access.only(roles::WHITELIST_ADMIN)?;
        if account.is_zero() {
            return Err(IUSDai::InvalidAddress {}.into());
        }
        self.whitelist.setter(account).set(whitelisted);
        host::log(&IUSDai::Whitelisted {
            account,
            isWhitelisted: whitelisted,
        });
        Ok(())
    }

    pub(crate) fn change_paused(&mut self, paused: bool) -> Result<(), Revert> {
        let account = self.access.only(roles::PAUSE_ADMIN)?;
        let settings = self.settings();
        match (settings.paused, paused) {
            (true, true) => return Err(IUSDai::EnforcedPause {}.into()),
            (false, false) => return Err(IUSDai::ExpectedPause {}.into()),
            _ => self.set_settings(Settings { paused, ..settings }),
        }
        if paused {
            host::log(&IUSDai::Paused { account });
        } else {
            host::log(&IUSDai::Unpaused { account });
        }
        Ok(())
    }

    /// The adapter that swaps `token`.
    pub(crate) fn adapter_for(&self, token: Address) -> Result<Address, Revert> {
        let adapter = self.swap_adapter.get();
        if adapter.is_zero() {
            Err(IUSDai::SwapAdapterNotSet { token }.into())
        } else {
            Ok(adapter)
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings::unpack(self.settings.get())
    }

    /// The bound of all supply, on this chain and the others.
    pub(crate) fn cap(&self) -> u128 {
        self.erc20.companion()
    }

    /// USDai that has left over the bridge.
    pub(crate) fn bridged(&self, settings: Settings) -> u128 {
        if settings.bridged_out {
            self.bridged.get().to()
        } else {
            0
        }
    }

    /// USDai here and on other chains. By R1 the sum is backed, so that it is far from overflowing.
    pub(crate) fn liabilities(&self, settings: Settings) -> U256 {
        self.erc20
            .total_supply()
            .saturating_add(U256::from(self.bridged(settings)))
    }

    pub(crate) fn set_bridged(&mut self, settings: Settings, bridged: u128) {
        self.bridged.set(U128::from(bridged));
        let bridged_out = bridged != 0;
        if bridged_out != settings.bridged_out {
            self.set_settings(Settings {
                bridged_out,
                ..settings
            });
        }
    }

    fn set_settings(&mut self, settings: Settings) {
        self.settings.set(settings.pack());
    }

    fn put_cap(&mut self, cap: U256) -> Result<(), Revert> {
        let Ok(narrow) = u128::try_from(cap) else {
            return Err(IUSDai::ValueTooLarge {
                value: cap,
                maximum: U256::from(u128::MAX),
            }
            .into());
        };
        self.erc20.set_companion(narrow);
        host::log(&IUSDai::SupplyCapSet { supplyCap: cap });
        Ok(())
    }
}

/// The decimals of a token that has at most 18.
fn check_decimals(token: Address) -> Result<u8, Revert> {
    // A token that answers more than 255 is said to have 255.
    let decimals = u8::try_from(token::decimals(token)?).unwrap_or(u8::MAX);
    if Scale::from_decimals(decimals).is_some() {
        Ok(decimals)
    } else {
        Err(IUSDai::UnsupportedDecimals { token, decimals }.into())
    }
}
