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
    discussion:
      "Three seeds, thirteen rounds of 20 %, 650 steps each, beside the re-initialised and the shuffled control. Uses the built-in digits where Fashion-MNIST cannot be had."
  )

  @OptionGroup var running: RunOptions

  func run() throws {
    var settings = SearchSettings()
    settings.rounds = 13
    settings.exclude = "output"
    settings.controls = ControlSet([Reinitialised.name, ShuffledMask.name])
    settings.recipe.steps = .iterations(650)
    settings.recipe.evaluateEvery = .iterations(325)
    settings.recipe.learningRate = 0.2
    settings.recipe.schedule = Schedule(.cosine)
    do {
      _ = try running.places.locator.locate(FashionMNIST())
    } catch let problem as Problem {
      Terminal.note("Fashion-MNIST is not here, so this uses the built-in digits. \(problem.remedy)")
      settings.data = "digits"
      settings.recipe.steps = .epochs(40)
      settings.recipe.evaluateEvery = .epochs(5)
      settings.recipe.batch = 32
    }
    Terminal.note(
      "Searching for a winning ticket: \(settings.model) on \(settings.data), 3 seeds, \(settings.rounds) rounds.")
    try running.run(Find(FindSettings(settings), seeds: [0, 1, 2]))
  }
}
