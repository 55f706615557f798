// Sum, mean, maximum or minimum of LEN elements that lie INNER apart, one output per invocation.
// Twin: src/graph/op/reduce.rs
// x [outer, LEN, INNER] → y [outer, 1, INNER]

const COUNT: u32 = 4u;
const LEN: u32 = 8u;
const INNER: u32 = 1u;
// 0 sum, 1 mean, 2 maximum, 3 minimum
const MODE: u32 = 0u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;

//:slot epilogue
fn epilogue(v: f32, i: u32) -> f32 {
    return v;
}
//:end

//:lib extremes
fn is_nan(v: f32) -> bool {
    return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn larger(a: f32, b: f32) -> f32 {
    return select(select(max(a, b), b, is_nan(b)), a, is_nan(a));
}

fn smaller(a: f32, b: f32) -> f32 {
    return select(select(min(a, b), b, is_nan(b)), a, is_nan(a));
}
//:lib end

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = id.x + id.y * groups.x * 64u;
    if i >= COUNT {
        return;
    }
    let base = i / INNER * (LEN * INNER) + i % INNER;
    if MODE < 2u {
        // Runs of 32 terms first: two short chains of additions instead of a long one.
        var total = 0.0;
        for (var first = 0u; first < LEN; first += 32u) {
            var part = 0.0;
            for (var k = first; k < min(first + 32u, LEN); k++) {
                part += x[base + k * INNER];
            }
            total += part;
        }
        if MODE == 1u {
            total /= f32(LEN);
        }
        y[i] = epilogue(total, i);
    } else {
        var best = x[base];
        for (var k = 1u; k < LEN; k++) {
            let v = x[base + k * INNER];
            best = select(smaller(best, v), larger(best, v), MODE == 2u);
        }
        y[i] = epilogue(best, i);
    }
}
