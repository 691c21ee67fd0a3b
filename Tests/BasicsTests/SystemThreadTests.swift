import Basics
import Foundation
import Testing

@Suite struct SystemThreadTests {
  /// More than any address space: the system refuses such a thread.
  private static let tooLarge = 1 << 55

  /// It is `@unchecked Sendable` because its sum is behind its lock.
  private final class Sum: @unchecked Sendable {
    private let lock = NSLock()
    private var sum = 0
    var value: Int { lock.withLock { sum } }
    func add(_ number: Int) { lock.withLock { sum += number } }
  }

  @Test func aThreadThatTheSystemRefusesIsAnError() {
    let problem = #expect(throws: Problem.self) { try SystemThread.start(stackSize: Self.tooLarge) {} }
    #expect(problem?.kind == .failed)
    #expect(problem?.problem.contains("no further thread") == true)
  }

  @Test func allThreadsRunOrNone() throws {
    let sum = Sum()
    #expect(throws: Problem.self) { try SystemThread.together(3, stackSize: Self.tooLarge) { _ in sum.add(1) } }
    #expect(sum.value == 0)
    try SystemThread.together(3, stackSize: 1 << 20) { sum.add(1 << (8 * $0)) } meanwhile: { sum.add(1 << 24) }
    #expect(sum.value == 0x01_01_01_01)
  }
}
