#!/usr/bin/env bash
# What operations cost on the local chain, beside the deployed Solidity contracts that they replace: prints a table with
# the ratios, the programs cached and not, and writes target/gas.json. Fails if a target is missed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
    heading "Contracts"
    "$REPO/scripts/build-wasm.sh"
    heading "Fixtures and Uniswap V3"
    "$REPO/scripts/fixtures.sh"
    heading "Gas"
    host_ready
    local -a gas=(--locked --manifest-path "$REPO/host/Cargo.toml" --workspace --test gas)
    run_logged "compiling the local chain" "$TARGET/gas-build.log" cargo test "${gas[@]}" --no-run
    say "measuring; the auctions of thousands of bids take a minute"
    cargo test --quiet "${gas[@]}" operations_cost_what_they_should >"$TARGET/gas.log" || {
        cat "$TARGET/gas.log"
        die "a target was missed"
    }
    say "written to target/gas.json"
}

main "$@"
