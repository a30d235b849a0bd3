#!/usr/bin/env python3
"""Writes data/regions/cldr.tsv and data/regions/aliases.tsv from the Unicode CLDR.

The names of subdivisions in Japanese are in CLDR's XML only, not in its JSON packages; the npm package `cldr` carries
that XML. To run it, in a folder outside the repository:

    npm pack cldr@8.0.0 && tar xzf cldr-8.0.0.tgz
    python3 PATH/TO/crates/domain/scripts/regions.py package/3rdparty/cldr

Version 8.0.0 of the package holds CLDR 48 (Unicode License V3, kept beside the data). Needs Python 3.9 and nothing else.
regions_names.tsv beside this script holds what CLDR lacks.
"""

import re
import sys
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).resolve().parent
DATA = HERE.parent / "data" / "regions"
WORLD = "001"
# CLDR's own "Outlying Oceania" is no M.49 region: its members go one level up.
NO_REGION = {"QO": "009"}
# Where CLDR's long name is the political one and everybody says the short one.
SHORT_NAMES = {"HK", "MO", "PS"}

# Subdivisions that are on the list of countries too: the country is the term, the subdivision an alias.
COUNTRY_TOO = {
    "CN-HK": "HK", "CN-MO": "MO", "CN-TW": "TW",
    "FR-971": "GP", "FR-972": "MQ", "FR-973": "GF", "FR-974": "RE", "FR-976": "YT",
    "NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ", "NO-21": "SJ", "NO-22": "SJ",
}


def main(cldr):
    common = Path(cldr) / "common"
    supplemental = read(common / "supplemental/supplementalData.xml")
    metadata = read(common / "supplemental/supplementalMetadata.xml")
    subdivisions = read(common / "supplemental/subdivisions.xml")
    version = re.search(r'cldrVersion CDATA #FIXED "(\d+)"', (common / "dtd/ldml.dtd").read_text("utf8")).group(1)

    parents = world(supplemental)
    retired = {a.get("type"): a.get("replacement") for a in metadata.iter("subdivisionAlias")}
    parents.update(subdivisions_of(subdivisions, parents, retired))
    names = {language: names_in(common, language) for language in ("en", "ja")}
    correct(names)
    rows = [(code, parent, *labels(code, names)) for code, parent in parents.items()]

    write("cldr.tsv", version, "code, parent, English, Japanese", rows)
    write("aliases.tsv", version, "other code, code", aliases(supplemental, metadata, retired, parents))


def read(path):
    return ElementTree.parse(path).getroot()


def world(supplemental):
    """M.49 regions and ISO 3166-1 countries, each with the one it lies in, from the top down."""
    contains = {}
    for group in supplemental.find("territoryContainment"):
        if group.get("status") is None and group.get("grouping") is None:
            contains[group.get("type")] = group.get("contains").split()
    official = {c.get("type") for c in supplemental.find("codeMappings").iter("territoryCodes") if c.get("numeric")}
    parents, queue = {WORLD: ""}, [WORLD]
    for region in queue:
        for part in sorted(contains.get(region, [])):
            if part in contains and part not in NO_REGION:
                parents[part] = region
            elif part in official and part not in NO_REGION:
                parents[part] = NO_REGION.get(region, region)
            if part in contains:
                queue.append(part)
    return dict(sorted(parents.items(), key=lambda item: (len(item[0]) == 2, depth(item[0], parents), item[0])))


def depth(code, parents):
    return 0 if not parents[code] else 1 + depth(parents[code], parents)


def subdivisions_of(root, countries, retired):
    """ISO 3166-2, but what is on the list of countries as well (Taiwan, Puerto Rico …)."""
    parents = {}
    for group in root.iter("subgroup"):
        above = group.get("type")
        for part in group.get("contains").split():
            if part not in retired and iso(part) not in COUNTRY_TOO:
                parents[iso(part)] = iso(above)
    return {code: parents[code] for code in sorted(parents) if code[:2] in countries}


def iso(code):
    """CLDR writes `jp27`, ISO 3166-2 writes `JP-27`."""
    code = code.upper()
    return code if len(code) == 2 else f"{code[:2]}-{code[2:]}"


def names_in(common, language):
    names = {}
    for territory in read(common / f"main/{language}.xml").iter("territory"):
        code, form = territory.get("type"), territory.get("alt")
        if form is None or (form == "short" and code in SHORT_NAMES):
            names[code] = territory.text
    for subdivision in read(common / f"subdivisions/{language}.xml").iter("subdivision"):
        if subdivision.get("alt") is None:
            names[iso(subdivision.get("type"))] = clean(subdivision.text)
    return names


def clean(name):
    """Without footnote marks and the words in brackets that tell namesakes apart."""
    return re.sub(r" ?[(（][^)）]*[)）]$", "", name).rstrip("²³")


def correct(names):
    """Lays regions_names.tsv over the names, and writes Osaka, not Ōsaka, as Japan does in English."""
    for code in [code for code in names["en"] if code.startswith("JP-")]:
        names["en"][code] = unicodedata.normalize("NFD", names["en"][code]).replace("\u0304", "")
    for line in (HERE / "regions_names.tsv").read_text("utf8").splitlines():
        if not line.startswith("#"):
            code, english, japanese = line.split("\t")
            names["en"][code] = english or names["en"][code]
            names["ja"][code] = japanese or names["ja"][code]


def labels(code, names):
    """English and Japanese; English stands in where CLDR has no Japanese, the code where it has neither."""
    english = names["en"].get(code, code)
    return english, names["ja"].get(code, english)


def aliases(supplemental, metadata, retired, parents):
    """Alpha-3 codes, and withdrawn or unofficial codes that stand for exactly one region of today."""
    found = {}
    for mapping in supplemental.find("codeMappings").iter("territoryCodes"):
        if mapping.get("alpha3"):
            found[mapping.get("alpha3")] = mapping.get("type")
    for alias in metadata.iter("territoryAlias"):
        if alias.get("type").isalpha():
            found.setdefault(alias.get("type"), alias.get("replacement"))
    found.update({iso(old): iso(new) for old, new in retired.items() if " " not in new})
    found.update(COUNTRY_TOO)
    return sorted((old, new) for old, new in found.items() if new in parents and old not in parents)


def write(name, version, columns, rows):
    head = f"# From Unicode CLDR {version} by scripts/regions.py; not edited by hand. Columns: {columns}.\n"
    lines = ["\t".join(row) + "\n" for row in rows]
    (DATA / name).write_text(head + "".join(lines), "utf8")


if __name__ == "__main__":
    main(sys.argv[1])
