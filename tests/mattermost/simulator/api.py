# SPDX-License-Identifier: GPL-3.0-or-later
"""REST API v4, as far as a bot needs it, and the gate before it: token, rate limit, faults on demand, the record."""
import asyncio
import datetime
import json

from aiohttp import web

from simulator import live
from simulator.world import MOST_CHARACTERS, PENDING_POST_SECONDS, STATE, Problem, shown

DURATIONS = ("thirty_minutes", "one_hour", "four_hours", "today", "this_week", "date_and_time")
routes = web.RouteTableDef()


def take_fault(state, request):
    """The first fault that fits this request; each is used up."""
    line = f"{request.method} {request.path.removeprefix('/api/v4')}"
    for fault in state.faults:
        if line.startswith(fault["match"]):
            fault["count"] -= 1
            if fault["count"] <= 0:
                state.faults.remove(fault)
            return fault
    return None


def check_limit(state):
    limit = state.limit
    if limit is None:
        return
    now = state.now()
    if now - limit["since"] >= limit["seconds"]:
        limit["since"], limit["used"] = now, 0
    limit["used"] += 1
    if limit["used"] > limit["requests"]:
        reset = max(1, round(limit["since"] + limit["seconds"] - now))
        raise web.HTTPTooManyRequests(text="limit exceeded\n", headers={
            "X-Ratelimit-Limit": str(limit["requests"]), "X-Ratelimit-Remaining": "0", "X-Ratelimit-Reset": str(reset),
            **({"Retry-After": str(reset)} if limit["retry_after"] else {})})


def check_token(state, request):
    if not state.token_valid or request.headers.get("Authorization") != f"Bearer {state.token}":
        raise Problem(401, "api.context.session_expired.app_error", "Invalid or expired session, please login again.")


async def answer(state, request, handler, fault):
    try:
        check_limit(state)
        if request.path != "/api/v4/websocket":
            check_token(state, request)
        if fault and fault["when"] == "before":
            raise Problem(fault["status"], "sim.fault.app_error", "A fault was asked for.", fault["headers"])
        response = await handler(request)
        if fault and fault["when"] == "after":
            raise Problem(fault["status"], "sim.fault.app_error", "A fault was asked for.", fault["headers"])
        return response
    except Problem as problem:
        return problem.response()
    except web.HTTPException as problem:
        return web.Response(status=problem.status, text=problem.text, headers=problem.headers)


@web.middleware
async def gate(request, handler):
    state = request.app[STATE]
    if not request.path.startswith("/api/v4/"):
        try:
            return await handler(request)
        except Problem as problem:
            return problem.response()
    body = (await request.read()).decode() if request.can_read_body else ""
    record = {"method": request.method, "path": request.path_qs, "body": body, "status": 0}
    state.requests.append(record)
    fault = take_fault(state, request)
    if fault and fault["drop"] and fault["when"] == "before":
        request.transport.close()
        return web.Response()
    if fault and fault["delay_ms"] and fault["when"] == "before":
        await asyncio.sleep(fault["delay_ms"] / 1000)
    response = await answer(state, request, handler, None if fault and not fault["status"] else fault)
    record["status"] = response.status
    if fault and fault["delay_ms"] and fault["when"] == "after":
        await asyncio.sleep(fault["delay_ms"] / 1000)
    if fault and fault["drop"]:
        request.transport.close()
    return response


async def document(request, kind=dict):
    try:
        body = json.loads(await request.text())
    except ValueError:
        body = None
    if not isinstance(body, kind):
        raise Problem(400, "api.context.invalid_body_param.app_error", "Invalid or missing parameters in request body.")
    return body


def channel_of(state, identity):
    channel = state.channels.get(identity)
    if channel is None or state.bot["id"] not in state.members(channel):
        raise Problem(403, "api.context.permissions.app_error", "You do not have the appropriate permissions.")
    return channel


@routes.get("/api/v4/users/me")
async def me(request):
    return web.json_response(request.app[STATE].bot)


@routes.get("/api/v4/users/email/{email}")
async def by_email(request):
    return web.json_response(request.app[STATE].user_by_email(request.match_info["email"]))


@routes.get("/api/v4/users/{id}")
async def by_id(request):
    return web.json_response(request.app[STATE].user(request.match_info["id"]))


@routes.post("/api/v4/channels/direct")
async def direct(request):
    state = request.app[STATE]
    pair = await document(request, list)
    if len(pair) != 2 or state.bot["id"] not in pair:
        raise Problem(403, "api.context.permissions.app_error", "You do not have the appropriate permissions.")
    for identity in pair:
        state.user(identity)
    return web.json_response(state.direct_channel(*pair), status=201)


@routes.post("/api/v4/posts")
async def create(request):
    state = request.app[STATE]
    given = await document(request)
    channel = channel_of(state, given.get("channel_id"))
    message, props = given.get("message", ""), given.get("props") or {}
    if len(message) > MOST_CHARACTERS:
        raise Problem(400, "model.post.is_valid.message_length.app_error", "Post Message property is too long.")
    if not message and not props.get("attachments"):
        raise Problem(400, "api.post.create_post.empty.app_error", "A post without content.")
    pending = given.get("pending_post_id", "")
    if pending:
        known, when = state.pending.get(pending, (None, float("-inf")))
        if known and state.now() - when < PENDING_POST_SECONDS:
            return web.json_response(shown(state.posts[known]), status=201)
    post = state.add_post(state.bot, channel, message, props, pending)
    if pending:
        state.pending[pending] = (post["id"], state.now())
    await live.tell_posted(state, post)
    return web.json_response(shown(post), status=201)


@routes.get("/api/v4/channels/{id}/posts")
async def listing(request):
    state = request.app[STATE]
    page, most = int(request.query.get("page", 0)), min(200, int(request.query.get("per_page", 60)))
    posts = state.posts_of(channel_of(state, request.match_info["id"]))[page * most:(page + 1) * most]
    return web.json_response({"order": [post["id"] for post in posts], "posts": {post["id"]: shown(post) for post in posts},
                              "next_post_id": "", "prev_post_id": "", "has_next": False})


@routes.put("/api/v4/posts/{id}/patch")
async def patch(request):
    state = request.app[STATE]
    post = state.posts.get(request.match_info["id"])
    if post is None:
        raise Problem(404, "app.post.get.app_error", "Unable to get the post.")
    given = await document(request)
    post.update({name: given[name] for name in ("message", "props") if name in given}, edit_at=state.now_ms(),
                update_at=state.now_ms())
    return web.json_response(shown(post))


def check_status(state, status):
    """model/custom_status.go: a duration and a time that is not over go together, or there is neither."""
    duration, expires = status.get("duration", ""), status.get("expires_at", "")
    wrong = not status.get("emoji") and not status.get("text")
    if duration and duration not in DURATIONS or bool(duration) != bool(expires) or len(status.get("text", "")) > 100:
        wrong = True
    if expires and datetime.datetime.fromisoformat(expires).timestamp() < state.now():
        wrong = True
    if wrong:
        raise Problem(400, "api.custom_status.set_custom_statuses.update.app_error", "Failed to update the custom status.")


@routes.put("/api/v4/users/{id}/status/custom")
async def set_status(request):
    state = request.app[STATE]
    user, status = state.user(request.match_info["id"]), await document(request)
    check_status(state, status)
    kept = {"emoji": status.get("emoji") or "speech_balloon", "text": status.get("text", ""),
            "duration": status.get("duration", ""), "expires_at": status.get("expires_at") or "0001-01-01T00:00:00Z"}
    user["props"]["customStatus"] = json.dumps(kept)
    return web.json_response({"status": "OK"})


@routes.delete("/api/v4/users/{id}/status/custom")
async def unset_status(request):
    request.app[STATE].user(request.match_info["id"])["props"]["customStatus"] = ""
    return web.json_response({"status": "OK"})
