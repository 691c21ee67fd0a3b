import Basics
import Lanes
import Networks
import TestSupport
import Testing

/// The losses of detectors where nothing is there, where numbers are huge, and where they are none.
@Suite struct OutputLossEdgeTests {
  private typealias Bench = OutputLossTests.Bench

  private func toy(_ boxes: OutputLoss.BoxLoss = .iou) throws -> ToyDetector {
    try ToyDetector(OutputLossTests.input, boxes: boxes)
  }

  /// The loss with the weight of one term alone: marks stay where they are.
  private func only(_ term: Int, of loss: OutputLoss) -> OutputLoss {
    var alone = loss
    for i in alone.terms.indices where i != term { alone.terms[i].weight = 0 }
    return alone
  }

  /// Without a place that counts there are neither classes nor boxes; presence is divided by 1.
  @Test(arguments: OutputLoss.BoxLoss.allCases)
  func nothingThere(_ boxes: OutputLoss.BoxLoss) throws {
    let toy = try toy(boxes), count = toy.architecture.output.count
    let z = OutputLossTests.logits(count), targets = [Float](repeating: 0, count: count)
    for (i, term) in toy.loss.terms.enumerated() {
      let found = try Bench(only(i, of: toy.loss), [z], [targets])
      let isFinite = found.gradient[0].allSatisfy(\.isFinite) && found.losses.isFinite
      #expect(isFinite, "\(term.kind)")
      switch term.kind {
      case .classes, .boxes: #expect(found.losses == 0 && found.gradient[0].allSatisfy { $0 == 0 }, "\(term.kind)")
      default: #expect(found.losses > 0, "\(term.kind)")
      }
    }
    let entropy = z[0..<6].reduce(0) { $0 + ReferenceLoss.value(.binaryCrossEntropy, [Double($1)], label: 0) }
    let presence = try Bench(only(0, of: toy.loss), [z], [targets]).losses
    #expect(abs(Double(presence) - entropy) < 1e-5 * entropy)
  }

  @Test func ignoredTargetsDoNotCount() throws {
    let toy = try toy(), count = toy.architecture.output.count
    let ignored = [Float](repeating: -1, count: count)
    for term in [0, 4] {
      let found = try Bench(only(term, of: toy.loss), [OutputLossTests.logits(count)], [ignored])
      #expect(found.losses == 0 && found.gradient[0].allSatisfy { $0 == 0 })
    }
  }

  /// Every logit at its end, right and wrong, at all levels: finite, and not zero where all are wrong.
  @Test(arguments: OutputLoss.BoxLoss.allCases, [Float(1e4), 88, 30])
  func hugeLogits(_ boxes: OutputLoss.BoxLoss, _ size: Float) throws {
    let toy = try toy(boxes), targets = toy.targets(5)
    for level in OutputLossTests.levels {
      for sign: Float in [-1, 1] {
        let z = targets.map { $0.indices.map { $0 % 3 == 0 ? sign * size : -sign * size } }
        let found = try Bench(toy.loss, z, targets, level: level)
        #expect(found.losses.isFinite && found.losses > 0)
        let isFinite = found.gradient.allSatisfy { $0.allSatisfy(\.isFinite) }
        #expect(isFinite, "\(level), \(sign * size)")
        let exact = zip(z, targets).reduce(0) {
          $0 + toy.loss.value($1.0.map(Double.init), targets: $1.1.map(Double.init)).value
        }
        #expect(abs(Double(found.losses) - exact) < 1e-5 * exact, "\(level): \(found.losses), not \(exact)")
      }
    }
  }

  /// Boxes without a width, without a height, without either; found ones that are as small, and as large as can be.
  @Test(arguments: [Float(-1e4), -20, 0, 1e4])
  func boxesWithoutSize(_ logit: Float) throws {
    let toy = try toy(), count = toy.architecture.output.count, loss = only(2, of: toy.loss)
    for (width, height): (Float, Float) in [(0, 0), (0, 2), (2, 0)] {
      var targets = [Float](repeating: 0, count: count)
      // All places count, and are of the first class.
      for i in 0..<12 { targets[i] = 1 }
      for (i, output) in toy.loss.terms[2].range.enumerated() {
        targets[output] = i / 6 % 2 == 0 ? width : height
      }
      let z = [Float](repeating: logit, count: count), found = try Bench(loss, [z], [targets])
      let exact = loss.value(z.map(Double.init), targets: targets.map(Double.init))
      #expect(found.losses >= 0 && found.losses <= 2 && abs(Double(found.losses) - exact.value) < 1e-4)
      let isFinite = found.gradient[0].allSatisfy(\.isFinite)
      #expect(isFinite, "\(width)x\(height), \(logit)")
    }
  }

  /// A diverged network must not look perfect.
  @Test(arguments: OutputLoss.BoxLoss.allCases)
  func notANumberShowsInTheLoss(_ boxes: OutputLoss.BoxLoss) throws {
    let toy = try toy(boxes), targets = toy.targets(1)
    #expect(targets[0][0..<6].contains(1))
    for level in OutputLossTests.levels {
      for (i, term) in toy.loss.terms.enumerated() {
        var z = OutputLossTests.logits(targets[0].count)
        for output in term.range { z[output] = .nan }
        let found = try Bench(only(i, of: toy.loss), [z], targets, level: level)
        #expect(found.losses.isNaN, "\(level), \(term.kind): \(found.losses)")
      }
    }
  }

  @Test func termsThatDoNotFit() throws {
    typealias Term = OutputLoss.Term
    let presence = Term(.presence(focus: 0), first: 0, channels: 1, places: 4)
    func fault(_ terms: [Term]) -> String? { OutputLoss(terms: terms).fault(outputs: 20) }
    #expect(fault([presence, Term(.boxes(at: 0, .l1), first: 4, channels: 4, places: 4)]) == nil)
    #expect(fault([Term(.masks(dice: 1), first: 18, channels: 1, places: 3)])?.contains("18..<21 of 20") == true)
    #expect(fault([presence, presence])?.contains("two terms") == true)
    #expect(fault([Term(.presence(focus: 1), first: 0, channels: 1, places: 4)])?.contains("focus 1") == true)
    #expect(
      fault([presence, Term(.boxes(at: 0, .iou), first: 4, channels: 3, places: 4)])?.contains("3 sides") == true)
    #expect(fault([presence, Term(.classes(at: 0), first: 4, channels: 2, places: 3)])?.contains("term 0") == true)
    #expect(fault([presence, Term(.classes(at: 2), first: 4, channels: 2, places: 4)])?.contains("term 2") == true)
    #expect(OutputLoss(terms: [presence]).count == 4)
  }
}
