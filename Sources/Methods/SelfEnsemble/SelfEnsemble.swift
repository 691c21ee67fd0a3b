import Basics
public import Datasets
public import Experiments
import Lanes
import Networks
import Tickets
import Training

/// Training on labels of which some are wrong, by a network's own snapshots (after Lee et al. 2022, arXiv:2207.10354), beside plain
/// training, small losses of one snapshot, and co-teaching (Han et al. 2018, arXiv:1804.06872). A related tool, no way to tickets.
public struct SelfEnsemble: Experiment {
  public static let name = "selfensemble"
  public static let summary = "train under label noise by a network's snapshots"
  public static let discussion = """
    Puts an exact share of wrong labels into the training samples and trains four ways, dense and under random masks. The paper's \
    public text fixes no constants: those here are ours, see docs/methods.md.
    """
  public static let example = [
    "data=digits", "model=mlp:24,16", "training-samples=0", "validation=100", "steps=4ep", "batch=64",
    "ensemble-warmup=1", "ramp=2",
    "snapshots=2", "sparsity=0.5",
  ]

  public let settings: SelfEnsembleSettings
  public let seeds: [UInt64]
  public init(_ settings: SelfEnsembleSettings, seeds: [UInt64]) { (self.settings, self.seeds) = (settings, seeds) }

  /// Data with views of the training samples.
  public struct Material: ExtendedMaterial {
    public let training: TrainingMaterial
    /// The training samples in their views; none for samples that are no images.
    let views: [SampleStore]

    var labels: [Int32] {
      Array(UnsafeBufferPointer(start: training.data.train.labels, count: training.data.train.count))
    }
  }

  public func prepare(_ locator: DataLocator) throws -> Material {
    let training = try TrainingMaterial(settings.search, locator), shape = training.data.dataset.inputShape
    return Material(
      training: training,
      views: shape.height > 2 && shape.width > 2 ? SampleViews.stores(training.data, settings.views.values) : [])
  }

  static func stage(_ arm: NoisyArm, _ sparsity: Double) -> String {
    sparsity == 0 ? arm.rawValue : "\(arm.rawValue)-\(sparsity)"
  }

  public func units(of seed: UInt64, _ material: Material) throws -> [WorkUnit] {
    let recipe = settings.search.recipe
    let steps = recipe.steps.iterations(
      perEpoch: recipe.stepsPerEpoch(samples: material.training.data.train.count))
    return settings.levels.flatMap { level in
      NoisyArm.allCases.map { arm in
        WorkUnit(
          Self.stage(arm, level), seed: seed,
          work: WorkProgress.work(steps: steps, density: 1 - level) * (arm == .coTeaching ? 2 : 1))
      }
    }
  }

  public func run(_ unit: WorkUnit, on bench: Bench<Material>) throws {
    for level in settings.levels {
      for arm in NoisyArm.allCases where Self.stage(arm, level) == unit.name {
        try SelfEnsembleWork(settings: settings, bench: bench, arm: arm, sparsity: level).train()
      }
    }
  }
}

/// Views of samples that say the same.
enum SampleViews {
  static func stores(_ data: TrainingData, _ views: [SampleView]) -> [SampleStore] {
    let moves = [SampleMove(rows: 2, columns: 2), SampleMove(rows: -2, columns: -2)]
    return views.flatMap { $0 == .moved ? moves : [SampleMove(isMirrored: true)] }.map { move in
      let shape = data.dataset.inputShape, count = data.train.count, plane = shape.height * shape.width
      var pixels = [Float](repeating: 0, count: count * shape.count)
      for sample in 0..<count {
        let input = data.train.input(sample)
        for channel in 0..<shape.channels {
          for row in 0..<shape.height {
            for column in 0..<shape.width {
              let r = min(shape.height - 1, max(0, row + Int(move.rows)))
              let c = min(shape.width - 1, max(0, column + Int(move.columns)))
              let from = channel * plane + r * shape.width + (move.isMirrored ? shape.width - 1 - c : c)
              pixels[sample * shape.count + channel * plane + row * shape.width + column] = input[from]
            }
          }
        }
      }
      return SampleStore(inputs: pixels, shape: shape)
    }
  }
}
