/// A whole number with its digits in groups of three: `47 040 016`.
func grouped(_ number: Int) -> String {
  var text = "", digits = 0
  for digit in String(number.magnitude).reversed() {
    if digits > 0 && digits.isMultiple(of: 3) { text.append(" ") }
    text.append(digit)
    digits += 1
  }
  return (number < 0 ? "-" : "") + String(text.reversed())
}
