#!/usr/bin/env bash
# Builds and runs the local Arbitrum chain. Takes the options of the binary: scripts/devnet.sh --help
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

host_program devnet "compiling the local chain"
exec "$PROGRAM" --cache-dir "$TARGET/programs" "$@"
