import Lanes
import TestSupport
import Testing

/// Kernels that move or rectify numbers, against loops in Swift.
@Suite struct KernelTests {
  static let levels = CPULevel.available(for: "kernels")

  static func numbers(_ count: Int, _ name: String) -> [Float] {
    var random = RandomStream(seed: 9, name)
    return (0..<count).map { _ in Float(2 * random.nextUniform() - 1) }
  }

  @Test(arguments: levels, [1, 2, 3])
  func rectifies(_ level: CPULevel, _ threads: Int) {
    let count = 16 * 37, x = FloatBuffer(count: count), y = FloatBuffer(count: count), z = FloatBuffer(count: count)
    let values = Self.numbers(count, "x")
    x.copy(values)
    let program = Program(kernels: level.kernels, step: StepState(batch: 1)), pool = ThreadPool(threads: threads)
    program.rectify(x.pointer, into: y.pointer, count: count)
    program.rectify(x.pointer, into: z.pointer, gate: y.pointer, count: count)
    program.run(on: pool)
    #expect(y.values == values.map { max(0, $0) })
    #expect(z.values == values.map { $0 > 0 ? $0 : 0 })
  }

  @Test(arguments: levels, [1, 2, 3])
  func gathers(_ level: CPULevel, _ threads: Int) {
    var random = RandomStream(seed: 1, "gather")
    let source = Self.numbers(101, "source"), index = (0..<203).map { _ in Int32(random.nextIndex(below: 101)) }
    let tables = Tables(), target = FloatBuffer(count: index.count)
    let program = Program(kernels: level.kernels, step: StepState(batch: 1))
    program.gather(tables.table(source), tables.table(index), into: target.pointer, count: index.count)
    program.run(on: ThreadPool(threads: threads))
    #expect(target.values == index.map { source[Int($0)] })
  }

  struct Shape: CustomTestStringConvertible {
    var channels, places: Int
    var testDescription: String { "\(channels) channels of \(places)" }
  }

  /// Samples of every sort of shape land in their lanes; the spare lanes repeat the first sample.
  @Test(
    arguments: levels,
    [
      Shape(channels: 1, places: 1), Shape(channels: 5, places: 1), Shape(channels: 1, places: 784),
      Shape(channels: 3, places: 50), Shape(channels: 1, places: 15), Shape(channels: 2, places: 16),
      Shape(channels: 1, places: 65),
    ])
  func fillsBatches(_ level: CPULevel, _ shape: Shape) {
    let size = shape.channels * shape.places, samples = 40
    var random = RandomStream(seed: 4, "bytes")
    let bytes = (0..<size * samples).map { _ in UInt8(random.nextIndex(below: 256)) }
    let floats = Self.numbers(size * samples, "floats")
    let multipliers = (0..<shape.channels).map { 1 / Float(255 + $0) }
    let shifts = (0..<shape.channels).map { -0.5 + Float($0) }
    for threads in 1...3 {
      for count in [1, 5, 16, 23, 32] {
        for useBytes in [true, false] {
          let tables = Tables()
          let source = SampleSource(
            pixels: useBytes ? .bytes(tables.table(bytes)) : .floats(tables.table(floats)), multipliers: multipliers,
            shifts: shifts)
          let value = { (sample: Int, i: Int) -> Float in
            let stored = useBytes ? Float(bytes[sample * size + i]) : floats[sample * size + i]
            return shifts[i / shape.places].addingProduct(stored, multipliers[i / shape.places])
          }
          expectLanes(level, shape, source, count: count, threads: threads, value)
        }
      }
    }
  }

  private func expectLanes(
    _ level: CPULevel, _ shape: Shape, _ source: SampleSource, count: Int, threads: Int,
    _ value: (_ sample: Int, _ i: Int) -> Float
  ) {
    let size = shape.channels * shape.places, blocks = 2, tables = Tables(), step = StepState(batch: 32)
    let x = FloatBuffer(count: size * blocks * 16)
    let order = (0..<40).map { Int32(($0 * 7 + 3) % 40) }
    order.withUnsafeBufferPointer { step.select($0, first: 2, count: count) }
    let program = Program(kernels: level.kernels, step: step)
    let layout = SampleLayout(
      runs: shape.channels, length: shape.places, runsPerChannel: 1, channelStride: shape.places * 16, runStride: 0,
      elementStride: 16)
    program.batch(
      source, layout, blocks: tables.table([0, Int32(size * 16)]), blockCount: blocks, into: x.pointer)
    program.run(on: ThreadPool(threads: threads))
    for lane in 0..<32 {
      let sample = Int(order[2 + (lane < count ? lane : 0)])
      let wrong = (0..<size).first { x[(lane / 16 * size + $0) * 16 + lane % 16] != value(sample, $0) }
      #expect(wrong == nil, "\(level.rawValue), \(threads) threads, \(count) samples: lane \(lane)")
    }
  }

  /// Samples without height and width are one run, in which each element has its own multiplier and shift.
  @Test(arguments: levels, [1, 2, 7, 16, 37, 130])
  func fillsBatchesOfFeatures(_ level: CPULevel, _ channels: Int) {
    let floats = Self.numbers(channels * 9, "features"), multipliers = Self.numbers(channels, "multipliers")
    let shifts = Self.numbers(channels, "shifts"), tables = Tables(), step = StepState(batch: 16)
    let order: [Int32] = [8, 0, 3, 5]
    order.withUnsafeBufferPointer { step.select($0, first: 0, count: 4) }
    let x = FloatBuffer(count: channels * 16), program = Program(kernels: level.kernels, step: step)
    program.batch(
      SampleSource(pixels: .floats(tables.table(floats)), multipliers: multipliers, shifts: shifts),
      SampleLayout(channels: channels, channelStride: 16), blocks: tables.table([0]), blockCount: 1, into: x.pointer)
    program.run(on: ThreadPool(threads: 2))
    for lane in 0..<16 {
      let sample = Int(order[lane < 4 ? lane : 0])
      let wrong = (0..<channels).first {
        x[$0 * 16 + lane] != shifts[$0].addingProduct(floats[sample * channels + $0], multipliers[$0])
      }
      #expect(wrong == nil, "\(level.rawValue), lane \(lane)")
    }
  }
}

@Suite struct CPULevelTests {
  @Test func namesWhatItRuns() {
    #expect(CPULevel.portable.isAvailable)
    #expect(CPULevel.best.isAvailable && CPULevel.current.isAvailable)
    for level in CPULevel.available(for: "tables") { #expect(level.kernels.level == level) }
  }
}
