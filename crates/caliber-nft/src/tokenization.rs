//! Titles and their units.
//!
//! A serial maps to the last token that held it and is live while that token exists, so that burning a title frees a
//! thousand serials at no cost. Token ids are never used again.

use alloc::{string::String, vec::Vec};

use alloy_primitives::{Address, B256, U256};
use contract_kit::{
    erc721::{Erc721, Title},
    host, roles, Revert,
};

use crate::{
    abi::ICaliber,
    lot::{Custody, Lot},
    text::{self, Text},
    Caliber,
};

/// What a title is minted with.
pub(crate) struct NewLot {
    pub(crate) owner: Address,
    pub(crate) model: String,
    pub(crate) bailee: Address,
    pub(crate) agreement: B256,
    pub(crate) uri: String,
    pub(crate) serials: Vec<B256>,
    pub(crate) seal: bool,
}

impl Caliber {
    /// Mints the title to a new lot.
    pub(crate) fn open_lot(&mut self, new: NewLot) -> Result<U256, Revert> {
        self.access.only(roles::TOKENIZING_AGENT)?;
        if new.bailee.is_zero() {
            return Err(ICaliber::InvalidAddress {}.into());
        }
        check_document(new.agreement)?;
        self.check_holder(new.owner)?;
        let counts = self.counts().with_one_more();
        let token_id = U256::from(counts.minted);
        self.set_counts(counts);
        let title = self.erc721.mint(new.owner, token_id, Lot::default().pack())?;
        self.bailees.setter(token_id).set(new.bailee);
        self.agreements.setter(token_id).set(new.agreement);
        text::write(&mut self.texts, token_id, Text::Model, &new.model);
        text::write(&mut self.texts, token_id, Text::Uri, &new.uri);
        host::log(&ICaliber::Tokenized {
            tokenId: token_id,
            bailee: new.bailee,
            bailmentAgreement: new.agreement,
            model: new.model,
        });
        self.put_units(token_id, title, &new.serials, new.seal)?;
        Ok(token_id)
    }

    /// Adds units to a lot that is being built.
    pub(crate) fn grow_lot(&mut self, token_id: U256, serials: &[B256], seal: bool) -> Result<(), Revert> {
        self.access.only(roles::TOKENIZING_AGENT)?;
        let title = self.erc721.existing(token_id)?;
        self.put_units(token_id, title, serials, seal)
    }

    fn put_units(&mut self, token_id: U256, title: Title, serials: &[B256], seal: bool) -> Result<(), Revert> {
        let lot = Lot::unpack(title.notes)
            .grown(serials.len(), seal)
            .map_err(|refusal| refusal.of(token_id))?;
        for serial in serials {
            self.put_unit(token_id, *serial)?;
        }
        self.erc721.set_notes(token_id, title, lot.pack());
        let total = U256::from(lot.units);
        if !serials.is_empty() {
            host::log(&ICaliber::UnitsAdded {
                tokenId: token_id,
                units: U256::from(serials.len()),
                total,
            });
        }
        if lot.custody == Custody::Sealed {
            host::log(&ICaliber::LotSealed {
                tokenId: token_id,
                units: total,
            });
        }
        Ok(())
    }

    fn put_unit(&mut self, token_id: U256, serial: B256) -> Result<(), Revert> {
        if serial.is_zero() {
            return Err(ICaliber::InvalidSerial {}.into());
        }
        // Found once, for reading and writing: a unit's price is this slot's.
        let mut entry = self.serials.setter(serial);
        let holder = live(&self.erc721, entry.get());
        if !holder.is_zero() {
            return Err(ICaliber::SerialInUse {
                serial,
                tokenId: holder,
            }
            .into());
        }
        entry.set(token_id);
        Ok(())
    }

    /// The token that holds a unit; zero if none does.
    pub(crate) fn lot_with(&self, serial: B256) -> U256 {
        live(&self.erc721, self.serials.get(serial))
    }

    /// Ends a title and frees its serials; returns whose it was.
    pub(crate) fn end_title(&mut self, token_id: U256) -> Result<Address, Revert> {
        let holder = self.erc721.burn(token_id)?;
        self.set_counts(self.counts().with_one_less());
        Ok(holder)
    }

    /// A text of a token that exists.
    pub(crate) fn text_of(&self, token_id: U256, text: Text) -> Result<String, Revert> {
        self.erc721.existing(token_id)?;
        Ok(text::read(&self.texts, token_id, text))
    }

    pub(crate) fn counts(&self) -> Counts {
        Counts::unpack(self.counts.get())
    }

    fn set_counts(&mut self, counts: Counts) {
        self.counts.set(counts.pack());
    }
}

/// The token if it exists, else zero, which never does.
fn live(erc721: &Erc721, token_id: U256) -> U256 {
    if token_id.is_zero() || erc721.title(token_id).owner.is_zero() {
        U256::ZERO
    } else {
        token_id
    }
}

/// Refuses a document's hash of zero.
pub(crate) fn check_document(hash: B256) -> Result<(), Revert> {
    if hash.is_zero() {
        return Err(ICaliber::InvalidDocument {}.into());
    }
    Ok(())
}

/// How many titles there were and are, in one slot. Nobody mints 2^64 of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Titles ever minted, which is the id of the last.
    pub(crate) minted: u64,
    /// Titles that exist.
    pub(crate) existing: u64,
}

impl Counts {
    fn with_one_more(self) -> Self {
        Self {
            minted: self.minted.wrapping_add(1),
            existing: self.existing.wrapping_add(1),
        }
    }

    fn with_one_less(self) -> Self {
        Self {
            existing: self.existing.wrapping_sub(1),
            ..self
        }
    }

    fn pack(self) -> U256 {
        U256::from_limbs([self.minted, self.existing, 0, 0])
    }

    fn unpack(word: U256) -> Self {
        let [minted, existing, ..] = word.into_limbs();
        Self { minted, existing }
    }
}
