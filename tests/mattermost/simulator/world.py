# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated server knows: people, direct channels, posts, and what it has been told to do wrong."""
import random
import socket
import string
import time

from aiohttp import web

STATE = "state"
PENDING_POST_SECONDS = 30  # app/post.go, pendingPostIDsCacheTTL
MOST_CHARACTERS = 16383    # model/post.go, PostMessageMaxRunesV2


class Problem(Exception):
    """An answer that is no success, as model.AppError is shown."""

    def __init__(self, status, name, message, headers=None):
        super().__init__(message)
        self.status, self.name, self.message, self.headers = status, name, message, headers or {}

    def response(self):
        body = {"id": self.name, "message": self.message, "detailed_error": "", "request_id": "r" * 26,
                "status_code": self.status}
        return web.json_response(body, status=self.status, headers=self.headers)


def listen(host, port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener


class World:
    def __init__(self, token):
        self.random = random.Random(20)
        self.ahead = 0.0
        self.users, self.channels, self.posts = {}, {}, {}
        self.pending = {}   # pending_post_id -> (post id or None while it is being made, when)
        self.requests, self.faults, self.sockets = [], [], []
        self.limit = None   # {"requests", "seconds", "since", "used"}
        self.token, self.token_valid = token, True
        self.bot = self.add_user("caravan@localhost", username="caravan", is_bot=True)

    def now(self):
        return time.time() + self.ahead

    def now_ms(self):
        return int(self.now() * 1000)

    def new_id(self):
        return "".join(self.random.choices(string.ascii_lowercase + string.digits, k=26))

    def add_user(self, email, username=None, is_bot=False):
        made = self.now_ms()
        user = {"id": self.new_id(), "create_at": made, "update_at": made, "delete_at": 0,
                "username": username or email.split("@")[0], "auth_data": "", "auth_service": "", "email": email,
                "nickname": "", "first_name": "", "last_name": "", "position": "", "roles": "system_user",
                "locale": "en", "props": {}, "timezone": {"useAutomaticTimezone": "true", "automaticTimezone": "UTC",
                                                          "manualTimezone": ""}}
        if is_bot:
            user["is_bot"] = True
        self.users[user["id"]] = user
        return user

    def user_by_email(self, email):
        for user in self.users.values():
            if user["email"].lower() == email.lower():
                return user
        raise Problem(404, "app.user.missing_account.const", "Unable to find the user.")

    def user(self, identity):
        if identity not in self.users:
            raise Problem(404, "app.user.missing_account.const", "Unable to find the user.")
        return self.users[identity]

    def direct_channel(self, first, second):
        name = "__".join(sorted((first, second)))
        for channel in self.channels.values():
            if channel["name"] == name:
                return channel
        made = self.now_ms()
        channel = {"id": self.new_id(), "create_at": made, "update_at": made, "delete_at": 0, "team_id": "",
                   "type": "D", "display_name": "", "name": name, "header": "", "purpose": "", "last_post_at": 0,
                   "total_msg_count": 0, "extra_update_at": 0, "creator_id": first}
        self.channels[channel["id"]] = channel
        return channel

    def members(self, channel):
        return channel["name"].split("__")

    def add_post(self, author, channel, message, props=None, pending_post_id="", kind=""):
        made = self.now_ms()
        post = {"id": self.new_id(), "create_at": made, "update_at": made, "edit_at": 0, "delete_at": 0,
                "is_pinned": False, "user_id": author["id"], "channel_id": channel["id"], "root_id": "",
                "original_id": "", "message": message, "type": kind, "props": props or {}, "hashtags": "",
                "pending_post_id": pending_post_id, "reply_count": 0, "metadata": {}}
        if author.get("is_bot"):
            post["props"]["from_bot"] = "true"
        self.posts[post["id"]] = post
        channel["last_post_at"] = made
        return post

    def posts_of(self, channel):
        """Newest first; those of one millisecond in the order in which they were made."""
        found = [post for post in self.posts.values() if post["channel_id"] == channel["id"] and not post["delete_at"]]
        return list(reversed(found))


def shown(post):
    """A post as clients see it: where a button leads and with what stays on the server."""
    copy = dict(post, props=dict(post["props"]))
    if isinstance(copy["props"].get("attachments"), list):
        copy["props"]["attachments"] = [
            dict(attachment, actions=[{name: value for name, value in action.items() if name != "integration"}
                                      for action in attachment["actions"]])
            if attachment.get("actions") else attachment for attachment in copy["props"]["attachments"]]
    return copy
