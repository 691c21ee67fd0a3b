public import Basics
import Lanes

/// Wrong labels, drawn exactly: how many is no matter of chance.
public struct LabelNoise: Equatable, Sendable, SettingValue {
  public enum Kind: String, CaseIterable, Sendable {
    /// A share of all samples gets one of the other classes, each equally likely.
    case symmetric
    /// A share of each class gets the next class; the last gets the first.
    case pair
  }

  public var kind: Kind
  /// From 0 to below 1.
  public var rate: Double

  public init(_ kind: Kind, rate: Double) { (self.kind, self.rate) = (kind, rate) }

  public init?(setting text: String) {
    if text == "none" {
      self.init(.symmetric, rate: 0)
      return
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let kind = Kind(rawValue: parts[0]), let rate = Double(parts[1]), 0 < rate, rate < 1 else {
      return nil
    }
    self.init(kind, rate: rate)
  }

  public var settingText: String { rate == 0 ? "none" : "\(kind.rawValue):\(rate)" }
  public static var settingForm: String { "none, symmetric:SHARE or pair:SHARE, the share above 0 and below 1" }

  /// Labels of which exactly `round(rate * n)` are wrong, of all (symmetric) or of each class (pair). Stream: `label-noise`.
  public func applied(to labels: [Int32], classes: Int, seed: UInt64) -> [Int32] {
    var random = RandomStream(seed: seed, "label-noise"), result = labels
    let order = random.permutation(of: labels.count).map { Int($0) }
    switch kind {
    case .symmetric:
      for i in order.prefix(Int((rate * Double(labels.count)).rounded())) {
        result[i] = Int32((Int(labels[i]) + 1 + random.nextIndex(below: classes - 1)) % classes)
      }
    case .pair:
      for label in 0..<classes {
        let members = order.filter { Int(labels[$0]) == label }
        for i in members.prefix(Int((rate * Double(members.count)).rounded())) {
          result[i] = Int32((label + 1) % classes)
        }
      }
    }
    return result
  }
}
