package import Networks

/// The survivors of a product as whole numbers from -127 to 127 times a scale for every unit; those that round to zero are
/// gone.
///
/// Symmetric quantisation of weights by output channel (Krishnamoorthi 2018, arXiv:1806.08342, section 3.1); biases and
/// activations stay floats.
struct QuantisedRows: Equatable {
  private(set) var start: [Int] = [0]
  private(set) var column: [Int] = []
  private(set) var values: [Int8] = []
  /// One a unit.
  private(set) var scale: [Float] = []

  init(_ rows: CompressedRows) {
    for unit in 0..<rows.units {
      let range = rows.start[unit]..<rows.start[unit + 1]
      let largest = rows.weight[range].lazy.map(abs).max() ?? 0, scale = largest > 0 ? largest / 127 : 1
      for t in range {
        let value = Int8(min(127, max(-127, (rows.weight[t] / scale).rounded())))
        if value != 0 {
          column.append(rows.column[t])
          values.append(value)
        }
      }
      start.append(values.count)
      self.scale.append(scale)
    }
  }
}

extension FoldedNetwork {
  /// One entry a stage, `nil` for those without weights.
  var quantisedRows: [QuantisedRows?] {
    stages.map { stage in
      guard case .product(let rows, _) = stage.operation else { return nil }
      return QuantisedRows(rows)
    }
  }

  /// The parameters that quantised weights stand for, in single precision.
  package var quantisedParameters: Parameters {
    var result = parameters
    for (stage, rows) in zip(stages, quantisedRows) {
      guard let rows, let entry = parameters.layout.entries(of: stage.node).first else { continue }
      let columns = entry.count / rows.scale.count
      for i in entry.range { result.values[i] = 0 }
      for unit in rows.scale.indices {
        for t in rows.start[unit]..<rows.start[unit + 1] {
          result.values[entry.offset + unit * columns + rows.column[t]] = Float(rows.values[t]) * rows.scale[unit]
        }
      }
    }
    return result
  }
}
