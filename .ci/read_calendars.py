"""Calendars of a demo hub, read by another library. Started by .ci/calendars with the path of the program."""

import datetime as dt
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from zoneinfo import ZoneInfo

from icalendar import Calendar

ZONES = [
    "Asia/Tokyo", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Africa/Casablanca", "America/Sao_Paulo", "Pacific/Apia", "UTC",
]
YEARS = 4
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


class Hub:
    def __init__(self, program, folder):
        command = [program, "serve", "--demo", "--listen", "127.0.0.1:0", "--data-dir", folder, "--rate-limit-per-minute", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            if "listens on " in line:
                self.url = line.split("listens on ")[1].strip()
                return
        raise SystemExit("the hub did not start")

    def send(self, method, path, token=None, body=None):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            headers["content-type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read()

    def json(self, method, path, token=None, body=None):
        status, answer = self.send(method, path, token, body)
        return status, json.loads(answer)

    def sign_in(self, name):
        body = {"email": f"{name}@nakodo.example", "password": "nakodo-demo"}
        return self.json("POST", "/v1/sessions", None, body)[1]["access_token"]


def event_of(text):
    calendar = Calendar.from_ical(text)
    events = [part for part in calendar.walk() if part.name == "VEVENT"]
    assert all(not event.errors for event in events) and not calendar.errors
    return calendar, events


def feeds(hub):
    """The feed of each person holds the meetings that the API lists for them, at the same instants."""
    seen = 0
    now = dt.datetime.now(dt.UTC)
    window = f"?from={(now - 89 * DAY):%Y-%m-%dT%H:%M:%SZ}&until={(now + 270 * DAY):%Y-%m-%dT%H:%M:%SZ}"
    for name in ["incubator", "aya.mukago", "yui.sazanami", "yating.zhulin", "rei.isonami"]:
        token = hub.sign_in(name)
        path = hub.json("POST", "/v1/me/calendar-feed", token, {})[1]["path"]
        _, events = event_of(hub.send("GET", path)[1])
        listed = hub.json("GET", f"/v1/meetings{window}", token)[1]["items"]
        instant = dt.datetime.fromisoformat
        expected = {
            f"{item['id']}@nakodo": (instant(item["meeting"]["starts_at"]), instant(item["meeting"]["ends_at"]))
            for item in listed
        }
        found = {str(event["UID"]): (event["DTSTART"].dt, event["DTEND"].dt) for event in events}
        assert found == expected, (name, found, expected)
        assert b"@nakodo.example" not in hub.send("GET", path)[1]
        seen += len(found)
    assert seen >= 5, seen


def changes(zone, first):
    """The hours within which the clocks there change, from now on."""
    at, before = first, first.astimezone(zone).utcoffset()
    while at < first + YEARS * 366 * DAY:
        at += HOUR
        if at.astimezone(zone).utcoffset() != before:
            before = at.astimezone(zone).utcoffset()
            yield at


def instants(local, zone):
    """The instants at which a clock there shows this: none in a gap, two in an overlap."""
    both = {local.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC) for fold in (0, 1)}
    return [at for at in both if at.astimezone(zone).replace(tzinfo=None) == local]


def hours(hub):
    """A meeting that is fixed at what a clock on a wall shows is in the calendar at that hour, around every change."""
    staff = hub.sign_in("staff")
    accepted = hub.json("GET", "/v1/meeting-requests?state=accepted&limit=1", staff)[1]["items"][0]["id"]
    first = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0) + DAY
    counts = {"right": 0, "gap": 0, "overlap": 0}
    sequence = -1
    for name in ZONES:
        zone = ZoneInfo(name)
        around = [at + shift for at in changes(zone, first) for shift in (-DAY, -2 * HOUR, -HOUR, 0 * HOUR, HOUR, DAY)]
        for at in around or [first + 90 * DAY * quarter for quarter in range(4 * YEARS)]:
            shown = at.astimezone(zone).replace(tzinfo=None)
            for minute in (0, 30):
                local = shown.replace(minute=minute) + dt.timedelta(hours=1 if minute else 0)
                meant = instants(local, zone)
                body = {"starts_at": local.isoformat(timespec="minutes"), "zone": name}
                status, answer = hub.json("POST", f"/v1/meeting-requests/{accepted}/schedule", staff, body)
                if len(meant) != 1:
                    kind = "overlap" if meant else "gap"
                    assert status == 422 and answer["fields"][0]["field"] == "starts_at", (name, local, answer)
                    counts[kind] += 1
                    continue
                assert status == 200, (name, local, answer)
                calendar, [event] = event_of(hub.send("GET", f"/v1/meetings/{accepted}/calendar", staff)[1])
                assert event["DTSTART"].dt == meant[0], (name, local, event["DTSTART"].dt, meant)
                assert event["DTSTART"].dt.astimezone(zone).replace(tzinfo=None) == local
                assert event["DTEND"].dt - event["DTSTART"].dt == HOUR / 2
                assert event["UID"] == f"{accepted}@nakodo" and event["SEQUENCE"] > sequence
                sequence = event["SEQUENCE"]
                counts["right"] += 1
    body = {"reason": "plans_changed"}
    assert hub.json("POST", f"/v1/meeting-requests/{accepted}/cancel", staff, body)[0] == 200
    calendar, [event] = event_of(hub.send("GET", f"/v1/meetings/{accepted}/calendar", staff)[1])
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED") and event["SEQUENCE"] > sequence
    return counts


with tempfile.TemporaryDirectory() as folder:
    hub = Hub(sys.argv[1], folder)
    try:
        started = time.monotonic()
        feeds(hub)
        counts = hours(hub)
        assert counts["right"] > 200 and counts["gap"] and counts["overlap"], counts
        print(f"calendars are read by another library at the same instants: {counts}, {time.monotonic() - started:.0f} s")
    finally:
        hub.process.terminate()
        hub.process.wait()
