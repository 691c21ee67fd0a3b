public import Basics
package import Pages

/// What a sifting study has found, as its page shows it.
public struct SiftFindings: Sendable {
  /// One ladder of masks.
  public struct Arm: Sendable {
    public var name: String
    public var summary: String
    public var rounds: [Round]

    public init(name: String, summary: String, rounds: [Round]) {
      self.name = name
      self.summary = summary
      self.rounds = rounds
    }
  }

  public struct Round: Sendable {
    public var round: Int
    /// Surviving share of the first layer's weights.
    public var density: Double
    public var accuracy: Interval
    /// Share of units with an input, by layer.
    public var live: [Double]
    /// Share of pairs within 1, 2 and 3 pixels.
    public var within: [Interval?]
    /// Scores of the share within 2 pixels.
    public var uniform: Interval?
    public var degreePreserving: Interval?
    public var colourCoherence: Interval?
    public var gyration: Interval?
    public var patchScore: Interval?

    public init(
      round: Int, density: Double, accuracy: Interval, live: [Double], within: [Interval?], uniform: Interval?,
      degreePreserving: Interval?, colourCoherence: Interval?, gyration: Interval?, patchScore: Interval?
    ) {
      self.round = round
      self.density = density
      self.accuracy = accuracy
      self.live = live
      self.within = within
      self.uniform = uniform
      self.degreePreserving = degreePreserving
      self.colourCoherence = colourCoherence
      self.gyration = gyration
      self.patchScore = patchScore
    }
  }

  /// Numbers over a plane, row by row.
  public struct Plane: Sendable {
    public var height: Int
    public var width: Int
    public var values: [Double]

    public init(height: Int, width: Int, values: [Double]) {
      precondition(values.count == height * width, "\(values.count) values for \(height) x \(width)")
      self.height = height
      self.width = width
      self.values = values
    }
  }

  /// Displacements of one round.
  public struct Displacements: Sendable {
    public var round: Int
    public var density: Double
    public var same: Plane
    /// `nil` for one channel.
    public var different: Plane?

    public init(round: Int, density: Double, same: Plane, different: Plane?) {
      self.round = round
      self.density = density
      self.same = same
      self.different = different
    }
  }

  /// One unit: masked weights by channel, and what survives.
  public struct Unit: Sendable {
    public var weights: [Float]
    public var keeps: [Bool]

    public init(weights: [Float], keeps: [Bool]) {
      self.weights = weights
      self.keeps = keeps
    }
  }

  /// The round that is drawn.
  public struct Portrait: Sendable {
    public var round: Int
    public var density: Double
    /// Channels, height, width.
    public var shape: [Int]
    public var units: [Unit]
    /// Connections of every pixel, [channel][row][column].
    public var inputDegrees: [Int]
    public var unitDegrees: [Int]
    /// Mean mask around each unit's centre, and the same of random masks with the same degrees; one plane a channel.
    public var patch: [Plane]
    public var nullPatch: [Plane]

    public init(
      round: Int, density: Double, shape: [Int], units: [Unit], inputDegrees: [Int], unitDegrees: [Int],
      patch: [Plane], nullPatch: [Plane]
    ) {
      self.round = round
      self.density = density
      self.shape = shape
      self.units = units
      self.inputDegrees = inputDegrees
      self.unitDegrees = unitDegrees
      self.patch = patch
      self.nullPatch = nullPatch
    }
  }

  /// Test accuracy against units removed.
  public struct Ablation: Sendable {
    public var order: String
    public var removed: [Int]
    public var accuracy: [Double]

    public init(order: String, removed: [Int], accuracy: [Double]) {
      self.order = order
      self.removed = removed
      self.accuracy = accuracy
    }
  }

  public struct Deeper: Sendable {
    public var layer: String
    public var connected: Double
    public var within2: Double?
    public var byPaths: Double?
    public var byWeights: Double?

    public init(layer: String, connected: Double, within2: Double?, byPaths: Double?, byWeights: Double?) {
      self.layer = layer
      self.connected = connected
      self.within2 = within2
      self.byPaths = byPaths
      self.byWeights = byWeights
    }
  }

  public var data: String
  public var model: String
  public var seeds: Int
  public var draws: Int
  public var arms: [Arm]
  public var displacements: [Displacements]
  public var portrait: Portrait?
  public var ablation: [Ablation]
  public var deeper: [Deeper]
  /// Round and share of the first layer's surviving weights that permuted and plain ladders have in common.
  public var agreement: [(round: Int, overlap: Interval)]
  public var provenance: [String]

  public init(
    data: String, model: String, seeds: Int, draws: Int, arms: [Arm], displacements: [Displacements],
    portrait: Portrait?, ablation: [Ablation], deeper: [Deeper], agreement: [(round: Int, overlap: Interval)],
    provenance: [String]
  ) {
    self.data = data
    self.model = model
    self.seeds = seeds
    self.draws = draws
    self.arms = arms
    self.displacements = displacements
    self.portrait = portrait
    self.ablation = ablation
    self.deeper = deeper
    self.agreement = agreement
    self.provenance = provenance
  }
}
