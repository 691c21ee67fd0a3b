import Basics
import Detectors
import Networks
import Testing

/// Networks of detectors.
@Suite struct DetectorTests {
  private static let input = FeatureShape(channels: 1, height: 48, width: 48)

  private static func detector(_ task: SceneTask, _ model: String = "bn-conv-6:0.25") throws -> Detector {
    try Detector(task, model: model, input: input, classes: 10, keypoints: 4)
  }

  @Test(arguments: SceneTask.allCases)
  func outputsAreThoseOfTheLoss(task: SceneTask) throws {
    let detector = try Self.detector(task)
    #expect(detector.architecture.output.count == detector.loss.count)
    #expect(detector.architecture.deadEnds.isEmpty)
    var next = 0
    for term in detector.loss.terms {
      #expect(term.first == next)
      next = term.range.upperBound
    }
  }

  @Test(arguments: ["bn-conv-6:0.25", "conv-s", "resnet-20:0.5", "vgg-11-bn:0.25", "conv-4:0.25", "mobilenet-v1:0.25"])
  func standsOnAnyBackbone(model: String) throws {
    for task in SceneTask.allCases {
      let detector = try Self.detector(task, model)
      let whole = try ModelCatalog.architecture(model, input: Self.input, classes: 10)
      let names = Set(whole.nodes.map(\.name))
      #expect(detector.backbone.layers.isSubset(of: names))
      #expect(detector.grid.height >= 2, "\(model) keeps \(detector.grid)")
      if let fine = detector.fine { #expect(fine.height >= 16 && fine.height <= 24, "\(model): \(fine)") }
    }
  }

  @Test func modulesShareOutAllWeights() throws {
    for task in SceneTask.allCases {
      let detector = try Self.detector(task), layers = detector.architecture.layout.prunable.map(\.layer)
      let modules = detector.modules
      #expect(layers.allSatisfy { layer in modules.count { $0.layers.contains(layer) } == 1 })
      #expect(modules.count == (task == .detect ? 2 : 3))
    }
  }

  @Test func perceptronsAreRefused() {
    #expect(throws: Problem.self) { try Self.detector(.detect, "mlp:20") }
  }

  @Test func presencesBeginUnlikely() throws {
    let detector = try Self.detector(.keypoints), weights = detector.initialParameters(.kaimingNormal, seed: 3)
    for entry in detector.architecture.layout.entries
    where entry.name == "presence.bias" || entry.name == "heatmaps.bias" {
      #expect(weights.values[entry.range].allSatisfy { abs($0 + 2.1972246) < 1e-6 })
    }
    let plain = Initializer.kaimingNormal.parameters(for: detector.architecture.layout, seed: 3)
    let differ = zip(weights.values, plain.values).count { $0 != $1 }
    #expect(differ == 1 + 4)
  }

  @Test func backbonesTakeWeightsByName() throws {
    let backbone = try Backbone("bn-conv-6:0.25", input: FeatureShape(channels: 1, height: 24, width: 24))
    let classifier = try backbone.classifier(classes: 10), detector = try Self.detector(.segment)
    let trained = Initializer.kaimingNormal.parameters(for: classifier.layout, seed: 9)
    let own = detector.initialParameters(.kaimingNormal, seed: 1)
    let taken = own.taking(trained, of: detector.backbone.layers)
    for entry in detector.architecture.layout.entries {
      let other = classifier.layout.entries.first { $0.name == entry.name }
      let isBackbone = detector.backbone.layers.contains(entry.layer)
      #expect(isBackbone == (other != nil), "\(entry.name)")
      #expect(
        Array(taken.values[entry.range])
          == Array(isBackbone ? trained.values[other!.range] : own.values[entry.range]))
    }
  }
}
