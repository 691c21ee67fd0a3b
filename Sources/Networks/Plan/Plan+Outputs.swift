import Basics

extension Plan {
  /// The network's outputs for the first `count` samples of the last batch, [sample][output], into memory that is there.
  public func copyOutputs(into values: inout [Float], count: Int) {
    let size = architecture.output.count
    precondition(values.count >= count * size, "\(values.count) places for \(count) samples of \(size) outputs")
    let tensor = tensor(architecture.outputName)
    visitOutputs(count: count) { sample, output, place in values[sample * size + output] = tensor.base[place] }
  }

  /// Sets the gradient of the network's outputs, [sample][output]; that of spare lanes is zero.
  public func setOutputGradient(_ values: [Float], count: Int) {
    let size = architecture.output.count
    precondition(values.count >= count * size, "\(values.count) gradients for \(count) samples of \(size) outputs")
    let tensor = gradient(architecture.outputName)
    visitOutputs(count: 16 * blocks) { sample, output, place in
      tensor.base[place] = sample < count ? values[sample * size + output] : 0
    }
  }

  private func visitOutputs(count: Int, _ visit: (Int, Int, Int) -> Void) {
    for sample in 0..<count {
      let start = Int(outputPlaces.blocks[sample / 16]) + sample % 16
      for (output, offset) in outputPlaces.features.enumerated() { visit(sample, output, start + Int(offset)) }
    }
  }
}
