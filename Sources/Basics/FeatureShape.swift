/// The shape of one sample, in the data or at some place of a network: channels of height x width. Plain features have
/// height and width 1.
public struct FeatureShape: Hashable, Sendable, Codable, CustomStringConvertible {
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(channels: Int, height: Int = 1, width: Int = 1) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Number of values.
  public var count: Int { channels * height * width }
  public var isFlat: Bool { height == 1 && width == 1 }
  public var description: String { isFlat ? "\(channels)" : "\(channels)x\(height)x\(width)" }

  /// Reads `784` or `1x28x28`; anything else gives `nil`.
  public init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard [1, 3].contains(parts.count), parts.allSatisfy({ 0 < $0 && $0 <= 1 << 24 }),
      parts.reduce(1, { $0 * Double($1) }) <= Double(1 << 30)
    else { return nil }
    self.init(channels: parts[0], height: parts.count == 3 ? parts[1] : 1, width: parts.count == 3 ? parts[2] : 1)
  }
}
