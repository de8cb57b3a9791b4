//! How titles end: the goods are delivered to the holder, or he gives up the title to goods that nobody holds for him.

use alloy_primitives::{B256, U256};
use contract_kit::{
    erc721::{ERC721InvalidOwner, Title},
    host, Revert,
};

use crate::{abi::ICaliber, lot::Lot, Caliber};

impl Caliber {
    /// The holder asks for the goods.
    pub(crate) fn request(&mut self, token_id: U256) -> Result<(), Revert> {
        let title = self.of_holder(token_id)?;
        self.change_lot(token_id, title, Lot::requested)?;
        host::log(&ICaliber::GoodsRequested {
            tokenId: token_id,
            holder: title.owner,
        });
        Ok(())
    }

    /// The holder asks no longer.
    pub(crate) fn cancel_request(&mut self, token_id: U256) -> Result<(), Revert> {
        let title = self.erc721.authorized(host::sender(), token_id)?;
        self.change_lot(token_id, title, Lot::request_cancelled)?;
        host::log(&ICaliber::GoodsRequestCancelled {
            tokenId: token_id,
            holder: title.owner,
        });
        Ok(())
    }

    /// The bailee has delivered the goods to the holder.
    pub(crate) fn deliver(&mut self, token_id: U256, document: B256) -> Result<(), Revert> {
        let title = self.of_bailee(token_id, document)?;
        let lot = Lot::unpack(title.notes);
        lot.check_deliverable().map_err(|refusal| refusal.of(token_id))?;
        let holder = self.end_title(token_id)?;
        host::log(&ICaliber::GoodsDelivered {
            tokenId: token_id,
            holder,
            document,
        });
        Ok(())
    }

    /// The holder gives up the title to goods that no bailee holds.
    pub(crate) fn give_up(&mut self, token_id: U256) -> Result<(), Revert> {
        let title = self.of_holder(token_id)?;
        let lot = Lot::unpack(title.notes);
        lot.check_surrenderable().map_err(|refusal| refusal.of(token_id))?;
        let holder = self.end_title(token_id)?;
        host::log(&ICaliber::Surrendered {
            tokenId: token_id,
            holder,
        });
        Ok(())
    }

    /// The title of a token whose holder, or who may act for him, calls. A custodian holds for others and may not end a
    /// title.
    fn of_holder(&self, token_id: U256) -> Result<Title, Revert> {
        let title = self.erc721.authorized(host::sender(), token_id)?;
        if self.is_custodian(title.owner) {
            return Err(ERC721InvalidOwner { owner: title.owner }.into());
        }
        Ok(title)
    }
}
