import Basics
import Foundation
import Methods
import TestSupport
import Testing

/// docs/settings.md has every setting of a search, with its default and its option, and no other.
@Suite struct SettingsDocumentTests {
  @Test func theTableIsTheFields() throws {
    let file = Repository.root.appendingPathComponent("docs/settings.md")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
    let rows = lines.map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }.filter {
      $0.count == 4
    }
    let plain = FindSettings()
    let fields = FindSettings.fields.map { field in
      ["`\(field.key)`", "`\(field.read(plain))`", field.isMain ? "`--\(field.key)`" : ""]
    }
    #expect(Set(rows.map { Array($0.prefix(3)) }) == Set(fields))
  }
}
