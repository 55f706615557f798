// What four pixels of one phase see of the output's gradient through a tap: where in the first channel, and whether there is any.

const STRIDE: u32 = 2u;
const OH: u32 = 4u;
const OW: u32 = 4u;

fn taps(down: u32, across: u32, base: u32, r0: u32, r1: u32, r2: u32, r3: u32, q0: u32, q1: u32, q2: u32, q3: u32) {
    //:lib conv_phase_taps
    // Above and left of the first output the differences wrap round and are too large as well.
    let in0 = (r0 - down) / STRIDE < OH && (q0 - across) / STRIDE < OW;
    let in1 = (r1 - down) / STRIDE < OH && (q1 - across) / STRIDE < OW;
    let in2 = (r2 - down) / STRIDE < OH && (q2 - across) / STRIDE < OW;
    let in3 = (r3 - down) / STRIDE < OH && (q3 - across) / STRIDE < OW;
    let mask = vec4<f32>(f32(in0), f32(in1), f32(in2), f32(in3));
    var i0 = base + select(0u, (r0 - down) / STRIDE * OW + (q0 - across) / STRIDE, in0);
    var i1 = base + select(0u, (r1 - down) / STRIDE * OW + (q1 - across) / STRIDE, in1);
    var i2 = base + select(0u, (r2 - down) / STRIDE * OW + (q2 - across) / STRIDE, in2);
    var i3 = base + select(0u, (r3 - down) / STRIDE * OW + (q3 - across) / STRIDE, in3);
    //:lib end
}
