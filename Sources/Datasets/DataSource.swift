public import Foundation

/// A data set that Tombola knows by name: one struct per file of this folder, listed in `Catalog.sources`.
public protocol DataSource: Sendable {
  /// What the user types: `fashion-mnist`.
  var name: String { get }
  /// One line for the list of data sets.
  var summary: String { get }
  /// Who made it, where it is published, and its licence.
  var origin: String { get }
  /// The files it is read from; none if it is built in.
  var files: [DataFile] { get }
  /// Folders on the web that hold the files as `NAME.gz`, in the order to try.
  var mirrors: [URL] { get }
  /// The Debian package that installs the files.
  var debianPackage: String? { get }
  func load(from locator: DataLocator) throws -> Dataset
}

extension DataSource {
  public var files: [DataFile] { [] }
  public var mirrors: [URL] { [] }
  public var debianPackage: String? { nil }
}

/// A kind of file that users bring themselves: `csv:FILE`. One struct per file of this folder, listed in
/// `Catalog.forms`.
public protocol DataForm: Sendable {
  /// What stands before the colon: `csv`.
  var prefix: String { get }
  /// How to write it: `csv:FILE or csv:TRAIN,TEST`.
  var usage: String { get }
  var summary: String { get }
  /// - Parameter path: what stands after the colon.
  func load(_ path: String) throws -> Dataset
}

/// A file of a published data set. It may lie on disk plain or with `.gz` appended.
public struct DataFile: Equatable, Sendable {
  /// Without `.gz`.
  public var name: String
  /// The size of the plain content.
  public var byteCount: Int
  /// SHA-256 of the plain content, so that a recompressed file is recognised as well; nil if nobody published one.
  public var contentDigest: String?
  /// SHA-256 of the compressed file as first published.
  public var archiveDigest: String?

  public init(name: String, byteCount: Int, contentDigest: String?, archiveDigest: String? = nil) {
    self.name = name
    self.byteCount = byteCount
    self.contentDigest = contentDigest
    self.archiveDigest = archiveDigest
  }

  /// The names under which the file is found: some copies write `.idx` for `-idx`.
  package var fileNames: [String] {
    let names = [name, name.replacingOccurrences(of: "-idx", with: ".idx")]
    return Set(names).count == 1 ? [name, name + ".gz"] : names + names.map { $0 + ".gz" }
  }
}
