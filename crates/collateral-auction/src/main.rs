//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    collateral_auction::print_from_args();
}
