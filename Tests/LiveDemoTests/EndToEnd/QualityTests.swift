import FaceCrop
import Foundation
import SoundTesting
import TestSupport
import Testing

/// The quality of a real face, degraded in one way at a time.
@Suite(.enabled(if: FFmpeg.isThere, "making the pictures takes ffmpeg")) struct QualityTests {
  /// FFmpeg's filters, each worse than the previous one.
  static let ways: [(name: String, filters: [String])] = [
    ("blur", ["gblur=sigma=6", "gblur=sigma=10"]),
    ("dark", ["lutrgb=r=val*0.3:g=val*0.3:b=val*0.3", "lutrgb=r=val*.1:g=val*.1:b=val*.1"]),
    ("bright", ["lutrgb=r=200+val*.2:g=200+val*.2:b=200+val*.2"]),
    (
      "flat",
      [
        "lutrgb=r=100+val*.15:g=100+val*.15:b=100+val*.15",
        "lutrgb=r=100+val*.08:g=100+val*.08:b=100+val*.08",
      ]
    ),
    ("small", ["scale=iw/4:-2", "scale=iw/6:-2", "scale=iw/8:-2"]),
    // Mouth, then the lower half.
    ("covered", ["drawbox=270:240:110:60:gray:fill", "drawbox=220:200:210:120:gray:fill"]),
  ]

  @Test(arguments: ways) func fallsWhenTheFaceIsHarderToRead(name: String, filters: [String]) throws
  {
    let folder = ScratchFolder()
    var qualities: [Double] = []
    for (index, filter) in (["null"] + filters).enumerated() {
      let picture = folder.file("\(name)\(index).png")
      try FFmpeg.run("-i \(Program.sample) -vf \(filter) -frames:v 1 \(picture)")
      let outcome = try Program.run(["image", picture, "--members", "1", "--json", "-"])
      let record = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
      let faces = (record as? [String: Any])?["faces"] as? [[String: Any]]
      // A face that is no longer found cannot be read at all.
      qualities.append(faces?.first?["quality"] as? Double ?? 0)
    }
    #expect(qualities[0] > 0.9)
    for (better, worse) in zip(qualities, qualities.dropFirst()) {
      #expect(better > worse || better == 0, "\(qualities)")
    }
  }
}
