#!/usr/bin/env bash
# Writes target/fixtures/<Name>.json ({"abi": …, "bytecode": "0x…"}): the Solidity test doubles of contracts/fixtures,
# compiled by the pinned solc together with the interfaces, and from their published npm packages Uniswap V3 and Arbitrum's
# CacheManager, which sells places in the cache of programs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/lib/common.sh"

OUT=$TARGET/fixtures

# Package, integrity as npm's registry states it, and the artifacts to take: path in the package, without the ending.
PUBLISHED=(
    "@uniswap/v3-core@1.0.1
     sha512-7pVk4hEm00j9tc71Y9+ssYpO6ytkeI0y7WE9P6UcmNzhxPePwyAxImuhVsTqWK9YFvzgtvzJHi64pBl4jUzKMQ==
     artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory
     artifacts/contracts/UniswapV3Pool.sol/UniswapV3Pool"
    "@uniswap/v3-periphery@1.4.4
     sha512-S4+m+wh8HbWSO3DKk4LwUCPZJTpCugIsHrWR86m/OrUyvSqGDTXKFfc2sMuGXCZrD1ZqO3rhQsKgdWg3Hbb2Kw==
     artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager"
    "@uniswap/swap-router-contracts@1.3.1
     sha512-mh/YNbwKb7Mut96VuEtL+Z5bRe0xVIbjjiryn+iMMrK2sFKhR4duk/86mEz0UO5gSx4pQIw9G5276P5heY/7Rg==
     artifacts/contracts/SwapRouter02.sol/SwapRouter02
     artifacts/contracts/lens/QuoterV2.sol/QuoterV2"
    "@arbitrum/nitro-contracts@3.1.1
     sha512-30s5ocUZbDx22MybngvO7WZtCgYoPYmkHnnBl07FZnN3gOv+oy4WQB0Ln2QG4aBzPp6hCg76Yw9mQJDN/+OkCg==
     build/contracts/src/chain/CacheManager.sol/CacheManager
     build/contracts/@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol/ERC1967Proxy"
)

# fetch <package@version> <integrity>: prints the path of the verified tarball, which is kept for the next time.
fetch() {
    local package=$1 integrity=$2 cache=$TARGET/npm-cache name tarball
    name=${package#@}
    name=${name//[\/@]/-}
    tarball=$cache/$name.tgz
    mkdir -p "$cache"
    if ! verified "$tarball" "$integrity"; then
        say "fetching $package"
        local scratch
        scratch=$(mktemp -d "$cache/XXXXXX")
        (cd "$scratch" && npm pack "$package" --loglevel=error >/dev/null </dev/null) || {
            rm -rf "$scratch"
            die "npm cannot fetch $package"
        }
        mv "$scratch"/*.tgz "$tarball"
        rm -rf "$scratch"
        verified "$tarball" "$integrity" || die "$package is not what it was when it was pinned: $tarball"
    fi
    echo "$tarball"
}

verified() {
    [ -f "$1" ] && [ "sha512-$(node -p 'require("crypto").createHash("sha512").update(require("fs").readFileSync(process.argv[1])).digest("base64")' "$1")" = "$2" ]
}

main() {
    cd "$REPO"
    need node "install Node.js 18 or newer"
    mkdir -p "$TARGET"
    exec 8>"$TARGET/fixtures.lock"
    flock 8

    local stamp
    stamp=$(find contracts scripts/fixtures.sh scripts/lib/*.cjs package-lock.json -type f | content_hash)
    if [ "$(cat "$OUT/.stamp" 2>/dev/null)" = "$stamp" ]; then
        say "fixtures are up to date: $OUT"
        return
    fi
    npm_ready

    # Into a fresh directory that replaces the old one at the end: what stands in target/fixtures is always whole.
    rm -rf "$OUT.new"
    mkdir -p "$OUT.new"
    say "compiling contracts/ with solc $(node -p 'require("solc/package.json").version')"
    node scripts/lib/compile-fixtures.cjs "$OUT.new" contracts/fixtures contracts/interfaces

    local entry tarball artifact
    local -a fields
    for entry in "${PUBLISHED[@]}"; do
        read -r -d '' -a fields <<<"$entry" || true
        tarball=$(fetch "${fields[0]}" "${fields[1]}")
        for artifact in "${fields[@]:2}"; do
            tar -xzOf "$tarball" "package/$artifact.json" |
                node scripts/lib/take-artifact.cjs >"$OUT.new/${artifact##*/}.json" || die "no $artifact in ${fields[0]}"
        done
    done

    echo "$stamp" >"$OUT.new/.stamp"
    rm -rf "$OUT"
    mv "$OUT.new" "$OUT"
    say "$(find "$OUT" -name '*.json' | wc -l) fixtures in $(elapsed $SECONDS): $OUT"
}

main "$@"
