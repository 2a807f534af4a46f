import CZip
import Glibc

/// Writes what `torch.load` reads: `{'state_dict': {…}, 'epoch': …, 'metadata': {…}}`.
enum TorchArchiveWriter {
  static func write(_ checkpoint: Checkpoint, to path: String) throws(CheckpointError) {
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
    try writeArchive(entries, to: path)
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

  /// Entries as they are, without compression and dates, so that equal content gives equal files.
  /// libzip writes beside `path` and renames at the end.
  static func writeArchive(
    _ entries: [(name: String, bytes: [UInt8])], to path: String
  ) throws(CheckpointError) {
    var code: Int32 = 0
    guard let zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
      throw CheckpointError(path, errno == 0 ? .zip(code: code) : .unwritable(errno: errno))
    }
    for (name, bytes) in entries {
      // libzip frees the copy, which must live until the archive is closed; of nothing it makes none.
      let copy = bytes.isEmpty ? nil : malloc(bytes.count)
      if let copy { bytes.withUnsafeBytes { _ = memcpy(copy, $0.baseAddress!, $0.count) } }
      let source = zip_source_buffer(zip, copy, UInt64(bytes.count), 1)
      let index = zip_file_add(zip, name, source, UInt32(ZIP_FL_ENC_UTF_8))
      guard index >= 0,
        zip_set_file_compression(zip, UInt64(index), ZIP_CM_STORE, 0) == 0,
        // 1 January 1980, the first day that a zip can name.
        zip_file_set_dostime(zip, UInt64(index), 0, 0x21, 0) == 0
      else {
        let code = zip_error_code_zip(zip_get_error(zip))
        if index < 0 { zip_source_free(source) }
        zip_discard(zip)
        throw CheckpointError(path, .zip(code: code))
      }
    }
    guard zip_close(zip) == 0 else {
      let error = zip_get_error(zip)
      let (code, system) = (zip_error_code_zip(error), zip_error_code_system(error))
      zip_discard(zip)
      throw CheckpointError(path, system > 0 ? .unwritable(errno: system) : .zip(code: code))
    }
  }
}
