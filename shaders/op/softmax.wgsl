// Softmax or its logarithm of rows, one row per workgroup. Twin: src/graph/op/softmax.rs
// x [ROWS, LEN] → y [ROWS, LEN]

const ROWS: u32 = 3u;
const LEN: u32 = 10u;
const LOG: u32 = 0u;

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

//:lib softmax_exp
fn exp_of(v: f32) -> f32 {
    return select(exp(max(v, -87.0)), v, is_nan(v));
}
//:lib end

var<workgroup> parts: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let row = group.x + group.y * groups.x;
    let held = row < ROWS;
    let base = select(0u, row * LEN, held);

    // The row maximum first: exp overflows f32 above 88.7.
    var best = x[base];
    for (var k = local; k < LEN; k += 64u) {
        best = larger(best, x[base + k]);
    }
    parts[local] = best;
    for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if local < half {
            parts[local] = larger(parts[local], parts[local + half]);
        }
    }
    workgroupBarrier();
    let top = parts[0];
    workgroupBarrier();

    var sum = 0.0;
    for (var k = local; k < LEN; k += 64u) {
        sum += exp_of(x[base + k] - top);
    }
    parts[local] = sum;
    //:lib workgroup_sum
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
        if local < half {
            parts[local] += parts[local + half];
        }
        workgroupBarrier();
    }
    //:lib end
    let total = parts[0];

    if held {
        for (var k = local; k < LEN; k += 64u) {
            let shifted = x[base + k] - top;
            if LOG == 1u {
                y[base + k] = epilogue(shifted - select(log(total), total, is_nan(total)), base + k);
            } else {
                y[base + k] = epilogue(exp_of(shifted) / total, base + k);
            }
        }
    }
}
