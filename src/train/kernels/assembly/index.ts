export { gemm, transpose } from './gemm'
export {
  activate,
  activateBackward,
  add,
  columnSums,
  sumSquares,
  squaredLoss,
  absoluteLoss,
  adam,
} from './activation'
export { lstmForward, lstmBackward } from './lstm'
