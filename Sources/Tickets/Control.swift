public import Basics
public import Networks
public import Pages
import Pruning
public import Training

/// A network trained beside tickets to tell what they owe to what.
///
/// A new control is one file in `Controls/` plus one line in `ControlCatalog`. It may train several networks of which the
/// best by validation accuracy counts.
public protocol Control: Sendable {
  /// As settings, records and results name it.
  static var name: String { get }
  /// Of columns and legends: `Shuffled mask`.
  static var title: String { get }
  /// What is trained, as a clause.
  static var summary: String { get }
  /// The network in a sentence that begins with "Against".
  static var phrase: String { get }
  static var style: SeriesStyle { get }
  /// Whether it is another dense network, trained once a seed; the search's own counts among its variants.
  static var isDense: Bool { get }
  /// Whether it takes more than a ticket: all of the search that found it.
  static var needsSearch: Bool { get }
  /// Names of its networks where it trains several.
  static var variants: [String] { get }
  /// About how many times the recipe's steps its networks take together, for a ticket of the last of some rounds' densities.
  static func length(_ densities: [Double]) -> Double

  init()
  /// Where the training of a variant begins and how it goes on.
  func start(_ variant: String, _ ticket: ControlContext) throws -> TrainingStart
}

extension Control {
  public static var isDense: Bool { false }
  public static var needsSearch: Bool { false }
  public static var variants: [String] { [""] }
  public static func length(_ densities: [Double]) -> Double { Double(variants.count) }
}

/// All controls, in the order in which tables show them.
public enum ControlCatalog {
  public static let all: [any Control.Type] = [
    Reinitialised.self,
    ShuffledMask.self,
    RandomMask.self,
    EqualCompute.self,
    TunedDense.self,
  ]
}

/// The ticket that a control stands beside.
public struct ControlContext: Sendable {
  public var architecture: Architecture
  public var settings: SearchSettings
  public var seed: UInt64
  /// The full mask for controls that are dense.
  public var mask: Mask
  /// The step that the ticket starts at.
  public var step: Int
  public var stepsPerEpoch: Int
  /// Ends the names of random streams: `round 3`.
  public var place: String
  /// The weights that the ticket's survivors start from.
  public var rewound: @Sendable () throws -> Parameters
  /// Weights from a file that dense networks start from; `nil` if the seed draws them.
  public var given: Parameters?
  /// Of which the weights are coefficients: mask and rewound weights are, and so are those that are drawn here.
  public var basis: BasisCoefficients?
  /// Multiply-adds for each sample of a batch, over all steps of all trainings that found the ticket, and of its own; see
  /// `Architecture.multiplyAdds`. For controls that need the search.
  public var spent: @Sendable () throws -> Double = { preconditionFailure("the search is not at hand") }

  public init(
    _ architecture: Architecture, _ settings: SearchSettings, seed: UInt64, mask: Mask, step: Int, stepsPerEpoch: Int,
    place: String, rewound: @escaping @Sendable () throws -> Parameters
  ) {
    self.architecture = architecture
    self.settings = settings
    self.seed = seed
    self.mask = mask
    self.step = step
    self.stepsPerEpoch = stepsPerEpoch
    self.place = place
    self.rewound = rewound
  }

  /// The search's, with the seed's data order.
  public var recipe: Recipe {
    var recipe = settings.recipe
    recipe.orderSeed = seed
    return recipe
  }

  public var initial: Parameters {
    rotated(given ?? settings.initializer.parameters(for: mask.layout, seed: seed))
  }

  private func rotated(_ weights: Parameters) -> Parameters { basis?.rotated(weights) ?? weights }

  /// Weights drawn for a control.
  public func freshWeights(_ control: any Control.Type) -> Parameters {
    rotated(
      settings.initializer.parameters(
        for: mask.layout, seed: seed, stream: "control-weights/\(control.name)/\(place)"))
  }

  /// The ticket's mask with each layer in random order.
  public func shuffledMask(_ control: any Control.Type) -> Mask {
    mask.shuffledLayerwise(seed: seed, stream: "control-mask/\(control.name)/\(place)")
  }
}

/// Some controls as one word: `reinit,shuffled,random` or `none`.
public struct ControlSet: Equatable, Sendable, SettingValue {
  /// In the order of the catalogue.
  public let names: [String]

  /// - Precondition: All are names of the catalogue.
  public init(_ names: [String] = [Reinitialised.name, ShuffledMask.name, RandomMask.name]) {
    let known = ControlCatalog.all.map { $0.name }
    precondition(names.allSatisfy(known.contains), "\(names) are not all controls")
    self.names = known.filter(names.contains)
  }

  public init?(setting text: String) {
    let names = text == "none" ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard names.allSatisfy({ name in ControlCatalog.all.contains { $0.name == name } }) else { return nil }
    self.init(names)
  }

  public var types: [any Control.Type] { ControlCatalog.all.filter { names.contains($0.name) } }
  public var settingText: String { names.isEmpty ? "none" : names.joined(separator: ",") }
  public static var settingForm: String {
    "none, or some of \(ControlCatalog.all.map { $0.name }.joined(separator: ",")), with commas"
  }

  /// Refuses controls that take more than one ticket: other dense networks, and whole searches.
  public func requireOfOneTicket() throws {
    guard let odd = types.first(where: { $0.isDense || $0.needsSearch }) else { return }
    let possible = ControlCatalog.all.filter { !$0.isDense && !$0.needsSearch }
    throw Problem.usage(
      "The control \(odd.name) cannot stand beside a ticket here.",
      remedy: "Choose among --controls \(possible.map { $0.name }.joined(separator: ",")), or none.")
  }
}
