import Basics
public import Lanes

/// Features of a batch on their way from one network to the next: [block of samples][feature][sample of the block].
extension Plan {
  /// Floats of a batch of the network's input, and of its output.
  public var inputFeatureCount: Int { 16 * blocks * architecture.input.count }
  public var outputFeatureCount: Int { 16 * blocks * architecture.output.count }

  /// Copies the outputs of the last batch.
  public func copyOutput(into features: FloatBuffer) {
    copy(tensor(architecture.outputName), features) { $1.update(from: $0, count: $2) }
  }

  /// Takes features for the network's input.
  public func setInput(_ features: FloatBuffer) {
    copy(tensor(Architecture.inputName), features) { $0.update(from: $1, count: $2) }
  }

  /// Copies the gradient of the network's input that the last backward pass left.
  public func copyInputGradient(into features: FloatBuffer) {
    precondition(needsInputGradient, "\(architecture.name) was planned without the gradient of its input")
    copy(gradient(Architecture.inputName), features) { $1.update(from: $0, count: $2) }
  }

  /// Takes the gradient of the network's outputs.
  public func setOutputGradient(_ features: FloatBuffer) {
    copy(gradient(architecture.outputName), features) { $0.update(from: $1, count: $2) }
  }

  /// - Parameter body: Gets a stretch of the tensor, where it lies in the buffer, and how many floats it has.
  private func copy(
    _ tensor: PlanTensor, _ features: FloatBuffer,
    _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    let place = tensor.placement, shape = place.shape
    let isWhole = place.placeStride == 16 && !shape.isFlat
    let (runs, length) = isWhole ? (shape.channels * shape.height, 16 * shape.width) : (shape.count, 16)
    precondition(features.count == blocks * runs * length, "\(features.count) floats of features of \(shape)")
    for block in 0..<blocks {
      let start = tensor.base + Int(tensor.positions[block])
      var next = features.pointer + block * runs * length
      for run in 0..<runs {
        body(start + offset(of: run, place, isWhole: isWhole), next, length)
        next += length
      }
    }
  }

  private func offset(of run: Int, _ place: Placement, isWhole: Bool) -> Int {
    let shape = place.shape
    if isWhole { return run / shape.height * place.channelStride + run % shape.height * place.rowStride }
    let plane = shape.height * shape.width
    return run / plane * place.channelStride + run / shape.width % shape.height * place.rowStride
      + run % shape.width * place.placeStride
  }
}
