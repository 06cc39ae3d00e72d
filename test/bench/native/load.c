/*
 * The load: clients of streams, one thread, epoll. What it saw is printed as one line of JSON.
 *
 *   load --port PORT [--port …] --clients N [flags]
 *
 *   --port PORT         a server on 127.0.0.1; several: client i asks number i mod ports
 *   --path FORMAT       what is asked for; %s is the stream's key (default /ace/getstream?id=%s)
 *   --streams M         client i asks for stream i mod M; the key is the number as 40 hex digits (default 1)
 *   --clients N         clients that stay (default 1)
 *   --seconds S         time that is measured (default 3)
 *   --warm-up S         time before it, after the last client has joined (default 1)
 *   --join-ms T         the clients join evenly over so long (default 0: at once)
 *   --look 1            reads every byte and looks at it: packets out of step, lost blocks, delay since the engine
 *                       wrote them. Without it the bytes are thrown away unread, by the kernel (MSG_TRUNC, which on
 *                       a TCP socket of Linux means to discard without copying), so that the load costs next to
 *                       nothing and what is measured is the other side
 *   --rate-mbps R       every client reads so much and no more (default 0: all there is)
 *   --frozen N          the last N clients read their first bytes and then nothing any more
 *   --before S          the frozen ones come late: for S seconds the others are measured without them, then they
 *                       join, and --settle S seconds after that (default 3) the measured time begins
 *   --slow N            the N clients before them read at --slow-mbps R (default 2)
 *   --zap R             besides, R times a second a client opens one of --zap-streams Z, stays --stay-ms T after its
 *                       first byte (default 200), and leaves; one without a byte after 5 s has failed
 *   --joiners N         N clients, evenly over the measured time, that leave at once when they have what they
 *                       want: a keyframe, or with --joiner-byte 1 their first byte; number i asks for
 *                       stream i mod --joiner-streams Z (default 1)
 *
 * Prints "begin" when the measured time begins and "end" when it ends, then the JSON: bytes, MB/s (10^6), per client;
 * delay in ms; first byte and first keyframe in ms from before connect; clients that failed; own CPU seconds.
 * "Failed": refused, not status 200, or ended by the other side.
 */
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
  PORTS_MAX = 64,
  PACKET = 188,
  STAMP_PID = 0x1f0,
  VIDEO_PID = 0x101,
  HEADER_BYTES = 4096,
  READ_BYTES = 1 << 20,
  LOOK_BYTES = 256 << 10,
  EVENTS = 256,
  TICK_MS = 5,
  ZAP_DEADLINE_MS = 5000,
  FROZEN_BUFFER = 64 << 10,
};

enum kind { STAYING, ZAPPING, JOINING };
enum body { PLAIN, CHUNK_SIZE, CHUNK_DATA, CHUNK_END };

struct client {
  enum kind kind;
  int fd, number, is_connecting, is_frozen, failed;
  double mbps;        /* 0: as fast as it can */
  int64_t budget_at;  /* ns up to which its rate is used up */
  int64_t opened_ns, first_ns, keyframe_ns;
  int64_t bytes, measured_from;
  /* The answer: */
  char header[HEADER_BYTES];
  int header_bytes, header_over;
  enum body body;
  int64_t chunk_left;
  char size_line[20];
  int size_bytes;
  /* The packets: */
  unsigned char packet[PACKET];
  int packet_bytes;
  int64_t next_block;
  int64_t lost_blocks, bad_packets;
  struct client *next; /* of those that zap */
};

/* Counts of microseconds: 64 steps in each power of two. */
struct histogram {
  uint64_t count[64 * 40];
  uint64_t total;
  int64_t max_us;
};

static int ports[PORTS_MAX], port_count;
static const char *path = "/ace/getstream?id=%s";
static int stream_count = 1, client_count = 1, look, join_ms, frozen_count, slow_count, zap_streams = 1, stay_ms = 200;
static int joiner_count, joiner_byte, joiner_streams = 1;
static double seconds = 3, warm_up = 1, before, settle = 3, rate_mbps, slow_mbps = 2, zap_rate;
static int poll_fd;
static int is_measuring;
static unsigned char *buffer;
static struct histogram delay, first_byte, first_keyframe, zap_first;
static int64_t zaps_opened, zaps_failed, joiners_done, joiners_failed;
static struct client *zappers;

static void note(struct histogram *h, int64_t ns) {
  int64_t us = ns > 0 ? ns / 1000 : 0;
  if (us > h->max_us) h->max_us = us;
  int shift = 0;
  while (us >> shift >= 128) shift++;
  int index = shift ? 64 * shift + (us >> shift) : us;
  h->count[index]++;
  h->total++;
}

/* In ms: the value below which the share of what was noted lies. */
static double percentile(const struct histogram *h, double share) {
  if (!h->total) return 0;
  uint64_t wanted = share * h->total, seen = 0;
  if (wanted >= h->total) return h->max_us / 1000.0;
  for (int i = 0; i < 64 * 40; i++) {
    seen += h->count[i];
    if (seen <= wanted) continue;
    int shift = i < 128 ? 0 : i / 64 - 1;
    int64_t us = i < 128 ? i : (int64_t)(i - 64 * shift) << shift;
    return us / 1000.0;
  }
  return h->max_us / 1000.0;
}

static void print_histogram(const char *name, const struct histogram *h) {
  printf("\"%s\":{\"count\":%llu,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f},", name,
         (unsigned long long)h->total, percentile(h, 0.5), percentile(h, 0.99), percentile(h, 0.999),
         h->max_us / 1000.0);
}

static void watch(struct client *c, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poll_fd, operation, c->fd, &event) < 0) fail("epoll_ctl");
}

static void lose(struct client *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
  c->failed = 1;
}

static void open_client(struct client *c, int port, int stream) {
  char key[41], target[512], request[1024];
  snprintf(key, sizeof key, "%040x", stream);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  snprintf(target, sizeof target, path, key);
#pragma GCC diagnostic pop
  c->opened_ns = now_ns();
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) fail("socket");
  if (c->is_frozen) {
    int size = FROZEN_BUFFER;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  }
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(c->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) {
    lose(c);
    return;
  }
  /* On loopback a connection is made, or refused, before connect returns. */
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: load\r\nAccept: */*\r\n"
                        "Connection: close\r\n\r\n",
                        target, port);
  if (send(c->fd, request, length, MSG_NOSIGNAL) != length) {
    lose(c);
    return;
  }
  watch(c, EPOLLIN, EPOLL_CTL_ADD);
}

static void look_at_packet(struct client *c, const unsigned char *packet, int64_t ns) {
  if (packet[0] != 0x47) {
    c->bad_packets++;
    return;
  }
  int pid = (packet[1] & 0x1f) << 8 | packet[2];
  if (pid == VIDEO_PID && !c->keyframe_ns && (packet[3] & 0x20) && packet[4] > 0 && (packet[5] & 0x40))
    c->keyframe_ns = ns;
  if (pid != STAMP_PID || memcmp(packet + 4, "AcEbEnCh", 8)) return;
  int64_t block, stamp;
  memcpy(&block, packet + 12, 8);
  memcpy(&stamp, packet + 20, 8);
  if (c->next_block && block > c->next_block && is_measuring) c->lost_blocks += block - c->next_block;
  c->next_block = block + 1;
  if (is_measuring && c->kind == STAYING) note(&delay, ns - stamp);
}

/* Bytes of the body, without chunk sizes. */
static void look_at(struct client *c, const unsigned char *bytes, int64_t length, int64_t ns) {
  if (c->packet_bytes) {
    int missing = PACKET - c->packet_bytes;
    if (missing > length) missing = length;
    memcpy(c->packet + c->packet_bytes, bytes, missing);
    c->packet_bytes += missing;
    bytes += missing;
    length -= missing;
    if (c->packet_bytes < PACKET) return;
    look_at_packet(c, c->packet, ns);
    c->packet_bytes = 0;
  }
  for (; length >= PACKET; bytes += PACKET, length -= PACKET) look_at_packet(c, bytes, ns);
  memcpy(c->packet, bytes, length);
  c->packet_bytes = length;
}

static void took_body(struct client *c, const unsigned char *bytes, int64_t length, int64_t ns) {
  if (!c->first_ns && length > 0) c->first_ns = ns;
  c->bytes += length;
  if (look) look_at(c, bytes, length, ns);
}

static void took_chunked(struct client *c, const unsigned char *bytes, int64_t length, int64_t ns) {
  while (length > 0 && c->fd >= 0) {
    if (c->body == CHUNK_DATA) {
      int64_t part = length < c->chunk_left ? length : c->chunk_left;
      took_body(c, bytes, part, ns);
      bytes += part;
      length -= part;
      c->chunk_left -= part;
      if (c->chunk_left == 0) c->body = CHUNK_END;
      continue;
    }
    unsigned char one = *bytes++;
    length--;
    if (c->body == CHUNK_END) {
      if (one == '\n') c->body = CHUNK_SIZE;
      continue;
    }
    if (one != '\n') {
      if (c->size_bytes < (int)sizeof c->size_line - 1) c->size_line[c->size_bytes++] = one;
      continue;
    }
    c->size_line[c->size_bytes] = 0;
    c->size_bytes = 0;
    c->chunk_left = strtoll(c->size_line, NULL, 16);
    if (c->chunk_left == 0) lose(c);
    c->body = CHUNK_DATA;
  }
}

static void took(struct client *c, const unsigned char *bytes, int64_t length) {
  int64_t ns = now_ns();
  if (!c->header_over) {
    int copy = HEADER_BYTES - 1 - c->header_bytes;
    if (copy > length) copy = length;
    int before = c->header_bytes;
    memcpy(c->header + before, bytes, copy);
    c->header_bytes += copy;
    c->header[c->header_bytes] = 0;
    char *end = strstr(c->header, "\r\n\r\n");
    if (!end) {
      if (c->header_bytes == HEADER_BYTES - 1) lose(c);
      return;
    }
    end[2] = 0;
    if (strncmp(c->header, "HTTP/1.", 7) || strncmp(c->header + 8, " 200", 4)) {
      fprintf(stderr, "client %d: %.*s\n", c->number, (int)strcspn(c->header, "\r"), c->header);
      lose(c);
      return;
    }
    c->header_over = 1;
    c->body = strcasestr(c->header, "transfer-encoding: chunked") ? CHUNK_SIZE : PLAIN;
    int skip = end + 4 - c->header - before;
    bytes += skip;
    length -= skip;
  }
  if (c->body == PLAIN) took_body(c, bytes, length, ns);
  else if (look || !c->first_ns) took_chunked(c, bytes, length, ns);
  else took_body(c, bytes, length, ns); /* Unread: the few bytes of chunk sizes count as well. */
}

/* Reads what there is, at most so much. */
static void read_some(struct client *c, int64_t most) {
  while (most > 0 && c->fd >= 0) {
    /* Up to the first byte of the stream everybody looks. */
    int is_reading = look || !c->first_ns;
    int64_t size = is_reading ? LOOK_BYTES : READ_BYTES;
    if (size > most) size = most;
    ssize_t got = recv(c->fd, buffer, size, MSG_DONTWAIT | (is_reading ? 0 : MSG_TRUNC));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      lose(c);
      return;
    }
    took(c, buffer, got);
    most -= got;
    /* Others wait as well; what is left is told again. */
    if (c->mbps == 0) return;
  }
}

static int64_t rate_budget(struct client *c, int64_t ns) {
  if (!c->budget_at) c->budget_at = ns - 1000000;
  int64_t bytes = (ns - c->budget_at) * c->mbps / 8000;
  c->budget_at += bytes * 8000 / c->mbps;
  /* Time in which there was nothing to read is not saved up, but for a second. */
  return bytes < (int64_t)(c->mbps * 125000) ? bytes : (int64_t)(c->mbps * 125000);
}

/* What a client does when there is something to read. */
static void readable(struct client *c) {
  if (c->mbps > 0 && c->first_ns) {
    /* From its first byte on it reads by the clock. */
    watch(c, 0, EPOLL_CTL_MOD);
    return;
  }
  read_some(c, c->is_frozen ? 4096 : READ_BYTES);
  if (c->fd >= 0 && c->is_frozen && c->first_ns) epoll_ctl(poll_fd, EPOLL_CTL_DEL, c->fd, NULL);
}

static void zap_over(struct client *c, int is_failure) {
  if (c->kind == JOINING) {
    joiners_done++;
    joiners_failed += is_failure;
    if (!is_failure) {
      note(&first_byte, c->first_ns - c->opened_ns);
      if (!joiner_byte) note(&first_keyframe, c->keyframe_ns - c->opened_ns);
    }
  } else {
    zaps_failed += is_failure;
    if (!is_failure) note(&zap_first, c->first_ns - c->opened_ns);
  }
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
}

static void open_zapper(enum kind kind, int stream) {
  static int number;
  struct client *c = calloc(1, sizeof *c);
  c->kind = kind;
  c->number = client_count + number;
  c->next = zappers;
  zappers = c;
  open_client(c, ports[number++ % port_count], stream);
}

/* Ends those that have stayed long enough. Freed here only, where no event can name them. */
static void look_after_zappers(int64_t ns) {
  for (struct client **at = &zappers; *at;) {
    struct client *c = *at;
    int64_t age_ms = (ns - c->opened_ns) / 1000000;
    int is_over = 1;
    if (c->fd < 0) zap_over(c, 1);
    else if (c->kind == JOINING ? (joiner_byte ? c->first_ns : c->keyframe_ns) != 0 : c->first_ns && (ns - c->first_ns) / 1000000 >= stay_ms)
      zap_over(c, 0);
    else if (!(c->kind == ZAPPING && c->first_ns) && age_ms >= ZAP_DEADLINE_MS) zap_over(c, 1);
    else is_over = 0;
    if (!is_over) {
      at = &c->next;
      continue;
    }
    *at = c->next;
    free(c);
  }
}

static int compare(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static int is_normal(const struct client *c) { return !c->is_frozen && c->number < client_count - frozen_count - slow_count; }

static void report(const struct client *clients, double measured, const struct rusage *from,
                   const struct rusage *to, double before_mbps) {
  int64_t *each = calloc(client_count + 1, sizeof *each), total = 0, lost = 0, bad = 0;
  int normal = 0, failed = 0, frozen_failed = 0, without = 0;
  for (int i = 0; i < client_count; i++) {
    const struct client *c = &clients[i];
    if (c->is_frozen) {
      frozen_failed += c->failed;
      continue;
    }
    failed += c->failed;
    without += !c->first_ns;
    if (c->first_ns && joiner_count == 0) note(&first_byte, c->first_ns - c->opened_ns);
    if (c->keyframe_ns && joiner_count == 0) note(&first_keyframe, c->keyframe_ns - c->opened_ns);
    if (!is_normal(c)) continue;
    lost += c->lost_blocks;
    bad += c->bad_packets;
    total += each[normal++] = c->bytes - c->measured_from;
  }
  qsort(each, normal, sizeof *each, compare);
#define SECONDS(usage) (usage->ru_utime.tv_sec + usage->ru_stime.tv_sec + (usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6)
  printf("{\"seconds\":%.3f,\"beforeMBps\":%.3f,\"bytes\":%lld,\"MBps\":%.3f,", measured, before_mbps, (long long)total, total / 1e6 / measured);
  printf("\"clientMBps\":{\"min\":%.4f,\"median\":%.4f,\"max\":%.4f},", normal ? each[0] / 1e6 / measured : 0,
         normal ? each[normal / 2] / 1e6 / measured : 0, normal ? each[normal - 1] / 1e6 / measured : 0);
  print_histogram("delayMs", &delay);
  print_histogram("firstByteMs", &first_byte);
  print_histogram("firstKeyframeMs", &first_keyframe);
  print_histogram("zapFirstByteMs", &zap_first);
  printf("\"clients\":%d,\"failed\":%d,\"frozenFailed\":%d,\"withoutByte\":%d,\"lostBlocks\":%lld,\"badPackets\":%lld,",
         client_count, failed, frozen_failed, without, (long long)lost, (long long)bad);
  printf("\"zaps\":%lld,\"zapsFailed\":%lld,\"joins\":%lld,\"joinsFailed\":%lld,", (long long)zaps_opened,
         (long long)zaps_failed, (long long)joiners_done, (long long)joiners_failed);
  printf("\"cpuSeconds\":%.4f}\n", SECONDS(to) - SECONDS(from));
  fflush(stdout);
}

static int64_t sum_bytes(const struct client *clients) {
  int64_t sum = 0;
  for (int i = 0; i < client_count; i++)
    if (is_normal(&clients[i])) sum += clients[i].bytes;
  return sum;
}

static void usage(void) {
  fputs("load --port PORT --clients N [flags]: they are told at the head of load.c\n", stderr);
  exit(4);
}

int main(int argc, char **argv) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *flag = argv[i], *value = argv[i + 1];
    if (!strcmp(flag, "--port") && port_count < PORTS_MAX) ports[port_count++] = atoi(value);
    else if (!strcmp(flag, "--path")) path = value;
    else if (!strcmp(flag, "--streams")) stream_count = atoi(value);
    else if (!strcmp(flag, "--clients")) client_count = atoi(value);
    else if (!strcmp(flag, "--seconds")) seconds = atof(value);
    else if (!strcmp(flag, "--warm-up")) warm_up = atof(value);
    else if (!strcmp(flag, "--join-ms")) join_ms = atoi(value);
    else if (!strcmp(flag, "--look")) look = atoi(value);
    else if (!strcmp(flag, "--rate-mbps")) rate_mbps = atof(value);
    else if (!strcmp(flag, "--frozen")) frozen_count = atoi(value);
    else if (!strcmp(flag, "--slow")) slow_count = atoi(value);
    else if (!strcmp(flag, "--slow-mbps")) slow_mbps = atof(value);
    else if (!strcmp(flag, "--zap")) zap_rate = atof(value);
    else if (!strcmp(flag, "--zap-streams")) zap_streams = atoi(value);
    else if (!strcmp(flag, "--stay-ms")) stay_ms = atoi(value);
    else if (!strcmp(flag, "--before")) before = atof(value);
    else if (!strcmp(flag, "--settle")) settle = atof(value);
    else if (!strcmp(flag, "--joiners")) joiner_count = atoi(value);
    else if (!strcmp(flag, "--joiner-byte")) joiner_byte = atoi(value);
    else if (!strcmp(flag, "--joiner-streams")) joiner_streams = atoi(value);
    else usage();
  }
  if (argc % 2 == 0 || port_count == 0 || frozen_count + slow_count > client_count) usage();
  /* Keyframes are found by looking. */
  if (joiner_count > 0 && !joiner_byte) look = 1;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  buffer = malloc(READ_BYTES);
  poll_fd = epoll_create1(0);
  struct client *clients = calloc(client_count + 1, sizeof *clients);
  for (int i = 0; i < client_count; i++) {
    struct client *c = &clients[i];
    c->number = i;
    c->fd = -1;
    c->is_frozen = i >= client_count - frozen_count;
    c->mbps = !c->is_frozen && i >= client_count - frozen_count - slow_count ? slow_mbps : rate_mbps;
    if (c->is_frozen) c->mbps = 0;
  }
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct itimerspec spec = {{0, TICK_MS * 1000000L}, {0, TICK_MS * 1000000L}};
  timerfd_settime(timer, 0, &spec, NULL);
  struct epoll_event timer_event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, timer, &timer_event);

  int64_t began = now_ns(), measured_from = 0, measured_to = 0;
  /* When the phases before the measured time begin; 0: not yet. */
  int64_t before_from = 0, settle_from = 0, before_bytes = 0;
  int64_t warm_from = began + (int64_t)join_ms * 1000000;
  double before_mbps = 0;
  int opened = 0, joiners_opened = 0;
  struct rusage usage_from = {0}, usage_to;
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poll_fd, events, EVENTS, TICK_MS);
    int ticked = 0;
    for (int i = 0; i < count; i++) {
      struct client *c = events[i].data.ptr;
      if (!c) ticked = 1;
      else if (c->fd >= 0) readable(c);
    }
    if (!ticked) continue;
    uint64_t times;
    if (read(timer, &times, sizeof times) < 0) continue;
    int64_t ns = now_ns();
    int to_open = before > 0 && !settle_from ? client_count - frozen_count : client_count;
    while (opened < to_open && (ns - began) / 1000000.0 >= (double)join_ms * opened / client_count) {
      int i = opened++;
      open_client(&clients[i], ports[i % port_count], i % stream_count);
    }
    for (int i = 0; i < opened; i++) {
      struct client *c = &clients[i];
      if (c->mbps > 0 && c->fd >= 0 && c->first_ns) read_some(c, rate_budget(c, ns));
    }
    int is_warm = opened >= client_count - frozen_count && ns - warm_from >= warm_up * 1e9;
    if (is_warm && before > 0 && !before_from) {
      before_from = ns;
      before_bytes = sum_bytes(clients);
    }
    if (before_from && !settle_from && ns - before_from >= before * 1e9) {
      before_mbps = (sum_bytes(clients) - before_bytes) * 1e3 / (ns - before_from);
      settle_from = ns;
    }
    int is_ready = before > 0 ? settle_from && ns - settle_from >= settle * 1e9 : is_warm;
    if (!is_measuring && opened == client_count && is_ready) {
      is_measuring = 1;
      measured_from = ns;
      for (int i = 0; i < client_count; i++) clients[i].measured_from = clients[i].bytes;
      getrusage(RUSAGE_SELF, &usage_from);
      puts("begin");
      fflush(stdout);
    }
    if (!is_measuring) continue;
    double past = (ns - measured_from) / 1e9;
    if (past >= seconds && (joiner_count == 0 || joiners_done == joiner_count)) {
      measured_to = ns;
      break;
    }
    while (zap_rate > 0 && zaps_opened < past * zap_rate) {
      /* The streams in an order that looks random and is the same each time. */
      open_zapper(ZAPPING, zaps_opened * 7919 % 104729 % zap_streams);
      zaps_opened++;
    }
    look_after_zappers(ns);
    while (joiners_opened < joiner_count && past >= seconds * joiners_opened / joiner_count) {
      open_zapper(JOINING, joiners_opened % joiner_streams);
      joiners_opened++;
    }
  }
  getrusage(RUSAGE_SELF, &usage_to);
  puts("end");
  fflush(stdout);
  report(clients, (measured_to - measured_from) / 1e9, &usage_from, &usage_to, before_mbps);
}
