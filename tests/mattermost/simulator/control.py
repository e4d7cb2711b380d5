# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test tells the simulator, and asks it: see the README."""
import json
import re
import urllib.parse

import aiohttp
from aiohttp import web

from simulator import live
from simulator.world import STATE, Problem, shown

routes = web.RouteTableDef()


@routes.post("/control/advance")
async def advance(request):
    request.app[STATE].ahead += float((await request.json())["seconds"])
    return web.json_response({"now": request.app[STATE].now()})


@routes.post("/control/faults")
async def faults(request):
    usual = {"status": 0, "count": 1, "when": "before", "headers": {}, "delay_ms": 0, "drop": False}
    request.app[STATE].faults = [{**usual, **fault} for fault in await request.json()]
    return web.json_response({})


@routes.post("/control/limit")
async def limit(request):
    state, given = request.app[STATE], await request.json()
    state.limit = {"retry_after": False, **given, "since": state.now(), "used": 0} if given else None
    return web.json_response({})


@routes.post("/control/token")
async def token(request):
    request.app[STATE].token_valid = (await request.json())["valid"]
    return web.json_response({})


@routes.post("/control/users")
async def users(request):
    state, given = request.app[STATE], await request.json()
    try:
        user = state.user_by_email(given["email"])
    except Problem:
        user = state.add_user(given["email"])
    user["delete_at"] = state.now_ms() if given.get("deactivated") else 0
    return web.json_response(user)


def channel_with(state, email):
    return state.direct_channel(state.bot["id"], state.user_by_email(email)["id"])


@routes.get("/control/posts")
async def posts(request):
    """Oldest first, in full; of all people where none is named."""
    state = request.app[STATE]
    found = list(state.posts.values())
    if "user" in request.query:
        found = list(reversed(state.posts_of(channel_with(state, request.query["user"]))))
    return web.json_response(found)


@routes.get("/control/status")
async def status(request):
    kept = request.app[STATE].user_by_email(request.query["user"])["props"].get("customStatus", "")
    return web.json_response(json.loads(kept) if kept else None)


@routes.post("/control/status")
async def own_status(request):
    """The person sets a status of her own, or takes it away (null)."""
    given = await request.json()
    user = request.app[STATE].user_by_email(given["user"])
    user["props"]["customStatus"] = json.dumps(given["status"]) if given["status"] else ""
    return web.json_response({})


@routes.get("/control/requests")
async def requests(request):
    return web.json_response(request.app[STATE].requests)


@routes.delete("/control/requests")
async def forget_requests(request):
    request.app[STATE].requests.clear()
    return web.json_response({})


@routes.post("/control/message")
async def message(request):
    """A person (or, with "type", the system) writes to the bot."""
    state, given = request.app[STATE], await request.json()
    post = state.add_post(state.user_by_email(given["user"]), channel_with(state, given["user"]), given["text"],
                          given.get("props"), kind=given.get("type", ""))
    await live.tell_posted(state, post)
    return web.json_response(shown(post))


@routes.post("/control/disconnect")
async def disconnect(request):
    for listener in list(request.app[STATE].sockets):
        await listener.socket.close()
    return web.json_response({})


def action_of(post, identity):
    """The server's route holds letters and digits only: api4/integration_action.go."""
    if not re.fullmatch(r"[A-Za-z0-9]+", identity):
        raise Problem(404, "api.context.404.app_error", "Sorry, we could not find the page.")
    for attachment in post["props"].get("attachments", []):
        for action in attachment.get("actions", []):
            if action["id"] == identity:
                return action
    raise Problem(404, "api.post.do_action.action_id.app_error", "Invalid action id.")


@routes.post("/control/press")
async def press(request):
    """A person presses a button: the integration's address is posted to as the server does (app/integration_action.go);
    with "send": false only shown."""
    state, given = request.app[STATE], await request.json()
    post, user = state.posts[given["post"]], state.user_by_email(given["user"])
    action, channel = action_of(post, given["action"]), state.channels[post["channel_id"]]
    body = {"user_id": user["id"], "user_name": user["username"], "channel_id": channel["id"],
            "channel_name": channel["name"], "team_id": "", "team_domain": "", "post_id": post["id"],
            "trigger_id": state.new_id(), "type": "button", "data_source": "",
            "context": action["integration"]["context"]}
    if not given.get("send", True):
        return web.json_response({"body": body})
    async with aiohttp.ClientSession() as session:
        async with session.post(action["integration"]["url"], json=body) as answered:
            text = await answered.text()
            answer = json.loads(text) if answered.status == 200 and text else {}
            if answer.get("update"):
                post.update({name: answer["update"][name] for name in ("message", "props") if name in answer["update"]})
            return web.json_response({"status": answered.status, "answer": answer, "body": body})


@routes.post("/control/slash")
async def slash(request):
    """A person types a slash command: posted as a form to {"url"}; without one only shown."""
    state, given = request.app[STATE], await request.json()
    user, channel = state.user_by_email(given["user"]), channel_with(state, given["user"])
    form = {"channel_id": channel["id"], "channel_name": channel["name"], "command": given.get("command", "/caravan"),
            "response_url": f"http://{request.host}/hooks/commands/{state.new_id()}", "team_domain": "", "team_id": "",
            "text": given["text"], "token": given["token"], "trigger_id": state.new_id(), "user_id": user["id"],
            "user_name": user["username"]}
    if "url" not in given:
        return web.json_response({"body": urllib.parse.urlencode(form)})
    async with aiohttp.ClientSession() as session:
        headers = {"Accept": "application/json", "Authorization": "Token " + given["token"]}
        async with session.post(given["url"], data=form, headers=headers) as answered:
            text = await answered.text()
            return web.json_response({"status": answered.status, "answer": json.loads(text) if text else None})
