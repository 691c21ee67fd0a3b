import Lanes
import Networks

/// The mask of the weights in arithmetic code, block by block at the block's own density: within a few bits a block of its
/// entropy, and below it where densities differ.
///
/// A byte for every tensor of weights says that its blocks are 2^byte weights long, the last one what is left. Then one code
/// for all: of each block of n weights the number m that is kept, as one of n + 1 equal chances, then weight by weight
/// whether it is kept, with the chance (kept ones still to come) / (weights still to come) where that is neither 0 nor 1.
enum MaskCode {
  private static let exponents: [UInt8] = [8, 10, 12, 14, 16]

  static func encode(_ mask: Mask) -> [UInt8] {
    let tensors = mask.layout.prunable.map { mask.keeps[$0.range] }, sizes = tensors.map(exponent)
    var coder = RangeEncoder()
    for (tensor, size) in zip(tensors, sizes) {
      for block in blocks(tensor.indices, size) {
        var left = block.count, kept = tensor[block].count { $0 }
        coder.encode(kept, of: left + 1)
        for keep in tensor[block] {
          if 0 < kept && kept < left { coder.encode(keep, kept, of: left) }
          left -= 1
          if keep { kept -= 1 }
        }
      }
    }
    return sizes + coder.finish()
  }

  /// The mask, or `nil` where the bytes are no code of the layout's weights. Other parameters are kept.
  static func decode(_ bytes: [UInt8], _ layout: ParameterLayout) -> Mask? {
    let tensors = layout.prunable
    guard bytes.count >= tensors.count, bytes.prefix(tensors.count).allSatisfy({ (4...16).contains($0) }) else {
      return nil
    }
    var mask = Mask(fullFor: layout), coder = RangeDecoder(bytes[tensors.count...])
    for (tensor, size) in zip(tensors, bytes) {
      for block in blocks(tensor.range, size) {
        var left = block.count, kept = coder.decode(of: left + 1)
        for i in block {
          let keep = kept == left || kept > 0 && coder.decode(kept, of: left)
          mask.keeps[i] = keep
          left -= 1
          if keep { kept -= 1 }
        }
      }
    }
    return coder.isExhausted ? mask : nil
  }

  private static func blocks(_ range: Range<Int>, _ exponent: UInt8) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: 1 << exponent).map {
      $0..<min($0 + 1 << exponent, range.upperBound)
    }
  }

  /// The block length of the shortest code, of which a block of n weights with m kept takes about
  /// log2((n + 1) binomial(n, m)) bits.
  private static func exponent(_ tensor: ArraySlice<Bool>) -> UInt8 {
    func bits(_ exponent: UInt8) -> Double {
      blocks(tensor.indices, exponent).reduce(0) { total, block in
        let n = Double(block.count), m = Double(tensor[block].count { $0 })
        guard 0 < m, m < n else { return total + Deterministic.log(n + 1) }
        let spread = n * Deterministic.log(n) - m * Deterministic.log(m) - (n - m) * Deterministic.log(n - m)
        return total + Deterministic.log(n + 1) + spread - Deterministic.log(2 * .pi * m * (n - m) / n) / 2
      }
    }
    return exponents.map { (size: $0, bits: bits($0)) }.min { $0.bits < $1.bits }!.size
  }
}
