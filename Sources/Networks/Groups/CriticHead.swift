public import Basics

/// What turns the features of a layer group into outputs: a 3x3 convolution or none, then a linear layer.
public enum CriticHead: Equatable, Sendable, SettingValue {
  /// A linear layer alone.
  case linear
  /// A convolution with a rectifier before it, of so many channels, or of as many as the features have. Features that are no
  /// image have the linear layer alone.
  case convolution(channels: Int?)

  public init?(setting text: String) {
    switch text {
    case "linear": self = .linear
    case "conv": self = .convolution(channels: nil)
    default:
      guard text.hasPrefix("conv:"), let channels = Int(text.dropFirst(5)), 1...4096 ~= channels else { return nil }
      self = .convolution(channels: channels)
    }
  }

  public var settingText: String {
    switch self {
    case .linear: "linear"
    case .convolution(nil): "conv"
    case .convolution(let channels?): "conv:\(channels)"
    }
  }

  public static var settingForm: String { "linear, conv, or conv:CHANNELS" }

  /// Appends the critic's layers, whose names begin with `name`.
  func append(to network: inout Architecture, named name: String, classes: Int) throws {
    if case .convolution(let channels) = self, !network.output.isFlat {
      let outputs = channels ?? network.output.channels
      try network.append("\(name)/conv", Convolution(outputs, kernel: 3, padding: 1))
      try network.append("\(name)/relu", Rectifier())
    }
    try network.append("\(name)/fc", Linear(classes))
  }
}
