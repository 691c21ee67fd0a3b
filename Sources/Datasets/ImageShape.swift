/// The shape of one sample: channels, height, width. A plain feature vector has one channel and height 1.
public struct ImageShape: Codable, Equatable, Sendable {
  public var channels: Int
  public var height: Int
  public var width: Int

  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// How many numbers a sample has.
  public var count: Int { channels * height * width }
}

extension ImageShape: CustomStringConvertible {
  public var description: String { "\(channels)x\(height)x\(width)" }
}
