import Basics
import Testing
import Training

@Suite struct ScheduleTests {
  private func rates(_ schedule: Schedule, at iterations: [Int]) -> [Double] {
    iterations.map { schedule.rate(base: 0.5, at: $0, of: 100, perEpoch: 10) }
  }

  @Test func constantStays() {
    #expect(rates(Schedule(.constant), at: [0, 50, 99, 1000]) == [0.5, 0.5, 0.5, 0.5])
  }

  @Test func stepsFallAtTheirMilestones() {
    let schedule = Schedule(.steps([.epochs(3), Step(epochs: 5, iterations: 2)]))
    #expect(rates(schedule, at: [0, 29]) == [0.5, 0.5])
    #expect(rates(schedule, at: [30, 51]).allSatisfy { abs($0 - 0.05) < 1e-16 })
    #expect(rates(schedule, at: [52, 99]).allSatisfy { abs($0 - 0.005) < 1e-17 })
  }

  /// base (1 + cos(pi t / 100)) / 2.
  @Test func cosineFallsToZero() {
    let expected = [0.5, 0.48776412907378841, 0.42677669529663687, 0.25, 0.012235870926211619]
    for (found, wanted) in zip(rates(Schedule(.cosine), at: [0, 10, 25, 50, 90]), expected) {
      #expect(abs(found - wanted) < 1e-15, "\(found)")
    }
    #expect(rates(Schedule(.cosine), at: [100, 1000]).allSatisfy { abs($0) < 1e-15 })
  }

  /// The cosine of the epoch's first step, all through the epoch.
  @Test func epochCosineMovesBetweenEpochs() {
    let expected = rates(Schedule(.cosine), at: [0, 0, 10, 10, 90])
    #expect(rates(Schedule(.epochCosine), at: [0, 9, 10, 19, 99]) == expected)
  }

  @Test func warmUpRisesToTheBase() {
    for shape in [Schedule.Shape.constant, .cosine, .steps([.epochs(9)])] {
      let schedule = Schedule(shape, warmup: .iterations(4))
      #expect(rates(schedule, at: [0, 1, 2, 3]) == [0.125, 0.25, 0.375, 0.5])
      #expect(rates(schedule, at: [4]) == [0.5])
    }
    #expect(rates(Schedule(.constant, warmup: .epochs(1)), at: [0, 9, 10]) == [0.05, 0.5, 0.5])
  }

  @Test(arguments: ["constant", "cosine", "epoch-cosine", "step:80ep,120ep", "step:500it"])
  func printsWhatItReads(_ text: String) { #expect(Schedule(setting: text)?.settingText == text) }

  @Test(arguments: ["", "step", "step:", "step:80", "step:80ep,", "cos", "step:x"])
  func refuses(_ text: String) { #expect(Schedule(setting: text) == nil) }
}
