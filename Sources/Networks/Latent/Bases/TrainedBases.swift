import Basics

/// A basis of singular vectors of a trained network's matrices.
protocol TrainedBasis: Basis {}

extension TrainedBasis {
  public static var needsTrained: Bool { true }

  public func fits(_ tensor: BasisTensor) throws -> Bool {
    guard max(tensor.outputs, tensor.row) <= BasisTensor.longest else {
      throw Problem.usage(
        "The basis \(Self.name) cannot take \(tensor.entry.name), a matrix of \(tensor.outputs) x \(tensor.row).",
        remedy: """
          Choose a basis with a formula, or a network whose matrices have at most \(BasisTensor.longest) rows and columns.
          """)
    }
    return tensor.row > 1
  }

  func vectors(_ tensor: BasisTensor, _ context: BasisContext) -> (left: [Double], right: [Double]) {
    guard let trained = context.trained else { preconditionFailure("\(Self.name) needs a trained network") }
    return Orthonormal.singularVectors(tensor.values(trained), rows: tensor.outputs, columns: tensor.row)
  }
}

/// The Karhunen-Loeve transform: eigenvectors of the second moments of a trained network's rows, which hold the most of their
/// energy in the fewest coefficients. The basis has to be stored.
public struct KarhunenLoeveBasis: TrainedBasis {
  public static let name = "klt"
  public static let summary = "eigenvectors of the second moments of a trained network's rows"
  public init() {}

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation {
    Rotation([tensor.stage([0], length: tensor.row, vectors(tensor, context).right)], isStored: true)
  }
}

/// Singular vectors of a trained network's matrices: coefficient (i, j) is that of the matrix u_i v_j^T, and the trained
/// matrix itself has those on the diagonal alone. Keeping r of these is a matrix of rank r, which runs as two thin layers.
/// Rewinding projects the initial weights on the atoms.
public struct SingularBasis: TrainedBasis {
  public static let name = "svd"
  public static let summary = "products of singular vectors of a trained network's matrices: low rank"
  public init() {}

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) -> Rotation {
    let (left, right) = vectors(tensor, context)
    let outputs = Rotation.Stage(
      starts: (0..<tensor.row).map { Int32($0) }, stride: tensor.row, length: tensor.outputs,
      matrix: left.map { Float($0) })
    return Rotation([tensor.stage([0], length: tensor.row, right), outputs], isStored: true)
  }
}
