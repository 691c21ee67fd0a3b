import Basics
import Foundation
import Lanes
import Networks
import Pruning
import TestSupport
import Testing
import Training

/// Scores against closed forms on a linear softmax model, z = W x + b, where the gradient by W is the mean of (p - y) x.
@Suite struct AlgebraTests {
  private let toy: Toy
  private let samples = ScoringSamples(batches: 3, batch: 20)

  init() throws {
    var architecture = Architecture(name: "softmax", input: FeatureShape(channels: 1, height: 1, width: 6))
    try architecture.append("fc1", Linear(4))
    toy = try Toy(architecture, Samples.random(90, size: 6, classes: 4))
  }

  /// The model on one of the probe's batches.
  private struct Softmax {
    var inputs: [[Double]]
    var labels: [Int]
    var temperature = 1.0

    func outputs(_ w: [Double], _ x: [Double]) -> [Double] {
      (0..<4).map { c -> Double in
        let sum = (0..<6).reduce(0) { $0 + w[c * 6 + $1] * x[$1] }
        return (w[24 + c] + sum) / temperature
      }
    }

    func probabilities(_ w: [Double], _ x: [Double]) -> [Double] {
      let powers = outputs(w, x).map(exp), total = powers.reduce(0, +)
      return powers.map { $0 / total }
    }

    func loss(_ w: [Double]) -> Double {
      zip(inputs, labels).reduce(0) { $0 - log(probabilities(w, $1.0)[$1.1]) } / Double(inputs.count)
    }

    /// The mean over samples of a vector over outputs times the input, with the biases' part behind.
    private func mean(_ slopes: ([Double], Int) -> [Double]) -> [Double] {
      var sum = [Double](repeating: 0, count: 28)
      for (x, label) in zip(inputs, labels) {
        for (c, slope) in slopes(x, label).enumerated() {
          for i in 0..<6 { sum[c * 6 + i] += slope * x[i] / Double(inputs.count) }
          sum[24 + c] += slope / Double(inputs.count)
        }
      }
      return sum
    }

    func gradient(_ w: [Double]) -> [Double] {
      mean { x, label in
        probabilities(w, x).enumerated().map { ($1 - ($0 == label ? 1 : 0)) / temperature }
      }
    }

    /// H v: the derivative of p along u = V x / T is p (u - p.u), over T.
    func curvature(_ w: [Double], _ v: [Double]) -> [Double] {
      mean { x, _ in
        let p = probabilities(w, x), u = outputs(v, x), average = zip(p, u).reduce(0) { $0 + $1.0 * $1.1 }
        return zip(p, u).map { $0 * ($1 - average) / temperature }
      }
    }
  }

  private func model(_ number: Int, temperature: Double = 1) -> Softmax {
    let probe = toy.probe(samples), indices = probe.balanced.batch(number)
    return Softmax(
      inputs: indices.map { probe.store.input(Int($0)).map(Double.init) },
      labels: indices.map { Int(probe.store.labels[Int($0)]) }, temperature: temperature)
  }

  private func expect(
    _ name: String, _ expected: [Double], tolerance: Double = 2e-6, location: SourceLocation = #_sourceLocation
  ) throws {
    let found = try CriterionCatalog.criterion(named: name).scores(toy.context(samples))
    let scale = expected[..<24].reduce(0) { max($0, $1.magnitude) }
    for i in 0..<24 {
      #expect(
        abs(Double(found[i]) - expected[i]) < tolerance * scale,
        "\(name), weight \(i): \(found[i]), not \(expected[i])",
        sourceLocation: location)
    }
  }

  private var weights: [Double] { toy.initial.values.map(Double.init) }
  private var trained: [Double] { toy.trained.values.map(Double.init) }

  @Test(arguments: ["init", "5it", "end"])
  func dataFactorsAreTheirFormulas(_ time: String) throws {
    let early = toy.initial.interpolated(to: toy.trained, at: 0.25).values.map(Double.init)
    let point = time == "init" ? weights : time == "end" ? trained : early
    let gradients = (0..<3).map { model($0).gradient(point) }
    func reduced(_ value: ([Double]) -> Double) -> [Double] { (0..<28).map { i in value(gradients.map { $0[i] }) } }
    let mean = reduced { abs($0.reduce(0, +)) / 3 }, absolute = reduced { $0.reduce(0) { $0 + abs($1) } / 3 }
    let fisher = reduced { ($0.reduce(0) { $0 + $1 * $1 } / 3).squareRoot() }
    for (data, factor) in [("grad", mean), ("mean-abs", absolute), ("fisher", fisher)] {
      try expect("one:\(data)@\(time)", factor)
      try expect("magnitude:\(data)@\(time)", zip(trained, factor).map { abs($0) * $1 })
      try expect("magnitude-at-init:\(data)@\(time)", zip(weights, factor).map { abs($0) * $1 })
      try expect("movement:\(data)@\(time)", (0..<28).map { abs(trained[$0] - weights[$0]) * factor[$0] })
    }
  }

  @Test func staticFactorsAreTheirFormulas() throws {
    let both = zip(trained, weights)
    try expect("magnitude", trained.map(abs))
    try expect("large-final", trained.map(abs))
    try expect("large-init:none", weights.map(abs))
    try expect("magnitude-increase", both.map { abs($0) - abs($1) })
    try expect("movement", both.map { abs($0 - $1) })
    let scale = trained[..<24].reduce(0) { $0 + abs($1) } / weights[..<24].reduce(0) { $0 + abs($1) }
    try expect("large-init-large-final", both.map { min(abs($0), scale * abs($1)) })
    let mean = trained[..<24].reduce(0) { $0 + abs($1) } / 24
    try expect("normalised-magnitude", trained.map { abs($0) / mean })
  }

  /// The slope of the loss by switches c on the weights, by central differences.
  @Test func snipIsTheSlopeOfASwitch() throws {
    let models = (0..<3).map { model($0) }
    let slopes = (0..<24).map { i in
      abs(
        numericalDerivative(at: 1, step: 1e-5) { c in
          var moved = weights
          moved[i] *= c
          return models.reduce(0) { $0 + $1.loss(moved) } / 3
        })
    }
    try expect("snip", slopes + [0, 0, 0, 0], tolerance: 1e-5)
    try expect("iterative-snip", slopes + [0, 0, 0, 0], tolerance: 1e-5)
    try expect("force", slopes + [0, 0, 0, 0], tolerance: 1e-5)
    try expect("magnitude-at-init:grad@init", slopes + [0, 0, 0, 0], tolerance: 1e-5)
  }

  @Test func curvatureIsAnalytic() throws {
    let hot = model(0, temperature: 200)
    var direction = hot.gradient(weights)
    for i in 24..<28 { direction[i] = 0 }
    let exact = zip(weights, hot.curvature(weights, direction)).map { $0 * $1 }
    let scale = exact[..<24].reduce(0) { max($0, abs($1)) }
    try expect("grasp", exact.map { $0 / scale }, tolerance: 1e-6)
    let probe = toy.probe(samples)
    let curvature = try Curvature(
      DoubleNetwork(toy.architecture), .softmaxCrossEntropy, keeps: Mask(fullFor: toy.architecture.layout).keeps,
      batch: probe.doubleBatch(0))
    let vector = (0..<28).map { sin(Double($0)) }
    let found = curvature.product(at: weights, vector), expected = model(0).curvature(weights, vector)
    for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-12) }
  }

  /// What GraSP keeps is what the gradient's norm needs: without its top tenth of weights, the norm falls further than
  /// without its lowest tenth.
  @Test func graspProtectsTheGradientsNorm() throws {
    let scores = try GraSP().scores(toy.context(samples)), hot = model(0, temperature: 200)
    func norm(_ w: [Double]) -> Double { hot.gradient(w)[..<24].reduce(0) { $0 + $1 * $1 } }
    func without(_ indices: some Sequence<Int>) -> Double {
      var moved = weights
      for i in indices { moved[i] = 0 }
      return norm(moved)
    }
    let order = (0..<24).sorted { scores[$0] < scores[$1] }
    #expect(without(order.suffix(3)) < without(order.prefix(3)))
    #expect(without(order.suffix(3)) < norm(weights))
  }

  /// The gradient through three steps: by the chain rule with analytic second derivatives.
  @Test func prosprRunsBackThroughItsSteps() throws {
    let model = model(0)
    var path = [weights]
    for _ in 0..<3 { path.append(zip(path.last!, model.gradient(path.last!)).map { $0 - 0.1 * $1 }) }
    var slope = model.gradient(path[3])
    for point in path[..<3].reversed() { slope = zip(slope, model.curvature(point, slope)).map { $0 - 0.1 * $1 } }
    let exact = zip(weights, slope).map { abs($0 * $1) }, scale = exact[..<24].max()!
    try expect("prospr", exact.map { $0 / scale }, tolerance: 1e-6)
    // The same number as a plain difference of the loss after training.
    func after(_ start: [Double]) -> Double {
      model.loss((0..<3).reduce(start) { w, _ in zip(w, model.gradient(w)).map { $0 - 0.1 * $1 } })
    }
    let numerical = abs(
      numericalDerivative(at: 1, step: 1e-5) { c in
        var moved = weights
        moved[7] *= c
        return after(moved)
      })
    #expect(abs(numerical - exact[7]) < 1e-7 * scale + 1e-9)
  }

  @Test func synflowOfOneLayerIsTheMagnitude() throws {
    let largest = weights[..<24].reduce(0) { max($0, abs($1)) }
    try expect("synflow", weights.map { abs($0) / largest })
  }
}
