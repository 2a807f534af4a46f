/// The kinds of finished picture, by the ending of the name.
enum PictureFormat: String, CaseIterable, Sendable {
  case png, svg, pdf

  init(path: String) throws(PictureFormatError) {
    let name = path.split(separator: "/").last ?? ""
    let ending = name.contains(".") ? name.split(separator: ".").last.map { $0.lowercased() } : nil
    guard let ending, let format = Self(rawValue: ending) else {
      throw .unknownFormat(path: path, known: Self.allCases.map { "." + $0.rawValue })
    }
    self = format
  }
}

enum PictureFormatError: Error, Equatable {
  /// The ending of the name is none of `known`.
  case unknownFormat(path: String, known: [String])
}
