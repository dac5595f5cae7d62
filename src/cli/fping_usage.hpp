#pragma once

#include <string_view>

namespace echosweep::cli {

/// What `fping -h` prints: fping's options, in our words. Zabbix looks for the line that begins with `-S`.
inline constexpr std::string_view kFpingUsage = R"(Usage: fping [options] [targets...]

Whom to ask:
   targets               names or addresses; none, and no -f or -g: read from standard input
   -4, --ipv4            IPv4 only
   -6, --ipv6            IPv6 only
   -f, --file=FILE       read the targets from FILE (-: standard input)
   -g, --generate        the targets are a network (ADDRESS/PREFIX) or a range (FIRST LAST)
   -m, --all             every address of a name, not just its first

How to ask:
   -b, --size=BYTES      bytes of data in each request [56]
   -B, --backoff=FACTOR  the timeout grows by it with each retry [1.5]
   -c, --count=N         ask each target N times, whatever it answers
   -C, --vcount=N        the same, and list every round trip at the end
   -H, --ttl=N           time to live, or hop limit [64]
   -i, --interval=MSEC   between two requests [10]
   -I, --iface=IFACE     send from this interface
   -k, --fwmark=MARK     mark packets for the firewall and routing rules
   -l, --loop            ask until a signal comes
   -M, --dontfrag        set the don't-fragment bit
   -O, --tos=N           type of service, or traffic class [0]
   -p, --period=MSEC     between two requests to one target with -c, -C, -l [1000]
   -r, --retry=N         retries without -c, -C, -l [3]
   -R, --random          random bytes as data
   -S, --src=ADDRESS     send from this address
   -t, --timeout=MSEC    wait for a reply [500; with -c, -C, -l as -p, but 2000 at most]
       --check-source    replies count only from the address that was asked
       --icmp-timestamp  ICMP timestamp requests in place of echo requests

What to print:
   -a, --alive           just who answers
   -A, --addr            addresses, not names
   -d, --rdns            the names that reverse DNS knows
   -D, --timestamp       the time in front of every line with -c, -C, -l
       --timestamp-format=FORMAT  ctime, iso or rfc3339 in place of seconds
   -e, --elapsed         round trip times
   -J, --json            JSON lines, with -c, -C, -l
   -n, --name            the names that reverse DNS knows, where an address was given
   -N, --netdata         -Q's reports in netdata's words
   -o, --outage          how long a target did not answer in all
       --print-tos       type of service of replies
       --print-ttl       time to live of replies
   -q, --quiet           no lines for targets and replies
   -Q, --squiet=SECS[,cumulative]  the same, and a report every SECS seconds
   -s, --stats           statistics at the end
   -u, --unreach         just who does not answer
   -x, --reachable=N     whether N targets or more answer
   -X, --fast-reachable=N  the same, and stop as soon as they do

   -h, --help            this
   -v, --version         the version

Taken and without effect: -T, --seqmap-timeout. This is echosweep, called by fping's name.
)";

}  // namespace echosweep::cli
