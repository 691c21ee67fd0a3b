public import Datasets
public import Foundations
public import Lanes

/// Everything that decides how a network is trained, apart from the network, the data and where it starts.
public struct Recipe: Hashable, Sendable {
  /// Length of training.
  public var steps = Step.epochs(12)
  /// Samples a step.
  public var batch = 128
  /// Whether an epoch leaves out the samples at its end that fill no batch.
  public var dropsLast = false
  public var optimizer = Optimizer.sgd
  public var learningRate = 0.1
  public var momentum = 0.0
  public var nesterov = false
  public var weightDecay = 0.0
  public var schedule = Schedule()
  public var loss = Loss.softmaxCrossEntropy
  /// How training samples are changed at random; validation and test samples never are.
  public var augmentation = Augmentation.none
  /// How often validation and test loss and accuracy are taken.
  public var evaluateEvery = Step.epochs(1)
  /// Seed of all that is random in training: data order, augmentation, dropout.
  public var orderSeed: UInt64 = 0

  public init() {}

  /// Steps that make an epoch of `count` samples.
  public func stepsPerEpoch(samples count: Int) -> Int {
    dropsLast ? max(1, count / batch) : (count + batch - 1) / batch
  }

  /// The same recipe at the schedule's last rate from start to end: fine-tuning.
  public func atLastRate(stepsPerEpoch: Int) -> Recipe {
    let total = steps.iterations(perEpoch: stepsPerEpoch)
    var flat = self
    flat.learningRate = schedule.rate(base: learningRate, at: max(0, total - 1), of: total, perEpoch: stepsPerEpoch)
    flat.schedule = Schedule()
    return flat
  }
}

extension Loss: SettingValue {
  public init?(setting text: String) { self.init(rawValue: text) }
  public var settingText: String { rawValue }
  public static var settingForm: String { "one of \(allCases.map(\.rawValue).joined(separator: ", "))" }
}
