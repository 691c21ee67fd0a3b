import Basics
import Datasets
import Detection
import Detectors
import Foundation
import Networks
import Scenes
import Testing
import Training

/// From scenes to targets and back: outputs that say what the targets say are decoded to the objects.
@Suite struct EncodingTests {
  private static let scenes: SceneSet = {
    var settings = SceneSettings()
    (settings.scenes, settings.testScenes) = (40, 60)
    return try! SceneCatalog.load("sprites", settings: settings)
  }()

  private static func training(_ task: SceneTask, _ model: String = "conv-s:0.5") throws -> SceneTraining {
    SceneTraining(
      scenes,
      try Detector(
        task, model: model, input: scenes.shape, classes: scenes.categories.count, keypoints: scenes.keypointNames.count
      ))
  }

  /// Outputs whose sigmoids, softmaxes and softplus are nearly the targets.
  private static func perfect(_ targets: ArraySlice<Float>, _ loss: OutputLoss) -> [Float] {
    let targets = Array(targets)
    var outputs = [Float](repeating: 0, count: targets.count)
    for term in loss.terms {
      for i in term.range {
        let t = targets[i]
        switch term.kind {
        case .presence:
          outputs[i] = t < 0 ? -12 : Float(log(Double(min(max(t, 1e-4), 0.999) / (1 - min(max(t, 1e-4), 0.999)))))
        case .classes: outputs[i] = 20 * t
        case .boxes: outputs[i] = t > 20 ? t : Float(log(exp(Double(max(t, 1e-3))) - 1))
        case .masks: outputs[i] = 20 * t - 10
        }
      }
    }
    return outputs
  }

  @Test(arguments: SceneTask.allCases)
  func perfectOutputsAreDecoded(task: SceneTask) throws {
    let training = try Self.training(task), places = (0..<60).map { Int32($0) }, size = training.loss.count
    let targets = training.targets(.test, at: places)
    #expect(targets.count == 60 * size)
    let outputs = places.indices.map { Self.perfect(targets[$0 * size..<($0 + 1) * size], training.loss) }
    let evaluation = training.evaluation(outputs, .test, at: places)
    let precision = try #require(evaluation.precision(threshold: 0))
    // Objects that share a place with a smaller one, whose mask is finer than its map, or whose corners lie within another, are lost.
    #expect(precision > (task == .detect ? 0.93 : 0.75), "AP50 \(precision)")
    #expect(training.accuracy(outputs, .test, at: places) == precision)
  }

  @Test func partsOfTheImagesAreJudgedByThemselves() throws {
    let training = try Self.training(.detect), size = training.loss.count
    let places: [Int32] = [5, 2, 9], targets = training.targets(.train, at: places)
    #expect(Array(targets[size..<2 * size]) == training.targets(.train, at: [2]))
    let outputs = places.indices.map { Self.perfect(targets[$0 * size..<($0 + 1) * size], training.loss) }
    #expect(training.accuracy(outputs, .train, at: places) > 0.9)
    #expect(training.accuracy(Array(outputs.reversed()), .train, at: places) < 0.5)
  }

  @Test func everyObjectHasOnePlaceUnlessASmallerOneTakesIt() throws {
    let training = try Self.training(.detect), presence = training.detector.presence
    for (i, objects) in Self.scenes.train.scenes.enumerated() {
      let targets = training.targets(.train, at: [Int32(i)])
      let ones = presence.range.count { targets[$0] == 1 }
      #expect(ones <= objects.count && ones >= 1, "scene \(i): \(ones) of \(objects.count)")
      for place in 0..<presence.places where targets[presence.first + place] == 1 {
        let classes = (0..<10).map { targets[training.detector.classTerm.first + $0 * presence.places + place] }
        #expect(classes.count { $0 == 1 } == 1 && classes.count { $0 == 0 } == 9)
      }
    }
  }

  @Test func objectsBecomeSamples() throws {
    let samples = try Self.scenes.objects(size: 24)
    #expect(samples.train.count == Self.scenes.train.scenes.reduce(0) { $0 + $1.count })
    #expect(samples.inputShape == FeatureShape(channels: 1, height: 24, width: 24))
    #expect(samples.train.labels.first == Self.scenes.train.scenes[0].first.map { Int32($0.category) })
  }
}
