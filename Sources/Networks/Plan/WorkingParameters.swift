import Lanes

/// The parameters as kernels use them: survivors of sparse layers packed in kernel order, dense layers whole, with
/// gradients and the optimiser's moments alongside.
final class WorkingParameters {
  struct Segment {
    let entry: ParameterLayout.Entry
    /// Where the segment starts in the buffers.
    let offset: Int
    /// Flat index of each element, where only survivors are kept; `nil` where the segment is whole.
    let indices: [Int32]?

    var count: Int { indices?.count ?? entry.count }
  }

  let layout: ParameterLayout
  let mask: Mask
  let segments: [Segment]
  let weights: FloatBuffer
  /// The optimiser's; made when something first asks for them, for gradients alone need none.
  private(set) lazy var moment1 = FloatBuffer(count: count)
  private(set) lazy var moment2 = FloatBuffer(count: count)
  /// Of tensors whose gradients are left in memory; made when the first is.
  private(set) lazy var gradients = FloatBuffer(count: count)
  /// All ones where an element lives; only where some segment is whole under a mask.
  let maskWords: UnsafePointer<UInt32>?
  /// Floats that optimisers move; running statistics stand behind them.
  let trainedCount: Int
  var count: Int { weights.count }

  /// - Parameter indices: The survivors of the tensors that are kept packed, by entry name.
  init(layout: ParameterLayout, mask: Mask, indices: [String: [Int32]], tables: Tables) {
    self.layout = layout
    self.mask = mask
    var offset = 0, trained = 0
    segments = (layout.entries.filter(\.isTrained) + layout.entries.filter { !$0.isTrained }).map { entry in
      let segment = Segment(entry: entry, offset: offset, indices: indices[entry.name])
      offset += (segment.count + 15) / 16 * 16
      if entry.isTrained { trained = offset }
      return segment
    }
    trainedCount = trained
    weights = FloatBuffer(count: offset)
    let masked = segments.contains { $0.indices == nil && mask.remaining(in: $0.entry) < $0.count }
    maskWords = masked ? tables.table(Self.words(segments, mask, count: offset)) : nil
  }

  private static func words(_ segments: [Segment], _ mask: Mask, count: Int) -> [UInt32] {
    var words = [UInt32](repeating: 0, count: count)
    for segment in segments {
      for i in 0..<segment.count where segment.indices != nil || mask.keeps[segment.entry.offset + i] {
        words[segment.offset + i] = .max
      }
    }
    return words
  }

  func segment(_ name: String) -> Segment {
    guard let segment = segments.first(where: { $0.entry.name == name }) else {
      preconditionFailure("no parameter \(name)")
    }
    return segment
  }

  /// What an optimiser works on in a stretch of whole segments.
  func updateBuffers(_ range: Range<Int>) -> UpdateBuffers {
    let start = range.lowerBound
    return UpdateBuffers(
      weights: weights.pointer + start, moment1: moment1.pointer + start, moment2: moment2.pointer + start,
      mask: maskWords.map { $0 + start }, count: range.count)
  }

  func updateBuffers(_ segment: Segment) -> UpdateBuffers {
    var buffers = updateBuffers(segment.offset..<segment.offset + segment.count)
    if !isMasked(segment) { buffers.mask = nil }
    return buffers
  }

  /// Whether the segment holds pruned weights too.
  private func isMasked(_ segment: Segment) -> Bool {
    segment.indices == nil && mask.remaining(in: segment.entry) < segment.count
  }

  /// Stretches of neighbouring trained segments, padding included, that leave out those named.
  func trainedRanges(without names: Set<String>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for segment in segments where segment.entry.isTrained && !names.contains(segment.entry.name) {
      let end = segment.offset + (segment.count + 15) / 16 * 16
      if let last = ranges.last, last.upperBound == segment.offset {
        ranges[ranges.count - 1] = last.lowerBound..<end
      } else {
        ranges.append(segment.offset..<end)
      }
    }
    return ranges
  }

  /// Copies parameters in; what the mask prunes becomes zero.
  func load(_ parameters: Parameters, into buffer: FloatBuffer) {
    precondition(parameters.layout == layout, "the parameters belong to another network")
    parameters.values.withUnsafeBufferPointer { values in
      mask.keeps.withUnsafeBufferPointer { keeps in
        for segment in segments {
          let target = buffer.pointer + segment.offset
          if let indices = segment.indices {
            for (i, index) in indices.enumerated() { target[i] = keeps[Int(index)] ? values[Int(index)] : 0 }
          } else {
            let first = segment.entry.offset
            for i in 0..<segment.count { target[i] = keeps[first + i] ? values[first + i] : 0 }
          }
        }
      }
    }
  }

  /// Copies a buffer out, with zeros where the mask prunes.
  func store(_ buffer: FloatBuffer) -> Parameters {
    var result = Parameters(zerosFor: layout)
    result.values.withUnsafeMutableBufferPointer { values in
      for segment in segments {
        let source = buffer.pointer + segment.offset
        if let indices = segment.indices {
          for (i, index) in indices.enumerated() { values[Int(index)] = source[i] }
        } else {
          for i in 0..<segment.count { values[segment.entry.offset + i] = source[i] }
        }
      }
    }
    return result
  }
}
