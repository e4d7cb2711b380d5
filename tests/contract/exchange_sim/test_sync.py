# SPDX-License-Identifier: GPL-3.0-or-later
"""SyncFolderItems, control edits, faults and counters."""
import json
import threading

import ews
from conftest import NS

USER = "user0001@example.com"


def test_the_first_walk_lists_everything_once_newest_first(start):
    simulator = start("--generate", "1:1000:3")
    changes, _, calls = ews.read_changes(simulator, USER, most=300)
    items = simulator.control("GET", f"mailboxes/{USER}/items")
    assert [item["item_id"] for item in reversed(items)] == [item for _, item in changes]
    assert calls == 4


def test_changes_show_once_and_an_old_state_may_be_replayed(start):
    simulator = start("--generate", "1:100:3")
    _, state, _ = ews.read_changes(simulator, USER)
    before = ews.ids_by_uid(simulator, USER)
    done = simulator.control("POST", "mutate", {"mailbox": USER, "change": 3, "change_exception": 2, "delete": 2,
                                                "move_time": 2, "seed": 5})
    touched = [before[uid]["item_id"] for kind in ("change", "change_exception", "move_time") for uid in done[kind]]
    expected = {("Update", item) for item in touched} | {("Delete", before[uid]["item_id"]) for uid in done["delete"]}
    first, later, _ = ews.read_changes(simulator, USER, state, most=4)
    again, _, _ = ews.read_changes(simulator, USER, state)
    assert (len(first), set(first), set(again)) == (9, expected, expected)
    assert ews.read_changes(simulator, USER, later)[0] == []


def test_an_edit_keeps_the_item_id_and_a_new_event_is_a_create(start):
    simulator = start("--mailbox", "a@example.com=Europe/Berlin")
    event = ("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a/b 1\r\nDTSTART:20260101T100000Z\r\nDTEND:20260101T110000Z\r\n"
             "SUMMARY:%s\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    _, state, _ = ews.read_changes(simulator, "a@example.com")
    made = simulator.control("PUT", simulator.items_path("a@example.com", "a/b 1"), event % "one")
    changes, state, _ = ews.read_changes(simulator, "a@example.com", state)
    assert changes == [("Create", made["item_id"])]
    edited = simulator.control("PUT", simulator.items_path("a@example.com", "a/b 1"), event % "two")
    assert edited["item_id"] == made["item_id"] and edited["change_key"] != made["change_key"]
    changes, state, _ = ews.read_changes(simulator, "a@example.com", state)
    assert changes == [("Update", made["item_id"])]
    simulator.control("POST", "mailboxes/a@example.com/touch", {"uid": "a/b 1"})
    simulator.control("DELETE", simulator.items_path("a@example.com", "a/b 1"))
    assert ews.read_changes(simulator, "a@example.com", state)[0] == [("Delete", made["item_id"])]


def test_hidden_items_are_deleted_or_missing_and_come_back(start):
    simulator = start("--generate", "1:20:3")
    _, state, _ = ews.read_changes(simulator, USER)
    simulator.control("POST", "hide", {"mailbox": USER, "fraction": 0.5})
    changes, state, _ = ews.read_changes(simulator, USER, state)
    assert [kind for kind, _ in changes] == ["Delete"] * 10
    simulator.control("POST", "unhide", {"mailbox": USER})
    assert {kind for kind, _ in ews.read_changes(simulator, USER, state)[0]} == {"Create"}
    simulator.control("POST", "hide", {"mailbox": USER, "fraction": 1.0, "invalidate_state": True})
    assert ews.codes(simulator.soap(ews.sync(state), USER)) == ["ErrorInvalidSyncStateData"]
    assert ews.read_changes(simulator, USER)[0] == []


def test_faults_hit_as_often_as_told(start):
    simulator = start("--generate", "1:5:3")
    simulator.control("POST", "faults", {"operation": "SyncFolderItems", "kind": "http_500_before", "after": 1})
    assert [simulator.soap(ews.sync(), USER)[0] for _ in range(3)] == [200, 500, 200]
    simulator.control("POST", "faults", {"kind": "server_busy", "ms": 1234})
    status, _, body = simulator.soap(ews.sync(), USER)
    assert status == 500 and b"ErrorServerBusy" in body and b">1234<" in body
    simulator.control("POST", "faults", {"kind": "http_503", "ms": 3000})
    status, headers, _ = simulator.soap(ews.sync(), USER)
    assert (status, headers["Retry-After"]) == (503, "3")
    simulator.control("POST", "faults", {"kind": "soap_fault", "code": "ErrorMailboxMoveInProgress"})
    assert b"ErrorMailboxMoveInProgress" in simulator.soap(ews.sync(), USER)[2]


def test_poisoned_items_fail_alone(start):
    simulator = start("--generate", "1:5:3")
    items = simulator.control("GET", f"mailboxes/{USER}/items")
    simulator.control("POST", "poison", {"mailbox": USER, "uid": items[0]["uid"], "kind": "corrupt"})
    assert ews.codes(simulator.soap(ews.get_item(items[0]["item_id"], items[1]["item_id"]), USER)) == [
        "ErrorItemCorrupt", "NoError"]
    simulator.control("POST", "poison", {"mailbox": USER, "uid": items[1]["uid"], "kind": "control_characters"})
    assert b"&#x1F;" in simulator.soap(ews.get_item(items[1]["item_id"]), USER)[2]


def test_requests_are_counted_and_passwords_checked(start):
    simulator = start("--generate", "1:5:3", "--user", f"{USER}:pw", "--oauth-token", "tok", "--oauth-client", "id:sec")
    assert simulator.soap(ews.sync(), USER, user="svc:wrong")[0] == 401
    assert simulator.soap(ews.sync(), user=f"{USER}:pw")[0] == 200
    assert simulator.http("POST", "/EWS/Exchange.asmx", b"<x/>", {"Authorization": "Bearer tok"})[0] == 500
    status, _, body = simulator.http("POST", "/oauth/token", b"grant_type=client_credentials&client_id=id&client_secret=sec")
    assert (status, json.loads(body)["access_token"]) == (200, "tok")
    counts = simulator.control("GET", "requests")
    assert (counts["total"], counts["by_operation"], counts["unauthorized"]) == (2, {"SyncFolderItems": 1, "invalid": 1}, 1)
    assert simulator.control("POST", "requests/reset") == {}
    assert simulator.control("GET", "requests")["total"] == 0


def test_rights_are_checked(simulator):
    def fault(answer):
        return answer[2].decode()
    assert "ErrorImpersonateUserDenied" in fault(simulator.soap(ews.sync(), "secret@example.com"))
    assert "ErrorNonExistentMailbox" in fault(simulator.soap(ews.sync(), "nobody@example.com"))
    assert "ErrorImpersonateUserDenied" in fault(simulator.soap(ews.sync(), "ben@example.com", user="anna@example.com:annapw"))
    assert "ErrorInvalidServerVersion" in fault(simulator.soap(ews.sync(), "anna@example.com", version="V2017_07_11"))
    assert ews.codes(simulator.soap(ews.sync())) == ["ErrorMissingEmailAddress"]
    other = ('<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>anna@example.com</t:EmailAddress></t:Mailbox>'
             "</t:DistinguishedFolderId>")
    assert ews.codes(simulator.soap(ews.sync(folder=other), user="ben@example.com:benpw")) == ["ErrorAccessDenied"]


def test_delegates_may_read_the_owners_calendar(start):
    simulator = start("--generate", "1:5:3", "--user", "ben@example.com:benpw", "--delegate", f"{USER}=ben@example.com")
    other = (f'<t:DistinguishedFolderId Id="calendar"><t:Mailbox><t:EmailAddress>{USER}</t:EmailAddress></t:Mailbox>'
             "</t:DistinguishedFolderId>")
    assert ews.codes(simulator.soap(ews.sync(folder=other), user="ben@example.com:benpw")) == ["NoError"]


def test_an_empty_bucket_answers_busy_and_early_comers_are_counted(start):
    simulator = start("--generate", "1:5:3", "--throttle-rate", "0.001:3")
    assert [simulator.soap(ews.sync(), USER)[0] for _ in range(5)] == [200, 200, 200, 500, 500]
    counts = simulator.control("GET", "requests")
    assert counts["tokens_spent"] == 3 and counts["tokens_offered"] >= 3


def test_a_large_attachment_is_made_while_it_is_sent(start):
    simulator = start("--mailbox", "a@example.com", "--attachments", "2:1000", "--attachment-largest", "30000001")
    items = simulator.control("GET", "mailboxes/a@example.com/items")
    tree = ews.root(simulator.soap(ews.get_item(items[-1]["item_id"]), "a@example.com"))
    attachment = tree.find(".//t:AttachmentId", NS).get("Id")
    content = ews.text(ews.root(simulator.soap(ews.get_attachment(attachment), "a@example.com")), ".//t:Content")
    assert len(content) == 40000004 and content.endswith("=")


def test_many_connections_work_at_once(start):
    simulator = start("--generate", "4:100:3")
    results = []

    def work(index):
        results.append(len(ews.read_changes(simulator, f"user000{index + 1}@example.com", most=10)[0]))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [100] * 4


def test_the_same_command_line_gives_the_same_world(start):
    one = start("--generate", "1:50:9").control("GET", f"mailboxes/{USER}/items")
    two = start("--generate", "1:50:9").control("GET", f"mailboxes/{USER}/items")
    assert one == two
