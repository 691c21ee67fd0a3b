import Basics
import Detectors
import Experiments
import Networks
import Pruning
import Tickets
import Training

/// The backbone on classification: its training, and its tickets.
struct ObjectsWork {
  let settings: DetectSettings
  let bench: Bench<DetectMaterial>
  let classifier: Architecture
  let objects: TrainingData

  func run(_ unit: String) throws {
    let lab = try Lab(
      settings: settings.pretraining, seed: bench.seed, bench: bench.trainer(classifier, data: objects),
      workers: bench.workers)
    let rewound = try lab.rewindPoint(), trained = try lab.trainDense()
    guard let sparsity = settings.sparsityValues.first(where: { unit.hasSuffix(DetectPlan.pretrained($0)) }) else {
      return
    }
    let stage = DetectPlan.pretrained(sparsity)
    let mask = try Pruner.magnitude(
      trained, of: classifier.layout.prunable(in: backbone), by: sparsity, allocation: GlobalAllocation())
    let start = TrainingStart(parameters: rewound, mask: mask, step: lab.rewindStep, recipe: lab.recipe)
    _ = try bench.trainer(classifier, data: objects).trainKept(stage, from: start) {
      Ticket(
        architecture: classifier, mask: mask, start: rewound, startStep: lab.rewindStep,
        trained: $0.parameters, seed: bench.seed, round: 1, settings: settings.pretraining.findingTexts,
        metrics: $0.metrics)
    }
  }

  private var backbone: Set<String> { bench.material.parts.values.first!.detector.backbone.layers }
}
