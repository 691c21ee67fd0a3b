public import Networks

extension Parameters {
  /// Every unit's surviving weights times sqrt(weights of the unit / survivors), which gives the sum over its inputs the
  /// variance that the dense unit has, if weights and inputs are independent. Units without survivors stay as they are.
  public func rescaled(forSurvivorsOf mask: Mask) -> Parameters {
    var result = self
    for entry in layout.prunable {
      let inputs = entry.count / entry.shape.dimensions[0]
      for first in stride(from: entry.offset, to: entry.range.upperBound, by: inputs) {
        let unit = first..<first + inputs, survivors = unit.count { mask.keeps[$0] }
        guard survivors > 0 else { continue }
        let factor = Float((Double(inputs) / Double(survivors)).squareRoot())
        for i in unit { result.values[i] *= factor }
      }
    }
    return result
  }
}
