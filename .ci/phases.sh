# Sourced: runs named phases, goes on after a failure, prints what each took, and ends with the right exit code.

phase_report=
phase_failed=0

phase() {
    local name=$1 start status
    shift
    say ""
    say "== $name"
    start=$(now)
    status=ok
    "$@" || { status=FAILED && phase_failed=1; }
    phase_report+=$(printf '%6ss  %-7s %s' "$(($(now) - start))" "$status" "$name")$'\n'
    [ "$status" = ok ]
}

phase_end() {
    say ""
    printf '%s' "$phase_report" >&2
    exit "$phase_failed"
}
