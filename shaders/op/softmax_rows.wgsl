// Softmax or its logarithm of rows, one row per invocation: for software adapters, where a barrier costs more than the loads it
// spreads. Twin: src/graph/op/softmax.rs
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

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = id.x + id.y * groups.x * 64u;
    if row >= ROWS {
        return;
    }
    let first = row * LEN;
    // The row maximum first: exp overflows f32 above 88.7.
    var top = x[first];
    for (var i = first + 1u; i < first + LEN; i++) {
        top = larger(top, x[i]);
    }
    // Runs of 32 terms first: two short chains of additions instead of a long one.
    var total = 0.0;
    for (var start = 0u; start < LEN; start += 32u) {
        var part = 0.0;
        for (var k = start; k < min(start + 32u, LEN); k++) {
            part += exp_of(x[first + k] - top);
        }
        total += part;
    }
    let log_total = select(log(total), total, is_nan(total));
    for (var i = first; i < first + LEN; i++) {
        let shifted = x[i] - top;
        if LOG == 1u {
            y[i] = epilogue(shifted - log_total, i);
        } else {
            y[i] = epilogue(exp_of(shifted) / total, i);
        }
    }
}
