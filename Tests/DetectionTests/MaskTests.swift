import Basics
import Detection
import Testing

@Suite struct MaskTests {
  private func masks() throws -> [RunLengthMask] {
    let golden = try Golden.file.get()
    return try golden.masks.map {
      try RunLengthMask(height: golden.size[0], width: golden.size[1], polygon: $0.polygon)
    }
  }

  /// Polygons, also crossing themselves, without area, and outside of the image.
  @Test func pixelsAreThoseOfRuns() throws {
    let mask = try RunLengthMask(height: 9, width: 7, polygon: [1, 1, 6, 2, 4, 8.5])
    #expect(RunLengthMask(height: 9, width: 7, pixels: mask.pixels) == mask && mask.pixels.count { $0 } == mask.area)
    for counts: [UInt32] in [[6], [0, 6], [0, 1, 5], [5, 1]] {
      let mask = RunLengthMask(height: 2, width: 3, counts: counts)
      #expect(RunLengthMask(height: 2, width: 3, pixels: mask.pixels) == mask)
    }
    #expect(RunLengthMask(height: 2, width: 3, counts: [2, 1, 3]).pixels == [false, true, false, false, false, false])
  }

  @Test func polygonsAreThoseOfPycocotools() throws {
    for (mask, golden) in zip(try masks(), try Golden.file.get().masks) {
      #expect(mask.text == golden.text, "\(golden.polygon)")
      #expect(mask.counts.map { Int($0) } == golden.lengths, "\(golden.polygon)")
      #expect(mask.area == golden.area)
      let box = mask.boundingBox
      #expect([box.x, box.y, box.width, box.height] == golden.box, "\(golden.polygon)")
    }
  }

  @Test func unionsAndOverlapsAreThoseOfPycocotools() throws {
    let all = try masks(), golden = try Golden.file.get().masks
    for (i, mask) in all.enumerated() {
      let other = all[(i + 1) % all.count]
      #expect(RunLengthMask.union([mask, other])?.text == golden[i].union)
      #expect(RunLengthMask.intersection([mask, other])?.text == golden[i].intersection)
      #expect(mask.overlap(with: other, isCrowd: false) == golden[i].overlap)
      #expect(mask.overlap(with: other, isCrowd: true) == golden[i].crowdOverlap)
    }
    #expect(RunLengthMask.union([]) == nil)
  }

  /// Of random masks, pixel by pixel.
  @Test func runsAreThePixels() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<300 {
      let height = Int.random(in: 1...9, using: &random), width = Int.random(in: 1...9, using: &random)
      let here = (0..<height * width).map { _ in Bool.random(using: &random) }
      let there = here.map { $0 && Int.random(in: 0..<3, using: &random) > 0 || Int.random(in: 0..<5) == 0 }
      let a = mask(here, height, width), b = mask(there, height, width)
      #expect(try RunLengthMask(height: height, width: width, text: a.text) == a)
      #expect(a.area == here.count { $0 })
      #expect(a.intersectionArea(b) == zip(here, there).count { $0 && $1 })
      #expect(RunLengthMask.union([a, b]) == mask(zip(here, there).map { $0 || $1 }, height, width))
      let columns = here.indices.filter { here[$0] }.map { $0 / height }
      #expect(a.boundingBox.x == Double(columns.min() ?? 0))
      #expect(a.boundingBox.width == Double(columns.isEmpty ? 0 : columns.max()! - columns.min()! + 1))
    }
  }

  private func mask(_ pixels: [Bool], _ height: Int, _ width: Int) -> RunLengthMask {
    var counts: [UInt32] = [0], last = false
    for pixel in pixels {
      if pixel != last { counts.append(0) }
      counts[counts.count - 1] += 1
      last = pixel
    }
    return RunLengthMask(height: height, width: width, counts: counts)
  }

  @Test func falseRunsAreRefused() {
    #expect(throws: RunLengthMask.RunFault.sum(5, pixels: 6)) {
      try RunLengthMask(height: 2, width: 3, checking: [2, 3])
    }
    #expect(throws: RunLengthMask.RunFault.negative) {
      try RunLengthMask(height: 2, width: 3, checking: [-1, 7])
    }
    #expect(throws: RunLengthMask.RunFault.sum(Int.max, pixels: 6)) {
      try RunLengthMask(height: 2, width: 3, checking: [Int.max, Int.max, 8])
    }
    for text in ["o", "0\u{1}", "é", String(repeating: "o", count: 99)] {
      #expect(throws: RunLengthMask.RunFault.text) { try RunLengthMask(height: 2, width: 3, text: text) }
    }
  }

  @Test func falsePolygonsAreRefused() {
    func make(_ polygon: [Double]) throws { _ = try RunLengthMask(height: 9, width: 9, polygon: polygon) }
    #expect(throws: RunLengthMask.PolygonFault.corners(4)) { try make([0, 0, 5, 5]) }
    #expect(throws: RunLengthMask.PolygonFault.corners(7)) { try make([0, 0, 5, 5, 1, 2, 3]) }
    #expect(throws: RunLengthMask.PolygonFault.notFinite) { try make([0, 0, 5, .nan, 1, 2]) }
    #expect(throws: RunLengthMask.PolygonFault.tooFar(1e300)) { try make([0, 0, 5, 1e300, 1, 2]) }
    #expect(throws: RunLengthMask.PolygonFault.self) { try make([0, 0, 9e7, 0, 0, 9e7]) }
  }
}
