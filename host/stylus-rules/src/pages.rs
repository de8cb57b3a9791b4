//! What WebAssembly memory costs: two pages are free in a transaction, the others cost 1,000 gas each while they are
//! open at once, and the highest number ever open costs exponentially more.

use crate::params::StylusParams;

/// Pages of 64 KiB held by the programs of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pages {
    /// Open now, over all programs on the call stack.
    pub open: u16,
    /// The most that were ever open at once in the transaction.
    pub ever: u16,
}

impl Pages {
    /// The state after opening `new` pages.
    #[must_use]
    pub fn plus(self, new: u16) -> Self {
        let open = self.open.saturating_add(new);
        Self {
            open,
            ever: self.ever.max(open),
        }
    }

    /// Gas for opening `new` pages more: linear above the free pages, plus what the exponential term grows by.
    pub fn gas(self, new: u16, params: &StylusParams) -> u64 {
        let after = self.plus(new);
        if after.ever <= params.free_pages {
            return 0;
        }
        let charged = |pages: u16| pages.saturating_sub(params.free_pages);
        let adding = charged(after.open).saturating_sub(charged(self.open));
        let linear = u64::from(adding) * u64::from(params.page_gas);
        linear.saturating_add(exponential(after.ever).saturating_sub(exponential(self.ever)))
    }
}

/// The exponential term for a peak of `pages`, out of reach above 128 pages (8 MiB).
fn exponential(pages: u16) -> u64 {
    EXPONENTIAL
        .get(usize::from(pages))
        .map_or(u64::MAX, |&gas| u64::from(gas))
}

/// 31,874,000 to the power of pages/128, rounded down.
const EXPONENTIAL: [u32; 129] = [
    1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 11, 12, 14, 17, 19, 22, 25, 29, 33, 38, 43, 50, 57, 65, 75,
    85, 98, 112, 128, 147, 168, 193, 221, 253, 289, 331, 379, 434, 497, 569, 651, 745, 853, 976, 1117, 1279, 1463,
    1675, 1917, 2194, 2511, 2874, 3290, 3765, 4309, 4932, 5645, 6461, 7395, 8464, 9687, 11087, 12689, 14523, 16621,
    19024, 21773, 24919, 28521, 32642, 37359, 42758, 48938, 56010, 64104, 73368, 83971, 96106, 109_994, 125_890,
    144_082, 164_904, 188_735, 216_010, 247_226, 282_953, 323_844, 370_643, 424_206, 485_509, 555_672, 635_973,
    727_880, 833_067, 953_456, 1_091_243, 1_248_941, 1_429_429, 1_636_000, 1_872_423, 2_143_012, 2_452_704, 2_807_151,
    3_212_820, 3_677_113, 4_208_502, 4_816_684, 5_512_756, 6_309_419, 7_221_210, 8_264_766, 9_459_129, 10_826_093,
    12_390_601, 14_181_199, 16_230_562, 18_576_084, 21_260_563, 24_332_984, 27_849_408, 31_873_999,
];

#[cfg(test)]
mod tests {
    use super::*;

    const PARAMS: StylusParams = StylusParams::ARBOS_51;

    #[test]
    fn two_pages_are_free() {
        assert_eq!(Pages::default().gas(1, &PARAMS), 0);
        assert_eq!(Pages::default().gas(2, &PARAMS), 0);
        assert_eq!(Pages { open: 1, ever: 2 }.gas(1, &PARAMS), 0);
    }

    #[test]
    fn linear_part() {
        // Third page: 1 above the free ones, exponent 1 -> 1.
        assert_eq!(Pages { open: 2, ever: 2 }.gas(1, &PARAMS), 1_000);
        // Seventeen pages: 15 above the free ones; exponent grows from 1 to 9.
        assert_eq!(Pages::default().gas(17, &PARAMS), 15 * 1_000 + 8);
        // Only what is new above the peak pays the exponential part.
        assert_eq!(Pages { open: 5, ever: 20 }.gas(5, &PARAMS), 5_000);
        assert_eq!(Pages { open: 0, ever: 20 }.gas(2, &PARAMS), 0);
    }

    #[test]
    fn exponential_part() {
        // All 128 pages: 126 * 1,000 + 31,873,999 - 1.
        assert_eq!(Pages::default().gas(128, &PARAMS), 126_000 + 31_873_998);
        // A page more is unaffordable, as is the largest request.
        assert_eq!(Pages::default().gas(129, &PARAMS), u64::MAX);
        assert_eq!(Pages::default().gas(u16::MAX, &PARAMS), u64::MAX);
        assert_eq!(
            Pages {
                open: 65_000,
                ever: 65_000
            }
            .gas(u16::MAX, &PARAMS),
            535_000
        );
    }

    #[test]
    fn the_table_follows_its_formula() {
        let base = (31_874_000_f64.ln() / 128.0).exp();
        for pages in 0..=128_u16 {
            let expected = base.powi(i32::from(pages)).floor();
            #[allow(clippy::cast_precision_loss)] // the largest value is far below 2^53
            let actual = exponential(pages) as f64;
            assert!((expected - actual).abs() < 0.5, "{pages}: {expected} {actual}");
        }
    }
}
