import Basics

/// Input after input, as tensors are channel by channel, row by row.
extension Join: LinearDoubleLayer {
  func forward(_ pass: DoublePass) {
    forEachInput(pass) { input, first, count in
      for i in 0..<count { pass.y[first + i] = pass.x[input][i] }
    }
  }

  func backward(_ pass: DoublePass) {
    forEachInput(pass) { input, first, count in
      for i in 0..<count { pass.dx[input][i] += pass.dy[first + i] }
    }
  }

  /// Calls `body` with every input, where its values begin in the output, and how many there are.
  private func forEachInput(_ pass: DoublePass, _ body: (Int, Int, Int) -> Void) {
    var first = 0
    for (input, shape) in pass.inputs.enumerated() {
      body(input, first, shape.count * pass.lanes)
      first += shape.count * pass.lanes
    }
  }
}

extension Upsample: LinearDoubleLayer {
  func forward(_ pass: DoublePass) {
    forEachValue(pass) { output, input in pass.y[output] = pass.x[0][input] }
  }

  func backward(_ pass: DoublePass) {
    forEachValue(pass) { output, input in pass.dx[0][input] += pass.dy[output] }
  }

  /// Calls `body` with the index of every output and that of the input that it is.
  private func forEachValue(_ pass: DoublePass, _ body: (Int, Int) -> Void) {
    let from = pass.inputs[0], to = pass.output, lanes = pass.lanes
    for i in 0..<to.count {
      let row = i / to.width / factor, column = i % to.width / factor
      for lane in 0..<lanes { body(i * lanes + lane, (row * from.width + column) * lanes + lane) }
    }
  }
}
