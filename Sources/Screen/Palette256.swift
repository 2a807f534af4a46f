/// xterm's 256 colours: a cube of 6 x 6 x 6 from 16 on and 24 greys from 232 on.
enum Palette256 {
  private static let levels = [0, 95, 135, 175, 215, 255]

  static func nearest(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int32 {
    nearest(Triple(red: Int(red), green: Int(green), blue: Int(blue)))
  }

  /// One of four colours whose mean is near the one wanted, by the place of the pixel: the eye mixes
  /// them, so that skin is neither grey nor pink (Knoll's pattern dithering, in blocks of 2 x 2).
  static func dithered(
    _ red: UInt8, _ green: UInt8, _ blue: UInt8, column: Int, row: Int
  ) -> Int32 {
    let place = [0, 2, 3, 1][column & 1 + 2 * (row & 1)]
    let wanted = Triple(red: Int(red), green: Int(green), blue: Int(blue))
    var missing = Triple(red: 0, green: 0, blue: 0)
    var mix: [(number: Int32, luma: Int)] = []
    for _ in 0..<4 {
      let number = nearest(wanted + missing)
      let color = color(number)
      missing = missing + wanted - color
      mix.append((number, color.luma))
    }
    return mix.sorted { $0.luma < $1.luma }[place].number
  }

  private struct Triple {
    var red, green, blue: Int
    var luma: Int { 299 * red + 587 * green + 114 * blue }

    static func + (a: Triple, b: Triple) -> Triple {
      Triple(red: a.red + b.red, green: a.green + b.green, blue: a.blue + b.blue)
    }
    static func - (a: Triple, b: Triple) -> Triple {
      Triple(red: a.red - b.red, green: a.green - b.green, blue: a.blue - b.blue)
    }
    var square: Int { red * red + green * green + blue * blue }
  }

  private static func color(_ number: Int32) -> Triple {
    let number = Int(number)
    if number >= 232 {
      let grey = 8 + 10 * (number - 232)
      return Triple(red: grey, green: grey, blue: grey)
    }
    return Triple(
      red: levels[(number - 16) / 36], green: levels[(number - 16) / 6 % 6],
      blue: levels[(number - 16) % 6])
  }

  private static func nearest(_ wanted: Triple) -> Int32 {
    func step(_ value: Int) -> Int {
      value < 48 ? 0 : value < 115 ? 1 : min(5, (value - 35) / 40)
    }
    let cube = Int32(
      16 + 36 * step(wanted.red) + 6 * step(wanted.green) + step(wanted.blue))
    let mean = (wanted.red + wanted.green + wanted.blue) / 3
    let grey = Int32(232 + min(23, max(0, (mean - 3) / 10)))
    return (color(grey) - wanted).square < (color(cube) - wanted).square ? grey : cube
  }
}
