import Basics

extension Linear: ProductDoubleLayer {
  func forward(_ pass: DoublePass) {
    let lanes = pass.lanes, columns = pass.inputs[0].count
    for row in 0..<outputs {
      let y = pass.y + row * lanes, weights = pass.parameters[0] + row * columns, keeps = pass.keeps[0] + row * columns
      if hasBias && pass.hasBiases { for lane in 0..<lanes { y[lane] = pass.parameters[1][row] } }
      for i in 0..<columns where keeps[i] { pass.add(weights[i], pass.x[0] + i * lanes, to: y, lanes) }
    }
  }

  func backward(_ pass: DoublePass) {
    let lanes = pass.lanes, columns = pass.inputs[0].count
    for row in 0..<outputs {
      let dy = pass.dy + row * lanes, weights = pass.parameters[0] + row * columns
      let dw = pass.gradients[0] + row * columns, keeps = pass.keeps[0] + row * columns
      if hasBias && pass.hasBiases { pass.gradients[1][row] += pass.sum(dy, lanes) }
      for i in 0..<columns where keeps[i] {
        dw[i] += pass.product(dy, pass.x[0] + i * lanes, lanes)
        pass.add(weights[i], dy, to: pass.dx[0] + i * lanes, lanes)
      }
    }
  }
}

extension Convolution: ProductDoubleLayer {
  func forward(_ pass: DoublePass) {
    let places = pass.output.height * pass.output.width * pass.lanes
    if hasBias && pass.hasBiases {
      for o in 0..<outputs { for i in 0..<places { pass.y[o * places + i] = pass.parameters[1][o] } }
    }
    forEachTap(pass) { weight, x, y, runs in
      let w = pass.parameters[0][weight]
      for run in runs { pass.add(w, pass.x[0] + x + run.x, to: pass.y + y + run.y, run.count) }
    }
  }

  func backward(_ pass: DoublePass) {
    let places = pass.output.height * pass.output.width * pass.lanes
    if hasBias && pass.hasBiases {
      for o in 0..<outputs { pass.gradients[1][o] += pass.sum(pass.dy + o * places, places) }
    }
    forEachTap(pass) { weight, x, y, runs in
      let w = pass.parameters[0][weight]
      for run in runs {
        pass.gradients[0][weight] += pass.product(pass.dy + y + run.y, pass.x[0] + x + run.x, run.count)
        pass.add(w, pass.dy + y + run.y, to: pass.dx[0] + x + run.x, run.count)
      }
    }
  }

  /// A stretch of neighbouring values of x and y that one weight connects.
  private struct Run {
    var x: Int
    var y: Int
    var count: Int
  }

  /// Calls `body` for every weight that lives, in order: its index, where its input channel and its output begin, and the
  /// stretches that it connects, counted from there.
  private func forEachTap(_ pass: DoublePass, _ body: (Int, Int, Int, [Run]) -> Void) {
    let channels = pass.inputs[0].channels / groups, size = pass.inputs[0].height * pass.inputs[0].width * pass.lanes
    let places = pass.output.height * pass.output.width * pass.lanes
    let taps = (0..<kernel * kernel).map { runs(pass, $0 / kernel, $0 % kernel) }
    var weight = 0
    for o in 0..<outputs {
      let first = o / (outputs / groups) * channels
      for channel in first..<first + channels {
        for tap in taps {
          if pass.keeps[0][weight] { body(weight, channel * size, o * places, tap) }
          weight += 1
        }
      }
    }
  }

  /// The stretches of a kernel's place, for channel 0 and output 0.
  private func runs(_ pass: DoublePass, _ a: Int, _ b: Int) -> [Run] {
    let from = pass.inputs[0], to = pass.output, lanes = pass.lanes
    let columns = (0..<to.width).filter { 0..<from.width ~= $0 * stride + b - padding }
    guard let first = columns.first, let last = columns.last else { return [] }
    return (0..<to.height).flatMap { row -> [Run] in
      let r = row * stride + a - padding
      guard 0..<from.height ~= r else { return [] }
      func run(_ column: Int, _ count: Int) -> Run {
        Run(
          x: (r * from.width + column * stride + b - padding) * lanes, y: (row * to.width + column) * lanes,
          count: count * lanes)
      }
      return stride == 1 ? [run(first, last - first + 1)] : columns.map { run($0, 1) }
    }
  }
}
