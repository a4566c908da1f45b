"""What the Hub stores: repositories of files with the object ids that git would give them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

LFS_SUFFIXES = (".bin", ".h5", ".keras", ".npz", ".onnx", ".parquet", ".png", ".safetensors")
LFS_SIZE = 10 << 20


def object_id(kind: str, data: bytes) -> str:
    """Return the id of a git object."""
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data).hexdigest()


@dataclass(frozen=True)
class File:
    """A file of a commit; of a large one git itself stores a pointer only."""

    data: bytes
    lfs: bool

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def pointer(self) -> bytes:
        return (
            f"version https://git-lfs.github.com/spec/v1\noid sha256:{self.sha256}\n"
            f"size {len(self.data)}\n"
        ).encode()

    @property
    def oid(self) -> str:
        return object_id("blob", self.pointer if self.lfs else self.data)

    @property
    def etag(self) -> str:
        return self.sha256 if self.lfs else self.oid


def is_large(path: str, size: int, sample: bytes = b"") -> bool:
    """Return whether a file of that name goes to the large file storage."""
    return size > 0 and (path.endswith(LFS_SUFFIXES) or size > LFS_SIZE or b"\0" in sample)


def tree_id(files: Mapping[str, File]) -> str:
    """Return the id of the git tree of `files`."""
    entries: dict[str, tuple[str, str]] = {}
    folders: dict[str, dict[str, File]] = {}
    for path, file in files.items():
        head, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(head, {})[rest] = file
        else:
            entries[head] = ("100644", file.oid)
    for name, inner in folders.items():
        entries[name] = ("40000", tree_id(inner))
    order = sorted(entries, key=lambda name: name + "/" * (entries[name][0] == "40000"))
    data = b"".join(
        f"{entries[name][0]} {name}\0".encode() + bytes.fromhex(entries[name][1]) for name in order
    )
    return object_id("tree", data)


@dataclass
class Repository:
    """A model repository: commits by their id, and the branches and tags that point to them.

    Attributes:
        id: `user/name`.
        private: whether only its owner sees it.
        gated: whether only its owner may download files.
        commits: the files of every commit by the commit's id.
        messages: the summary of every commit by the commit's id.
    """

    id: str
    private: bool = False
    gated: bool = False
    commits: dict[str, dict[str, File]] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        return self.id.partition("/")[0]

    def resolve(self, revision: str) -> str | None:
        """Return the id of the commit that a branch, a tag or an id names, or None."""
        short = revision.removeprefix("refs/heads/").removeprefix("refs/tags/")
        if short in self.branches:
            return self.branches[short]
        if short in self.tags:
            return self.tags[short]
        if re.fullmatch("[0-9a-f]{7,40}", revision):
            return next((oid for oid in self.commits if oid.startswith(revision)), None)
        return None

    def commit(
        self,
        changes: Mapping[str, bytes | File | None],
        message: str = "Upload",
        branch: str = "main",
    ) -> str:
        """Add a commit to a branch and return its id.

        Args:
            changes: new content by name; None removes the file, or the folder of a name that
                ends in `/`.
            message: first line of the commit's message.
            branch: the branch to move.
        """
        parent = self.branches.get(branch)
        files = dict(self.commits.get(parent or "", {}))
        for path, value in changes.items():
            if value is None:
                for name in [n for n in files if n == path or n.startswith(path.rstrip("/") + "/")]:
                    del files[name]
            else:
                files[path] = (
                    File(value, is_large(path, len(value))) if isinstance(value, bytes) else value
                )
        who = f"{self.owner} <{self.owner}@example.org> {1_700_000_000 + len(self.commits)} +0000"
        lines = [f"tree {tree_id(files)}", *([f"parent {parent}"] if parent else [])]
        body = "\n".join([*lines, f"author {who}", f"committer {who}", "", message, ""])
        oid = object_id("commit", body.encode())
        self.commits[oid], self.messages[oid], self.branches[branch] = files, message, oid
        return oid
