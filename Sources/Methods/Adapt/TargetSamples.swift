import Basics
import Datasets
import Lanes
import Networks
import Tickets
import Training

/// The target of a study: samples without labels to adapt to, and labelled ones that judge alone sees.
struct TargetSamples: Sendable {
  let unlabelled: UnlabelledSamples
  let test: SampleStore
  /// Whether no picture behind the unlabelled samples was one that the source was trained on.
  let isApart: Bool
  let name: String

  /// - Throws: `Problem.usage` if the target is the source, or its samples or classes are others.
  init(_ settings: AdaptSettings, _ source: TrainingData, _ locator: DataLocator) throws {
    let own = source.dataset
    name = settings.target
    guard name != settings.search.data else {
      throw Problem.usage(
        "The target is the source itself (shift=none, and no target-data).",
        remedy: "Give a --shift such as rotate:35, or --target-data NAME.")
    }
    try Self.checkShift(settings.shift)
    // What was loaded with settings of its own is loaded so again.
    let options = settings.targetData.isEmpty ? settings.search.loading : LoadOptions()
    let target = try Catalog.dataset(named: name, from: locator, options: options)
    guard target.inputShape == own.inputShape else {
      throw Problem.usage(
        "Samples of \(name) are \(target.inputShape), and the network's are \(own.inputShape).",
        remedy: "Add a transform such as +resize:\(own.inputShape.height) or +grey to --target-data, or choose another."
      )
    }
    let namesDiffer =
      !target.classNames.isEmpty && !own.classNames.isEmpty && target.classNames != own.classNames
    guard target.classCount == own.classCount, !namesDiffer else {
      throw Problem.usage(
        "The classes of \(name) are not those of \(own.name): \(target.classCount) against \(own.classCount)\(namesDiffer ? ", by other names" : "").",
        remedy: "Choose a --target-data of the same classes.")
    }
    let places = try Self.places(settings, source, target)
    isApart = places.isApart
    unlabelled = UnlabelledSamples(
      inputs: SampleStore(target.train.subset(places.places), of: target, normalisation: source.normalisation).inputs,
      shape: own.inputShape)
    test = SampleStore(target.test, of: target, normalisation: source.normalisation)
  }

  /// A word that is no transform would be taken for the end of the data set's name.
  private static func checkShift(_ shift: String) throws {
    let known = TransformCatalog.all.map(\.name)
    for word in shift.split(separator: "+", omittingEmptySubsequences: false) where shift != "none" {
      let name = String(word.prefix { $0 != ":" })
      guard !known.contains(name) else { continue }
      throw Problem.usage(
        "shift=\(shift): '\(word)' is no change of a data set.", remedy: Suggestion.sentence(for: name, among: known))
    }
  }

  /// Training samples of the target: where it is the source's data, changed, those that the source neither trains on nor
  /// validates with, unless none are left. They are drawn without regard to labels. Stream: `adapt-samples`.
  private static func places(
    _ settings: AdaptSettings, _ source: TrainingData, _ target: Dataset
  ) throws -> (places: [Int32], isApart: Bool) {
    let search = settings.search, all = (0..<Int32(target.train.count)).map { $0 }
    var pool = all, isApart = true
    if settings.targetData.isEmpty {
      let own = source.dataset.train, count = source.validation.count
      let places = try source.dataset.validationPlaces(count: count, seed: search.splitSeed)
      let trained =
        search.trainingSamples > 0
        ? SampleDraw.places(
          search.trainingSamples, of: places.train.map { own.labels[Int($0)] },
          by: RandomStream(seed: search.splitSeed, "training-subset")
        ).map { places.train[Int($0)] } : places.train
      let used = Set(trained).union(places.validation)
      pool = all.filter { !used.contains($0) }
      isApart = !pool.isEmpty
      if !isApart { pool = places.train }
    }
    var random = RandomStream(seed: search.splitSeed, "adapt-samples")
    let order = random.permutation(of: pool.count)
    let count = settings.targetSamples == 0 ? pool.count : min(settings.targetSamples, pool.count)
    return (order.prefix(count).map { pool[Int($0)] }, isApart)
  }
}

extension SampleStore {
  /// All samples as the network sees them, without their labels.
  fileprivate var inputs: [Float] { (0..<count).flatMap(input) }
}
