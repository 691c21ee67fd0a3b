import Basics

/// Which places of its input a place of a layer's output reads: `height` x `width` of them from row * stride - padding on.
public struct Window: Equatable, Sendable {
  public var height: Int
  public var width: Int
  public var stride: Int
  public var padding: Int

  public init(height: Int, width: Int, stride: Int, padding: Int = 0) {
    self.height = height
    self.width = width
    self.stride = stride
    self.padding = padding
  }

  /// Rows and columns of the output; `nil` if the window does not fit.
  func outputSize(over input: FeatureShape) -> (height: Int, width: Int)? {
    guard [height, width, stride, padding].allSatisfy({ (0...1 << 16).contains($0) }) else { return nil }
    let rows = input.height + 2 * padding - height, columns = input.width + 2 * padding - width
    guard rows >= 0, columns >= 0, stride > 0, padding >= 0, height > 0, width > 0 else { return nil }
    return (rows / stride + 1, columns / stride + 1)
  }

  /// The rows or columns of the output that read row or column `place`, as (tap, output) in order of taps.
  private func readers(of place: Int, taps: Int) -> [(tap: Int, output: Int)] {
    (0..<taps).filter { (place + padding - $0) % stride == 0 }.map { ($0, (place + padding - $0) / stride) }
  }

  func rowReaders(of row: Int) -> [(tap: Int, output: Int)] { readers(of: row, taps: height) }
  func columnReaders(of column: Int) -> [(tap: Int, output: Int)] { readers(of: column, taps: width) }

  /// How far beyond the output's edges the taps of an input gradient reach.
  func gradientHalo(over input: FeatureShape) -> Int {
    let size = outputSize(over: input)!
    let rows = (0..<input.height).flatMap { rowReaders(of: $0).map { max(-$0.output, $0.output - size.height + 1) } }
    let columns = (0..<input.width).flatMap {
      columnReaders(of: $0).map { max(-$0.output, $0.output - size.width + 1) }
    }
    return max(0, rows.max() ?? 0, columns.max() ?? 0)
  }
}
