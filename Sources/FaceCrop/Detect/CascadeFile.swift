import CExpat
import Glibc

public enum CascadeError: Error, Equatable {
  case unreadable(path: String, errno: Int32)
  /// Not an OpenCV cascade of upright Haar features; `line` as the parser counts.
  case malformed(path: String, line: Int, reason: String)
}

extension HaarCascade {
  /// Reads OpenCV's cascade XML (`<cascade type_id="opencv-cascade-classifier">`).
  static func read(_ path: String) throws(CascadeError) -> HaarCascade {
    guard let file = fopen(path, "rbe") else { throw .unreadable(path: path, errno: errno) }
    defer { fclose(file) }
    let parser = XML_ParserCreate(nil)
    defer { XML_ParserFree(parser) }

    let content = CascadeContent()
    XML_SetUserData(parser, Unmanaged.passUnretained(content).toOpaque())
    XML_SetElementHandler(
      parser,
      { content, name, _ in CascadeContent.at(content).begin(String(cString: name!)) },
      { content, _ in CascadeContent.at(content).end() })
    XML_SetCharacterDataHandler(parser) { content, text, count in
      let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
      CascadeContent.at(content).text += String(decoding: bytes, as: UTF8.self)
    }
    func malformed(_ reason: String) -> CascadeError {
      .malformed(path: path, line: Int(XML_GetCurrentLineNumber(parser)), reason: reason)
    }

    var buffer = [CChar](repeating: 0, count: 1 << 16)
    var count: Int
    repeat {
      count = fread(&buffer, 1, buffer.count, file)
      if ferror(file) != 0 { throw .unreadable(path: path, errno: errno) }
      guard XML_Parse(parser, buffer, Int32(count), count == 0 ? 1 : 0) == XML_STATUS_OK else {
        throw malformed(String(cString: XML_ErrorString(XML_GetErrorCode(parser))))
      }
      if let flaw = content.flaw { throw malformed(flaw) }
    } while count > 0
    if let flaw = content.cascade.flaw { throw malformed(flaw) }
    return content.cascade
  }
}

/// What has been read of a cascade file so far.
private final class CascadeContent {
  var cascade = HaarCascade()
  var text = ""
  private(set) var flaw: String?
  /// The open elements, outermost first.
  private var path: [String] = []

  static func at(_ pointer: UnsafeMutableRawPointer?) -> CascadeContent {
    Unmanaged.fromOpaque(pointer!).takeUnretainedValue()
  }

  func begin(_ element: String) {
    path.append(element)
    text = ""
    switch path.dropFirst(2) {
    case ["stages", "_"]: cascade.stages.append(.init(threshold: 0, trees: []))
    case ["stages", "_", "weakClassifiers", "_"]:
      cascade.stages[cascade.stages.count - 1].trees.append(.init(nodes: [], leaves: []))
    case ["features", "_"]: cascade.features.append(.init(rectangles: []))
    default: break
    }
  }

  func end() {
    let numbers = text.split(whereSeparator: \.isWhitespace).map { Float($0) ?? .nan }
    let stage = cascade.stages.count - 1
    switch path.dropFirst(2) {
    case ["width"]: cascade.width = integer(numbers)
    case ["height"]: cascade.height = integer(numbers)
    case ["stages", "_", "stageThreshold"]:
      // OpenCV takes this off too, so that a sum that is equal but for rounding passes.
      cascade.stages[stage].threshold = (numbers.first ?? .nan) - 1e-5
    case ["stages", "_", "weakClassifiers", "_", "internalNodes"]:
      let tree = cascade.stages[stage].trees.count - 1
      guard numbers.count % 4 == 0 else {
        flaw = "nodes of four numbers expected"
        return
      }
      cascade.stages[stage].trees[tree].nodes = stride(from: 0, to: numbers.count, by: 4).map {
        HaarCascade.Node(
          feature: integer([numbers[$0 + 2]]), threshold: numbers[$0 + 3],
          left: integer([numbers[$0]]), right: integer([numbers[$0 + 1]]))
      }
    case ["stages", "_", "weakClassifiers", "_", "leafValues"]:
      cascade.stages[stage].trees[cascade.stages[stage].trees.count - 1].leaves = numbers
    case ["features", "_", "rects", "_"]:
      guard numbers.count == 5 else {
        flaw = "rectangles of five numbers expected"
        return
      }
      cascade.features[cascade.features.count - 1].rectangles.append(
        .init(
          x: integer([numbers[0]]), y: integer([numbers[1]]), width: integer([numbers[2]]),
          height: integer([numbers[3]]), weight: numbers[4]))
    case ["features", "_", "tilted"]:
      if numbers != [0] { flaw = "tilted features are not supported" }
    default: break
    }
    path.removeLast()
    text = ""
  }

  private func integer(_ numbers: [Float]) -> Int {
    guard let number = numbers.first, let whole = Int(exactly: number) else {
      flaw = "a whole number expected"
      return 0
    }
    return whole
  }
}
