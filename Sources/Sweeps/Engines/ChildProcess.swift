import Basics
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A process that this one started, whose output goes to a file.
///
/// It stays in the process group, so that what ends the group (a terminal's Ctrl-C, a batch system) ends it too.
struct ChildProcess: Sendable {
  let id: pid_t

  /// - Throws: `Problem.cannotWrite` if the log cannot be written, `Problem.missingInput` if the program cannot be run.
  init(_ program: String, _ arguments: [String], log: URL) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let descriptor = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Problem.system(errno, "Cannot write \(log.path)")
    }
    defer { close(descriptor) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, descriptor, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, descriptor, STDERR_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var variables: [UnsafeMutablePointer<CChar>?] =
      ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var id = pid_t()
    let status = posix_spawn(&id, program, &actions, nil, &words, &variables)
    guard status == 0 else {
      throw Problem.missingInput(
        "\(program) cannot be started: \(String(cString: strerror(status))).", remedy: "Check that it is there.")
    }
    self.id = id
  }

  /// The exit code once the process has ended, or 128 and the number of the signal that ended it; `nil` before.
  func exitCode() -> Int32? {
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }

  func send(_ signal: Int32) { kill(id, signal) }
}
