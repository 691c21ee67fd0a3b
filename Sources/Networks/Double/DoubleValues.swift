import Basics

extension Rectifier: DoubleLayer {
  func forward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.y[i] = max(0, pass.x[0][i]) }
  }

  func backward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes where pass.y[i] > 0 { pass.dx[0][i] += pass.dy[i] }
  }

  func forward(_ pass: DoublePass, along tangent: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes where pass.y[i] > 0 { tangent.y[i] = tangent.x[0][i] }
  }

  func backward(_ pass: DoublePass, along tangent: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes where pass.y[i] > 0 { tangent.dx[0][i] += tangent.dy[i] }
  }
}

/// The derivative is the slope that stands in for the sign's, 2 (1 - min(|x|, 1)).
extension Sign: DoubleLayer {
  private static func slope(_ x: Double) -> Double { 2 * (1 - min(abs(x), 1)) }
  private static func bend(_ x: Double) -> Double { abs(x) >= 1 ? 0 : x < 0 ? 2 : -2 }

  func forward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.y[i] = pass.x[0][i] < 0 ? -1 : 1 }
  }

  func backward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.dx[0][i] += Self.slope(pass.x[0][i]) * pass.dy[i] }
  }

  func forward(_ pass: DoublePass, along tangent: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { tangent.y[i] = Self.slope(pass.x[0][i]) * tangent.x[0][i] }
  }

  func backward(_ pass: DoublePass, along tangent: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes {
      let x = pass.x[0][i]
      tangent.dx[0][i] += Self.slope(x) * tangent.dy[i] + Self.bend(x) * tangent.x[0][i] * pass.dy[i]
    }
  }
}

extension MaxPool: DoubleLayer {
  func forward(_ pass: DoublePass) {
    pass.forEachWindow(height: size, width: size) { output, inputs in
      pass.y[output] = inputs.reduce(-.infinity) { max($0, pass.x[0][$1]) }
    }
  }

  func backward(_ pass: DoublePass) {
    forEachMaximum(pass) { output, input in pass.dx[0][input] += pass.dy[output] }
  }

  func forward(_ pass: DoublePass, along tangent: DoublePass) {
    forEachMaximum(pass) { output, input in tangent.y[output] = tangent.x[0][input] }
  }

  func backward(_ pass: DoublePass, along tangent: DoublePass) {
    forEachMaximum(pass) { output, input in tangent.dx[0][input] += tangent.dy[output] }
  }

  /// Calls `body` with every output and the first input that has its value.
  private func forEachMaximum(_ pass: DoublePass, _ body: (Int, Int) -> Void) {
    pass.forEachWindow(height: size, width: size) { output, inputs in
      guard let first = inputs.first(where: { pass.x[0][$0] == pass.y[output] }) else { return }
      body(output, first)
    }
  }
}

extension AveragePool: LinearDoubleLayer {
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

extension Sum: LinearDoubleLayer {
  func forward(_ pass: DoublePass) {
    for x in pass.x { for i in 0..<pass.output.count * pass.lanes { pass.y[i] += x[i] } }
  }

  func backward(_ pass: DoublePass) {
    for dx in pass.dx { for i in 0..<pass.output.count * pass.lanes { dx[i] += pass.dy[i] } }
  }
}

/// Nothing is dropped: scores are of the network that is evaluated.
extension Dropout: LinearDoubleLayer {
  func forward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.y[i] = pass.x[0][i] }
  }

  func backward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.dx[0][i] += pass.dy[i] }
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
