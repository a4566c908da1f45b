"""What the Hub answers to which request."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote

from hub_server.answers import Answer, HubError, json_answer
from hub_server.repositories import File, Repository, is_large

if TYPE_CHECKING:
    from hub_server.server import HubServer


# Method, path (already unquoted but for the revision) and the name of what answers it.
_REPO = r"(?P<repo>(?:datasets/)?[^/]+/[^/]+)"
_ROUTES = [
    ("GET", r"/api/whoami-v2", "whoami"),
    ("POST", r"/api/repos/create", "create"),
    ("POST", r"/api/validate-yaml", "validate_yaml"),
    ("GET", rf"/api/models/{_REPO}", "info"),
    ("GET", rf"/api/models/{_REPO}/revision/(?P<revision>[^/]+)", "info"),
    ("GET", rf"/api/models/{_REPO}/refs", "refs"),
    ("GET", rf"/api/models/{_REPO}/auth-check", "info"),
    ("GET", rf"/api/models/{_REPO}/tree/(?P<revision>[^/]+)(/(?P<path>.*))?", "tree"),
    ("GET", rf"/api/models/{_REPO}/commits/(?P<revision>[^/]+)", "commits"),
    ("POST", rf"/api/models/{_REPO}/paths-info/(?P<revision>[^/]+)", "paths_info"),
    ("POST", rf"/api/models/{_REPO}/branch/(?P<branch>[^/]+)", "make_branch"),
    ("POST", rf"/api/models/{_REPO}/tag/(?P<revision>[^/]+)", "make_tag"),
    ("POST", rf"/api/models/{_REPO}/preupload/(?P<revision>[^/]+)", "preupload"),
    ("POST", rf"/api/models/{_REPO}/commit/(?P<branch>[^/]+)", "commit"),
    ("POST", rf"/{_REPO}\.git/info/lfs/objects/batch", "lfs_batch"),
    ("POST", rf"/{_REPO}/lfs/verify", "lfs_verify"),
    ("GET|HEAD", rf"/{_REPO}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", "resolve"),
]
_CDN_ROUTES = [
    ("PUT", r"/upload/(?P<oid>[0-9a-f]{64})", "lfs_upload"),
    ("GET|HEAD", r"/(?P<oid>[0-9a-f]{64})", "lfs_download"),
]
_WRITES = {"make_branch", "make_tag", "preupload", "commit", "lfs_batch", "lfs_verify"}


class Api:
    """Answers one request to the Hub."""

    def __init__(self, hub: HubServer, headers: dict[str, str]) -> None:
        self._hub = hub
        self._headers = headers

    def answer(
        self, origin: str, method: str, path: str, raw_path: str, query: str, body: bytes
    ) -> Answer:
        """Find what answers the request, and ask it."""
        self._query = parse_qs(query)
        self._body = body
        for methods, pattern, name in _CDN_ROUTES if origin == "cdn" else _ROUTES:
            match = re.fullmatch(pattern, raw_path)
            if match is None or re.fullmatch(methods, method) is None:
                continue
            parts = {key: unquote(value) for key, value in match.groupdict().items() if value}
            repo = parts.pop("repo", None)
            answer: Callable[..., Answer] = getattr(self, f"_{name}")
            if repo is None:
                return answer(**parts)
            repository = self._repository(repo, write=name in _WRITES, files=name == "resolve")
            return answer(repository, **parts)
        raise HubError(404, "", f"no such page: {path}")

    def _user(self) -> tuple[str, str] | None:
        given = self._headers.get("authorization")
        if given is None:
            return None
        user = self._hub.users.get(given.removeprefix("Bearer "))
        if user is None:
            raise HubError(401, "", "Invalid credentials in Authorization header")
        return user

    def _repository(self, name: str, write: bool, files: bool) -> Repository:
        user, role = self._user() or ("", "")
        repository = self._hub.repositories.get(name)
        if repository is None or (repository.private and user != repository.owner):
            raise HubError(404 if user else 401, "RepoNotFound", "Repository not found")
        if write and (role != "write" or user != repository.owner):
            raise HubError(403, "", "You don't have the rights to write to this repository")
        if files and repository.gated and user != repository.owner:
            message = f"Access to model {name} is restricted and you are not in the authorized list"
            raise HubError(403 if user else 401, "GatedRepo", message)
        return repository

    def _commit_of(self, repository: Repository, revision: str) -> str:
        oid = repository.resolve(revision)
        if oid is None:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return oid

    def _whoami(self) -> Answer:
        user = self._user()
        if user is None:
            raise HubError(401, "", "Invalid username or password.")
        name, role = user
        token = {"displayName": "test", "role": role}
        return json_answer(
            {
                "type": "user",
                "name": name,
                "fullname": name,
                "orgs": [],
                "auth": {"type": "access_token", "accessToken": token},
            }
        )

    def _create(self) -> Answer:
        user = self._user()
        if user is None:
            raise HubError(401, "", "Invalid username or password.")
        given = json.loads(self._body)
        owner = given.get("organization") or user[0]
        if owner != user[0] or user[1] != "write":
            raise HubError(403, "", f'You don\'t have the rights to create a model under "{owner}"')
        name = f"{owner}/{given['name']}"
        url = {"url": f"{self._hub.endpoint}/{name}", "name": name}
        if name in self._hub.repositories:
            return json_answer({"error": "You already created this model repo", **url}, 409)
        private = given.get("visibility") == "private" or bool(given.get("private"))
        self._hub.add(name, {".gitattributes": b"*.safetensors filter=lfs\n"}, private=private)
        return json_answer(url)

    def _validate_yaml(self) -> Answer:
        content = json.loads(self._body)["content"]
        match = re.match(r"---\r?\n(.*?)\r?\n---(\r?\n|\Z)", content, re.DOTALL)
        if match is None and content.startswith("---"):
            return json_answer({"errors": [{"message": "the front matter does not end"}]}, 400)
        if match is None:
            warning = "empty or missing yaml metadata in repo card"
            return json_answer({"errors": [], "warnings": [{"message": warning}]})
        if "\t" in match[1]:
            return json_answer({"errors": [{"message": "tabs are not allowed in YAML"}]}, 400)
        return json_answer({"errors": [], "warnings": []})

    def _info(self, repository: Repository, revision: str = "main") -> Answer:
        oid = self._commit_of(repository, revision)
        siblings: list[dict[str, Any]] = []
        for path, file in repository.commits[oid].items():
            sibling: dict[str, Any] = {"rfilename": path}
            if "blobs" in self._query:
                sibling |= {"size": len(file.data), "blobId": file.oid}
                if file.lfs:
                    sibling["lfs"] = self._lfs(file, "sha256")
            siblings.append(sibling)
        return json_answer(
            {
                "id": repository.id,
                "modelId": repository.id,
                "author": repository.owner,
                "sha": oid,
                "private": repository.private,
                "gated": "manual" if repository.gated else False,
                "disabled": False,
                "tags": [],
                "downloads": 0,
                "likes": 0,
                "siblings": siblings,
            }
        )

    def _lfs(self, file: File, key: str) -> dict[str, Any]:
        return {key: file.sha256, "size": len(file.data), "pointerSize": len(file.pointer)}

    def _entry(self, path: str, file: File) -> dict[str, Any]:
        entry = {"type": "file", "path": path, "size": len(file.data), "oid": file.oid}
        return entry | ({"lfs": self._lfs(file, "oid")} if file.lfs else {})

    def _tree(self, repository: Repository, revision: str, path: str = "") -> Answer:
        files = repository.commits[self._commit_of(repository, revision)]
        prefix = f"{path}/" if path else ""
        inside = {name: file for name, file in files.items() if name.startswith(prefix)}
        if path and not inside:
            raise HubError(404, "EntryNotFound", f"{path} does not exist")
        if self._query.get("recursive", ["false"])[0].lower() in ("true", "1"):
            return json_answer([self._entry(name, file) for name, file in inside.items()])
        entries: dict[str, Any] = {}
        for name, file in inside.items():
            head, deeper, _ = name.removeprefix(prefix).partition("/")
            folder = {"type": "directory", "path": prefix + head, "oid": "0" * 40, "size": 0}
            entries.setdefault(head, folder if deeper else self._entry(name, file))
        return json_answer(list(entries.values()))

    def _paths_info(self, repository: Repository, revision: str) -> Answer:
        files = repository.commits[self._commit_of(repository, revision)]
        asked = parse_qs(self._body.decode()).get("paths", [])
        return json_answer([self._entry(path, files[path]) for path in asked if path in files])

    def _refs(self, repository: Repository) -> Answer:
        kinds = {"branches": ("heads", repository.branches), "tags": ("tags", repository.tags)}
        lists = {
            key: [
                {"name": name, "ref": f"refs/{folder}/{name}", "targetCommit": oid}
                for name, oid in refs.items()
            ]
            for key, (folder, refs) in kinds.items()
        }
        return json_answer({**lists, "converts": [], "pullRequests": []})

    def _commits(self, repository: Repository, revision: str) -> Answer:
        last = list(repository.commits).index(self._commit_of(repository, revision))
        return json_answer(
            [
                {
                    "id": oid,
                    "title": repository.messages[oid],
                    "message": "",
                    "authors": [{"user": repository.owner}],
                    "date": "2024-01-01T00:00:00.000Z",
                }
                for oid in reversed(list(repository.commits)[: last + 1])
            ]
        )

    def _make_branch(self, repository: Repository, branch: str) -> Answer:
        if branch in repository.branches:
            return json_answer({"error": "Reference already exists"}, 409)
        start = json.loads(self._body or b"{}").get("startingPoint", "main")
        repository.branches[branch] = self._commit_of(repository, start)
        return json_answer({})

    def _make_tag(self, repository: Repository, revision: str) -> Answer:
        oid = self._commit_of(repository, revision)
        tag = json.loads(self._body)["tag"]
        if tag in repository.tags:
            return json_answer({"error": "Tag reference exists already"}, 409)
        repository.tags[tag] = oid
        return json_answer({})

    def _preupload(self, repository: Repository, revision: str) -> Answer:
        files = repository.commits[self._commit_of(repository, revision)]
        answers = []
        for given in json.loads(self._body)["files"]:
            path, sample = given["path"], base64.b64decode(given["sample"])
            large = is_large(path, given["size"], sample)
            answer = {
                "path": path,
                "uploadMode": "lfs" if large else "regular",
                "shouldIgnore": False,
            }
            if path in files:
                answer["oid"] = files[path].etag
            answers.append(answer)
        return json_answer({"files": answers})

    def _lfs_batch(self, repository: Repository) -> Answer:
        objects = []
        for given in json.loads(self._body)["objects"]:
            if given["oid"] not in self._hub.large:
                given["actions"] = {
                    "upload": {"href": f"{self._hub.cdn}/upload/{given['oid']}?signature=secret"},
                    "verify": {"href": f"{self._hub.endpoint}/{repository.id}/lfs/verify"},
                }
            objects.append(given)
        return json_answer({"transfer": "basic", "objects": objects})

    def _lfs_upload(self, oid: str) -> Answer:
        if hashlib.sha256(self._body).hexdigest() != oid:
            raise HubError(400, "", "the content does not match its SHA-256")
        self._hub.large[oid] = self._body
        return Answer()

    def _lfs_verify(self, repository: Repository) -> Answer:
        given = json.loads(self._body)
        if len(self._hub.large.get(given["oid"], b"")) != given["size"]:
            raise HubError(404, "", "the object was not uploaded")
        return json_answer({})

    def _commit(self, repository: Repository, branch: str) -> Answer:
        if branch not in repository.branches:
            raise HubError(404, "RevisionNotFound", f"Invalid rev id: {branch}")
        if "create_pr" in self._query:
            raise HubError(403, "", "Pull requests are disabled")
        changes: dict[str, bytes | File | None] = {}
        header: dict[str, Any] = {}
        for line in self._body.splitlines():
            item = json.loads(line)
            key, value = item["key"], item["value"]
            if key == "header":
                header = value
            elif key == "file":
                changes[value["path"]] = File(base64.b64decode(value["content"]), lfs=False)
            elif key == "lfsFile":
                if value["oid"] not in self._hub.large:
                    raise HubError(400, "", f"LFS pointer pointed to a missing {value['oid']}")
                changes[value["path"]] = File(self._hub.large[value["oid"]], lfs=True)
            elif key in ("deletedFile", "deletedFolder"):
                changes[value["path"]] = None
        parent = header.get("parentCommit")
        if parent is not None and parent != repository.branches[branch]:
            raise HubError(412, "", "A commit has happened since. Please refresh and try again.")
        oid = repository.commit(changes, header["summary"], branch)
        url = f"{self._hub.endpoint}/{repository.id}/commit/{oid}"
        return json_answer({"success": True, "commitOid": oid, "commitUrl": url})

    def _resolve(self, repository: Repository, revision: str, path: str) -> Answer:
        oid = self._commit_of(repository, revision)
        file = repository.commits[oid].get(path)
        if file is None:
            error = HubError(404, "EntryNotFound", "Entry not found").answer()
            error.headers["X-Repo-Commit"] = oid
            return error
        headers = {"X-Repo-Commit": oid, "ETag": f'"{file.etag}"'}
        if not file.lfs:
            return self._content(file.data, headers)
        self._hub.large[file.sha256] = file.data
        headers |= {
            "X-Linked-Etag": f'"{file.sha256}"',
            "X-Linked-Size": str(len(file.data)),
            "Location": f"{self._hub.cdn}/{file.sha256}?name={quote(path)}&signature=secret",
        }
        return Answer(302, b"", headers)

    def _lfs_download(self, oid: str) -> Answer:
        if oid not in self._hub.large:
            raise HubError(404, "", "no such object")
        return self._content(self._hub.large[oid], {"ETag": f'"{oid}"'})

    def _content(self, data: bytes, headers: dict[str, str]) -> Answer:
        headers = {"Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"} | headers
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self._headers.get("range", ""))
        if match is None:
            return Answer(200, data, headers)
        first, last = int(match[1]), int(match[2] or len(data) - 1)
        if first >= len(data):
            raise HubError(416, "", "Range not satisfiable")
        part = data[first : last + 1]
        headers["Content-Range"] = f"bytes {first}-{first + len(part) - 1}/{len(data)}"
        return Answer(206, part, headers)
