/// The kinds of finished picture, by the ending of the name.
enum PictureFormat: String, CaseIterable, Sendable {
  case png, svg, pdf

  init?(path: String) {
    let name = path.split(separator: "/").last ?? ""
    guard name.contains("."), let ending = name.split(separator: ".").last?.lowercased() else {
      return nil
    }
    self.init(rawValue: ending)
  }
}
