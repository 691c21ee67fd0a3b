public import Basics

/// A PyTorch `state_dict`, or masks of one, as a file holds it: tensors that are laid onto a network by name and shape.
///
/// Linear weights are [outputs, inputs], images flattened channels first, as in the network itself: no value moves. Nothing
/// is guessed: `ModuleMatch` says what counts as the same layer, and what does not fit is told all at once.
public struct StateDictFile: Sendable {
  /// The file's name, for messages.
  public let file: String
  private let tensors: [NamedTensor]

  /// - Throws: `Problem.badData` if two tensors have one name.
  public init(_ tensors: [NamedTensor], file: String) throws {
    guard Set(tensors.map(\.name)).count == tensors.count else {
      throw Problem.badData("\(file) holds two tensors of one name.", remedy: "Write it again.")
    }
    (self.tensors, self.file) = (tensors, file)
  }

  /// Whether some tensors are masks by their names: `fc1.weight_mask`.
  public var hasMasks: Bool { tensors.contains { $0.name.hasSuffix("_mask") } }

  private static let remedy = """
    Name the network that the file is of (--model; 'tombola graph MODEL' shows its layers), or give the tensors the names of \
    its layers: docs/pytorch.md says what is read.
    """

  /// The weights of a network of which these are all parameters and running statistics. Of pruned tensors they are those
  /// before the mask (`weight_orig`).
  ///
  /// - Throws: `Problem.badData` with everything that is missing, left over, of another shape or to be read in several ways.
  public func start(of architecture: Architecture) throws -> StartingWeights {
    let layers = Self.layers(architecture.layout), content = StateDictContent(tensors, layers: layers.map(\.name))
    let match = ModuleMatch(layers, Self.modules(content.weights), prefix: content.prefix)
    var issues = content.issues
    issues.add(match.issues)
    var parameters = Parameters(zerosFor: architecture.layout), map: [String] = [], rounded: [String] = []
    for entry in architecture.layout.entries {
      guard let module = match.modules[entry.layer],
        let tensor = content.weights[Self.joined(module, entry.stateDictPart)],
        tensor.shape == entry.shape.dimensions
      else { continue }
      let name = StateDictIssues.shown(content.prefix + tensor.name)
      if !tensor.values.allSatisfy(\.isFinite) { issues.add("with values that are not finite numbers", name) }
      if entry.shape.role == .runningVariance, tensor.values.contains(where: { $0 < 0 }) {
        issues.add("with negative variances", name)
      }
      parameters.values.replaceSubrange(entry.range, with: tensor.values)
      map.append("\(name) \(tensor.shape) -> \(entry.name)")
      if tensor.isRounded { rounded.append(name) }
    }
    guard issues.isEmpty else { throw issues.problem(file, architecture.name, remedy: Self.remedy) }
    var notes = Self.notes(content, match)
    if !rounded.isEmpty { notes.append("Rounded to floats of 32 bits: \(rounded.joined(separator: ", ")).") }
    var start = StartingWeights(parameters, source: file, notes: notes)
    (start.map, start.modules) = (map, match.modules)
    return start
  }

  private static func notes(_ content: StateDictContent, _ match: ModuleMatch, known: [String: String] = [:])
    -> [String]
  {
    var notes: [String] = []
    if !content.prefix.isEmpty { notes.append("'\(content.prefix)' before every name is left out.") }
    if content.counters > 0 {
      notes.append("num_batches_tracked of \(content.counters) batch norms, which only counts, is left out.")
    }
    let others = match.renamed.filter { $0.module != $0.layer.replacing("/", with: ".") && known[$0.layer] == nil }
    if !others.isEmpty {
      let pairs = others.map { "\(StateDictIssues.shown($0.module)) is \($0.layer)" }.joined(separator: ", ")
      notes.append("Names differ, so shapes and order say which is which: \(pairs).")
    }
    return notes
  }

  // MARK: masks

  /// The masks as a mask of the network; layers without one stay whole.
  ///
  /// - Parameter modules: Which of the file's modules is which layer, where weights beside the masks have told.
  /// - Throws: `Problem.badData` with every mask of no layer, of another shape, or of other numbers than 0 and 1.
  public func mask(of architecture: Architecture, modules known: [String: String] = [:]) throws -> GivenMask {
    let layout = architecture.layout, layers = Self.layers(layout)
    let content = StateDictContent(tensors, isOfMasks: true, layers: layers.map(\.name))
    guard !content.masks.isEmpty else {
      throw Problem.badData(
        "\(file) holds no masks.", remedy: "Masks are tensors of 0 and 1 named fc1.weight_mask, or fc1.weight alone.")
    }
    let match = Self.match(content, layers, layout, known)
    var issues = content.issues
    issues.add(match.issues)
    var given = GivenMask(Mask(fullFor: layout), source: file, notes: Self.notes(content, match, known: known))
    var left = Set(content.masks.keys)
    for entry in layout.entries {
      guard let module = match.modules[entry.layer] else { continue }
      let key = Self.joined(module, entry.stateDictPart)
      guard let tensor = content.masks[key] else { continue }
      left.remove(key)
      let name = StateDictIssues.shown("\(content.prefix)\(tensor.name)")
      guard tensor.shape == entry.shape.dimensions else {
        issues.add("of another shape", "mask of \(name) is \(tensor.shape), the layer takes \(entry.shape.dimensions)")
        continue
      }
      if let wrong = tensor.values.first(where: { $0 != 0 && $0 != 1 }) {
        issues.add("no masks of 0 and 1", "\(name) (holds \(wrong))")
      }
      given.apply(tensor, to: entry, named: name)
    }
    for name in left.sorted() where !match.tells(name) {
      issues.add("left over", StateDictIssues.shown(content.prefix + name))
    }
    guard issues.isEmpty else { throw issues.problem("The masks in \(file)", architecture.name, remedy: Self.remedy) }
    return try given.checked()
  }

  /// By name whatever the masks are of; by shape those of weights alone.
  private static func match(
    _ content: StateDictContent, _ layers: [ModuleShapes], _ layout: ParameterLayout, _ known: [String: String]
  ) -> ModuleMatch {
    var modules = modules(content.masks), masked: [ModuleShapes] = []
    for var layer in layers {
      let names = [known[layer.name], layer.name, layer.name.replacing("/", with: ".")]
      if let module = modules.first(where: { names.contains($0.name) }) {
        layer.parts = layer.parts.filter { module.parts[$0.key] != nil }
        masked.append(layer)
      } else if let weight = layout.entries(of: layer.name).first(where: \.isPrunable) {
        masked.append(ModuleShapes(name: layer.name, parts: ["weight": weight.shape.dimensions]))
      }
    }
    let named = Set(masked.flatMap { [known[$0.name], $0.name, $0.name.replacing("/", with: ".")].compactMap { $0 } })
    for i in modules.indices where !named.contains(modules[i].name) && modules[i].parts["weight"] != nil {
      modules[i].parts = modules[i].parts.filter { $0.key == "weight" }
    }
    return ModuleMatch(masked, modules, prefix: content.prefix, known: known, needsAll: false)
  }

  // MARK: names

  private static func layers(_ layout: ParameterLayout) -> [ModuleShapes] {
    layout.entries.reduce(into: []) { layers, entry in
      if layers.last?.name != entry.layer { layers.append(ModuleShapes(name: entry.layer, parts: [:])) }
      layers[layers.count - 1].parts[entry.stateDictPart] = entry.shape.dimensions
    }
  }

  private static func modules(_ tensors: [String: NamedTensor]) -> [ModuleShapes] {
    var modules: [String: ModuleShapes] = [:]
    for (name, tensor) in tensors {
      let (module, part) = parted(name)
      modules[module, default: ModuleShapes(name: module, parts: [:])].parts[part] = tensor.shape
    }
    return modules.values.sorted { $0.name < $1.name }
  }

  private static func parted(_ name: String) -> (module: String, part: String) {
    guard let dot = name.lastIndex(of: ".") else { return ("", name) }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }

  private static func joined(_ module: String, _ part: String) -> String {
    module.isEmpty ? part : "\(module).\(part)"
  }
}
