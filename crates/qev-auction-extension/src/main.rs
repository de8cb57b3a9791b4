//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    qev_auction_extension::print_from_args();
}
