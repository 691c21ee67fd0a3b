import Lanes

/// Weights as coefficients of orthonormal bases, a tensor each its own (Alabdulmohsin et al. 2021, arXiv:2107.06825): what is
/// trained, pruned and rewound are the coefficients a; the network computes with w = B^T a.
///
/// Biases and batch norm stay as they are. With an orthonormal basis, descent with momentum takes the same way in a as in w;
/// optimisers that look at single numbers, such as Adam, do not.
public struct BasisCoefficients: Materialisation {
  public let name: String
  /// By tensor name; tensors that are missing keep the canonical basis.
  public let rotations: [String: Rotation]

  public init(_ name: String, _ rotations: [String: Rotation]) {
    (self.name, self.rotations) = (name, rotations)
  }

  public func isTrained(_ entry: ParameterLayout.Entry) -> Bool { true }
  public func materialiser(for layout: ParameterLayout) -> any Materialiser { BasisMaterialiser(self) }

  /// a = B w, or w = B^T a if `back`.
  public func rotated(_ parameters: Parameters, back: Bool = false) -> Parameters {
    let buffer = FloatBuffer(count: parameters.values.count)
    buffer.copy(parameters.values)
    let program = Program(kernels: CPULevel.current.kernels, step: StepState(batch: 1))
    for entry in parameters.layout.prunable {
      rotations[entry.name]?.append(to: program, buffer.pointer + entry.offset, back: back, threads: 1)
    }
    program.run(on: ThreadPool(threads: 1))
    return Parameters(layout: parameters.layout, values: buffer.values)
  }
}

/// An orthonormal change of basis of a tensor: stages one after the other, each of which multiplies blocks of elements by an
/// orthonormal matrix.
public struct Rotation: Sendable {
  /// Blocks of `length` elements, `stride` apart, that begin at `starts`; the rows of `matrix` are the basis vectors.
  public struct Stage: Sendable {
    public var starts: [Int32]
    public var stride: Int
    public var length: Int
    public var matrix: [Float]

    public init(starts: [Int32], stride: Int, length: Int, matrix: [Float]) {
      (self.starts, self.stride, self.length, self.matrix) = (starts, stride, length, matrix)
    }

    var transposed: [Float] {
      (0..<length * length).map { matrix[$0 % length * length + $0 / length] }
    }
  }

  public var stages: [Stage]
  /// Whether its matrices have to be stored; else a formula or a seed gives them.
  public var isStored = false

  public init(_ stages: [Stage], isStored: Bool = false) { (self.stages, self.isStored) = (stages, isStored) }

  /// How many numbers of its matrices a mask of coefficients needs: the basis vectors of which some coefficient is kept.
  ///
  /// - Parameter keeps: One entry a coefficient of the tensor.
  public func storedNumbers(_ keeps: ArraySlice<Bool>) -> Int {
    guard isStored else { return 0 }
    return stages.reduce(0) { sum, stage in
      let used = (0..<stage.length).filter { place in
        stage.starts.contains { keeps[keeps.startIndex + Int($0) + place * stage.stride] }
      }
      return sum + used.count * stage.length
    }
  }

  /// Appends a = B w to a program, in place, or w = B^T a.
  func append(to program: Program, _ values: UnsafeMutablePointer<Float>, back: Bool, threads: Int) {
    // The kernel multiplies rows with the matrix: by B^T for coefficients, by B for weights.
    for stage in back ? stages.reversed() : stages {
      program.rotate(
        values, starts: stage.starts, stride: stage.stride, length: stage.length,
        matrix: back ? stage.matrix : stage.transposed, threads: threads)
    }
  }
}

private final class BasisMaterialiser: Materialiser {
  private let basis: BasisCoefficients
  private var programs: (weights: Program, gradients: Program)?

  init(_ basis: BasisCoefficients) { self.basis = basis }

  /// Made at the first call, for the tensors stay where they are.
  private func programs(_ tensors: LatentTensors) -> (weights: Program, gradients: Program) {
    if let programs { return programs }
    let step = StepState(batch: 1)
    let made = (Program(kernels: tensors.kernels, step: step), Program(kernels: tensors.kernels, step: step))
    for tensor in tensors.prunable {
      let rotation = basis.rotations[tensor.entry.name]
      rotation?.append(to: made.0, tensor.weights, back: true, threads: tensors.threads)
      rotation?.append(to: made.1, tensor.latentGradient, back: false, threads: tensors.threads)
    }
    programs = made
    return made
  }

  func materialise(_ tensors: LatentTensors, step: Int, on pool: ThreadPool) {
    for tensor in tensors.tensors where tensor.entry.isTrained { tensor.copy() }
    programs(tensors).weights.run(on: pool)
  }

  func pullBack(_ tensors: LatentTensors, on pool: ThreadPool) {
    for tensor in tensors.tensors where tensor.entry.isTrained { tensor.copyGradient() }
    programs(tensors).gradients.run(on: pool)
  }
}
