import Basics

extension Rectifier: DoubleLayer {
  func forward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.y[i] = max(0, pass.x[0][i]) }
  }

  func backward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes where pass.y[i] > 0 { pass.dx[0][i] += pass.dy[i] }
  }
}

extension MaxPool: DoubleLayer {
  func forward(_ pass: DoublePass) {
    pass.forEachWindow(height: size, width: size) { output, inputs in
      pass.y[output] = inputs.reduce(-.infinity) { max($0, pass.x[0][$1]) }
    }
  }

  func backward(_ pass: DoublePass) {
    pass.forEachWindow(height: size, width: size) { output, inputs in
      guard let first = inputs.first(where: { pass.x[0][$0] == pass.y[output] }) else { return }
      pass.dx[0][first] += pass.dy[output]
    }
  }
}

extension AveragePool: DoubleLayer {
  func forward(_ pass: DoublePass) {
    let (height, width) = window(pass)
    pass.forEachWindow(height: height, width: width) { output, inputs in
      pass.y[output] = inputs.reduce(0) { $0 + pass.x[0][$1] } / Double(inputs.count)
    }
  }

  func backward(_ pass: DoublePass) {
    let (height, width) = window(pass)
    pass.forEachWindow(height: height, width: width) { output, inputs in
      for i in inputs { pass.dx[0][i] += pass.dy[output] / Double(inputs.count) }
    }
  }

  private func window(_ pass: DoublePass) -> (height: Int, width: Int) {
    size.map { ($0, $0) } ?? (pass.inputs[0].height, pass.inputs[0].width)
  }
}

extension DoublePass {
  /// Calls `body` with the index of every output and those of the inputs in its window; windows do not overlap.
  fileprivate func forEachWindow(height: Int, width: Int, _ body: (Int, [Int]) -> Void) {
    let from = inputs[0]
    for i in 0..<output.count {
      let channel = i / (output.height * output.width), row = i / output.width % output.height
      let first = (channel * from.height + row * height) * from.width + i % output.width * width
      for lane in 0..<lanes {
        body(
          i * lanes + lane, (0..<height * width).map { (first + $0 / width * from.width + $0 % width) * lanes + lane })
      }
    }
  }
}
