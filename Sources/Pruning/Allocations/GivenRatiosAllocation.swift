import Basics
import Networks

/// Densities in given ratios, for instance those of another mask: `ratios:fc1=0.02,fc2=0.1,fc3=0.5`. They are scaled to the
/// density that is asked for; layers that would exceed 1 are left whole and the others divide the rest. Layers that are
/// not named count as 1.
///
/// Random masks with another mask's ratios: Su et al. 2020 (arXiv:2009.11094), Frankle et al. 2021 (arXiv:2009.08576).
public struct GivenRatiosAllocation: Allocation {
  public static let name = "ratios"
  public static let summary = "given ratios of densities: ratios:fc1=0.02,fc2=0.1"

  private var ratios: [String: Double] = [:]

  public init() {}

  /// - Throws: `Problem.usage` unless the text is `ratios:LAYER=NUMBER,...` with numbers above 0.
  init(named text: String) throws {
    for part in text.dropFirst(Self.name.count + 1).split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[0].isEmpty, let value = Double(sides[1]), value > 0, value.isFinite else {
        throw Problem.usage(
          "'\(part)' in allocation '\(text)' is no layer with a ratio.",
          remedy: "Write ratios:LAYER=NUMBER,LAYER=NUMBER with numbers above 0.")
      }
      ratios[String(sides[0])] = value
    }
  }

  public func quota(_ request: AllocationRequest) throws -> Quota {
    let layers = request.mask.layout.prunable.map(\.layer)
    if let unknown = ratios.keys.sorted().first(where: { !layers.contains($0) }) {
      throw Problem.usage(
        "There is no layer '\(unknown)'.", remedy: Suggestion.sentence(for: unknown, among: layers))
    }
    return request.leaving(
      Apportionment.counts(
        shares: request.entries.map { (ratios[$0.layer] ?? 1) * Double($0.count) },
        limits: request.entries.map(request.mask.remaining), total: request.kept))
  }
}
