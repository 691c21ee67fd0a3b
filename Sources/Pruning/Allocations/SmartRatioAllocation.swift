import Basics
import Networks

/// Densities that fall along the network: of L layers, layer l has a share of (L - l + 1)^2 + (L - l + 1) times its weights,
/// linear layers keep 30 %, and what exceeds a layer goes to those after it.
///
/// The form for residual networks of Su et al. 2020 (arXiv:2009.11094). Their networks have one linear layer; in a network
/// without convolutions the rule is applied to all layers here, and none is fixed. Their code drops the excess of layers
/// behind one that has none; here the counts add up.
public struct SmartRatioAllocation: Allocation {
  public static let name = "smart-ratio"
  public static let summary = "fixed ratios that fall along the network (residual networks)"

  public init() {}

  public func quota(_ request: AllocationRequest) throws -> Quota {
    try SmartRatio.quota(request) { layer, layers in
      let rest = Double(layers - layer + 1)
      return rest * rest + rest
    }
  }
}

/// As `SmartRatioAllocation`, with shares divided by l^2: the form for VGG (Su et al. 2020).
public struct PlainSmartRatioAllocation: Allocation {
  public static let name = "smart-ratio-vgg"
  public static let summary = "fixed ratios that fall faster along the network (without residual sums)"

  public init() {}

  public func quota(_ request: AllocationRequest) throws -> Quota {
    try SmartRatio.quota(request) { layer, layers in
      let rest = Double(layers - layer + 1)
      return (rest * rest + rest) / Double(layer * layer)
    }
  }
}

enum SmartRatio {
  static let linearDensity = 0.3

  /// - Parameter ratio: Of layer l (from 1) of so many.
  /// - Throws: `Problem.usage` if linear layers alone hold more than what shall be left.
  static func quota(_ request: AllocationRequest, ratio: (Int, Int) -> Double) throws -> Quota {
    let entries = request.entries, limits = entries.map(request.mask.remaining)
    let layers = request.mask.layout.prunable, hasConvolutions = entries.contains { $0.isConvolution }
    func isFixed(_ i: Int) -> Bool { hasConvolutions && !entries[i].isConvolution }
    var exact = [Double](repeating: 0, count: entries.count)
    for i in entries.indices where isFixed(i) {
      exact[i] = min(Double(limits[i]), (linearDensity * Double(entries[i].count)).rounded())
    }
    let left = Double(request.kept) - exact.reduce(0, +)
    guard left >= 0 else {
      throw Problem.usage(
        "The smart ratio keeps 30 % of linear layers, more than the \(request.kept) weights that shall be left.",
        remedy: "Prune less, exclude the linear layers, or use another --allocation.")
    }
    let free = entries.indices.filter { !isFixed($0) }
    let shares = free.map { i in
      ratio(layers.firstIndex(of: entries[i])! + 1, layers.count) * Double(entries[i].count)
    }
    let scale = left / max(shares.reduce(0, +), .leastNormalMagnitude)
    var excess = 0.0
    for (i, share) in zip(free, shares) {
      let wanted = scale * share + excess
      exact[i] = min(wanted, Double(limits[i]))
      excess = wanted - exact[i]
    }
    // What the last layers could not take goes back to the first that can.
    for i in free {
      let taken = min(excess, Double(limits[i]) - exact[i])
      exact[i] += taken
      excess -= taken
    }
    return request.leaving(Apportionment.rounded(exact, limits: limits, total: request.kept))
  }
}

extension ParameterLayout.Entry {
  /// Whether it is the kernel of a convolution.
  var isConvolution: Bool { shape.dimensions.count == 4 }
}
