import Basics

/// How attacks share their blocks of samples among threads.
struct AttackChains {
  /// The blocks that go through all steps together: as many as a thread has, or one by one where the third cache then holds
  /// all that a step touches. None where the threads had better share every call.
  private(set) var blocks: [Range<Int>] = []
  /// How many nodes, from the first on, are computed block by block: those whose images are large. On small images weights
  /// would be read too often.
  private(set) var head = 0

  /// Fewest places of an image of a block that is computed by itself.
  private static let fewestPlaces = 64
  /// Most memory that a block's activations and gradients may take where blocks go through all steps one by one.
  private static let mostBytes = 24 << 20
  /// Most multiply-adds of linear layers, as a share of those of convolutions, where they are computed block by block: a
  /// single position takes four times as long.
  private static let mostLinear = 0.03
  /// Smallest share of the threads' time that may be at work.
  private static let leastShare = 0.85

  init() {}

  init(_ plan: Plan) {
    let nodes = plan.nodes
    guard plan.needsInputGradient, nodes.allSatisfy({ Self.canSplit($0, plan.graph) }) else { return }
    head =
      nodes.prefix { node in
        let shape = plan.tensor(node.inputs[0]).placement.shape
        return !shape.isFlat && shape.height * shape.width >= Self.fewestPlaces
          && (node.inputs + [node.name]).allSatisfy { plan.tensor($0).placement.group == 1 }
      }.count
    guard head > 0 else { return }
    let group = nodes.map { Self.unit($0, plan) }.max() ?? 1, units = (plan.blocks + group - 1) / group
    let most = (units + plan.threads - 1) / plan.threads
    guard Double(units) >= Self.leastShare * Double(most * plan.threads) else { return }
    if group == 1 && Self.fitsByBlock(plan) {
      blocks = (0..<plan.blocks).map { $0..<$0 + 1 }
      head = nodes.count
      return
    }
    blocks = (0..<plan.threads).map { thread in
      let first = units * thread / plan.threads, end = units * (thread + 1) / plan.threads
      return first * group..<min(end * group, plan.blocks)
    }
  }

  private static func fitsByBlock(_ plan: Plan) -> Bool {
    var linear = 0, convolutions = 0
    for node in plan.nodes {
      guard let weights = plan.working.segments.first(where: { $0.entry.layer == node.name && $0.entry.isPrunable })
      else { continue }
      let shape = plan.tensor(node.name).placement.shape
      if node.layer is Linear {
        linear += weights.count
      } else {
        convolutions += weights.count * shape.height * shape.width
      }
    }
    return plan.arenaBytes <= mostBytes * plan.blocks && Double(linear) <= mostLinear * Double(convolutions)
  }

  private static func canSplit(_ node: PlanNode, _ graph: GraphFacts) -> Bool {
    switch node.layer {
    case is Convolution, is Linear, is Rectifier, is MaxPool, is AveragePool, is Sum, is Dropout: true
    case is BatchNorm: graph.normed[node.name] != nil
    default: false
    }
  }

  /// Blocks that have to stay together: those that lie side by side in images, or in what is computed over whole buffers.
  private static func unit(_ node: PlanNode, _ plan: Plan) -> Int {
    let isWhole = node.layer is Sum || node.layer is Dropout || node.layer is Rectifier && !isInPlace(node, plan)
    return (node.inputs + [node.name]).map { plan.tensor($0).placement }.filter { isWhole || !$0.shape.isFlat }
      .map(\.group).max() ?? 1
  }

  /// Whether the layers before and after do a rectifier's work.
  private static func isInPlace(_ node: PlanNode, _ plan: Plan) -> Bool {
    plan.graph.alias[node.name] != nil && plan.graph.gate[node.name] != .rectifier
      && plan.gradientPlan.contributions[node.name]?[0] != .writes
  }
}
