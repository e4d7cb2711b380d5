# SPDX-License-Identifier: GPL-3.0-or-later
"""What Caravan sends to Mattermost, compiled as constants of the types of @mattermost/client."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

from conftest import HERE

ANNA = "anna@example.org"
TYPES = HERE.parents[1] / "mattermost" / "types"
KINDS = [("POST", r"/posts", "NewPost"), ("PUT", r"/posts/\w+/patch", "Patch"), ("POST", r"/channels/direct", "DirectChannel"),
         ("PUT", r"/users/\w+/status/custom", "CustomStatus")]


@pytest.fixture(scope="session")
def compiler(tmp_path_factory):
    """compiler(TypeScript): what tsc has to say about it; empty where it is content."""
    if not shutil.which("npm"):
        pytest.skip("npm is not installed: the payloads are not compared with @mattermost/client")
    folder = pathlib.Path(os.environ.get("CARAVAN_NODE_DIR") or tmp_path_factory.mktemp("types"))
    folder.mkdir(parents=True, exist_ok=True)
    for path in TYPES.iterdir():
        shutil.copy(path, folder)
    installed = folder / "node_modules" / ".installed"
    wanted = (TYPES / "package.json").read_text()
    if not installed.exists() or installed.read_text() != wanted:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
                               "--fetch-retries=1", "--fetch-timeout=30000"], cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"npm's registry can't be reached: {done.stderr.strip()[-300:]}")
        installed.write_text(wanted)

    def compile(text):
        (folder / "recorded.ts").write_text(text)
        done = subprocess.run([str(folder / "node_modules" / ".bin" / "tsc"), "-p", "."], cwd=folder,
                              capture_output=True, text=True)
        return done.stdout
    return compile


@pytest.fixture()
def sent(mattermost, deliver):
    """The documents of every kind of request that Caravan makes: (type, document)."""
    chat = deliver("chat", mattermost.options(actions_url="http://127.0.0.1:9/press"))
    api = deliver("api", mattermost.options())
    now = int(time.time())
    asked = {"mailbox": ANNA, "uid": "u1", "answer_wanted": True, "kind": "added"}
    post = chat({"key": "k1", "created": now, "words": {"markdown": "новое"}, "telling": asked})["ok"]
    chat({"key": "k2", "created": now, "words": {"markdown": "moved"}, "telling": {**asked, "answer_wanted": False}})
    api({"do": "settle", "post": post, "key": "k1", "text": "accepted"})
    palm = {"emoji": "palm_tree", "text": "Отпуск", "duration": "", "expires_at": "0001-01-01T00:00:00Z"}
    mattermost.control("POST", "status", {"user": ANNA, "status": palm})
    begun = api({"do": "status", "email": ANNA, "now": now, "until": now + 1800})["ok"]["remembered"]
    api({"do": "status", "email": ANNA, "now": now + 1800, "until": None, "remembered": begun})
    found = []
    for one in mattermost.control("GET", "requests"):
        for method, path, kind in KINDS:
            if one["method"] == method and re.fullmatch("/api/v4" + path, one["path"]):
                found.append((kind, json.loads(one["body"])))
    return found


def constants(sent):
    lines = ["import type {Attachment, CustomStatus, DirectChannel, NewPost, Patch} from './contract';"]
    for number, (kind, document) in enumerate(sent):
        lines.append(f"export const sent{number}: {kind} = {json.dumps(document)};")
        attachments = document.get("props", {}).get("attachments") if isinstance(document, dict) else None
        if attachments:
            lines.append(f"export const attachments{number}: Attachment[] = {json.dumps(attachments)};")
    return "\n".join(lines) + "\n"


def test_every_kind_of_request_was_recorded(sent):
    assert {kind for kind, _ in sent} == {kind for _, _, kind in KINDS}
    assert [kind for kind, _ in sent].count("CustomStatus") == 2


def test_the_payloads_fit_the_types(compiler, sent):
    assert compiler(constants(sent)) == ""


def test_a_payload_that_does_not_fit_is_noticed(compiler, sent):
    wrong = [(kind, {**document, "mesage": "x"} if kind == "NewPost" else document) for kind, document in sent]
    assert "mesage" in compiler(constants(wrong))
