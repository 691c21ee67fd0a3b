import Basics

extension BatchNorm: DoubleLayer {
  func forward(_ pass: DoublePass) {
    forEachChannel(pass) { channel, values, centre, factor in
      let scale = affine ? pass.parameters[0][channel] : 1, shift = affine ? pass.parameters[1][channel] : 0
      for i in values { pass.y[i] = scale * factor * (pass.x[0][i] - centre) + shift }
    }
  }

  /// With g = dy scale factor and xhat the normalised x: dx = g - mean(g) - xhat mean(g xhat) where the batch gave mean and
  /// variance, and g where they are the running ones.
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
}

extension Sum: DoubleLayer {
  func forward(_ pass: DoublePass) {
    for x in pass.x { for i in 0..<pass.output.count * pass.lanes { pass.y[i] += x[i] } }
  }

  func backward(_ pass: DoublePass) {
    for dx in pass.dx { for i in 0..<pass.output.count * pass.lanes { dx[i] += pass.dy[i] } }
  }
}

/// Nothing is dropped: scores are of the network that is evaluated.
extension Dropout: DoubleLayer {
  func forward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.y[i] = pass.x[0][i] }
  }

  func backward(_ pass: DoublePass) {
    for i in 0..<pass.output.count * pass.lanes { pass.dx[0][i] += pass.dy[i] }
  }
}
