/*
 * AceStream engines for the bench: any number of ports in one thread, cheap enough to be faster than what they feed.
 *
 *   engine --base PORT [--ports N] [--mbps RATE] [--media-mbps RATE] [--burst BYTES] [--chunked 1] [--tick-ms MS]
 *
 *   --base PORT        first port on 127.0.0.1; each port is an engine
 *   --ports N          how many (default 1)
 *   --mbps RATE        pace of a playback in Mbit/s; 0 (the default): as fast as it is read
 *   --media-mbps RATE  rate that the clock in the stream (PCR) tells; default: the pace, or 8
 *   --burst BYTES      sent at once at the start of a paced playback (default 0)
 *   --chunked 1        playbacks in chunks, one for each block, as some engines send them; default: until the end
 *   --tick-ms MS       how often a paced playback is written to (default 5); each time it catches up exactly
 *
 * Answers: GET /ace/getstream?id=HEX (JSON), /ace/r/… (the playback), /ace/stat/…, /ace/cmd/…, /webui/api/service;
 * and for experiments GET /bench/break (resets the port's playbacks) and /bench/pause?ms=N (silences them).
 * Prints "ready" once all ports listen.
 *
 * A playback consists of blocks: a head that is made for each connection, and packets that are the same for all and
 * never copied by us. The head holds a packet of PID 0x1f0 with the moment of its first write, so that a client on the
 * same machine can tell how long it took: "AcEbEnCh", then two 64-bit numbers in the machine's order, the block's
 * number and CLOCK_MONOTONIC in ns. About 25 times a second of media a picture begins (PCR, PES header); every 12th is
 * a keyframe, with PAT and PMT before it. The video packets of a block are a multiple of 16, so that the continuity
 * counters of the shared packets are right in every block.
 */
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
  PACKET = 188,
  PAT_PID = 0,
  PMT_PID = 0x100,
  VIDEO_PID = 0x101,
  STAMP_PID = 0x1f0,
  /* Video packets of a block, in sixteens: small blocks when paced, for many stamps; large ones else, for few calls. */
  SIXTEENS_PACED = 1,
  SIXTEENS_UNLIMITED = 20,
  PICTURES_PER_SECOND = 25,
  PICTURES_PER_KEYFRAME = 12,
  BLOCKS_PER_TURN = 4,
  EVENTS = 256,
  REQUEST_BYTES = 4096,
};

enum kind { LISTENER, TIMER, REQUEST, PLAYBACK };

struct engine {
  int port;
  long sessions;
  int64_t bytes;
  int64_t silent_until_ns;
};

struct conn {
  enum kind kind;
  int fd;
  struct engine *engine;
  char request[REQUEST_BYTES];
  int have;
  /* Of a playback: */
  int64_t began_ns;
  int64_t bytes;   /* of all blocks before the current one */
  int64_t block;   /* number of the current block */
  int64_t picture; /* pictures begun */
  int pat_count;
  unsigned char head[16 + 4 * PACKET]; /* a chunk size line, and packets */
  int head_bytes;
  int at; /* bytes of the current block that are written; -1: it is not made yet */
  struct conn *next, *prev;
};

static double pace_mbps, media_mbps = 0;
static int64_t burst_bytes;
static int tick_ms = 5, is_chunked;
static int sixteens;
static unsigned char *shared;
static int shared_bytes;
static int poll_fd;
static struct conn *playbacks;

static uint32_t crc32_mpeg(const unsigned char *bytes, int length) {
  uint32_t crc = 0xffffffff;
  for (int i = 0; i < length; i++) {
    crc ^= (uint32_t)bytes[i] << 24;
    for (int bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? crc << 1 ^ 0x04c11db7 : crc << 1;
  }
  return crc;
}

static void put_packet(unsigned char *packet, int pid, int starts, int control, int counter) {
  memset(packet, 0xff, PACKET);
  packet[0] = 0x47;
  packet[1] = (starts ? 0x40 : 0) | pid >> 8;
  packet[2] = pid & 0xff;
  packet[3] = control | (counter & 15);
}

/* A section that ends with its checksum, in a packet of its own. */
static void put_table(unsigned char *packet, int pid, int counter, const unsigned char *body, int length) {
  put_packet(packet, pid, 1, 0x10, counter);
  packet[4] = 0;
  memcpy(packet + 5, body, length);
  uint32_t crc = crc32_mpeg(body, length);
  for (int i = 0; i < 4; i++) packet[5 + length + i] = crc >> (24 - 8 * i);
}

static void put_pat(unsigned char *packet, int counter) {
  static const unsigned char body[] = {0x00, 0xb0, 13, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0 | PMT_PID >> 8, PMT_PID & 0xff};
  put_table(packet, PAT_PID, counter, body, sizeof body);
}

static void put_pmt(unsigned char *packet, int counter) {
  static const unsigned char body[] = {
      0x02, 0xb0, 23, 0, 1, 0xc1, 0, 0, 0xe0 | VIDEO_PID >> 8, VIDEO_PID & 0xff, 0xf0, 0,
      0x1b, 0xe0 | VIDEO_PID >> 8, VIDEO_PID & 0xff, 0xf0, 0,
      0x06, 0xe0 | STAMP_PID >> 8, STAMP_PID & 0xff, 0xf0, 0,
  };
  put_table(packet, PMT_PID, counter, body, sizeof body);
}

/* Bytes that look like neither a start code nor a sync byte. */
static void put_noise(unsigned char *bytes, int length) {
  static uint32_t seed = 1;
  for (int i = 0; i < length; i++) {
    seed = seed * 1664525 + 1013904223;
    bytes[i] = 0x80 | seed >> 25;
  }
}

/* The first packet of a picture: clock reference, PES header with its time, the start of an H.264 access unit. */
static void put_picture(unsigned char *packet, int64_t ticks, int is_keyframe) {
  put_packet(packet, VIDEO_PID, 1, 0x30, 0);
  unsigned char *p = packet + 4;
  *p++ = 7;
  *p++ = 0x10 | (is_keyframe ? 0x40 : 0);
  *p++ = ticks >> 25;
  *p++ = ticks >> 17;
  *p++ = ticks >> 9;
  *p++ = ticks >> 1;
  *p++ = (ticks & 1) << 7 | 0x7e;
  *p++ = 0;
  const unsigned char pes[] = {0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5};
  memcpy(p, pes, sizeof pes);
  p += sizeof pes;
  int64_t shown = ticks + 90000 / 5;
  *p++ = 0x21 | (shown >> 29 & 0x0e);
  *p++ = shown >> 22;
  *p++ = 1 | shown >> 14;
  *p++ = shown >> 7;
  *p++ = 1 | shown << 1;
  const unsigned char unit[] = {0, 0, 0, 1, 0x09, 0xf0, 0, 0, 0, 1, is_keyframe ? 0x65 : 0x41};
  memcpy(p, unit, sizeof unit);
  p += sizeof unit;
  put_noise(p, packet + PACKET - p);
}

static unsigned char plain_video[PACKET];

static void make_shared(void) {
  int packets = 16 * sixteens - 1;
  shared_bytes = packets * PACKET;
  shared = malloc(shared_bytes);
  for (int i = 0; i < packets; i++) {
    put_packet(shared + i * PACKET, VIDEO_PID, 0, 0x10, i + 1);
    put_noise(shared + i * PACKET + 4, PACKET - 4);
  }
  put_packet(plain_video, VIDEO_PID, 0, 0x10, 0);
  put_noise(plain_video + 4, PACKET - 4);
}

/* Makes the head of the next block, stamped with this moment. */
static void make_head(struct conn *c) {
  double seconds = c->bytes * 8 / (media_mbps * 1e6);
  int begins_picture = seconds * PICTURES_PER_SECOND >= c->picture;
  int is_keyframe = 0;
  if (begins_picture) {
    is_keyframe = c->picture % PICTURES_PER_KEYFRAME == 0;
    c->picture += 1;
    /* A block may be longer than a picture. */
    while (c->picture <= seconds * PICTURES_PER_SECOND) {
      is_keyframe |= c->picture % PICTURES_PER_KEYFRAME == 0;
      c->picture += 1;
    }
  }
  unsigned char *p = c->head;
  if (is_chunked) {
    int bytes = (is_keyframe ? 4 : 2) * PACKET + shared_bytes;
    p += sprintf((char *)p, "%s%x\r\n", c->block > 0 ? "\r\n" : "", bytes);
  }
  if (is_keyframe) {
    put_pat(p, c->pat_count);
    put_pmt(p + PACKET, c->pat_count++);
    p += 2 * PACKET;
  }
  put_packet(p, STAMP_PID, 0, 0x10, c->block);
  int64_t ns = now_ns();
  memcpy(p + 4, "AcEbEnCh", 8);
  memcpy(p + 12, &c->block, 8);
  memcpy(p + 20, &ns, 8);
  p += PACKET;
  if (begins_picture)
    put_picture(p, (int64_t)(seconds * 90000) & 0x1ffffffffLL, is_keyframe);
  else
    memcpy(p, plain_video, PACKET);
  p += PACKET;
  c->head_bytes = p - c->head;
  c->at = 0;
}

static void drop(struct conn *c) {
  if (c->kind == PLAYBACK) {
    if (c->prev) c->prev->next = c->next;
    else playbacks = c->next;
    if (c->next) c->next->prev = c->prev;
  }
  close(c->fd);
  c->fd = -1;
}

/* Connections that ended within a round of events are freed after it: an event of theirs may still be in the list. */
static struct conn *graveyard;
static void bury(struct conn *c) {
  if (c->fd < 0) return;
  drop(c);
  c->next = graveyard;
  graveyard = c;
}

/* Writes what is left of the current block. 1: it is over; 0: the socket is full; -1: the client is gone. */
static int write_block(struct conn *c) {
  if (c->at < 0) make_head(c);
  int total = c->head_bytes + shared_bytes;
  while (c->at < total) {
    struct iovec parts[2];
    int count = 0;
    if (c->at < c->head_bytes) parts[count++] = (struct iovec){c->head + c->at, c->head_bytes - c->at};
    int from = c->at > c->head_bytes ? c->at - c->head_bytes : 0;
    parts[count++] = (struct iovec){shared + from, shared_bytes - from};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN ? 0 : -1;
    c->at += sent;
    c->engine->bytes += sent;
  }
  c->bytes += total;
  c->block += 1;
  c->at = -1;
  return 1;
}

static int is_silent(const struct conn *c) { return c->engine->silent_until_ns > 0 && now_ns() < c->engine->silent_until_ns; }

static void write_unlimited(struct conn *c) {
  if (is_silent(c)) {
    usleep(1000);
    return;
  }
  for (int turn = 0; turn < BLOCKS_PER_TURN; turn++) {
    int done = write_block(c);
    if (done < 0) bury(c);
    if (done <= 0) return;
  }
}

/* Writes the blocks that are due by now. */
static void write_paced(struct conn *c, int64_t ns) {
  if (is_silent(c)) return;
  int64_t due = burst_bytes + (int64_t)((ns - c->began_ns) * pace_mbps / 8000);
  while (c->bytes + shared_bytes + 2 * PACKET <= due || c->at >= 0) {
    int done = write_block(c);
    if (done < 0) bury(c);
    if (done <= 0) return;
  }
}

static void watch(struct conn *c, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poll_fd, operation, c->fd, &event) < 0) fail("epoll_ctl");
}

static void start_playback(struct conn *c) {
  char head[200];
  int length = snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nCache-Control: no-cache\r\n%s"
                        "Connection: close\r\n\r\n",
                        is_chunked ? "Transfer-Encoding: chunked\r\n" : "");
  if (send(c->fd, head, length, MSG_NOSIGNAL) != length) {
    bury(c);
    return;
  }
  c->kind = PLAYBACK;
  c->began_ns = now_ns();
  c->at = -1;
  c->next = playbacks;
  c->prev = NULL;
  if (playbacks) playbacks->prev = c;
  playbacks = c;
  if (pace_mbps > 0) {
    /* Paced ones are written to by the clock; what is watched for is their end. */
    watch(c, EPOLLRDHUP, EPOLL_CTL_MOD);
    /* The first block at once, as the beginning of a burst would be. */
    if (write_block(c) < 0) bury(c);
    else write_paced(c, now_ns());
  } else {
    watch(c, EPOLLOUT | EPOLLRDHUP, EPOLL_CTL_MOD);
  }
}

static void answer_json(struct conn *c, const char *body) {
  char text[2048];
  int length = snprintf(text, sizeof text,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                        "Connection: close\r\n\r\n%s",
                        strlen(body), body);
  if (send(c->fd, text, length, MSG_NOSIGNAL) == length) shutdown(c->fd, SHUT_WR);
  bury(c);
}

static void answer_start(struct conn *c) {
  char hash[41] = "0000000000000000000000000000000000000000";
  char *key = strstr(c->request, "infohash=");
  key = key ? key + 9 : strstr(c->request, "id=") ? strstr(c->request, "id=") + 3 : NULL;
  if (key && strspn(key, "0123456789abcdefABCDEF") >= 40) memcpy(hash, key, 40);
  char body[1200];
  char session[32];
  snprintf(session, sizeof session, "%d-%ld", c->engine->port, ++c->engine->sessions);
  snprintf(body, sizeof body,
           "{\"response\":{\"playback_url\":\"http://127.0.0.1:%1$d/ace/r/%2$s/%3$s\","
           "\"stat_url\":\"http://127.0.0.1:%1$d/ace/stat/%2$s/%3$s\","
           "\"command_url\":\"http://127.0.0.1:%1$d/ace/cmd/%2$s/%3$s\",\"infohash\":\"%2$s\","
           "\"playback_session_id\":\"%3$s\",\"is_live\":1,\"is_encrypted\":0,\"client_session_id\":-1},\"error\":null}",
           c->engine->port, hash, session);
  answer_json(c, body);
}

static void answer_stat(struct conn *c) {
  char body[400];
  snprintf(body, sizeof body,
           "{\"response\":{\"status\":\"dl\",\"peers\":12,\"speed_down\":1000,\"speed_up\":0,\"downloaded\":%lld,"
           "\"uploaded\":0,\"total_progress\":0,\"client_session_id\":-1},\"error\":null}",
           (long long)(c->engine->bytes + now_ns() / 1000));
  answer_json(c, body);
}

static void break_playbacks(const struct engine *engine) {
  for (struct conn *c = playbacks, *next; c; c = next) {
    next = c->next;
    if (c->engine != engine) continue;
    struct linger at_once = {1, 0};
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    bury(c);
  }
}

static void answer(struct conn *c) {
  const char *path = strncmp(c->request, "GET ", 4) == 0 ? c->request + 4 : "";
#define IS(prefix) (strncmp(path, prefix, sizeof prefix - 1) == 0)
  if (IS("/ace/r/")) start_playback(c);
  else if (IS("/ace/getstream")) answer_start(c);
  else if (IS("/ace/stat/")) answer_stat(c);
  else if (IS("/ace/cmd/")) answer_json(c, "{\"response\":\"ok\",\"error\":null}");
  else if (IS("/webui/api/service"))
    answer_json(c, "{\"result\":{\"code\":3021600,\"platform\":\"linux\",\"version\":\"3.2.11\"},\"error\":null}");
  else if (IS("/server/api")) answer_json(c, "{\"result\":{\"connected\":true},\"error\":null}");
  else if (IS("/bench/break")) {
    break_playbacks(c->engine);
    answer_json(c, "{}");
  } else if (IS("/bench/pause?ms=")) {
    c->engine->silent_until_ns = now_ns() + atoll(path + 16) * 1000000;
    answer_json(c, "{}");
  } else {
    answer_json(c, "{\"response\":null,\"error\":\"unknown request\"}");
  }
}

static void read_request(struct conn *c) {
  ssize_t got = recv(c->fd, c->request + c->have, sizeof c->request - 1 - c->have, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    bury(c);
    return;
  }
  c->have += got;
  c->request[c->have] = 0;
  if (strstr(c->request, "\r\n\r\n")) answer(c);
  else if (c->have == sizeof c->request - 1) bury(c);
}

static void accept_all(struct conn *listener) {
  for (;;) {
    int fd = next_connection(listener->fd);
    if (fd < 0) return;
    struct conn *c = calloc(1, sizeof *c);
    c->kind = REQUEST;
    c->fd = fd;
    c->engine = listener->engine;
    watch(c, EPOLLIN, EPOLL_CTL_ADD);
  }
}

static void listen_on(struct engine *engine) {
  struct conn *c = calloc(1, sizeof *c);
  c->kind = LISTENER;
  c->engine = engine;
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(c->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(engine->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(c->fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(c->fd, 4096) < 0) fail("listen");
  watch(c, EPOLLIN, EPOLL_CTL_ADD);
}

static void tick(struct conn *timer) {
  uint64_t times;
  if (read(timer->fd, &times, sizeof times) < 0) return;
  int64_t ns = now_ns();
  for (struct conn *c = playbacks, *next; c; c = next) {
    next = c->next;
    write_paced(c, ns);
  }
}

static void start_clock(void) {
  struct conn *c = calloc(1, sizeof *c);
  c->kind = TIMER;
  c->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct timespec period = {tick_ms / 1000, tick_ms % 1000 * 1000000L};
  struct itimerspec spec = {period, period};
  timerfd_settime(c->fd, 0, &spec, NULL);
  watch(c, EPOLLIN, EPOLL_CTL_ADD);
}

static void usage(void) {
  fputs("engine --base PORT [--ports N] [--mbps RATE] [--media-mbps RATE] [--burst BYTES] [--chunked 1] [--tick-ms MS]\n", stderr);
  exit(4);
}

int main(int argc, char **argv) {
  int base = 0, ports = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *flag = argv[i], *value = argv[i + 1];
    if (!strcmp(flag, "--base")) base = atoi(value);
    else if (!strcmp(flag, "--ports")) ports = atoi(value);
    else if (!strcmp(flag, "--mbps")) pace_mbps = atof(value);
    else if (!strcmp(flag, "--media-mbps")) media_mbps = atof(value);
    else if (!strcmp(flag, "--burst")) burst_bytes = atoll(value);
    else if (!strcmp(flag, "--chunked")) is_chunked = atoi(value);
    else if (!strcmp(flag, "--tick-ms")) tick_ms = atoi(value);
    else usage();
  }
  if (base <= 0 || ports <= 0 || tick_ms <= 0 || argc % 2 == 0) usage();
  if (media_mbps <= 0) media_mbps = pace_mbps > 0 ? pace_mbps : 8;
  sixteens = pace_mbps > 0 ? SIXTEENS_PACED : SIXTEENS_UNLIMITED;
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  make_shared();
  poll_fd = epoll_create1(0);
  struct engine *engines = calloc(ports, sizeof *engines);
  for (int i = 0; i < ports; i++) {
    engines[i].port = base + i;
    listen_on(&engines[i]);
  }
  if (pace_mbps > 0) start_clock();
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(poll_fd, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      struct conn *c = events[i].data.ptr;
      if (c->fd < 0) continue;
      switch (c->kind) {
        case LISTENER: accept_all(c); break;
        case TIMER: tick(c); break;
        case REQUEST: read_request(c); break;
        case PLAYBACK:
          /* A proxy that shuts down its sending side has gone, too. */
          if (events[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) bury(c);
          else write_unlimited(c);
          break;
      }
    }
    while (graveyard) {
      struct conn *c = graveyard;
      graveyard = c->next;
      free(c);
    }
  }
}
