import Basics
import Lanes

/// A folded network compiled for one sample: lanes hold neighbouring places of images, or outputs of fully connected layers.
///
/// Every output is the chain of fused multiply-adds that it is in a `Plan`, and has its bits. A convolution of stride 2 is
/// computed at every place, of which one in four is taken.
final class SinglePlan {
  let program: Program
  let memory: PlaceMemory
  private struct Tensor {
    var layout: PlaceLayout
    var base: UnsafeMutablePointer<Float>
    var buffer: Int
    var image: PlaceImage {
      PlaceImage(
        base: base + layout.border, channels: layout.shape.channels, rows: layout.shape.height,
        columns: layout.shape.width, channelStride: layout.channelStride, pitch: layout.pitch)
    }
  }
  private var tensors: [Tensor] = []
  private let padding: Int
  private let slack: Int
  private let lastRead: [Int]

  /// - Returns: `nil` for networks with layers that only a `Plan` runs.
  init?(_ network: FoldedNetwork, _ source: SampleSource, step: StepState, kernels: Kernels) {
    let stages = network.stages
    let convolutions = stages.compactMap { stage -> Convolution? in
      if case .product(_, let convolution) = stage.operation { convolution } else { nil }
    }
    padding = convolutions.map(\.padding).max() ?? 0
    let kernel = convolutions.map(\.kernel).max() ?? 1
    slack = PlaceLayout.whole((kernel + 1) * (network.architecture.input.width + padding + 2) + 64)
    memory = PlaceMemory(slack: slack)
    program = Program(kernels: kernels, step: step)
    var lastRead = [Int](repeating: stages.count + 1, count: stages.count + 1)
    for (i, stage) in stages.enumerated() { for tensor in stage.reads { lastRead[tensor] = i + 1 } }
    self.lastRead = lastRead
    let input = network.architecture.input
    append(isCompact(0, stages) ? PlaceLayout(compact: input) : PlaceLayout(input, padding: padding))
    program.label = "input"
    program.placeInput(source, into: tensors[0].image)
    for (i, stage) in stages.enumerated() {
      program.label = stage.node
      guard append(stage, i, stages) else { return nil }
      for tensor in Set(stage.reads) where lastRead[tensor] == i + 1 {
        memory.release(tensors[tensor].buffer, tensors[tensor].layout)
      }
    }
    program.label = ""
  }

  /// The outputs of the last run.
  var output: [Float] {
    let last = tensors[tensors.count - 1], shape = last.layout.shape
    return (0..<shape.count).map { i in
      let row = i / shape.width % shape.height
      return last.base[last.layout.place(i / (shape.height * shape.width), row, i % shape.width)]
    }
  }

  /// Whether fully connected layers alone read a tensor.
  private func isCompact(_ tensor: Int, _ stages: [InferenceStage]) -> Bool {
    stages.allSatisfy { stage in
      guard stage.reads.contains(tensor) else { return true }
      if case .product(_, nil) = stage.operation { return stage.addend != tensor }
      return false
    }
  }

  private func append(_ layout: PlaceLayout) {
    let (buffer, base) = memory.take(layout)
    tensors.append(Tensor(layout: layout, base: base, buffer: buffer))
  }

  private func append(_ stage: InferenceStage, _ i: Int, _ stages: [InferenceStage]) -> Bool {
    let x = tensors[stage.inputs[0]]
    switch stage.operation {
    case .product(let rows, nil): return appendLinear(stage, rows, x)
    case .product(let rows, let convolution?): return appendConvolution(stage, rows, convolution, x)
    case .pool(let isMaximum, let window):
      append(
        isCompact(i + 1, stages) ? PlaceLayout(compact: stage.output) : PlaceLayout(stage.output, padding: padding))
      program.placePool(
        x.image, isMaximum: isMaximum, height: window.height, width: window.width, stride: window.stride,
        into: tensors[i + 1].image)
      return true
    case .sum, .rectifier:
      let inputs = stage.inputs.map { tensors[$0] }
      guard inputs.allSatisfy({ $0.layout == x.layout }) else { return false }
      append(x.layout)
      let y = tensors[i + 1].base, count = x.layout.count(slack: 0)
      if case .rectifier = stage.operation {
        program.rectify(x.base, into: y, count: count)
        return true
      }
      for (k, input) in inputs.enumerated().dropFirst() {
        program.sum(
          input.base, k == 1 ? x.base : y, into: y, rectified: stage.isRectified && k + 1 == inputs.count,
          count: count)
      }
      return true
    case .sign, .join, .upsample: return false
    }
  }

  private func appendLinear(_ stage: InferenceStage, _ rows: CompressedRows, _ x: Tensor) -> Bool {
    let shape = x.layout.shape, size = shape.height * shape.width
    let layout = PlaceLayout(
      compact: FeatureShape(channels: PlaceLayout.whole(rows.units, OutputTerms.block)))
    let terms = OutputTerms(
      rows: (0..<rows.units).map { unit in
        (rows.start[unit]..<rows.start[unit + 1]).map { t in
          let column = rows.column[t]
          return (
            x.layout.place(column / size, column / shape.width % shape.height, column % shape.width), rows.weight[t]
          )
        }
      })
    let addend = stage.addend.map { UnsafePointer(tensors[$0].base) }
    // Tensors of features have whole blocks; that of the network's input may not.
    if let addend = stage.addend, tensors[addend].layout.count(slack: 0) < layout.shape.channels { return false }
    append(layout)
    tensors[tensors.count - 1].layout.shape.channels = rows.units
    program.outputProduct(
      x.base, terms, bias: rows.bias + [Float](repeating: 0, count: layout.shape.channels - rows.units),
      addend: addend, rectified: stage.isRectified, into: tensors[tensors.count - 1].base)
    return true
  }

  private func appendConvolution(
    _ stage: InferenceStage, _ rows: CompressedRows, _ convolution: Convolution, _ x: Tensor
  ) -> Bool {
    let c = convolution, input = x.layout.shape, taps = c.kernel * c.kernel
    let full = FeatureShape(
      channels: stage.output.channels, height: input.height + 2 * c.padding - c.kernel + 1,
      width: input.width + 2 * c.padding - c.kernel + 1)
    guard x.layout.border > 0 || padding == 0, full.width + padding <= x.layout.pitch || padding == 0,
      full.width <= x.layout.pitch, stage.addend == nil || c.stride == 1
    else { return false }
    let layout = PlaceLayout(full, padding: padding, pitch: x.layout.pitch)
    if let addend = stage.addend, tensors[addend].layout != layout { return false }
    let (buffer, base) = memory.take(layout)
    let y = Tensor(layout: layout, base: base, buffer: buffer)
    let origin = x.layout.border - c.padding * (x.layout.pitch + 1)
    var terms = PlaceTerms()
    // Rows with as many terms side by side.
    for unit in (0..<rows.units).sorted(by: { rows.length($0, before: $1) }) {
      let first = unit / (c.outputs / c.groups) * (input.channels / c.groups)
      for t in rows.start[unit]..<rows.start[unit + 1] {
        let column = rows.column[t], tap = column % taps
        terms.offset.append(
          Int32((first + column / taps) * x.layout.channelStride + tap / c.kernel * x.layout.pitch + tap % c.kernel))
        terms.weight.append(rows.weight[t])
      }
      terms.start.append(Int32(terms.offset.count))
      terms.rowAt.append(Int32(unit * layout.channelStride))
      terms.bias.append(rows.bias[unit])
    }
    program.placeProduct(
      x.base + origin, terms, addend: stage.addend.map { UnsafePointer(tensors[$0].base + layout.border) },
      keep: layout.keep, rectified: stage.isRectified, into: base + layout.border)
    guard c.stride > 1 else {
      tensors.append(y)
      return true
    }
    append(PlaceLayout(stage.output, padding: padding))
    program.placePool(
      y.image, isMaximum: true, height: 1, width: 1, stride: c.stride, into: tensors[tensors.count - 1].image)
    memory.release(buffer, layout)
    return true
  }
}

extension CompressedRows {
  /// Whether a unit comes before another by its terms, the longest first.
  fileprivate func length(_ a: Int, before b: Int) -> Bool {
    let (x, y) = (start[a + 1] - start[a], start[b + 1] - start[b])
    return x != y ? x > y : a < b
  }
}
