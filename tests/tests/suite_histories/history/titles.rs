//! CALIBER: titles to hardware from the registration of the units to the delivery of the goods.

use alloy_primitives::{Address, B256, U256, keccak256};
use suite::Transact;
use suite::bindings::ICaliber::{self as C, Custody};
use suite::staking::DAY;
use suite_tests::{n, usdai};

use super::{Accepted, History};

/// Who has a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Holder(Address),
    /// It secures a loan.
    Pool,
    /// It is for sale.
    Auction,
    /// Its goods were delivered, or it was given up.
    Ended,
}

/// What is known of a title.
#[derive(Clone, Copy, Debug)]
pub(super) struct Title {
    pub(super) place: Place,
    pub(super) custody: Custody,
    pub(super) is_frozen: bool,
    pub(super) is_requested: bool,
    /// Until when its appraisal holds, and its insurance; zero for none.
    appraised_until: u64,
    pub(super) insured_until: u64,
}

impl Title {
    pub(super) fn holder(&self) -> Option<Address> {
        match self.place {
            Place::Holder(holder) => Some(holder),
            _ => None,
        }
    }

    fn is_alive(&self) -> bool {
        self.place != Place::Ended
    }

    fn is_free(&self) -> bool {
        self.holder().is_some() && !self.is_frozen && !self.is_requested
    }

    fn is_assessable(&self) -> bool {
        self.is_alive() && matches!(self.custody, Custody::Sealed | Custody::Held)
    }
}

/// What a step does next for a title that is to be pledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preparation {
    Attest,
    Appraise,
    Insure,
    Borrow,
}

impl History {
    fn document(&mut self) -> B256 {
        keccak256(self.below(u64::MAX).to_be_bytes())
    }

    /// What is to be done for a title in an operator's hands before he can borrow on it.
    pub(super) fn preparation(&self, title: &Title) -> Option<Preparation> {
        let soon = self.now() + DAY;
        let is_operators = title
            .holder()
            .is_some_and(|holder| self.people.operators.contains(&holder));
        if !title.is_free() || !is_operators {
            return None;
        }
        Some(match title.custody {
            Custody::Sealed => Preparation::Attest,
            Custody::Held if title.appraised_until < soon => Preparation::Appraise,
            Custody::Held if title.insured_until < soon => Preparation::Insure,
            Custody::Held => Preparation::Borrow,
            _ => return None,
        })
    }

    /// One of the titles that fit, now and then one that does not: its number, and whether it fits.
    pub(super) fn title_that(&mut self, fits: impl Fn(&Self, &Title) -> bool) -> (U256, bool) {
        let (fitting, others): (Vec<_>, Vec<_>) = self
            .titles
            .iter()
            .map(|(id, title)| (*id, fits(self, title)))
            .partition(|(_, fits)| *fits);
        let wants_other = self.chance(5);
        let chosen = if wants_other {
            self.one_of(&others)
        } else {
            self.one_of(&fitting)
        };
        let (id, fits) = chosen.unwrap_or((1_000_000, false));
        (n(id), fits)
    }

    pub(super) fn tokenize(&mut self) -> Accepted {
        let owner = self.operator();
        let units = 1 + self.below(4);
        let serials = (0..units)
            .map(|unit| keccak256((self.serials + unit).to_be_bytes()))
            .collect();
        let call = C::tokenizeCall {
            owner,
            model: "NVIDIA H200".into(),
            bailee: self.credit.actors.bailee,
            bailmentAgreement: keccak256("agreement"),
            uri: String::new(),
            serials,
            sealLot: true,
        };
        let id = self.must(self.credit.actors.agent, self.credit.caliber, &call);
        self.serials += units;
        let title = Title {
            place: Place::Holder(owner),
            custody: Custody::Sealed,
            is_frozen: false,
            is_requested: false,
            appraised_until: 0,
            insured_until: 0,
        };
        assert!(self.titles.insert(id.to(), title).is_none(), "ids are given once");
        true
    }

    pub(super) fn attest_receipt(&mut self) -> Accepted {
        let (id, fits) = self.title_that(|_, title| title.is_alive() && title.custody == Custody::Sealed);
        let document = self.document();
        let call = C::attestReceiptCall { tokenId: id, document };
        if self
            .expect(fits, self.credit.actors.bailee, self.credit.caliber, &call)
            .is_none()
        {
            return false;
        }
        self.title_mut(id).custody = Custody::Held;
        true
    }

    pub(super) fn appraise(&mut self) -> Accepted {
        let wanted = self.chance(85);
        let (id, fits) = self.title_that(|history, title| {
            title.is_assessable() && (!wanted || history.preparation(title) == Some(Preparation::Appraise))
        });
        let now = self.now();
        let valid_until = now + [30, 180, 365, 365][usize::try_from(self.below(4)).expect("small")] * DAY;
        let value = usdai(1_000) * n([1, 5, 20, 80, 200, 400][usize::try_from(self.below(6)).expect("small")]);
        let call = C::appraiseCall {
            tokenId: id,
            value: value + n(self.below(1_000_000_000)),
            validUntil: valid_until,
            usefulLife: (1 + self.below(5)) * 365 * DAY,
            residualBps: u16::try_from(self.below(3_000)).expect("small"),
            report: self.document(),
        };
        let fits = self.is_still(id, fits, Title::is_assessable);
        if self
            .expect(fits, self.credit.actors.appraiser, self.credit.caliber, &call)
            .is_none()
        {
            return false;
        }
        self.title_mut(id).appraised_until = valid_until;
        true
    }

    /// Whether a title that was chosen for more than it must be is what it must be.
    fn is_still(&self, id: U256, fits: bool, must: impl Fn(&Title) -> bool) -> bool {
        fits || self.titles.get(&id.to::<u64>()).is_some_and(must)
    }

    pub(super) fn insure(&mut self) -> Accepted {
        let wanted = self.chance(85);
        let (id, fits) = self.title_that(|history, title| {
            title.is_assessable() && (!wanted || history.preparation(title) == Some(Preparation::Insure))
        });
        let fits = self.is_still(id, fits, Title::is_assessable);
        // Many policies end before the loan does.
        let days = [12, 20, 25, 400, 900][usize::try_from(self.below(5)).expect("small")];
        let expiry = self.now() + days * DAY;
        let call = C::insureCall {
            tokenId: id,
            coverage: usdai(500_000),
            expiry,
            policy: self.document(),
        };
        if self
            .expect(fits, self.credit.actors.insurer, self.credit.caliber, &call)
            .is_none()
        {
            return false;
        }
        self.title_mut(id).insured_until = expiry;
        true
    }

    pub(super) fn set_frozen(&mut self, is_frozen: bool) -> Accepted {
        let (id, _) = self.title_that(|_, title| title.is_alive() && title.is_frozen != is_frozen);
        let exists = self.is_still(id, false, Title::is_alive);
        let call = C::setFrozenCall {
            tokenId: id,
            isFrozen: is_frozen,
        };
        let gatekeeper = self.world.suite.actors.gatekeeper;
        if self.expect(exists, gatekeeper, self.credit.caliber, &call).is_none() {
            return false;
        }
        self.title_mut(id).is_frozen = is_frozen;
        true
    }

    /// Who holds a title, or somebody who does not.
    fn holder_or_stranger(&self, id: U256) -> Address {
        let title = self.titles.get(&id.to::<u64>());
        title.and_then(Title::holder).unwrap_or(self.stranger())
    }

    pub(super) fn request_goods(&mut self) -> Accepted {
        let (id, fits) = self.title_that(|_, title| title.is_free() && title.custody == Custody::Held);
        let holder = self.holder_or_stranger(id);
        let call = C::requestGoodsCall { tokenId: id };
        if self.expect(fits, holder, self.credit.caliber, &call).is_none() {
            return false;
        }
        self.title_mut(id).is_requested = true;
        true
    }

    pub(super) fn cancel_goods_request(&mut self) -> Accepted {
        let (id, fits) = self.title_that(|_, title| title.holder().is_some() && title.is_requested);
        let holder = self.holder_or_stranger(id);
        let call = C::cancelGoodsRequestCall { tokenId: id };
        if self.expect(fits, holder, self.credit.caliber, &call).is_none() {
            return false;
        }
        self.title_mut(id).is_requested = false;
        true
    }

    pub(super) fn confirm_delivery(&mut self) -> Accepted {
        let (id, fits) = self.title_that(|_, title| {
            title.holder().is_some() && title.is_requested && !title.is_frozen && title.custody == Custody::Held
        });
        let document = self.document();
        let call = C::confirmDeliveryCall { tokenId: id, document };
        if self
            .expect(fits, self.credit.actors.bailee, self.credit.caliber, &call)
            .is_none()
        {
            return false;
        }
        self.title_mut(id).place = Place::Ended;
        true
    }

    /// Seldom of what secures a loan.
    pub(super) fn attest_loss(&mut self) -> Accepted {
        let of_anybody = self.chance(20);
        let (id, fits) = self.title_that(|_, title| {
            title.is_alive() && title.custody == Custody::Held && (of_anybody || title.holder().is_some())
        });
        let must = |title: &Title| title.is_alive() && title.custody == Custody::Held;
        let fits = self.is_still(id, fits, must);
        let document = self.document();
        let call = C::attestLossCall { tokenId: id, document };
        if self
            .expect(fits, self.credit.actors.bailee, self.credit.caliber, &call)
            .is_none()
        {
            return false;
        }
        self.title_mut(id).custody = Custody::Lost;
        true
    }

    pub(super) fn release(&mut self) -> Accepted {
        let (id, fits) = self.title_that(|_, title| title.holder().is_some() && title.custody == Custody::Held);
        let must = |title: &Title| title.is_alive() && title.custody == Custody::Held;
        let fits = self.is_still(id, fits, must);
        let document = self.document();
        let call = C::releaseCall { tokenId: id, document };
        if self
            .expect(fits, self.credit.actors.bailee, self.credit.caliber, &call)
            .is_none()
        {
            return false;
        }
        self.title_mut(id).custody = Custody::Sealed;
        true
    }

    pub(super) fn surrender(&mut self) -> Accepted {
        let (id, fits) = self
            .title_that(|_, title| title.holder().is_some() && !title.is_frozen && title.custody == Custody::Sealed);
        let holder = self.holder_or_stranger(id);
        let call = C::surrenderCall { tokenId: id };
        if self.expect(fits, holder, self.credit.caliber, &call).is_none() {
            return false;
        }
        self.title_mut(id).place = Place::Ended;
        true
    }

    /// To an operator: what was bought at an auction is used and pledged again.
    pub(super) fn transfer_title(&mut self) -> Accepted {
        let (id, fits) = self.title_that(|_, title| title.is_free());
        let (from, to) = (self.holder_or_stranger(id), self.operator());
        let call = C::transferFromCall { from, to, tokenId: id };
        if self.expect(fits, from, self.credit.caliber, &call).is_none() {
            return false;
        }
        self.title_mut(id).place = Place::Holder(to);
        true
    }

    /// Everybody has the titles that he should have.
    pub(super) fn check_titles(&self) {
        let caliber = self.credit.caliber;
        let mut alive = 0;
        for (&id, title) in &self.titles {
            let token_id = n(id);
            let owner = self
                .world
                .chain
                .try_view(Address::ZERO, caliber, &C::ownerOfCall { tokenId: token_id });
            let expected = match title.place {
                Place::Holder(holder) => holder,
                Place::Pool => self.credit.pool,
                Place::Auction => self.credit.auction,
                Place::Ended => {
                    let absent = owner.expect_err("it has ended").as_error();
                    assert_eq!(absent, Some(C::ERC721NonexistentToken { tokenId: token_id }));
                    continue;
                }
            };
            assert_eq!(owner.expect("it exists"), expected, "title {id}: {title:?}");
            alive += 1;
        }
        let supply = self.world.chain.view(caliber, &C::totalSupplyCall {});
        assert_eq!(supply, n(alive), "titles that exist");
        let pledged = self.loans.iter().filter(|loan| loan.has_collateral_in_pool());
        let mut pledged: Vec<U256> = pledged.map(|loan| loan.terms.collateralId).collect();
        pledged.sort();
        let in_pool = self.titles.iter().filter(|(_, title)| title.place == Place::Pool);
        assert_eq!(
            pledged,
            in_pool.map(|(id, _)| n(*id)).collect::<Vec<_>>(),
            "each title secures one loan"
        );
    }
}
