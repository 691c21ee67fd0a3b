import Basics

/// What a `state_dict` holds, before it is laid onto a network: weights and masks under plain names.
///
/// `torch.nn.utils.prune` keeps a pruned tensor as `weight_orig` and `weight_mask`; both come under `weight` here.
struct StateDictContent {
  private(set) var weights: [String: NamedTensor] = [:]
  private(set) var masks: [String: NamedTensor] = [:]
  /// `num_batches_tracked` of batch norm, which only counts.
  private(set) var counters = 0
  /// What stood before every name: `module.`.
  private(set) var prefix = ""
  private(set) var issues = StateDictIssues()

  /// What wraps a module in PyTorch and in much code: DataParallel, torch.compile, and habits.
  private static let wrappers = ["module.", "_orig_mod.", "model.", "net.", "network."]

  /// - Parameters:
  ///   - isOfMasks: Whether tensors without a suffix are masks, where none has `_mask`.
  ///   - layers: Names of the network's layers, which are no wrappers.
  init(_ tensors: [NamedTensor], isOfMasks: Bool = false, layers: [String]) {
    var tensors = tensors
    strip(&tensors, layers)
    let names = Set(tensors.map(\.name))
    let hasMasks = names.contains { $0.hasSuffix("_mask") }
    for tensor in tensors {
      let file = tensor.name
      if file.hasSuffix(".num_batches_tracked") {
        counters += 1
      } else if let base = file.without("_mask"), isOfMasks || names.contains("\(base)_orig") || names.contains(base) {
        masks[base] = tensor
      } else if let base = file.without("_orig"), names.contains("\(base)_mask") {
        if names.contains(base) { issues.add("twice in it", "\(shown(base)) and \(shown(file))") }
        weights[base] = tensor
      } else if isOfMasks && !hasMasks {
        masks[file] = tensor
      } else {
        weights[file] = tensor
      }
    }
  }

  private mutating func strip(_ tensors: inout [NamedTensor], _ layers: [String]) {
    func isCommon(_ word: String) -> Bool {
      !tensors.isEmpty && tensors.allSatisfy { $0.name.hasPrefix(word) && $0.name.count > word.count }
        && !layers.contains { "\($0).".hasPrefix(word) || "\($0)/".hasPrefix("\(word.dropLast())/") }
    }
    while let word = Self.wrappers.first(where: isCommon) {
      for i in tensors.indices { tensors[i].name.removeFirst(word.count) }
      prefix += word
    }
  }

  private func shown(_ name: String) -> String { StateDictIssues.shown(prefix + name) }
}

extension String {
  /// What stands before an ending; `nil` if it does not end so.
  fileprivate func without(_ ending: String) -> String? {
    hasSuffix(ending) && count > ending.count ? String(dropLast(ending.count)) : nil
  }
}

/// Everything that keeps a file's tensors from being a network's, told in one message.
struct StateDictIssues {
  /// Kinds in the order in which they are told, with what is of each.
  private var lists: [(kind: String, items: [String])] = []

  var isEmpty: Bool { lists.isEmpty }
  var count: Int { lists.reduce(0) { $0 + $1.items.count } }

  mutating func add(_ kind: String, _ item: String) {
    if let place = lists.firstIndex(where: { $0.kind == kind }) {
      lists[place].items.append(item)
    } else {
      lists.append((kind, [item]))
    }
  }

  mutating func add(_ others: StateDictIssues) {
    for list in others.lists { for item in list.items { add(list.kind, item) } }
  }

  /// Names may be anything of any length.
  static func shown(_ name: String) -> String {
    let plain = String(
      String.UnicodeScalarView(name.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? "?" : $0 }))
    return plain.count > 100 ? "\(plain.prefix(60))...\(plain.suffix(30))" : plain
  }

  /// Long lists end early: of files that have nothing to do with the network.
  private static let most = 400

  func problem(_ file: String, _ network: String, remedy: String) -> Problem {
    var problem = Problem.badData("", remedy: remedy)
    let lines = lists.map { list in
      let more = list.items.count > Self.most ? ["and \(list.items.count - Self.most) more"] : []
      return "  \(list.kind): \((list.items.prefix(Self.most) + more).joined(separator: ", "))"
    }
    problem.problem = (["\(file) does not fit \(network):"] + lines).joined(separator: "\n")
    return problem
  }
}
