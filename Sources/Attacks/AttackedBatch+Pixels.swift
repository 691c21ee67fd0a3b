import Lanes
import Networks

/// Pixels and gradients of single samples, for attacks that move each by a rule of its own. [channel][row][column].
extension AttackedBatch {
  /// The perturbed pixels of a sample as they are stored.
  func pixels(_ sample: Int) -> [Float] { read(perturbation.pixels, sample) }
  /// The sample without perturbation.
  func cleanPixels(_ sample: Int) -> [Float] { read(perturbation.clean, sample) }

  /// Replaces the perturbed pixels of a sample; those outside the range are brought into it.
  func setPixels(_ sample: Int, _ values: [Float]) {
    let pixels = perturbation.pixels.pointer + perturbation.layout.origin, scale = perturbation.scale
    perturbation.layout.eachPixel(of: sample) { i, at in pixels[at] = min(scale.highest, max(scale.lowest, values[i])) }
  }

  /// The gradient by stored pixels that was evaluated last, of every sample.
  func pixelGradients() -> [[Float]] {
    let plane = perturbation.layout.height * perturbation.layout.width, multipliers = perturbation.multipliers
    return plan.networkInputGradient(count: count).map { gradient in
      gradient.indices.map { gradient[$0] * multipliers[$0 / plane] }
    }
  }

  private func read(_ buffer: FloatBuffer, _ sample: Int) -> [Float] {
    let source = buffer.pointer + perturbation.layout.origin
    var values = [Float](repeating: 0, count: perturbation.layout.pixelsPerSample)
    perturbation.layout.eachPixel(of: sample) { i, at in values[i] = source[at] }
    return values
  }
}
