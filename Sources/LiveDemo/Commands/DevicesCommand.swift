import Capture
import Options
import Reading
import Runtime
import Screen

struct DevicesCommand: Command {
  var arguments = Arguments()

  static let name = "devices"
  static let summary = "Lists the cameras with node, bus and formats, and the microphones."
  static let options: [Option<Self>] = []

  func run() throws -> ExitCode {
    let cameras = Result { try CameraDevice.all() }
    for camera in (try? cameras.get()) ?? [] {
      try StandardOutput.writeLine(camera.name)
      try StandardOutput.writeLine("  node     \(camera.node)\n  bus      \(camera.bus)")
      if let id = camera.id { try StandardOutput.writeLine("  id       \(id)") }
      for offer in camera.formats {
        for size in offer.sizes {
          try StandardOutput.writeLine("  format   \(offer.pixelFormat) \(Self.words(size))")
        }
      }
    }
    for microphone in MicrophoneDevice.all() {
      try StandardOutput.writeLine("\(microphone.name)\n  audio    \(microphone.device)")
    }
    if try cameras.get().isEmpty { throw CameraError.noDevice(tried: []) }
    return .done
  }

  /// "640x480 at 30, 15 fps"
  private static func words(_ size: SizeOffer) -> String {
    let (widths, heights) = (size.widths, size.heights)
    let low = "\(widths.lowerBound)x\(heights.lowerBound)"
    let high = "\(widths.upperBound)x\(heights.upperBound)"
    let rates = size.rates.map(tenths).joined(separator: ", ")
    return (low == high ? low : "\(low) to \(high)") + (rates.isEmpty ? "" : " at \(rates) fps")
  }
}
