/// The version of the library and the command.
public enum Version {
  public static let text = "0.1.0"
}
