// Where four weights look along output row `line`, and where its gradients begin.

const BATCH: u32 = 1u;
const GROUPS: u32 = 1u;
const C_IN: u32 = 8u;
const C_OUT: u32 = 16u;
const H: u32 = 9u;
const W: u32 = 9u;
const KH: u32 = 3u;
const KW: u32 = 3u;
const OH: u32 = 4u;
const OW: u32 = 4u;
const STRIDE: u32 = 2u;
const DILATION: u32 = 1u;
const TOP: u32 = 0u;
const LEFT: u32 = 0u;

fn row(place: u32, line: u32, first: u32, n0: u32, n1: u32, n2: u32, n3: u32, down0: u32, down1: u32, down2: u32, down3: u32,
    in0: bool, in1: bool, in2: bool, in3: bool) {
    //:lib conv_weights_row
    let x0 = (place * C_IN + n0 / (KH * KW)) * H * W + select(0u, first + down0, in0) * W;
    let x1 = (place * C_IN + n1 / (KH * KW)) * H * W + select(0u, first + down1, in1) * W;
    let x2 = (place * C_IN + n2 / (KH * KW)) * H * W + select(0u, first + down2, in2) * W;
    let x3 = (place * C_IN + n3 / (KH * KW)) * H * W + select(0u, first + down3, in3) * W;
    var at = place * C_OUT * OH * OW + line % OH * OW;
    //:lib end
}
