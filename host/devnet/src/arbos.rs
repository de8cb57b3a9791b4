//! What ArbOS keeps about programs, in the storage of an account that no key and no code controls. Being storage, it is
//! journalled, reverted and kept per block like any other state.

use std::convert::Infallible;

use alloy_primitives::{Address, B256, U256, address, keccak256};
use alloy_sol_types::SolError;
use revm::Database as _;
use revm::bytecode::Bytecode;
use revm::context::{ContextTr, JournalTr};
use stylus_rules::StylusParams;
use stylus_rules::data_pricer::DataPricer;

use crate::evm::ArbContext;
use crate::precompiles::abi::ArbWasm;

/// ArbOS version emulated.
pub(crate) const ARBOS_VERSION: u64 = 51;
/// The Stylus parameters of that version.
pub(crate) const PARAMS: StylusParams = StylusParams::ARBOS_51;
/// The account whose storage holds the state of ArbOS.
pub(crate) const ARBOS_STATE: Address = address!("0xa4b05fffffffffffffffffffffffffffffffffff");

/// When Arbitrum's clock of hours starts, in seconds.
const START_TIME: u64 = 1_421_388_000;
const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// What ArbOS knows of a program, by the hash of its code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ProgramRecord {
    /// Stylus version it was activated under; 0 when it never was.
    pub(crate) version: u16,
    pub(crate) init_cost: u16,
    pub(crate) cached_cost: u16,
    /// Pages of memory it starts with.
    pub(crate) footprint: u16,
    /// When it was activated or kept alive, in hours of Arbitrum's clock.
    pub(crate) activated_at: u32,
    /// Estimated size of its machine code in KiB.
    pub(crate) asm_kib: u32,
    pub(crate) cached: bool,
}

/// Why a program does not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Inactive {
    #[error("ProgramNotActivated()")]
    NotActivated,
    #[error("ProgramNeedsUpgrade({version}, {stylus_version})")]
    NeedsUpgrade { version: u16, stylus_version: u16 },
    #[error("ProgramExpired({age})")]
    Expired { age: u64 },
}

impl Inactive {
    /// ArbWasm's error for it.
    pub(crate) fn abi_encode(self) -> Vec<u8> {
        match self {
            Self::NotActivated => ArbWasm::ProgramNotActivated {}.abi_encode(),
            Self::NeedsUpgrade {
                version,
                stylus_version,
            } => ArbWasm::ProgramNeedsUpgrade {
                version,
                stylusVersion: stylus_version,
            }
            .abi_encode(),
            Self::Expired { age } => ArbWasm::ProgramExpired { ageInSeconds: age }.abi_encode(),
        }
    }
}

impl ProgramRecord {
    /// Seconds since the activation, as ArbOS counts them.
    pub(crate) fn age(&self, timestamp: u64) -> u64 {
        timestamp.saturating_sub(START_TIME + u64::from(self.activated_at) * HOUR)
    }

    pub(crate) fn is_expired(&self, timestamp: u64) -> bool {
        self.age(timestamp) > u64::from(PARAMS.expiry_days) * DAY
    }

    /// Seconds until it expires.
    pub(crate) fn time_left(&self, timestamp: u64) -> u64 {
        (u64::from(PARAMS.expiry_days) * DAY).saturating_sub(self.age(timestamp))
    }

    /// Whether it is old enough to be kept alive.
    pub(crate) fn may_be_kept_alive(&self, timestamp: u64) -> bool {
        self.age(timestamp) >= u64::from(PARAMS.keepalive_days) * DAY
    }

    /// The record itself if the program may run now.
    pub(crate) fn active(self, timestamp: u64) -> Result<Self, Inactive> {
        if self.version == 0 {
            return Err(Inactive::NotActivated);
        }
        if self.version != PARAMS.version {
            return Err(Inactive::NeedsUpgrade {
                version: self.version,
                stylus_version: PARAMS.version,
            });
        }
        if self.is_expired(timestamp) {
            return Err(Inactive::Expired {
                age: self.age(timestamp),
            });
        }
        Ok(self)
    }

    pub(crate) fn to_word(self) -> U256 {
        let mut word = [0; 32];
        word[0..2].copy_from_slice(&self.version.to_be_bytes());
        word[2..4].copy_from_slice(&self.init_cost.to_be_bytes());
        word[4..6].copy_from_slice(&self.cached_cost.to_be_bytes());
        word[6..8].copy_from_slice(&self.footprint.to_be_bytes());
        word[8..11].copy_from_slice(&self.activated_at.to_be_bytes()[1..]);
        word[11..14].copy_from_slice(&self.asm_kib.to_be_bytes()[1..]);
        word[14] = u8::from(self.cached);
        U256::from_be_bytes(word)
    }

    pub(crate) fn from_word(word: U256) -> Self {
        let word = word.to_be_bytes::<32>();
        let u16_at = |at: usize| u16::from_be_bytes([word[at], word[at + 1]]);
        let u24_at = |at: usize| u32::from_be_bytes([0, word[at], word[at + 1], word[at + 2]]);
        Self {
            version: u16_at(0),
            init_cost: u16_at(2),
            cached_cost: u16_at(4),
            footprint: u16_at(6),
            activated_at: u24_at(8),
            asm_kib: u24_at(11),
            cached: word[14] != 0,
        }
    }
}

/// Arbitrum's hour at `timestamp`, as many as fit in 24 bits.
pub(crate) fn hours(timestamp: u64) -> u32 {
    let hours = timestamp.saturating_sub(START_TIME) / HOUR;
    u32::try_from(hours).unwrap_or(u32::MAX).min(0x00FF_FFFF)
}

/// The slot of a program's record.
pub(crate) fn program_slot(code_hash: B256) -> U256 {
    slot("program", code_hash)
}

fn slot(table: &str, key: B256) -> U256 {
    keccak256([table.as_bytes(), key.as_slice()].concat()).into()
}

/// Takes the value of a result that cannot be an error.
pub(crate) fn sure<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// The code of an account and its hash. The account stays as cold as it was: what the chain itself looks up has a price
/// of its own, or none, and is not on the access list.
pub(crate) fn peek_code(context: &mut ArbContext<'_>, address: Address) -> (B256, Bytecode) {
    let (database, state) = context.journal_mut().db_and_state_mut();
    let info = match state.get(&address) {
        Some(account) => account.info.clone(),
        None => sure(database.basic(address)).unwrap_or_default(),
    };
    let code = info.code.unwrap_or_else(|| sure(database.code_by_hash(info.code_hash)));
    (info.code_hash, code)
}

/// Moves ether between accounts, which stay as cold as they were. False when there is not enough.
pub(crate) fn transfer(context: &mut ArbContext<'_>, from: Address, to: Address, amount: U256) -> bool {
    let journal = context.journal_mut();
    let cold = [from, to].map(|address| (address, sure(journal.load_account(address)).is_cold));
    let moved = sure(journal.transfer(from, to, amount)).is_none();
    for (address, _) in cold.into_iter().filter(|(_, cold)| *cold) {
        chill(context, address);
    }
    moved
}

fn chill(context: &mut ArbContext<'_>, address: Address) {
    if let Some(account) = context.journal_mut().evm_state_mut().get_mut(&address) {
        account.mark_cold();
    }
}

fn read(context: &mut ArbContext<'_>, slot: U256) -> U256 {
    let (database, state) = context.journal_mut().db_and_state_mut();
    let known = state.get(&ARBOS_STATE).and_then(|account| account.storage.get(&slot));
    match known {
        Some(known) => known.present_value,
        None => sure(database.storage(ARBOS_STATE, slot)),
    }
}

fn write(context: &mut ArbContext<'_>, slot: U256, value: U256) {
    let journal = context.journal_mut();
    let account_is_cold = sure(journal.load_account(ARBOS_STATE)).is_cold;
    journal.touch_account(ARBOS_STATE);
    let slot_is_cold = sure(journal.sstore(ARBOS_STATE, slot, value)).is_cold;
    let account = journal.evm_state_mut().get_mut(&ARBOS_STATE);
    if let Some(stored) = account.and_then(|account| account.storage.get_mut(&slot))
        && slot_is_cold
    {
        stored.mark_cold();
    }
    if account_is_cold {
        chill(context, ARBOS_STATE);
    }
}

/// The record of a program.
pub(crate) fn program(context: &mut ArbContext<'_>, code_hash: B256) -> ProgramRecord {
    ProgramRecord::from_word(read(context, program_slot(code_hash)))
}

/// Changes the record of a program.
pub(crate) fn set_program(context: &mut ArbContext<'_>, code_hash: B256, record: ProgramRecord) {
    write(context, program_slot(code_hash), record.to_word());
}

/// The fee in wei for keeping `asm_bytes` of machine code, taken into account for later fees.
pub(crate) fn charge_data_fee(context: &mut ArbContext<'_>, asm_bytes: u32, timestamp: u64) -> u64 {
    let demand_slot = slot("data demand", B256::ZERO);
    let demand = read(context, demand_slot).saturating_to();
    let mut pricer = DataPricer {
        demand,
        ..DataPricer::default()
    };
    let fee = pricer.charge(asm_bytes, timestamp);
    write(context, demand_slot, U256::from(pricer.demand));
    fee
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: ProgramRecord = ProgramRecord {
        version: 2,
        init_cost: 0x0304,
        cached_cost: 0x0506,
        footprint: 0x0708,
        activated_at: 0x09_0A0B,
        asm_kib: 0x0C_0D0E,
        cached: true,
    };

    #[test]
    fn a_record_is_a_word() {
        let mut bytes = [0; 32];
        bytes[1] = 2;
        for (place, byte) in (2_u8..14).enumerate() {
            bytes[place + 2] = byte + 1;
        }
        bytes[14] = 1;
        assert_eq!(RECORD.to_word(), U256::from_be_bytes(bytes));
        assert_eq!(ProgramRecord::from_word(RECORD.to_word()), RECORD);
        assert_eq!(ProgramRecord::from_word(U256::ZERO), ProgramRecord::default());
        // Whatever is there is a record.
        let full = ProgramRecord::from_word(U256::MAX);
        assert_eq!(
            (full.version, full.activated_at, full.cached),
            (u16::MAX, 0x00FF_FFFF, true)
        );
    }

    #[test]
    fn age_counts_from_the_full_hour_of_activation() {
        let activated = START_TIME + 100 * HOUR + 1_800;
        let record = ProgramRecord {
            activated_at: hours(activated),
            ..RECORD
        };
        assert_eq!(record.age(activated), 1_800);
        let end = START_TIME + 100 * HOUR + 365 * DAY;
        assert_eq!(record.active(end), Ok(record));
        assert_eq!(record.time_left(end), 0);
        assert_eq!(record.active(end + 1), Err(Inactive::Expired { age: 365 * DAY + 1 }));
        let never = ProgramRecord { version: 0, ..record };
        assert_eq!(never.active(activated), Err(Inactive::NotActivated));
        let old = ProgramRecord { version: 1, ..record };
        assert_eq!(
            old.active(activated),
            Err(Inactive::NeedsUpgrade {
                version: 1,
                stylus_version: 2
            })
        );
        assert_eq!((hours(0), hours(u64::MAX)), (0, 0x00FF_FFFF));
    }
}
