import CJansson
import Glibc

enum SafetensorsWriter {
  static func write(_ checkpoint: Checkpoint, to path: String) throws(CheckpointError) {
    // Wide numbers first, so that each begins at a multiple of its size.
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
      throw CheckpointError(path, .badHeader(reason: "a name is no UTF-8"))
    }
    defer { free(text) }
    var header = Array(String(cString: text).utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: -header.count & 7)
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    try writeFile(length + header + data, to: path)
  }

  private static func array(_ numbers: [Int]) -> UnsafeMutablePointer<json_t>? {
    let array = json_array()
    for number in numbers { json_array_append_new(array, json_integer(Int64(number))) }
    return array
  }
}

/// All of `bytes`, or nothing: they are written beside `path`, which is replaced at the end.
private func writeFile(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
  var name = Array((path + ".XXXXXX").utf8CString)
  let descriptor = mkstemp(&name)
  guard descriptor >= 0 else { throw CheckpointError(path, .unwritable(errno: errno)) }
  let mask = umask(0)
  umask(mask)
  fchmod(descriptor, 0o666 & ~mask)
  var code: Int32 = 0
  var done = 0
  while done < bytes.count, code == 0 {
    let count = bytes.withUnsafeBytes {
      Glibc.write(descriptor, $0.baseAddress! + done, $0.count - done)
    }
    if count >= 0 { done += count } else if errno != EINTR { code = errno }
  }
  if close(descriptor) != 0, code == 0 { code = errno }
  if code == 0, rename(name, path) != 0 { code = errno }
  guard code == 0 else {
    unlink(name)
    throw CheckpointError(path, .unwritable(errno: code))
  }
}
