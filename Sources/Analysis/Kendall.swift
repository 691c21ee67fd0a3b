/// Linear correlation.
public enum Pearson {
  /// Of two lists; 0 where one of them is constant.
  public static func correlation(_ a: [Double], _ b: [Double]) -> Double {
    precondition(a.count == b.count && !a.isEmpty, "\(a.count) against \(b.count) values")
    let n = Double(a.count), means = (a.reduce(0, +) / n, b.reduce(0, +) / n)
    var products = (ab: 0.0, aa: 0.0, bb: 0.0)
    for (x, y) in zip(a, b) {
      let (u, v) = (x - means.0, y - means.1)
      products = (products.ab + u * v, products.aa + u * u, products.bb + v * v)
    }
    let scale = (products.aa * products.bb).squareRoot()
    return scale > 0 ? products.ab / scale : 0
  }
}

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
