import Basics

/// The Karhunen-Loeve transform: eigenvectors of the second moments of a trained network's rows, which hold the most of their
/// energy in the fewest coefficients. The basis has to be stored.
public struct KarhunenLoeveBasis: Basis {
  public static let name = "klt"
  public static let summary = "eigenvectors of the second moments of a trained network's rows"
  public static let needsTrained = true
  public init() {}

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) throws -> Rotation? {
    guard tensor.row > 1 else { return nil }
    let vectors = try SingularBasis.vectors(tensor, context, Self.name)
    return Rotation(tensor.rowStages([tensor.row]) { _ in vectors.right }, stored: tensor.row * tensor.row)
  }
}

/// Singular vectors of a trained network's matrices: coefficient (i, j) is that of the matrix u_i v_j^T, and the trained
/// matrix itself has those on the diagonal alone. Keeping r of these is a matrix of rank r, which runs as two thin layers.
/// Rewinding projects the initial weights on the atoms.
public struct SingularBasis: Basis {
  public static let name = "svd"
  public static let summary = "products of singular vectors of a trained network's matrices: low rank"
  public static let needsTrained = true
  public init() {}

  static func vectors(_ tensor: BasisTensor, _ context: BasisContext, _ name: String) throws -> (
    left: [Double], right: [Double]
  ) {
    guard let trained = context.trained else { preconditionFailure("\(name) needs a trained network") }
    guard max(tensor.outputs, tensor.row) <= 1024 else {
      throw Problem.usage(
        "The basis \(name) cannot take \(tensor.entry.name), a matrix of \(tensor.outputs) x \(tensor.row).",
        remedy: "Choose a basis with a formula, or a network whose matrices have at most 1024 rows and columns.")
    }
    return Orthonormal.singularVectors(tensor.values(trained), rows: tensor.outputs, columns: tensor.row)
  }

  public func rotation(of tensor: BasisTensor, _ context: BasisContext) throws -> Rotation? {
    let (left, right) = try Self.vectors(tensor, context, Self.name)
    var stages = tensor.rowStages([tensor.row]) { _ in right }
    stages.append(
      Rotation.Stage(
        starts: (0..<tensor.row).map { Int32($0) }, stride: tensor.row, length: tensor.outputs,
        matrix: left.map { Float($0) }))
    return Rotation(stages, stored: tensor.outputs * tensor.outputs + tensor.row * tensor.row)
  }
}
