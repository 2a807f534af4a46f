import CZip
import Glibc

/// Writes a file that `torch.load` reads: `{'state_dict': {…}, 'epoch': …, 'metadata': {…}}`.
enum TorchArchiveWriter {
  /// - Parameter path: the destination, named in errors
  static func bytes(
    _ checkpoint: Checkpoint, for path: String
  ) throws(CheckpointError) -> [UInt8] {
    let folder = "checkpoint/"
    let tensors = checkpoint.sortedTensors
    var entries: [(name: String, bytes: [UInt8])] = [
      (folder + "data.pkl", pickle(tensors, checkpoint.metadata)),
      (folder + "byteorder", Array("little".utf8)),
    ]
    for (index, (_, tensor)) in tensors.enumerated() {
      entries.append((folder + "data/\(index)", tensor.type.encode(tensor.values)))
    }
    entries.append((folder + "version", Array("3\n".utf8)))
    return try archive(entries, for: path)
  }

  static func pickle(
    _ tensors: [(name: String, tensor: Tensor)], _ metadata: [String: String]
  ) -> [UInt8] {
    var pickle = PickleWriter()
    pickle.dictionary { pickle in
      pickle.text("state_dict")
      pickle.orderedDictionary {
        for (index, (name, tensor)) in tensors.enumerated() {
          $0.text(name)
          $0.tensor(tensor, storage: String(index))
        }
      }
      var words = metadata
      if let epoch = words["epoch"].flatMap({ Int($0) }) {
        words["epoch"] = nil
        pickle.text("epoch")
        pickle.integer(epoch)
      }
      guard !words.isEmpty else { return }
      pickle.text("metadata")
      pickle.dictionary {
        for (key, value) in words.sorted(by: { $0.key < $1.key }) {
          $0.text(key)
          $0.text(value)
        }
      }
    }
    pickle.opcode(".")
    return pickle.bytes
  }

  /// Stores entries uncompressed and without dates, so that equal content gives equal files.
  static func archive(
    _ entries: [(name: String, bytes: [UInt8])], for path: String
  ) throws(CheckpointError) -> [UInt8] {
    var error = zip_error_t()
    guard let target = zip_source_buffer_create(nil, 0, 0, &error),
      let zip = zip_open_from_source(target, ZIP_TRUNCATE, &error)
    else { throw CheckpointError(path, .zip(code: error.zip_err)) }
    // Closing the archive would free the buffer that it was written to.
    zip_source_keep(target)
    defer { zip_source_free(target) }
    for (name, bytes) in entries {
      // libzip frees the copy, which must live until the archive is closed. Empty entries have
      // none.
      let copy = bytes.isEmpty ? nil : malloc(bytes.count)
      if let copy { bytes.withUnsafeBytes { _ = memcpy(copy, $0.baseAddress!, $0.count) } }
      let source = zip_source_buffer(zip, copy, UInt64(bytes.count), 1)
      let index = zip_file_add(zip, name, source, UInt32(ZIP_FL_ENC_UTF_8))
      guard index >= 0,
        zip_set_file_compression(zip, UInt64(index), ZIP_CM_STORE, 0) == 0,
        // 1 January 1980, the earliest date that a zip can represent.
        zip_file_set_dostime(zip, UInt64(index), 0, 0x21, 0) == 0
      else {
        let code = zip_error_code_zip(zip_get_error(zip))
        if index < 0 { zip_source_free(source) }
        zip_discard(zip)
        throw CheckpointError(path, .zip(code: code))
      }
    }
    guard zip_close(zip) == 0 else {
      let code = zip_error_code_zip(zip_get_error(zip))
      zip_discard(zip)
      throw CheckpointError(path, .zip(code: code))
    }
    return try contents(of: target, for: path)
  }

  private static func contents(
    of source: OpaquePointer, for path: String
  ) throws(CheckpointError) -> [UInt8] {
    var status = zip_stat_t()
    guard zip_source_stat(source, &status) == 0, zip_source_open(source) == 0 else {
      throw CheckpointError(path, .zip(code: zip_error_code_zip(zip_source_error(source))))
    }
    defer { zip_source_close(source) }
    var bytes = [UInt8](repeating: 0, count: Int(status.size))
    guard zip_source_read(source, &bytes, status.size) == Int64(bytes.count) else {
      throw CheckpointError(path, .zip(code: zip_error_code_zip(zip_source_error(source))))
    }
    return bytes
  }
}
