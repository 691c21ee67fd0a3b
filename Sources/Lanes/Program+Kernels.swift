import CLanes

extension Program {
  // MARK: products

  private func output(_ x: Operand, _ y: Operand, rows: Int, _ epilogue: Epilogue) -> clanes_output {
    precondition(x.positionCount == y.positionCount, "\(x.positionCount) positions give \(y.positionCount)")
    return clanes_output(
      x: x.base, xPartStride: x.partStride, y: y.base, xPosition: x.positions, yPosition: y.positions,
      positions: Int32(y.positionCount), rows: Int32(rows), rowStride: Int64(y.rowStride), bias: epilogue.bias,
      addend: epilogue.addend, gate: epilogue.gate, norm: epilogue.norm.map { UnsafePointer($0.first) },
      scale: epilogue.scale.map { UnsafePointer($0.first) },
      relu: epilogue.rectified)
  }

  private func accesses(
    _ x: Stretch, _ weights: Stretch, _ y: Operand, rows: Int, _ epilogue: Epilogue, _ family: Int?
  ) -> Accesses {
    let others = [epilogue.addend, epilogue.gate].compactMap { $0.map { y.stretch($0, rows: rows) } }
    let bias = epilogue.bias.map { [Stretch($0, count: rows)] } ?? []
    let lines = [epilogue.norm, epilogue.scale].compactMap { $0?.stretch(rows) }
    return Accesses(reads: [x, weights] + bias + others + lines, writes: [y.stretch(rows: rows)], family: family)
  }

  /// y = epilogue(bias + addend + sum of weight times x over each row's terms); by additions where the terms are split by
  /// sign and nothing is added.
  ///
  /// - Parameters:
  ///   - threads: The largest number of threads that will run the program.
  ///   - streams: Whether y is so large that it had better go past the caches.
  ///   - family: Calls of one family are known to write different places.
  public func sparseProduct(
    _ x: Operand, _ terms: SparseTerms, weights: UnsafePointer<Float>, into y: Operand, _ epilogue: Epilogue,
    threads: Int, streams: Bool = false, family: Int? = nil
  ) {
    let stride = terms.rows * Int(clanesWaitingPositions * clanesWidth)
    let arguments = clanes_sparse_product(
      out: output(x, y, rows: terms.rows, epilogue), blocks: Int32(terms.blocks), start: terms.start,
      offset: terms.offset, weight: weights, split: epilogue.addend == nil || epilogue.norm != nil ? terms.split : nil,
      waiting: streams ? panels(threads * stride) : nil,
      waitingStride: Int64(stride), ahead: terms.ahead.baseAddress, aheadCount: Int32(terms.ahead.count))
    add(
      kernels.table.pointee.sparseProduct, arguments,
      accesses(
        x.stretch(offsets: terms.offset, count: terms.count), Stretch(weights, count: terms.count), y, rows: terms.rows,
        epilogue, family),
      work: (terms.count + terms.blocks * terms.rows) * y.positionCount)
  }

  /// The same with all weights; bit-identical to the sparse product where the missing weights are zero.
  ///
  /// - Parameters:
  ///   - threads: The largest number of threads that will run the program.
  ///   - family: Calls of one family are known to write different places.
  public func denseProduct(
    _ x: Operand, _ terms: DenseTerms, weights: UnsafePointer<Float>, into y: Operand, _ epilogue: Epilogue,
    threads: Int, family: Int? = nil
  ) {
    let stride = Int(clanesPanelFloats)
    let arguments = clanes_dense_product(
      out: output(x, y, rows: terms.rows, epilogue), terms: Int32(terms.count), offset: terms.offset,
      weightIndex: terms.weightIndex, weight: weights, weightRowStride: Int64(terms.weightRowStride),
      panel: panels(threads * stride), panelStride: Int64(stride))
    add(
      kernels.table.pointee.denseProduct, arguments,
      accesses(
        x.stretch(offsets: terms.offset, count: terms.count), Stretch(weights, count: terms.weightCount), y,
        rows: terms.rows, epilogue, family),
      work: (terms.count + 1) * terms.rows * y.positionCount)
  }

  // MARK: gradients of weights

  private func gradient(_ x: Operand, _ dy: Operand, rows: Int, _ sums: GradientSums) -> clanes_gradient {
    precondition(x.positionCount == dy.positionCount, "\(x.positionCount) positions against \(dy.positionCount)")
    precondition(
      sums.weights.memory != nil
        || !sums.accumulates
          && Self.canTakeSteps(hasPlaces: sums.hasPlaces, chain: sums.chain, positions: dy.positionCount),
      "steps within a gradient over \(dy.positionCount) positions")
    return clanes_gradient(
      x: x.base, xPartStride: x.partStride, dy: dy.base, xPosition: x.positions, dyPosition: dy.positions,
      positions: Int32(dy.positionCount), chain: Int32(sums.chain), rows: Int32(rows), rowStride: Int64(dy.rowStride),
      accumulate: sums.accumulates, gradient: sums.weights.memory, biasGradient: sums.biases?.memory,
      update: update(sums.weights), biasUpdate: sums.biases.flatMap(update))
  }

  /// Whether a gradient's kernel can take an optimiser's steps itself.
  public static func canTakeSteps(hasPlaces: Bool, chain: Int, positions: Int) -> Bool {
    !hasPlaces && chain >= positions && positions <= Int(clanesGradientPositions)
  }

  private func accesses(
    _ x: Stretch, _ dy: Operand, rows: Int, _ sums: GradientSums, _ count: Int, lanes: Stretch?
  ) -> Accesses {
    let targets = sums.weights.stretches(count) + (sums.biases?.stretches(rows) ?? [])
    return Accesses(reads: [x, dy.stretch(rows: rows)], writes: targets + (lanes.map { [$0] } ?? []))
  }

  private func lanes(_ arguments: UnsafeMutablePointer<Float>?, _ terms: Int) -> Stretch? {
    arguments.map { Stretch(UnsafePointer($0), count: terms * Int(clanesWidth)) }
  }

  /// Gradients of the surviving weights, in the order of `terms`, and of the biases.
  ///
  /// - Parameter threads: The largest number of threads that will run the program.
  public func sparseGradient(
    _ x: Operand, _ dy: Operand, _ terms: SparseTerms, _ sums: GradientSums, threads: Int, streams: Bool = false
  ) {
    let blocks = (0..<terms.blocks).map { terms.start[($0 + 1) * terms.rows] - terms.start[$0 * terms.rows] }
    let largestRow = (0..<terms.blocks * terms.rows).reduce(0) { max($0, Int(terms.start[$1 + 1] - terms.start[$1])) }
    let count =
      max(Int(blocks.max() ?? 0), min(Int(blocks.reduce(0, +)), Self.laneTerms)) + threads * (largestRow + 2)
    let arguments = clanes_sparse_gradient(
      out: gradient(x, dy, rows: terms.rows, sums), blocks: Int32(terms.blocks), start: terms.start,
      offset: terms.offset, lanes: sums.hasPlaces ? lanes(count) : nil, laneTerms: Int32(count),
      ahead: terms.ahead.baseAddress, aheadCount: Int32(streams ? terms.ahead.count : 0))
    let inputs = x.stretch(offsets: terms.offset, count: terms.count)
    add(
      kernels.table.pointee.sparseGradient, arguments,
      accesses(inputs, dy, rows: terms.rows, sums, terms.count, lanes: lanes(arguments.lanes, count)),
      work: (terms.count + terms.rows) * dy.positionCount)
  }

  /// Gradients of all weights, [row][term], and of the biases.
  public func denseGradient(_ x: Operand, _ dy: Operand, _ terms: DenseTerms, _ sums: GradientSums) {
    let count = max(8, min(Self.denseLaneTerms / terms.rows, terms.count + 7) / 8 * 8)
    let needsLanes = sums.hasPlaces || dy.positionCount > Int(clanesGradientPositions)
    let arguments = clanes_dense_gradient(
      out: gradient(x, dy, rows: terms.rows, sums), terms: Int32(terms.count), offset: terms.offset,
      lanes: needsLanes ? lanes(terms.rows * count) : nil, laneTerms: Int32(count))
    let inputs = x.stretch(offsets: terms.offset, count: terms.count)
    add(
      kernels.table.pointee.denseGradient, arguments,
      accesses(
        inputs, dy, rows: terms.rows, sums, terms.rows * terms.count, lanes: lanes(arguments.lanes, terms.rows * count)),
      work: (terms.count + 1) * terms.rows * dy.positionCount)
  }

  /// Sums of a dense gradient that stay in the second cache, and of a sparse one that its scratch holds.
  private static let denseLaneTerms = 1 << 12
  private static let laneTerms = 1 << 16

  // MARK: windows

  /// Maximum or mean over windows, one row a channel.
  ///
  /// - Parameter family: Calls of one family are known to write different places.
  public func pool(_ x: Operand, _ windows: PoolWindows, into y: Operand, family: Int? = nil) {
    add(
      kernels.table.pointee.pool, windows.arguments(x, y),
      Accesses(reads: [windows.stretch(x)], writes: [y.stretch(rows: windows.rows)], family: family),
      work: windows.rows * windows.tapCount * y.positionCount)
  }

  /// The gradient of `pool` with respect to x, at all places of x; added to what is there if it accumulates, then kept
  /// only where `gate`, laid out as x, is positive, and at last multiplied by each row's factor.
  ///
  /// - Parameter streams: Whether the result is so large that it had better go past the caches.
  public func poolGradient(
    _ x: Operand, _ windows: PoolWindows, _ y: Operand, gradient dy: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>, gate: UnsafePointer<Float>?, scale: NormLines? = nil,
    accumulates: Bool = false, streams: Bool = false
  ) {
    var arguments = windows.arguments(x, y)
    arguments.streams = streams && !accumulates
    (arguments.dy, arguments.dx, arguments.gate, arguments.accumulate) = (dy, dx, gate, accumulates)
    arguments.scale = scale.map { UnsafePointer($0.first) }
    func accesses() -> Accesses {
      let read = [gate.map { windows.stretch(x, $0) }, scale?.stretch(windows.rows)].compactMap { $0 }
      return Accesses(
        reads: [windows.stretch(x), y.stretch(dy, rows: windows.rows)] + read, writes: [windows.stretch(x, dx)])
    }
    add(
      kernels.table.pointee.poolGradient, arguments, accesses(),
      work: windows.rows * (windows.tapCount * y.positionCount + windows.unreadCount))
  }

  // MARK: copies

  /// y = x + addend, value by value, rectified or gated if wanted; y may be x or the addend.
  ///
  /// - Parameters:
  ///   - sourceGate: x counts only where this is positive.
  ///   - gate: The result is kept only where this is positive.
  ///   - count: A multiple of 16.
  public func sum(
    _ x: UnsafePointer<Float>, _ addend: UnsafePointer<Float>?, into y: UnsafeMutablePointer<Float>,
    sourceGate: UnsafePointer<Float>? = nil, rectified: Bool = false, gate: UnsafePointer<Float>? = nil, count: Int
  ) {
    let arguments = clanes_sum(
      x: x, y: y, sourceGate: sourceGate, addend: addend, gate: gate, count: Int64(count), relu: rectified)
    let read = [x, addend, sourceGate, gate].compactMap { $0.map { Stretch($0, count: count) } }
    add(
      kernels.table.pointee.sum, arguments,
      Accesses(reads: read, writes: [Stretch(UnsafePointer(y), count: count)]), work: count / Int(clanesWidth))
  }

  /// y = max(0, x), or with a gate y = x where the gate is positive and 0 elsewhere; `count` is a multiple of 16.
  public func rectify(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, gate: UnsafePointer<Float>? = nil, count: Int
  ) { sum(x, nil, into: y, rectified: gate == nil, gate: gate, count: count) }

  /// target[i] = source[index[i]].
  public func gather(
    _ source: UnsafePointer<Float>, _ index: UnsafePointer<Int32>, into target: UnsafeMutablePointer<Float>, count: Int
  ) {
    let (least, greatest) = index.bounds(count)
    add(
      kernels.table.pointee.gather, clanes_gather(target: target, source: source, index: index, count: Int64(count)),
      Accesses(
        reads: [Stretch(source, least..<greatest + 1)], writes: [Stretch(UnsafePointer(target), count: count)]),
      work: count)
  }

  /// Copies the step's samples into lanes, normalised.
  ///
  /// - Parameters:
  ///   - blocks: Offset of each block of sixteen samples from `x`, in floats.
  ///   - isMoved: Whether samples are moved as the step state says; runs must be rows of the image.
  ///   - copies: Every thread fills one of its own where this is more than 1; they stand `copyStride` floats apart.
  public func batch(
    _ source: SampleSource, _ layout: SampleLayout, blocks: UnsafePointer<Int32>, blockCount: Int,
    into x: UnsafeMutablePointer<Float>, isMoved: Bool = false, copies: Int = 1, copyStride: Int = 0
  ) {
    precondition(!isMoved || !layout.runIsChannels, "samples without rows cannot be moved")
    let elements = Operand(
      base: x, positions: blocks, positionCount: blockCount, rowStride: layout.channelStride, copies: copies,
      copyStride: copyStride)
    var arguments = clanes_batch(
      step: step.pointer, bytes: nil, floats: nil, x: x, xPartStride: elements.partStride, runs: Int32(layout.runs),
      length: Int32(layout.length), runsPerChannel: Int32(layout.runsPerChannel), blocks: Int32(blockCount),
      channelStride: Int64(layout.channelStride), runStride: Int64(layout.runStride),
      elementStride: Int64(layout.elementStride), blockOffset: blocks, multiplier: tables.table(source.multipliers),
      shift: tables.table(source.shifts), runIsChannels: layout.runIsChannels,
      moves: isMoved ? UnsafePointer(step.moves.baseAddress!) : nil)
    switch source.pixels {
    case .bytes(let pointer): arguments.bytes = pointer
    case .floats(let pointer): arguments.floats = pointer
    }
    // A single thread would leave the other copies as they are.
    let work = copies > 1 ? Int.max : layout.runs * layout.length * blockCount
    add(kernels.table.pointee.batch, arguments, Accesses(reads: [], writes: [layout.stretch(elements)]), work: work)
  }

  // MARK: losses

  /// The batch's loss and number of right answers into the step state, and the gradient of the outputs into `dz`.
  ///
  /// - Parameters:
  ///   - z: One row a class; one position a block of sixteen samples, evenly spaced within groups.
  ///   - labels: Of the whole split, indexed like its samples.
  ///   - classWeights: By label, what a sample's loss counts in the mean over the samples; 1 if `nil`.
  public func loss(
    _ loss: Loss, _ z: Operand, gradient dz: UnsafeMutablePointer<Float>?, classes: Int,
    labels: UnsafePointer<Int32>, classWeights: [Float]? = nil
  ) {
    let kind: Int32 =
      switch loss {
      case .softmaxCrossEntropy: Int32(clanesSoftmaxCrossEntropy)
      case .binaryCrossEntropy: Int32(clanesBinaryCrossEntropy)
      case .meanSquaredError: Int32(clanesMeanSquaredError)
      case .hinge: Int32(clanesHinge)
      }
    let scratch = UnsafeMutablePointer(mutating: tables.table([Int32](repeating: 0, count: 16 * z.positionCount)))
    let arguments = clanes_loss(
      step: step.pointer, kind: kind, z: z.base, dz: dz, classes: Int32(classes), blocks: Int32(z.positionCount),
      classStride: Int64(z.rowStride), position: z.positions, labels: labels, batchLabels: scratch,
      classWeights: classWeights.map { tables.table($0) })
    // One chain of sums over the blocks: one thread.
    add(
      kernels.table.pointee.loss, arguments,
      Accesses(
        reads: [z.stretch(rows: classes)], writes: dz.map { [z.stretch(UnsafePointer($0), rows: classes)] } ?? []),
      work: 0)
  }
}
