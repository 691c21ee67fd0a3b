import Foundation
import FuzzReaders
import TestSupport
import Testing

/// What libFuzzer found worth keeping (Tests/Fuzz/readers.py --keep) is read again: by a value or an error that is meant for users.
@Suite struct ReaderCorpusTests {
  private static let corpus = Repository.root.appendingPathComponent("Tests/Fuzz/Corpus")

  @Test(arguments: Reader.all.map(\.name))
  func keptInputsAreRead(_ name: String) throws {
    let reader = try #require(Reader.all.first { $0.name == name })
    let folder = Self.corpus.appendingPathComponent(name)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!files.isEmpty)
    for file in files { reader.take(try Data(contentsOf: folder.appendingPathComponent(file))) }
  }

  /// A reader without a corpus would be tested by nothing, and a corpus without a reader as well.
  @Test func everyReaderHasACorpus() throws {
    #expect(try Set(FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)) == Set(Reader.all.map(\.name)))
  }
}
