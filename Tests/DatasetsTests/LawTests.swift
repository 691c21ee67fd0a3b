import Basics
import Datasets
import Foundation
import Lanes
import Testing

@Suite struct CatalogLawTests {
  @Test(arguments: Catalog.sources.map(\.name))
  func holdsItsLaws(_ name: String) throws {
    let source = try Catalog.source(named: name), locator = DataLocator()
    guard source.files.isEmpty || (try? locator.locate(source)) != nil else {
      print("skipped: the files of \(name) are not on this machine")
      return
    }
    for check in locator.verify(source) {
      if case .other = check.state { print("\(check)") } else { #expect(check.state == .correct, "\(check)") }
    }
    let dataset = try source.load(from: locator)
    #expect(dataset.name == name)
    #expect(dataset.train.pixels.count == dataset.train.count * dataset.inputShape.count)
    #expect(Set(dataset.train.labels) == Set(0..<Int32(dataset.classCount)))
    #expect(Set(dataset.test.labels) == Set(0..<Int32(dataset.classCount)))
    #expect(dataset.train.count >= dataset.test.count)
  }

  @Test func fashionHasItsCounts() throws {
    guard let dataset = try? Catalog.dataset(named: "fashion-mnist") else {
      print("skipped: install dataset-fashion-mnist")
      return
    }
    #expect(dataset.train.count == 60_000 && dataset.test.count == 10_000)
    #expect(classCounts(dataset.train) == Array(repeating: 6000, count: 10))
    #expect(classCounts(dataset.test) == Array(repeating: 1000, count: 10))
    let normalisation = dataset.normalisation()
    #expect(abs(normalisation.mean[0] - 0.2860406) < 1e-6)
    #expect(abs(normalisation.deviation[0] - 0.3530242) < 1e-6)
  }

  private func classCounts(_ split: Split) -> [Int] {
    split.labels.reduce(into: Array(repeating: 0, count: 10)) { counts, label in counts[Int(label)] += 1 }
  }

  @Test func digitsAreScikitLearns() throws {
    let dataset = try Digits().load(), facts = try Golden.expected().digits
    let train = try #require(dataset.train.bytes), test = try #require(dataset.test.bytes)
    #expect(train.reduce(0) { $0 + Int($1) } == facts.trainSum)
    #expect(test.reduce(0) { $0 + Int($1) } == facts.testSum)
    #expect(Array(test.suffix(64)) == facts.lastSample)
    #expect(train.max() == 16)
    #expect(classCounts(dataset.train) == facts.trainClasses)
    #expect(classCounts(dataset.test) == facts.testClasses)
  }

  @Test func suggestsTheNearestName() {
    expectProblem(.usage, "no data set 'fashon-mnist'", "Did you mean fashion-mnist", loading: "fashon-mnist")
    expectProblem(.usage, "no file form 'npy:'", "npz", loading: "npy:x")
  }

  /// Every file that declares a data source or form stands in the catalogue.
  @Test func listsEveryFile() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/Datasets")
    let catalog = try String(contentsOf: folder.appendingPathComponent("Catalog.swift"), encoding: .utf8)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".swift") }
    for file in files {
      let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
      for match in text.matches(of: /struct (\w+): Data(?:Source|Form)\b/) {
        let line = "    \(match.output.1)(),"
        #expect(catalog.contains(line), "add the line '\(line)' to Sources/Datasets/Catalog.swift")
      }
    }
  }
}

@Suite struct SplitTests {
  @Test func validationIsDisjointAndDeterministic() throws {
    let dataset = try Digits().load()
    let (train, validation) = try dataset.carvingValidation(count: 144, seed: 5)
    #expect(validation == dataset.train.subset(try Golden.expected().validation))
    let chosen = Set(try Golden.expected().validation)
    #expect(train == dataset.train.subset((0..<1437).filter { !chosen.contains($0) }))
    #expect(try dataset.carvingValidation(count: 144, seed: 6).validation != validation)
  }

  @Test(arguments: [-1, 0, 1437, Int.max])
  func refusesImpossibleValidation(_ count: Int) throws {
    let dataset = try Digits().load()
    let problem = #expect(throws: Problem.self) { try dataset.carvingValidation(count: count, seed: 0) }
    #expect(problem?.kind == .usage)
    #expect(problem?.remedy.contains("1 to 1436") == true)
  }

  @Test func orderIsGoldenAndAPermutation() throws {
    #expect(EpochOrder.indices(count: 12, seed: 7, epoch: 3) == (try Golden.expected().order))
    #expect(EpochOrder.indices(count: 1000, seed: 7, epoch: 3).sorted() == Array(0..<1000))
    #expect(EpochOrder.indices(count: 12, seed: 7, epoch: 4) != EpochOrder.indices(count: 12, seed: 7, epoch: 3))
  }

  @Test func subsetKeepsTheGivenOrder() {
    let split = Split(pixels: .bytes([1, 2, 3, 4, 5, 6]), labels: [0, 1, 2])
    #expect(split.subset([2, 0]) == Split(pixels: .bytes([5, 6, 1, 2]), labels: [2, 0]))
    #expect(split.subset([]).count == 0)
  }
}

@Suite struct NormalisationTests {
  @Test(arguments: [
    ("colour", "npz:" + Golden.path("channels-last.npz")), ("floats", "npz:" + Golden.path("floats.npz")),
    ("digits", "digits"),
  ])
  func agreesWithNumpy(_ key: String, _ name: String) throws {
    let expected = try #require(try Golden.expected().normalisation[key])
    let dataset = try Catalog.dataset(named: name)
    let found = dataset.normalisation()
    #expect(found.mean.count == expected.mean.count)
    let numbers: [Float] = found.mean + found.deviation, wanted: [Float] = expected.mean + expected.deviation
    for (a, b) in zip(numbers, wanted) { #expect(abs(a - b) < 1e-6) }
    let (multiplier, shift) = dataset.affine(found, channel: 0)
    let value: Float = (200 * dataset.pixelScale - found.mean[0]) / found.deviation[0]
    let difference: Float = shift.addingProduct(200, multiplier) - value
    #expect(abs(difference) < 1e-4)
  }

  @Test func noneOnlyScales() throws {
    let dataset = try Digits().load()
    #expect(dataset.affine(.none, channel: 0) == (1 / 16, 0))
    #expect(Normalisation.none.description == "none")
  }

  @Test func aConstantChannelIsOnlyShifted() {
    let shape = FeatureShape(channels: 2, height: 1, width: 1)
    let bytes = Split(pixels: .bytes([9, 1, 9, 3]), labels: [0, 1])
    let floats = Split(pixels: .floats([9, 1, 9, 3]), labels: [0, 1])
    for split in [bytes, floats] {
      let found = Normalisation(of: split, shape: shape, pixelScale: 1)
      #expect(found == Normalisation(mean: [9, 2], deviation: [1, 1]))
      #expect(found.description == "per channel: mean 9.0000 2.0000, deviation 1.0000 1.0000")
    }
  }

  @Test func roundTripsThroughJSON() throws {
    let normalisation = try Digits().load().normalisation()
    #expect(try JSONDecoder().decode(Normalisation.self, from: JSONEncoder().encode(normalisation)) == normalisation)
  }
}
