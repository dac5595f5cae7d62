"""Where `echosweep trace` prints other lines than Debian's traceroute 2.1.2 once round trips are masked, and why. Name →
(traceroute's arguments, its lines, ours, our lines); tests/lab/test_trace.py holds both. The lines that the two
have in common are left out.

Not held, since they are no lines of the two side by side:
- traceroute's ICMP probes differ in their checksum and its UDP probes in their port, so that a router that spreads packets
  shows several addresses at a hop; ours are one flow, and --multipath makes them several.
- -N is our rate; traceroute's is the number of probes on their way.
- The default is ICMP here, UDP there. -s, -i, -t, -F, -f, -m, -q, -w, -p, -n, -e, -T, -U and -I are traceroute's.
- A UDP service that answers ends traceroute's path, and ours goes on: its answer has nothing of the probe in it.
- traceroute has no source-routed (-g), DCCP or raw probes that we have too, no -A, -z, -O, --back, --mtu (see echosweep mtu).
"""

DIFFERENCES = {
    # What stands in front of the object whose length is wrong is still shown; traceroute believes none of it.
    "broken extension": (
        ("-I", "-n", "-e", "-q", "1", "198.18.3.1"),
        [" 3  198.18.255.3  T ms"],
        ("-n", "-e", "-q", "1", "198.18.3.1"),
        [" 3  198.18.255.3 <MPLS:L=16,E=1,S=0,T=1/L=17,E=0,S=1,T=2>  T ms"]),
    # The payload that it brings back proves that it answers our probe; traceroute wants the target's address.
    "reply from another address": (
        ("-I", "-n", "-m", "6", "-w", "1", "198.18.2.1"),
        [" 6  * * *"],
        ("-n", "-m", "6", "198.18.2.1"),
        [" 6  198.18.9.9  T ms  T ms  T ms"]),
}
