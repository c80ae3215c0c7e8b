/**
 * Operators of ONNX's own domain that an autoencoder may consist of. All of them compute from their inputs alone: none
 * holds a graph, reads a file, draws a random number or makes anything but tensors.
 */
export const ALLOWED_OPERATORS: ReadonlySet<string> = new Set(
  [
    'Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast CastLike Ceil Celu Clip Concat Constant ConstantOfShape Conv',
    'ConvInteger ConvTranspose Cos CumSum DepthToSpace DequantizeLinear Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp',
    'Expand Flatten Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool Greater GreaterOrEqual',
    'GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization LSTM LayerNormalization LeakyRelu Less LessOrEqual Log',
    'LogSoftmax LpNormalization LpPool MatMul MatMulInteger Max MaxPool Mean MeanVarianceNormalization Min Mish Mod Mul Neg Not Or PRelu',
    'Pad Pow QLinearConv QLinearMatMul QuantizeLinear RMSNormalization RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum',
    'ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Resize Round ScatterElements',
    'ScatterND Selu Shape Sigmoid Sign Sin Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Swish Tan Tanh',
    'ThresholdedRelu Tile Transpose Trilu Unsqueeze Upsample Where Xor',
  ].flatMap((line) => line.split(' ')),
)

/** The spellings of ONNX's own domain. */
export const OWN_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx'])
