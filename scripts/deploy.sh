#!/usr/bin/env bash
# Deploys the suite on a network, or goes on with a deployment: builds the contracts, deploys, activates, constructs, links,
# makes the first deposits, hands the roles over and verifies the result. docs/deployment.md
#
#   deploy.sh <network>             deploys as deployments/<network>.toml says; writes deployments/<network>.json
#   deploy.sh <network> --dry-run   shows the plan with gas and the ETH needed; sends nothing (--account: needs no key)
#
# Further options are those of the program: scripts/deploy.sh <network> --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"
source "$REPO/scripts/lib/wasm-toolchain.sh"

main() {
    local network='' command=deploy option
    local -a options=()
    for option in "$@"; do
        case $option in
        --dry-run) command=plan ;;
        -*) options+=("$option") ;;
        *) if [ -z "$network" ]; then network=$option; else options+=("$option"); fi ;;
        esac
    done
    [ -n "$network" ] || die "usage: scripts/deploy.sh <network> [--dry-run] [options]; networks: $(networks)"

    heading "Contracts"
    "$REPO/scripts/build-wasm.sh"
    if [ "$network" = local ]; then "$REPO/scripts/fixtures.sh"; fi
    wasm_toolchain
    host_program deploy "compiling the deployment tool"
    heading "Deployment"
    exec "$PROGRAM" $command "$network" --compiler "$("$WASM_RUSTC" --version)" ${options[@]+"${options[@]}"}
}

main "$@"
