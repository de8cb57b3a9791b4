//! The figures, their table, and what is required of them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::json;

/// Who runs an operation: the targets are about what depositors and borrowers pay.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor {
    User,
    /// Anybody, or another contract, for the lenders: no dearer than Solidity, but nobody's everyday cost.
    Keeper,
    Manager,
}

/// What an operation cost.
pub(crate) struct Figure {
    pub(crate) operation: String,
    pub(crate) actor: Actor,
    /// The Solidity contract's figure, where there is one.
    pub(crate) live: Option<u64>,
    pub(crate) cached: u64,
    pub(crate) uncached: u64,
    /// What no implementation can go below: see [`floor`].
    pub(crate) floor: Option<u64>,
}

/// Storage, logs and calls that an operation cannot do without.
#[derive(Clone, Copy, Default)]
pub(crate) struct Needs {
    /// Slots read and not written.
    pub(crate) reads: u64,
    /// Slots changed from one value that is not zero to another.
    pub(crate) updates: u64,
    /// Slots that were zero.
    pub(crate) fresh: u64,
    /// Topics and data words of each event.
    pub(crate) events: &'static [(u64, u64)],
    /// Other contracts touched, their storage and events counted with the rest.
    pub(crate) contracts: u64,
}

/// 21,000, the calldata, and what is needed at the price of the EVM.
pub(crate) fn floor(calldata: &[u8], needs: Needs) -> u64 {
    let bytes: u64 = calldata.iter().map(|byte| if *byte == 0 { 4 } else { 16 }).sum();
    let events: u64 = needs
        .events
        .iter()
        .map(|(topics, words)| 375 + 375 * topics + 8 * 32 * words)
        .sum();
    21_000
        + bytes
        + 2_100 * needs.reads
        + 5_000 * needs.updates
        + 22_100 * needs.fresh
        + events
        + 2_600 * needs.contracts
}

#[expect(clippy::cast_precision_loss, reason = "gas is far below 2^52")]
fn ratio(gas: u64, of: u64) -> f64 {
    gas as f64 / of as f64
}

/// All figures in the order in which they were measured.
#[derive(Default)]
pub(crate) struct Figures(Vec<Figure>);

impl Figures {
    pub(crate) fn push(&mut self, figure: Figure) {
        self.0.push(figure);
    }

    /// The cached figure of an operation.
    pub(crate) fn cached(&self, operation: &str) -> u64 {
        let found = self.0.iter().find(|figure| figure.operation == operation);
        found.unwrap_or_else(|| panic!("{operation} was not measured")).cached
    }

    /// `target/gas.json`: operation, live (if there is such a figure), cached, uncached.
    pub(crate) fn write_json(&self) {
        let rows: Vec<_> = self
            .0
            .iter()
            .map(|figure| {
                let mut row =
                    json!({ "operation": figure.operation, "cached": figure.cached, "uncached": figure.uncached });
                if let Some(live) = figure.live {
                    row["live"] = live.into();
                }
                row
            })
            .collect();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/gas.json");
        let json = serde_json::to_string_pretty(&rows).expect("plain values");
        fs::write(&path, json + "\n").unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    pub(crate) fn table(&self) -> String {
        let mut table = format!(
            "\n{:<62}{:>11}{:>11}{:>8}{:>11}{:>9}\n",
            "operation", "cached", "Solidity", "ratio", "uncached", "floor"
        );
        for figure in &self.0 {
            let (live, ratio_of, floor) = match figure.live {
                Some(live) => {
                    // The floor matters where the target is out of reach.
                    let floor = figure.floor.filter(|floor| ratio(*floor, live) > TARGET_MEAN);
                    (live.to_string(), format!("{:.3}", ratio(figure.cached, live)), floor)
                }
                None => (String::new(), String::new(), None),
            };
            writeln!(
                table,
                "{:<62}{:>11}{live:>11}{ratio_of:>8}{:>11}{:>9}",
                figure.operation,
                figure.cached,
                figure.uncached,
                floor.map(|floor| floor.to_string()).unwrap_or_default(),
            )
            .expect("a string");
        }
        writeln!(
            table,
            "{:<84}{:>8.3}",
            "geometric mean over users' operations",
            self.mean()
        )
        .expect("a string");
        table
    }

    /// The figures that Solidity has too, of some actors.
    fn compared(&self, actors: &[Actor]) -> impl Iterator<Item = (&Figure, u64)> {
        self.0
            .iter()
            .filter(|figure| actors.contains(&figure.actor))
            .filter_map(|figure| Some((figure, figure.live?)))
    }

    #[expect(clippy::cast_precision_loss, reason = "a few dozen")]
    fn mean(&self) -> f64 {
        let logarithms: Vec<f64> = self
            .compared(&[Actor::User])
            .map(|(figure, live)| ratio(figure.cached, live).ln())
            .collect();
        (logarithms.iter().sum::<f64>() / logarithms.len() as f64).exp()
    }

    pub(crate) fn check_targets(&self) {
        let dear: Vec<&str> = self
            .compared(&[Actor::User, Actor::Keeper])
            .filter(|(figure, live)| figure.cached > *live)
            .map(|(figure, _)| figure.operation.as_str())
            .collect();
        assert!(dear.is_empty(), "dearer than Solidity: {dear:?}");
        assert!(self.mean() <= TARGET_MEAN, "geometric mean {:.3}", self.mean());
        let service = |requests: &str| self.cached(&format!("sUSDai serviceRedemptions, {requests}"));
        let hundred = service("100 requests");
        assert!(ratio(hundred, 5_270_274) <= 0.04, "{hundred} for 100 requests");
        for requests in ["1 request", "10 requests", "10,000 requests"] {
            let other = service(requests);
            // The amount and its bytes of calldata differ, the work does not.
            assert!(
                other.abs_diff(hundred) <= 500,
                "{requests}: {other}, 100 requests: {hundred}"
            );
        }
        let settle = |bids: &str| self.cached(&format!("sUSDai settleAuction, {bids} bids over 200 levels"));
        let (thousand, ten_thousand) = (settle("1,000"), settle("10,000"));
        assert!(ten_thousand < 2_000_000, "{ten_thousand} for 10,000 bids");
        assert!(thousand.abs_diff(ten_thousand) <= 500, "{thousand}, {ten_thousand}");
        let claim = self.cached("sUSDai redeem 1 request, 10,000 ahead of it");
        assert!(claim < 130_000, "{claim} for a claim with 10,000 ahead");
        let widest = self.cached("sUSDai settleAuction, 1,976 bids over 1,976 levels");
        assert!(
            widest < 32_000_000,
            "{widest} for the widest auction: over the gas limit of a block"
        );
    }
}

/// The geometric mean over users' operations is at most this part of Solidity's.
const TARGET_MEAN: f64 = 0.8;
