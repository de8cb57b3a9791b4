//! Value and eligibility, to the second and to the wei.

use alloy_primitives::{B256, U256};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use suite::bindings::ICaliber;
use suite_tests::{Expect, n};

use crate::world::{
    DOCUMENT, World, YEAR, absent, appraisal, dollars, freeze, insurance, loss, receipt, release, request, serials,
};

/// The line in whole numbers of any size: the residual and what is left of the rest, each rounded down.
fn line(value: U256, residual_bps: u64, useful_life: u64, age: u64) -> U256 {
    let residual = value * n(residual_bps) / n(10_000);
    residual + (value - residual) * n(useful_life.saturating_sub(age)) / n(useful_life)
}

#[test]
fn the_value_falls_in_a_straight_line_until_the_appraisal_expires() {
    let mut w = World::new();
    let (appraiser, owner) = (w.actors.appraiser, w.actors.owner);
    let id = w.held();
    let (value, life, start) = (dollars(64 * 32_000) + n(7), 3 * YEAR, w.now() + 1_000);
    let end = start + 4 * YEAR;
    w.next_at(start);
    let call = ICaliber::appraiseCall {
        usefulLife: life,
        residualBps: 1_234,
        ..appraisal(id, value, end)
    };
    let posted = w.send(appraiser, &call).receipt().expect("an appraisal");
    assert_eq!(
        w.event::<ICaliber::Appraised>(&posted),
        ICaliber::Appraised {
            tokenId: id,
            appraiser,
            value,
            validUntil: n(end),
            usefulLife: n(life),
            residualBps: n(1_234),
            report: DOCUMENT,
        }
    );
    let kept = w.ask(&ICaliber::appraisalCall { tokenId: id });
    assert_eq!(
        (
            kept.value,
            kept.appraisedAt,
            kept.validUntil,
            kept.usefulLife,
            kept.residualBps,
            kept.report
        ),
        (value, n(start), n(end), n(life), n(1_234), DOCUMENT)
    );
    assert_eq!(w.value(id), value);
    let residual = value * n(1_234) / n(10_000);
    for age in [1, 60, YEAR, life / 2, life - 1, life, life + 1, 4 * YEAR - 1] {
        w.at(start + age);
        assert_eq!(w.value(id), line(value, 1_234, life, age), "after {age} seconds");
        assert_eq!(w.value(id) == residual, age >= life);
    }
    w.at(end);
    assert_eq!(w.value(id), U256::ZERO);
    // What was posted stays to be read, by whoever holds the title.
    w.send(owner, &crate::world::transfer(owner, w.actors.buyer, id)).must();
    assert_eq!(w.ask(&ICaliber::appraisalCall { tokenId: id }).value, value);
}

#[test]
fn random_appraisals_are_worth_what_the_line_says() {
    let mut w = World::new();
    let appraiser = w.actors.appraiser;
    let id = w.held();
    let mut random = StdRng::seed_from_u64(0x11FE);
    let maximum = (n(1) << 112) - n(1);
    for _ in 0..60 {
        let value = U256::from(random.random::<u128>()) >> random.random_range(16..128_usize);
        let (life_bits, valid_bits) = (random.random_range(1..40), random.random_range(1..30));
        let life = random.random_range(1..1_u64 << life_bits);
        let valid = random.random_range(1..1_u64 << valid_bits);
        let bps = random.random_range(0..=10_000_u16);
        let now = w.now() + 1;
        w.next_at(now);
        let call = ICaliber::appraiseCall {
            usefulLife: life,
            residualBps: bps,
            ..appraisal(id, value.min(maximum), now + valid)
        };
        w.send(appraiser, &call).must();
        assert_eq!(w.value(id), value.min(maximum));
        let age = random.random_range(0..valid);
        w.at(now + age + 1);
        let told = w.value(id);
        if age + 1 < valid {
            assert_eq!(told, line(value.min(maximum), bps.into(), life, age + 1));
        } else {
            assert_eq!(told, U256::ZERO);
        }
    }
}

#[test]
fn appraisals_and_policies_out_of_range_are_refused() {
    let mut w = World::new();
    let (appraiser, insurer) = (w.actors.appraiser, w.actors.insurer);
    let id = w.held();
    let now = w.now() + 100;
    let (latest, maximum) = ((1_u64 << 40) - 1, (n(1) << 112) - n(1));
    let valid = appraisal(id, n(1), now + 1);
    let mut appraise = |call: ICaliber::appraiseCall| {
        w.next_at(now);
        w.send(appraiser, &call)
    };
    for (end, life) in [(now, YEAR), (0, YEAR), (now + 10, 0)] {
        appraise(ICaliber::appraiseCall {
            validUntil: end,
            usefulLife: life,
            ..valid.clone()
        })
        .must_revert(ICaliber::InvalidPeriod {
            end: n(end),
            usefulLife: n(life),
        });
    }
    for time in [latest + 1, u64::MAX] {
        let too_late = || ICaliber::ValueTooLarge {
            value: n(time),
            maximum: n(latest),
        };
        appraise(ICaliber::appraiseCall {
            validUntil: time,
            ..valid.clone()
        })
        .must_revert(too_late());
        appraise(ICaliber::appraiseCall {
            usefulLife: time,
            ..valid.clone()
        })
        .must_revert(too_late());
    }
    for bps in [10_001, u16::MAX] {
        appraise(ICaliber::appraiseCall {
            residualBps: bps,
            ..valid.clone()
        })
        .must_revert(ICaliber::InvalidBasisPoints {
            basisPoints: U256::from(bps),
            maximum: n(10_000),
        });
    }
    for value in [maximum + n(1), U256::MAX] {
        appraise(ICaliber::appraiseCall { value, ..valid.clone() })
            .must_revert(ICaliber::ValueTooLarge { value, maximum });
    }
    appraise(ICaliber::appraiseCall {
        report: B256::ZERO,
        ..valid.clone()
    })
    .must_revert(ICaliber::InvalidDocument {});
    appraise(ICaliber::appraiseCall {
        tokenId: n(9),
        ..valid.clone()
    })
    .must_revert(absent(n(9)));
    let extreme = ICaliber::appraiseCall {
        value: maximum,
        validUntil: latest,
        usefulLife: latest,
        residualBps: 10_000,
        ..valid
    };
    appraise(extreme).must();
    assert_eq!(w.value(id), maximum);

    let insure = |coverage, expiry| insurance(id, coverage, expiry);
    let now = w.now() + 10;
    for expiry in [0, now] {
        w.next_at(now);
        w.send(insurer, &insure(n(1), expiry))
            .must_revert(ICaliber::InvalidPeriod {
                end: n(expiry),
                usefulLife: U256::ZERO,
            });
    }
    w.send(insurer, &insure(maximum + n(1), now + 100))
        .must_revert(ICaliber::ValueTooLarge {
            value: maximum + n(1),
            maximum,
        });
    w.send(
        insurer,
        &ICaliber::insureCall {
            policy: B256::ZERO,
            ..insure(n(1), now + 100)
        },
    )
    .must_revert(ICaliber::InvalidDocument {});
    w.send(insurer, &insurance(n(9), n(1), now + 100))
        .must_revert(absent(n(9)));
    w.send(insurer, &insure(maximum, u64::MAX)).must();
    assert!(w.is_eligible(id));
}

#[test]
fn eligibility_ends_with_the_appraisal_and_with_the_policy_to_the_second() {
    for (appraised_for, insured_for) in [(YEAR, 2 * YEAR), (2 * YEAR, YEAR)] {
        let mut w = World::new();
        let (appraiser, insurer) = (w.actors.appraiser, w.actors.insurer);
        let id = w.held();
        let now = w.now();
        w.send(appraiser, &appraisal(id, dollars(100), now + appraised_for))
            .must();
        let posted = w
            .send(insurer, &insurance(id, dollars(100), now + insured_for))
            .receipt()
            .expect("a policy");
        assert_eq!(
            w.event::<ICaliber::Insured>(&posted),
            ICaliber::Insured {
                tokenId: id,
                insurer,
                coverage: dollars(100),
                expiry: n(now + insured_for),
                policy: DOCUMENT,
            }
        );
        w.at(now + YEAR - 1);
        assert!(w.is_eligible(id));
        w.at(now + YEAR);
        assert!(
            !w.is_eligible(id),
            "appraised for {appraised_for}, insured for {insured_for}"
        );
        let kept = w.ask(&ICaliber::insuranceCall { tokenId: id });
        assert_eq!(
            (kept.coverage, kept.expiry, kept.policy),
            (dollars(100), n(now + insured_for), DOCUMENT)
        );
        // What ended can be renewed.
        w.send(appraiser, &appraisal(id, dollars(50), now + 3 * YEAR)).must();
        w.send(insurer, &insurance(id, dollars(50), now + 3 * YEAR)).must();
        assert!(w.is_eligible(id));
    }
}

#[test]
fn coverage_must_reach_the_value_of_the_second() {
    let mut w = World::new();
    let (appraiser, insurer) = (w.actors.appraiser, w.actors.insurer);
    let id = w.held();
    let start = w.now() + 100;
    w.next_at(start);
    w.send(appraiser, &appraisal(id, dollars(1_000), start + 3 * YEAR))
        .must();
    // Covered from the day on which it is worth that much.
    let coverage = line(dollars(1_000), 1_000, 4 * YEAR, YEAR);
    w.send(insurer, &insurance(id, coverage, start + 3 * YEAR)).must();
    for (second, eligible) in [(YEAR - 1, false), (YEAR, true)] {
        w.at(start + second);
        assert_eq!((w.value(id) <= coverage, w.is_eligible(id)), (eligible, eligible));
    }
    w.send(insurer, &insurance(id, w.value(id) - n(1), start + 3 * YEAR))
        .must();
    assert!(!w.is_eligible(id));
}

#[test]
fn each_condition_alone_ends_eligibility() {
    let mut w = World::new();
    let actors = w.actors;
    let id = w.pledgeable(1_000);
    let fresh = w.chain.snapshot();
    let end = w.now() + YEAR;
    let mut state = fresh;
    for what in ["frozen", "requested", "released", "lost", "worthless", "uninsured"] {
        let changed = match what {
            "frozen" => w.send(actors.officer, &freeze(id, true)).receipt(),
            "requested" => w.send(actors.owner, &request(id)).receipt(),
            "released" => w.send(actors.bailee, &release(id)).receipt(),
            "lost" => w.send(actors.bailee, &loss(id)).receipt(),
            "worthless" => w.send(actors.appraiser, &appraisal(id, U256::ZERO, end)).receipt(),
            _ => w.send(actors.insurer, &insurance(id, U256::ZERO, end)).receipt(),
        };
        changed.expect(what);
        assert!(!w.is_eligible(id), "{what}");
        assert_eq!(w.value(id).is_zero(), what == "lost" || what == "worthless", "{what}");
        assert!(w.chain.revert(state));
        state = w.chain.snapshot();
        assert!(w.is_eligible(id));
    }
    // Nor without one of the words from the beginning.
    let bare = w.tokenize(serials(100..101), true);
    w.send(actors.bailee, &receipt(bare)).must();
    assert!(!w.is_eligible(bare));
    w.send(actors.appraiser, &appraisal(bare, n(1), end)).must();
    assert!(!w.is_eligible(bare));
    w.send(actors.insurer, &insurance(bare, n(1), end)).must();
    assert!(w.is_eligible(bare));
}
