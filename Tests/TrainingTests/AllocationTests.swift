import Basics
import CAllocations
import Datasets
import Foundation
import Networks
import Testing
import Training

/// Nothing in the training loop allocates.
@Suite(.serialized) struct AllocationTests {
  private func allocations(_ body: () -> Void) -> Int {
    let before = allocations_count()
    body()
    return allocations_count() - before
  }

  /// Without this, the test below would prove nothing.
  @Test func counterSeesSwiftArraysAndNewThreads() {
    guard allocations_supported() else { return print("skipped: allocations cannot be counted on this system") }
    allocations_watch(true)
    defer { allocations_watch(false) }
    var arrays: [[Float]] = []
    arrays.reserveCapacity(64)
    #expect(allocations { for i in 0..<50 { arrays.append([Float](repeating: Float(i), count: 1000 + i)) } } >= 50)
    #expect(allocations { UnsafeMutableRawPointer.allocate(byteCount: 640, alignment: 64).deallocate() } >= 1)
    #expect(allocations { for i in arrays.indices { arrays[i][0] += 1 } } == 0)
    #expect(allocationsInNewThread() >= 50)
  }

  /// What a thread that this one creates allocates by itself.
  private func allocationsInNewThread() -> Int {
    final class Box: @unchecked Sendable { var count = 0 }
    let box = Box(), end = DispatchSemaphore(value: 0)
    let thread = Thread {
      let before = allocations_count()
      var arrays: [[Float]] = []
      for i in 0..<50 { arrays.append([Float](repeating: Float(i), count: 1000 + i)) }
      box.count = arrays.count < 50 ? 0 : allocations_count() - before
      end.signal()
    }
    thread.start()
    end.wait()
    return box.count
  }

  /// Steps of every objective, and evaluations between them.
  @Test(arguments: [Objective.natural] + AdversarialTests.objectives)
  func objectivesAndEvaluationsAllocateNothing(_ objective: Objective) throws {
    guard allocations_supported() else { return print("skipped: allocations cannot be counted on this system") }
    allocations_watch(true)
    defer { allocations_watch(false) }
    let toy = Toy(samples: 20 * 300 + 40)
    var recipe = toy.recipe()
    (recipe.objective, recipe.epsilon, recipe.robustSamples, recipe.evaluationSamples) = (
      objective, PixelLength(0.1), 0, 33
    )
    let run = try toy.run(recipe: recipe)
    for _ in 0..<20 { run.takeStep() }
    let steps = allocations { for _ in 0..<50 { run.takeStep() } }
    let evaluations = allocations {
      for _ in 0..<5 { _ = (run.evaluatePartly(.validation), run.evaluatePartly(.test), run.evaluate(.test)) }
    }
    #expect(steps == 0 && evaluations == 0, "\(objective): \(steps) in steps, \(evaluations) in evaluations")
  }

  @Test(arguments: [1, 2], [Optimizer.sgd, .adam])
  func stepsAllocateNothing(_ threads: Int, _ optimizer: Optimizer) throws {
    guard allocations_supported() else { return print("skipped: allocations cannot be counted on this system") }
    allocations_watch(true)
    defer { allocations_watch(false) }
    for density in [1, 0.2] {
      for schedule in [
        Schedule(.constant), Schedule(.cosine, warmup: .iterations(50)), Schedule(.steps([.epochs(1), .epochs(2)])),
      ] {
        let toy = Toy(
          optimizer: optimizer, density: density, threads: threads, samples: 20 * 300 + 40, isResidual: density < 1)
        var recipe = toy.recipe()
        recipe.schedule = schedule
        if schedule.shape == .cosine { recipe.augmentation = Augmentation(padding: 1, flips: true) }
        let run = try toy.run(recipe: recipe)
        #expect(run.stepsPerEpoch == 300)
        for _ in 0..<20 { run.takeStep() }
        let count = allocations { for _ in 0..<200 { run.takeStep() } }
        #expect(
          count == 0,
          "\(count) allocations in 200 steps: \(threads) threads, density \(density), \(schedule.settingText)")
      }
    }
  }
}
