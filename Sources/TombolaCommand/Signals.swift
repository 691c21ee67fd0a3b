import Basics
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ctrl-C and SIGTERM once: finish the step, save, end, within two seconds. Twice: end at once.
enum Signals {
  /// What work may take to save what it has. Whatever is on disk is whole, so nothing is damaged by an end in between.
  nonisolated(unsafe) private static var grace = 1_800_000

  static func install() {
    // A parent may have started us with these signals blocked.
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGINT, SIGTERM, SIGALRM] { sigaddset(&set, number) }
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { received in
        if Interruption.isRequested { _exit(128 + received) }
        Interruption.request()
        Signals.startTimer()
      }
    }
    signal(SIGALRM) { _ in
      let text: StaticString = """
        tombola: Interrupted in the middle of a long step; what was saved before is kept.
          Start the same command again to continue.

        """
      _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
      _exit(Problem.Kind.interrupted.rawValue)
    }
    // Writing then fails, and the failure is told.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// For what has nothing to save: the system ends it at once.
  static func reset() { for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) } }

  /// For a process whose parent ends at the same signal and waits for it.
  static func hurry() { grace = 1_400_000 }

  private static func startTimer() {
    var timer = itimerval()
    (timer.it_value.tv_sec, timer.it_value.tv_usec) = (grace / 1_000_000, numericCast(grace % 1_000_000))
    #if canImport(Glibc)
      setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    #else
      setitimer(ITIMER_REAL, &timer, nil)
    #endif
  }
}
