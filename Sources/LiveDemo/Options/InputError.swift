/// Inputs that a command cannot be used with.
enum InputError: Error, Equatable {
  /// An option that only applies to `--input`, given without it.
  case onlyWithInput(option: String)
  /// Something else was named where a video is played.
  case notAVideo(String, FileNature)
  /// The monitor plays one at a time.
  case severalVideos([String])
  /// `option` is for one input, and there are several.
  case oneInput(option: String, inputs: Int)
}
