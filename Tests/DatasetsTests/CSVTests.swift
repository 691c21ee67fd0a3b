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

  @Test func takesAFifthOfEachClassForTesting() throws {
    let dataset = try load(Self.plain)
    #expect(dataset.train.count == 8)
    #expect(dataset.test.labels.sorted() == [0, 1])
    #expect(dataset.inputShape == FeatureShape(channels: 2))
    #expect(dataset.source.contains("a fifth of each class, stream test-split of seed 0"))
    #expect(dataset.notes.prefix(3) == ["separated by commas", "no header", "labels in column 3"])
    let first = try #require(dataset.train.floats), second = try #require(dataset.test.floats)
    let all: [Float] = (0..<10).flatMap { (index: Int) -> [Float] in [Float(index) + 0.5, -Float(index)] }
    #expect(Set(first + second) == Set(all))
    #expect(try load(Self.plain).test == dataset.test)
  }

  static let lines = plain.split(separator: "\n").map(String.init)
  static let quoted = lines.map { (line: String) -> String in
    line.split(separator: ",").map { "\"\($0)\"" }.joined(separator: " , ")
  }.joined(separator: "\n")
  static let headers = [
    "a,b,class\n", "\n\n", "\u{FEFF}a,b,c\n", "0,1,target\n", "\"with, comma\",\"with\n\"\"newline\"\"\",\"c\"\n",
  ]

  @Test(
    arguments: headers.map { "\($0)\(plain)" }
      + ["\(plain)\n", "\(plain)\n\n\n", "\(lines.joined(separator: "\r\n"))\r\n", quoted])
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

  @Test func refusesAGzipFileCutShort() throws {
    let scratch = try Scratch()
    let path = try scratch.write("cut.csv.gz", Array(Golden.bytes("idx/t10k-images-idx3-ubyte.gz").dropLast(9)))
    expectProblem(.badData, "cut.csv.gz", "npz:FILE", loading: "csv:\(path)")
  }
}

/// The same numbers as people's programs write them.
@Suite struct CSVDialectTests {
  private static let rows: [(Double, Double, String)] = (0..<12).map { (index: Int) in
    (Double(index) * 0.25 - 1, 10.5 - Double(index), index % 2 == 0 ? "cat" : "dog")
  }
  private static let expected: [Float] = rows.flatMap { [Float($0.0), Float($0.1)] }

  private static func text(
    _ header: String = "a,b,kind", _ delimiter: String = ",", end: String = "\n",
    _ row: (Int) -> [String] = { index in
      ["\(rows[index].0)", "\(rows[index].1)", rows[index].2]
    }
  ) -> String {
    ([header.replacing(",", with: delimiter)] + rows.indices.map { row($0).joined(separator: delimiter) }).joined(
      separator: end) + end
  }

  private static func german(_ index: Int) -> [String] {
    ["\(rows[index].0)", "\(rows[index].1)", rows[index].2].map { $0.replacing(".", with: ",") }
  }

  private static func utf16(_ text: String, isBig: Bool) -> [UInt8] {
    ("\u{FEFF}" + text).utf16.flatMap {
      isBig ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)]
    }
  }

  /// What is written, and what must be said of it.
  static let dialects: [(bytes: [UInt8], note: String)] = [
    (Array(text().utf8), "separated by commas"),
    (Array(text("a,b,kind", ";").utf8), "separated by semicolons"),
    (Array(text("a,b,kind", "\t").utf8), "separated by tabs"),
    (Array(text("a,b,kind", ";", german).utf8), "decimal commas"),
    (Array(text("a,b,kind", "\t", german).utf8), "decimal commas"),
    (Array(text { german($0).map { "\"\($0)\"" } }.utf8), "decimal commas"),
    (Array("sep=;\r\n\(text("a,b,kind", ";", end: "\r\n"))".utf8), "separated by semicolons"),
    (Array(text(end: "\r").utf8), "lines end in CR"),
    (utf16(text(), isBig: false), "in UTF-16"), (utf16(text("a,b,kind", "\t"), isBig: true), "in UTF-16"),
    (Array(text("a,b,kind,") { german($0).map { $0.replacing(",", with: ".") } + [""] }.utf8), "at the end left out"),
    (Array(text { [" \(rows[$0].0)\t", "\(rows[$0].1)", "\" \(rows[$0].2) \""] + [""] }.utf8), "at the end left out"),
    (Array((text() + ",,\n,,\n").utf8), "2 lines of delimiters alone left out"),
    (Array(text(",a,b,kind") { ["\($0)", "\(rows[$0].0)", "\(rows[$0].1)", rows[$0].2] }.utf8), "column 1 left out"),
    (
      Array(text("Unnamed: 0,a,b,kind") { ["\(70 - $0)", "\(rows[$0].0)", "\(rows[$0].1)", rows[$0].2] }.utf8),
      "column 1 (Unnamed: 0) left out"
    ),
    (Array(text("Id,a,b,kind") { ["\($0)", "\(rows[$0].0)", "\(rows[$0].1)", rows[$0].2] }.utf8), "(Id) left out"),
    (Array(text("label,a,b") { [rows[$0].2, "\(rows[$0].0)", "\(rows[$0].1)"] }.utf8), "labels in column 1 (label)"),
    (Array(text("a,Target,b") { ["\(rows[$0].0)", rows[$0].2, "\(rows[$0].1)"] }.utf8), "labels in column 2 (Target)"),
    (Array(text("x,y,kind").utf8), "labels in column 3 (kind)"),
    (
      Array(text(",0,1,2") { ["\($0)", "\(rows[$0].0)", "\(rows[$0].1)", rows[$0].2] }.utf8), "line 1 taken for names"
    ),
    (Array(text("0,1,2").utf8), "line 1 taken for names"), (Array(text("1,2,class").utf8), "line 1 holds names"),
    (Array(text("# a,b,kind").utf8), "line 1 holds names"),
  ]

  @Test(arguments: dialects)
  func sayTheSame(_ bytes: [UInt8], _ note: String) throws {
    let scratch = try Scratch(), path = try scratch.write("data.csv", bytes)
    let dataset = try Catalog.dataset(named: "csv:\(path),\(path)")
    #expect(dataset.train.floats == Self.expected, "\(note)")
    #expect(dataset.train.labels == Self.rows.map { $0.2 == "cat" ? 0 : 1 } && dataset.test == dataset.train)
    #expect(dataset.classNames == ["cat", "dog"])
    #expect(dataset.notes.contains { $0.contains(note) }, "'\(note)' in \(dataset.notes)")
    #expect(dataset.source.contains(note))
  }

  @Test func truthValuesAreNumbersAsFeaturesAndWordsAsLabels() throws {
    let scratch = try Scratch()
    let text =
      "a,b,isRed\n"
      + (0..<12).map { "\($0 % 3 == 0 ? "True" : "False"),\($0),\($0 % 2 == 0 ? "True" : "False")" }
      .joined(separator: "\n")
    let path = try scratch.write("data.csv", text), dataset = try Catalog.dataset(named: "csv:\(path),\(path)")
    #expect(dataset.train.floats?.prefix(6) == [1, 0, 0, 1, 0, 2])
    #expect(dataset.classNames == ["False", "True"] && dataset.train.labels.prefix(2) == [1, 0])
    #expect(dataset.notes.contains("true read as 1, false as 0"))
  }
}
