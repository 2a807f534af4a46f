import CJansson
import Glibc

/// A JSON value, written by Jansson.
package indirect enum JSON: Sendable {
  case null
  case flag(Bool)
  case integer(Int)
  /// Nine significant digits; values that are not finite become `null`.
  case number(Double)
  case text(String)
  case list([JSON])
  /// Members keep their order.
  case object([(String, JSON)])

  /// Compact text on a single line.
  package var text: String { dump(JSON_COMPACT) }

  /// Indented text for people, one member per line.
  package var indentedText: String { dump(2 & JSON_MAX_INDENT) }

  /// The names of the members of the object in a file; nil where there is none.
  package static func names(inFile path: String) -> Set<String>? {
    guard let value = json_load_file(path, 0, nil) else { return nil }
    defer { json_decref(value) }
    guard value.pointee.type == JSON_OBJECT else { return nil }
    var names: Set<String> = []
    var member = json_object_iter(value)
    while let current = member {
      names.insert(String(cString: json_object_iter_key(current)))
      member = json_object_iter_next(value, current)
    }
    return names
  }

  private func dump(_ layout: Int32) -> String {
    let value = makeValue()
    defer { json_decref(value) }
    let flags = Int(layout | JSON_ENCODE_ANY) | emenet_json_real_precision(9)
    guard let characters = json_dumps(value, flags) else { return "null" }
    defer { free(characters) }
    return String(cString: characters)
  }

  /// The caller takes ownership.
  private func makeValue() -> UnsafeMutablePointer<json_t>? {
    switch self {
    case .null: return json_null()
    case .flag(let isSet): return isSet ? json_true() : json_false()
    case .integer(let number): return json_integer(Int64(number))
    case .number(let number): return number.isFinite ? json_real(number) : json_null()
    // Jansson accepts only UTF-8, which a String always is; it may contain NUL.
    case .text(let words): return json_stringn(words, words.utf8.count)
    case .list(let items):
      let list = json_array()
      for item in items { json_array_append_new(list, item.makeValue()) }
      return list
    case .object(let members):
      let object = json_object()
      for (key, value) in members { json_object_set_new(object, key, value.makeValue()) }
      return object
    }
  }
}
