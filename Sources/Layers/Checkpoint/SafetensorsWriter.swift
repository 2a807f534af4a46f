import CJansson
import Glibc

enum SafetensorsWriter {
  /// - Parameter path: the destination, named in errors
  static func bytes(
    _ checkpoint: Checkpoint, for path: String
  ) throws(CheckpointError) -> [UInt8] {
    // Wide numbers come first, so that each starts at a multiple of its size.
    let tensors = checkpoint.sortedTensors.sorted {
      $0.tensor.type.byteCount > $1.tensor.type.byteCount
    }
    var data: [UInt8] = []
    let root = json_object()
    defer { json_decref(root) }
    if !checkpoint.metadata.isEmpty {
      let words = json_object()
      for (key, value) in checkpoint.metadata {
        json_object_set_new(words, key, json_string(value))
      }
      json_object_set_new(root, SafetensorsReader.metadataKey, words)
    }
    for (name, tensor) in tensors {
      guard name != SafetensorsReader.metadataKey else {
        throw CheckpointError(path, tensor: name, .duplicate)
      }
      let bytes = tensor.type.encode(tensor.values)
      let entry = json_object()
      json_object_set_new(entry, "dtype", json_string(tensor.type.rawValue))
      json_object_set_new(entry, "shape", array(tensor.shape))
      json_object_set_new(entry, "data_offsets", array([data.count, data.count + bytes.count]))
      json_object_set_new(root, name, entry)
      data += bytes
    }
    guard let text = json_dumps(root, Int(JSON_COMPACT | JSON_SORT_KEYS)) else {
      throw CheckpointError(path, .badHeader(reason: "a name is not UTF-8"))
    }
    defer { free(text) }
    var header = Array(String(cString: text).utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: -header.count & 7)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    return length + header + data
  }

  private static func array(_ numbers: [Int]) -> UnsafeMutablePointer<json_t>? {
    let array = json_array()
    for number in numbers { json_array_append_new(array, json_integer(Int64(number))) }
    return array
  }
}
