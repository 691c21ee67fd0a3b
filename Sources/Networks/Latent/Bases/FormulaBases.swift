import Lanes

/// The weights themselves.
public struct CanonicalBasis: Basis {
  public static let name = "canonical"
  public static let summary = "the weights themselves"
  public init() {}
  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation? { nil }
}

/// The two-dimensional discrete cosine transform of every kernel, and of every row of a linear layer that sees an image.
public struct CosineBasis: Basis {
  public static let name = "dct2"
  public static let summary = "2-D cosine transform of kernels, and of rows of linear layers that see images"
  public init() {}

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation? {
    let (height, width) = (tensor.height, tensor.width), images = tensor.outputs * tensor.channels
    guard height * width > 1 else { return nil }
    var stages: [Rotation.Stage] = []
    if width > 1 {
      stages.append(
        Rotation.Stage(
          starts: (0..<images * height).map { Int32($0 * width) }, stride: 1, length: width,
          matrix: Orthonormal.cosine(width).map { Float($0) }))
    }
    if height > 1 {
      stages.append(
        Rotation.Stage(
          starts: (0..<images * width).map { Int32($0 / width * height * width + $0 % width) }, stride: width,
          length: height, matrix: Orthonormal.cosine(height).map { Float($0) }))
    }
    return Rotation(stages)
  }
}

/// The cosine transform over the channels that an output sums over, at every place of a kernel by itself.
public struct ChannelCosineBasis: Basis {
  public static let name = "channel-dct"
  public static let summary = "cosine transform over input channels"
  public init() {}

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation? {
    let places = tensor.height * tensor.width
    guard (2...RandomBasis.longest).contains(tensor.channels) else { return nil }
    return Rotation([
      Rotation.Stage(
        starts: (0..<tensor.outputs * places).map { Int32($0 / places * tensor.row + $0 % places) }, stride: places,
        length: tensor.channels, matrix: Orthonormal.cosine(tensor.channels).map { Float($0) })
    ])
  }
}

/// Haar wavelets over an output's weights; a row whose length is no power of two is cut into pieces that are, the longest
/// first, so that nothing need be padded.
public struct HaarBasis: Basis {
  public static let name = "haar"
  public static let summary = "Haar wavelets over an output's weights, in pieces of powers of two"
  public init() {}
  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation? {
    tensor.row > 1 ? Rotation(tensor.rowStages(powersOfTwo(in: tensor.row), Orthonormal.haar)) : nil
  }
}

/// The Walsh-Hadamard transform over an output's weights, cut as for `haar`.
public struct HadamardBasis: Basis {
  public static let name = "hadamard"
  public static let summary = "Walsh-Hadamard transform over an output's weights, in pieces of powers of two"
  public init() {}
  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation? {
    tensor.row > 1 ? Rotation(tensor.rowStages(powersOfTwo(in: tensor.row), Orthonormal.hadamard)) : nil
  }
}

/// Powers of two that add up to a length, descending, none above 1024.
func powersOfTwo(in length: Int) -> [Int] {
  var left = length, pieces: [Int] = []
  while left > 0 {
    let piece = min(RandomBasis.longest, 1 << (Int.bitWidth - 1 - left.leadingZeroBitCount))
    pieces.append(piece)
    left -= piece
  }
  return pieces
}

/// A random rotation of an output's weights, the same for all outputs; the seed is kept, not the matrix. Rows above 1024 are
/// cut into equal pieces as nearly as can be. Stream: `basis/LENGTH`.
public struct RandomBasis: Basis {
  public static let name = "random"
  public static let summary = "a seeded random rotation of an output's weights"
  static let longest = 1024
  public init() {}

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation? {
    guard tensor.row > 1 else { return nil }
    let pieces = (tensor.row + Self.longest - 1) / Self.longest
    let lengths = (0..<pieces).map { tensor.row * ($0 + 1) / pieces - tensor.row * $0 / pieces }
    return Rotation(
      tensor.rowStages(lengths) { length in
        var stream = RandomStream(seed: context.seed, "basis/\(tensor.entry.name)/\(length)")
        return Orthonormal.random(length, &stream)
      })
  }
}
