import Basics
import Lanes
package import Networks

extension Plan {
  /// The outputs of an evaluation with these parameters, a sample each.
  package func outputs(of samples: Samples, _ start: Parameters) -> [[Float]] {
    let tables = Tables(), channels = architecture.input.channels
    parameters = start
    let emit = Emitter(self, for: .evaluation)
    emit.batch(
      SampleSource(
        pixels: .floats(tables.table(samples.inputs)), multipliers: [Float](repeating: 1, count: channels),
        shifts: [Float](repeating: 0, count: channels)))
    emit.forward()
    let order = (0..<samples.count).map { Int32($0) }
    order.withUnsafeBufferPointer { step.select($0, first: 0, count: samples.count) }
    emit.program.run(on: ThreadPool(threads: 1))
    return output(count: samples.count)
  }
}
