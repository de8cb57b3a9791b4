//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    caliber_nft::print_from_args();
}
