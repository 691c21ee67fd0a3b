import Lanes

/// The weights themselves.
public struct CanonicalBasis: CanonicalWeights {
  public static let name = "canonical"
  public static let summary = "the weights themselves"
  public init() {}
}

/// The weights themselves, of which all of a unit or filter go at once.
public struct UnitBasis: CanonicalWeights {
  public static let name = "units"
  public static let summary = "the weights themselves, all into a unit or filter at once"
  public static let prunesUnits = true
  public init() {}
}

/// The two-dimensional discrete cosine transform of every kernel, and of every row of a linear layer that sees an image.
public struct CosineBasis: Basis {
  public static let name = "dct2"
  public static let summary = "2-D cosine transform of kernels, and of rows of linear layers that see images"
  public static let need = "kernels larger than 1x1, or a linear layer that sees an image"
  public init() {}

  public func fits(_ tensor: BasisTensor) -> Bool { tensor.height * tensor.width > 1 }

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation {
    let (channels, height, width) = (tensor.channels, tensor.height, tensor.width)
    let across = (0..<channels * height).map { $0 * width }
    let down = (0..<channels * width).map { $0 / width * height * width + $0 % width }
    return Rotation(
      (width > 1 ? [tensor.stage(across, length: width, Orthonormal.cosine(width))] : [])
        + (height > 1 ? [tensor.stage(down, stride: width, length: height, Orthonormal.cosine(height))] : []))
  }
}

/// The cosine transform over the channels that an output sums over, at every place of a kernel by itself.
public struct ChannelCosineBasis: Basis {
  public static let name = "channel-dct"
  public static let summary = "cosine transform over input channels"
  public static let need = "more than one input channel, and at most \(BasisTensor.longest)"
  public init() {}

  public func fits(_ tensor: BasisTensor) -> Bool { (2...BasisTensor.longest).contains(tensor.channels) }

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation {
    let places = tensor.height * tensor.width
    return Rotation([
      tensor.stage(
        Array(0..<places), stride: places, length: tensor.channels, Orthonormal.cosine(tensor.channels))
    ])
  }
}

/// Haar wavelets over an output's weights; a row whose length is no power of two is cut into pieces that are, the longest
/// first, so that nothing need be padded. Means and differences of neighbours, then of neighbouring means, and so on.
public struct HaarBasis: Basis {
  public static let name = "haar"
  public static let summary = "Haar wavelets over an output's weights, in pieces of powers of two"
  public init() {}

  public func fits(_ tensor: BasisTensor) -> Bool { tensor.row > 1 }

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation {
    let pieces = tensor.powersOfTwo
    var stages: [Rotation.Stage] = [], half = 1
    while 2 * half <= pieces[0].length {
      let starts = pieces.flatMap { piece in
        (0..<piece.length / (2 * half)).map { piece.first + 2 * half * $0 }
      }
      stages.append(tensor.stage(starts, stride: half, length: 2, Orthonormal.hadamard(2)))
      half *= 2
    }
    return Rotation(stages)
  }
}

/// The Walsh-Hadamard transform over an output's weights, cut as for `haar`; that of length 2^(a + b) is one of 2^b within
/// and one of 2^a across.
public struct HadamardBasis: Basis {
  public static let name = "hadamard"
  public static let summary = "Walsh-Hadamard transform over an output's weights, in pieces of powers of two"
  public init() {}

  public func fits(_ tensor: BasisTensor) -> Bool { tensor.row > 1 }

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation {
    Rotation(
      tensor.powersOfTwo.flatMap { first, length -> [Rotation.Stage] in
        let across = 1 << (length.trailingZeroBitCount / 2), within = length / across
        let rows = (0..<across).map { first + $0 * within }, columns = (0..<within).map { first + $0 }
        return (within > 1 ? [tensor.stage(rows, length: within, Orthonormal.hadamard(within))] : [])
          + (across > 1
            ? [tensor.stage(columns, stride: within, length: across, Orthonormal.hadamard(across))] : [])
      })
  }
}

/// A random rotation of an output's weights, the same for all outputs; the seed is kept, not the matrix. Rows above 1024 are
/// cut into equal pieces as nearly as can be. Stream: `basis/TENSOR/LENGTH`.
public struct RandomBasis: Basis {
  public static let name = "random"
  public static let summary = "a seeded random rotation of an output's weights"
  public init() {}

  public func fits(_ tensor: BasisTensor) -> Bool { tensor.row > 1 }

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation {
    let pieces = (tensor.row + BasisTensor.longest - 1) / BasisTensor.longest
    let ends = (0...pieces).map { tensor.row * $0 / pieces }
    var matrices: [Int: [Double]] = [:]
    return Rotation(
      zip(ends, ends.dropFirst()).map { first, end in
        let length = end - first
        var stream = RandomStream(seed: context.seed, "basis/\(tensor.entry.name)/\(length)")
        let matrix = matrices[length] ?? Orthonormal.random(length, &stream)
        matrices[length] = matrix
        return tensor.stage([first], length: length, matrix)
      })
  }
}

extension BasisTensor {
  /// The longest block that one matrix turns.
  static let longest = 1024

  /// Pieces of a row that are powers of two, descending, none above 1024.
  var powersOfTwo: [(first: Int, length: Int)] {
    var pieces: [(first: Int, length: Int)] = [], first = 0
    while first < row {
      let length = min(Self.longest, 1 << (Int.bitWidth - 1 - (row - first).leadingZeroBitCount))
      pieces.append((first, length))
      first += length
    }
    return pieces
  }
}
