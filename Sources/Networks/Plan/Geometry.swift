import Foundations
import Lanes

/// A layer's weight matrix [outputs][columns] as sums over shifted inputs: every column is an input channel and a place of
/// the window, or one input feature.
struct Geometry {
  /// Places of the input whose gradients sum over the same terms.
  struct Part {
    struct Column {
      /// Of the output's gradient, from a place's position.
      var offset: Int32
      /// Index of the weight for input 0.
      var weight: Int
    }
    var x: [Int32]
    var y: [Int32]
    var columns: [Column]
  }

  var outputs: Int
  var inputs: Int
  /// Distance between the weights of one input and the next.
  var weightStride: Int
  /// Offset of each column's input from a place's position.
  var columnOffsets: [Int32]
  var outputStride: Int
  var inputStride: Int
  var x: [Int32]
  var y: [Int32]
  /// How many places in a row make one chain of a weight gradient's sums.
  var chain: Int
  /// Whether the output is an image.
  var arePlaces: Bool
  /// None where the input needs no gradient.
  var parts: [Part]

  func places(_ tables: Tables) -> Places {
    Places(x: x, y: y, rowStride: outputStride, chain: chain, arePlaces: arePlaces, tables)
  }

  func weight(_ input: Int, _ column: Part.Column) -> Int { column.weight + input * weightStride }

  /// Every input value is a feature: one place, where the whole input is read.
  init(features input: Placement, _ output: Placement, needsBackward: Bool) {
    let offsets = input.featureOffsets, outputOffsets = output.featureOffsets
    (outputs, inputs, weightStride) = (outputOffsets.count, offsets.count, 1)
    columnOffsets = offsets
    (outputStride, inputStride) = (output.channelStride, input.placeStride)
    (x, y, chain, arePlaces) = (input.blockPositions, output.blockPositions, output.chain, false)
    let columns = outputOffsets.enumerated().map { Part.Column(offset: $1, weight: $0 * offsets.count) }
    parts = needsBackward ? [Part(x: x, y: y, columns: columns)] : []
  }

  /// Columns are (input channel, row, column of the window); the places are those of the output.
  init(_ window: Window, _ input: Placement, _ output: Placement, needsBackward: Bool) {
    let taps = window.height * window.width, shape = input.shape
    (outputs, inputs, weightStride) = (output.shape.channels, shape.channels, taps)
    columnOffsets = (0..<shape.channels * taps).map { i in
      let row = i % taps / window.width - window.padding, column = i % window.width - window.padding
      return Int32(i / taps * input.channelStride + row * input.rowStride + column * input.placeStride)
    }
    (outputStride, inputStride) = (output.channelStride, input.channelStride)
    let rows = 0..<output.shape.height, columns = 0..<output.shape.width
    x = input.positions(
      rows: rows.map { $0 * window.stride }, columns: columns.map { $0 * window.stride }, group: output.group)
    y = output.positions(rows: rows, columns: columns, group: output.group)
    (chain, arePlaces) = (output.chain, !output.shape.isFlat)
    parts = []
    guard needsBackward else { return }
    for row in 0..<min(window.stride, shape.height) {
      for column in 0..<min(window.stride, shape.width) {
        parts.append(Self.part(window, row, column, input, output))
      }
    }
  }

  /// The input places of one remainder of row and column modulo the stride: all are read through the same taps.
  private static func part(_ window: Window, _ row: Int, _ column: Int, _ input: Placement, _ output: Placement) -> Part
  {
    let rows = stride(from: row, to: input.shape.height, by: window.stride)
    let columns = stride(from: column, to: input.shape.width, by: window.stride)
    let taps = window.rowReaders(of: row).flatMap { r in window.columnReaders(of: column).map { (r, $0) } }
    let size = window.height * window.width, perOutput = input.shape.channels * size
    let terms = (0..<output.shape.channels).flatMap { channel in
      taps.map { r, c in
        Part.Column(
          offset: Int32(channel * output.channelStride + r.output * output.rowStride + c.output * output.placeStride),
          weight: channel * perOutput + r.tap * window.width + c.tap)
      }
    }
    return Part(
      x: input.positions(rows: rows, columns: columns, group: input.group),
      y: output.positions(
        rows: rows.map { $0 / window.stride }, columns: columns.map { $0 / window.stride }, group: input.group),
      columns: terms)
  }
}
