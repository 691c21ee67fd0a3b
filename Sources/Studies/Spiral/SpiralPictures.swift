import Networks
public import Training

/// What a trained network does in the plane: its output and every unit on a path, over a square grid.
public struct SpiralPictures: Sendable {
  /// One unit, or the output.
  public struct Panel: Sendable {
    /// `output`, or `layer 2, unit 5`.
    public var label: String
    /// Row by row from the top left: activations of a unit, logits of the output.
    public var values: [Float]
  }

  /// Points along each side.
  public let size: Int
  public let panels: [Panel]
  /// Some of the training points: place in the grid and class.
  public let points: [(place: Int, label: Int)]

  /// - Parameter extent: The grid goes from -extent to extent along both axes.
  public init(_ run: FusedRun, size: Int = 96, extent: Float = 2.3) {
    self.size = size
    let step = 2 * extent / Float(size - 1), parameters = run.parameters, layout = run.mask.layout
    var values: [[Float]] = [
      (0..<size * size).map { -extent + step * Float($0 % size) },
      (0..<size * size).map { extent - step * Float($0 / size) },
    ]
    let connected = LiveUnits(layout.prunable, keeps: run.mask.keeps).connected
    var panels: [Panel] = []
    for (i, entry) in layout.prunable.enumerated() {
      let bias = layout.entries(of: entry.layer).first { !$0.isPrunable }!, inputs = values.count
      let isOutput = i == layout.prunable.count - 1
      values = (0..<entry.shape.dimensions[0]).map { row in
        var sum = [Float](repeating: parameters.values[bias.offset + row], count: size * size)
        for column in 0..<inputs where run.mask.keeps[entry.offset + row * inputs + column] {
          let weight = parameters.values[entry.offset + row * inputs + column]
          for place in sum.indices { sum[place].addProduct(weight, values[column][place]) }
        }
        return isOutput ? sum : sum.map { max(0, $0) }
      }
      panels += values.indices.filter { isOutput || connected[i][$0] }.map {
        Panel(label: isOutput ? "output" : "layer \(i + 1), unit \($0 + 1)", values: values[$0])
      }
    }
    self.panels = [panels.last!] + panels.dropLast()
    points = stride(from: 0, to: run.batches.sampleCount, by: max(1, run.batches.sampleCount / 1200)).compactMap {
      let sample = run.batches.sample($0)
      let column = Int(((sample.values[0] + extent) / step).rounded())
      let row = Int(((extent - sample.values[1]) / step).rounded())
      return (0..<size).contains(column) && (0..<size).contains(row) ? (row * size + column, Int(sample.label)) : nil
    }
  }
}
