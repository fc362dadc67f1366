"""Removes every identity whose name starts with IDENTITY_PREFIX and that KEEP (names separated by whitespace) does not
list, with its rights. Nothing else is touched, and no data.

A Job left over from an interrupted deployment must never remove an identity that is to live:
- KEEP is read from its ConfigMap when the container starts. If that is another list than the one that this Job was
  made for (KEEP_CHECKSUM), a later deployment is under way, whose own sweep does the work: nothing is done.
- A deployment updates the ConfigMap before it makes any identity. So whatever exists shortly after the start of this
  script, KEEP knows. Hence listing is the first thing done, in one attempt; only what was listed is ever removed; and
  if listing took too long to be sure of that "shortly", nothing is. Trying again means a new pod, with a new KEEP: this
  script never waits for the server and never lists again.
"""

import time

STARTED = time.monotonic()

import hashlib  # noqa: E402 (the clock runs from the very start)

from administration import DOES_NOT_EXIST, Refused, Server, fail, setting  # noqa: E402

FRESH_SECONDS = 5


def unwanted(server: Server, prefix: str, keep: list[str]) -> list[str]:
    try:
        users = server.call("GET", "2.0/mlflow/users/list", seconds=FRESH_SECONDS)["users"]
    except (Refused, OSError) as error:
        fail(f"could not list the identities: {error}")
    age = time.monotonic() - STARTED
    if age > FRESH_SECONDS:
        fail(
            f"listing took {age:.0f} s, and the identities to keep may be others by now: "
            "nothing removed, to be run again"
        )
    names = [user["username"] for user in users]
    return [name for name in names if name.startswith(prefix) and name not in keep and name != server.administrator]


def removed(server: Server, name: str) -> bool:
    try:
        server.call("DELETE", "2.0/mlflow/users/delete", {"username": name})
    except Refused as refused:
        return refused.code == DOES_NOT_EXIST
    except OSError:
        return False
    print(f"removed identity {name}")
    return True


def main() -> None:
    prefix = setting("IDENTITY_PREFIX") or fail("IDENTITY_PREFIX must not be empty: that would be everybody")
    keep = setting("KEEP")
    expected = setting("KEEP_CHECKSUM") or fail("KEEP_CHECKSUM must not be empty")
    if hashlib.sha256(keep.encode()).hexdigest()[: len(expected)] != expected:
        print("the list of identities to keep is a later deployment's: nothing removed")
        return

    server = Server()
    names = unwanted(server, prefix, keep.split())
    failures = [name for name in names if not removed(server, name)]
    if names:
        # Until then the server's other processes may know the passwords that they checked before.
        time.sleep(float(setting("AUTH_CACHE_SECONDS")))
    if failures:
        fail(f"{len(failures)} removals failed")


if __name__ == "__main__":
    main()
