//! The cache between a program and the storage of its account. It lives as long as the frame; what is not flushed at its
//! end was never written.

use std::collections::BTreeMap;

use alloy_primitives::B256;

/// Gas that has to be there for an access of the cache, whatever it costs in the end.
pub(crate) const REQUIRED_ACCESS_GAS: u64 = 10;

struct Slot {
    value: B256,
    /// What the chain holds, where that is known.
    known: Option<B256>,
}

#[derive(Default)]
pub(crate) struct StorageCache {
    slots: BTreeMap<B256, Slot>,
    reads: u64,
    writes: u64,
}

impl StorageCache {
    /// Gas of the next read: the first 32 are free, later ones pay for a cache that grows.
    pub(crate) fn read_gas(&mut self) -> u64 {
        self.reads += 1;
        match self.reads {
            0..=32 => 0,
            33..=128 => 2,
            _ => 10,
        }
    }

    /// Gas of the next write: the first 8 are free.
    pub(crate) fn write_gas(&mut self) -> u64 {
        self.writes += 1;
        match self.writes {
            0..=8 => 0,
            9..=64 => 7,
            _ => 10,
        }
    }

    pub(crate) fn get(&self, key: B256) -> Option<B256> {
        self.slots.get(&key).map(|slot| slot.value)
    }

    /// Notes what the chain holds.
    pub(crate) fn insert_known(&mut self, key: B256, value: B256) {
        self.slots.insert(
            key,
            Slot {
                value,
                known: Some(value),
            },
        );
    }

    /// Notes what the program wants the chain to hold.
    pub(crate) fn write(&mut self, key: B256, value: B256) {
        self.slots
            .entry(key)
            .and_modify(|slot| slot.value = value)
            .or_insert(Slot { value, known: None });
    }

    /// What has to be written, by ascending key, taken as written from now on. Forgets everything if `clear`.
    pub(crate) fn flush(&mut self, clear: bool) -> Vec<(B256, B256)> {
        let mut entries = Vec::new();
        for (&key, slot) in &mut self.slots {
            if slot.known != Some(slot.value) {
                entries.push((key, slot.value));
                slot.known = Some(slot.value);
            }
        }
        if clear {
            self.slots.clear();
        }
        entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(value: u8) -> B256 {
        B256::with_last_byte(value)
    }

    #[test]
    fn gas_of_reads_and_writes() {
        let mut cache = StorageCache::default();
        let reads: Vec<u64> = (0..130).map(|_| cache.read_gas()).collect();
        assert_eq!(
            (reads[0], reads[31], reads[32], reads[127], reads[128]),
            (0, 0, 2, 2, 10)
        );
        let writes: Vec<u64> = (0..66).map(|_| cache.write_gas()).collect();
        assert_eq!(
            (writes[0], writes[7], writes[8], writes[63], writes[64]),
            (0, 0, 7, 7, 10)
        );
    }

    #[test]
    fn flush_gives_what_changed_in_order() {
        let mut cache = StorageCache::default();
        cache.insert_known(word(1), word(10));
        cache.insert_known(word(5), word(50));
        cache.write(word(5), word(51));
        cache.write(word(3), word(30));
        cache.write(word(2), word(0));
        assert_eq!(
            cache.flush(false),
            [(word(2), word(0)), (word(3), word(30)), (word(5), word(51))]
        );
        assert_eq!(cache.flush(false), []);
        assert_eq!(cache.get(word(3)), Some(word(30)));
    }

    #[test]
    fn a_value_written_back_is_not_flushed() {
        let mut cache = StorageCache::default();
        cache.insert_known(word(1), word(10));
        cache.write(word(1), word(11));
        cache.write(word(1), word(10));
        assert_eq!(cache.flush(false), []);
        // Unknown to the chain: written even if it may be the same.
        cache.write(word(2), word(0));
        assert_eq!(cache.flush(true), [(word(2), word(0))]);
        assert_eq!((cache.get(word(1)), cache.get(word(2))), (None, None));
    }
}
