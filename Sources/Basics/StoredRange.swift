import Foundation

/// The ranges of numbers in files that are read back: one outside is damage, whatever the file.
///
/// Numbers go by their name: the key in a JSON object, of an array the array's. No sum, difference or product that is made
/// of numbers in these ranges overflows.
public enum StoredRange {
  /// Three hundred years.
  public static let seconds = 0...1e10
  /// Seconds since 1970.
  public static let time = 0...1e11
  public static let share = 0.0...1
  /// Samples, weights, steps, bytes.
  public static let count = 0...1e15
  public static let rounds = 0...1e4
  /// A side of a sample.
  public static let side = 0...Double(1 << 24)
  public static let seed = 0...Double(UInt64.max)
  /// Of single precision.
  public static let loss = -3.5e38...3.5e38
  /// Bounds of what a deep network can make of an error, which grow by a factor a layer; exponents of penalties.
  public static let bound = 0...1e150
  public static let other = -1e12...1e12

  private static let named: [String: ClosedRange<Double>] = [
    "time": time, "finished": time, "accuracy": share, "density": share, "densities": share, "jaccard": share,
    "validationFGSM": share, "validationPGD": share, "testError": share, "trainError": share, "positions": share,
    "target": share, "alpha": share, "tolerance": share, "minimumSparsity": share, "lateGain": -1...1, "targets": share,
    "round": rounds, "rounds": rounds, "shape": side,
    "channels": side, "height": side, "width": side, "classes": side, "seed": seed, "seeds": seed, "step": count,
    "steps": count, "totalSteps": count, "earlyStopStep": count, "remaining": count,
    "samples": count, "residentBytes": count, "diskBytes": count, "memoryBytes": count,
    "certified": bound, "certifiedBound": bound, "boxBound": bound, "ballBound": bound, "exponent": bound,
    "loss": loss, "learningRate": loss, "learningRates": loss, "rate": loss,
  ]

  /// The range of a name.
  public static func range(of name: String) -> ClosedRange<Double> {
    if let range = named[name] { return range }
    if name.hasSuffix("Accuracy") { return share }
    if name.hasPrefix("seconds") || name.hasSuffix("Seconds") { return seconds }
    if name.hasSuffix("Loss") { return loss }
    return name.hasSuffix("Count") || name.hasSuffix("Samples") ? count : other
  }

  /// The first number outside of its range, in words; `nil` if there is none.
  static func fault(in value: Any, named name: String) -> String? {
    if let number = (value as? NSNumber)?.doubleValue {
      return range(of: name).contains(number) ? nil : "\(name) is \(number.inWords)"
    }
    if let list = value as? [Any] {
      for value in list { if let fault = fault(in: value, named: name) { return fault } }
    } else if let object = value as? [String: Any] {
      for (key, value) in object {
        if let fault = fault(in: value, named: self.name(key, within: name)) { return fault }
      }
    }
    return nil
  }

  /// Phases take the name of `seconds`, means and values that of their interval; the ends of an interval may lie beyond what can be
  /// measured, and differences have ranges of their own.
  private static func name(_ key: String, within name: String) -> String {
    if key == "mean" || key == "values" { return name }
    if name == "seconds", key != "low", key != "high" { return name }
    return name.hasPrefix("lead") || name.hasPrefix("difference") ? name : key
  }
}

extension Double {
  /// For messages: `not a number` and `infinite` in place of what the system prints.
  public var inWords: String {
    isNaN ? "not a number" : isInfinite ? (self < 0 ? "minus infinity" : "infinite") : "\(self)"
  }
}
