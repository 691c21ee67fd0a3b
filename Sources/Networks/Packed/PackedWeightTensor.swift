import Basics
import Lanes

/// The weights of one stage, as the kernels of networks of signs take them.
struct PackedWeightTensor {
  let stage: PackedStage
  /// [output][input channel][row][column], zero where pruned.
  private let values: ArraySlice<Float>
  private let biases: [Float]
  private let lines: [ChannelLine]
  private let gain: Float
  /// The most weights that one output keeps.
  private let longest: Int

  /// - Throws: `Problem.usage` if the inputs are bits and the weights no signs times a gain, or a batch norm is not finite.
  init(_ stage: PackedStage, _ parameters: Parameters) throws {
    func tensor(_ layer: String, _ role: ParameterShape.Role) -> ArraySlice<Float>? {
      parameters.layout.entries(of: layer).first { $0.shape.role == role }.map { parameters.values[$0.range] }
    }
    self.stage = stage
    let outputs = stage.output.channels, values = tensor(stage.node.name, .weight)!
    self.values = values
    biases = tensor(stage.node.name, .bias).map(Array.init) ?? [Float](repeating: 0, count: outputs)
    let sizes = Set(values.lazy.filter { $0 != 0 }.map(abs))
    gain = sizes.first ?? 0
    guard stage.isFirst || sizes.count <= 1 else {
      throw Problem.usage(
        "The weights of '\(stage.node.name)' are no signs times one gain.",
        remedy: "Only networks that 'tombola biprop' finds run in bits.")
    }
    let columns = values.count / outputs
    longest =
      (0..<outputs).map { row in
        values[(values.startIndex + row * columns)..<(values.startIndex + (row + 1) * columns)].count { $0 != 0 }
      }.max() ?? 0
    var lines = [ChannelLine](repeating: ChannelLine(), count: outputs)
    for norm in stage.norms {
      let mean = Array(tensor(norm.name, .runningMean)!), variance = Array(tensor(norm.name, .runningVariance)!)
      let scale = tensor(norm.name, .scale).map(Array.init), shift = tensor(norm.name, .shift).map(Array.init)
      for i in 0..<outputs {
        let inverse = 1 / (variance[i] + norm.epsilon).squareRoot(), factor = scale.map { $0[i] * inverse } ?? inverse
        guard factor.isFinite else {
          throw Problem.usage("'\(norm.name)' divides by zero.", remedy: "Give it a larger epsilon and train anew.")
        }
        lines[i].steps.append((mean[i], factor, shift?[i] ?? 0))
      }
    }
    self.lines = lines
  }

  /// Whether every sum of signs times the gain is a float, whatever the order.
  var isExact: Bool {
    let digits = gain.significandWidth + 1 + (Int.bitWidth - longest.leadingZeroBitCount)
    return (gain == 0 || digits <= Float.significandBitCount + 1) && biases.allSatisfy { $0 == 0 }
  }

  /// Which channels' signs fall as the products rise.
  var falls: [Bool] { lines.map(\.falls) }

  func bias(rows: Int) -> [Float] {
    biases + [Float](repeating: 0, count: PackedNetwork.padded(biases.count, rows) - biases.count)
  }

  // MARK: bits

  var thresholds: [Int32] {
    let found = zip(lines, biases).map { line, bias in
      Int32(line.threshold(in: -longest...longest + 1) { bias.addingProduct(gain, Float($0)) })
    }
    return found + [Int32](repeating: .max, count: PackedNetwork.padded(found.count, 8) - found.count)
  }

  func packed(_ x: BitTensor, samples: Int) -> PackedWeights {
    let window = stage.window, taps = window.height * window.width, outputs = biases.count
    let channels = stage.input.channels, count = taps * x.stride, rows = PackedNetwork.padded(outputs, 8)
    var words = [UInt64](repeating: 0, count: rows * count * 2)
    var tapSums = [Int32](repeating: 0, count: rows * taps), kept = [Int32](repeating: 0, count: rows)
    for (i, value) in values.enumerated() where value != 0 {
      let tap = i % taps, channel = i / taps % channels, row = i / taps / channels
      let place = (row / 8 * count + tap * x.stride + channel / 64) * 16 + row % 8,
        bit = UInt64(1) << UInt64(channel % 64)
      if value > 0 { words[place] |= bit }
      words[place + 8] |= bit
      tapSums[row * taps + tap] += value > 0 ? 1 : -1
      kept[row] += 1
    }
    var edges: [[Int]: UInt16] = [:], starts: [Int32] = []
    let places = (0..<stage.output.height * stage.output.width).map { place -> UInt16 in
      let outside = outsideTaps(place / stage.output.width, place % stage.output.width)
      if let known = edges[outside] { return known }
      starts += (0..<rows).map { row in outside.reduce(kept[row]) { $0 + tapSums[row * taps + $1] } }
      edges[outside] = UInt16(edges.count)
      return UInt16(edges.count - 1)
    }
    return PackedWeights(
      words: words,
      offsets: (0..<count).map { k in
        let tap = k / x.stride
        return Int32(tap / window.width * x.rowStride + tap % window.width * x.stride + k % x.stride)
      },
      starts: starts, edges: Array(repeatElement(places, count: samples).joined()), gain: gain)
  }

  /// The taps of an output's window that lie outside the image.
  private func outsideTaps(_ row: Int, _ column: Int) -> [Int] {
    let window = stage.window
    return (0..<window.height * window.width).filter { tap in
      let r = row * window.stride - window.padding + tap / window.width
      let c = column * window.stride - window.padding + tap % window.width
      return !(0..<stage.input.height).contains(r) || !(0..<stage.input.width).contains(c)
    }
  }

  // MARK: real inputs

  var realThresholds: [Float] {
    lines.map(\.realThreshold)
      + [Float](repeating: .nan, count: PackedNetwork.padded(lines.count, 16) - lines.count)
  }

  /// [group][term][16 rows]
  var realRows: [Float] {
    let terms = values.count / biases.count, rows = PackedNetwork.padded(biases.count, 16)
    var result = [Float](repeating: 0, count: rows * terms)
    for (i, value) in values.enumerated() {
      let row = i / terms, term = i % terms
      result[(row / 16 * terms + term) * 16 + row % 16] = value
    }
    return result
  }

  /// Of inputs in [channel][row][column] with a border.
  func realOffsets(rows: Int, columns: Int) -> [Int32] {
    let window = stage.window, taps = window.height * window.width
    return (0..<stage.input.channels * taps).map { i in
      let row = i / taps * rows + i % taps / window.width
      return Int32(row * columns + i % window.width)
    }
  }
}
