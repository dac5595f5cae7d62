// SPDX-License-Identifier: Apache-2.0
// The peer of the bench: answers ICMP echo requests in the driver, before the kernel makes a packet of them, so
// that one core can play millions of hosts at more than half a million replies a second.
//
// Who is alive is decided by a hash of the address, and which requests are lost by a hash of address, identifier
// and sequence number: nothing is stored, and bench/truth.py computes the same. A request that is lost is lost as
// often as it is sent; a retry gets through if its sequence number is another one.
//
// Only 240.0.0.0/4 and fd00:e5:18::/48 are played. Everything else (neighbours, the link's own addresses, IP
// options, fragments) goes on to the kernel. No checksum is verified here: the kernel as peer does that.
//
// clang -O2 -target bpf -DALIVE=… -DLOST=… -DSEED=… -DSCANNER=… (bench/lab does it). ALIVE and LOST are shares as
// multiples of 2^-32, from 0 to 0x100000000; SCANNER is the scanner's MAC address as a number.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#if !defined(ALIVE) || !defined(LOST) || !defined(SEED) || !defined(SCANNER)
#error "peer.bpf.c needs -DALIVE, -DLOST, -DSEED and -DSCANNER"
#endif

struct echo {
  __u8 type;
  __u8 code;
  __u16 checksum;
  __u16 identifier;
  __u16 sequence;
};

enum { ECHO_REPLY = 0, ECHO_REQUEST = 8, ECHO_REQUEST6 = 128, ECHO_REPLY6 = 129 };

// Every bit of x moves every bit of the result; the constants are Chris Wellons' "lowbias32".
static __always_inline __u32 mix(__u32 x) {
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x *= 0x846ca68b;
  x ^= x >> 16;
  return x;
}

// A share of all hashes, none and all included.
static __always_inline int within(__u64 hash, __u64 share) { return hash < share; }

static __always_inline int answers(__u32 address_hash, const struct echo *echo) {
  if (!within(address_hash, ALIVE)) return 0;
  __u32 probe = (__u32)bpf_ntohs(echo->identifier) << 16 | bpf_ntohs(echo->sequence);
  return !within(mix(mix(address_hash ^ 0x9e3779b9) ^ probe), LOST);
}

// RFC 1624: a word of the message grew by `more`, so the complement of the sum shrinks by it. Swapping source and
// destination changes no sum.
static __always_inline void turn_type(struct echo *echo, __u8 type) {
  __u32 sum = (__u16)~echo->checksum;
  sum += (__u16)~bpf_htons((__u16)(echo->type << 8)) + bpf_htons((__u16)(type << 8));
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  echo->checksum = (__u16)~sum;
  echo->type = type;
}

static __always_inline void swap_macs(struct ethhdr *ethernet) {
  __u8 mac[ETH_ALEN];
  __builtin_memcpy(mac, ethernet->h_dest, ETH_ALEN);
  __builtin_memcpy(ethernet->h_dest, ethernet->h_source, ETH_ALEN);
  __builtin_memcpy(ethernet->h_source, mac, ETH_ALEN);
}

static __always_inline int answer4(struct ethhdr *ethernet, void *end) {
  struct iphdr *ip = (void *)(ethernet + 1);
  struct echo *echo = (void *)(ip + 1);
  if ((void *)(echo + 1) > end) return XDP_PASS;
  if (ip->ihl != 5 || ip->protocol != IPPROTO_ICMP || (ip->frag_off & bpf_htons(0x3fff)) != 0) return XDP_PASS;
  __u32 address = bpf_ntohl(ip->daddr);
  if (address >> 28 != 0xf || echo->type != ECHO_REQUEST) return XDP_PASS;
  if (!answers(mix(address ^ (SEED)), echo)) return XDP_DROP;
  __be32 asked = ip->daddr;
  ip->daddr = ip->saddr;
  ip->saddr = asked;
  turn_type(echo, ECHO_REPLY);
  swap_macs(ethernet);
  return XDP_TX;
}

static __always_inline int answer6(struct ethhdr *ethernet, void *end) {
  struct ipv6hdr *ip = (void *)(ethernet + 1);
  struct echo *echo = (void *)(ip + 1);
  if ((void *)(echo + 1) > end) return XDP_PASS;
  const __be32 *words = ip->daddr.in6_u.u6_addr32;
  if (ip->nexthdr != IPPROTO_ICMPV6 || echo->type != ECHO_REQUEST6 || words[0] != bpf_htonl(0xfd0000e5) ||
      bpf_ntohl(words[1]) >> 16 != 0x18) {
    return XDP_PASS;
  }
  __u32 hash = SEED;
  for (int i = 0; i < 4; ++i) hash = mix(bpf_ntohl(words[i]) ^ hash);
  if (!answers(hash, echo)) return XDP_DROP;
  struct in6_addr asked = ip->daddr;
  ip->daddr = ip->saddr;
  ip->saddr = asked;
  turn_type(echo, ECHO_REPLY6);
  swap_macs(ethernet);
  return XDP_TX;
}

SEC("xdp")
int answer(struct xdp_md *context) {
  void *end = (void *)(long)context->data_end;
  struct ethhdr *ethernet = (void *)(long)context->data;
  if ((void *)(ethernet + 1) > end) return XDP_PASS;
  if (ethernet->h_proto == bpf_htons(ETH_P_IP)) return answer4(ethernet, end);
  if (ethernet->h_proto == bpf_htons(ETH_P_IPV6)) return answer6(ethernet, end);
  return XDP_PASS;
}

// For the scanner's end: a veth takes what XDP_TX sends it only if it has a program of its own. As a network card
// does, it hands on what is addressed to it or to many. So who sends from a made-up address hears nothing here
// either; a veth alone would hand up the replies, and the kernel would drop them before the work it does on its own.
SEC("xdp")
int card(struct xdp_md *context) {
  void *end = (void *)(long)context->data_end;
  struct ethhdr *ethernet = (void *)(long)context->data;
  if ((void *)(ethernet + 1) > end) return XDP_DROP;
  __u64 mac = 0;
  for (int i = 0; i < ETH_ALEN; ++i) mac = mac << 8 | ethernet->h_dest[i];
  return mac == (SCANNER) || (ethernet->h_dest[0] & 1) != 0 ? XDP_PASS : XDP_DROP;
}

// For the hosts' end where the kernel answers.
SEC("xdp")
int pass(struct xdp_md *context) {
  (void)context;
  return XDP_PASS;
}
