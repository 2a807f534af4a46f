import FaceCrop
import Inference
import Runtime

/// The detector that comes with the program.
///
/// - Parameter precision: one that `kernels` support
package func bundledDetector(
  _ precision: Precision = .f32, kernels: KernelSet = .fastest
) throws -> any FaceDetector {
  try YuNetDetector(
    Checkpoint.read(bundled("checkpoints/detector/yunet-s.safetensors")), kernels: kernels,
    precision: precision)
}
