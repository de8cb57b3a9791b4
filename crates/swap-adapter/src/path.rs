//! Uniswap V3 paths: `token, (fee, token)+`, with 20 bytes a token and 3 bytes a fee tier.

use alloy_primitives::Address;

const TOKEN: usize = 20;
const HOP: usize = 23;

/// The longest path has five pools, more than any sensible route.
pub(crate) const MAXIMUM_HOPS: usize = 5;

/// The tokens between the ends of `path`, or `None` if it is not a path from `from` to `to` over one to
/// [`MAXIMUM_HOPS`] pools.
pub(crate) fn intermediate_tokens(
    path: &[u8],
    from: Address,
    to: Address,
) -> Option<impl Iterator<Item = Address> + '_> {
    let (first, hops) = path.split_first_chunk::<TOKEN>()?;
    let hops = hops.chunks_exact(HOP);
    let whole = hops.remainder().is_empty() && hops.len() <= MAXIMUM_HOPS;
    let tokens = hops.filter_map(|hop| hop.last_chunk::<TOKEN>()).map(Address::from);
    let last = tokens.clone().next_back()?;
    let between = tokens.clone().count().saturating_sub(1);
    (whole && Address::from(first) == from && last == to).then(|| tokens.take(between))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode(tokens: &[Address]) -> Vec<u8> {
        let mut path = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            if index > 0 {
                path.extend([0, 1, 244]);
            }
            path.extend(token.as_slice());
        }
        path
    }

    fn address() -> impl Strategy<Value = Address> {
        any::<[u8; 20]>().prop_map(Address::new)
    }

    proptest! {
        #[test]
        fn a_path_yields_what_is_between_its_ends(tokens in prop::collection::vec(address(), 2..=6)) {
            let path = encode(&tokens);
            let (from, to) = (tokens[0], tokens[tokens.len() - 1]);
            let between: Vec<_> = intermediate_tokens(&path, from, to).unwrap().collect();
            prop_assert_eq!(&between[..], &tokens[1..tokens.len() - 1]);
        }

        #[test]
        fn other_ends_lengths_and_too_many_hops_are_refused(
            tokens in prop::collection::vec(address(), 2..=9),
            other in address(),
            cut in 1_usize..23,
        ) {
            let path = encode(&tokens);
            let (from, to) = (tokens[0], tokens[tokens.len() - 1]);
            prop_assume!(other != from && other != to);
            prop_assert!(intermediate_tokens(&path, other, to).is_none());
            prop_assert!(intermediate_tokens(&path, from, other).is_none());
            prop_assert!(intermediate_tokens(&path[..path.len() - cut], from, to).is_none());
            prop_assert_eq!(intermediate_tokens(&path, from, to).is_some(), tokens.len() <= 6);
        }

        #[test]
        fn arbitrary_bytes_never_panic(path in prop::collection::vec(any::<u8>(), 0..200), from in address(), to in address()) {
            let _ = intermediate_tokens(&path, from, to).map(Iterator::count);
        }
    }

    #[test]
    fn a_token_alone_is_no_path() {
        let token = Address::repeat_byte(7);
        assert!(intermediate_tokens(token.as_slice(), token, token).is_none());
        assert!(intermediate_tokens(&[], token, token).is_none());
    }
}
