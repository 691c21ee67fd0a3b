/// Where the pixels of a split lie in memory, and how they become the network's inputs: value * multiplier + shift.
public struct SampleSource {
  public enum Pixels {
    case bytes(UnsafePointer<UInt8>)
    case floats(UnsafePointer<Float>)
  }
  public var pixels: Pixels
  /// One a channel.
  public var multipliers: [Float]
  public var shifts: [Float]

  public init(pixels: Pixels, multipliers: [Float], shifts: [Float]) {
    self.pixels = pixels
    self.multipliers = multipliers
    self.shifts = shifts
  }
}

/// How the elements of a sample are laid out in a lane tensor: `runs` runs of `length` evenly spaced elements.
///
/// A run is a part of a channel; or all channels of a sample without height and width are a single run.
public struct SampleLayout {
  public var runs: Int
  public var length: Int
  public var runsPerChannel: Int
  public var channelStride: Int
  public var runStride: Int
  public var elementStride: Int
  public var runIsChannels = false

  public init(
    runs: Int, length: Int, runsPerChannel: Int, channelStride: Int, runStride: Int, elementStride: Int
  ) {
    self.runs = runs
    self.length = length
    self.runsPerChannel = runsPerChannel
    self.channelStride = channelStride
    self.runStride = runStride
    self.elementStride = elementStride
  }

  /// One run of `channels` elements, each with its own multiplier and shift.
  public init(channels: Int, channelStride: Int) {
    self.init(
      runs: 1, length: channels, runsPerChannel: 1, channelStride: 0, runStride: 0, elementStride: channelStride)
    runIsChannels = true
  }

  /// The memory that the batch fills: `elements` has a row a channel and a position a block.
  func stretch(_ elements: Operand) -> Stretch {
    let ends = [0, Int32((runsPerChannel - 1) * runStride + (length - 1) * elementStride)]
    return ends.withUnsafeBufferPointer {
      elements.stretch(rows: runs / runsPerChannel, offsets: $0.baseAddress!, count: 2)
    }
  }
}
