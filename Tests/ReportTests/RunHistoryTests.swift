import Foundation
import Inference
import Reading
import TestSupport
import Testing

@testable import Records
@testable import Report

/// What a run's records come to.
@Suite struct RunHistoryTests {
  private func history(
    _ readings: [FrameReading], excluding excluded: [Stretch] = []
  ) throws -> RunHistory {
    let folder = ScratchFolder()
    let writer = try RecordWriter(path: folder.file("r.jsonl"), format: .json(perMember: false))
    for reading in readings { try writer.write(reading) }
    writer.close()
    var run = RunHistory(title: "r", excluding: excluded)
    _ = try RecordFile(path: folder.file("r.jsonl")).read { run.add($0) }
    return run
  }

  private func reading(
    _ frame: Int, at time: Double, faces: Int = 1, happy: Bool = true, confidence: Float = 0.9,
    valence: Float = 0.5
  ) -> FrameReading {
    var reading = Sample.reading(frame: frame, time: time, faces: faces)
    reading.dropped = 0
    for index in reading.faces.indices {
      var emotion = reading.faces[index].emotion
      emotion.expression.probabilities = [Float](repeating: 0.05, count: 7)
      emotion.expression.probabilities[happy ? 4 : 5] = 0.7
      emotion.expression.confidence = confidence
      emotion.valence.value = valence
      reading.faces[index].emotion = emotion
    }
    return reading
  }

  @Test func sharesAreWeightedByTimeAndConfidence() throws {
    // 2 s happy at 0.9, 1 s sad at 0.45.
    let run = try history(
      (0..<90).map {
        reading(
          $0, at: Double($0) / 30, happy: $0 < 60, confidence: $0 < 60 ? 0.9 : 0.45,
          valence: $0 < 60 ? 0.6 : -0.3)
      })
    let totals = try #require(run.faces.first).totals
    #expect(abs(totals.seen - 3) < 0.01)
    let happy = try #require(totals.share(of: .happiness))
    #expect(abs(happy - 1.8 / (1.8 + 0.45)) < 0.01)
    #expect(abs(happy + (totals.share(of: .sadness) ?? 0) - 1) < 1e-9)
    #expect(abs((totals.valence.mean ?? 0) - 0.3) < 0.01)
    // Two thirds at +0.3 from the mean, a third at -0.6.
    #expect(abs((totals.valence.deviation ?? 0) - 0.424) < 0.01)
    #expect(totals.untoldShare == 0)
  }

  @Test func whatNobodyCanTellIsCounted() throws {
    let run = try history(
      (0..<100).map { reading($0, at: Double($0) / 25, confidence: $0 < 30 ? 0.2 : 0.8) })
    #expect(abs((run.totals.untoldShare ?? 0) - 0.3) < 0.01)
  }

  @Test func gapsAndDroppedFramesAreKept() throws {
    var readings = (0..<50).map { reading($0, at: Double($0) / 25) }
    readings += (50..<100).map { reading($0, at: 10 + Double($0) / 25) }
    for index in 70..<100 { readings[index].dropped = 7 }
    let run = try history(readings)
    #expect(run.gaps == [Stretch(from: 1.96, to: 12)])
    #expect(run.droppedCount == 7 && run.dropped.reduce(0, +) == 7)
    #expect(abs(run.seconds - 4) < 0.1, "the gap is not time that was seen")
  }

  @Test func excludedStretchesCountForNothing() throws {
    let readings = (0..<100).map { reading($0, at: Double($0) / 25, happy: $0 < 50) }
    let run = try history(readings, excluding: [Stretch(from: 2, to: .infinity)])
    #expect(abs(run.totals.seen - 2) < 0.1)
    #expect(run.totals.share(of: .sadness) == 0)
    #expect(run.gaps.isEmpty, "what is left out is no gap")
  }

  /// Bins become longer as a run goes on; what they hold stays.
  @Test func anHourTakesNoMoreBinsThanAMinute() throws {
    var run = RunHistory(title: "r")
    let one = try history([reading(0, at: 0)])
    #expect(one.frames == 1)
    var frame = RecordedFrame()
    for index in 0..<36_000 {
      frame.reset()
      frame.time = Double(index) / 10
      frame.appendFace()
      frame.values[RecordField.id.offset] = index < 18_000 ? 1 : 2
      frame.values[RecordField.valence.offset] = index < 18_000 ? -0.5 : 0.5
      run.add(frame)
    }
    #expect(run.grid.bin(of: 3600) < TimeGrid.capacity && run.faceCount == 2)
    for face in run.faces {
      #expect(abs(face.totals.seen - 1800) < 1)
      #expect(face.bins.count <= TimeGrid.capacity / 2 + 1)
      for bin in face.bins {
        let moment = try #require(face.moment(bin))
        #expect(abs(moment.valence - (face.id == 1 ? -0.5 : 0.5)) < 0.5)
      }
      let inner = face.bins.dropFirst().dropLast()
      #expect(inner.allSatisfy { face.moment($0)?.valence == (face.id == 1 ? -0.5 : 0.5) })
    }
  }

  /// A column of a chart is the mean of its bins, not one of them.
  @Test func columnsAreMeansOfTheirBins() throws {
    var run = RunHistory(title: "r")
    var frame = RecordedFrame()
    for index in 0..<3600 {
      frame.reset()
      frame.time = Double(index) / 10
      frame.appendFace()
      frame.values[RecordField.id.offset] = 1
      frame.values[RecordField.valence.offset] = index / 10 % 2 == 0 ? 1 : -1
      run.add(frame)
    }
    let trace = Trace(try #require(run.faces.first), of: run, columns: 18)
    for moment in trace.columns { #expect(abs(moment?.valence ?? 1) < 0.11) }
  }

  @Test func markersKeepTheirTimes() throws {
    var readings = (0..<50).map { reading($0, at: Double($0) / 25) }
    readings[10].marker = Marker(number: 1, text: "on", time: 0.39, utc: 1_795_082_400)
    readings[20].marker = Marker(number: 2, text: "", time: 0.81, utc: 1_795_082_401)
    let run = try history(readings)
    #expect(run.markers.map(\.time) == [0.39, 0.81] && run.markers.map(\.text) == ["on", ""])
  }

  @Test(arguments: [
    ("10-12.5", 10, 12.5), ("1:30-2:00", 90, 120), ("1:00:00-", 3600, .infinity), ("-5", 0, 5),
  ])
  func stretches(text: String, from: Double, to: Double) {
    #expect(Stretch(text) == Stretch(from: from, to: to))
  }

  @Test(arguments: ["", "-", "5", "5-5", "6-5", "a-b", "1:2:3:4-", "nan-inf", "1--2"])
  func whatIsNoStretch(text: String) { #expect(Stretch(text) == nil) }
}
