import Basics
import Lanes

extension Layer {
  /// The output shape of a layer that pools each channel over its windows.
  func pooledShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("pooling takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    guard let size = window(over: inputs[0])?.outputSize(over: inputs[0]) else {
      throw Problem.badData(
        "\(text) does not fit an input of \(inputs[0]).", remedy: "Use larger images or a smaller window.")
    }
    return FeatureShape(channels: inputs[0].channels, height: size.height, width: size.width)
  }
}

/// What pooling layers share.
extension Emitter {
  func pool(_ node: PlanNode, isMaximum: Bool) {
    let (x, windows, y) = pooling(node, isMaximum)
    program.pool(x, windows, into: y)
  }

  func poolGradient(_ node: PlanNode, isMaximum: Bool) {
    guard let dx = inputGradient(node, 0) else { return }
    let (x, windows, y) = pooling(node, isMaximum)
    program.poolGradient(
      x, windows, y, gradient: gradient(node.name).base, into: dx.base, gate: dx.gate,
      scale: dx.scale, accumulates: dx.accumulates, streams: streams(tensor(node.inputs[0])))
  }

  /// Windows that are a place each.
  func onePlaceWindows(_ tensor: PlanTensor) -> (Operand, PoolWindows) {
    let place = tensor.placement, shape = place.shape
    let positions = place.positions(
      rows: 0..<shape.height, columns: 0..<shape.width, group: place.group, blocks: blocks)
    return (operand(tensor, positions), copies(shape.channels))
  }

  private func pooling(_ node: PlanNode, _ isMaximum: Bool) -> (Operand, PoolWindows, Operand) {
    let input = tensor(node.inputs[0]), output = tensor(node.name), x = input.placement, y = output.placement
    let window = node.layer.window(over: x.shape)!, size = y.shape, tables = plan.tables
    let rows = 0..<size.height, columns = 0..<size.width, readRows = size.height * window.height
    let xPlaces = x.positions(
      rows: rows.map { $0 * window.stride }, columns: columns.map { $0 * window.stride }, group: y.group,
      blocks: blocks)
    let yPlaces = y.positions(rows: rows, columns: columns, group: y.group, blocks: blocks)
    let taps = (0..<window.height).flatMap { row in
      (0..<window.width).map { Int32(row * x.rowStride + $0 * x.placeStride) }
    }
    let unread =
      x.positions(rows: readRows..<x.shape.height, columns: 0..<x.shape.width, group: x.group, blocks: blocks)
      + x.positions(
        rows: 0..<readRows, columns: size.width * window.width..<x.shape.width, group: x.group, blocks: blocks)
    let windows = PoolWindows(
      isMaximum: isMaximum, rows: x.shape.channels, taps: tables.table(taps), tapCount: taps.count,
      unread: tables.table(unread), unreadCount: unread.count)
    return (
      Operand(
        base: input.base, positions: tables.table(xPlaces), positionCount: xPlaces.count, rowStride: x.channelStride),
      windows,
      Operand(
        base: output.base, positions: tables.table(yPlaces), positionCount: yPlaces.count, rowStride: y.channelStride)
    )
  }
}
