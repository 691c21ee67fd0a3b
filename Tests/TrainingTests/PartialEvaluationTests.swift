import Basics
import Datasets
import Foundation
import Lanes
import Networks
import TestSupport
import Testing
import Training

/// `evaluate-samples`: part of the samples during training, all of them at its end.
@Suite struct PartialEvaluationTests {
  private static let classes = 3, count = 240

  /// Random samples sorted by class, test and training samples unlike.
  private func dataset() throws -> Dataset {
    func split(_ count: Int, seed: UInt64) -> Datasets.Split {
      let samples = Samples.random(count, size: 11, classes: Self.classes, seed: seed)
      let order = (0..<Int32(count)).sorted { samples.labels[Int($0)] < samples.labels[Int($1)] }
      return Split(pixels: .floats(samples.inputs), labels: samples.labels).subset(order)
    }
    return try Dataset(
      name: "sorted", source: "test", inputShape: FeatureShape(channels: 1, height: 1, width: 11),
      classCount: Self.classes, pixelScale: 1, train: split(Self.count, seed: 1), test: split(150, seed: 2))
  }

  private func recipe(_ samples: Int) -> Recipe {
    var recipe = Toy().recipe()
    (recipe.evaluationSamples, recipe.evaluateEvery, recipe.steps) = (samples, .iterations(3), .iterations(25))
    return recipe
  }

  private func run(_ recipe: Recipe, _ data: Dataset? = nil) throws -> Run {
    let network = try Toy().network(), data = try data ?? dataset()
    return Run(
      network, start: Initializer.kaimingNormal.parameters(for: network.layout, seed: 1), recipe: recipe,
      data: try TrainingData(data, validationCount: 60, seed: 4), pool: ThreadPool(threads: 1))
  }

  @Test func trainingAndItsEndStayAsTheyWere() throws {
    let whole = try Trainer().train(try run(recipe(0))), partial = try Trainer().train(try run(recipe(24)))
    #expect(BitComparison(whole.parameters.values, partial.parameters.values).isEqual)
    #expect(whole.curve.map(\.step) == partial.curve.map(\.step))
    #expect(whole.curve.allSatisfy { $0.samples == nil && $0.subset == nil })
    #expect(partial.curve.dropLast().allSatisfy { $0.samples == SampleCounts(validation: 24, test: 24) })
    #expect(partial.curve.dropLast().allSatisfy { $0.subset == nil })
    var last = partial.last
    #expect(last.subset?.samples == SampleCounts(validation: 24, test: 24) && last.samples == nil)
    last.subset = nil
    #expect(last == whole.last)
    #expect(zip(whole.curve, partial.curve).dropLast().allSatisfy { $0.validationLoss != $1.validationLoss })
    let again = try Trainer().train(try run(recipe(24)))
    #expect(again.curve == partial.curve)
  }

  /// Every point is what a data set of just those samples gives.
  @Test func pointsAreOfExactlyTheSubset() throws {
    let data = try dataset(), validation = try data.carvingValidation(count: 60, seed: 4).validation
    func part(_ split: Datasets.Split, _ name: String) throws -> Dataset {
      let stream = RandomStream(seed: 4, "evaluation-samples/\(name)")
      let test = split.subset(SampleDraw.places(24, of: split.labels, by: stream))
      let counts = (0..<Int32(Self.classes)).map { label in test.labels.count { $0 == label } }
      let shares = (0..<Int32(Self.classes)).map { label in split.labels.count { $0 == label } * 24 / split.count }
      #expect(zip(counts, shares).allSatisfy { abs($0 - $1) <= 1 }, "\(counts), \(shares)")
      return try Dataset(
        name: name, source: "test", inputShape: data.inputShape, classCount: Self.classes, pixelScale: 1,
        train: data.train, test: test)
    }
    let first = try run(recipe(0), try part(validation, "validation"))
    let second = try run(recipe(0), try part(data.test, "test"))
    let outcome = try Trainer().train(try run(recipe(24)))
    for point in outcome.curve.onSharedSamples {
      while first.iteration < point.step {
        first.takeStep()
        second.takeStep()
      }
      let validation = first.evaluate(.test), test = second.evaluate(.test)
      #expect(point.validationLoss == validation.loss && point.validationAccuracy == validation.accuracy)
      #expect(point.testAccuracy == test.accuracy, "step \(point.step)")
    }
  }

  @Test func resumedIsUninterrupted() throws {
    let whole = try Trainer().train(try run(recipe(24)))
    var trainer = Trainer(), kept: [SafetensorsFile] = []
    trainer.checkpointSeconds = -1
    trainer.checkpoint = { kept.append(try $0.file(curve: $1)) }
    _ = try trainer.train(try run(recipe(24)))
    #expect(kept.count == whole.curve.count - 2)
    for file in kept {
      let other = try run(recipe(24))
      other.state = try TrainingState(file, layout: other.plan.layout, name: "checkpoint")
      let curve = try #require(TrainingState.curve(in: SafetensorsFile(try file.encoded(), file: "checkpoint")))
      let resumed = try Trainer().train(other, curve: curve)
      #expect(resumed.curve == whole.curve && resumed.parameters == whole.parameters)
    }
  }

  /// The end on all samples may have the least loss by being of other samples; the choice must not see that.
  @Test func earlyStopComparesTheSameSamples() throws {
    let counts = SampleCounts(validation: 4, test: 5)
    func point(_ step: Int, _ loss: Double) -> CurvePoint {
      CurvePoint(step: step, validationLoss: loss, validationAccuracy: 0.5, testAccuracy: 0.5, samples: counts)
    }
    func end(_ loss: Double, onSubset: Double) -> CurvePoint {
      CurvePoint(
        step: 9, validationLoss: loss, validationAccuracy: 0.75, testAccuracy: 0.75,
        subset: SubsetScore(samples: counts, validationLoss: onSubset, validationAccuracy: 0.25, testAccuracy: 0.25))
    }
    let before = [point(0, 3), point(3, 1), point(6, 2)]
    #expect((before + [end(0.5, onSubset: 1.5)]).earlyStop == before[1])
    #expect((before + [end(0.5, onSubset: 1)]).earlyStop == before[1])
    let last = (before + [end(5, onSubset: 0.75)]).earlyStop
    #expect(last.step == 9 && last.testAccuracy == 0.25 && last.validationLoss == 0.75 && last.samples == counts)
    #expect(([point(0, 3)] + [point(3, 1)]).earlyStop.step == 3)
  }

  @Test func asManySamplesAsThereAreIsAll() throws {
    let whole = try Trainer().train(try run(recipe(0)))
    for samples in [150, 100_000] { #expect(try Trainer().train(try run(recipe(samples))).curve == whole.curve) }
    // The validation set has fewer.
    let outcome = try Trainer().train(try run(recipe(100)))
    #expect(outcome.curve[2].samples == SampleCounts(validation: 60, test: 100))
    #expect(outcome.curve.map(\.onSharedSamples.validationLoss) == whole.curve.map(\.validationLoss))
    // A training without steps has one evaluation, its last.
    #expect(try Trainer().train(try run(recipe(24)), until: 0).curve[0].samples == nil)
  }

  /// Attacks during training and training errors look at all classes too.
  @Test func otherSubsetsAreBalanced() throws {
    var recipe = recipe(0)
    (recipe.objective, recipe.epsilon, recipe.robustSamples) = (.fgsm, PixelLength(0.1), 12)
    let run = try run(recipe), labels = run.data.validation.labels
    let places = try #require(run.robustPlaces)
    let counts = (0..<Int32(Self.classes)).map { label in places.count { labels[Int($0)] == label } }
    #expect(counts.min()! >= 2 && counts.reduce(0, +) == 12, "\(counts)")
    let data = try TrainingData(dataset(), validationCount: 60, trainingCount: 12, seed: 4)
    #expect(data.train.count == 12 && Set((0..<12).map { data.train.labels[$0] }).count == Self.classes)
    for _ in 0..<20 { run.takeStep() }
    let all = run.evaluateTraining(samples: 10_000), part = run.evaluateTraining(samples: 12)
    #expect(all != part && part == run.evaluateTraining(samples: 12))
  }
}
