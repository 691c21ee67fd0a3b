import Basics

/// With n the normalised x, f = 1 / sqrt(variance + epsilon) and scale a: y = a n + shift, n = f (x - mean).
extension BatchNorm: DoubleLayer {
  func forward(_ pass: DoublePass) {
    forEachChannel(pass) { channel, values, centre, factor in
      let scale = affine ? pass.parameters[0][channel] : 1, shift = affine ? pass.parameters[1][channel] : 0
      for i in values { pass.y[i] = scale * factor * (pass.x[0][i] - centre) + shift }
    }
  }

  /// With g = dy a f: dx = g - mean(g) - n mean(g n) where the batch gave mean and variance, and g where they are the
  /// running ones.
  func backward(_ pass: DoublePass) {
    forEachChannel(pass) { channel, values, centre, factor in
      let scale = affine ? pass.parameters[0][channel] : 1
      var sum = 0.0, product = 0.0
      for i in values {
        sum += pass.dy[i]
        product += pass.dy[i] * factor * (pass.x[0][i] - centre)
      }
      if affine {
        pass.gradients[0][channel] += product
        pass.gradients[1][channel] += sum
      }
      let count = Double(values.count), isBatch = pass.usesBatchStatistics
      for i in values {
        let normal = factor * (pass.x[0][i] - centre)
        pass.dx[0][i] += scale * factor * (pass.dy[i] - (isBatch ? sum / count + normal * product / count : 0))
      }
    }
  }

  /// The tangent of y is that of a times n, a times that of n, and that of the shift.
  func forward(_ pass: DoublePass, along tangent: DoublePass) {
    forEachMovingChannel(pass, tangent) { channel, _ in
      let scaleChange = affine ? tangent.parameters[0][channel.number] : 0
      let shiftChange = affine ? tangent.parameters[1][channel.number] : 0
      let scale = affine ? pass.parameters[0][channel.number] : 1
      for i in channel.values {
        tangent.y[i] = scaleChange * channel.normal(i) + scale * channel.normalChange(i) + shiftChange
      }
    }
  }

  /// dx = a f q with q = dy - mean(dy) - n mean(dy n), or dy with running statistics; its tangent by the product rule.
  func backward(_ pass: DoublePass, along tangent: DoublePass) {
    forEachMovingChannel(pass, tangent) { channel, isBatch in
      var sum = 0.0, product = 0.0, sumChange = 0.0, productChange = 0.0
      for i in channel.values {
        sum += pass.dy[i]
        product += pass.dy[i] * channel.normal(i)
        sumChange += tangent.dy[i]
        productChange += tangent.dy[i] * channel.normal(i) + pass.dy[i] * channel.normalChange(i)
      }
      if affine {
        tangent.gradients[0][channel.number] += productChange
        tangent.gradients[1][channel.number] += sumChange
      }
      let scale = affine ? pass.parameters[0][channel.number] : 1
      let scaleChange = affine ? tangent.parameters[0][channel.number] : 0
      let slope = scale * channel.factor, slopeChange = scaleChange * channel.factor + scale * channel.factorChange
      let count = Double(channel.values.count)
      for i in channel.values {
        var q = pass.dy[i], change = tangent.dy[i]
        if isBatch {
          q -= (sum + channel.normal(i) * product) / count
          change -= (sumChange + channel.normalChange(i) * product + channel.normal(i) * productChange) / count
        }
        tangent.dx[0][i] += slopeChange * q + slope * change
      }
    }
  }

  /// Calls `body` for every channel with its places, what is subtracted, and what is multiplied by.
  private func forEachChannel(_ pass: DoublePass, _ body: (Int, Range<Int>, Double, Double) -> Void) {
    let size = pass.output.height * pass.output.width * pass.lanes, statistics = affine ? 2 : 0
    for channel in 0..<pass.output.channels {
      let values = channel * size..<(channel + 1) * size
      var mean = pass.parameters[statistics][channel], variance = pass.parameters[statistics + 1][channel]
      if pass.usesBatchStatistics {
        mean = values.reduce(0) { $0 + pass.x[0][$1] } / Double(size)
        variance = values.reduce(0) { $0 + (pass.x[0][$1] - mean) * (pass.x[0][$1] - mean) } / Double(size)
      }
      body(channel, values, mean, 1 / (variance + epsilon).squareRoot())
    }
  }

  /// Calls `body` for every channel, and with whether its statistics move with x.
  private func forEachMovingChannel(
    _ pass: DoublePass, _ tangent: DoublePass, _ body: (MovingChannel, Bool) -> Void
  ) {
    forEachChannel(pass) { number, values, centre, factor in
      var channel = MovingChannel(
        number: number, values: values, x: pass.x[0], change: tangent.x[0], centre: centre, factor: factor)
      if pass.usesBatchStatistics { channel.moveStatistics() }
      body(channel, pass.usesBatchStatistics)
    }
  }
}

/// A channel's normalised values and their tangents. Running statistics are constants: a direction does not move them.
private struct MovingChannel {
  let number: Int
  let values: Range<Int>
  let x: UnsafeMutablePointer<Double>
  let change: UnsafeMutablePointer<Double>
  let centre: Double
  let factor: Double
  private(set) var centreChange = 0.0
  private(set) var factorChange = 0.0

  init(
    number: Int, values: Range<Int>, x: UnsafeMutablePointer<Double>, change: UnsafeMutablePointer<Double>,
    centre: Double, factor: Double
  ) {
    (self.number, self.values, self.x, self.change) = (number, values, x, change)
    (self.centre, self.factor) = (centre, factor)
  }

  /// The tangent of f is -f^2 mean(n times the tangent of x).
  mutating func moveStatistics() {
    let count = Double(values.count)
    centreChange = values.reduce(0) { $0 + change[$1] } / count
    factorChange = -factor * factor * values.reduce(0) { $0 + normal($1) * change[$1] } / count
  }

  func normal(_ i: Int) -> Double { factor * (x[i] - centre) }

  func normalChange(_ i: Int) -> Double { factor * (change[i] - centreChange) + factorChange * (x[i] - centre) }
}
