import Layers

extension Engine {
  /// A network's input from sound, shared by all faces of a frame.
  struct Sound {
    let hearing: EMENetVA.Hearing
    let coefficients: SequenceBuffer
    let feature: UnsafeMutablePointer<Float>  // (128,)
    let bias: UnsafeMutablePointer<Float>  // (heads * 384,)
    /// How far the sound is a voice, from 0 to 1.
    var presence: Float = 0
    /// `feature` and `bias` are still those of the previous sound.
    var isStale = true
    /// The next run updates `feature` and `bias`.
    var isDue = false

    /// Schedules an update if the sound has changed since the member's last run.
    mutating func listen(isNeeded: Bool) {
      isDue = isStale && isNeeded
      if isNeeded { isStale = false }
    }

    func forward(in workspace: EMENetV.Workspace, _ kernels: Kernels, _ worker: inout Worker) {
      guard isDue, let sound = workspace.sound else { return }
      hearing.forward(
        coefficients, presence: hearing.hearsVoicesOnly ? presence : 1, feature: feature,
        bias: bias, in: sound, scratch: workspace.ring, kernels, &worker)
    }
  }
}
