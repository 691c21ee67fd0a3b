/// Names of any kind as identifiers of the program, `[A-Za-z_][A-Za-z0-9_@]*`, every name its own.
struct ProgramNames {
  private var identifiers: [String: String] = [:]
  private var taken: Set<String> = Self.reserved

  /// Words of the language's text form, after coremltools.
  private static let reserved: Set<String> = [
    "any", "bool", "program", "func", "tensor", "list", "dict", "tuple", "true", "false", "string", "bf16", "fp16",
    "fp32",
    "fp64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "state",
  ]

  init() {}

  /// The same for the same name.
  mutating func identifier(_ name: String) -> String {
    if let known = identifiers[name] { return known }
    let plain = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    var result = plain.first.map { $0.isLetter } == true ? plain : "n\(plain)"
    while !taken.insert(result).inserted { result += "_" }
    identifiers[name] = result
    return result
  }
}
