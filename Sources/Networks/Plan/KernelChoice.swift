import Lanes

/// Whether a layer's surviving weights run through the sparse or the dense kernels. It changes speed alone, never a bit.
public enum Execution: String, CaseIterable, Sendable {
  /// By the measured table below.
  case automatic
  case dense
  case sparse
}

enum KernelChoice {
  /// Density of a layer at which sparse and dense training steps take equally long, measured with
  /// `tombola bench kernels` on linear layers at batch 128 (docs/benchmarks.md); the levels without a machine to measure on
  /// carry a cautious guess.
  static func breakEven(_ level: CPULevel) -> Double {
    switch level {
    case .avx2: 0.62
    case .avx512: 0.7
    case .neon: 0.5
    case .portable: 0.9
    }
  }

  /// Below this many weights in a matrix the dense kernels' packing costs more than it saves.
  static let smallLayer = 512

  /// - Parameter weights: Of the layer's matrix, or of each of its groups' matrices.
  static func runsSparse(weights: Int, density: Double, execution: Execution, level: CPULevel) -> Bool {
    switch execution {
    case .dense: false
    case .sparse: true
    case .automatic: weights <= smallLayer || density <= breakEven(level)
    }
  }

  /// Results of this size go past the caches: whoever reads them finds little of them there. Measured with Conv-6 and
  /// VGG-16 on two cores of a machine with 1 MiB of second cache each and 32 MiB of third.
  static let streamedBytes = 6 << 20

  /// How many inputs make a block of a sparse operator: the fewest that give a row about twelve terms a block, for fewer
  /// inputs stay in the first cache, but every (row, block) pair costs a mispredicted branch. 32 KiB of inputs, at as many
  /// positions as the level takes at a time, are the least. Blocks are as even as can be.
  ///
  /// The taps of a window share places: a channel's inputs for two rows of eight outputs are (taps' side + 1) (taps' side +
  /// 7), and blocks of 640 such vectors were the fastest at 20 % and 10 % (3x3: sixteen channels), with half as many terms.
  ///
  /// - Parameter taps: Inputs that follow each other of one channel of an image; 1 for features.
  static func blockSize(inputs: Int, density: Double, positions: Int, taps: Int = 1) -> Int {
    let side = Double(taps).squareRoot(), shared = taps * Int(640 / ((side + 1) * (side + 7)))
    var size = max(512 / positions, taps > 1 ? shared : 0)
    while Double(size) * density < (taps > 1 ? 6 : 12) && size < inputs { size *= 2 }
    let blocks = max(1, (inputs + size - 1) / size)
    return (inputs + blocks - 1) / blocks
  }
}
