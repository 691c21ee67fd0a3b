import Basics
import Lanes

/// How a tensor of one sample lies in memory.
struct PlaceLayout: Hashable {
  var shape: FeatureShape
  var pitch: Int
  /// Zeros before the first place of a channel, which convolutions read as rows above and columns before.
  var border: Int
  var channelStride: Int

  /// Places with room for a padding around them.
  init(_ shape: FeatureShape, padding: Int, pitch: Int? = nil) {
    let pitch = pitch ?? shape.width + padding
    (self.shape, self.pitch) = (shape, pitch)
    border = padding * (pitch + 1)
    let size = 2 * border + Self.whole(shape.height * pitch)
    channelStride = Self.whole(size)
    // Channels a multiple of 1 KiB apart would share few sets of the first cache.
    if channelStride % 256 == 0 { channelStride += 16 }
  }

  /// Values without gaps, as fully connected layers like to read them.
  init(compact shape: FeatureShape) {
    (self.shape, pitch, border, channelStride) = (shape, shape.width, 0, shape.height * shape.width)
  }

  /// Floats in all, whole vectors; readers may go `slack` beyond them.
  func count(slack: Int) -> Int { Self.whole(max(shape.channels, 1) * channelStride) + slack }
  /// Of positions, whole halves of vectors of them.
  var positions: Int { Self.whole(shape.height * pitch, 8) }

  func place(_ channel: Int, _ row: Int, _ column: Int) -> Int {
    border + channel * channelStride + row * pitch + column
  }

  /// 1 at positions that are places.
  var keep: [Float] { (0..<positions).map { $0 / pitch < shape.height && $0 % pitch < shape.width ? 1 : 0 } }

  static func whole(_ count: Int, _ unit: Int = 16) -> Int { (count + unit - 1) / unit * unit }
}

/// Memory of tensors of one sample. Those that lie alike and do not live at once share it, so that the zeros around places
/// stay where they are.
final class PlaceMemory {
  private var buffers: [FloatBuffer] = []
  private var free: [Key: [Int]] = [:]
  private let slack: Int

  private struct Key: Hashable { var rows, columns, pitch, channelStride, count: Int }

  init(slack: Int) { self.slack = slack }

  var bytes: Int { buffers.reduce(0) { $0 + 4 * $1.count } }

  func take(_ layout: PlaceLayout) -> (buffer: Int, base: UnsafeMutablePointer<Float>) {
    let buffer =
      free[key(layout)]?.popLast()
      ?? {
        buffers.append(FloatBuffer(count: layout.count(slack: slack)))
        return buffers.count - 1
      }()
    return (buffer, buffers[buffer].pointer)
  }

  func release(_ buffer: Int, _ layout: PlaceLayout) { free[key(layout), default: []].append(buffer) }

  private func key(_ layout: PlaceLayout) -> Key {
    Key(
      rows: layout.shape.height, columns: layout.shape.width, pitch: layout.pitch,
      channelStride: layout.channelStride, count: layout.count(slack: slack))
  }
}
