import Basics
import Lanes

/// What layers ask for that put values elsewhere: windows of one place copy, whatever halos, padding and groups of blocks
/// lie around them.
extension Emitter {
  func join(_ node: PlanNode) {
    let family = program.taskCount
    for (x, windows, y) in parts(of: node, gradient: false) { program.pool(x, windows, into: y, family: family) }
  }

  func joinGradient(_ node: PlanNode) {
    for (i, part) in parts(of: node, gradient: true).enumerated() {
      guard let dx = inputGradient(node, i) else { continue }
      program.poolGradient(
        part.x, part.windows, part.y, gradient: UnsafePointer(part.y.base), into: dx.base, gate: dx.gate,
        scale: dx.scale, accumulates: dx.accumulates, streams: streams(tensor(node.inputs[i])))
    }
  }

  func upsample(_ node: PlanNode, _ factor: Int) {
    let input = tensor(node.inputs[0]), output = tensor(node.name), y = output.placement, size = y.shape
    let from = input.placement.positions(
      rows: (0..<size.height).map { $0 / factor }, columns: (0..<size.width).map { $0 / factor }, group: y.group,
      blocks: blocks)
    let to = y.positions(rows: 0..<size.height, columns: 0..<size.width, group: y.group, blocks: blocks)
    program.pool(operand(input, from), copies(size.channels), into: operand(output, to))
  }

  /// Sums over factor x factor places, one a channel's row: products with ones.
  func upsampleGradient(_ node: PlanNode, _ factor: Int) {
    guard let dx = inputGradient(node, 0) else { return }
    let dy = gradient(node.name), into = gradient(node.inputs[0]), y = dy.placement, x = into.placement
    let rows = 0..<x.shape.height, columns = 0..<x.shape.width, taps = factor * factor
    let from = y.positions(
      rows: rows.map { $0 * factor }, columns: columns.map { $0 * factor }, group: x.group, blocks: blocks)
    let to = x.positions(rows: rows, columns: columns, group: x.group, blocks: blocks)
    let offsets = (0..<x.shape.channels).flatMap { channel in
      (0..<taps).map { Int32(y.offset(channel: channel, row: $0 / factor, column: $0 % factor)) }
    }
    let terms = SparseTerms(
      blocks: 1, rows: x.shape.channels,
      start: plan.tables.table((0...x.shape.channels).map { Int32($0 * taps) }), offset: plan.tables.table(offsets))
    var source = operand(dy, from)
    source.rowStride = 0
    program.sparseProduct(
      source, terms, weights: plan.tables.table([Float](repeating: 1, count: offsets.count)),
      into: operand(into, to),
      Epilogue(addend: dx.accumulates ? UnsafePointer(dx.base) : nil, gate: dx.gate, scale: dx.scale),
      threads: threads, streams: streams(into) && !dx.accumulates)
  }

  /// Every input of a join, and where its values are in the output, or in its gradient.
  private func parts(of node: PlanNode, gradient isGradient: Bool) -> [(x: Operand, windows: PoolWindows, y: Operand)] {
    let output = isGradient ? gradient(node.name) : tensor(node.name), y = output.placement
    var first = 0
    return node.inputs.map { name in
      let input = tensor(name), x = input.placement, shape = x.shape, at = y.blockPositions
      let from = x.positions(rows: 0..<shape.height, columns: 0..<shape.width, group: 1, blocks: blocks)
      let to = (blocks ?? 0..<x.blocks).flatMap { block in
        (0..<shape.height * shape.width).map { at[block] + Int32((first + $0) * y.channelStride) }
      }
      first += shape.count
      var target = operand(output, to)
      target.rowStride = shape.height * shape.width * y.channelStride
      return (operand(input, from), copies(shape.channels), target)
    }
  }

  /// Rows are channels.
  func operand(_ tensor: PlanTensor, _ positions: [Int32]) -> Operand {
    Operand(
      base: tensor.base, positions: plan.tables.table(positions), positionCount: positions.count,
      rowStride: tensor.placement.channelStride)
  }

  /// Windows of one place, which copy.
  func copies(_ channels: Int) -> PoolWindows {
    PoolWindows(
      isMaximum: false, rows: channels, taps: plan.tables.table([0]), tapCount: 1, unread: plan.tables.table([]),
      unreadCount: 0)
  }
}
