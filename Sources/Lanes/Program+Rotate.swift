import CLanes

extension Program {
  /// Multiplies blocks of numbers with a matrix, in place: x[j] = the sum over k of x[k] m[k][j].
  ///
  /// - Parameters:
  ///   - starts: Where each block begins, in floats from `values`; blocks do not overlap.
  ///   - stride: Floats from one element of a block to the next.
  ///   - matrix: `length` x `length`, row by row.
  ///   - threads: The largest number of threads that will run the program.
  public func rotate(
    _ values: UnsafeMutablePointer<Float>, starts: [Int32], stride: Int, length: Int, matrix: [Float], threads: Int
  ) {
    precondition(matrix.count == length * length, "\(matrix.count) numbers for a matrix of \(length) rows")
    add(
      kernels.table.pointee.rotate,
      clanes_rotate(
        values: values, start: tables.table(starts), matrix: tables.table(matrix),
        scratch: scratch(threads * 32 * length), stride: Int64(stride), blocks: Int32(starts.count),
        length: Int32(length)))
  }
}
