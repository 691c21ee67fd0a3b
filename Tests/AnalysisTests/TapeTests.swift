import Analysis
import Lanes
import Testing

@Suite struct TapeTests {
  /// An operation put into an expression of one number.
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    var shapes: [(Int, Int)]
    /// Values are taken from `offset` on, so that they stay where logarithm and quotient are smooth.
    var offset = 0.0
    var build: @Sendable (Tape, [Tape.Variable]) -> Tape.Variable
    var testDescription: String { name }
  }

  private static let mixers = [Matrix([[0.5, 1], [-1, 0.3]]), Matrix([[2, 0], [0.1, -0.7]])]
  private static let inputs = [Matrix([[1, -2], [0.5, 0.2], [3, 1]]), Matrix([[0.3, 1], [-1, -1], [2, 0.4]])]

  static let cases = [
    Case(name: "product", shapes: [(3, 2), (2, 4)]) { $0.product($1[0], $1[1]) },
    Case(name: "sum", shapes: [(3, 2), (3, 2)]) { $0.sum($1[0], $1[1]) },
    Case(name: "difference", shapes: [(3, 2), (3, 2)]) { $0.difference($1[0], $1[1]) },
    Case(name: "times", shapes: [(3, 2), (3, 2)]) { $0.times($1[0], $1[1]) },
    Case(name: "times itself", shapes: [(3, 2)]) { $0.times($1[0], $1[0]) },
    Case(name: "scaled", shapes: [(3, 2)]) { $0.scaled($1[0], by: -1.7) },
    Case(name: "scaled by a trained number", shapes: [(3, 2), (1, 1)]) { $0.scaled($1[0], by: $1[1]) },
    Case(name: "plusRow", shapes: [(3, 2), (1, 2)]) { $0.plusRow($1[0], $1[1]) },
    Case(name: "relu", shapes: [(4, 3)]) { $0.relu($1[0]) },
    Case(name: "transposed", shapes: [(3, 2)]) { $0.transposed($1[0]) },
    Case(name: "beside", shapes: [(3, 2), (3, 4)]) { $0.beside($1[0], $1[1]) },
    Case(name: "mixed", shapes: [(4, 3)]) { $0.mixed($1[0], by: mixers) },
    Case(name: "linear", shapes: [(2, 6)]) { $0.linear($1[0], inputs: inputs) },
    Case(name: "linearTransposed", shapes: [(6, 3)]) { $0.linearTransposed($1[0], inputs: inputs) },
    Case(name: "softmax", shapes: [(3, 4)]) { $0.softmax($1[0]) },
    Case(name: "logarithm", shapes: [(3, 2)], offset: 3) { $0.logarithm($1[0]) },
    Case(name: "total", shapes: [(3, 2)]) { $0.total($1[0]) },
    Case(name: "mean", shapes: [(3, 2)]) { $0.mean($1[0]) },
    Case(name: "norm", shapes: [(3, 2)]) { $0.norm($1[0]) },
    Case(name: "quotient", shapes: [(3, 2), (3, 2)], offset: 4) { $0.quotient($1[0], $1[1]) },
  ]

  /// A weighted sum of squares of what the operation gives, so that every element counts in its own way.
  private func value(_ test: Case, _ tape: Tape, _ variables: [Tape.Variable]) -> Tape.Variable {
    let result = test.build(tape, variables), shape = tape[result]
    var random = RandomStream(seed: 5, "tape/weights")
    let weights = tape.constant(Matrix(shape.rows, shape.columns, normal: &random, deviation: 1))
    return tape.total(tape.times(tape.times(result, result), weights))
  }

  /// Central differences of every element of every input.
  @Test(arguments: cases)
  func gradientsAreThoseOfDifferences(_ test: Case) {
    var random = RandomStream(seed: 3, "tape/\(test.name)")
    var inputs = test.shapes.map { shape in
      var matrix = Matrix(shape.0, shape.1, normal: &random, deviation: 0.8)
      for i in matrix.values.indices { matrix.values[i] += test.offset }
      return matrix
    }
    let tape = Tape(), variables = inputs.map { tape.parameter($0) }
    let gradients = tape.gradients(of: value(test, tape, variables), by: variables)
    for i in inputs.indices {
      for j in inputs[i].values.indices {
        let middle = inputs[i].values[j], step = 1e-5
        let ends = [middle + step, middle - step].map { moved -> Double in
          inputs[i].values[j] = moved
          let tape = Tape()
          return tape[value(test, tape, inputs.map { tape.constant($0) })].values[0]
        }
        inputs[i].values[j] = middle
        let difference = (ends[0] - ends[1]) / (2 * step), gradient = gradients[i].values[j]
        #expect(abs(difference - gradient) < 1e-6 * max(1, abs(gradient)), "input \(i), element \(j)")
      }
    }
  }

  /// A bowl's bottom is found, and a variable that plays no part has no gradient.
  @Test func adamDescends() {
    var parameters = [Matrix([[5, -3]]), Matrix([[1]])], adam = MatrixAdam(rate: 0.1)
    for _ in 0..<600 {
      let tape = Tape(), variables = parameters.map { tape.parameter($0) }
      let gap = tape.difference(variables[0], tape.constant(Matrix([[1, 2]])))
      let gradients = tape.gradients(of: tape.total(tape.times(gap, gap)), by: variables)
      #expect(gradients[1] == Matrix(1, 1))
      adam.step(&parameters, gradients)
    }
    #expect(zip(parameters[0].values, [1, 2]).allSatisfy { abs($0 - $1) < 1e-3 } && parameters[1].values == [1])
  }
}

@Suite struct RankTests {
  /// Values of scipy.stats.kendalltau 1.11.
  static let cases: [([Double], [Double], Double)] = [
    ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5], 1), ([1, 2, 3, 4, 5], [5, 4, 3, 2, 1], -1),
    ([12, 2, 1, 12, 2], [1, 4, 7, 1, 0], -0.47140452079103173), ([1, 1, 1], [1, 2, 3], 0),
  ]

  @Test(arguments: cases)
  func tauIsKendalls(_ a: [Double], _ b: [Double], _ tau: Double) {
    #expect(abs(Kendall.tau(a, b) - tau) < 1e-12 && Kendall.tau(a, b) == Kendall.tau(b, a))
  }

  /// Without a penalty to speak of a plane is found exactly; the gradient of the penalised loss is zero at the solution.
  @Test func ridgeIsTheClosedForm() {
    var random = RandomStream(seed: 1, "ridge")
    let rows = (0..<40).map { _ in (0..<3).map { _ in random.nextNormal() } + [7] }
    let targets = rows.map { 2 * $0[0] - 3 * $0[1] + 0.5 }
    let fit = RidgeRegression(rows, targets, strength: 1e-10)
    for (row, target) in zip(rows, targets) { #expect(abs(fit.predicted(row) - target) < 1e-6) }
    #expect(RidgeRegression(crossValidated: rows, targets).strength == RidgeRegression.strengths[0])
    let noise = rows.map { _ in random.nextNormal() }
    #expect(RidgeRegression(crossValidated: rows, noise).strength >= 0.3)
    #expect(abs(RidgeRegression(rows, targets, strength: 1e9).predicted(rows[0]) - targets.reduce(0, +) / 40) < 1e-6)
  }
}
