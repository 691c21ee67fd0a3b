import Basics
package import Foundation

/// The members of a tar archive, plain or gzip, as far as data sets need them: ordinary files found by their base name.
///
/// Format: POSIX.1-2017, *pax*, "ustar Interchange Format". A member's folder never decides where anything is written.
/// Long-name and extended headers are passed over, since the names wanted are short.
package struct TarArchive {
  private let reader: ContentReader

  private static let blockCount = 512
  /// Room for whatever else the archive holds beside the wanted files.
  private static let otherCount = 16 << 20

  package init(_ data: Data, name: String, remedy: String) { reader = ContentReader(data, name: name, remedy: remedy) }

  /// Hands over the content of each of `files`, in the order of the archive, then stops reading.
  /// - Throws: `Problem.badData` if one is missing or has another size, or if the archive is damaged or unpacks to much
  ///   more than the files; what `take` throws.
  package func extract(_ files: [DataFile], _ take: (DataFile, [UInt8]) throws -> Void) throws {
    let limit = files.reduce(Self.otherCount) { $0 + $1.byteCount }
    var awaited = files
    while !awaited.isEmpty, let member = try nextMember() {
      guard member.byteCount <= limit - reader.readCount else {
        throw reader.damaged("unpacks to more than \(grouped(limit)) bytes")
      }
      let index = member.isFile ? awaited.firstIndex { $0.name == member.baseName } : nil
      if let index { try take(awaited[index], content(member, awaited.remove(at: index))) } else { try skip(member) }
    }
    guard awaited.isEmpty else {
      throw reader.damaged("holds no \(awaited.map(\.name).joined(separator: ", "))")
    }
  }

  private func content(_ member: Member, _ file: DataFile) throws -> [UInt8] {
    guard member.byteCount == file.byteCount else {
      throw reader.damaged(
        "holds a \(file.name) of \(grouped(member.byteCount)) bytes; \(grouped(file.byteCount)) belong there")
    }
    let content = try reader.read(member.byteCount, promise: promise(member))
    _ = try reader.read(member.paddingCount, promise: promise(member))
    return content
  }

  private func skip(_ member: Member) throws {
    var rest = member.byteCount + member.paddingCount
    while rest > 0 {
      let step = min(rest, 1 << 20)
      _ = try reader.read(step, promise: promise(member))
      rest -= step
    }
  }

  private func promise(_ member: Member) -> String {
    "its member \(member.baseName) promises \(grouped(member.byteCount)) more"
  }

  /// The next header, or nil at the empty block that ends the archive.
  private func nextMember() throws -> Member? {
    let block = try reader.read(Self.blockCount, promise: "another header of \(Self.blockCount) belongs there")
    guard block.contains(where: { $0 != 0 }) else { return nil }
    guard let member = Member(header: block) else {
      throw reader.damaged("has a damaged header before byte \(grouped(reader.readCount))")
    }
    return member
  }

  private struct Member {
    var baseName: String
    var byteCount: Int
    var isFile: Bool

    /// Content is filled up to whole blocks.
    var paddingCount: Int { (blockCount - byteCount % blockCount) % blockCount }

    /// Nil unless the header's own checksum is right and the size is octal.
    init?(header: [UInt8]) {
      let sum = header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
      guard let size = Self.octal(header[124..<136]), Self.octal(header[148..<156]) == sum else { return nil }
      let path = header[..<100].prefix { $0 != 0 }
      let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
      baseName = String(decoding: path[nameStart...], as: UTF8.self)
      byteCount = size
      isFile = header[156] == 0 || header[156] == UInt8(ascii: "0")
    }

    private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
      let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
      guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
      return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }
  }
}
