import Basics
import Datasets
import Lanes
import Testing

@Suite struct TransformTests {
  /// Colour images of 4x6 with labels 0, 1, 2.
  private func colours(_ count: Int = 300) throws -> Dataset {
    var random = RandomStream(seed: 2, "test/colours")
    func split(_ count: Int) -> Split {
      Split(
        pixels: .bytes((0..<72 * count).map { _ in UInt8(random.nextIndex(below: 256)) }),
        labels: (0..<Int32(count)).map { $0 % 3 })
    }
    return try Dataset(
      name: "colours", source: "made here", inputShape: FeatureShape(channels: 3, height: 4, width: 6),
      pixelScale: 1 / 255, train: split(count), test: split(60))
  }

  private func floats(_ split: Split) -> [Float] {
    switch split.pixels {
    case .bytes(let values): values.map(Float.init)
    case .floats(let values): values
    }
  }

  @Test func greyAndHalfAverage() throws {
    let colours = try colours(), values = floats(colours.train)
    let grey = try Grey().apply(to: colours, argument: nil)
    #expect(grey.inputShape == FeatureShape(channels: 1, height: 4, width: 6) && grey.name == "colours+grey")
    let wanted: Float = 0.299 * values[72 + 7] + 0.587 * values[72 + 31] + 0.114 * values[72 + 55]
    #expect(floats(grey.train)[24 + 7] == wanted)
    let half = try HalfSize().apply(to: colours, argument: nil)
    #expect(half.inputShape == FeatureShape(channels: 3, height: 2, width: 3))
    let square: Float = values[72 + 24] + values[72 + 25] + values[72 + 30] + values[72 + 31]
    #expect(floats(half.train)[18 + 6] == square / 4)
    #expect(throws: Problem.self) { try Grey().apply(to: grey, argument: nil) }
    #expect(throws: Problem.self) { try HalfSize().apply(to: half, argument: nil) }
  }

  /// One image of ascending numbers, and its negative for testing.
  private func one(_ height: Int, _ width: Int, _ value: (Int, Int) -> UInt8) throws -> Dataset {
    let pixels = (0..<height).flatMap { row in (0..<width).map { value(row, $0) } }
    return try Dataset(
      name: "one", source: "made here", inputShape: FeatureShape(channels: 1, height: height, width: width),
      classCount: 2, pixelScale: 1 / 255, range: 0...255, train: Split(pixels: .bytes(pixels), labels: [0]),
      test: Split(pixels: .bytes(pixels.map { 255 - $0 }), labels: [1]))
  }

  /// A quarter turn moves pixels exactly; back again gives what was there; a small turn leaves the middle.
  @Test func imagesTurnCounterClockwise() throws {
    let image = try one(5, 5) { row, column in row == 0 && column == 4 ? 200 : row == 2 && column == 2 ? 100 : 0 }
    let turned = floats(try Rotate().apply(to: image, argument: "90").train)
    for place in 0..<25 {
      #expect(abs(turned[place] - (place == 0 ? 200 : place == 12 ? 100 : 0)) < 1e-3, "\(place): \(turned[place])")
    }
    let there = try Rotate().apply(to: image, argument: "90"), back = try Rotate().apply(to: there, argument: "-90")
    #expect(zip(floats(back.train), floats(image.train)).allSatisfy { abs($0 - $1) < 1e-3 })
    let slight = floats(try Rotate().apply(to: image, argument: "35").train)
    #expect(abs(slight[12] - 100) < 1e-4 && slight[4] < 1)
    #expect(there.name == "one+rotate:90")
    for argument in [nil, "", "x", "181", "nan"] {
      #expect(throws: Problem.self) { try Rotate().apply(to: image, argument: argument) }
    }
    #expect(throws: Problem.self) { try Rotate().apply(to: try Flat().apply(to: image, argument: nil), argument: "3") }
  }

  /// A ramp stays a ramp inside, sizes that shrink to half average, and the sum of weights is one.
  @Test func imagesAreResized() throws {
    let image = try one(8, 8) { row, column in UInt8(10 * row + column) }
    let grown = try Resize().apply(to: image, argument: "16"), values = floats(grown.train)
    #expect(grown.inputShape == FeatureShape(channels: 1, height: 16, width: 16))
    // New pixel (6, 9) has its centre at the old (2.75, 4.25).
    #expect(abs(values[6 * 16 + 9] - (10 * 2.75 + 4.25)) < 1e-3)
    let shrunk = try Resize().apply(to: image, argument: "4x8")
    #expect(shrunk.inputShape == FeatureShape(channels: 1, height: 4, width: 8))
    // Rows 1 to 4 count 1, 3, 3 and 1 eighths for the new row 1.
    #expect(abs(floats(shrunk.train)[8] - 25) < 1e-3)
    for argument in [nil, "1", "28x", "2000", "4x4x4"] {
      #expect(throws: Problem.self) { try Resize().apply(to: image, argument: argument) }
    }
  }

  @Test func blurSpreadsAndKeepsTheSum() throws {
    let image = try one(15, 15) { row, column in row == 7 && column == 7 ? 250 : 0 }
    let values = floats(try Blur().apply(to: image, argument: "1").train)
    #expect(abs(values.reduce(0, +) - 250) < 0.01)
    #expect(abs(values[7 * 15 + 8] / values[7 * 15 + 7] - 0.60653) < 1e-4)
    #expect(values[7 * 15 + 6] == values[7 * 15 + 8] && abs(values[6 * 15 + 7] - values[7 * 15 + 8]) < 1e-5)
    let flat = try one(3, 4) { _, _ in 77 }
    #expect(floats(try Blur().apply(to: flat, argument: "5").train).allSatisfy { abs($0 - 77) < 1e-3 })
    #expect(throws: Problem.self) { try Blur().apply(to: image, argument: "0") }
  }

  @Test func lightAndContrastAreChanged() throws {
    let image = try one(2, 2) { row, column in [[0, 100], [200, 60]][row][column] }
    let inverted = try Invert().apply(to: image, argument: nil)
    #expect(floats(inverted.train) == [255, 155, 55, 195] && inverted.train.labels == image.train.labels)
    let flat = try Contrast().apply(to: image, argument: "0.5")
    #expect(floats(flat.train) == [45, 95, 145, 75])
    #expect(floats(try Contrast().apply(to: image, argument: "10").train) == [0, 190, 255, 0])
    #expect(floats(try Invert().apply(to: flat, argument: nil).train) == [210, 160, 110, 180])
    #expect(throws: Problem.self) { try Contrast().apply(to: image, argument: "0") }
    #expect(throws: Problem.self) { try Invert().apply(to: image, argument: "1") }
  }

  /// Every image by one order, the colours of a pixel together; the order can be undone.
  @Test func pixelsArePermutedAlike() throws {
    let colours = try colours(), permuted = try PermutedPixels().apply(to: colours, argument: "5")
    let order = PermutedPixels.order(pixels: 24, seed: 5)
    #expect(order.sorted() == Array(0..<24) && order != Array(0..<24))
    for (old, new) in [(colours.train, permuted.train), (colours.test, permuted.test)] {
      let old = floats(old), new = floats(new)
      #expect(new.indices.allSatisfy { new[$0] == old[$0 / 24 * 24 + order[$0 % 24]] })
      #expect(new != old)
    }
    #expect(permuted.train.labels == colours.train.labels)
  }

  @Test func labelsAndSharesChangeTheTrainingSetAlone() throws {
    let colours = try colours(3000)
    let random = try RandomLabels().apply(to: colours, argument: nil)
    let equal = zip(random.train.labels, colours.train.labels).count { $0 == $1 }
    #expect(abs(equal - 1000) < 120)
    #expect(random.test == colours.test && random.train.pixels == colours.train.pixels)
    let share = try SampleShare().apply(to: colours, argument: "0.1")
    #expect(share.train.count == 300 && share.test == colours.test)
    let two = try FewerClasses().apply(to: colours, argument: "2")
    #expect(two.classCount == 2 && two.train.count == 2000 && two.test.count == 40)
    let merged = try MergedClasses().apply(to: colours, argument: "2")
    #expect(merged.classCount == 2 && merged.train.labels.prefix(4) == [0, 1, 0, 0])
    for (transform, argument) in [
      (SampleShare(), "0"), (SampleShare(), nil), (FewerClasses(), "4"), (MergedClasses(), "1"), (RandomLabels(), "x"),
      (Flat(), "1"),
    ] as [(any DataTransform, String?)] {
      #expect(throws: Problem.self) { try transform.apply(to: colours, argument: argument) }
    }
  }

  /// Correlated pixels, one of them constant: the clone has each class's mean, its covariance or the mean of both, and
  /// nothing of its shape.
  @Test(arguments: [false, true]) func clonesHaveTheirClassesMoments(_ isPooled: Bool) throws {
    var random = RandomStream(seed: 8, "test/moments")
    func split(_ count: Int) -> Split {
      var values: [Float] = []
      for sample in 0..<count {
        let label = Float(sample % 2), common = Float(random.nextUniform() < 0.1 ? 3.0 : 0)
        values += [
          common + label, 2 * common + Float(random.nextUniform()), 7, Float(random.nextUniform()) * (1 + 3 * label),
        ]
      }
      return Split(pixels: .floats(values), labels: (0..<Int32(count)).map { $0 % 2 })
    }
    let real = try Dataset(
      name: "real", source: "", inputShape: FeatureShape(channels: 1, height: 2, width: 2), pixelScale: 1,
      train: split(40_000), test: split(100))
    let clone = try GaussianClone(isPooled: isPooled).apply(to: real, argument: nil)
    let pooled = zip(moments(real.train, 0).covariance, moments(real.train, 1).covariance).map { ($0 + $1) / 2 }
    for label in [Int32(0), 1] {
      let a = moments(real.train, label), b = moments(clone.train, label)
      let covariance = isPooled ? pooled : a.covariance
      for i in 0..<4 {
        #expect(abs(a.mean[i] - b.mean[i]) < 0.04)
        for j in 0..<4 { #expect(abs(covariance[4 * i + j] - b.covariance[4 * i + j]) < 0.12) }
      }
      #expect(abs(a.fourth - b.fourth) > 3, "a tenth of ones is far from normal")
    }
    let constant = floats(clone.train).enumerated().filter { $0.offset % 4 == 2 }.map(\.element)
    #expect(constant.allSatisfy { abs($0 - 7) < 1e-4 })
    #expect(clone.train.labels == real.train.labels && clone.test.count == 100)
  }

  private func moments(_ split: Split, _ label: Int32) -> (mean: [Double], covariance: [Double], fourth: Double) {
    let values = floats(split), samples = split.labels.indices.filter { split.labels[$0] == label }
    let n = Double(samples.count)
    let mean = (0..<4).map { i in samples.reduce(0.0) { $0 + Double(values[4 * $1 + i]) } / n }
    let covariance = (0..<16).map { k -> Double in
      var sum = 0.0
      for sample in samples {
        let x = Double(values[4 * sample + k / 4]) - mean[k / 4]
        let y = Double(values[4 * sample + k % 4]) - mean[k % 4]
        sum += x * y
      }
      return sum / n
    }
    let fourth = samples.reduce(0.0) { sum, sample in
      let x = Double(values[4 * sample]) - mean[0], square = x * x
      return sum + square * square
    }
    return (mean, covariance, fourth / n / (covariance[0] * covariance[0]))
  }

  /// Amplitudes stay: mean, energy and the whole circular autocorrelation of every channel, and between channels.
  @Test func phasesTurnAndAmplitudesStay() throws {
    let colours = try colours(5), turned = try PhaseRandomised().apply(to: colours, argument: nil)
    let old = floats(colours.train), new = floats(turned.train)
    for sample in 0..<5 {
      for (a, b) in [(0, 0), (1, 1), (0, 2)] {
        for (dy, dx) in [(0, 0), (1, 2), (3, 5), (0, 1)] {
          let before = correlation(old, sample, a, b, dy, dx), after = correlation(new, sample, a, b, dy, dx)
          #expect(abs(before - after) < 1e-4 * abs(before))
        }
      }
      let range = sample * 72..<sample * 72 + 24
      let before: Float = old[range].reduce(0, +), after: Float = new[range].reduce(0, +)
      #expect(abs(before - after) < 0.01)
      #expect(zip(old[range], new[range]).count { abs($0 - $1) > 1 } > 18)
    }
  }

  private func correlation(_ values: [Float], _ sample: Int, _ a: Int, _ b: Int, _ dy: Int, _ dx: Int) -> Double {
    (0..<24).reduce(0) { sum, i in
      let j = (i / 6 + dy) % 4 * 6 + (i % 6 + dx) % 6
      let x = Double(values[sample * 72 + a * 24 + i]), y = Double(values[sample * 72 + b * 24 + j])
      return sum + x * y
    }
  }

  @Test func namesAskForChanges() throws {
    let changed = try Catalog.dataset(named: "digits+half+permuted-pixels:3+flat")
    #expect(changed.inputShape == FeatureShape(channels: 16) && changed.name == "digits+half+permuted-pixels:3+flat")
    expectProblem(.usage, "'+gray' is no change", "Did you mean grey", loading: "digits+gray")
    expectProblem(.usage, "cannot be read", "Write share:0.1", loading: "digits+share:2")
    expectProblem(.missingInput, "/no/such+file.csv", loading: "csv:/no/such+file.csv")
  }
}

@Suite struct KPatternTests {
  @Test func labelsAreParitiesOfTheWindow() throws {
    let task = try #require(try KPattern.task(named: "k-pattern:12,3,parity,500"))
    let data = try Catalog.dataset(named: "k-pattern:12,3,parity,500")
    #expect(data.inputShape == FeatureShape(channels: 1, height: 1, width: 12) && data.train.count == 500)
    guard case .bytes(let signs) = data.train.pixels else { throw Problem.badData("no bytes", remedy: "") }
    for sample in 0..<500 {
      let minus = (0..<3).count { signs[sample * 12 + task.place + $0] == 0 }
      #expect(data.train.labels[sample] == Int32(minus % 2))
    }
    #expect((0..<12).allSatisfy { i in abs((0..<500).count { signs[$0 * 12 + i] == 1 } - 250) < 60 })
    #expect(data.train != data.test)
  }

  @Test func randomRulesAreBalanced() throws {
    let data = try Catalog.dataset(named: "k-pattern:10,4,random,4000")
    let ones = data.test.labels.count { $0 == 1 }
    #expect(abs(ones - 5000) < 250)
    #expect(try KPattern.task(named: "digits") == nil && KPattern.task(named: "k-pattern") == KPattern.Task())
  }

  @Test(arguments: ["k-pattern:5", "k-pattern:5,6", "k-pattern:9,3,odd", "k-pattern:9,3,parity,0", "k-pattern:a,b"])
  func refusesImpossibleTasks(_ name: String) {
    #expect(throws: Problem.self) { try Catalog.dataset(named: name) }
  }
}
