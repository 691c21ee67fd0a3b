public import Basics
import Lanes

/// y[c][r][k] = x[c][r / factor][k / factor]: every place becomes factor x factor places, its nearest neighbours.
public struct Upsample: Layer, Equatable {
  public static let kind = "upsample"
  public static let summary = "every place becomes factor x factor places that are like it"

  public static let fields: [SettingField<Upsample>] = [
    SettingField("factor", \.factor, "places from one, in height and width", valid: ("from 1 to 64", { 1...64 ~= $0 }))
  ]

  public var factor: Int

  public init(factor: Int) { self.factor = factor }
  public init() { self.init(factor: 2) }

  public var text: String { "\(Self.kind) \(factor)x\(factor)" }
  public var gatesInputGradient: Bool { true }
  public var keepsPlacement: Bool { false }

  public func outputShape(of inputs: [FeatureShape]) throws -> FeatureShape {
    guard inputs.count == 1 else {
      throw Problem.badData("upsample takes one input, not \(inputs.count).", remedy: "Name one input.")
    }
    guard 1...64 ~= factor else {
      throw Problem.badData("upsample cannot have the factor \(factor).", remedy: "Use one from 1 to 64, such as 2.")
    }
    let x = inputs[0]
    return FeatureShape(channels: x.channels, height: factor * x.height, width: factor * x.width)
  }

  public func forward(_ node: PlanNode, _ emit: Emitter) { emit.upsample(node, factor) }

  /// dx = the sum of the places' dy, row by row.
  public func backward(_ node: PlanNode, _ emit: Emitter) { emit.upsampleGradient(node, factor) }
}
