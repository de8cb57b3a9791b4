//! The world state: accounts, code and storage, with an undo journal per block.
//!
//! Every change is recorded with the value it replaced. Undoing the newest blocks' records gives back any earlier state:
//! for good when a snapshot is restored, or as a read-only [`View`] for calls at a past block.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use revm::Database;
use revm::bytecode::Bytecode;
use revm::state::{AccountInfo, EvmState};

/// How many blocks back the state stays readable.
pub(crate) const HISTORY_BLOCKS: usize = 8_192;

/// Balance, nonce and code hash of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Basic {
    pub(crate) balance: U256,
    pub(crate) nonce: u64,
    pub(crate) code_hash: B256,
}

impl Default for Basic {
    fn default() -> Self {
        Self {
            balance: U256::ZERO,
            nonce: 0,
            code_hash: KECCAK256_EMPTY,
        }
    }
}

#[derive(Debug, Default)]
struct StoredAccount {
    basic: Basic,
    storage: HashMap<U256, U256>,
}

/// A replaced value.
#[derive(Debug)]
enum Undo {
    Account {
        address: Address,
        previous: Option<Basic>,
    },
    Slot {
        address: Address,
        key: U256,
        previous: U256,
    },
}

/// A point in the journal to come back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) sealed: u64,
    open: usize,
}

/// The current state and the way back to earlier ones.
#[derive(Debug, Default)]
pub(crate) struct State {
    accounts: HashMap<Address, StoredAccount>,
    /// Code by hash. Content-addressed, so it needs no undoing.
    codes: HashMap<B256, Bytecode>,
    /// Changes since the last block was sealed.
    open: Vec<Undo>,
    /// Changes of each sealed block that is still in reach, oldest first.
    sealed: VecDeque<Vec<Undo>>,
    /// Number of blocks sealed so far (undone ones not counted).
    sealed_count: u64,
}

impl State {
    pub(crate) fn basic(&self, address: Address) -> Option<Basic> {
        self.accounts.get(&address).map(|account| account.basic)
    }

    pub(crate) fn storage(&self, address: Address, key: U256) -> U256 {
        self.accounts
            .get(&address)
            .and_then(|account| account.storage.get(&key))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn code_by_hash(&self, hash: B256) -> Option<Bytecode> {
        if hash == KECCAK256_EMPTY || hash.is_zero() {
            Some(Bytecode::default())
        } else {
            self.codes.get(&hash).cloned()
        }
    }

    pub(crate) fn set_balance(&mut self, address: Address, balance: U256) {
        self.update(address, |basic| basic.balance = balance);
    }

    pub(crate) fn set_nonce(&mut self, address: Address, nonce: u64) {
        self.update(address, |basic| basic.nonce = nonce);
    }

    pub(crate) fn set_code(&mut self, address: Address, code: Bytes) {
        let hash = self.remember_code(code);
        self.update(address, |basic| basic.code_hash = hash);
    }

    pub(crate) fn set_storage(&mut self, address: Address, key: U256, value: U256) {
        let account = self.accounts.entry(address).or_insert_with(|| {
            self.open.push(Undo::Account {
                address,
                previous: None,
            });
            StoredAccount::default()
        });
        let previous = write_slot(&mut account.storage, key, value);
        if previous != value {
            self.open.push(Undo::Slot { address, key, previous });
        }
    }

    fn update(&mut self, address: Address, change: impl FnOnce(&mut Basic)) {
        let mut basic = self.basic(address).unwrap_or_default();
        change(&mut basic);
        self.put(address, basic);
    }

    fn put(&mut self, address: Address, basic: Basic) {
        let previous = self.basic(address);
        if previous == Some(basic) {
            return;
        }
        self.open.push(Undo::Account { address, previous });
        self.accounts.entry(address).or_default().basic = basic;
    }

    fn remove(&mut self, address: Address) {
        let Some(account) = self.accounts.remove(&address) else {
            return;
        };
        let slots = account.storage.into_iter();
        self.open
            .extend(slots.map(|(key, previous)| Undo::Slot { address, key, previous }));
        // Pushed last, so that undoing brings the account back before its slots.
        self.open.push(Undo::Account {
            address,
            previous: Some(account.basic),
        });
    }

    fn remember_code(&mut self, code: Bytes) -> B256 {
        if code.is_empty() {
            return KECCAK256_EMPTY;
        }
        let hash = keccak256(&code);
        self.codes.entry(hash).or_insert_with(|| analysed(code));
        hash
    }

    /// Takes over what a transaction changed.
    pub(crate) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            // An account without anything is none (EIP-161). One with storage can only come from a development method.
            let has_storage = |stored: &StoredAccount| !stored.storage.is_empty();
            let is_nothing = account.is_empty() && !self.accounts.get(&address).is_some_and(has_storage);
            if account.is_selfdestructed() || is_nothing {
                self.remove(address);
                continue;
            }
            let info = account.info;
            if let Some(code) = info.code.filter(|code| !code.is_empty()) {
                self.codes.entry(info.code_hash).or_insert(code);
            }
            self.put(
                address,
                Basic {
                    balance: info.balance,
                    nonce: info.nonce,
                    code_hash: info.code_hash,
                },
            );
            for (key, slot) in account.storage {
                if slot.is_changed() {
                    self.set_storage(address, key, slot.present_value);
                }
            }
        }
    }

    /// Closes the changes of a block. Drops the oldest history once it exceeds [`HISTORY_BLOCKS`], unless a snapshot
    /// taken when `keep_from` blocks were sealed still needs it.
    pub(crate) fn seal(&mut self, keep_from: Option<u64>) {
        self.sealed.push_back(std::mem::take(&mut self.open));
        self.sealed_count += 1;
        while self.sealed.len() > HISTORY_BLOCKS {
            let oldest = self.oldest_sealed();
            if keep_from.is_some_and(|kept| kept <= oldest) {
                break;
            }
            self.sealed.pop_front();
        }
    }

    /// The least number of sealed blocks for which [`State::view_at`] still answers.
    pub(crate) fn oldest_sealed(&self) -> u64 {
        self.sealed_count - self.sealed.len() as u64
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            sealed: self.sealed_count,
            open: self.open.len(),
        }
    }

    /// Goes back to `mark` for good. False when the mark is not in reach (then nothing has changed).
    pub(crate) fn rewind(&mut self, mark: Mark) -> bool {
        let Some(blocks) = self.sealed_count.checked_sub(mark.sealed) else {
            return false;
        };
        if blocks > self.sealed.len() as u64 {
            return false;
        }
        for _ in 0..blocks {
            let Some(block) = self.sealed.pop_back() else { break };
            let open = std::mem::replace(&mut self.open, block);
            self.undo_all(open);
            self.sealed_count -= 1;
        }
        let newer = self.open.split_off(mark.open.min(self.open.len()));
        self.undo_all(newer);
        true
    }

    fn undo_all(&mut self, changes: Vec<Undo>) {
        for change in changes.into_iter().rev() {
            match change {
                Undo::Account {
                    address,
                    previous: Some(basic),
                } => {
                    self.accounts.entry(address).or_default().basic = basic;
                }
                Undo::Account {
                    address,
                    previous: None,
                } => {
                    self.accounts.remove(&address);
                }
                Undo::Slot { address, key, previous } => {
                    write_slot(&mut self.accounts.entry(address).or_default().storage, key, previous);
                }
            }
        }
    }

    /// The state as it is now.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            state: self,
            accounts: HashMap::new(),
            slots: HashMap::new(),
            cleared: Vec::new(),
            codes: HashMap::new(),
        }
    }

    /// The state right after `sealed` blocks had been sealed, `None` when that is no longer in reach.
    pub(crate) fn view_at(&self, sealed: u64) -> Option<View<'_>> {
        let blocks = usize::try_from(self.sealed_count.checked_sub(sealed)?).ok()?;
        let first = self.sealed.len().checked_sub(blocks)?;
        let mut view = self.view();
        let newer = self.sealed.range(first..).chain(std::iter::once(&self.open));
        // The oldest record of a value, found last when going back, is the one that held then.
        for change in newer.flatten().rev_records() {
            match *change {
                Undo::Account { address, previous } => {
                    view.accounts.insert(address, previous);
                }
                Undo::Slot { address, key, previous } => {
                    view.slots.insert((address, key), previous);
                }
            }
        }
        Some(view)
    }
}

/// Iterates a journal from the newest record to the oldest.
trait RevRecords<'a> {
    fn rev_records(self) -> std::iter::Rev<std::vec::IntoIter<&'a Undo>>;
}

impl<'a, I: Iterator<Item = &'a Undo>> RevRecords<'a> for I {
    fn rev_records(self) -> std::iter::Rev<std::vec::IntoIter<&'a Undo>> {
        self.collect::<Vec<_>>().into_iter().rev()
    }
}

fn write_slot(storage: &mut HashMap<U256, U256>, key: U256, value: U256) -> U256 {
    let previous = if value.is_zero() {
        storage.remove(&key)
    } else {
        storage.insert(key, value)
    };
    previous.unwrap_or_default()
}

fn analysed(code: Bytes) -> Bytecode {
    // Only a malformed delegation designator (EIP-7702) is refused; as plain code it fails on its first byte.
    Bytecode::new_raw_checked(code.clone()).unwrap_or_else(|_| Bytecode::new_legacy(code))
}

/// A state to execute on: the current one or an earlier one, with overrides on top. Reads only.
#[derive(Debug)]
pub(crate) struct View<'a> {
    state: &'a State,
    accounts: HashMap<Address, Option<Basic>>,
    slots: HashMap<(Address, U256), U256>,
    /// Accounts whose storage is only what `slots` says.
    cleared: Vec<Address>,
    codes: HashMap<B256, Bytecode>,
}

impl View<'_> {
    pub(crate) fn basic_of(&self, address: Address) -> Option<Basic> {
        if let Some(known) = self.accounts.get(&address) {
            return *known;
        }
        self.state.basic(address)
    }

    pub(crate) fn storage_of(&self, address: Address, key: U256) -> U256 {
        if let Some(value) = self.slots.get(&(address, key)) {
            return *value;
        }
        if self.cleared.contains(&address) {
            U256::ZERO
        } else {
            self.state.storage(address, key)
        }
    }

    pub(crate) fn code_of(&self, address: Address) -> Bytecode {
        let hash = self.basic_of(address).unwrap_or_default().code_hash;
        self.code(hash)
    }

    fn code(&self, hash: B256) -> Bytecode {
        self.codes
            .get(&hash)
            .cloned()
            .or_else(|| self.state.code_by_hash(hash))
            .unwrap_or_default()
    }

    pub(crate) fn override_basic(&mut self, address: Address, change: impl FnOnce(&mut Basic)) {
        let mut basic = self.basic_of(address).unwrap_or_default();
        change(&mut basic);
        self.accounts.insert(address, Some(basic));
    }

    pub(crate) fn override_code(&mut self, address: Address, code: Bytes) {
        let hash = if code.is_empty() {
            KECCAK256_EMPTY
        } else {
            keccak256(&code)
        };
        self.codes.insert(hash, analysed(code));
        self.override_basic(address, |basic| basic.code_hash = hash);
    }

    pub(crate) fn override_slot(&mut self, address: Address, key: U256, value: U256) {
        self.slots.insert((address, key), value);
    }

    /// Forgets the storage of an account, so that overrides are all it has.
    pub(crate) fn clear_storage(&mut self, address: Address) {
        self.slots.retain(|(owner, _), _| *owner != address);
        self.cleared.push(address);
    }
}

impl Database for View<'_> {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.basic_of(address).map(|basic| {
            let code = self.code(basic.code_hash);
            AccountInfo {
                balance: basic.balance,
                nonce: basic.nonce,
                code_hash: basic.code_hash,
                account_id: None,
                code: Some(code),
            }
        }))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, Infallible> {
        Ok(self.code(code_hash))
    }

    fn storage(&mut self, address: Address, index: U256) -> Result<U256, Infallible> {
        Ok(self.storage_of(address, index))
    }

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(l1_block_hash(number))
    }
}

/// The hash that `BLOCKHASH` shows for a block of the imaginary L1.
pub(crate) fn l1_block_hash(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNTS: u64 = 4;
    const SLOTS: u64 = 3;

    fn account(index: u64) -> Address {
        Address::from_word(U256::from(0x100 + index).into())
    }

    /// Everything that can be asked of a view.
    type Picture = Vec<(Option<Basic>, Vec<U256>)>;

    fn picture(view: &View<'_>) -> Picture {
        let slots = |address| {
            (0..SLOTS)
                .map(|slot| view.storage_of(address, U256::from(slot)))
                .collect()
        };
        let look = |address| (view.basic_of(address), slots(address));
        (0..ACCOUNTS).map(account).map(look).collect()
    }

    fn random(seed: u64) -> impl FnMut(u64) -> u64 {
        let mut state = seed;
        move |bound| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % bound
        }
    }

    #[test]
    fn earlier_states_come_back_whatever_happened_since() {
        let mut next = random(0x5DEE_CE66_D123_4567);
        let mut state = State::default();
        // The picture after each sealed block, and those at marks that are still ahead.
        let mut sealed = vec![picture(&state.view())];
        let mut marks: Vec<(Mark, Picture)> = Vec::new();
        let (mut rewinds, mut looks) = (0, 0);
        for _ in 0..20_000 {
            let address = account(next(ACCOUNTS));
            match next(14) {
                0 | 1 => state.set_balance(address, U256::from(next(3))),
                2 => state.set_nonce(address, next(3)),
                3 => state.set_code(address, vec![0; usize::try_from(next(3)).unwrap()].into()),
                4..=7 => state.set_storage(address, U256::from(next(SLOTS)), U256::from(next(3))),
                8 => state.remove(address),
                9 | 10 => {
                    state.seal(Some(0));
                    sealed.push(picture(&state.view()));
                }
                11 => marks.push((state.mark(), picture(&state.view()))),
                12 if !marks.is_empty() => {
                    let at = usize::try_from(next(marks.len() as u64)).unwrap();
                    let (mark, expected) = marks[at].clone();
                    marks.truncate(at);
                    assert!(state.rewind(mark));
                    assert_eq!(picture(&state.view()), expected);
                    sealed.truncate(usize::try_from(mark.sealed).unwrap() + 1);
                    rewinds += 1;
                }
                _ => {
                    let at = next(sealed.len() as u64);
                    let view = state.view_at(at).unwrap();
                    assert_eq!(picture(&view), sealed[usize::try_from(at).unwrap()]);
                    looks += 1;
                }
            }
        }
        assert!(rewinds > 500 && looks > 1_000, "{rewinds} {looks}");
    }

    #[test]
    fn what_is_out_of_reach_is_refused() {
        let mut state = State::default();
        let mark = state.mark();
        for _ in 0..=HISTORY_BLOCKS {
            state.seal(None);
        }
        assert!(state.view_at(0).is_none());
        assert!(state.view_at(1).is_some());
        assert!(state.view_at(HISTORY_BLOCKS as u64 + 2).is_none());
        assert!(!state.rewind(mark));
        let ahead = Mark {
            sealed: 1 << 40,
            open: 0,
        };
        assert!(!state.rewind(ahead));
    }

    #[test]
    fn code_that_looks_like_a_delegation_but_is_none_is_plain_code() {
        for code in [&[0xEF, 0x01][..], &[0xEF, 0x01, 0x00], &[0xEF, 0x01, 0x00, 1, 2, 3]] {
            assert!(!analysed(Bytes::copy_from_slice(code)).is_eip7702());
        }
        let designator = [&[0xEF, 0x01, 0x00][..], &[7; 20]].concat();
        assert_eq!(
            analysed(designator.into()).eip7702_address(),
            Some(Address::repeat_byte(7))
        );
    }
}
