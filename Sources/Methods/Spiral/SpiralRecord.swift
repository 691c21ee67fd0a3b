import Basics
package import Database
import Networks
import Training

/// What a spiral run gave: a row of the study's table.
package struct SpiralRecord: RunRecord, Equatable {
  package var run: String
  /// `dense`, `mask`, `descent`, or a method's name.
  package var kind: String
  /// Units a layer of the network that was trained or pruned.
  package var width: Int
  /// Hidden units of a search, `3,3,3`; empty for a method.
  package var structure: String
  package var rate: Double
  package var schedule: String
  package var draw: Int
  /// Surviving weights, and the same with the biases that live.
  package var weights: Int
  package var parameters: Int
  /// Weights on a path from an input to the output.
  package var effective: Int
  /// Hidden units that hold a surviving weight but lie on no such path.
  package var disconnected: Int
  /// Points that are right, and points in all.
  package var correct: Int
  package var samples: Int
  /// Mean loss over all points; NaN if the training diverged.
  package var loss: Double
  /// FNV-1a of the trained parameters' bits.
  package var digest: Int64

  package var accuracy: Double { Double(correct) / Double(max(1, samples)) }

  init(_ run: SpiralRun, _ trained: FusedRun) {
    let mask = trained.mask, score = trained.evaluate(), live = LiveUnits(mask.layout.prunable, keeps: mask.keeps)
    self.run = run.name
    kind = run.kind
    width = run.width
    switch run.network {
    case .dense(let structure), .masked(let structure, _): self.structure = structure.description
    case .pruned: structure = ""
    }
    rate = run.combination.rate
    schedule = run.combination.schedule.rawValue
    draw = run.draw
    weights = mask.remaining
    parameters = mask.keeps.reduce(0) { $0 + ($1 ? 1 : 0) }
    effective = live.effectiveWeights
    disconnected = Self.disconnected(mask, live)
    samples = trained.batches.sampleCount
    correct = Int((score.accuracy * Double(samples)).rounded())
    loss = score.loss
    digest = Self.digest(trained.parameters.values)
  }

  private static func disconnected(_ mask: Mask, _ live: LiveUnits) -> Int {
    let connected = live.connected, weights = mask.layout.prunable
    return (0..<weights.count - 1).reduce(0) { total, i in
      let entry = weights[i], next = weights[i + 1], inputs = entry.shape.dimensions[1],
        units = next.shape.dimensions[1]
      return total
        + (0..<units).reduce(0) { count, unit in
          guard !connected[i][unit] else { return count }
          let isRead = (0..<next.shape.dimensions[0]).contains { mask.keeps[next.offset + $0 * units + unit] }
          let reads = (0..<inputs).contains { mask.keeps[entry.offset + unit * inputs + $0] }
          return count + (isRead || reads ? 1 : 0)
        }
    }
  }

  private static func digest(_ values: [Float]) -> Int64 {
    let hash = values.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1.bitPattern)) &* 0x100_0000_01B3 }
    return Int64(bitPattern: hash)
  }

  // MARK: rows

  package static let columns: [(name: String, type: SQLType)] = [
    ("kind", .text), ("width", .integer), ("structure", .text), ("rate", .real), ("schedule", .text),
    ("draw", .integer), ("weights", .integer), ("parameters", .integer), ("effective", .integer),
    ("disconnected", .integer), ("correct", .integer), ("samples", .integer), ("loss", .real),
    ("digest", .integer),
  ]

  package var values: [SQLValue] {
    func integer(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    return [
      .text(kind), integer(width), .text(structure), .real(rate), .text(schedule), integer(draw), integer(weights),
      integer(parameters), integer(effective), integer(disconnected), integer(correct), integer(samples),
      loss.isFinite ? .real(loss) : .null, .integer(digest),
    ]
  }

  package init?(run: String, values: [SQLValue]) {
    guard values.count == Self.columns.count, let kind = values[0].text, let structure = values[2].text,
      let rate = values[3].real, let schedule = values[4].text, let digest = values[13].integer
    else { return nil }
    let numbers = [1, 5, 6, 7, 8, 9, 10, 11].compactMap { values[$0].integer.map { Int($0) } }
    guard numbers.count == 8, numbers.allSatisfy({ StoredRange.count.contains(Double($0)) }), numbers[6] <= numbers[7],
      StoredRange.range(of: "rate").contains(rate), StoredRange.side.contains(Double(numbers[0])),
      values[12].real.map(StoredRange.loss.contains) ?? true
    else { return nil }
    self.run = run
    self.kind = kind
    self.structure = structure
    self.rate = rate
    self.schedule = schedule
    self.digest = digest
    (width, draw, weights, parameters) = (numbers[0], numbers[1], numbers[2], numbers[3])
    (effective, disconnected, correct, samples) = (numbers[4], numbers[5], numbers[6], numbers[7])
    loss = values[12].real ?? .nan
  }
}
