import Basics
public import Lanes

/// Where perturbed samples have to stay: in a ball around the sample, in the data's values.
public struct Threat: Hashable, Sendable, Codable {
  public var ball: Ball
  /// Radius of the ball; pixels are worth 0 to 1, other numbers what the file says.
  public var epsilon: Double

  public init(_ ball: Ball = .maximum, epsilon: Double) {
    self.ball = ball
    self.epsilon = epsilon
  }
}

/// A way of looking for perturbations that a network gets wrong.
///
/// A new attack is one file plus one line in `AttackCatalog`; the laws of the catalogue then run on it: inside the ball and
/// the range of pixels, epsilon 0 changes nothing, the same bits for any batch and number of threads.
public protocol Attack: Sendable {
  static var name: String { get }
  static var summary: String { get }
  /// The names that it is read by, before a colon; several where its variants have names of their own.
  static var names: [String] { get }
  /// With settings for which a small network is attacked in no time: what the laws of the catalogue run.
  static var examples: [String] { get }
  /// The second number where only the first is given.
  static var usualRestarts: Int { get }
  /// The attack of one of `names`, with the numbers that stand behind it: `pgd:20x5`.
  static func named(_ name: String, _ first: Int?, restarts: Int) -> Self?
  /// With its settings, as `AttackCatalog` reads it: `pgd:20`.
  var text: String { get }
  /// Whether it looks at outputs alone.
  var isBlackBox: Bool { get }
  /// The balls that it knows.
  var balls: [Ball] { get }
  /// The fewest classes that its loss is defined for.
  var fewestClasses: Int { get }
  /// Leaves the perturbed samples in the batch's pixels; they are the clean ones to begin with.
  ///
  /// - Parameter streams: Named for this attack: every use of randomness takes a number of its own.
  func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream)
}

extension Attack {
  public static var names: [String] { [name] }
  public static var examples: [String] { [name] }
  public static var usualRestarts: Int { 1 }
  public var text: String { Self.name }
  public var isBlackBox: Bool { false }
  public var balls: [Ball] { [.maximum] }
  public var fewestClasses: Int { 2 }
}
