import CLanes

/// The rule by which gradients move weights.
public enum UpdateRule: Equatable, Sendable {
  /// Stochastic gradient descent: d = g + decay w; m = momentum m + d; w -= rate (nesterov ? d + momentum m : m). Without
  /// momentum no moment is kept.
  case sgd(momentum: Float = 0, decay: Float = 0, nesterov: Bool = false)
  /// Adam (Kingma & Ba 2015, arXiv:1412.6980) with weight decay added to the gradient, as in PyTorch's `Adam`.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, decay: Float = 0)
}

/// What an optimiser step works on: buffers of `count` floats, padded to whole vectors.
public struct UpdateBuffers {
  public var weights: UnsafeMutablePointer<Float>
  public var moment1: UnsafeMutablePointer<Float>
  public var moment2: UnsafeMutablePointer<Float>
  /// All ones where a weight lives, zero where it is pruned; `nil` if all live.
  public var mask: UnsafePointer<UInt32>?
  public var count: Int

  public init(
    weights: UnsafeMutablePointer<Float>, moment1: UnsafeMutablePointer<Float>, moment2: UnsafeMutablePointer<Float>,
    mask: UnsafePointer<UInt32>?, count: Int
  ) {
    self.weights = weights
    self.moment1 = moment1
    self.moment2 = moment2
    self.mask = mask
    self.count = count
  }
}

/// Where gradients of weights go, and how they are summed.
public struct GradientSums {
  public var weights: GradientTarget
  /// `nil` for a layer without biases.
  public var biases: GradientTarget?
  /// How many positions make one chain; the results of the chains are added in order.
  public var chain: Int
  /// Whether the positions are places of images: then there are many.
  public var hasPlaces: Bool
  /// Whether the sums are added to what is there.
  public var accumulates: Bool

  public init(
    weights: GradientTarget, biases: GradientTarget?, chain: Int, hasPlaces: Bool, accumulates: Bool = false
  ) {
    self.weights = weights
    self.biases = biases
    self.chain = chain
    self.hasPlaces = hasPlaces
    self.accumulates = accumulates
  }
}

/// What becomes of the gradients of a tensor.
public enum GradientTarget {
  /// They are written.
  case memory(UnsafeMutablePointer<Float>)
  /// The kernel that sums them takes the optimiser's step with each at once, with the bits of taking it afterwards: the
  /// gradients are written nowhere.
  case update(UpdateBuffers, UpdateRule)

  var memory: UnsafeMutablePointer<Float>? { if case .memory(let pointer) = self { pointer } else { nil } }

  /// The same from element `count` on; steps begin at the first.
  public func offset(by count: Int) -> GradientTarget {
    guard let memory, count != 0 else { return self }
    return .memory(memory + count)
  }

  /// The memory that is written for a tensor of `count` elements.
  func stretches(_ count: Int) -> [Stretch] {
    switch self {
    case .memory(let pointer): [Stretch(UnsafePointer(pointer), count: count)]
    case .update(let b, _):
      [b.weights, b.moment1, b.moment2].map { (p: UnsafeMutablePointer<Float>) in
        Stretch(UnsafePointer(p), count: count)
      }
    }
  }
}

extension Program {
  /// Takes an optimiser's step with gradients that lie in memory.
  public func update(_ buffers: UpdateBuffers, gradients: UnsafePointer<Float>, by rule: UpdateRule) {
    var arguments = arguments(buffers, rule)
    arguments.gradient = gradients
    let accesses = Accesses(
      reads: [Stretch(gradients, count: buffers.count)],
      writes: GradientTarget.update(buffers, rule).stretches(buffers.count))
    switch rule {
    case .sgd: add(kernels.table.pointee.sgd, arguments, accesses, work: buffers.count / 4)
    case .adam: add(kernels.table.pointee.adam, arguments, accesses, work: buffers.count / 2)
    }
  }

  /// The arguments of the steps that a kernel of gradients takes; `nil` if it leaves the gradients in memory.
  func update(_ target: GradientTarget) -> UnsafePointer<clanes_update>? {
    guard case .update(let buffers, let rule) = target else { return nil }
    return tables.value(arguments(buffers, rule)).assumingMemoryBound(to: clanes_update.self)
  }

  private func arguments(_ b: UpdateBuffers, _ rule: UpdateRule) -> clanes_update {
    var arguments = clanes_update()
    (arguments.step, arguments.weight) = (UnsafePointer(step.pointer), b.weights)
    (arguments.mask, arguments.count) = (b.mask, Int64(b.count))
    switch rule {
    case .sgd(let momentum, let decay, let nesterov):
      if momentum != 0 { arguments.moment1 = b.moment1 }
      (arguments.momentum, arguments.decay, arguments.nesterov) = (momentum, decay, nesterov)
    case .adam(let beta1, let beta2, let epsilon, let decay):
      (arguments.moment1, arguments.moment2) = (b.moment1, b.moment2)
      (arguments.momentum, arguments.beta2, arguments.epsilon, arguments.decay) = (beta1, beta2, epsilon, decay)
    }
    return arguments
  }
}

extension Program {
  /// The form in which optimisers read a mask: all ones where an element lives.
  public func maskWords(_ keeps: ArraySlice<Bool>) -> UnsafePointer<UInt32> {
    tables.table(keeps.map { $0 ? UInt32.max : 0 } + [UInt32](repeating: 0, count: 15))
  }
}
