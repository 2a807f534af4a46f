import CZip

/// A file of `torch.save` since PyTorch 1.6: a zip archive of `NAME/data.pkl`, `NAME/data/KEY` for
/// each storage, and small entries such as `NAME/byteorder`, all stored without compression.
final class TorchArchive: TorchFile {
  static let format = Checkpoint.Format.torchZip

  let path: String
  let size: Int
  private(set) var pickle = Pickle()
  private let zip: OpaquePointer
  /// "NAME/"
  private var folder = ""

  static func recognises(_ prefix: [UInt8]) -> Bool { prefix.starts(with: [0x50, 0x4b, 3, 4]) }

  init(_ file: RandomAccessFile) throws(CheckpointError) {
    (path, size) = (file.path, file.size)
    var code: Int32 = 0
    guard let zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code) else {
      throw CheckpointError(path, .zip(code: code))
    }
    self.zip = zip
    folder = try findFolder()
    if let order = try entry("byteorder", limit: 64), order != Array("little".utf8) {
      throw CheckpointError(path, .bigEndian)
    }
    guard let bytes = try entry("data.pkl", limit: PickleReader.byteLimit) else {
      throw CheckpointError(path, .noPickle)
    }
    var reader = PickleReader(bytes)
    do { pickle = try reader.read() } catch { throw CheckpointError(path, .pickle(error)) }
  }

  deinit { zip_discard(zip) }

  func bytes(of storage: TorchStorage, for tensor: String) throws(CheckpointError) -> [UInt8] {
    do throws(CheckpointError) {
      let bytes = try entry("data/" + storage.key, limit: storage.byteCount)
      guard let bytes else { throw CheckpointError(path, .badStorage) }
      guard bytes.count == storage.byteCount else {
        throw CheckpointError(
          path, .wrongSize(expected: storage.byteCount, found: bytes.count))
      }
      return bytes
    } catch {
      throw CheckpointError(path, tensor: tensor, error.problem)
    }
  }

  private func findFolder() throws(CheckpointError) -> String {
    let file = "data.pkl"
    var folders: [String] = []
    for index in 0..<max(0, zip_get_num_entries(zip, 0)) {
      guard let name = zip_get_name(zip, UInt64(index), 0).map({ String(cString: $0) }) else {
        continue
      }
      if name == file || name.hasSuffix("/" + file) {
        folders.append(String(name.dropLast(file.count)))
      }
    }
    guard folders.count == 1 else { throw CheckpointError(path, .noPickle) }
    return folders[0]
  }

  /// The whole of `NAME/name`, with its CRC checked; nil if there is none.
  private func entry(_ name: String, limit: Int) throws(CheckpointError) -> [UInt8]? {
    let index = zip_name_locate(zip, folder + name, 0)
    guard index >= 0 else { return nil }
    var status = zip_stat_t()
    let needed = UInt64(ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
    guard zip_stat_index(zip, UInt64(index), 0, &status) == 0, status.valid & needed == needed,
      // A compressed entry could grow to any size; PyTorch writes none.
      status.comp_method == ZIP_CM_STORE, status.encryption_method == ZIP_EM_NONE,
      status.size == status.comp_size
    else { throw CheckpointError(path, .badEntry(name)) }
    guard status.size <= min(limit, size) else {
      throw CheckpointError(
        path, .wrongSize(expected: limit, found: Int(clamping: status.size)))
    }
    guard let file = zip_fopen_index(zip, UInt64(index), 0) else {
      throw CheckpointError(path, .zip(code: zip_error_code_zip(zip_get_error(zip))))
    }
    defer { zip_fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Int(status.size))
    let count = zip_fread(file, &bytes, UInt64(bytes.count))
    // libzip compares the CRC once more bytes are requested than there are.
    var more: UInt8 = 0
    guard count >= 0, zip_fread(file, &more, 1) == 0 else {
      throw CheckpointError(path, .zip(code: zip_error_code_zip(zip_file_get_error(file))))
    }
    guard count == bytes.count else { throw CheckpointError(path, .badEntry(name)) }
    return bytes
  }
}

extension CheckpointError.Problem {
  /// libzip's code with its message.
  static func zip(code: Int32) -> Self {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return .zip(code: code, reason: String(cString: zip_error_strerror(&error)))
  }
}
