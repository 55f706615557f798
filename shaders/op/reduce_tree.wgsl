// Sum, mean, maximum or minimum of LEN elements that lie INNER apart, one output per workgroup: for long rows.
// Twin: src/graph/op/reduce.rs
// x [outer, LEN, INNER] → y [outer, 1, INNER]

const COUNT: u32 = 4u;
const LEN: u32 = 512u;
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

var<workgroup> parts: array<f32, 64>;

fn join(a: f32, b: f32) -> f32 {
    if MODE < 2u {
        return a + b;
    }
    return select(smaller(a, b), larger(a, b), MODE == 2u);
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
    var part = x[base + local * INNER];
    for (var k = local + 64u; k < LEN; k += 64u) {
        part = join(part, x[base + k * INNER]);
    }
    parts[local] = part;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            parts[local] = join(parts[local], parts[local + half]);
        }
    }
    if local == 0u && held {
        y[i] = epilogue(select(parts[0], parts[0] / f32(LEN), MODE == 1u), i);
    }
}
