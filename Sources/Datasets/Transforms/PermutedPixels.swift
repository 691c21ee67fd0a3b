import Basics
import Lanes

/// The pixels of all images in one other order, the channels of a pixel together: what is near is no longer told by the
/// place. Stream: `transform/permuted-pixels`.
public struct PermutedPixels: DataTransform {
  public let name = "permuted-pixels"
  public let usage = "permuted-pixels[:SEED]"
  public let summary = "the pixels of all images in one other order"

  public init() {}

  /// The old place of every pixel of the new images.
  public static func order(pixels: Int, seed: UInt64) -> [Int] {
    var random = RandomStream(seed: seed, "transform/permuted-pixels")
    return random.permutation(of: pixels).map(Int.init)
  }

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    let shape = dataset.inputShape, plane = shape.isFlat ? shape.channels : shape.height * shape.width
    let order = Self.order(pixels: plane, seed: try seed(argument))
    func moved<Value>(_ values: [Value]) -> [Value] {
      values.indices.map { values[$0 / plane * plane + order[$0 % plane]] }
    }
    func moved(_ split: Split) -> Split {
      switch split.pixels {
      case .bytes(let values): Split(pixels: .bytes(moved(values)), labels: split.labels)
      case .floats(let values): Split(pixels: .floats(moved(values)), labels: split.labels)
      }
    }
    return try dataset.changed(self, argument, train: moved(dataset.train), test: moved(dataset.test))
  }
}
