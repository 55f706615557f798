// Where the largest or smallest of LEN elements is that lie INNER apart, the first of equals; one output per invocation.
// Twin: src/graph/op/arg_reduce.rs
// x [outer, LEN, INNER] → y [outer, 1, INNER]

const COUNT: u32 = 4u;
const LEN: u32 = 8u;
const INNER: u32 = 1u;
const SMALLEST: u32 = 0u;
const FLOATS: u32 = 1u;

//:slot element
alias Element = f32;
//:end

@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<Element>;

// NaN is the extreme of all, the first one: it must not be lost. By its bits, for a compiler may assume that no float is NaN.
fn is_nan(v: Element) -> bool {
    return FLOATS == 1u && (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn better(a: Element, b: Element) -> bool {
    return !is_nan(b) && (is_nan(a) || select(a > b, a < b, SMALLEST == 1u));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let base = i / INNER * (LEN * INNER) + i % INNER;
    var best = x[base];
    var at = 0u;
    for (var k = 1u; k < LEN; k++) {
        let v = x[base + k * INNER];
        if better(v, best) {
            best = v;
            at = k;
        }
    }
    y[i] = at;
}
