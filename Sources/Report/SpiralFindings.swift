package import Pages

/// What the page of a spiral study shows: plain numbers, as the study found them.
public struct SpiralFindings: Sendable {
  /// Best accuracies of one way of finding networks, by number of weights.
  public struct Staircase: Sendable {
    /// `search`, `descent`, or a method.
    public var name: String
    /// Units a layer; `nil` for a search.
    public var width: Int?
    public var steps: [(weights: Int, accuracy: Double)]

    public init(name: String, width: Int?, steps: [(weights: Int, accuracy: Double)]) {
      self.name = name
      self.width = width
      self.steps = steps
    }
  }

  /// What one way of finding networks needed.
  public struct Need: Sendable {
    public var name: String
    public var width: Int?
    public var runs: Int
    public var best: Double
    /// Fewest weights that reached each target.
    public var weights: [Int?]
    /// Means over all runs: share of the weights on a path, and units that hold weights but lie on none.
    public var effective: Double
    public var disconnected: Double

    public init(
      name: String, width: Int?, runs: Int, best: Double, weights: [Int?], effective: Double, disconnected: Double
    ) {
      self.name = name
      self.width = width
      self.runs = runs
      self.best = best
      self.weights = weights
      self.effective = effective
      self.disconnected = disconnected
    }
  }

  /// A dense network by its hidden units.
  public struct Structure: Sendable {
    public var units: String
    public var weights: Int
    public var parameters: Int
    public var accuracy: Double

    public init(units: String, weights: Int, parameters: Int, accuracy: Double) {
      self.units = units
      self.weights = weights
      self.parameters = parameters
      self.accuracy = accuracy
    }
  }

  /// A trained network in the plane.
  public struct Portrait: Sendable {
    public struct Panel: Sendable {
      public var label: String
      /// Row by row; logits for the first panel of a portrait, activations of units for the others.
      public var values: [Float]

      public init(label: String, values: [Float]) {
        self.label = label
        self.values = values
      }
    }
    public var title: String
    /// Points along each side.
    public var size: Int
    public var panels: [Panel]
    /// Data points: place in the grid and class.
    public var points: [(place: Int, label: Int)]

    public init(title: String, size: Int, panels: [Panel], points: [(place: Int, label: Int)]) {
      self.title = title
      self.size = size
      self.panels = panels
      self.points = points
    }
  }

  public var data: String
  public var runs: Int
  /// Seconds of threads.
  public var seconds: Double
  public var targets: [Double]
  /// Fewest weights that any search reached each target with.
  public var optimum: [Int?]
  public var staircases: [Staircase]
  public var needs: [Need]
  /// Structures from few weights to many, each better than all before.
  public var structures: [Structure]
  public var portraits: [Portrait]
  /// Commands that made the runs, and the digest of the table.
  public var provenance: [String]

  public init(
    data: String, runs: Int, seconds: Double, targets: [Double], optimum: [Int?], staircases: [Staircase],
    needs: [Need], structures: [Structure], portraits: [Portrait], provenance: [String]
  ) {
    self.data = data
    self.runs = runs
    self.seconds = seconds
    self.targets = targets
    self.optimum = optimum
    self.staircases = staircases
    self.needs = needs
    self.structures = structures
    self.portraits = portraits
    self.provenance = provenance
  }
}
