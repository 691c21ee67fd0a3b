import Basics
import Networks

/// Units of the three hidden layers of a network 2-d1-d2-d3-1.
package struct SpiralStructure: Hashable, LosslessStringConvertible, SettingValue {
  package var units: [Int]

  package init(_ d1: Int, _ d2: Int, _ d3: Int) { units = [d1, d2, d3] }

  /// Reads `3,3,3`; units are from 1 to 16.
  package init?(_ text: String) {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard parts.count == 3, parts.allSatisfy({ (1...16).contains($0) }) else { return nil }
    units = parts
  }

  package static var settingForm: String { "units of three layers from 1 to 16: 3,3,3" }
  package var description: String { units.map(String.init).joined(separator: ",") }
  /// Of the dense network of these units.
  package var weights: Int { 2 * units[0] + units[0] * units[1] + units[1] * units[2] + units[2] }
  package var parameters: Int { weights + units.reduce(1, +) }

  /// All of 1 to 16 units a layer, in order.
  package static let all = (1...16).flatMap { a in (1...16).flatMap { b in (1...16).map { SpiralStructure(a, b, $0) } }
  }
}

/// One training of a spiral study.
package struct SpiralRun: Hashable, Sendable {
  package enum Network: Hashable, Sendable {
    /// All weights between the first units of a network of sixteen a layer.
    case dense(SpiralStructure)
    /// The same with masks of the first three layers; a number a row, whose highest bit is the first column. The
    /// classifier reads every unit that has an input.
    case masked(SpiralStructure, [MaskEnumeration.Rows])
    /// What a method leaves of a network of `width` units a layer.
    case pruned(SpiralMethod, width: Int, weights: Int)
  }

  package var network: Network
  package var combination: SpiralCombination
  /// Counts repetitions that differ in their random weights.
  package var draw: Int
  /// The number of a start that all runs of this number share, whatever their network; `nil` for weights of the run's own.
  package var start: Int?
  /// The share of the training after which the run stops; its schedule is that of the whole.
  package var stop = 1.0

  package init(_ network: Network, _ combination: SpiralCombination, draw: Int = 0, start: Int? = nil) {
    self.network = network
    self.combination = combination
    self.draw = draw
    self.start = start
  }

  /// What tells the run from all others of its study.
  package var name: String {
    let marks = [
      draw == 0 ? "" : " draw=\(draw)", start.map { " start=\($0)" } ?? "", stop == 1 ? "" : " stop=\(stop)",
    ]
    return "\(networkName) \(combination.name)\(marks.joined())"
  }

  /// Reads a name back; anything else gives `nil`.
  package init?(name: String) {
    var words = name.split(separator: " ").map(String.init)
    var marks: [String: String] = [:]
    while let last = words.last, let equals = last.firstIndex(of: "="), !last.hasPrefix("lr=") {
      marks[String(last[..<equals])] = String(last[last.index(after: equals)...])
      words.removeLast()
    }
    guard words.count >= 4, let schedule = SpiralSchedule(rawValue: words.removeLast()) else { return nil }
    let lr = words.removeLast()
    guard lr.hasPrefix("lr="), let rate = Double(lr.dropFirst(3)), let network = Self.network(words) else { return nil }
    self.init(
      network, SpiralCombination(rate, schedule), draw: marks["draw"].flatMap { Int($0) } ?? 0,
      start: marks["start"].flatMap { Int($0) })
    stop = marks["stop"].flatMap { Double($0) } ?? 1
    guard self.name == name else { return nil }
  }

  private static func network(_ words: [String]) -> Network? {
    if words[0] == "dense" { return words.count == 2 ? SpiralStructure(words[1]).map { .dense($0) } : nil }
    if words[0] == "mask" {
      guard words.count == 3, let structure = SpiralStructure(words[1]) else { return nil }
      let masks = words[2].split(separator: "/").map { $0.split(separator: ".").compactMap { UInt32($0) } }
      return masks.map(\.count) == structure.units ? .masked(structure, masks) : nil
    }
    guard words.count == 3, let method = SpiralMethod(rawValue: words[0]), let width = Int(words[1]),
      let weights = Int(words[2])
    else { return nil }
    return .pruned(method, width: width, weights: weights)
  }

  private var networkName: String {
    switch network {
    case .dense(let structure): "dense \(structure)"
    case .masked(let structure, let masks): "mask \(structure) \(Self.text(masks))"
    case .pruned(let method, let width, let weights): "\(method.rawValue) \(width) \(weights)"
    }
  }

  /// `2.1.3/7.4.2/6.5.1`
  package static func text(_ masks: [MaskEnumeration.Rows]) -> String {
    masks.map { $0.map(String.init).joined(separator: ".") }.joined(separator: "/")
  }

  /// The kind of network, as the table's column `kind`.
  package var kind: String {
    if start != nil { return Self.descentKind }
    return switch network {
    case .dense: "dense"
    case .masked: "mask"
    case .pruned(let method, _, _): method.rawValue
    }
  }

  /// Runs of a search that shares starts.
  static let descentKind = "descent"

  /// Weights that the run is to end with.
  package var weights: Int {
    switch network {
    case .dense(let structure): structure.weights
    case .masked(_, let masks):
      masks[2].count { $0 != 0 } + masks.reduce(0) { $0 + $1.reduce(0) { $0 + $1.nonzeroBitCount } }
    case .pruned(_, _, let weights): weights
    }
  }

  /// Units a layer of the network that the mask lies in.
  package var width: Int { if case .pruned(_, let width, _) = network { width } else { Self.searchWidth } }

  /// Searches work within networks of this width, whose initial weights they take.
  package static let searchWidth = 16

  /// The mask of a search within the network of sixteen units a layer.
  /// - Precondition: The network is dense or masked.
  func searchMask(_ layout: ParameterLayout) -> Mask {
    let structure: SpiralStructure, masks: [MaskEnumeration.Rows]?
    switch network {
    case .dense(let units): (structure, masks) = (units, nil)
    case .masked(let units, let rows): (structure, masks) = (units, rows)
    case .pruned: preconditionFailure("\(name) is no search")
    }
    let sizes = [2] + structure.units + [1]
    var mask = Mask(layout: layout, keeps: [Bool](repeating: false, count: layout.count))
    for (i, entry) in layout.prunable.enumerated() {
      let bias = layout.entries(of: entry.layer).first { !$0.isPrunable }!
      for row in 0..<sizes[i + 1] {
        mask.keeps[bias.offset + row] = true
        for column in 0..<sizes[i] {
          let index = entry.offset + row * entry.shape.dimensions[1] + column
          if i < 3 {
            mask.keeps[index] = masks.map { $0[i][row] >> UInt32(sizes[i] - 1 - column) & 1 == 1 } ?? true
          } else {
            mask.keeps[index] = masks.map { $0[2][column] != 0 } ?? true
          }
        }
      }
    }
    return mask.withoutIdleBiases()
  }
}

extension Mask {
  /// The mask without the biases of hidden units that no surviving weight reads; the output keeps its bias.
  func withoutIdleBiases() -> Mask {
    var mask = self
    let weights = layout.prunable
    for (entry, next) in zip(weights, weights.dropFirst()) {
      let bias = layout.entries(of: entry.layer).first { !$0.isPrunable }!, inputs = next.shape.dimensions[1]
      for unit in 0..<bias.count {
        mask.keeps[bias.offset + unit] = (0..<next.shape.dimensions[0]).contains {
          keeps[next.offset + $0 * inputs + unit]
        }
      }
    }
    return mask
  }

  /// The `count` weights of highest score among those that `candidates` has, ties to the lower index; biases by the rule.
  func keeping(_ count: Int, of candidates: Mask, scores: [Double]) -> Mask {
    var alive = layout.prunable.flatMap { $0.range.filter { candidates.keeps[$0] } }
    precondition(count <= alive.count, "\(count) of \(alive.count) weights")
    alive.sort { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    var mask = Mask(fullFor: layout)
    for entry in layout.prunable { for i in entry.range { mask.keeps[i] = false } }
    for i in alive.prefix(count) { mask.keeps[i] = true }
    return mask.withoutIdleBiases()
  }
}
