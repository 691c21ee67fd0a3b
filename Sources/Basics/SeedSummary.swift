public import Foundation

/// What one seed of an experiment gave, in short: what lists, statistics over seeds and comparisons read.
///
/// `seed-N.json` holds it; the file is there once every unit of the seed is done.
public struct SeedSummary: Codable, Equatable, Sendable {
  /// One network that was trained, or another measurement.
  public struct Stage: Equatable, Sendable {
    /// `dense`, `round-03`, `round-03.reinit`: the name of its record.
    public var name: String
    /// 0 where there are no rounds.
    public var round: Int
    /// `dense`, `ticket`, or the control.
    public var arm: String
    /// Surviving prunable weights, and their share.
    public var remaining: Int?
    public var density: Double?
    /// Multiply-adds of all weights and of the surviving ones, for a sample, forward; absent where nobody counted.
    public var denseMultiplyAdds: Int?
    public var multiplyAdds: Int?
    /// What was measured, by the key of its `Metric`.
    public var metrics: [String: Double]
    /// SHA-256 of the trained weights.
    public var digest: String

    public init(
      name: String, round: Int, arm: String, remaining: Int? = nil, density: Double? = nil, metrics: [String: Double],
      digest: String
    ) {
      self.name = name
      self.round = round
      self.arm = arm
      self.remaining = remaining
      self.density = density
      self.metrics = metrics
      self.digest = digest
    }

    /// What follows from the mask alone is not compared: summaries of older versions do not have it.
    public static func == (a: Stage, b: Stage) -> Bool {
      a.name == b.name && a.round == b.round && a.arm == b.arm && a.remaining == b.remaining && a.density == b.density
        && a.metrics == b.metrics && a.digest == b.digest
    }

    public var testAccuracy: Double? { metrics["testAccuracy"] }
    public var validationAccuracy: Double? { metrics["validationAccuracy"] }
  }

  public var format = 1
  public var seed: UInt64
  /// The dense network first.
  public var stages: [Stage]
  /// Seconds of training and evaluation, added over all stages.
  public var seconds: Double
  /// Largest resident size of the process that finished the seed.
  public var residentBytes: Int
  /// Seconds since 1970.
  public var finished: Double
  /// `Configurable.extent` of what was asked; absent where that is empty.
  public var settings: [String: String]?
  /// Networks that could not be finished; absent where all were.
  public var failures: [NetworkFailure]?

  public init(
    seed: UInt64, stages: [Stage], seconds: Double, residentBytes: Int, finished: Double,
    settings: [String: String] = [:]
  ) {
    self.seed = seed
    self.stages = stages
    self.seconds = seconds
    self.residentBytes = residentBytes
    self.finished = finished
    self.settings = settings.isEmpty ? nil : settings
  }

  /// Whether it was made for settings of this `Configurable.extent`.
  public func answers(_ extent: [String: String]) -> Bool { settings ?? [:] == extent }

  /// SHA-256 over names and digests of all stages: equal exactly if all trained weights are.
  public var digest: String { Digest.sha256(stages.map { "\($0.name) \($0.digest)\n" }.joined()) }

  public func stage(_ arm: String, round: Int) -> Stage? { stages.first { $0.round == round && $0.arm == arm } }

  /// The arm of a stage that stands for a whole table of runs, `NAME.sqlite`; its digest is that of all rows.
  public static let table = "table"

  public static func fileName(_ seed: UInt64) -> String { "seed-\(seed).json" }

  /// The summary of a seed of which networks may have failed; `nil` if it is missing or damaged.
  public init?(partOf seed: UInt64, in folder: URL) {
    let url = folder.appendingPathComponent(Self.fileName(seed))
    guard let summary: SeedSummary = StoredJSON.read(url), summary.seed == seed else { return nil }
    self = summary
  }

  /// The summary of a seed that is done; `nil` if it is missing, damaged, not whole, or a record that it names is gone.
  public init?(of seed: UInt64, in folder: URL) {
    guard let summary = SeedSummary(partOf: seed, in: folder), !summary.stages.isEmpty, summary.failures == nil else {
      return nil
    }
    func exists(_ place: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent(place).path)
    }
    let areThere = summary.stages.allSatisfy { stage in
      let parts = stage.name.split(separator: "/", maxSplits: 1)
      let place = parts.count == 2 ? "\(parts[0])/seed-\(seed)/\(parts[1])" : "seed-\(seed)/\(stage.name)"
      return exists("\(place).json") || stage.arm == Self.table && exists("\(stage.name).sqlite")
    }
    guard areThere else { return nil }
    self = summary
  }
}

extension SeedSummary: Sound {
  public var isSound: Bool {
    (!stages.isEmpty || failures?.isEmpty == false) && Set(stages.map(\.name)).count == stages.count
  }
}

/// Metrics stand beside the other values, as they did when there were but four of them.
extension SeedSummary.Stage: Codable {
  private static let others: Set<String> = [
    "name", "round", "arm", "remaining", "density", "denseMultiplyAdds", "multiplyAdds", "digest",
  ]

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: NameKey.self)
    name = try values.decode(String.self, forKey: "name")
    round = try values.decode(Int.self, forKey: "round")
    arm = try values.decode(String.self, forKey: "arm")
    remaining = try values.decodeIfPresent(Int.self, forKey: "remaining")
    density = try values.decodeIfPresent(Double.self, forKey: "density")
    denseMultiplyAdds = try values.decodeIfPresent(Int.self, forKey: "denseMultiplyAdds")
    multiplyAdds = try values.decodeIfPresent(Int.self, forKey: "multiplyAdds")
    digest = try values.decode(String.self, forKey: "digest")
    metrics = [:]
    for key in values.allKeys where !Self.others.contains(key.stringValue) {
      metrics[key.stringValue] = try values.decode(Double.self, forKey: key)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: NameKey.self)
    try values.encode(name, forKey: "name")
    try values.encode(round, forKey: "round")
    try values.encode(arm, forKey: "arm")
    try values.encodeIfPresent(remaining, forKey: "remaining")
    try values.encodeIfPresent(density, forKey: "density")
    try values.encodeIfPresent(denseMultiplyAdds, forKey: "denseMultiplyAdds")
    try values.encodeIfPresent(multiplyAdds, forKey: "multiplyAdds")
    try values.encode(digest, forKey: "digest")
    for (key, value) in metrics {
      // Whole numbers as such, as older versions wrote steps.
      if let whole = Int(exactly: value), key.hasSuffix("Step") {
        try values.encode(whole, forKey: NameKey(key))
      } else {
        try values.encode(value, forKey: NameKey(key))
      }
    }
  }
}
