public import Basics

/// What the loss of a training sample counts, by its class; evaluations count all samples alike.
public enum ClassWeights: Hashable, Sendable {
  /// 1.
  case none
  /// Training samples / (classes x samples of the class), over the classes that occur: every class counts as much in all, and
  /// the mean over the samples is 1 (as scikit-learn has it).
  case balanced
  /// One number a class.
  case given([Double])

  /// By class; `nil` where all count alike.
  ///
  /// - Parameter labels: Of all training samples.
  public func values(_ labels: UnsafeBufferPointer<Int32>) -> [Float]? {
    let classes = 1 + Int(labels.max() ?? 0)
    switch self {
    case .none: return nil
    case .balanced:
      var counts = [Int](repeating: 0, count: classes)
      for label in labels { counts[Int(label)] += 1 }
      let occurring = Double(counts.count { $0 > 0 })
      return counts.map { $0 > 0 ? Float(Double(labels.count) / (occurring * Double($0))) : 1 }
    case .given(let weights):
      precondition(weights.count >= classes, "\(weights.count) class weights for \(classes) classes")
      return weights.map { Float($0) }
    }
  }
}

extension ClassWeights: SettingValue {
  public init?(setting text: String) {
    switch text {
    case "none": self = .none
    case "balanced": self = .balanced
    default:
      let list = NumberList(setting: text)?.values ?? []
      guard list.count > 1, list.allSatisfy({ 1e-6 <= $0 && $0 <= 1e6 }) else { return nil }
      self = .given(list)
    }
  }

  public var settingText: String {
    switch self {
    case .none: "none"
    case .balanced: "balanced"
    case .given(let weights): NumberList(weights).settingText
    }
  }

  public static var settingForm: String {
    "none, balanced, or a number from 0.000001 to 1000000 for each class, with commas"
  }
  public static var isList: Bool { true }
}
