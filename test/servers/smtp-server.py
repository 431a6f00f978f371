"""A real SMTP server (aiosmtpd) that delivers into the mailboxes of a Dovecot beside it. Prints its port; ends when its input does."""

import asyncio
import json
import logging
import os
import sys
import time
import uuid

from aiosmtpd.smtp import AuthResult, SMTP

options = json.loads(sys.argv[1])
logging.disable(logging.WARNING)


class Deliver:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        user = address.split("@")[0].split("+")[0].lower()
        if user == "nobody-here":
            return "550 5.1.1 no such user"
        if user == "later":
            return "451 4.7.1 greylisted, come back"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            user = address.split("@")[0].split("+")[0].lower()
            maildir = os.path.join(options["homes"], user, "Maildir")
            if not os.path.isdir(maildir):
                continue
            name = f"{time.time():.6f}.{uuid.uuid4().hex}.local"
            path = os.path.join(maildir, "tmp", name)
            with open(path, "wb") as file:
                file.write(f"Return-Path: <{envelope.mail_from}>\r\nDelivered-To: {address}\r\n".encode())
                file.write(envelope.original_content)
            os.chown(path, options["uid"], options["gid"])
            os.rename(path, os.path.join(maildir, "new", name))
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    known = options["users"].get(data.login.decode())
    return AuthResult(success=known is not None and known.encode() == data.password)


async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Deliver(), authenticator=authenticate, auth_required=True, auth_require_tls=False, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=60_000_000),
        "127.0.0.1",
        0,
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(main())
