"""Network namespaces of a test's own, with no link to anywhere else: what chains of routers are made of."""

import subprocess

TIME_LIMIT = 120


class Namespaces:
    """A context: what make() makes stands while it lasts. `roles`: their names, behind the prefix."""

    def __init__(self, prefix: str, roles: tuple[str, ...]) -> None:
        self.prefix, self.roles = prefix, roles

    def make(self) -> None:
        raise NotImplementedError

    def __enter__(self):
        try:
            self.make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        for role in self.roles:
            subprocess.run(["ip", "netns", "del", self.ns(role)], check=False, capture_output=True)

    def ns(self, role: str) -> str:
        return self.prefix + role

    def inside(self, role: str, *args: str) -> list[str]:
        return ["ip", "netns", "exec", self.ns(role), *args]

    def run(self, role: str, *args: str, **kwargs) -> subprocess.CompletedProcess:
        options = {"check": True, "text": True, "capture_output": True, "timeout": TIME_LIMIT, **kwargs}
        return subprocess.run(self.inside(role, *args), **options)

    def ip(self, role: str, commands: list[str], *options: str) -> None:
        subprocess.run(["ip", *options, "-n", self.ns(role), "-batch", "-"], check=True, text=True, capture_output=True,
                       input="".join(line + "\n" for line in commands))

    def add(self, role: str, settings: dict[str, int]) -> None:
        """A namespace with its loopback up. `settings`: under /proc/sys/net; older kernels keep some in the root's."""
        subprocess.run(["ip", "netns", "add", self.ns(role)], check=True)
        self.run(role, "sh", "-c", "; ".join(
            f"[ ! -e /proc/sys/net/{key} ] || echo {value} >/proc/sys/net/{key} || true" for key, value in settings.items()))
        self.ip(role, ["link set lo up"])


# What routers of a lab need: they forward, and send as many errors as they are asked for.
ROUTER_SETTINGS = {
    "ipv4/ip_forward": 1, "ipv6/conf/all/forwarding": 1, "ipv4/icmp_ratelimit": 0, "ipv4/icmp_msgs_per_sec": 10000000,
    "ipv4/icmp_msgs_burst": 1000000, "ipv6/icmp/ratelimit": 0, "ipv4/conf/all/rp_filter": 0, "ipv4/conf/default/rp_filter": 0,
    "ipv6/conf/all/accept_dad": 0, "ipv6/conf/default/accept_dad": 0}
