// Where the largest or smallest of LEN elements is that lie INNER apart, the first of equals; one output per workgroup: for
// long rows. Twin: src/graph/op/arg_reduce.rs
// x [outer, LEN, INNER] → y [outer, 1, INNER]; LEN is at least 64.

const COUNT: u32 = 4u;
const LEN: u32 = 512u;
const INNER: u32 = 1u;
const SMALLEST: u32 = 0u;
const FLOATS: u32 = 1u;

//:slot element
alias Element = f32;
//:end

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<Element>;

var<workgroup> best: array<Element, 64>;
var<workgroup> at: array<u32, 64>;

// NaN is the extreme of all, the first one: it must not be lost. By its bits, for a compiler may assume that no float is NaN.
fn is_nan(v: Element) -> bool {
    return FLOATS == 1u && (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn better(a: Element, b: Element) -> bool {
    return !is_nan(b) && (is_nan(a) || select(a > b, a < b, SMALLEST == 1u));
}

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let i = group.x + group.y * groups.x;
    let held = i < COUNT;
    let base = select(0u, i / INNER * (LEN * INNER) + i % INNER, held);
    var mine = x[base + local * INNER];
    var mine_at = local;
    for (var k = local + 64u; k < LEN; k += 64u) {
        let v = x[base + k * INNER];
        if better(v, mine) {
            mine = v;
            mine_at = k;
        }
    }
    best[local] = mine;
    at[local] = mine_at;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            let other = best[local + half];
            let other_at = at[local + half];
            let alike = other == best[local] || (is_nan(other) && is_nan(best[local]));
            let ahead = alike && other_at < at[local];
            if ahead || better(other, best[local]) {
                best[local] = other;
                at[local] = other_at;
            }
        }
    }
    if local == 0u && held {
        y[i] = at[0];
    }
}
