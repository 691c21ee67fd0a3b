import Lanes

/// The losses of detectors, of one sample, in double precision.
extension OutputLoss {
  /// The loss and its gradient by the outputs.
  package func value(_ z: [Double], targets: [Double]) -> (value: Double, slopes: [Double]) {
    var result = (value: 0.0, slopes: [Double](repeating: 0, count: z.count))
    for term in terms {
      let (value, slopes) = TermOfSample(term, terms, z, targets).value
      result.value += Double(term.weight) * value
      for (i, slope) in zip(term.range, slopes) { result.slopes[i] = Double(term.weight) * slope }
    }
    return result
  }
}

/// The outputs and targets of one term: [channel][place].
private struct TermOfSample {
  let kind: OutputLoss.Term.Kind
  let channels, places: Int
  let z, t: [Double]
  /// Places that count.
  let marked: [Int]

  init(_ term: OutputLoss.Term, _ terms: [OutputLoss.Term], _ z: [Double], _ targets: [Double]) {
    (kind, channels, places) = (term.kind, term.channels, term.places)
    (self.z, t) = (Array(z[term.range]), Array(targets[term.range]))
    switch term.kind {
    case .classes(let at), .boxes(let at, _):
      marked = (0..<term.places).filter { targets[terms[at].first + $0] == 1 }
    default: marked = []
    }
  }

  var value: (Double, [Double]) {
    switch kind {
    case .presence(let focus): presence(focus)
    case .classes: atMarked(softmax)
    case .boxes(_, let loss): atMarked { box(of: $0, loss) }
    case .masks(let dice): masks(Double(dice))
    }
  }

  private func presence(_ focus: Int) -> (Double, [Double]) {
    var sum = 0.0
    let slopes = z.indices.map { i -> Double in
      guard t[i] >= 0 else { return 0 }
      let l = Logistic(z[i]), entropy = l.entropy(t[i]), error = l.p - t[i]
      sum += focus == 0 ? entropy : error * error * entropy
      return focus == 0 ? error : error * error * error + 2 * error * l.slope * entropy
    }
    let divisor = Double(max(1, t.count { $0 == 1 }))
    return (sum / divisor, slopes.map { $0 / divisor })
  }

  /// The mean of what `loss` gives for a place, with one slope a channel.
  private func atMarked(_ loss: (Int) -> (Double, [Double])) -> (Double, [Double]) {
    var sum = 0.0, slopes = [Double](repeating: 0, count: z.count)
    let divisor = Double(max(1, marked.count))
    for place in marked {
      let (value, own) = loss(place)
      sum += value
      for (channel, slope) in own.enumerated() { slopes[channel * places + place] = slope / divisor }
    }
    return (sum / divisor, slopes)
  }

  private func column(_ values: [Double], _ place: Int) -> [Double] {
    (0..<channels).map { values[$0 * places + place] }
  }

  private func softmax(_ place: Int) -> (Double, [Double]) {
    DoubleLoss.value(.softmaxCrossEntropy, column(z, place), label: column(t, place).firstIndex(of: 1)!)
  }

  private func box(of place: Int, _ loss: OutputLoss.BoxLoss) -> (Double, [Double]) {
    let logistics = column(z, place).map(Logistic.init), s = logistics.map(\.softplus), t = column(t, place)
    let (value, slopes) = loss == .iou ? Self.overlap(s, t) : Self.sides(s, t)
    return (value, zip(slopes, logistics).map { $0 * $1.p })
  }

  private static func sides(_ s: [Double], _ t: [Double]) -> (Double, [Double]) {
    let errors = zip(s, t).map { $0 - $1 }
    return (errors.reduce(0) { $0 + abs($1) } / 4, errors.map { $0 == 0 ? 0 : $0 < 0 ? -0.25 : 0.25 })
  }

  private static func overlap(_ s: [Double], _ t: [Double]) -> (Double, [Double]) {
    let least = zip(s, t).map { min($0, $1) }
    func sizes(_ box: [Double]) -> [Double] { [box[0] + box[2], box[1] + box[3]] }
    let (own, truth, shared) = (sizes(s), sizes(t), sizes(least))
    let intersection = shared[0] * shared[1], area = own[0] * own[1] + truth[0] * truth[1] - intersection
    let union = max(area, 1e-6)
    let slopes = s.indices.map { i in
      let other = 1 - i % 2, more = s[i] < t[i] ? shared[other] : 0, grown = area < 1e-6 ? 0 : own[other] - more
      return (intersection * grown - more * union) / (union * union)
    }
    return (1 - intersection / union, slopes)
  }

  private func masks(_ dice: Double) -> (Double, [Double]) {
    let logistics = z.map(Logistic.init), count = Double(z.count)
    var sum = zip(logistics, t).reduce(0) { $0 + $1.0.entropy($1.1) } / count
    var slopes = zip(logistics, t).map { ($0.p - $1) / count }
    let stretches = (0..<channels).map { $0 * places..<($0 + 1) * places }
    let filled = stretches.filter { $0.contains { t[$0] > 0.5 } }
    for stretch in filled {
      let n = 2 * stretch.reduce(0) { $0 + logistics[$1].p * t[$1] } + 1
      let m = stretch.reduce(0) { $0 + logistics[$1].p + t[$1] } + 1
      sum += dice * (1 - n / m) / Double(filled.count)
      for i in stretch {
        slopes[i] -= dice * (2 * t[i] * m - n) / (m * m) * logistics[i].slope / Double(filled.count)
      }
    }
    return (sum, slopes)
  }
}

/// The logistic function of a logit.
private struct Logistic {
  let z, small: Double

  init(_ z: Double) { (self.z, small) = (z, Deterministic.exponential(-abs(z))) }

  var p: Double { (z < 0 ? small : 1) / (1 + small) }
  var slope: Double { small / ((1 + small) * (1 + small)) }
  var softplus: Double { max(z, 0) + Deterministic.log(1 + small) }
  func entropy(_ target: Double) -> Double { softplus - z * target }
}
