// What four output pixels see through tap (u, v): where in the first channel, and whether inside the picture.

const H: u32 = 9u;
const W: u32 = 9u;
const DILATION: u32 = 1u;

fn taps(u: u32, v: u32, base: u32, r0: u32, r1: u32, r2: u32, r3: u32, q0: u32, q1: u32, q2: u32, q3: u32) {
    //:lib conv_taps
    // Whether this tap lies inside the picture is the same for all channels: zeros come from a mask.
    let down = u * DILATION;
    let across = v * DILATION;
    let in0 = r0 + down < H && q0 + across < W;
    let in1 = r1 + down < H && q1 + across < W;
    let in2 = r2 + down < H && q2 + across < W;
    let in3 = r3 + down < H && q3 + across < W;
    let mask = vec4<f32>(f32(in0), f32(in1), f32(in2), f32(in3));
    var i0 = base + select(0u, (r0 + down) * W + q0 + across, in0);
    var i1 = base + select(0u, (r1 + down) * W + q1 + across, in1);
    var i2 = base + select(0u, (r2 + down) * W + q2 + across, in2);
    var i3 = base + select(0u, (r3 + down) * W + q3 + across, in3);
    //:lib end
}
