#!/usr/bin/env bash
# Writes the published form of contracts/interfaces: abi/json and the TypeScript modules of abi/src/generated, which are
# committed; then compiles the package abi/.
#
#   abi.sh            writes them
#   abi.sh --check    changes nothing that is committed, and fails if it is not what the interfaces say
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

GENERATED=(json src/generated)

main() {
    cd "$REPO"
    local check='' part
    case ${1:-} in
    '') ;;
    --check) check=yes ;;
    *) die "usage: scripts/abi.sh [--check]" ;;
    esac
    npm_ready
    mkdir -p "$TARGET"
    # One at a time: the package that others are reading is never half compiled.
    exec 7>"$TARGET/abi.lock"
    flock 7

    local fresh=$TARGET/abi
    rm -rf "$fresh"
    node scripts/lib/generate-abi.cjs "$fresh"
    for part in "${GENERATED[@]}"; do
        if [ -n "$check" ]; then
            diff -ru "abi/$part" "$fresh/$part" >&2 || die "abi/$part is not what contracts/interfaces says: run scripts/abi.sh"
        else
            rm -rf "abi/$part"
            cp -r "$fresh/$part" "abi/$part"
        fi
    done

    # Compiled if its sources have changed.
    local stamp
    stamp=$(find abi/src abi/*.json abi/build.mjs package-lock.json -type f | content_hash)
    if [ "$(cat abi/dist/.stamp 2>/dev/null)" != "$stamp" ]; then
        npm run --silent build --workspace @usdai/abi
        echo "$stamp" >abi/dist/.stamp
    fi
    say "the package of ABIs is up to date: abi/"
}

main "$@"
