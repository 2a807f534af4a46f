import CPNG
import Foundation
import Imaging

/// Files in `../shared` next to the checkout; missing on a user's machine.
enum Shared {
  static let folder: URL =
    ProcessInfo.processInfo.environment["EMENET_SHARED"].map { URL(filePath: $0) }
    ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared")

  static var isHere: Bool { FileManager.default.fileExists(atPath: folder.path) }
}

struct UnreadableFile: Error {
  var path: String
}

extension Image {
  /// A PNG file.
  init(png path: String) throws {
    var header = png_image()
    header.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&header) }
    guard png_image_begin_read_from_file(&header, path) != 0 else {
      throw UnreadableFile(path: path)
    }
    header.format = 0x13  // PNG_FORMAT_BGRA: alpha, colour, blue first
    self.init(width: Int(header.width), height: Int(header.height))
    let bytesPerRow = Int32(self.bytesPerRow)
    let done = withUnsafeMutableBytes {
      png_image_finish_read(&header, nil, $0.baseAddress, bytesPerRow, nil)
    }
    guard done != 0 else { throw UnreadableFile(path: path) }
  }
}

/// The float tensors of a safetensors file.
func readTensors(_ url: URL) throws -> [String: [Float]] {
  struct Entry: Decodable {
    var offsets: [Int]
    enum CodingKeys: String, CodingKey { case offsets = "data_offsets" }
  }
  let data = try Data(contentsOf: url)
  let headerSize = data.prefix(8).withUnsafeBytes { Int($0.loadUnaligned(as: UInt64.self)) }
  let entries = try JSONDecoder().decode(
    [String: Entry].self, from: data.subdata(in: 8..<8 + headerSize))
  return entries.mapValues { entry in
    let bytes = data.subdata(
      in: 8 + headerSize + entry.offsets[0]..<8 + headerSize + entry.offsets[1])
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }
}
