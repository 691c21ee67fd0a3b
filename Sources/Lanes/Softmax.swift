/// Softmax in double, the same bits everywhere.
public enum Softmax {
  /// exp(x_i - max) / sum of them.
  public static func probabilities(_ outputs: some Collection<Double>) -> [Double] {
    let highest = outputs.max()!, powers = outputs.map { Deterministic.exponential($0 - highest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// log of the sum of exp(x_i).
  public static func logSum(_ outputs: some Collection<Double>) -> Double {
    let highest = outputs.max()!
    return highest + Deterministic.log(outputs.reduce(0) { $0 + Deterministic.exponential($1 - highest) })
  }
}
