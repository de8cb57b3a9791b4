#!/usr/bin/env bash
# Verifies a deployment: builds the contracts from the sources as they are, and compares what is on the chain with them, with
# deployments/<network>.toml and with deployments/<network>.json: code, constructor arguments, links, parameters, roles.
# Fails on any difference.
#
#   verify.sh <network> [options]   options are those of the program: scripts/verify.sh <network> --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

main() {
    [ $# -gt 0 ] || die "usage: scripts/verify.sh <network> [options]; networks: $(networks)"
    heading "Contracts"
    "$REPO/scripts/build-wasm.sh"
    host_program deploy "compiling the deployment tool"
    heading "Verification"
    exec "$PROGRAM" verify "$@"
}

main "$@"
