# Sourced by every script here: where things are, and how the scripts speak.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

trunk_version=0.21.14
wasm_bindgen_version=0.2.130
# Goes with the version of wasm_split_helpers in Cargo.lock.
wasm_split_version=0.2.4
binaryen_version=123
esbuild_version=0.28.2

# Tools live outside `target`, so that a clean build does not build them again, and outside ~/.cargo/bin, so that they
# displace nobody's own versions.
tools=${NEOCOG_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/neocog/tools}
export PATH="$tools/bin:$tools/node_modules/.bin:$PATH"

# Native and wasm builds have different flags and would take turns in throwing each other's files away.
native_target=${NATIVE_TARGET:-${CARGO_TARGET_DIR:-$PWD/target}}
wasm_target=${WASM_TARGET:-${CARGO_TARGET_DIR:-$PWD/target}/wasm}
unset CARGO_TARGET_DIR

# Data for the tests that want real networks and photographs; not part of the repository.
export NEOCOG_SHARED=${NEOCOG_SHARED:-$PWD/../shared}

say() { printf '%s\n' "$*" >&2; }
die() {
    say "$*"
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
under_ci() { [ "${CI:-}" = true ] || [ "${CI:-}" = 1 ]; }

# Debian's script, Ubuntu's, Google's own; the first that is there.
find_browser() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if [ -n "$name" ] && have "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

find_driver() {
    local name
    for name in "${CHROMEDRIVER:-}" chromedriver /usr/lib/chromium-browser/chromedriver; do
        if [ -n "$name" ] && have "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

# A Vulkan loader and at least one driver for it; macOS and Windows bring their own APIs.
have_gpu_driver() {
    [ "$(uname -s)" = Linux ] || return 0
    [ -n "${VK_ICD_FILENAMES:-}${VK_DRIVER_FILES:-}" ] && return 0
    # Not through a pipe: `grep -q` hangs up early, and under pipefail that counts as a failure now and then.
    local libraries manifest
    libraries=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null)
    [[ $libraries == *libvulkan.so.1* ]] || return 1
    for manifest in /usr/share/vulkan/icd.d/*.json /usr/local/share/vulkan/icd.d/*.json /etc/vulkan/icd.d/*.json; do
        [ -e "$manifest" ] && return 0
    done
    return 1
}

now() { date +%s; }

# The modules of the rows in src/experiments.rs, in their order.
experiments() {
    sed -n 's/^ *\(.*{ \)\?\([a-z_]*\)  *[A-Z][A-Za-z]*  *[A-Z][a-z]*  *[A-Z][a-z]*.*/\2/p' src/experiments.rs
}
