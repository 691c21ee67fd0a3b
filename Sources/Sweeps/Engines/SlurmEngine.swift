import Basics
import Foundation

/// Does units of a sweep as job arrays of Slurm, on any number of nodes that share the store's folder.
///
/// A task of an array has a pack of units, which it does as `LocalEngine` does on the cores it was given. What is done and
/// who is at work stands in the run folders; Slurm is only asked which packs still wait or run. Tasks that are requeued,
/// after preemption, the loss of a node or their time limit, go on from the last checkpoints.
package struct SlurmEngine: Sendable {
  package var folder: SweepFolder
  package var plan: SweepPlan
  package var budget: SweepBudget
  /// Units of a task.
  package var pack = 1
  /// Cores of a task.
  package var cores = 1
  /// A time limit of a task, in Slurm's form.
  package var timeLimit: String?
  /// Words for `sbatch`: `--partition=cpu`.
  package var options: [String] = []
  /// The command that does a pack: program and arguments; the batch and the task are put behind.
  package var command: [String]

  /// Slurm's own limit for arrays is 1001 unless its administrator raised it.
  private static let mostTasks = 1000

  package init(folder: SweepFolder, plan: SweepPlan, budget: SweepBudget, command: [String]) {
    self.folder = folder
    self.plan = plan
    self.budget = budget
    self.command = command
  }

  /// Submits what neither waits nor runs in Slurm already.
  ///
  /// - Returns: The numbers of the new jobs, one an array.
  /// - Throws: `Problem` with what `sbatch` said.
  package func submit(_ units: [SweepPlan.Unit]) throws -> [String] {
    let queued = Set(try SlurmQueue(folder).live().flatMap(\.units))
    let open = units.filter { !queued.contains($0.name) }, packs = packed(open)
    return try stride(from: 0, to: packs.count, by: Self.mostTasks).map { start in
      try submit(packs: Array(packs[start..<min(packs.count, start + Self.mostTasks)]))
    }
  }

  /// Units of one seed that share a dense training stand together, so that no task waits for another's.
  private func packed(_ units: [SweepPlan.Unit]) -> [[String]] {
    let sorted = units.enumerated().sorted { a, b in
      let keys = [a, b].map { (budget.arms[plan.arms[$0.element.arm].run]?.dense ?? "", $0.element.seed, $0.offset) }
      return keys[0] < keys[1]
    }.map(\.element.name)
    return stride(from: 0, to: sorted.count, by: pack).map { Array(sorted[$0..<min(sorted.count, $0 + pack)]) }
  }

  private func submit(packs: [[String]]) throws -> String {
    let batch = try SlurmBatch(new: packs, in: folder)
    let script = batch.url.appendingPathComponent("script.sh")
    try AtomicFile.write(text(batch, tasks: packs.count), to: script)
    let output = try SystemCommand.run(["sbatch", "--parsable"] + options + [script.path])
    let job = output.split(whereSeparator: { $0 == ";" || $0.isWhitespace }).first.map(String.init) ?? ""
    guard !job.isEmpty, job.allSatisfy(\.isNumber) else {
      throw Problem.badData("sbatch said '\(output)' instead of a job's number.", remedy: "Check your Slurm set-up.")
    }
    try batch.keep(job: job)
    return job
  }

  /// USR1 comes a minute before the time limit: the task saves what it has and queues itself again. TERM, of `scancel` or of
  /// preemption, is passed on; what Slurm preempts it queues again itself.
  private func text(_ batch: SlurmBatch, tasks: Int) -> String {
    let words = (command + [batch.name]).map(Shell.quoted).joined(separator: " ")
    return """
      #!/bin/bash
      #SBATCH --job-name=tombola-\(plan.name)
      #SBATCH --array=0-\(tasks - 1)
      #SBATCH --cpus-per-task=\(cores)
      #SBATCH --requeue
      #SBATCH --open-mode=append
      #SBATCH --output=\(Shell.quoted(batch.url.path.replacingOccurrences(of: "%", with: "%%") + "/task-%a.log"))
      #SBATCH --signal=B:USR1@60
      \(timeLimit.map { "#SBATCH --time=\($0)\n" } ?? "")
      \(words) "$SLURM_ARRAY_TASK_ID" &
      child=$!
      again=0
      trap 'again=1; kill -TERM $child' USR1
      trap 'kill -TERM $child' TERM INT
      wait $child
      code=$?
      while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
      if [ $again = 1 ] && [ $code = 130 ] && [ ! -e \(Shell.quoted(folder.cancelMark.path)) ]; then
        scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
        sleep 60
      fi
      exit $code

      """
  }
}

/// One job array: what its tasks do, and its number once it is submitted.
package struct SlurmBatch: Sendable {
  let url: URL
  package var name: String { url.lastPathComponent }

  fileprivate init(new packs: [[String]], in sweep: SweepFolder) throws {
    url = sweep.slurm.appendingPathComponent("batch-\(SlurmBatch.names(in: sweep).count + 1)")
    try AtomicFile.createFolder(url)
    try StoredJSON.write(packs, to: url.appendingPathComponent("packs.json"))
  }

  /// - Throws: `Problem.missingInput` if there is no such batch.
  package init(named name: String, in sweep: SweepFolder) throws {
    url = sweep.slurm.appendingPathComponent(name)
    guard SlurmBatch.names(in: sweep).contains(name) else {
      throw Problem.missingInput("The sweep has no batch '\(name)'.", remedy: "Start it with tombola sweep resume.")
    }
  }

  static func names(in sweep: SweepFolder) -> [String] {
    FolderListing.folders(in: sweep.slurm) { $0.hasPrefix("batch-") }.map(\.name).sorted()
  }

  /// The units of every task, by name.
  package func packs() throws -> [[String]] {
    guard let packs: [[String]] = StoredJSON.read(url.appendingPathComponent("packs.json")) else {
      throw Problem.badData("\(url.path)/packs.json cannot be read.", remedy: "Start the sweep again.")
    }
    return packs
  }

  fileprivate func keep(job: String) throws { try AtomicFile.write(job, to: url.appendingPathComponent("job")) }

  /// Its number, if it was submitted.
  var job: String? {
    (try? String(contentsOf: url.appendingPathComponent("job"), encoding: .utf8)).flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// What Slurm has of a sweep.
package struct SlurmQueue: Sendable {
  let folder: SweepFolder

  package init(_ folder: SweepFolder) { self.folder = folder }

  /// A task that waits or runs.
  package struct Task: Equatable, Sendable {
    package var job: String
    package var index: Int
    /// In Slurm's words: `PENDING`, `RUNNING`.
    package var state: String
    package var units: [String]
  }

  /// - Throws: `Problem` if there are batches, but no Slurm.
  package func live() throws -> [Task] {
    let batches = try SlurmBatch.names(in: folder).map { try SlurmBatch(named: $0, in: folder) }
    let jobs = batches.compactMap { batch in batch.job.map { ($0, batch) } }
    guard !jobs.isEmpty else { return [] }
    // A job that ended long ago is unknown to Slurm, and asking for it alone is an error; so all are asked for.
    let lines = try SystemCommand.run(["squeue", "--noheader", "--array", "--format=%F %K %T"]).split(separator: "\n")
    return try lines.flatMap { line -> [Task] in
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 3, let index = Int(words[1]), let batch = jobs.first(where: { $0.0 == words[0] })?.1 else {
        return []
      }
      let packs = try batch.packs()
      return [
        Task(job: words[0], index: index, state: words[2], units: packs.indices.contains(index) ? packs[index] : [])
      ]
    }
  }

  /// Takes everything out of the queue.
  /// - Returns: The jobs that were.
  @discardableResult
  package func cancel() throws -> [String] {
    let jobs = Set(try live().map(\.job)).sorted()
    if !jobs.isEmpty { _ = try SystemCommand.run(["scancel"] + jobs) }
    return jobs
  }
}

/// Programs of Slurm's.
enum SystemCommand {
  /// - Returns: Standard output.
  /// - Throws: `Problem.missingInput` if the program is not on the PATH, `Problem.badData` with its message if it fails.
  static func run(_ words: [String]) throws -> String {
    guard let path = SystemProgram.path(of: words[0]) else {
      throw Problem.missingInput(
        "There is no program \(words[0]) on the PATH.",
        remedy: "Run this where Slurm is installed, or use --engine local.")
    }
    let outcome: SystemProgram.Outcome
    do { outcome = try SystemProgram.run(path, Array(words.dropFirst())) } catch {
      throw Problem.missingInput("\(words[0]) cannot be started: \(error).", remedy: "Check that it is installed.")
    }
    guard outcome.status == 0 else {
      throw Problem.badData(
        "\(words[0]) failed: \(outcome.message).", remedy: "Correct the options for Slurm, or try again later.")
    }
    return outcome.text
  }
}
