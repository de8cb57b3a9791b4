//! The queue as one would keep it on paper: a list of places, serviced from the front.

use alloy_primitives::U256;
use suite_tests::reference::mul_div;

/// Where a request stands or has stood.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Whose it is.
    pub(crate) id: u64,
    /// The epoch at whose end it may be serviced; `None` for at once.
    pub(crate) waits_for: Option<u64>,
    /// Shares that stand here, serviced ones included; none while the request is away.
    pub(crate) shares: U256,
    /// How many of them are serviced.
    pub(crate) serviced: U256,
    /// How many shares had been serviced before the first of these was.
    start: U256,
}

impl Place {
    /// Shares that wait here.
    pub(crate) fn waiting(&self) -> U256 {
        self.shares - self.serviced
    }
}

/// What was serviced at one time, at one price.
#[derive(Clone, Debug)]
struct Servicing {
    shares: U256,
    assets: U256,
}

/// All places in order of arrival, and all servicings in order of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    places: Vec<Place>,
    servicings: Vec<Servicing>,
}

impl Queue {
    pub(crate) fn place(&self, number: usize) -> &Place {
        &self.places[number]
    }

    /// How many places there ever were.
    pub(crate) fn places(&self) -> u64 {
        self.places.len().try_into().expect("not that many")
    }

    /// Shares that wait.
    pub(crate) fn waiting(&self) -> U256 {
        self.places.iter().map(Place::waiting).sum()
    }

    /// Shares that may be serviced in `epoch`.
    pub(crate) fn eligible(&self, epoch: u64) -> U256 {
        let places = self.places.iter();
        places
            .filter(|place| place.waits_for != Some(epoch))
            .map(Place::waiting)
            .sum()
    }

    /// Those who wait, from the front.
    pub(crate) fn line(&self) -> Vec<u64> {
        let waiting = self.places.iter().filter(|place| !place.waiting().is_zero());
        waiting.map(|place| place.id).collect()
    }

    /// Shares that wait in front of a place.
    pub(crate) fn ahead(&self, number: usize) -> U256 {
        self.places[..number].iter().map(Place::waiting).sum()
    }

    /// The number of the new place at the end.
    pub(crate) fn append(&mut self, id: u64, shares: U256, waits_for: Option<u64>) -> usize {
        self.places.push(Place {
            id,
            waits_for,
            shares,
            serviced: U256::ZERO,
            start: U256::ZERO,
        });
        self.places.len() - 1
    }

    /// Whether anything at this place or behind it was serviced.
    pub(crate) fn is_passed(&self, number: usize) -> bool {
        self.places[number..].iter().any(|place| !place.serviced.is_zero())
    }

    pub(crate) fn leave(&mut self, number: usize) {
        assert!(!self.is_passed(number), "who is being serviced stays");
        self.places[number].shares = U256::ZERO;
    }

    /// Back to where it was, or to the end if it was passed meanwhile: the number of its place.
    pub(crate) fn come_back(&mut self, number: usize, shares: U256, epoch: u64) -> usize {
        if self.is_passed(number) {
            let id = self.places[number].id;
            // Behind those who wait for the end of the epoch one waits as they do.
            let follows = self.places.iter().any(|place| place.waits_for == Some(epoch));
            self.append(id, shares, follows.then_some(epoch))
        } else {
            self.places[number].shares = shares;
            number
        }
    }

    /// Services the front of the line: how many have been serviced before, at another price.
    pub(crate) fn service(&mut self, epoch: u64, shares: U256, assets: U256) -> u64 {
        let mut position: U256 = self.servicings.iter().map(|servicing| servicing.shares).sum();
        self.servicings.push(Servicing { shares, assets });
        let mut rest = shares;
        let mut again = 0;
        for place in &mut self.places {
            let part = place.waiting().min(rest);
            if part.is_zero() {
                continue;
            }
            assert_ne!(place.waits_for, Some(epoch), "serviced before its time");
            if place.serviced.is_zero() {
                place.start = position;
            } else {
                again += 1;
            }
            place.serviced += part;
            position += part;
            rest -= part;
        }
        assert!(rest.is_zero(), "serviced more than there is");
        again
    }

    /// What the shares of a place are paid from the `from`th that was serviced to the last.
    pub(crate) fn paid(&self, number: usize, from: U256) -> U256 {
        let place = &self.places[number];
        if place.serviced.is_zero() {
            return U256::ZERO;
        }
        self.paid_to(place.start + place.serviced) - self.paid_to(place.start + from)
    }

    /// What the first `position` shares ever serviced are paid, each the price of its servicing, rounded down once.
    fn paid_to(&self, position: U256) -> U256 {
        let (mut serviced, mut paid) = (U256::ZERO, U256::ZERO);
        for servicing in &self.servicings {
            let part = (position - serviced).min(servicing.shares);
            if part < servicing.shares {
                return paid + mul_div(part, servicing.assets, servicing.shares);
            }
            serviced += servicing.shares;
            paid += servicing.assets;
        }
        paid
    }
}
