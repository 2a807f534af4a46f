import FaceCrop
import Inference
import Runtime

/// The detector that comes with the program.
package func bundledDetector() throws -> any FaceDetector {
  try YuNetDetector(Checkpoint.read(bundled("checkpoints/detector/yunet-s.safetensors")))
}
