//! Who may move a title, and the freeze that stops its holder.

use alloy_primitives::{Address, U256};
use contract_kit::{erc721::ERC721InvalidReceiver, host, roles, Revert};
use stylus_sdk::abi::Bytes;

use crate::{abi::ICaliber, lot::Lot, Caliber};

impl Caliber {
    /// Moves a title. A frozen one, or one whose goods are requested, moves only out of the custodians' hands, so that a
    /// borrower who has paid and a bidder who has won get theirs. Into their hands it moves only when they take it.
    pub(crate) fn move_title(&mut self, from: Address, to: Address, token_id: U256) -> Result<(), Revert> {
        let caller = host::sender();
        let title = self.erc721.transferable(caller, from, to, token_id)?;
        // Nobody but a custodian can have made it move what it holds: it approves nobody.
        if !self.is_custodian(from) {
            if caller != to {
                self.check_holder(to)?;
            }
            Lot::unpack(title.notes)
                .check_movable()
                .map_err(|refusal| refusal.of(token_id))?;
        }
        self.erc721.hand_over(token_id, title, to);
        Ok(())
    }

    /// Moves a title to who says that he takes it.
    pub(crate) fn move_title_safely(
        &mut self,
        from: Address,
        to: Address,
        token_id: U256,
        data: Bytes,
    ) -> Result<(), Revert> {
        self.move_title(from, to, token_id)?;
        self.erc721.check_received(host::sender(), from, to, token_id, data)
    }

    /// Freezes a title or frees it.
    pub(crate) fn freeze(&mut self, token_id: U256, is_frozen: bool) -> Result<(), Revert> {
        self.access.only(roles::COMPLIANCE)?;
        let title = self.erc721.existing(token_id)?;
        let lot = Lot {
            is_frozen,
            ..Lot::unpack(title.notes)
        };
        self.erc721.set_notes(token_id, title, lot.pack());
        host::log(&ICaliber::Frozen {
            tokenId: token_id,
            isFrozen: is_frozen,
        });
        Ok(())
    }

    /// Links the pool and the auction for good.
    pub(crate) fn link(&mut self, loan_pool: Address, collateral_auction: Address) -> Result<(), Revert> {
        self.access.only(roles::DEFAULT_ADMIN)?;
        if !self.loan_pool.get().is_zero() {
            return Err(ICaliber::CustodiansAlreadySet {}.into());
        }
        for custodian in [loan_pool, collateral_auction] {
            if custodian.is_zero() || !host::has_code(custodian) {
                return Err(ICaliber::InvalidAddress {}.into());
            }
            self.erc721.mark(custodian);
        }
        self.loan_pool.set(loan_pool);
        self.collateral_auction.set(collateral_auction);
        host::log(&ICaliber::CustodiansSet {
            loanPool: loan_pool,
            collateralAuction: collateral_auction,
        });
        Ok(())
    }

    /// Refuses a custodian as the owner of a title that it has not taken itself: it gives back only what it holds for
    /// somebody, so that the title would be lost, and its serials with it.
    pub(crate) fn check_holder(&self, receiver: Address) -> Result<(), Revert> {
        if self.is_custodian(receiver) {
            return Err(ERC721InvalidReceiver { receiver }.into());
        }
        Ok(())
    }

    /// Whether an account is the pool or the auction.
    pub(crate) fn is_custodian(&self, account: Address) -> bool {
        self.erc721.is_marked(account)
    }
}
