/// How two arrays of floats differ, bit by bit.
public struct BitComparison: CustomStringConvertible, Sendable {
  /// Elements whose values differ (a NaN differs from everything but the same bits).
  public private(set) var values = 0
  /// Elements that are zero in both, with different signs.
  public private(set) var zeroSigns = 0
  private var first: (index: Int, a: Float, b: Float)?

  public init(_ a: [Float], _ b: [Float]) {
    precondition(a.count == b.count, "\(a.count) values against \(b.count)")
    for i in a.indices where a[i].bitPattern != b[i].bitPattern {
      if a[i] == 0 && b[i] == 0 { zeroSigns += 1 } else { values += 1 }
      if first == nil { first = (i, a[i], b[i]) }
    }
  }

  public var isEqual: Bool { values == 0 && zeroSigns == 0 }

  public var description: String {
    guard let first else { return "the same bits" }
    return "\(values) values and \(zeroSigns) signs of zero differ; first at \(first.index): \(first.a) and \(first.b)"
  }
}
