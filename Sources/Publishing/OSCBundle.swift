import CLiblo
import Inference

/// Encodes a frame as one Open Sound Control bundle with the camera's time as its time tag.
///
/// | address | arguments |
/// |---|---|
/// | `/emenet/frame` | frame, time in s (double), number of faces |
/// | `/emenet/face/ID/expression` | label, 7 probabilities, aleatoric, epistemic |
/// | `/emenet/face/ID/au` | for each of the 12 units: probability, aleatoric, epistemic |
/// | `/emenet/face/ID/valence`, `/arousal` | value, aleatoric, epistemic |
/// | `/emenet/face/ID/head` | yaw, pitch, roll in degrees, if known |
enum OSCBundle {
  /// NTP counts seconds from 1900: RFC 5905, figure 4.
  private static let secondsFrom1900To1970 = 2_208_988_800.0

  /// The bytes of one packet.
  static func bytes(of publication: Publication) -> [UInt8] {
    let bundle = lo_bundle_new(timeTag(publication.takenAt))
    defer { lo_bundle_free_recursive(bundle) }
    add("/emenet/frame", to: bundle) { message in
      lo_message_add_int32(message, Int32(clamping: publication.frame))
      lo_message_add_double(message, publication.time)
      lo_message_add_int32(message, Int32(publication.faces.count))
    }
    for face in publication.faces { add(face, to: bundle) }
    return [UInt8](unsafeUninitializedCapacity: lo_bundle_length(bundle)) { buffer, count in
      lo_bundle_serialise(bundle, buffer.baseAddress, &count)
    }
  }

  /// - Parameter seconds: since 1970
  static func timeTag(_ seconds: Double) -> lo_timetag {
    let whole = seconds.rounded(.down)
    return lo_timetag(
      sec: UInt32(truncatingIfNeeded: Int64(whole + secondsFrom1900To1970)),
      frac: UInt32((seconds - whole) * 4_294_967_296))
  }

  private static func add(_ face: Publication.Face, to bundle: lo_bundle?) {
    let path = "/emenet/face/\(face.id)/"
    let emotion = face.emotion
    add(path + "expression", to: bundle) { message in
      lo_message_add_string(message, emotion.expression.label.name)
      add(emotion.expression.probabilities, to: message)
      add(emotion.expression.uncertainty, to: message)
    }
    add(path + "au", to: bundle) { message in
      for unit in emotion.actionUnits {
        lo_message_add_float(message, unit.probability)
        add(unit.uncertainty, to: message)
      }
    }
    for (name, estimate) in [("valence", emotion.valence), ("arousal", emotion.arousal)] {
      add(path + name, to: bundle) { message in
        lo_message_add_float(message, estimate.value)
        add(estimate.uncertainty, to: message)
      }
    }
    if let head = face.head {
      add(path + "head", to: bundle) { add([head.yaw, head.pitch, head.roll], to: $0) }
    }
  }

  /// Adds a message to the bundle, which takes ownership of it.
  private static func add(
    _ path: String, to bundle: lo_bundle?, _ arguments: (lo_message?) -> Void
  ) {
    let message = lo_message_new()
    arguments(message)
    lo_bundle_add_message(bundle, path, message)
  }

  private static func add(_ values: [Float], to message: lo_message?) {
    for value in values { lo_message_add_float(message, value) }
  }

  private static func add(_ uncertainty: Uncertainty, to message: lo_message?) {
    add([uncertainty.aleatoric, uncertainty.epistemic], to: message)
  }
}
