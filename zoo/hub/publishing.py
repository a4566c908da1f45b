"""Push a checkpoint to the Hugging Face Hub: everything in one commit, or nothing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoo.common.notebook import line
from zoo.common.optional import tells_what_is_missing
from zoo.errors import HubError, InputError, shown
from zoo.fetching.hub_client import COMMIT
from zoo.fetching.hub_errors import hub_errors
from zoo.formats import CONFIG, PUBLISHED_COPIES, RECORD, WEIGHTS
from zoo.hub.snapshot import SCHEME, repo_id_of
from zoo.hub.staging import Staged, stage
from zoo.hub.upload import patient_client
from zoo.schema import ModelInfo, megabytes

__all__ = ["Pushed", "push"]

_REF = re.compile(
    r"(?!.*(?:\.\.|//|@\{|\.lock(?:/|\Z)))[A-Za-z0-9_][A-Za-z0-9_./+-]{0,249}(?<![./])"
)
# What a push may remove again where it is no longer made; what else lies there is the owner's.
_OURS = (PUBLISHED_COPIES | {RECORD, CONFIG, WEIGHTS, "assets"}) - {
    ".cache",
    ".git",
    ".gitattributes",
    ".gitignore",
    "LICENSE",
}


@dataclass(frozen=True)
class Pushed:
    """What a push did, or would do.

    Attributes:
        info: the checkpoint's record.
        repo_id: the repository.
        files: the size in bytes of every file of it, by name.
        changed: the names of those that differed from what was there, or were removed.
        revision: the commit's id, 40 hexadecimal digits; None after a dry run.
        url: the commit's page; None after a dry run.
    """

    info: ModelInfo
    repo_id: str
    files: dict[str, int]
    changed: tuple[str, ...]
    revision: str | None
    url: str | None

    def __repr__(self) -> str:
        return line(self, self.repo_id, revision=self.revision, changed=len(self.changed))


@tells_what_is_missing
def push(
    source: str | Path,
    repo_id: str,
    *,
    private: bool = False,
    revision: str | None = None,
    tag: str | None = None,
    dry_run: bool = False,
    tensorboard: str | Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> Pushed:
    """Push a checkpoint to the Hugging Face Hub, with its card and the copies for other readers.

    Everything goes up in one commit, on top of what is there: a push that fails or is killed
    leaves the repository as it was. What is unchanged makes no commit. The token is that of the
    Hub's own client, from `hf auth login` or HF_TOKEN.

    A checkpoint that was trained further and not evaluated goes up with a card that says so.

    Args:
        source: an entry's name or a checkpoint directory.
        repo_id: the repository, `user/repo`; it is made if it does not exist.
        private: whether only you and whom you let in may see it.
        revision: the branch to push to, made from `main` if it does not exist; None is `main`.
        tag: a tag to set on the commit, such as `"v1.0"`.
        dry_run: whether to stop before anything is sent; no login is needed then.
        tensorboard: a folder of TensorBoard's event files to push along, as they are; by default
            those that training left beside the checkpoint, but for pictures of validation texts.
        progress: called with a line of text before every step.

    Raises:
        UnknownModelError: there is no such entry or directory.
        InputError: `repo_id`, `revision` or `tag` is not one.
        CheckpointError: the checkpoint is damaged, its figures do not stand, or its card is not
            finished.
        HubError: there is no login, the Hub cannot be reached or refuses, the tag stands on
            another commit, or somebody else pushed meanwhile.

    Example:
        >>> import zoo
        >>> pushed = zoo.push("./my-checkpoint", "user/repo")  # doctest: +SKIP
        >>> zoo.load("hf://user/repo", revision=pushed.revision)  # doctest: +SKIP
    """
    _check_repo_id(repo_id)
    for name, value in (("revision", revision), ("tag", tag)):
        _check_ref(name, value)
    say = progress or (lambda line: None)
    say(f"Verifying {source} and making its copies for other readers")
    staged = stage(source, repo_id, tensorboard)
    sizes = {name: len(data) for name, data in staged.files.items()}
    if dry_run:
        return Pushed(staged.info, repo_id, sizes, tuple(sizes), None, None)
    commit, changed, url = _Push(repo_id, revision or "main", tag, private, say).run(staged)
    return Pushed(staged.info, repo_id, sizes, tuple(changed), commit, url)


def _check_repo_id(repo_id: Any) -> None:
    from huggingface_hub.utils import validate_repo_id

    if not isinstance(repo_id, str):
        raise InputError(f"Expected a repository, such as 'user/repo'. Received: {shown(repo_id)}")
    repo_id_of(SCHEME + repo_id)
    with hub_errors(repo_id):
        validate_repo_id(repo_id)


def _check_ref(name: str, value: Any) -> None:
    if value is None:
        return
    if not isinstance(value, str) or _REF.fullmatch(value) is None or COMMIT.fullmatch(value):
        raise InputError(
            f"Expected {name} as the name of a {'branch' if name == 'revision' else 'tag'}, such "
            f"as {'main' if name == 'revision' else 'v1.0'!r}. Received: {shown(value)}"
        )


class _Push:
    """One push, step by step."""

    def __init__(
        self, repo_id: str, branch: str, tag: str | None, private: bool, say: Callable[[str], None]
    ) -> None:
        from huggingface_hub import HfApi

        from zoo import __version__

        self._api = HfApi(library_name="rnn-zoo", library_version=__version__)
        self._repo_id, self._branch, self._tag = repo_id, branch, tag
        self._private, self._say = private, say

    def run(self, staged: Staged) -> tuple[str, list[str], str]:
        """Return the commit's id, what changed, and the commit's page."""
        from huggingface_hub import constants, get_token

        repo_id = self._repo_id
        with hub_errors(repo_id, self._branch), patient_client(repo_id):
            if constants.HF_HUB_OFFLINE:
                raise HubError(
                    "Expected a network to push over. Received: HF_HUB_OFFLINE is set. Unset it"
                )
            if get_token() is None:
                raise HubError(
                    f"Expected a login with the right to write to {repo_id}. Received: no access "
                    f"token. Make one at {self._api.endpoint}/settings/tokens and log in with: "
                    "hf auth login"
                )
            self._make_repository()
            head, tags = self._find_head()
            changes = self._compare(staged, head)
            self._check_tag(tags, head, bool(changes))
            commit = self._commit(changes, staged, head) if changes else head
            if self._tag is not None and self._tag not in tags:
                self._say(f"Setting the tag {self._tag}")
                self._api.create_tag(repo_id, tag=self._tag, revision=commit)
            return commit, list(changes), f"{self._api.endpoint}/{repo_id}/commit/{commit}"

    def _make_repository(self) -> None:
        api, repo_id = self._api, self._repo_id
        self._say(f"Looking at {api.endpoint}/{repo_id}")
        if not api.repo_exists(repo_id):
            api.create_repo(repo_id, private=self._private, exist_ok=True)
        elif self._private and not api.repo_info(repo_id).private:
            raise HubError(
                f"Expected a private repository. Received: {repo_id}, which exists and is public. "
                f"Choose another, or make it private at {api.endpoint}/{repo_id}/settings"
            )

    def _find_head(self) -> tuple[str, dict[str, str]]:
        """Return the commit that the branch is at, made if it is not there, and the tags."""
        refs = self._api.list_repo_refs(self._repo_id)
        branches = {ref.name: ref.target_commit for ref in refs.branches}
        if self._branch not in branches:
            self._say(f"Making the branch {self._branch}")
            self._api.create_branch(self._repo_id, branch=self._branch, exist_ok=True)
            branches[self._branch] = branches["main"]
        return branches[self._branch], {ref.name: ref.target_commit for ref in refs.tags}

    def _compare(self, staged: Staged, head: str) -> dict[str, bytes | None]:
        """Return the new content of what differs from a commit; None for what goes."""
        from huggingface_hub.hf_api import RepoFile

        there = {
            item.path: item.blob_id if item.lfs is None else item.lfs.sha256
            for item in self._api.list_repo_tree(self._repo_id, recursive=True, revision=head)
            if isinstance(item, RepoFile)
        }
        changes: dict[str, bytes | None] = {
            name: data
            for name, data in staged.files.items()
            if there.get(name) not in _object_ids(data)
        }
        gone = (name for name in there if name.partition("/")[0] in _OURS)
        return changes | dict.fromkeys(sorted(set(gone) - set(staged.files)))

    def _check_tag(self, tags: dict[str, str], head: str, changing: bool) -> None:
        if self._tag in tags and (changing or tags[self._tag] != head):
            raise HubError(
                f"The tag {self._tag} of {self._repo_id} stands on another commit already, "
                f"{tags[self._tag]}. Expected: a new tag. Received: {shown(self._tag)}. Choose "
                "another; nothing was pushed"
            )

    def _commit(self, changes: dict[str, bytes | None], staged: Staged, head: str) -> str:
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        size = sum(len(data) for data in changes.values() if data is not None)
        self._say(f"Uploading {len(changes)} files, {megabytes(size)} MB")
        result = self._api.create_commit(
            self._repo_id,
            [
                CommitOperationDelete(name) if data is None else CommitOperationAdd(name, data)
                for name, data in changes.items()
            ],
            commit_message=f"{staged.info.name}, pushed by rnn-zoo",
            revision=self._branch,
            parent_commit=head,
        )
        return str(result.oid)


def _object_ids(data: bytes) -> tuple[str, str]:
    """Return what git calls a file of this content, and what its large file storage does."""
    blob = b"blob %d\0" % len(data) + data
    return hashlib.sha1(blob, usedforsecurity=False).hexdigest(), hashlib.sha256(data).hexdigest()
