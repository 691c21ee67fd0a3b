import Lanes
import TestSupport
import Testing

/// Samples that are moved on their way into lanes, against cutting windows out of padded images.
@Suite struct MoveTests {
  struct Image: CustomTestStringConvertible {
    var channels, height, width: Int
    var count: Int { channels * height * width }
    var testDescription: String { "\(channels)x\(height)x\(width)" }
  }

  static let images = [
    Image(channels: 3, height: 32, width: 32), Image(channels: 1, height: 28, width: 28),
    Image(channels: 2, height: 3, width: 5), Image(channels: 1, height: 1, width: 17),
    Image(channels: 2, height: 2, width: 150), Image(channels: 1, height: 9, width: 64),
  ]

  /// Moves of every sort; the last two show nothing of the image.
  private static func moves(_ image: Image) -> [SampleMove] {
    var random = RandomStream(seed: 2, "moves"), moves: [SampleMove] = []
    for i in 0..<30 {
      moves.append(
        SampleMove(
          rows: Int32(random.nextIndex(below: 9)) - 4, columns: Int32(random.nextIndex(below: 9)) - 4,
          isMirrored: i % 2 == 1))
    }
    return moves + [
      SampleMove(rows: Int32(image.height)), SampleMove(columns: -Int32(image.width), isMirrored: true),
    ]
  }

  /// The stored number that a moved sample shows.
  private static func shown(_ stored: [Float], _ image: Image, _ move: SampleMove, _ i: Int) -> Float {
    let channel = i / (image.height * image.width), row = i / image.width % image.height, column = i % image.width
    let from = (
      row: row + Int(move.rows), column: (move.isMirrored ? image.width - 1 - column : column) + Int(move.columns)
    )
    guard 0..<image.height ~= from.row, 0..<image.width ~= from.column else { return 0 }
    return stored[(channel * image.height + from.row) * image.width + from.column]
  }

  @Test(arguments: CPULevel.available(for: "moves"), images)
  func showsWindows(_ level: CPULevel, _ image: Image) {
    var random = RandomStream(seed: 5, "images")
    let bytes = (0..<image.count * 40).map { _ in UInt8(random.nextIndex(below: 256)) }
    let moves = Self.moves(image), order = (0..<32).map { Int32(($0 * 7 + 3) % 40) }
    let multipliers = (0..<image.channels).map { 1 / Float(100 + $0) }
    let shifts = (0..<image.channels).map { -0.5 + Float($0) }
    for (isBytes, threads, count) in [(true, 1, 32), (true, 3, 21), (false, 1, 32), (false, 2, 1)] {
      let tables = Tables(), step = StepState(batch: 32), x = FloatBuffer(count: 32 * image.count)
      let source = SampleSource(
        pixels: isBytes ? .bytes(tables.table(bytes)) : .floats(tables.table(bytes.map { Float($0) })),
        multipliers: multipliers, shifts: shifts)
      order.withUnsafeBufferPointer { step.select($0, first: 0, count: count) }
      step.move { sample in moves[order.firstIndex(of: sample)!] }
      let program = Program(kernels: level.kernels, step: step)
      let layout = SampleLayout(
        runs: image.channels * image.height, length: image.width, runsPerChannel: image.height,
        channelStride: image.height * image.width * 16, runStride: image.width * 16, elementStride: 16)
      program.batch(
        source, layout, blocks: tables.table([0, Int32(16 * image.count)]), blockCount: 2, into: x.pointer,
        isMoved: true)
      program.run(on: ThreadPool(threads: threads))
      for lane in 0..<32 {
        let place = lane < count ? lane : 0, first = Int(order[place]) * image.count
        let stored = bytes[first..<first + image.count].map { Float($0) }
        let wrong = (0..<image.count).first { i in
          let channel = i / (image.height * image.width), value = Self.shown(stored, image, moves[place], i)
          return x[(lane / 16 * image.count + i) * 16 + lane % 16]
            != shifts[channel].addingProduct(value, multipliers[channel])
        }
        #expect(wrong == nil, "bytes \(isBytes), \(threads) threads, \(moves[place]), element \(wrong ?? 0)")
      }
    }
  }
}
