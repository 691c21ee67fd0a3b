public import Lanes

/// A loss of given outputs, straight from the kernel.
public struct LossBench {
  public let sum: Float
  public let correct: Float
  /// [sample][class]
  public let gradient: [[Float]]

  /// - Parameter z: [sample][class]
  public init(
    _ loss: Loss, _ z: [[Float]], _ labels: [Int32], _ kernels: Kernels, classWeights: [Float]? = nil
  ) {
    let classes = z[0].count, blocks = (z.count + 15) / 16, tables = Tables(), step = StepState(batch: z.count)
    let values = FloatBuffer(count: classes * blocks * 16), slopes = FloatBuffer(count: classes * blocks * 16)
    let at = { (sample: Int, c: Int) in (sample / 16 * classes + c) * 16 + sample % 16 }
    for (sample, row) in z.enumerated() { for (c, value) in row.enumerated() { values[at(sample, c)] = value } }
    let order = z.indices.map { Int32($0) }
    order.withUnsafeBufferPointer { step.select($0, first: 0, count: z.count) }
    let program = Program(kernels: kernels, step: step)
    program.loss(
      loss,
      Operand(
        base: values.pointer, positions: tables.table((0..<blocks).map { Int32($0 * classes * 16) }),
        positionCount: blocks, rowStride: 16),
      gradient: slopes.pointer, classes: classes, labels: tables.table(labels),
      classWeights: classWeights)
    program.run(on: ThreadPool(threads: 1))
    sum = step.lossSum
    correct = step.correct
    gradient = z.indices.map { sample in (0..<classes).map { slopes[at(sample, $0)] } }
  }
}
