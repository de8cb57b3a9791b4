//! Configurations: those that are published, and what is said of wrong ones.

use deploy::config::Settings;

use crate::world::LOCAL;

fn refusal(configuration: &str) -> String {
    format!("{:#}", Settings::parse("local", configuration).unwrap_err())
}

/// Replaces what must be there.
fn with(from: &str, to: &str) -> String {
    assert!(LOCAL.contains(from), "{from}");
    LOCAL.replacen(from, to, 1)
}

#[test]
fn the_local_configuration_is_complete() {
    let settings = Settings::parse("local", LOCAL).unwrap();
    assert!(settings.is_local());
    assert_eq!(settings.pool.advance_bps, [6_000, 7_000, 8_000, 0]);
    assert_eq!(settings.pool.rates, [2_853_881_278, 3_805_175_038, 5_073_566_717, 0]);
    assert_eq!(settings.roles.len(), 7 + 17);
    let holders: usize = settings.roles.iter().map(|role| role.holders.len()).sum();
    assert_eq!(holders, 7 + 16);
}

/// What has to be decided is refused by name; with everything decided the same file is taken.
#[test]
fn the_public_configurations_ask_for_what_must_be_decided() {
    let somebody = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    for (network, text, unfilled) in [
        (
            "arbitrum-one",
            include_str!("../../../../deployments/arbitrum-one.toml"),
            20,
        ),
        (
            "arbitrum-sepolia",
            include_str!("../../../../deployments/arbitrum-sepolia.toml"),
            19,
        ),
    ] {
        let refused = format!("{:#}", Settings::parse(network, text).unwrap_err());
        let names = refused
            .strip_prefix("these are not filled in: ")
            .expect("nothing else is wrong");
        assert_eq!(names.split(", ").count(), unfilled, "{names}");
        for name in [
            "externals.tokens.usdc.fee",
            "susdai.fee_recipient",
            "roles.default_admin",
            "roles.loan_pool.underwriter",
        ] {
            assert!(names.split(", ").any(|other| other == name), "{name} in {names}");
        }
        let decided = text
            .replace("fee = \"fill in\"", "fee = \"0.01 %\"")
            .replace("fill in", somebody);
        let settings = Settings::parse(network, &decided).unwrap();
        assert!(!settings.is_local() && settings.roles.iter().all(|role| role.holders.len() <= 1));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_wrong_figure_is_told_with_its_name_and_value() {
    for (from, to, told) in [
        (
            "share = \"70 %\"",
            "share = \"170 %\"",
            "auction.share: \"170 %\" is more than 100 %",
        ),
        (
            "bond = \"0.5 %\"",
            "bond = \"11 %\"",
            "auction.bond: 11 % is more than 10 %",
        ),
        (
            "base_yield_fee = \"10 %\"",
            "base_yield_fee = \"51 %\"",
            "susdai.base_yield_fee: 51 % is more than 50 %",
        ),
        (
            "min_discount = \"0.25 %\"",
            "min_discount = \"0.005 %\"",
            "auction.min_discount: \"0.005\" has 3 decimals; at most 2 are possible here",
        ),
        (
            "max_discount = \"20 %\"",
            "max_discount = \"0.2 %\"",
            "auction: discounts from 0.25 % to 0.2 %: the lowest must be above zero and not above the highest",
        ),
        (
            "bid_phase = \"27 days\"",
            "bid_phase = \"30 days\"",
            "auction: an epoch of 30 days with 30 days to bid: the bid phase must be longer than a day, the epoch longer than \
             that and than 3 days, and shorter than 8 years",
        ),
        (
            "genesis = \"in 1 day\"",
            "genesis = \"tomorrow\"",
            "auction.genesis: \"tomorrow\" is not a date such as \"2027-01-01\", \"in 1 day\" or \"next month\"",
        ),
        (
            "advance = \"70 %\"",
            "advance = \"60 %\"",
            "loan_pool.tranches[1].advance: 60 % is not above that of the tranche before",
        ),
        (
            "rate = \"9 %\"",
            "rate = \"9\"",
            "loan_pool.tranches[0].rate: \"9\" is not a percentage such as \"0.25 %\"",
        ),
        (
            "duration = \"3 days\"",
            "duration = \"31 days\"",
            "collateral_auction.duration: 31 days is not between an hour and 30 days",
        ),
        (
            "extension = \"15 minutes\"",
            "extension = \"25 hours\"",
            "collateral_auction.extension: 25 hours is more than a day",
        ),
        (
            "susdai = \"10\"",
            "susdai = \"1.99\"",
            "first_deposits.susdai: 1.99 is less than 2 USDai",
        ),
        (
            "tranches = [\"10\", \"10\", \"10\"]",
            "tranches = [\"10\"]",
            "first_deposits.tranches: 1 amounts for 3 tranches; give one for each, or none at all",
        ),
        (
            "supply_cap = \"1,000,000,000\"",
            "supply_cap = \"0\"",
            "usdai.supply_cap: 0 is not above zero and below 2^128 wei",
        ),
        (
            "default_admin = [\"0x70997970C51812dc3A010C7d01b50e0d17dc79C8\"]",
            "default_admin = []",
            "roles.default_admin: somebody must be admin; roles could never be given or taken again",
        ),
        (
            "yield = []",
            "yield = [\"0x70997970c51812dc3A010C7d01b50e0d17dc79C8\"]",
            "roles.usdai.yield: the checksum of \"0x70997970c51812dc3A010C7d01b50e0d17dc79C8\" is wrong; it would be \
             0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
        ),
        (
            "yield = []",
            "yield = [\"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC\", \"0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC\"]",
            "roles.usdai.yield: 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC is named twice",
        ),
        (
            "chain_id = 412346",
            "chain_id = 42161",
            "fixtures: test doubles are only for the local chain (412346), not for chain 42161\ncaching.manager: on a public \
             chain places in the cache are bought from CacheManager; say where it is",
        ),
        (
            "[fixtures]\nwm_yield = \"5 %\"",
            "",
            "either [externals] or, on the local chain, [fixtures] must be there, and not both",
        ),
    ] {
        assert_eq!(refusal(&with(from, to)), told);
    }
    // All problems are told at once.
    let both = with("share = \"70 %\"", "share = \"x\"").replace("susdai = \"10\"", "susdai = \"\"");
    let told = refusal(&both);
    assert!(
        told.contains("these are not filled in: first_deposits.susdai\nauction.share: \"x\" is not a percentage"),
        "{told}"
    );
}

#[test]
fn what_is_not_known_or_missing_is_refused() {
    let told = refusal(&with("[caching]", "[caching]\nsize = 3"));
    assert!(told.contains("unknown field `size`"), "{told}");
    let told = refusal(&with("salt = \"1\"", ""));
    assert!(told.contains("missing field `salt`"), "{told}");
    let told = refusal(&with("[roles.caliber]\n", "[roles.caliber]\nminter = []\n"));
    assert!(told.contains("unknown field `minter`"), "{told}");
    let told = format!("{:#}", Settings::parse("../local", LOCAL).unwrap_err());
    assert_eq!(
        told,
        "\"../local\" is not a network's name: small letters, digits and hyphens"
    );
}
