import Networks

/// Densities in proportion to (sum of a kernel's dimensions) / (their product): inputs, outputs, height and width of a
/// convolution, inputs and outputs of a linear layer. Layers that would exceed density 1 are left whole and the others
/// divide the rest.
///
/// Erdős–Rényi kernels: Evci et al. 2020 (arXiv:1911.11134), after Mocanu et al. 2018 (arXiv:1707.04780).
public struct ErdosRenyiAllocation: Allocation {
  public static let name = "erk"
  public static let summary = "Erdős–Rényi kernel: narrow layers denser, by (sum of dimensions) / (product)"

  public init() {}

  public func quota(_ request: AllocationRequest) -> Quota {
    // density = c * sum / product, and the product is the number of weights, so the share is the sum.
    request.leaving(
      Apportionment.counts(
        shares: request.entries.map { Double($0.shape.dimensions.reduce(0, +)) },
        limits: request.entries.map(request.mask.remaining), total: request.kept))
  }
}
