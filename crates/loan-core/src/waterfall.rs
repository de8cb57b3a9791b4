//! Where the proceeds of a loan's collateral go, and where its losses fall.
//!
//! **Order.** Liquidation fee; principal, the most senior tranche first; interest, the most senior first; what is left
//! goes to the borrower. What comes after a write-off goes the same way to the claims that were left
//! ([`Distribution::remaining`]).
//!
//! **Why right.** Each step takes the lesser of what is left and what is claimed, so fee, principal, interest and
//! surplus sum to the proceeds to the wei (L2). A tranche is paid principal only when every more senior one has all of
//! its own; so if one loses principal, every more junior one gets none at all (L3). Distributing in several parts
//! equals distributing their sum, fee aside.
//!
//! **Rounding.** The fee rounds down; nothing else is divided. Penalty is not claimed here, and interest is what had
//! accrued when the loan defaulted: the page names principal and interest, and accrual stops at the default.

use crate::{origination::portion, Error, PerTranche};

/// What the tranches of a loan claim, the most senior first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Outstanding principal.
    pub principal: PerTranche,
    /// Unpaid interest in wei.
    pub interest: PerTranche,
}

/// Where proceeds went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// The pool's liquidation fee.
    pub fee: u128,
    /// Principal paid to each tranche.
    pub principal: PerTranche,
    /// Interest paid to each tranche.
    pub interest: PerTranche,
    /// What the borrower gets back.
    pub surplus: u128,
}

impl Distribution {
    /// Distributes `proceeds` over `claims`, after a fee of `fee_bps` of them.
    ///
    /// # Errors
    /// [`Error::BasisPointsOutOfRange`] for a fee above 10,000 bps.
    pub fn new(proceeds: u128, fee_bps: u16, claims: &Claims) -> Result<Self, Error> {
        let fee = portion(proceeds, fee_bps)?;
        let mut rest = proceeds.saturating_sub(fee);
        Ok(Self {
            fee,
            principal: senior_first(&mut rest, &claims.principal),
            interest: senior_first(&mut rest, &claims.interest),
            surplus: rest,
        })
    }

    /// The claims that are left.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for claims that this did not distribute over.
    pub fn remaining(&self, claims: &Claims) -> Result<Claims, Error> {
        Ok(Claims {
            principal: difference(&claims.principal, &self.principal)?,
            interest: difference(&claims.interest, &self.interest)?,
        })
    }
}

/// Takes the claims out of `rest` as far as it goes, from the most senior on.
fn senior_first(rest: &mut u128, claims: &PerTranche) -> PerTranche {
    claims.map(|claim| {
        let paid = claim.min(*rest);
        *rest = rest.saturating_sub(paid);
        paid
    })
}

/// `loss` shared between tranches that have `principal`, the most junior first; what exceeds them all is dropped.
#[must_use]
pub fn junior_first(loss: u128, principal: &PerTranche) -> PerTranche {
    let mut rest = loss;
    let mut losses = PerTranche::default();
    for (loss, principal) in losses.iter_mut().zip(principal).rev() {
        *loss = rest.min(*principal);
        rest = rest.saturating_sub(*loss);
    }
    losses
}

fn difference(from: &PerTranche, parts: &PerTranche) -> Result<PerTranche, Error> {
    let mut left = *from;
    for (left, part) in left.iter_mut().zip(parts) {
        *left = left.checked_sub(*part).ok_or(Error::Inconsistent)?;
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::split::total;
    use proptest::prelude::*;

    const CLAIMS: Claims = Claims {
        principal: [600, 100, 100, 0],
        interest: [30, 10, 20, 0],
    };

    #[test]
    fn fee_principal_interest_surplus_in_this_order() {
        let paid = |proceeds| {
            let distribution = Distribution::new(proceeds, 500, &CLAIMS).unwrap();
            let Distribution {
                fee,
                principal,
                interest,
                surplus,
            } = distribution;
            (fee, principal, interest, surplus)
        };
        assert_eq!(paid(0), (0, [0; 4], [0; 4], 0));
        assert_eq!(paid(400), (20, [380, 0, 0, 0], [0; 4], 0));
        assert_eq!(paid(700), (35, [600, 65, 0, 0], [0; 4], 0));
        assert_eq!(paid(880), (44, [600, 100, 100, 0], [30, 6, 0, 0], 0));
        assert_eq!(paid(1_000), (50, [600, 100, 100, 0], [30, 10, 20, 0], 90));
        let free = Distribution::new(1_000, 0, &Claims::default()).unwrap();
        assert_eq!(
            free,
            Distribution {
                surplus: 1_000,
                ..Distribution::default()
            }
        );
        let out_of_range = Err(Error::BasisPointsOutOfRange { bps: 10_001 });
        assert_eq!(Distribution::new(1, 10_001, &CLAIMS), out_of_range);
    }

    #[test]
    fn losses_fall_on_the_most_junior_first() {
        assert_eq!(junior_first(0, &CLAIMS.principal), [0; 4]);
        assert_eq!(junior_first(150, &CLAIMS.principal), [0, 50, 100, 0]);
        assert_eq!(junior_first(9_999, &CLAIMS.principal), CLAIMS.principal);
        let distribution = Distribution::new(650, 0, &CLAIMS).unwrap();
        let lost = distribution.remaining(&CLAIMS).unwrap();
        assert_eq!(lost.principal, junior_first(150, &CLAIMS.principal));
        assert_eq!(distribution.remaining(&Claims::default()), Err(Error::Inconsistent));
    }

    fn amounts() -> impl Strategy<Value = PerTranche> {
        prop::array::uniform4(prop_oneof![Just(0_u128), 0_u128..50, 0_u128..1 << 96])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1024))]

        /// L2 and L3, over first proceeds and later recoveries.
        #[test]
        fn proceeds_are_paid_out_to_the_wei_and_no_senior_loses_before_a_junior(
            principal in amounts(),
            interest in amounts(),
            proceeds in prop::collection::vec(prop_oneof![0_u128..100, 0_u128..1 << 98], 1..6),
            fee_bps in prop_oneof![Just(0_u16), 0_u16..=10_000],
        ) {
            let claims = Claims { principal, interest };
            let mut left = claims;
            let mut net = 0;
            for proceeds in proceeds {
                let paid = Distribution::new(proceeds, fee_bps, &left).unwrap();
                let out = total(&paid.principal).unwrap() + total(&paid.interest).unwrap();
                prop_assert_eq!(paid.fee + out + paid.surplus, proceeds);
                prop_assert_eq!(paid.fee, proceeds * u128::from(fee_bps) / 10_000);
                net += out;
                left = paid.remaining(&left).unwrap();
                for senior in 0..4 {
                    if left.principal[senior] > 0 {
                        prop_assert_eq!(&left.principal[senior + 1..], &principal[senior + 1..]);
                        prop_assert_eq!(left.interest, interest);
                    }
                    if left.interest[senior] > 0 {
                        prop_assert_eq!(&left.interest[senior + 1..], &interest[senior + 1..]);
                    }
                }
                let open = left.principal.iter().chain(&left.interest).any(|claim| *claim > 0);
                prop_assert!(!open || paid.surplus == 0);
                let loss = total(&left.principal).unwrap();
                prop_assert_eq!(left.principal, junior_first(loss, &principal));
            }
            let at_once = Distribution::new(net, 0, &claims).unwrap();
            prop_assert_eq!(at_once.remaining(&claims).unwrap(), left);
        }
    }
}
