//! The fee of an activation in wei: the machine code that nodes must keep has a price per byte, which rises with the
//! bytes that were activated lately.

/// The state of the fee, kept by ArbOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataPricer {
    /// Bytes demanded and not yet credited.
    pub demand: u32,
    /// Bytes credited per second.
    pub bytes_per_second: u32,
    /// The time that credits count from, in seconds.
    pub last_update_time: u64,
    /// Least price per 10,000 bytes in wei.
    pub min_price: u32,
    /// The demand at which the price is multiplied by e.
    pub inertia: u32,
}

/// One in units of 0.01 %.
const ONE_IN_BIPS: u64 = 10_000;
/// Terms of the series for the exponential.
const EXP_TERMS: u64 = 12;

impl Default for DataPricer {
    fn default() -> Self {
        Self {
            demand: 0,
            // 4 TiB a year: 502,060,103 bytes an hour.
            bytes_per_second: 139_461,
            last_update_time: 1_421_388_000,
            min_price: 82_928_201,
            inertia: 70_177_364,
        }
    }
}

impl DataPricer {
    /// Takes an activation of `asm_bytes` at `time` (seconds) into account; returns its fee in wei.
    ///
    /// As on the chain, credits count from the beginning of Arbitrum: the time of the last update is never moved.
    pub fn charge(&mut self, asm_bytes: u32, time: u64) -> u64 {
        let elapsed = u32::try_from(time.wrapping_sub(self.last_update_time)).unwrap_or(u32::MAX);
        let credit = self.bytes_per_second.saturating_mul(elapsed);
        self.demand = self.demand.saturating_sub(credit).saturating_add(asm_bytes);
        let exponent = ONE_IN_BIPS * u64::from(self.demand) / u64::from(self.inertia.max(1));
        let price = u64::from(self.min_price).saturating_mul(exp_bips(exponent));
        price.saturating_mul(u64::from(asm_bytes)) / ONE_IN_BIPS
    }
}

/// e to the power of `exponent`, both in units of 0.01 %, by the first twelve terms of the series.
fn exp_bips(exponent: u64) -> u64 {
    (1..EXP_TERMS)
        .rev()
        .fold(ONE_IN_BIPS + exponent / EXP_TERMS, |sum, term| {
            ONE_IN_BIPS + sum.saturating_mul(exponent) / (term * ONE_IN_BIPS)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: u64 = 1_760_000_000;

    #[test]
    fn exponential() {
        assert_eq!(exp_bips(0), 10_000);
        // e = 2.7182…, rounded down at every step of the series.
        assert_eq!(exp_bips(10_000), 27_182);
    }

    #[test]
    fn fee_of_one_activation() {
        let mut pricer = DataPricer::default();
        // Demand 600,000: exponent 10,000 * 600,000 / 70,177,364 = 85 bips.
        // Series: 10,000 + 85/12 = 10,007; each further step 10,000 + sum * 85 / (term * 10,000) ends at
        // term 3: 10,028, term 2: 10,000 + 10,028 * 85 / 20,000 = 10,042, term 1: 10,000 + 10,042 * 85 / 10,000 = 10,085.
        // 82,928,201 * 10,085 * 600,000 / 10,000 = 50,179,854,425,100 wei.
        assert_eq!(pricer.charge(600_000, TIME), 50_179_854_425_100);
        assert_eq!(pricer.demand, 600_000);
    }

    #[test]
    fn demand_raises_the_price_until_it_is_credited() {
        let mut pricer = DataPricer {
            last_update_time: TIME,
            ..DataPricer::default()
        };
        let first = pricer.charge(3_000_000, TIME);
        let second = pricer.charge(3_000_000, TIME);
        assert!(second > first, "{second} {first}");
        // 6,000,000 bytes at 139,461 a second are credited within 44 seconds.
        assert_eq!(pricer.charge(3_000_000, TIME + 44), first);
    }

    #[test]
    fn extremes_saturate() {
        let mut pricer = DataPricer {
            demand: u32::MAX,
            inertia: 1,
            ..DataPricer::default()
        };
        pricer.last_update_time = TIME;
        assert_eq!(pricer.charge(u32::MAX, TIME), u64::MAX / 10_000);
    }
}
