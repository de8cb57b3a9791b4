//! What the bailee of a lot attests: that he holds the goods, that they have left him, that they are lost.
//!
//! These are statements of fact, and so are neither stopped by a freeze nor by a request for the goods.

use alloy_primitives::{Address, B256, U256};
use contract_kit::{erc721::Title, host, Revert};

use crate::{
    abi::ICaliber,
    lot::{Lot, Refusal},
    tokenization::check_document,
    Caliber,
};

impl Caliber {
    /// The goods have come to the bailee.
    pub(crate) fn receive(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        let bailee = self.attest(token_id, document, Lot::received)?;
        host::log(&ICaliber::ReceiptAttested {
            tokenId: token_id,
            bailee,
            document,
        });
        Ok(())
    }

    /// The goods are lost.
    pub(crate) fn lose(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        let bailee = self.attest(token_id, document, Lot::lost)?;
        host::log(&ICaliber::LossAttested {
            tokenId: token_id,
            bailee,
            document,
        });
        Ok(())
    }

    /// The goods have left the bailee.
    pub(crate) fn let_go(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        let bailee = self.attest(token_id, document, Lot::released)?;
        host::log(&ICaliber::Released {
            tokenId: token_id,
            bailee,
            document,
        });
        Ok(())
    }

    /// The title of a lot whose bailee calls, with a document.
    pub(crate) fn of_bailee(&self, token_id: U256, document: B256) -> Result<Title, Revert> {
        let title = self.erc721.existing(token_id)?;
        let caller = host::sender();
        if self.bailees.get(token_id) != caller {
            return Err(ICaliber::NotBailee {
                tokenId: token_id,
                caller,
            }
            .into());
        }
        check_document(document)?;
        Ok(title)
    }

    fn attest(
        &mut self,
        token_id: U256,
        document: B256,
        transition: fn(Lot) -> Result<Lot, Refusal>,
    ) -> Result<Address, Revert> {
        let title = self.of_bailee(token_id, document)?;
        self.change_lot(token_id, title, transition)?;
        Ok(host::sender())
    }

    /// Brings a lot into another state, if that is a transition.
    pub(crate) fn change_lot(
        &mut self,
        token_id: U256,
        title: Title,
        transition: fn(Lot) -> Result<Lot, Refusal>,
    ) -> Result<(), Revert> {
        let lot = transition(Lot::unpack(title.notes)).map_err(|refusal| refusal.of(token_id))?;
        self.erc721.set_notes(token_id, title, lot.pack());
        Ok(())
    }
}
