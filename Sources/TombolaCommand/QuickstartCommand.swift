import ArgumentParser
import Basics
import Datasets
import Experiments
import Foundation
import Methods
import Tickets
import Training

struct QuickstartCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quickstart",
    abstract: "Find a winning ticket of LeNet-300-100 in a minute.",
    discussion: """
      Five seeds, six rounds of 30 %, 400 steps each, beside the re-initialised and the shuffled control. Uses the built-in \
      digits where Fashion-MNIST cannot be had; with their 360 test samples that takes twelve seeds of four rounds.
      """
  )

  @OptionGroup var running: RunOptions

  func run() throws {
    var settings = SearchSettings()
    var seeds: [UInt64] = [0, 1, 2, 3, 4]
    settings.rounds = 6
    settings.fraction = 0.3
    settings.exclude = "output"
    settings.controls = ControlSet([Reinitialised.name, ShuffledMask.name])
    settings.recipe.steps = .iterations(400)
    settings.recipe.evaluateEvery = .iterations(200)
    settings.recipe.learningRate = 0.2
    settings.recipe.schedule = Schedule(.cosine)
    do {
      _ = try running.places.locator.locate(FashionMNIST())
    } catch let problem as Problem {
      Terminal.note("Fashion-MNIST is not here, so this uses the built-in digits. \(problem.remedy)")
      settings.data = "digits"
      settings.recipe.steps = .epochs(10)
      settings.recipe.evaluateEvery = .epochs(5)
      settings.recipe.batch = 32
      settings.recipe.learningRate = 0.1
      settings.recipe.schedule = Schedule()
      settings.rounds = 4
      // Of 360 test samples each is a quarter of a point: fewer seeds show nothing.
      seeds = (0..<12).map { $0 }
    }
    Terminal.note(
      "Searching for a winning ticket: \(settings.model) on \(settings.data), \(seeds.count) seeds, \(settings.rounds) rounds."
    )
    try running.run(Find(FindSettings(settings), seeds: seeds))
  }
}
