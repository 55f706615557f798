// What four weights see at output column `j` of a row.

const W: u32 = 9u;
const STRIDE: u32 = 2u;

@group(0) @binding(1) var<storage, read> x: array<f32>;

fn row(j: u32, x0: u32, x1: u32, x2: u32, x3: u32, across0: u32, across1: u32, across2: u32, across3: u32,
    in0: bool, in1: bool, in2: bool, in3: bool) {
    //:lib conv_weights_seen
    let q0 = j * STRIDE + across0;
    let q1 = j * STRIDE + across1;
    let q2 = j * STRIDE + across2;
    let q3 = j * STRIDE + across3;
    let held0 = in0 && q0 < W;
    let held1 = in1 && q1 < W;
    let held2 = in2 && q2 < W;
    let held3 = in3 && q3 < W;
    let mask = vec4<f32>(f32(held0), f32(held1), f32(held2), f32(held3));
    let seen = mask * vec4<f32>(
        x[x0 + select(0u, q0, held0)], x[x1 + select(0u, q1, held1)],
        x[x2 + select(0u, q2, held2)], x[x3 + select(0u, q3, held3)]);
    //:lib end
}
