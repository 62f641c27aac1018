"""The bill of materials says what SPDX 2.3 asks for, names each source with the hash that is fetched, and the very files of the release."""
import glob
import hashlib
import json
import sys

dist, top = sys.argv[1:]
(path,) = glob.glob(f"{dist}/*.spdx.json")
with open(path) as f:
    bill = json.load(f)
for field, value in {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT"}.items():
    assert bill[field] == value, field
assert bill["name"] and ":" in bill["documentNamespace"] and bill["creationInfo"]["creators"] and bill["creationInfo"]["created"] == "2023-11-14T22:13:20Z"

packages = {p["name"]: p for p in bill["packages"]}
for p in packages.values():
    assert p["SPDXID"] and p["versionInfo"] and p["downloadLocation"] and p["licenseDeclared"] not in ("", "NOASSERTION"), p
sources = {line.split()[0]: line.split() for line in open(f"{top}/sysroot-build/sources.txt") if not line.startswith("#")}
for name, source, licence in (("musl", "musl", "MIT"), ("llvm-runtimes", "llvm", "Apache-2.0 WITH LLVM-exception")):
    p = packages[name]
    assert p["checksums"] == [{"algorithm": "SHA256", "checksumValue": sources[source][2]}] and p["licenseDeclared"] == licence, p
assert packages["coro-musl"]["licenseDeclared"] == "MIT" and packages["coro-musl"]["versionInfo"] == open(f"{top}/VERSION").read().strip()
assert len(packages["musl-debian"]["checksums"][0]["checksumValue"]) == 64
assert any(name.startswith("linux-headers") for name in packages) and any(name.startswith("compiler-rt") for name in packages)

listed = {f["fileName"][2:]: f for f in bill["files"]}
there = {f[len(dist) + 1:] for f in glob.glob(f"{dist}/*")} - {path[len(dist) + 1:], "SHA256SUMS"}
assert set(listed) == there, (set(listed), there)
for name, entry in listed.items():
    for sum_ in entry["checksums"]:
        with open(f"{dist}/{name}", "rb") as f:
            assert hashlib.file_digest(f, sum_["algorithm"].lower()).hexdigest() == sum_["checksumValue"], name
ids = {e["SPDXID"] for e in bill["packages"] + bill["files"]} | {bill["SPDXID"]}
assert len(ids) == len(bill["packages"]) + len(bill["files"]) + 1
for r in bill["relationships"]:
    assert {r["spdxElementId"], r["relatedSpdxElement"]} <= ids, r
assert ["SPDXRef-DOCUMENT", "DESCRIBES"] in [[r["spdxElementId"], r["relationshipType"]] for r in bill["relationships"]]
