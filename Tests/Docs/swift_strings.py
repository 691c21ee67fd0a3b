"""String literals and calls of Swift sources, as far as messages need them."""
import re


class Reader:
    """A place in a source from which on it is read."""

    def __init__(self, text, at=0):
        self.text, self.at = text, at

    def skip_space(self):
        while True:
            m = re.compile(r"\s+|//[^\n]*").match(self.text, self.at)
            if not m:
                return
            self.at = m.end()

    def string(self):
        """The literal that begins here: a list of text and ("expression",)."""
        m = re.compile(r'(#*)("""|")').match(self.text, self.at)
        hashes, quote = m[1], m[2]
        self.at = m.end()
        escape, end, parts, plain = "\\" + hashes, quote + hashes, [], ""
        while not self.text.startswith(end, self.at):
            if self.text.startswith(escape, self.at):
                self.at += len(escape)
                if self.text[self.at] == "(":
                    first = self.at + 1
                    self.balanced()
                    parts += [plain, (self.text[first:self.at - 1],)]
                    plain = ""
                elif self.text[self.at] == "u":
                    m = re.compile(r"u\{([0-9a-fA-F]+)\}").match(self.text, self.at)
                    plain, self.at = plain + chr(int(m[1], 16)), m.end()
                else:
                    plain += {"n": "\n", "t": "\t", "\n": "\0"}.get(self.text[self.at], self.text[self.at])
                    self.at += 1
            else:
                plain += self.text[self.at]
                self.at += 1
        self.at += len(end)
        parts.append(plain)
        return lines_joined(parts) if quote == '"""' else parts

    def balanced(self):
        """Past the bracket that closes the one that begins here."""
        depth = 0
        while True:
            c = self.text[self.at]
            if c == '"' or re.compile(r'#+"').match(self.text, self.at):
                self.string()
                continue
            if self.text.startswith("//", self.at):
                self.at = self.text.index("\n", self.at)
                continue
            depth += (c in "([{") - (c in ")]}")
            self.at += 1
            if depth == 0:
                return

    def arguments(self):
        """Of a call whose bracket begins here: [(label or "", expression)]."""
        first, inner = self.at, self.at + 1
        self.balanced()
        return [labelled(part) for part in split(self.text[inner:self.at - 1], ",")]


def lines_joined(parts):
    """A literal of several lines, without the indentation of its end; a line that ends with a backslash goes on."""
    text = "".join(p if isinstance(p, str) else "\1" for p in parts)
    indent = len(re.search(r"\n([ \t]*)$", text)[1]) if re.search(r"\n([ \t]*)$", text) else 0
    expressions = [p for p in parts if not isinstance(p, str)]
    lines = re.split(r"\n|(?<=\0)", text)[1:]
    text = "\n".join(line[indent:] if not line[:indent].strip() else line for line in lines).replace("\0\n", "")
    text = text.replace("\0", "").removesuffix("\n" + "").rstrip("\n")
    out = []
    for i, piece in enumerate(text.split("\1")):
        out += [piece] if i == 0 else [expressions[i - 1], piece]
    return out


def labelled(part):
    m = re.match(r"\s*(\w+):(?!:)\s*(.*)\s*$", part, re.S)
    return (m[1], m[2].strip()) if m else ("", part.strip())


def split(text, mark):
    """By a mark outside of brackets and literals."""
    reader, parts, first = Reader(text), [], 0
    while reader.at < len(text):
        c = text[reader.at]
        if c == '"' or re.compile(r'#+"').match(text, reader.at):
            reader.string()
        elif c in "([{":
            reader.balanced()
        elif text.startswith("//", reader.at):
            reader.at = text.find("\n", reader.at) if "\n" in text[reader.at:] else len(text)
        elif text.startswith(mark, reader.at):
            parts.append(text[first:reader.at])
            reader.at += len(mark)
            first = reader.at
        else:
            reader.at += 1
    tail = text[first:]
    return parts + [tail] if tail.strip() or not parts else parts


def ternary(expression):
    """(condition, yes, no) or None."""
    parts = split(expression, " ? ")
    if len(parts) < 2:
        return None
    rest = " ? ".join(parts[1:])
    sides = split(rest, " : ")
    if len(sides) < 2:
        return None
    # The colon that fits: as many question marks before it as colons.
    depth, yes = 0, []
    for i, side in enumerate(sides):
        depth += len(split(side, " ? ")) - 1
        yes.append(side)
        if depth == i:
            return parts[0].strip(), " : ".join(yes).strip(), " : ".join(sides[i + 1:]).strip()
    return None
