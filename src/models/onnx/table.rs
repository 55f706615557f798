//! The operators: a name each, and who builds it.

use super::call::{NodeCall, NodeValues};
use super::{
    attention, constant, norm, pointwise, product, quantise, recurrent, reduce, resize, scatter, shape, windows,
};

/// Builds a node whose operator is known.
pub(super) type Rule = fn(&NodeCall, usize) -> NodeValues;

/// Who builds this operator of the standard; `None` where it is not supported.
pub(super) fn rule(op: &str) -> Option<Rule> {
    Some(match op {
        "Abs" | "Neg" | "Sign" | "Exp" | "Log" | "Sqrt" | "Reciprocal" | "Sin" | "Cos" | "Tan" | "Tanh" | "Sigmoid"
        | "Floor" | "Ceil" | "Round" | "Relu" | "Softplus" | "Softsign" | "Mish" | "HardSwish" | "Not" | "IsNaN"
        | "Erf" | "Identity" | "Dropout" => |call, _| pointwise::function(call),
        "LeakyRelu" | "Elu" | "Celu" | "Selu" | "HardSigmoid" | "ThresholdedRelu" | "Swish" | "Shrink" | "Gelu"
        | "PRelu" => |call, _| pointwise::activation(call),
        "Clip" => |call, _| pointwise::clip(call),
        "Add" | "Sub" | "Mul" | "Div" | "Mod" | "Pow" | "Equal" | "Less" | "LessOrEqual" | "Greater"
        | "GreaterOrEqual" | "And" | "Or" | "Xor" => |call, _| pointwise::binary(call),
        "Max" | "Min" | "Sum" | "Mean" => |call, _| pointwise::many(call),
        "Where" => |call, _| pointwise::choice(call),
        "Cast" | "CastLike" => |call, _| pointwise::cast(call),
        "Conv" => |call, _| windows::conv(call),
        "ConvTranspose" => |call, _| windows::conv_transpose(call),
        "MaxPool" | "AveragePool" | "LpPool" => |call, _| windows::pool(call),
        "GlobalAveragePool" | "GlobalMaxPool" => |call, _| windows::global_pool(call),
        "BatchNormalization" => |call, _| norm::batch(call),
        "InstanceNormalization" => |call, _| norm::instance(call),
        "GroupNormalization" => |call, _| norm::group(call),
        "LayerNormalization" | "RMSNormalization" => |call, _| norm::layer(call),
        "LRN" => |call, _| norm::local_response(call),
        "LpNormalization" => |call, _| norm::lp(call),
        "MeanVarianceNormalization" => |call, _| norm::mean_variance(call),
        "Softmax" | "LogSoftmax" => |call, _| norm::softmax(call),
        "Gemm" => |call, _| product::gemm(call),
        "MatMul" => |call, _| product::matmul(call),
        "Einsum" => |call, _| product::einsum(call),
        "Attention" => |call, _| attention::attention(call),
        "Shape" | "Size" => |call, _| shape::shape(call),
        "Reshape" => shape::reshape,
        "Flatten" => |call, _| shape::flatten(call),
        "Squeeze" => |call, _| shape::squeeze(call),
        "Unsqueeze" => |call, _| shape::unsqueeze(call),
        "Transpose" => |call, _| shape::transpose(call),
        "Expand" => |call, _| shape::expand(call),
        "Tile" => |call, _| shape::tile(call),
        "Concat" => |call, _| shape::concat(call),
        "Slice" => |call, _| shape::slice(call),
        "Split" => |call, _| shape::split(call),
        "Gather" => |call, _| shape::gather(call),
        "GatherElements" => |call, _| shape::gather_elements(call),
        "GatherND" => |call, _| scatter::gather(call),
        "ScatterND" => |call, _| scatter::scatter(call),
        "ScatterElements" | "Scatter" => |call, _| scatter::elements(call),
        "DepthToSpace" => |call, _| shape::depth_to_space(call),
        "SpaceToDepth" => |call, _| shape::space_to_depth(call),
        "Pad" => |call, _| shape::pad(call),
        "Range" => |call, _| shape::range(call),
        "NonZero" => |call, _| shape::non_zero(call),
        "Constant" => |call, _| constant::constant(call),
        "ConstantOfShape" => |call, _| constant::of_shape(call),
        "ReduceSum" | "ReduceMean" | "ReduceMax" | "ReduceMin" | "ReduceProd" | "ReduceL1" | "ReduceL2"
        | "ReduceSumSquare" | "ReduceLogSum" | "ReduceLogSumExp" => |call, _| reduce::reduce(call),
        "ArgMax" | "ArgMin" => |call, _| reduce::arg(call),
        "TopK" => |call, _| reduce::top(call),
        "Trilu" => |call, _| reduce::triangle(call),
        "CumSum" => |call, _| reduce::cumulative_sum(call),
        "Resize" | "Upsample" => |call, _| resize::resize(call),
        "DequantizeLinear" => |call, _| quantise::dequantise(call),
        "QuantizeLinear" => |call, _| quantise::quantise(call),
        "DynamicQuantizeLinear" => |call, _| quantise::dynamic(call),
        "QLinearConv" => |call, _| quantise::conv(call),
        "QLinearMatMul" => |call, _| quantise::matmul(call),
        "ConvInteger" | "MatMulInteger" => |call, _| quantise::whole(call),
        "LSTM" | "GRU" | "RNN" => |call, _| recurrent::recurrent(call),
        _ => return None,
    })
}
