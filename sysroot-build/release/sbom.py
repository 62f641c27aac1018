#!/usr/bin/env python3
"""The bill of materials of a release, SPDX 2.3 in JSON, on stdout: what it is made from, with version, hash and licence, and the files that it consists of.

    sbom.py HOME DIST DEBIAN_FIXES ARCH...      HOME: the tree that was packed; DIST: the files so far; DEBIAN_FIXES: Debian's patches to musl
"""
import datetime
import glob
import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.parse
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MIT, LLVM, LINUX = "MIT", "Apache-2.0 WITH LLVM-exception", "GPL-2.0-only WITH Linux-syscall-note"


def table(name):
    with open(f"{TOP}/{name}") as f:
        return {line.split()[0]: line.split() for line in f if line.strip() and not line.startswith("#")}


def digest(path, kind):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, kind).hexdigest()


def package(name, version, licence, **more):
    return {"SPDXID": f"SPDXRef-{name}", "name": name, "versionInfo": version, "licenseDeclared": licence, "licenseConcluded": licence, "copyrightText": "NOASSERTION",
            "downloadLocation": "NOASSERTION", "supplier": "NOASSERTION", "filesAnalyzed": False, **more}


def purl(name, version, arch):
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:deb/debian/{name}@{urllib.parse.quote(version)}?arch={arch}"}]


def source(name, spdx_name, licence, info):
    """A tarball of sources.txt."""
    _, file, sha256, debian, _ = table("sysroot-build/sources.txt")[name]
    version = re.search(r"_(.*)\.orig\.", file)[1]
    return package(spdx_name, version, licence, packageFileName=file, checksums=[{"algorithm": "SHA256", "checksumValue": sha256}], sourceInfo=info,
                   externalRefs=purl(debian, version, "source"))


def fixes(path):
    version = re.search(r"_(.*)\.debian\.tar", os.path.basename(path))[1]
    return package("musl-debian", version, MIT, packageFileName=os.path.basename(path), checksums=[{"algorithm": "SHA256", "checksumValue": digest(path, "sha256")}],
                   sourceInfo="Debian's fixes to musl; then those of musl-patches/backports", externalRefs=purl("musl", version, "source"))


def debian_version(debian):
    """Of a package that is installed, or that kernel-headers.sh has unpacked in the cache."""
    installed = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", debian], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    if installed:
        return installed
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    with gzip.open(f"{cache}/coro-musl/kernel-headers/{debian}/usr/share/doc/{debian}/changelog.Debian.gz", "rt") as f:
        return re.search(r"\((.*?)\)", f.readline())[1]


def taken(spdx_name, debian, licence, info, files):
    """Files taken from a binary package of the machine that built: identified by SPDX's verification code over them."""
    version = debian_version(debian)
    code = hashlib.sha1("".join(sorted(digest(f, "sha1") for f in files)).encode()).hexdigest()
    return package(spdx_name, version, licence, sourceInfo=f"{info}; the hash in comment is SPDX's verification code (SHA1) over the {len(files)} files taken",
                   comment=code, externalRefs=purl(debian, version, "any"))


def below(*folders):
    return [os.path.join(at, f) for folder in folders for at, _, files in os.walk(folder) for f in files]


def packages(home, debian_fixes, arches):
    yield package("coro-musl", open(f"{TOP}/VERSION").read().strip(), MIT, copyrightText="Copyright (c) 2026 the coro-musl developers", primaryPackagePurpose="LIBRARY")
    yield source("musl", "musl", MIT, "libc, with the patches of musl-patches/")
    yield fixes(debian_fixes)
    yield source("llvm", "llvm-runtimes", LLVM, "libc++, libc++abi, libunwind; compiler-rt for architectures that Debian's clang has none for")
    for arch in arches:
        sysroot = f"{home}/sysroot/{arch}"
        headers = [f"{sysroot}/usr/include/{d}" for d in ("linux", "asm", "asm-generic", "mtd")]
        yield taken(f"linux-headers-{arch.replace('_', '-')}", table("cmake/architectures.txt")[arch][3], LINUX, "kernel headers", below(*headers))
        if not os.path.exists(f"/usr/lib/llvm-19/lib/clang/19/lib/linux/libclang_rt.builtins-{arch}.a"):
            continue
        start = sorted(glob.glob(f"{sysroot}/usr/lib/gcc/*/12/libgcc.a"))[:1] + sorted(glob.glob(f"{sysroot}/usr/lib/gcc/*/12/crt*S.o"))[:2]
        yield taken(f"compiler-rt-{arch.replace('_', '-')}", "libclang-rt-19-dev", LLVM, "compiler-rt: builtins (libgcc.a), crtbegin.o, crtend.o", start)


def artefact(path):
    name = os.path.basename(path)
    return {"SPDXID": "SPDXRef-file-" + name.replace("_", "-"), "fileName": f"./{name}", "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION",
            "checksums": [{"algorithm": kind.upper(), "checksumValue": digest(path, kind)} for kind in ("sha1", "sha256")]}


def relation(a, kind, b):
    return {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b}


def main():
    home, dist, debian_fixes, *arches = sys.argv[1:]
    parts = list(packages(home, debian_fixes, arches))
    files = [artefact(os.path.join(dist, f)) for f in sorted(os.listdir(dist))]
    name = f"coro-musl-{parts[0]['versionInfo']}"
    created = datetime.datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), datetime.timezone.utc)
    own = parts[0]["SPDXID"]
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", own), relation("SPDXRef-musl-debian", "PATCH_FOR", "SPDXRef-musl")]
    compiler = package("clang-19", debian_version("clang-19"), LLVM, externalRefs=purl("clang-19", debian_version("clang-19"), "any"))
    content = hashlib.sha256(json.dumps([parts, compiler["versionInfo"], files], sort_keys=True).encode()).hexdigest()
    relations += [relation(own, "GENERATED_FROM", p["SPDXID"]) for p in parts[1:]] + [relation(compiler["SPDXID"], "BUILD_TOOL_OF", own)]
    relations += [relation(own, "CONTAINS", f["SPDXID"]) for f in files]
    json.dump({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
        "documentNamespace": f"urn:uuid:{uuid.UUID(content[:32])}",
        "creationInfo": {"created": created.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": [f"Tool: ci-release-{parts[0]['versionInfo']}"]},
        "packages": [*parts, compiler], "files": files, "relationships": relations}, sys.stdout, indent=1)
    print()


main()
