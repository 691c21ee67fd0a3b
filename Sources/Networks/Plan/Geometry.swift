import Basics
import Lanes

/// A layer's weights [groups][outputs][columns] as sums over shifted inputs: every column is an input channel and a place of
/// the window, or one input feature. Each group of outputs reads a group of inputs of its own, all in the same way, so the
/// tables are those of the first.
struct Geometry {
  /// Places of the input whose gradients sum over the same terms.
  struct Part {
    struct Column {
      /// Of the output's gradient, from a place's position.
      var offset: Int32
      /// Index of the weight for input 0 within its group.
      var weight: Int
    }
    /// In the order of products.
    var x: [Int32]
    var y: [Int32]
    var columns: [Column]
    /// Columns of one output channel, which follow each other.
    var taps = 1
    /// From a place's position: where the last of several places is the first to read the output's gradient.
    var ahead: [Int32] = []
  }

  var groups = 1
  /// Of one group.
  var outputs: Int
  var inputs: Int
  /// Distance between the weights of one input and the next.
  var weightStride: Int
  /// Offset of each column's input from a place's position.
  var columnOffsets: [Int32]
  var outputStride: Int
  var inputStride: Int
  /// In the order of summation of weight gradients.
  var x: [Int32]
  var y: [Int32]
  /// The same in an order that suits products.
  var productX: [Int32]
  var productY: [Int32]
  /// From a place's position: where the last of several places is the first to read the input.
  var ahead: [Int32] = []
  /// How many places in a row make one chain of a weight gradient's sums.
  var chain: Int
  /// Whether the output is an image.
  var arePlaces: Bool
  /// None where the input needs no gradient.
  var parts: [Part]

  func places(_ tables: Tables) -> Places {
    Places(x: x, y: y, rowStride: outputStride, chain: chain, arePlaces: arePlaces, tables)
  }

  func productPlaces(_ tables: Tables) -> Places {
    Places(x: productX, y: productY, rowStride: outputStride, arePlaces: arePlaces, tables)
  }

  var columns: Int { columnOffsets.count }
  /// Weights of one group.
  var matrix: Int { outputs * columns }
  /// From a group's first input, or output, to that of the next.
  var inputGroupStride: Int { inputs * inputStride }
  var outputGroupStride: Int { outputs * outputStride }

  /// Index of the weight between an input of any group and a column of its part.
  func weight(_ input: Int, _ column: Part.Column) -> Int {
    input / inputs * matrix + input % inputs * weightStride + column.weight
  }

  /// Offset of the input that a column of an output of any group reads.
  func inputOffset(_ output: Int, _ column: Int) -> Int32 {
    columnOffsets[column] + Int32(output / outputs * inputGroupStride)
  }

  /// Offset of the output's gradient that a column of an input of any group reads.
  func outputOffset(_ input: Int, _ column: Part.Column) -> Int32 {
    column.offset + Int32(input / inputs * outputGroupStride)
  }

  /// Every input value is a feature: one place, where the whole input is read.
  init(features input: Placement, _ output: Placement, needsBackward: Bool) {
    let offsets = input.featureOffsets, outputOffsets = output.featureOffsets
    (outputs, inputs, weightStride) = (outputOffsets.count, offsets.count, 1)
    columnOffsets = offsets
    (outputStride, inputStride) = (output.channelStride, input.placeStride)
    (x, y, chain, arePlaces) = (input.blockPositions, output.blockPositions, output.chain, false)
    (productX, productY) = (x, y)
    let columns = outputOffsets.enumerated().map { Part.Column(offset: $1, weight: $0 * offsets.count) }
    parts = needsBackward ? [Part(x: x, y: y, columns: columns)] : []
  }

  /// Columns are (input channel, row, column of the window); the places are those of the output.
  init(_ window: Window, groups: Int = 1, _ input: Placement, _ output: Placement, needsBackward: Bool) {
    let taps = window.height * window.width, shape = input.shape
    self.groups = groups
    (outputs, inputs, weightStride) = (output.shape.channels / groups, shape.channels / groups, taps)
    columnOffsets = (0..<inputs * taps).map { i in
      let row = i % taps / window.width - window.padding, column = i % window.width - window.padding
      return Int32(i / taps * input.channelStride + row * input.rowStride + column * input.placeStride)
    }
    (outputStride, inputStride) = (output.channelStride, input.channelStride)
    let rows = 0..<output.shape.height, columns = 0..<output.shape.width
    x = input.positions(
      rows: rows.map { $0 * window.stride }, columns: columns.map { $0 * window.stride }, group: output.group)
    y = output.positions(rows: rows, columns: columns, group: output.group)
    (chain, arePlaces) = (output.chain, !output.shape.isFlat)
    productX = input.productPositions(
      rows: rows.map { $0 * window.stride }, columns: columns.map { $0 * window.stride }, group: output.group)
    productY = output.productPositions(rows: Array(rows), columns: Array(columns), group: output.group)
    parts = []
    let lastRows = max(0, window.height - window.stride)..<window.height
    let middle = window.width / 2..<min(window.width, window.width / 2 + window.stride)
    ahead = (0..<shape.channels).flatMap { channel in
      lastRows.flatMap { row in
        middle.map { columnOffsets[0] + Int32(input.offset(channel: channel, row: row, column: $0)) }
      }
    }
    guard needsBackward else { return }
    for row in 0..<min(window.stride, shape.height) {
      for column in 0..<min(window.stride, shape.width) {
        parts.append(part(window, row, column, input, output))
      }
    }
  }

  /// The input places of one remainder of row and column modulo the stride: all are read through the same taps.
  private func part(_ window: Window, _ row: Int, _ column: Int, _ input: Placement, _ output: Placement) -> Part {
    let rows = stride(from: row, to: input.shape.height, by: window.stride)
    let columns = stride(from: column, to: input.shape.width, by: window.stride)
    let taps = window.rowReaders(of: row).flatMap { r in window.columnReaders(of: column).map { (r, $0) } }
    let terms = (0..<outputs).flatMap { channel in
      taps.map { r, c in
        Part.Column(
          offset: Int32(output.offset(channel: channel, row: r.output, column: c.output)),
          weight: channel * self.columns + r.tap * window.width + c.tap)
      }
    }
    let lastRow = taps.map(\.0.output).max(), middle = taps.map(\.1.output).sorted()
    return Part(
      x: input.productPositions(rows: Array(rows), columns: Array(columns), group: input.group),
      y: output.productPositions(
        rows: rows.map { $0 / window.stride }, columns: columns.map { $0 / window.stride }, group: input.group),
      columns: terms, taps: taps.count,
      ahead: lastRow.map { row in
        let place = output.offset(row: row, column: middle[middle.count / 2])
        return (0..<output.shape.channels).map { Int32($0 * output.channelStride + place) }
      } ?? [])
  }
}
