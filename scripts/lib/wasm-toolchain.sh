# shellcheck shell=bash
# Finds, or installs, what compiles a contract: a Rust compiler with its own sources, from which the standard library
# is rebuilt for size, and a linker for WASM. Sets WASM_RUSTC, WASM_CARGO, WASM_SYSROOT, WASM_LINKER. Sourced.

# `-C panic=immediate-abort` came with this release.
OLDEST_RUSTC=1.92

wasm_toolchain() {
    find_compiler || install_compiler
    find_linker || install_linker
}

# The compiler of the PATH, then the other toolchains of rustup, then the distribution's.
find_compiler() {
    local rustc
    while read -r rustc; do
        if usable_compiler "$rustc"; then return 0; fi
    done < <(
        if have rustc; then (cd "$REPO" && echo "$(rustc --print sysroot 2>/dev/null)/bin/rustc"); fi
        rustup_toolchains | sed 's|$|/bin/rustc|'
        echo /usr/bin/rustc
    )
    return 1
}

usable_compiler() {
    [ -x "$1" ] || return 1
    local sysroot version
    sysroot=$("$1" --print sysroot) || return 1
    [ -f "$sysroot/lib/rustlib/src/rust/library/std/Cargo.toml" ] || return 1
    [ -x "${1%rustc}cargo" ] || return 1
    version=$("$1" --version | cut -d' ' -f2)
    [ "$(printf '%s\n' $OLDEST_RUSTC "$version" | sort -V | head -n1)" = $OLDEST_RUSTC ] || return 1
    # shellcheck disable=SC2034 # for the script that sources this
    WASM_RUSTC=$1 WASM_CARGO=${1%rustc}cargo WASM_SYSROOT=$sysroot
}

install_compiler() {
    if have rustup; then
        say "adding the compiler's sources (rustup component add rust-src)"
        # Where rustup's server is out of reach, it may take minutes to say so.
        (cd "$REPO" && RUSTUP_MAX_RETRIES=1 timeout 90 rustup component add rust-src >/dev/null 2>&1 </dev/null) || true
        if find_compiler; then return; fi
    fi
    say "installing Debian's compiler and its sources (rustc-web, cargo-web, rust-web-src)"
    apt_install rustc-web cargo-web rust-web-src || true
    find_compiler || die "no Rust compiler $OLDEST_RUSTC or newer with its sources:" \
        "run 'rustup component add rust-src', or install Debian's rustc-web, cargo-web and rust-web-src"
}

find_linker() {
    local linker
    for linker in "$WASM_SYSROOT"/lib/rustlib/*/bin/rust-lld $(rustup_toolchains | sed 's|$|/lib/rustlib/*/bin/rust-lld|') \
        /usr/bin/wasm-ld /usr/bin/wasm-ld-[0-9]*; do
        if [ -x "$linker" ]; then
            WASM_LINKER=$linker
            return 0
        fi
    done
    return 1
}

install_linker() {
    say "installing Debian's linker (lld)"
    apt_install lld || true
    find_linker || die "no linker for WASM: install a rustup toolchain (it has rust-lld) or the package lld"
}

rustup_toolchains() {
    if have rustup; then find "${RUSTUP_HOME:-$HOME/.rustup}/toolchains" -mindepth 1 -maxdepth 1 2>/dev/null | sort; fi
}

# What the result depends on, in words that do not depend on where it is installed.
wasm_toolchain_id() {
    "$WASM_RUSTC" -vV
    case $WASM_LINKER in
    *rust-lld) "$WASM_LINKER" -flavor wasm --version ;;
    *) "$WASM_LINKER" --version ;;
    esac
}
