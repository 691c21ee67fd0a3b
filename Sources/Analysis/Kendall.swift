/// Rank correlation.
public enum Kendall {
  /// Kendall's tau-b: (concordant - discordant) pairs over the geometric mean of the pairs that are no ties in each list; 0
  /// where one list is constant.
  public static func tau(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count, "\(a.count) against \(b.count) values")
    var balance = 0, untied = (a: 0, b: 0)
    for i in a.indices {
      for j in 0..<i {
        let x = (a[i] - a[j]).sign(of: a[i] != a[j]), y = (b[i] - b[j]).sign(of: b[i] != b[j])
        balance += x * y
        untied.a += x * x
        untied.b += y * y
      }
    }
    guard untied.a > 0, untied.b > 0 else { return 0 }
    return Double(balance) / (Double(untied.a) * Double(untied.b)).squareRoot()
  }
}

extension Double {
  fileprivate func sign(of isDifference: Bool) -> Int { isDifference ? (self > 0 ? 1 : -1) : 0 }
}
