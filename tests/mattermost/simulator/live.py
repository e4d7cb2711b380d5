# SPDX-License-Identifier: GPL-3.0-or-later
"""The WebSocket: authentication_challenge, "hello", "posted"."""
import json

from aiohttp import WSMsgType, web

from simulator.world import STATE, shown

routes = web.RouteTableDef()


class Listener:
    def __init__(self, socket):
        self.socket, self.sequence = socket, 0

    async def tell(self, event, data, channel_id=""):
        broadcast = {"omit_users": None, "user_id": "", "channel_id": channel_id, "team_id": "", "connection_id": ""}
        await self.socket.send_str(json.dumps({"event": event, "data": data, "broadcast": broadcast,
                                               "seq": self.sequence}))
        self.sequence += 1


async def tell_posted(state, post):
    channel, author = state.channels[post["channel_id"]], state.users[post["user_id"]]
    data = {"channel_display_name": "@" + author["username"], "channel_name": channel["name"],
            "channel_type": channel["type"], "post": json.dumps(shown(post)), "sender_name": "@" + author["username"],
            "set_online": True, "team_id": ""}
    for listener in list(state.sockets):
        await listener.tell("posted", data, channel["id"])


@routes.get("/api/v4/websocket")
async def listen(request):
    state = request.app[STATE]
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    listener = Listener(socket)
    try:
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                break
            given = json.loads(message.data)
            if given.get("action") != "authentication_challenge":
                continue
            if not state.token_valid or given.get("data", {}).get("token") != state.token:
                await socket.send_str(json.dumps({"status": "FAIL", "seq_reply": given["seq"], "error": {
                    "id": "api.web_socket_router.bad_token.app_error", "message": "", "status_code": 401}}))
                await socket.close()
                break
            await listener.tell("hello", {"server_version": "9.11.0", "connection_id": state.new_id()})
            await socket.send_str(json.dumps({"status": "OK", "seq_reply": given["seq"]}))
            state.sockets.append(listener)
    finally:
        if listener in state.sockets:
            state.sockets.remove(listener)
    return socket
