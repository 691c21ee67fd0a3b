import Basics
import Datasets
import Testing

@Suite struct CSVTests {
  /// Ten samples of two classes.
  static let plain = (0..<10).map { "\($0).5,\(-$0),\($0 % 2)" }.joined(separator: "\n")

  private func load(_ text: String) throws -> Dataset {
    let scratch = try Scratch()
    return try Catalog.dataset(named: "csv:\(try scratch.write("data.csv", text))")
  }

  private func expectRefused(_ text: String, _ words: String, location: SourceLocation = #_sourceLocation) throws {
    let scratch = try Scratch()
    let path = try scratch.write("data.csv", text)
    expectProblem(.badData, "data.csv", words, loading: "csv:\(path)", location: location)
  }

  @Test func takesAFifthOfEachClassForTesting() throws {
    let dataset = try load(Self.plain)
    #expect(dataset.train.count == 8)
    #expect(dataset.test.labels.sorted() == [0, 1])
    #expect(dataset.inputShape == FeatureShape(channels: 2))
    #expect(dataset.source.contains("a fifth of each class, stream test-split of seed 0"))
    let first = try #require(dataset.train.floats), second = try #require(dataset.test.floats)
    let all: [Float] = (0..<10).flatMap { (index: Int) -> [Float] in [Float(index) + 0.5, -Float(index)] }
    #expect(Set(first + second) == Set(all))
    #expect(try load(Self.plain).test == dataset.test)
  }

  @Test(arguments: [
    "a,b,class\n\(plain)", plain + "\n", plain + "\n\n\n", "\n\n" + plain,
    plain.split(separator: "\n").joined(separator: "\r\n") + "\r\n", "\u{FEFF}a,b,c\n" + plain,
    plain.split(separator: "\n").map { $0.split(separator: ",").map { "\"\($0)\"" }.joined(separator: " , ") }
      .joined(separator: "\n"), "0,1,target\n" + plain,
    "\"with, comma\",\"with\n\"\"newline\"\"\",\"c\"\n" + plain,
  ])
  func readsVariantsOfOneTable(_ text: String) throws {
    let dataset = try load(text), expected = try load(Self.plain)
    #expect(dataset.train == expected.train)
    #expect(dataset.test == expected.test)
  }

  /// Each column has its own mean and deviation, however far its scale is from the others'.
  @Test func normalisesColumnsOneByOne() throws {
    let dataset = try load((0..<30).map { "\(1000 * $0),\(Double($0 % 3) / 1000),7,\($0 % 2)" }.joined(separator: "\n"))
    let found = dataset.normalisation(), values = try #require(dataset.train.floats), count = dataset.train.count
    for column in 0..<3 {
      let own = (0..<count).map { Double(values[3 * $0 + column]) }
      let mean = own.reduce(0, +) / Double(count)
      let variance = own.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      #expect(found.mean[column] == Float(mean))
      #expect(found.deviation[column] == (column == 2 ? 1 : Float(variance.squareRoot())))
    }
  }

  @Test func numbersWordsInAlphabeticalOrder() throws {
    let scratch = try Scratch()
    let train = try scratch.write("train.csv", "x,kind\n1,oak\n2,ash\n3,elm\n")
    let test = try scratch.write("test.csv", "x,kind\n4,yew\n5,ash\n")
    let dataset = try Catalog.dataset(named: "csv:\(train),\(test)")
    #expect(dataset.train.labels == [2, 0, 1])
    #expect(dataset.test.labels == [3, 0])
    #expect(dataset.classCount == 4)
    #expect(dataset.train.floats == [1, 2, 3])
    #expect(dataset.source.contains("ash, elm, oak, yew"))
  }

  @Test func namesTheLine() throws {
    try expectRefused("1,2,0\n3,1\n", "line 2 has 2 columns; line 1 has 3")
    try expectRefused("1,2,0\n\n3,x,1\n", "line 3, column 2: 'x'")
    try expectRefused("1,2,0\n3,nan,1\n", "line 2, column 2: 'nan'")
    try expectRefused("1,2,0\n3,,1\n", "line 2, column 2: ''")
    try expectRefused("1,2,0\n3,1e99,1\n", "line 2, column 2: '1e99'")
    try expectRefused("1,x,0\n3,4,1\n", "line 1, column 2: 'x'")
    try expectRefused("1,2,0\n3,4,-1\n", "line 2 has the label -1")
    try expectRefused("1,2,0\n3,4,99999999999\n", "line 2 has the label 99999999999")
    try expectRefused("1,2,0\n3,4,\n", "line 2 has an empty label")
    try expectRefused("1,2,0\n3,\"4,1\n", "line 2 opens a quotation mark")
    try expectRefused("1,2,0\n3,\"4\"5,1\n", "line 2 goes on after")
  }

  @Test func refusesTablesWithoutSamples() throws {
    try expectRefused("", "is empty")
    try expectRefused("\n\r\n\n", "is empty")
    try expectRefused("1\n2\n", "a single column")
    try expectRefused("1,0\n2,1\n", "too few samples")
    try expectRefused("a,b\n", "too few samples")
  }

  @Test func refusesAGzipFileCutShort() throws {
    let scratch = try Scratch()
    let path = try scratch.write("cut.csv.gz", Array(Golden.bytes("idx/t10k-images-idx3-ubyte.gz").dropLast(9)))
    expectProblem(.badData, "cut.csv.gz", "npz:FILE", loading: "csv:\(path)")
  }

  @Test func comparesTwoFiles() throws {
    let scratch = try Scratch()
    let train = try scratch.write("train.csv", Self.plain), test = try scratch.write("test.csv", "1,0\n2,1\n")
    expectProblem(.badData, "test.csv has 1 features, train.csv 2", loading: "csv:\(train),\(test)")
    expectProblem(.missingInput, "none.csv", loading: "csv:\(train),\(scratch.path)/none.csv")
  }
}
