# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of .ics files: refusals, losses, identity and zones."""
import base64
import shutil
import subprocess

import pytest

import ews
from conftest import NS

ANNA = "anna@example.com"


def reports(simulator, file):
    return {entry["uid"]: entry for entry in simulator.control("GET", "import-report")["series"] if entry["file"] == file}


def item(simulator, uid):
    found = ews.ids_by_uid(simulator, ANNA)[uid]
    return ews.root(simulator.soap(ews.get_item(found["item_id"]), ANNA)).find(".//t:CalendarItem", NS)


@pytest.mark.parametrize("uid, reason", [
    ("hourly@example.com", "rrule_not_expressible"), ("rdate@example.com", "rdate"),
    ("crossing@example.com", "override_crosses_neighbour"), ("notinrule@example.com", "start_not_in_rule")])
def test_a_series_exchange_cannot_hold_is_refused_with_its_reason(simulator, uid, reason):
    entry = reports(simulator, "refused.ics")[uid]
    assert (entry["result"], entry["reason"]) == ("not_expressible", reason)


def test_a_broken_file_is_reported(simulator):
    assert [entry["reason"] for entry in reports(simulator, "broken.ics").values()] == ["unparsable"]


def test_a_custom_zone_carries_its_rules(simulator):
    zone = item(simulator, "customzone@example.com").find("t:StartTimeZone", NS)
    assert zone.get("Id") == "Our Office"
    assert [period.get("Bias") for period in zone.iter("{%s}Period" % NS["t"])] == ["-PT270M", "-PT330M"]
    assert [n.text for n in zone.iter("{%s}Occurrence" % NS["t"])] == ["-1", "1"]
    assert ews.text(item(simulator, "customzone@example.com"), "t:Start") == "2026-06-01T06:30:00Z"
    assert reports(simulator, "custom-zone.ics")["customzone@example.com"]["losses"] == ["custom_zone"]


def test_a_foreign_uid_is_wrapped_and_an_exchange_uid_is_not(simulator):
    values = [base64.b64decode(n.text) for n in item(simulator, "single@example.com").iterfind(".//t:ExtendedProperty/t:Value", NS)]
    assert values[0] == values[1] and values[0].endswith(b"vCal-Uid\x01\x00\x00\x00single@example.com\x00")
    uid = "040000008200E00074C5B7101A82E00800000000E040C9C12685C4010000000000000000100000000BF0ED4B6E4EE94E9E39E3867B378EF3"
    value = item(simulator, uid).find(".//t:ExtendedProperty/t:Value", NS).text
    assert base64.b64decode(value).hex().upper() == uid


def test_an_orphan_occurrence_keeps_its_date_in_the_full_id_only(simulator):
    full, clean = [base64.b64decode(n.text)
                   for n in item(simulator, "orphan@example.com").iterfind(".//t:ExtendedProperty/t:Value", NS)]
    assert (full[16:20], clean[16:20]) == (b"\x07\xea\x03\x11", b"\0\0\0\0")


def test_a_url_becomes_the_join_url(simulator):
    assert ews.text(item(simulator, "organizer@example.com"), "t:JoinOnlineMeetingUrl") == "https://meet.example.com/1"


def test_an_item_is_found_by_its_clean_id(simulator):
    value = item(simulator, "single@example.com").findall(".//t:ExtendedProperty/t:Value", NS)[1].text
    answer = ews.root(simulator.soap(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
        '<m:IndexedPageItemView MaxEntriesReturned="10" Offset="0" BasePoint="Beginning"/><m:Restriction><t:IsEqualTo>'
        '<t:ExtendedFieldURI DistinguishedPropertySetId="Meeting" PropertyId="35" PropertyType="Binary"/>'
        f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>', ANNA))
    assert len(answer.findall(".//t:CalendarItem", NS)) == 1


def test_curl_logs_in_with_ntlm(start, tmp_path):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    simulator = start("--auth", "ntlm", "--mailbox", "a@example.com")

    def status(user):
        return subprocess.run(["curl", "-s", "-o", str(tmp_path / "out"), "-w", "%{http_code}", "--ntlm", "-u", user, "-X", "POST",
                               "-d", "<x/>", f"http://127.0.0.1:{simulator.port}/EWS/Exchange.asmx"],
                              capture_output=True, text=True, check=True).stdout
    assert (status("svc:svcpw"), status("svc:no")) == ("500", "401")
