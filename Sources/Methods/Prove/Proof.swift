/// A random network of twice the target's depth, pruned to the target.
package struct Proof: Sendable {
  package let pairs: [PrunedPair]

  /// - Parameters:
  ///   - isNonNegative: Whether no input of the network is negative.
  ///   - error: Target weights of at most this size become zero.
  package init(
    _ target: TargetNetwork, isNonNegative: Bool, error: Double, candidates: Int, method: ProofMethod, seed: UInt64,
    threads: Int, isStopped: @Sendable () -> Bool = { false }
  ) {
    pairs = target.layers.indices.map { i in
      PrunedPair(
        target.layers[i], servesBothHalves: i == 0 ? !isNonNegative : !target.layers[i - 1].isRectified, error: error,
        candidates: candidates, method: method, seed: seed, threads: threads, isStopped: isStopped)
    }
  }

  /// The pruned random network, of kept weights alone.
  package func network() -> LayeredNetwork {
    LayeredNetwork(
      pairs.flatMap { pair in
        let layers = pair.layers()
        return [layers.inner, layers.outer]
      })
  }

  /// Behind each pair of layers, how far a value can be from the target's: one an input domain.
  package func bounds(_ domains: [InputDomain]) -> [[Double]] {
    var bounds = domains.map { ErrorBound($0) }
    return pairs.map { pair in
      let errors = pair.errors, slots = pair.random.slots
      let norm = SpectralNorm.bound(pair.target.weights, columns: pair.target.inputs)
      let errorNorm = SpectralNorm.bound(
        errors.indices.filter { ($0 + 1) % slots.count != 0 }.map { errors[$0] }, columns: slots.count - 1)
      for i in bounds.indices {
        bounds[i].pass(pair.target, norm: norm, slots: slots, errors: errors, errorNorm: errorNorm)
      }
      return bounds.map(\.largest)
    }
  }
}
