//! Prints the Solidity interface of the contract, as `cargo stylus export-abi` does.

fn main() {
    usdai_token::print_from_args();
}
