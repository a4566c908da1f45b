"""The Hub of the tests itself: the unmodified client uploads to it and downloads from it."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from hub_server.repositories import Repository

LARGE = bytes(range(256)) * 64
FILES = {"config.json": b"{}\n", "assets/words.txt": b"a b c", "model.safetensors": LARGE}


def upload(folder: Path, files=FILES, token="hf_writer", **options) -> str:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    api = HfApi(token=token)
    api.create_repo("user/model", exist_ok=True)
    return api.upload_folder(repo_id="user/model", folder_path=folder, **options).oid


def test_what_is_uploaded_is_downloaded(hub, tmp_path):
    commit = upload(tmp_path / "up", files := FILES | {"README.md": b"---\nlicense: mit\n---\nHi"})
    info = huggingface_hub.model_info("user/model", files_metadata=True)
    assert info.sha == commit and len(commit) == 40
    assert {s.rfilename: s.size for s in info.siblings if s.rfilename != ".gitattributes"} == {
        name: len(data) for name, data in files.items()
    }
    path = Path(huggingface_hub.snapshot_download("user/model"))
    assert path.name == commit
    assert {name: (path / name).read_bytes() for name in files} == files


def test_ids_are_those_of_git(hub, tmp_path):
    if subprocess.run(["git", "--version"], capture_output=True).returncode:
        pytest.skip("git is not installed")

    date = {"GIT_AUTHOR_DATE": "1700000000 +0000", "GIT_COMMITTER_DATE": "1700000000 +0000"}

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), *arguments]
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, env=os.environ | date
        )
        return done.stdout.strip()

    repository = Repository("user/model")
    first = repository.commit({"a/b/c.txt": b"1", "a.txt": b"2", "a-b": b"3"})
    git("init", "--quiet")
    for name, data in {"a/b/c.txt": b"1", "a.txt": b"2", "a-b": b"3"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    git("add", ".")
    who = ["-c", "user.name=user", "-c", "user.email=user@example.org"]
    git(*who, "commit", "--quiet", "--no-gpg-sign", "-m", "Upload")
    assert git("rev-parse", "HEAD") == first


def test_branches_tags_and_commits(hub, tmp_path):
    api = HfApi(token="hf_writer")
    first = upload(tmp_path / "a")
    api.create_tag("user/model", tag="v1")
    api.create_branch("user/model", branch="next", revision="v1")
    second = api.create_commit(
        "user/model",
        [CommitOperationAdd("config.json", b"[]"), CommitOperationDelete("assets/", True)],
        commit_message="Second",
        revision="next",
        parent_commit=first,
    ).oid
    refs = api.list_repo_refs("user/model")
    assert {ref.name: ref.target_commit for ref in refs.branches} == {"main": first, "next": second}
    assert {ref.name: ref.target_commit for ref in refs.tags} == {"v1": first}
    assert sorted(api.list_repo_files("user/model", revision="next")) == [
        ".gitattributes",
        "config.json",
        "model.safetensors",
    ]
    assert api.list_repo_commits("user/model", revision="next")[0].commit_id == second
    (info,) = api.get_paths_info("user/model", ["model.safetensors"])
    assert info.lfs.sha256 == hashlib.sha256(LARGE).hexdigest()
    with pytest.raises(HfHubHTTPError, match="412"):
        api.create_commit(
            "user/model",
            [CommitOperationAdd("config.json", b"1")],
            commit_message="Late",
            revision="next",
            parent_commit=first,
        )


def test_who_may_do_what(hub, tmp_path):
    upload(tmp_path / "a")
    with pytest.raises(HfHubHTTPError, match="403"):
        upload(tmp_path / "a", token="hf_reader")
    with pytest.raises(HfHubHTTPError, match="403"):
        HfApi(token="hf_stranger").create_tag("user/model", tag="mine")
    with pytest.raises(HfHubHTTPError, match="401"):
        HfApi(token="hf_wrong").model_info("user/model")
    assert HfApi(token="hf_reader").whoami()["name"] == "user"
    hub.repositories["user/model"].private = True
    for token in (False, "hf_stranger"):
        with pytest.raises(RepositoryNotFoundError):
            hf_hub_download("user/model", "config.json", token=token)
    assert hf_hub_download("user/model", "config.json", token="hf_reader")
    hub.add("user/gated", FILES, gated=True)
    with pytest.raises(GatedRepoError):
        hf_hub_download("user/gated", "config.json")


def test_what_is_missing(hub, tmp_path):
    hub.add("user/model", FILES)
    with pytest.raises(RevisionNotFoundError):
        hf_hub_download("user/model", "config.json", revision="nowhere")
    with pytest.raises(RemoteEntryNotFoundError):
        hf_hub_download("user/model", "nothing.json")
    with pytest.raises(RepositoryNotFoundError):
        hf_hub_download("user/nothing", "config.json")


def test_no_token_reaches_the_second_origin(hub, tmp_path):
    upload(tmp_path / "a")
    hub.repositories["user/model"].private = True
    hf_hub_download("user/model", "model.safetensors", token="hf_reader")
    methods = {request.method for request in hub.requests if request.origin == "cdn"}
    assert methods == {"PUT", "GET"}
    assert not any(request.authorized for request in hub.requests if request.origin == "cdn")
    assert all(request.authorized for request in hub.requests if "resolve" in request.path)


def test_a_broken_transfer_goes_on_where_it_broke_off(hub):
    data = bytes(12 << 20)  # the client writes in pieces of 10 MiB
    hub.add("user/model", {"model.safetensors": data})
    hub.fault(origin="cdn", method="GET", truncate=11 << 20, times=1)
    path = hf_hub_download("user/model", "model.safetensors")
    assert Path(path).read_bytes() == data
    assert [r.status for r in hub.requests if r.origin == "cdn"] == [200, 206]
