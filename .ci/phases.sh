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

# Runs functions that run phases side by side: compilers seldom keep two cores busy. What each said is printed when it has
# ended, and what it logged is in $log.
side_by_side() {
    local scratch lane lanes=() i
    scratch=$(mktemp -d)
    for lane in "$@"; do
        (
            phase_report=
            phase_failed=0
            log=$scratch/$lane.log
            "$lane"
            printf '%s' "$phase_report" >"$scratch/$lane.report"
            exit "$phase_failed"
        ) >"$scratch/$lane.said" 2>&1 &
        lanes+=($!)
    done
    for ((i = 0; i < ${#lanes[@]}; i += 1)); do
        lane=${*:i+1:1}
        wait "${lanes[i]}" || phase_failed=1
        cat "$scratch/$lane.said"
        [ ! -e "$scratch/$lane.log" ] || cat "$scratch/$lane.log" >>"$log"
        [ ! -e "$scratch/$lane.report" ] || phase_report+=$(cat "$scratch/$lane.report")$'\n'
    done
    rm -rf "$scratch"
}

phase_end() {
    say ""
    printf '%s' "$phase_report" >&2
    exit "$phase_failed"
}
