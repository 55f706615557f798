# Sourced after env.sh and phases.sh: what `test`, `check` and `run` are made of.

# What tests said, for the summary at the end.
log=$(mktemp)
trap 'rm -f "$log"' EXIT

skip() {
    if under_ci; then
        say "CI must have what tests need: $*"
        phase_failed=1
    fi
    say "skipped: $*"
    echo "skipped: $*" >>"$log"
}
# Tests report a skip as a line that starts with "skipped: "; `--show-output` lets them through.
logged() { "$@" 2>&1 | tee -a "$log"; }

set_up() {
    phase "set-up: build tools" .ci/tools || phase_end
    phase "set-up: browser and GPU driver" .ci/browser || phase_end
    have_gpu_driver || skip "native GPU tests: there is no Vulkan driver"
    [ -d "$NEOCOG_SHARED" ] || skip "tests with real networks and photographs: $NEOCOG_SHARED is not there"
    has_browser=true
    if ! find_browser >/dev/null || ! find_driver >/dev/null; then
        skip "wasm and end-to-end tests: there is no Chromium with its driver"
        has_browser=false
    fi
}

# The programs' paths are kept in a file: they run without cargo, which would wait for whoever builds meanwhile.
programs=$native_target/neocog-tests
build_native_tests() {
    mkdir -p "$native_target"
    rm -f "$programs"
    CARGO_TARGET_DIR=$native_target cargo test --no-run --lib --tests --benches 2>&1 | tee "$programs.said" || return 1
    sed -n 's/^ *Executable \(unittests src\|tests\).*(\(.*\))$/\2/p' "$programs.said" >"$programs"
}

# Those whose names fit, one after the other, each test with its time: an option that only nightly's have, or so they are told.
run_programs() {
    local program status=0
    [ -s "$programs" ] || return 1
    for program in $(grep -E "/deps/($1)-" "$programs"); do
        say "-- ${program##*/}"
        RUSTC_BOOTSTRAP=1 logged "$program" --show-output -Zunstable-options --report-time || status=1
    done
    return "$status"
}

# All but the end-to-end tests, which need the page.
run_native_tests() { run_programs 'neocog|tidy|data|engine|experiments|reported'; }

native_doc_tests() { CARGO_TARGET_DIR=$native_target cargo test --doc; }

# What has no such tests is not built: each would be a program of its own, linked with everything.
wasm_test_targets() {
    local file
    for file in $(grep -l wasm_bindgen_test tests/*.rs); do
        printf -- '--test %s ' "$(basename "$file" .rs)"
    done
}

wasm_tests=$wasm_target/neocog-tests
# `--no-run`, or the variable that decides whether the tests run on the page or in a worker; they leave that open.
wasm_tests() (
    local more=() targets
    read -ra targets <<<"$(wasm_test_targets)"
    if grep -rq wasm_bindgen_test src; then targets+=(--lib); fi
    case $1 in
    --*) more=("$1") ;;
    *) export "$1=1" ;;
    esac
    export CARGO_TARGET_DIR="$wasm_target" CHROMEDRIVER
    CHROMEDRIVER=$(find_driver)
    export WASM_BINDGEN_TEST_TIMEOUT=${WASM_BINDGEN_TEST_TIMEOUT:-600} WASM_BINDGEN_TEST_DRIVER_TIMEOUT=60
    mkdir -p "$wasm_target"
    logged cargo test --no-fail-fast --target wasm32-unknown-unknown "${more[@]}" "${targets[@]}" | tee "$wasm_tests.said"
)

run_page_tests() {
    export NEOCOG_DIST=$wasm_target/page CHROMIUM CHROMEDRIVER
    CHROMIUM=$(find_browser)
    CHROMEDRIVER=$(find_driver)
    run_programs e2e
}

clippy_native() { CARGO_TARGET_DIR=$native_target cargo clippy --all-targets -- -D warnings; }
# The library's own tests run natively, and are looked at there.
clippy_wasm() {
    local targets
    read -ra targets <<<"$(wasm_test_targets)"
    CARGO_TARGET_DIR=$wasm_target cargo clippy --lib --bins "${targets[@]}" --target wasm32-unknown-unknown -- -D warnings
}

# From here on clippy compiles what is ours: it lints while it builds, so that no dependency is compiled twice.
compile_with_clippy() {
    RUSTC_WORKSPACE_WRAPPER=$(command -v clippy-driver) || die "There is no clippy-driver: rustup component add clippy"
    export RUSTC_WORKSPACE_WRAPPER CLIPPY_ARGS=-Wclippy::all
}

# Whether a build had nothing to warn of.
without_warnings() { ! grep -A 8 '^warning' "$1"; }

# Modules that a macro declares are out of cargo fmt's sight.
format_of_macros() {
    local id
    rustfmt --edition 2024 --check src/graph/op/*.rs src/graph/op/*/*.rs \
        $(for id in $(experiments); do echo "src/protocol/$id.rs" "src/lab/$id.rs" "src/ui/page/$id/mod.rs"; done)
}

# Once more what failed and why, where nobody has to look for it; the slowest tests; what was skipped.
summary() {
    if grep -q '^failures:$' "$log"; then
        say ""
        awk '/^failures:$/ { seen = 1 } /^test result: / { seen = 0 } seen' "$log" | cut -c1-2000 >&2
    fi
    if grep -q ' <[0-9.]*s>$' "$log"; then
        say ""
        say "The slowest tests:"
        sed -n 's/^test \(.*\) \.\.\. .* <\([0-9.]*\)s>$/\2 \1/p' "$log" | sort -rn | head -n 15 |
            while read -r seconds name; do printf '%8ss  %s\n' "$seconds" "$name"; done >&2
    fi
    if grep -q 'skipped: ' "$log"; then
        say ""
        grep -o 'skipped: .*' "$log" | sort | uniq -c >&2
    fi
}
