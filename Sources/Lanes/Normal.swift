/// The standard normal distribution from additions, multiplications and divisions alone, so that every machine gives the
/// same bits (the system's `log` differs between C libraries).
public enum Normal {
  /// The quantile function by Wichura's algorithm AS 241 (PPND16, Applied Statistics 37, 1988); relative error about 1e-16.
  public static func quantile(_ p: Double) -> Double {
    let q = p - 0.5
    if q.magnitude <= 0.425 {
      let r = 0.180625 - q * q
      return q * polynomial(centre.numerator, r) / polynomial(centre.denominator, r)
    }
    var r = (-Deterministic.log(q < 0 ? p : 1 - p)).squareRoot()
    let tail: Double
    if r <= 5 {
      r -= 1.6
      tail = polynomial(middle.numerator, r) / polynomial(middle.denominator, r)
    } else {
      r -= 5
      tail = polynomial(far.numerator, r) / polynomial(far.denominator, r)
    }
    return q < 0 ? -tail : tail
  }

  private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * x + $1 }
  }

  private static let centre = (
    numerator: [
      3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
      4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
    ],
    denominator: [
      1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
      3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
    ]
  )
  private static let middle = (
    numerator: [
      1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
      1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
    ],
    denominator: [
      1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
      1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
    ]
  )
  private static let far = (
    numerator: [
      6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
    ],
    denominator: [
      1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
      1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
    ]
  )
}

/// Elementary functions that give the same bits everywhere.
public enum Deterministic {
  /// Half a cosine from 1 at the first step down to 0 at step number `steps`.
  public static func cosineFall(_ step: Int, of steps: Int) -> Double {
    0.5 * (1 + cosine(3.141592653589793 * Double(step) / Double(steps)))
  }

  /// The natural logarithm of a positive normal number, by 2 artanh((m-1)/(m+1)) of its significand.
  public static func log(_ x: Double) -> Double {
    precondition(x.isNormal && x > 0, "log of \(x)")
    var significand = x.significand, exponent = Double(x.exponent)
    if significand > 1.4142135623730951 {
      significand *= 0.5
      exponent += 1
    }
    let z = (significand - 1) / (significand + 1), square = z * z
    var sum = 0.0
    for k in stride(from: 27, through: 1, by: -2) { sum = sum * square + 1 / Double(k) }
    return exponent * 0.693147180369123816490 + (exponent * 1.90821492927058770002e-10 + 2 * z * sum)
  }

  /// e^x for |x| up to 700, with a relative error about 1e-16; beyond it, as at 700.
  public static func exponential(_ x: Double) -> Double {
    let x = min(700, max(-700, x)), halvings = (x * 1.4426950408889634).rounded()
    let rest = (x - halvings * 0.693147180369123816490) - halvings * 1.90821492927058770002e-10
    var sum = 1.0
    for k in stride(from: 18, through: 1, by: -1) { sum = 1 + sum * rest / Double(k) }
    return Double(sign: .plus, exponent: Int(halvings), significand: sum)
  }

  /// base^exponent; 0 for a base of 0 or less.
  public static func power(_ base: Double, _ exponent: Double) -> Double {
    base > 0 ? exponential(exponent * log(base)) : 0
  }

  /// The cosine of `x` in [-pi, pi] or a little beyond, by its series after halving the angle twice.
  public static func cosine(_ x: Double) -> Double {
    let y = x / 4, square = y * y
    var sum = 1.0
    for k in stride(from: 22, through: 2, by: -2) { sum = 1 - sum * square / Double(k * (k - 1)) }
    let half = 2 * sum * sum - 1
    return 2 * half * half - 1
  }
}
