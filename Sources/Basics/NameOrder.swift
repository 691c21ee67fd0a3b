extension Sequence where Element == String {
  /// Sorted as `<` does; names that differ only in Unicode form, which are equal to `<`, by their bytes. The order that
  /// they came in, which may be that of a file system, has no part in it.
  public func sortedNames() -> [String] { sorted { $0 == $1 ? $0.utf8.lexicographicallyPrecedes($1.utf8) : $0 < $1 } }

  /// The first two names that look alike and differ only in Unicode form, or nil.
  public var lookalikes: (String, String)? {
    let names = sortedNames()
    return zip(names, names.dropFirst()).first { $0 == $1 }
  }
}

extension String {
  /// The name with the numbers of the characters outside ASCII, to tell lookalikes apart: `é (U+0065 U+0301)`.
  public var spelledOut: String {
    "\(self) (\(unicodeScalars.map { "U+" + String($0.value, radix: 16, uppercase: true).leftPadded }.joined(separator: " ")))"
  }

  private var leftPadded: String { String(repeating: "0", count: Swift.max(0, 4 - count)) + self }
}
