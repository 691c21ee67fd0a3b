import Basics
import Lanes

/// Images with their Fourier phases turned at random and their amplitudes kept: the spectrum stays, edges go.
///
/// The phases of every image are those of an image of white noise, the same for all channels, so that correlations
/// between colours stay too; the mean stays. Values are not clipped. Streams: `transform/phase/train`, `/test`.
public struct PhaseRandomised: DataTransform {
  public let name = "phase"
  public let usage = "phase[:SEED]"
  public let summary = "images with random Fourier phases and their own amplitudes"

  public init() {}

  public func apply(to dataset: Dataset, argument: String?) throws -> Dataset {
    let shape = dataset.inputShape, plane = shape.height * shape.width, seed = try seed(argument)
    guard !shape.isFlat, shape.height <= 256, shape.width <= 256 else {
      throw Problem.usage("Samples of \(shape) have no spectrum to keep.", remedy: "Use images of at most 256x256.")
    }
    let fourier = PlaneFourier(height: shape.height, width: shape.width)
    return try dataset.mapped(self, argument) { split, isTest in
      var random = RandomStream(seed: seed, "transform/phase/\(isTest ? "test" : "train")")
      var values = split.floats
      for sample in 0..<split.count {
        var noise = ComplexPlane((0..<plane).map { _ in random.nextNormal() })
        fourier.transform(&noise)
        for channel in 0..<shape.channels {
          let first = (sample * shape.channels + channel) * plane
          var image = ComplexPlane(values[first..<first + plane].map(Double.init))
          fourier.transform(&image)
          image.turn(by: noise)
          fourier.transform(&image, inverse: true)
          for i in 0..<plane { values[first + i] = Float(image.real[i]) }
        }
      }
      return values
    }
  }
}

/// Real and imaginary parts of a plane, row by row.
private struct ComplexPlane {
  var real: [Double]
  var imaginary: [Double]

  init(_ real: [Double]) {
    self.real = real
    imaginary = [Double](repeating: 0, count: real.count)
  }

  /// Every coefficient but the mean's turned by the angle of another plane's.
  mutating func turn(by other: ComplexPlane) {
    for i in 1..<real.count {
      let a = other.real[i], b = other.imaginary[i], length = (a * a + b * b).squareRoot()
      guard length > 0 else { continue }
      (real[i], imaginary[i]) = (
        (real[i] * a - imaginary[i] * b) / length, (real[i] * b + imaginary[i] * a) / length
      )
    }
  }
}

/// The discrete Fourier transform of a plane, rows and then columns, by tables of cosines that are the same everywhere.
private struct PlaneFourier {
  let height: Int
  let width: Int
  private let rows: [(cosine: Double, sine: Double)]
  private let columns: [(cosine: Double, sine: Double)]

  init(height: Int, width: Int) {
    (self.height, self.width) = (height, width)
    rows = Self.table(width)
    columns = Self.table(height)
  }

  private static func table(_ count: Int) -> [(cosine: Double, sine: Double)] {
    let pi = 3.141592653589793
    func cosine(_ turns: Double) -> Double { Deterministic.cosine(2 * pi * (turns - turns.rounded())) }
    return (0..<count).map { i in
      let turns = Double(i) / Double(count)
      return (cosine(turns), cosine(turns - 0.25))
    }
  }

  /// Divided by the number of pixels on the way back.
  func transform(_ plane: inout ComplexPlane, inverse: Bool = false) {
    for row in 0..<height { line(&plane, from: row * width, step: 1, rows, inverse) }
    for column in 0..<width { line(&plane, from: column, step: width, columns, inverse) }
    guard inverse else { return }
    let scale = 1 / Double(height * width)
    for i in plane.real.indices {
      plane.real[i] *= scale
      plane.imaginary[i] *= scale
    }
  }

  private func line(
    _ plane: inout ComplexPlane, from first: Int, step: Int, _ table: [(cosine: Double, sine: Double)], _ inverse: Bool
  ) {
    let count = table.count
    let old = (0..<count).map { (plane.real[first + $0 * step], plane.imaginary[first + $0 * step]) }
    for k in 0..<count {
      var real = 0.0, imaginary = 0.0, angle = 0
      for (x, y) in old {
        let c = table[angle].cosine, s = inverse ? table[angle].sine : -table[angle].sine
        real += x * c - y * s
        imaginary += x * s + y * c
        angle += k
        if angle >= count { angle -= count }
      }
      plane.real[first + k * step] = real
      plane.imaginary[first + k * step] = imaginary
    }
  }
}
