/// Which parameters live: a value over a parameter layout. Biases always live unless a method prunes them.
public struct Mask: Equatable, Sendable {
  public let layout: ParameterLayout
  /// One entry a parameter, in the layout's order.
  public var keeps: [Bool]

  public init(layout: ParameterLayout, keeps: [Bool]) {
    precondition(keeps.count == layout.count, "\(keeps.count) entries for \(layout.count) parameters")
    self.layout = layout
    self.keeps = keeps
  }

  /// The mask that keeps everything.
  public init(fullFor layout: ParameterLayout) {
    self.init(layout: layout, keeps: [Bool](repeating: true, count: layout.count))
  }

  /// Surviving entries of one tensor.
  public func remaining(in entry: ParameterLayout.Entry) -> Int {
    keeps[entry.range].reduce(0) { $0 + ($1 ? 1 : 0) }
  }

  /// Surviving prunable weights.
  public var remaining: Int { layout.prunable.reduce(0) { $0 + remaining(in: $1) } }
  /// Surviving share of the prunable weights.
  public var density: Double { Double(remaining) / Double(max(1, layout.prunableCount)) }
  public func density(of entry: ParameterLayout.Entry) -> Double { Double(remaining(in: entry)) / Double(entry.count) }

  public func intersection(_ other: Mask) -> Mask {
    precondition(other.layout == layout, "the masks belong to different networks")
    return Mask(layout: layout, keeps: zip(keeps, other.keeps).map { $0 && $1 })
  }

  /// Whether every weight that lives here lives in `other` too.
  public func isSubset(of other: Mask) -> Bool { zip(keeps, other.keeps).allSatisfy { !$0 || $1 } }
}

extension Mask {
  /// The entries as bits, eight a byte, lowest bit first.
  public var packedBits: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (keeps.count + 7) / 8)
    for (i, keep) in keeps.enumerated() where keep { bytes[i / 8] |= 1 << (i % 8) }
    return bytes
  }

  /// - Precondition: `packedBits` has one bit a parameter.
  public init(layout: ParameterLayout, packedBits: [UInt8]) {
    precondition(packedBits.count == (layout.count + 7) / 8, "\(packedBits.count) bytes for \(layout.count) bits")
    let keeps = (0..<layout.count).map { i -> Bool in
      let byte: UInt8 = packedBits[i / 8] >> UInt8(i % 8)
      return byte & 1 == 1
    }
    self.init(layout: layout, keeps: keeps)
  }
}
