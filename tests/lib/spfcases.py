"""Scenarios of SPF: zone and cases, from the public suite's YAML or from our own tests/unit/mailauth/spf.cases."""

import os
from collections import namedtuple

Scenario = namedtuple("Scenario", "name zone cases")
# explanation: None when any will do, "" when there must be none
Case = namedtuple("Case", "name ip sender helo results explanation")
OWN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "mailauth", "spf.cases")


def suite_rows(records):
    """Records of type SPF (which is no more) are TXT, unless the name has TXT of its own."""
    rows = []
    has_txt = any(isinstance(r, dict) and "TXT" in r for r in records)
    for r in records:
        if not isinstance(r, dict):
            rows.append((r, None))
            continue
        (kind, value), = r.items()
        if kind == "SPF" and not has_txt:
            kind = "TXT"
        if kind in ("SPF", "TXT"):
            if kind == "SPF" or value == "NONE":
                continue
            value = [s.encode("latin-1") for s in (value if isinstance(value, list) else [value])]
        elif kind == "MX":
            value = (value[0], value[1])
        rows.append((kind, value))
    return rows


def suite(path):
    import yaml
    out = []
    with open(path) as f:
        for doc in yaml.load_all(f, Loader=yaml.BaseLoader):
            zone = {}
            for name, records in doc["zonedata"].items():
                rows = suite_rows(records)
                zone[name.lower()] = [(k, (int(v[0]), v[1]) if k == "MX" else v) for k, v in rows]
            cases = []
            for name, t in doc["tests"].items():
                results = t["result"] if isinstance(t["result"], list) else [t["result"]]
                why = t.get("explanation")
                cases.append(Case(name, t["host"], t["mailfrom"], t["helo"], results, "" if why == "DEFAULT" else why))
            out.append(Scenario(doc["description"].strip().splitlines()[0], zone, cases))
    return out


def unescape(s):
    return s.encode("latin-1").decode("unicode_escape").encode("latin-1")


def own():
    """Lines of the file: "= scenario", "name TYPE value", "? ip | sender | helo | results [| explanation]"."""
    out = []
    with open(OWN, encoding="latin-1") as f:
        for number, line in enumerate(f, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if line.startswith("= "):
                out.append(Scenario(line[2:], {}, []))
            elif line.startswith("? "):
                w = [x.strip() for x in line[2:].split("|")]
                who = [unescape(x).decode("utf-8", "surrogateescape") for x in w[:3]]
                out[-1].cases.append(Case("line %d" % number, *who, w[3].split(), w[4] if len(w) > 4 else None))
            else:
                name, kind, value = (line.split(" ", 2) + ["", ""])[:3]
                if kind == "TXT":
                    quoted = len(value) > 1 and value[0] == '"' and value[-1] == '"'
                    value = [unescape(s) for s in (value[1:-1].split('" "') if quoted else [value])]
                elif kind == "MX":
                    value = (int(value.split()[0]), (value.split() + [""])[1])
                out[-1].zone.setdefault(name.replace("\\_", " ").lower(), []).append((kind, value))
    return out
