// Four neighbouring weights of a filter, and where they look.

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

const DEPTH: u32 = C_IN * KH * KW;

fn weights(column: u32) {
    //:lib conv_weights
    // Weights and filters beyond the last compute the last one again and do not store it.
    let n0 = min(column + 0u, DEPTH - 1u);
    let n1 = min(column + 1u, DEPTH - 1u);
    let n2 = min(column + 2u, DEPTH - 1u);
    let n3 = min(column + 3u, DEPTH - 1u);
    // Where each weight looks, relative to the output pixel; above and left of the picture these wrap round and are too large
    // as well.
    let down0 = n0 / KW % KH * DILATION - TOP;
    let down1 = n1 / KW % KH * DILATION - TOP;
    let down2 = n2 / KW % KH * DILATION - TOP;
    let down3 = n3 / KW % KH * DILATION - TOP;
    let across0 = n0 % KW * DILATION - LEFT;
    let across1 = n1 % KW * DILATION - LEFT;
    let across2 = n2 % KW * DILATION - LEFT;
    let across3 = n3 % KW * DILATION - LEFT;
    //:lib end
}
