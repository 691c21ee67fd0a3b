public import Lanes

/// Random search over squares: each query sets a square of random place to clean pixels plus or minus epsilon and keeps it if
/// the margin falls.
///
/// Andriushchenko et al. 2020 (arXiv:1912.00049), l-infinity: vertical stripes to begin with; the square covers a share of
/// 0.8 of the image that halves after 0.1, 0.5, 2, 5, 10, 20, 40, 60 and 80 % of the queries (scaled from the paper's 10,000).
/// Looks at outputs alone.
public struct SquareAttack: Attack {
  public static let name = "square"
  public static let summary = "random search over squares, black box: square:QUERIES"

  public var queries: Int
  public var share = 0.8

  public init(queries: Int = 500) { self.queries = queries }

  public static let examples = ["square:25"]
  public static func named(_ name: String, _ first: Int?, restarts: Int) -> SquareAttack? {
    SquareAttack(queries: first ?? 500)
  }

  public var text: String { "\(Self.name):\(queries)" }
  public var isBlackBox: Bool { true }

  /// The share of the image that a square covers at a query.
  func share(at query: Int) -> Double {
    let milestones = [0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8]
    let done = Double(query) / Double(queries)
    return milestones.reduce(share) { done > $1 ? $0 / 2 : $0 }
  }

  public func perturb(_ batch: AttackedBatch, _ threat: Threat, streams: RandomStream) {
    let p = batch.perturbation, layout = p.layout
    var least = [Float](repeating: .infinity, count: batch.count)
    var patches = batch.indices.map { stripes(layout, streams, $0) }
    for query in 0..<queries {
      for sample in 0..<batch.count where least[sample] > 0 || query == 0 {
        let index = batch.indices[batch.indices.startIndex + sample]
        if query > 0 { patches[sample] = square(layout, streams.numbered(query), index, share(at: query)) }
        for patch in patches[sample] { paint(patch, sample, p, p.scale.stored(threat.epsilon)) }
      }
      batch.evaluate(.margin, needsGradient: false)
      let improved = (0..<batch.count).map { p.margin($0) < least[$0] }
      for sample in 0..<batch.count where least[sample] > 0 || query == 0 {
        let (source, target) = improved[sample] ? (p.pixels, p.best) : (p.best, p.pixels)
        for patch in patches[sample] { copy(patch, sample, layout, source, target) }
        if improved[sample] { least[sample] = p.margin(sample) }
      }
      if least.allSatisfy({ $0 < 0 }) { break }
    }
    batch.useBest()
  }

  /// A rectangle of one channel with its sign.
  private struct Patch {
    var channel, row, column, height, width: Int
    var sign: Float
  }

  /// Random numbers of a sample: those of the query's stream from a place that the sample's index sets.
  private func random(_ stream: RandomStream, _ sample: Int32) -> RandomStream {
    var stream = stream
    stream.index = UInt64(sample) << 24
    return stream
  }

  private func stripes(_ layout: PixelLayout, _ streams: RandomStream, _ sample: Int32) -> [Patch] {
    var random = random(streams.numbered(0), sample)
    return (0..<layout.channels).flatMap { channel in
      (0..<layout.width).map {
        Patch(channel: channel, row: 0, column: $0, height: layout.height, width: 1, sign: random.nextSign())
      }
    }
  }

  private func square(_ layout: PixelLayout, _ stream: RandomStream, _ sample: Int32, _ share: Double) -> [Patch] {
    var random = random(stream, sample)
    let wanted = Int((share * Double(layout.height * layout.width)).squareRoot().rounded())
    let height = min(max(1, wanted), layout.height), width = min(max(1, wanted), layout.width)
    let row = random.nextIndex(below: layout.height - height + 1)
    let column = random.nextIndex(below: layout.width - width + 1)
    return (0..<layout.channels).map {
      Patch(channel: $0, row: row, column: column, height: height, width: width, sign: random.nextSign())
    }
  }

  private func paint(_ patch: Patch, _ sample: Int, _ p: Perturbation, _ epsilon: Float) {
    let clean = p.clean.pointer + p.layout.origin, pixels = p.pixels.pointer + p.layout.origin
    each(patch, sample, p.layout) { at in
      pixels[at] = min(p.scale.highest, max(p.scale.lowest, clean[at] + patch.sign * epsilon))
    }
  }

  private func copy(_ patch: Patch, _ sample: Int, _ layout: PixelLayout, _ source: FloatBuffer, _ target: FloatBuffer)
  {
    let source = source.pointer + layout.origin, target = target.pointer + layout.origin
    each(patch, sample, layout) { target[$0] = source[$0] }
  }

  private func each(_ patch: Patch, _ sample: Int, _ layout: PixelLayout, _ body: (Int) -> Void) {
    for row in patch.row..<patch.row + patch.height {
      for column in patch.column..<patch.column + patch.width {
        body(layout.offset(sample: sample, channel: patch.channel, row: row, column: column))
      }
    }
  }
}

extension RandomStream {
  fileprivate mutating func nextSign() -> Float { nextWord() & 1 == 0 ? -1 : 1 }
}
