import CLanes
import Dispatch

extension Program {
  /// A program for `chains`: one thread runs its calls, in the order in which they are added.
  public func chain() -> Program { Program(kernels: kernels, step: step, isChain: true) }

  /// Runs chains, which must have nothing to do with each other, side by side: each on one thread, from its first call to
  /// its last, and so many times over.
  public func chains(_ programs: [Program], rounds: Int) {
    precondition(programs.allSatisfy(\.isChain), "programs whose calls wait for each other are no chains")
    let table = programs.map {
      clanes_chain(tasks: tables.table($0.tasks), count: Int32($0.taskCount), rounds: Int32(rounds))
    }
    chains[taskCount] = (programs, rounds)
    add(clanes_run_chains, clanes_chains(chain: tables.table(table), chains: Int32(table.count)))
  }

  /// Runs the chains of a task one after the other; the time of each of their calls is the median of the rounds' times as
  /// many as there are.
  func timeChains(_ task: Int) -> [KernelTime] {
    guard let (programs, rounds) = chains[task] else { return [] }
    return programs.flatMap { program in
      var times = program.names.map { ($0, seconds: [Double]()) }
      for _ in 0..<rounds {
        for (i, call) in program.tasks.enumerated() {
          let start = DispatchTime.now().uptimeNanoseconds
          call.run(call.arguments, 0, 1)
          times[i].seconds.append(Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
        }
      }
      return times.map { time, seconds in
        var time = time
        time.seconds = Double(rounds) * seconds.sorted()[rounds / 2]
        return time
      }
    }
  }
}
