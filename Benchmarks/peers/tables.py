"""Tables of what bench_peers.py measured."""


def duration(seconds):
    if seconds is None:
        return "-"
    unit, scale = ("us", 1e6) if seconds < 1e-3 else ("ms", 1e3) if seconds < 1 else ("s", 1)
    return f"{seconds * scale:.3g} {unit}"


def ratio_text(row):
    if not row["ratio"]:
        return "noisy" if row["noisy"] else "-"
    return f"{row['ratio']:.1f}x" + (f"* (quiet {row['quietRatio']:.1f}x)" if row["noisy"] else "")


def tables(cases):
    steps, layers = [c for c in cases if c["kind"] == "step"], [c for c in cases if c["kind"] == "layer"]
    if steps:
        print("\n| training step | batch | threads | density | PyTorch, best | Tombola | ratio | target |\n|---|---|---|---|---|---|---|---|")
    for c in steps:
        best = c["pytorch"]["best"]
        for row in c["tombola"]:
            target = f"{row['targetRatio']}x" if row["targetRatio"] else f"<= {duration(row['targetSeconds'])}" if row["targetSeconds"] else ""
            ratio = ratio_text(row)
            print(f"| {c['model']} | {c['batch']} | {c['threads']} | {row['density']:.4g} | "
                  f"{duration(c['pytorch']['medianSeconds'][best])} ({best}) | {duration(row['medianSeconds'])} | {ratio} | {target} |")
    if layers:
        print("\n| layer, both ways | batch | density | PyTorch dense | SparseProp | SparseLab | Tombola | ratio to the best | to SparseProp |\n|---|---|---|---|---|---|---|---|---|")
    for c in layers:
        theirs = c["peers"]["medianSeconds"]
        ratio, mine = ratio_text(c["tombola"]), c["tombola"]["medianSeconds"]
        prop = min((t for name, t in theirs.items() if name.startswith("SparseProp")), default=None)
        shown = (theirs.get("PyTorch dense"), prop, theirs.get("SparseLab"), mine)
        print(f"| {c['layer']} | {c['batch']} | {c['density']:.4g} | " + " | ".join(map(duration, shown))
              + f" | {ratio} | {f'{prop / mine:.1f}x' if prop and mine else '-'} |")
