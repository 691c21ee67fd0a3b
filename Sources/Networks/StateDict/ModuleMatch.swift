/// Layers of a network, or modules of a `state_dict`, with the shapes of their tensors.
struct ModuleShapes {
  var name: String
  /// Shapes by `weight`, `bias`, `running_mean`.
  var parts: [String: [Int]]
}

/// Which module of a `state_dict` is which layer of a network.
///
/// By name where the names agree, `/` and `.` counting as one. What is left goes by shapes: a layer and a module that are
/// alone with theirs belong together; several of the same shapes do if there are as many of both and their names are one
/// name with rising numbers (`features.0`, `features.3`), which is their order. Anything else can be read two ways, and
/// is not.
struct ModuleMatch {
  /// Names of modules by layer.
  private(set) var modules: [String: String] = [:]
  /// Pairs whose names differ, in the network's order.
  private(set) var renamed: [(module: String, layer: String)] = []
  private(set) var issues = StateDictIssues()
  private let prefix: String
  /// Modules that have an issue.
  private var told: Set<String> = []

  /// - Parameters:
  ///   - prefix: What stood before the modules' names in the file, for messages.
  ///   - known: Names of modules by layer, as another file has them.
  ///   - needsAll: Whether every layer must have a module.
  init(
    _ layers: [ModuleShapes], _ modules: [ModuleShapes], prefix: String = "", known: [String: String] = [:],
    needsAll: Bool = true
  ) {
    self.prefix = prefix
    var rest = modules, open: [ModuleShapes] = []
    for layer in layers {
      let names = [known[layer.name], layer.name, layer.name.replacing("/", with: ".")].compactMap { $0 }
      if let place = names.lazy.compactMap({ name in rest.firstIndex { $0.name == name } }).first {
        compare(layer, rest.remove(at: place))
      } else {
        open.append(layer)
      }
    }
    byShape(open, rest, needsAll)
    renamed.sort { a, b in layers.firstIndex { $0.name == a.layer }! < layers.firstIndex { $0.name == b.layer }! }
  }

  private mutating func pair(_ layer: ModuleShapes, _ module: ModuleShapes) {
    modules[layer.name] = module.name
    if module.name != layer.name { renamed.append((module.name, layer.name)) }
  }

  /// A layer and the module of its name.
  private mutating func compare(_ layer: ModuleShapes, _ module: ModuleShapes) {
    for (part, shape) in layer.parts.sorted(by: { $0.key < $1.key }) {
      guard let found = module.parts[part] else {
        issues.add("missing", "\(shown(layer.name, part)) \(shape)")
        continue
      }
      if found != shape {
        issues.add("of another shape", "\(shown(prefix + module.name, part)) is \(found), the layer takes \(shape)")
      }
    }
    leaveOver(module, module.parts.filter { layer.parts[$0.key] == nil })
    pair(layer, module)
  }

  private mutating func byShape(_ layers: [ModuleShapes], _ modules: [ModuleShapes], _ needsAll: Bool) {
    var waiting = Dictionary(grouping: modules, by: \.parts)
    for (parts, layers) in Self.grouped(layers) {
      let modules = waiting.removeValue(forKey: parts) ?? []
      if layers.count == modules.count, let ordered = Self.ordered(modules) {
        for (layer, module) in zip(layers, ordered) { pair(layer, module) }
      } else if modules.isEmpty {
        for layer in layers where needsAll { miss(layer) }
      } else {
        let shapes = parts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        told.formUnion(modules.map(\.name))
        issues.add(
          "to be read in several ways",
          "\(names(modules.map { prefix + $0.name })) may be \(names(layers.map(\.name))) (\(shapes))")
      }
    }
    for module in waiting.values.flatMap({ $0 }).sorted(by: { $0.name < $1.name }) { leaveOver(module, module.parts) }
  }

  /// Whether something was said of the module that a tensor is of.
  func tells(_ tensor: String) -> Bool { told.contains { tensor == $0 || tensor.hasPrefix("\($0).") } }

  private func names(_ names: [String]) -> String {
    names.map(StateDictIssues.shown).sorted().joined(separator: " and ")
  }

  private mutating func miss(_ layer: ModuleShapes) {
    for (part, shape) in layer.parts.sorted(by: { $0.key < $1.key }) {
      issues.add("missing", "\(shown(layer.name, part)) \(shape)")
    }
  }

  private mutating func leaveOver(_ module: ModuleShapes, _ parts: [String: [Int]]) {
    if !parts.isEmpty { told.insert(module.name) }
    for (part, shape) in parts.sorted(by: { $0.key < $1.key }) {
      issues.add("left over", "\(shown(prefix + module.name, part)) \(shape)")
    }
  }

  private func shown(_ module: String, _ part: String) -> String {
    StateDictIssues.shown(module.isEmpty ? part : "\(module).\(part)")
  }

  /// Layers of the same shapes, in the order of the first of each.
  private static func grouped(_ layers: [ModuleShapes]) -> [(parts: [String: [Int]], layers: [ModuleShapes])] {
    var groups: [(parts: [String: [Int]], layers: [ModuleShapes])] = [], places: [[String: [Int]]: Int] = [:]
    for layer in layers {
      if let place = places[layer.parts] {
        groups[place].layers.append(layer)
      } else {
        places[layer.parts] = groups.count
        groups.append((layer.parts, [layer]))
      }
    }
    return groups
  }

  /// Modules by the numbers in their names; `nil` if they differ in anything else.
  private static func ordered(_ modules: [ModuleShapes]) -> [ModuleShapes]? {
    if modules.count < 2 { return modules }
    let names = modules.map { NumberedName($0.name) }
    guard Set(names.map(\.words)).count == 1, Set(names.map(\.numbers)).count == names.count else { return nil }
    return zip(names, modules).sorted { $0.0.numbers.lexicographicallyPrecedes($1.0.numbers) }.map(\.1)
  }

  /// A name with its numbers taken out.
  private struct NumberedName {
    var words: String
    var numbers: [Int]

    init(_ name: String) {
      let parts = name.split(separator: /[0-9]+/, omittingEmptySubsequences: false)
      words = parts.joined(separator: "#")
      numbers = name.matches(of: /[0-9]+/).map { Int($0.output) ?? .max }
    }
  }
}
