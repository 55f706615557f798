// One optimiser step over packed parameters, in place. Twin: src/graph/op/optimiser_step.rs, which has the formulas.
// y [1 + slots, LEN]: parameters, then what the optimiser keeps for each · g [LEN] · p: rate, beta1, beta2, eps, decay,
// 1 - beta1^t, sqrt(1 - beta2^t), 1 - beta1, 1 - beta2

const LEN: u32 = 64u;
const UPDATE: u32 = 5u;
const DECOUPLED: u32 = 0u;

const SGD: u32 = 0u;
const MOMENTUM: u32 = 1u;
const NESTEROV: u32 = 2u;
const ADAGRAD: u32 = 3u;
const RMSPROP: u32 = 4u;

@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> g: array<f32>;
@group(0) @binding(2) var<storage, read> p: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    // Read once for several elements.
    let rate = p[0];
    let beta1 = p[1];
    let beta2 = p[2];
    let eps = p[3];
    let decay = p[4];
    let correction1 = p[5];
    let root_correction2 = p[6];
    let rest1 = p[7];
    let rest2 = p[8];
    let all = groups.x * groups.y * 64u;
    for (var i = id.x + id.y * groups.x * 64u; i < LEN; i += all) {
        var value = y[i];
        var slope = g[i];
        if DECOUPLED == 1u {
            value -= rate * decay * value;
        } else {
            slope += decay * value;
        }
        if UPDATE == SGD {
            y[i] = value - rate * slope;
        } else if UPDATE == MOMENTUM || UPDATE == NESTEROV {
            let velocity = beta1 * y[LEN + i] + slope;
            y[LEN + i] = velocity;
            y[i] = value - rate * select(velocity, slope + beta1 * velocity, UPDATE == NESTEROV);
        } else if UPDATE == ADAGRAD || UPDATE == RMSPROP {
            let keep = select(beta2, 1.0, UPDATE == ADAGRAD);
            let add = select(rest2, 1.0, UPDATE == ADAGRAD);
            let square = keep * y[LEN + i] + add * slope * slope;
            y[LEN + i] = square;
            y[i] = value - rate * slope / (sqrt(square) + eps);
        } else {
            let mean = beta1 * y[LEN + i] + rest1 * slope;
            let square = beta2 * y[2u * LEN + i] + rest2 * slope * slope;
            y[LEN + i] = mean;
            y[2u * LEN + i] = square;
            y[i] = value - rate / correction1 * mean / (sqrt(square) / root_correction2 + eps);
        }
    }
}
