//! The books: reading and writing the packed words, and the movements between them that more than one function makes.

use alloc::vec::Vec;

use alloy_primitives::{Address, U128, U256};
use contract_kit::{
    revert::{ExternalCallFailed, ValueTooLarge},
    Revert,
};

use crate::{
    abi::IStakedUSDai,
    words::{halves, join, Cash, Escrow, Settings, MAX_IDLE, TRANCHES},
    Vault,
};

impl Vault {
    pub(crate) fn settings(&self) -> Settings {
        Settings::unpack(self.settings.get())
    }

    /// The settings, unless the vault is paused.
    pub(crate) fn running(&self) -> Result<Settings, Revert> {
        let settings = self.settings();
        if settings.paused {
            Err(IStakedUSDai::EnforcedPause {}.into())
        } else {
            Ok(settings)
        }
    }

    pub(crate) fn set_settings(&mut self, settings: Settings) {
        self.settings.set(settings.pack());
    }

    pub(crate) fn cash(&self) -> Cash {
        Cash::unpack(self.cash.get())
    }

    pub(crate) fn set_cash(&mut self, cash: Cash) {
        self.cash.set(cash.pack());
    }

    /// Shares in the redemption queue or at auction. They stand in the word of the supply.
    pub(crate) fn pending(&self) -> u128 {
        self.erc20.companion()
    }

    pub(crate) fn set_pending(&mut self, pending: u128) {
        self.erc20.set_companion(pending);
    }

    /// Shares on other chains.
    pub(crate) fn bridged(&self) -> u128 {
        if self.settings().bridged_out {
            self.bridged.get().to()
        } else {
            0
        }
    }

    pub(crate) fn set_bridged(&mut self, bridged: u128) {
        self.bridged.set(U128::from(bridged));
        let settings = self.settings();
        let bridged_out = bridged != 0;
        if bridged_out != settings.bridged_out {
            self.set_settings(Settings {
                bridged_out,
                ..settings
            });
        }
    }

    pub(crate) fn escrow(&self) -> Escrow {
        Escrow::unpack(self.escrow.get())
    }

    pub(crate) fn set_escrow(&mut self, escrow: Escrow) {
        self.escrow.set(escrow.pack());
    }

    /// Own counts of the shares of all tranches. Slots that the settings say are empty are not read.
    pub(crate) fn tranches(&self, held: u8) -> [u128; TRANCHES] {
        let pair = |mask: u8, slot: &dyn Fn() -> U256| if held & mask == 0 { (0, 0) } else { halves(slot()) };
        let (first, second) = pair(0b0011, &|| self.senior_tranches.get());
        let (third, fourth) = pair(0b1100, &|| self.junior_tranches.get());
        [first, second, third, fourth]
    }

    /// Books the counts, and which of them are not zero.
    pub(crate) fn set_tranches(&mut self, settings: Settings, counts: [u128; TRANCHES]) {
        let [first, second, third, fourth] = counts;
        self.senior_tranches.set(join(first, second));
        self.junior_tranches.set(join(third, fourth));
        let tranches_held = counts
            .iter()
            .rev()
            .fold(0, |held, count| held << 1 | u8::from(*count != 0));
        self.set_settings(Settings {
            tranches_held,
            ..settings
        });
    }

    /// Books assets that came in.
    pub(crate) fn add_idle(&mut self, assets: U256) -> Result<(), Revert> {
        let cash = self.cash();
        let room = MAX_IDLE.saturating_sub(cash.idle);
        let idle = match u128::try_from(assets) {
            Ok(assets) if assets <= room => cash.idle.saturating_add(assets),
            _ => {
                return Err(ValueTooLarge {
                    value: assets,
                    maximum: U256::from(room),
                }
                .into())
            }
        };
        self.set_cash(Cash { idle, ..cash });
        Ok(())
    }
}

/// `part` of `whole`, both in the books; a contract of the protocol that says more than there is makes no sense.
pub(crate) fn part_of(target: Address, part: U256, whole: u128) -> Result<u128, Revert> {
    match u128::try_from(part) {
        Ok(part) if part <= whole => Ok(part),
        _ => Err(ExternalCallFailed { target }.into()),
    }
}

/// The words of a list that is a contract's only answer.
pub(crate) fn list(target: Address, answer: &[u8]) -> Result<Vec<U256>, Revert> {
    let words: Vec<_> = answer
        .chunks_exact(32)
        .map(|word| U256::try_from_be_slice(word).unwrap_or_default())
        .collect();
    match words.as_slice() {
        [offset, length, entries @ ..] if *offset == U256::from(32) && *length == U256::from(entries.len()) => {
            Ok(entries.to_vec())
        }
        _ => Err(ExternalCallFailed { target }.into()),
    }
}
