import Basics
import Foundation
import Tickets

/// Shows a search's progress: a live line in a terminal, a plain line every ten seconds otherwise.
final class ProgressLine: @unchecked Sendable {
  private let progress: WorkProgress
  private let stopped = NSCondition()
  private var isStopped = false

  init(_ progress: WorkProgress) {
    self.progress = progress
    progress.announcement.forEach(Terminal.note)
    // Without a thread to show it, the work goes on all the same.
    try? SystemThread.start { [weak self] in self?.loop() }
  }

  func stop() {
    stopped.withLock { isStopped = true }
    stopped.broadcast()
    if Terminal.isInteractive { Terminal.endLive() }
  }

  private func loop() {
    let pause = Terminal.isInteractive ? 0.2 : 10
    while true {
      let ended = stopped.withLock {
        if !isStopped { _ = stopped.wait(until: Date().addingTimeInterval(pause)) }
        return isStopped
      }
      if ended { return }
      Terminal.isInteractive ? Terminal.live(text) : Terminal.note(text)
    }
  }

  private var text: String {
    let now = progress.snapshot
    let left = now.left.map { ", about \(Terminal.duration($0)) left" } ?? ""
    return String(format: "%3.0f %%  ", 100 * now.fraction) + "\(now.stage)  \(Terminal.duration(now.elapsed))\(left)"
  }
}
