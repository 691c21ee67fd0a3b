import ArgumentParser
import Basics
import Dispatch
import Lanes
import Networks
import Pruning
import Training

struct BenchMoving: Measurement {
  static let configuration = CommandConfiguration(
    commandName: "moving",
    abstract: "Time training steps under a mask that moves (rigl, set) beside the same under a fixed one.",
    discussion: "Moves are timed apart from steps. Both masks are random with the same counts.")

  @OptionGroup var options: BenchOptions
  @Option(help: "Density of every prunable layer.") var density = 0.1
  @Option(help: "rigl or set.") var algorithm = "rigl"
  @Option(help: "Steps between moves.", transform: Limit.whole("--every", 1...1_000_000)) var every = 100
  @Option(help: "Moves to measure.", transform: Limit.whole("--moves", 1...1_000_000)) var moves = 10
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    try checkDensity(density)
    guard ["rigl", "set"].contains(algorithm) else { throw ValidationError("--algorithm must be rigl or set.") }
  }

  func run() throws {
    let architecture = try options.architecture(), data = try options.data(), layout = architecture.layout
    let mask = Mask.random(layout, density: density)
    var recipe = options.recipe
    recipe.steps = .iterations(every * (moves + 1) * 2)
    func makeRun() -> Run {
      Run(
        architecture, start: Initializer.kaimingNormal.parameters(for: layout, seed: 0), mask: mask, recipe: recipe,
        data: data, pool: ThreadPool(threads: options.threads))
    }
    let rule = DropAndGrow(
      algorithm == "rigl" ? .gradient : .random, every: every, fraction: 0.3, last: every * (moves + 2),
      entries: layout.prunable, seed: 0)
    let fixed = times(makeRun(), nil), moving = times(makeRun(), rule)
    let result = MovingTimes(
      model: options.model, algorithm: algorithm, batch: options.batch, threads: options.threads, density: density,
      fixedStepSeconds: fixed.step, movingStepSeconds: moving.step, moveSeconds: moving.move, every: every,
      countsHeld: moving.countsHeld)
    if json { try Terminal.json(result) } else { Terminal.print(result.text) }
  }

  /// Medians of the steps after the first move, and of the moves; whether every layer kept its count at every move.
  private func times(_ run: Run, _ rule: DropAndGrow?) -> (step: Double, move: Double, countsHeld: Bool) {
    func now() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
    let counts = run.plan.layout.entries.map { run.plan.mask.remaining(in: $0) }
    var steps: [Double] = [], moves: [Double] = [0], held = true
    while run.iteration < every * (self.moves + 1) {
      let start = now()
      if let mask = rule?.mask(for: run) {
        run.move(to: mask)
        moves.append(now() - start)
        held = held && counts == run.plan.layout.entries.map { mask.remaining(in: $0) }
      }
      let begin = now()
      run.takeStep()
      if run.iteration > every { steps.append(now() - begin) }
    }
    moves.removeFirst(moves.count > 1 ? 1 : 0)
    return (steps.sorted()[steps.count / 2], moves.sorted()[moves.count / 2], held)
  }
}

/// What `bench moving` prints.
struct MovingTimes: Encodable {
  var model, algorithm: String
  var batch, threads: Int
  var density, fixedStepSeconds, movingStepSeconds, moveSeconds: Double
  var every: Int
  var countsHeld: Bool

  var text: String {
    """
    \(model), \(algorithm), batch \(batch), density \(density), \(threads) threads, \(CPULevel.current.rawValue)
    step with a fixed mask \(Terminal.milliseconds(fixedStepSeconds)), with a moving one \
    \(Terminal.milliseconds(movingStepSeconds)) (\(Terminal.ratio(movingStepSeconds / fixedStepSeconds)))
    a move every \(every) steps takes \(Terminal.milliseconds(moveSeconds)); counts \(countsHeld ? "held" : "did not hold")
    """
  }
}
