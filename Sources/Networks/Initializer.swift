public import Basics
import Lanes

/// How weights start. Every parameter tensor draws from a random stream of its own, named after it; biases start at zero
/// unless the initialiser says otherwise. Batch norm starts with scale 1, shift 0 and running statistics 0 and 1.
///
/// Fans are those of the dense layer, for tickets and re-initialised controls alike (Frankle & Carbin 2019).
public enum Initializer: String, CaseIterable, Sendable, Codable {
  /// Normal with deviation sqrt(2 / fanIn) (He et al. 2015, arXiv:1502.01852).
  case kaimingNormal = "kaiming-normal"
  /// Uniform in +-sqrt(6 / fanIn) (He et al. 2015).
  case kaimingUniform = "kaiming-uniform"
  /// Normal with deviation sqrt(2 / (fanIn + fanOut)) (Glorot & Bengio 2010).
  case glorotNormal = "glorot-normal"
  /// +-sqrt(2 / fanIn) with a random sign (Ramanujan et al. 2020, arXiv:1911.13299).
  case signedConstant = "signed-constant"
  /// Weights and biases uniform in +-1/sqrt(fanIn), as PyTorch's Linear starts.
  case torchUniform = "torch-uniform"

  public var summary: String {
    switch self {
    case .kaimingNormal: "normal, deviation sqrt(2/fan-in); zero biases"
    case .kaimingUniform: "uniform in ±sqrt(6/fan-in); zero biases"
    case .glorotNormal: "normal, deviation sqrt(2/(fan-in + fan-out)); zero biases"
    case .signedConstant: "±sqrt(2/fan-in), random signs; zero biases"
    case .torchUniform: "weights and biases uniform in ±1/sqrt(fan-in)"
    }
  }

  /// - Parameter stream: What the numbers are for; tensors add their names to it.
  public func parameters(for layout: ParameterLayout, seed: UInt64, stream: String = "initial-weights") -> Parameters {
    var result = Parameters(zerosFor: layout)
    for entry in layout.entries {
      var random = RandomStream(seed: seed, "\(stream)/\(entry.name)")
      for i in entry.range { result.values[i] = Float(draw(entry.shape, &random)) }
    }
    return result
  }

  private func draw(_ shape: ParameterShape, _ random: inout RandomStream) -> Double {
    switch shape.role {
    case .scale, .runningVariance: return 1
    case .shift, .runningMean: return 0
    case .weight, .bias: break
    }
    let fanIn = Double(shape.fanIn), fanOut = Double(shape.fanOut)
    if self == .torchUniform { return (2 * random.nextUniform() - 1) / fanIn.squareRoot() }
    guard shape.role == .weight else { return 0 }
    switch self {
    case .kaimingNormal: return random.nextNormal() * (2 / fanIn).squareRoot()
    case .kaimingUniform: return (2 * random.nextUniform() - 1) * (6 / fanIn).squareRoot()
    case .glorotNormal: return random.nextNormal() * (2 / (fanIn + fanOut)).squareRoot()
    case .signedConstant, .torchUniform: return (random.nextUniform() < 0.5 ? -1 : 1) * (2 / fanIn).squareRoot()
    }
  }
}

extension Initializer: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}
