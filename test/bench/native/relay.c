/*
 * The limit: a relay with no more in it than the job needs, one thread, epoll.
 *
 *   relay --port PORT --engine PORT [--engine …] [--ring BYTES] [--read BYTES] [--reuse-port 1]
 *
 *   --port PORT       listens on 127.0.0.1:PORT
 *   --engine PORT     an engine on 127.0.0.1; may be repeated
 *   --ring BYTES      ring of each stream (default 2 MiB: larger ones leave the caches and were slower)
 *   --read BYTES      most that is read from an engine at once (default 256 KiB)
 *   --reuse-port 1    SO_REUSEPORT: several relays on one port, each with its own upstream
 *
 * GET /ace/getstream?id=HEX (any path with an id): the stream of that id, on engine number id mod engines. Its first
 * client starts it: the engine is asked as a proxy asks it (format=json), the playback is opened, and its bytes go
 * into one ring. Each client is a cursor there; the bytes are sent from where they lie. The stream ends with its last
 * client. It knows nothing of MPEG-TS, of caps, of stops, of failing engines: one that breaks ends its clients.
 *
 * A client that is about to be overtaken by the ring is waited for, unless it has taken nothing for 200 ms; then it is
 * moved to the newest byte. The answer to a client is sent with the first bytes, close-delimited.
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
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, ENGINES_MAX = 512, REQUEST_BYTES = 4096, STUCK_MS = 200, PACKET = 188 };

enum kind { LISTENER, CLIENT, UPSTREAM };

struct conn {
  enum kind kind;
  int fd;
  struct stream *stream;
  /* Of a client: */
  char request[REQUEST_BYTES];
  int have;
  int64_t position;
  int64_t took_ms;   /* when it last took a byte */
  int is_waiting;    /* it has all there is */
  int header_sent;
  struct conn *next, *prev;
};

struct stream {
  char key[41];
  unsigned char *ring;
  int64_t end;         /* bytes that ever came */
  struct conn *clients;
  struct conn *upstream;
  int is_held;         /* the upstream waits for a client */
  int headers_over, is_chunked;
  int64_t chunk_left;
  struct stream *next;
};

static int engines[ENGINES_MAX], engine_count;
static int64_t ring_bytes = 2 << 20, read_bytes = 256 << 10;
static int poll_fd, reuse_port;
static struct stream *streams;
static struct conn *graveyard;
static struct stream *stream_graveyard;

static int64_t now_ms(void) { return now_ns() / 1000000; }

static void watch(struct conn *c, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.ptr = c};
  if (epoll_ctl(poll_fd, operation, c->fd, &event) < 0) fail("epoll_ctl");
}

static void bury(struct conn *c) {
  if (c->fd < 0) return;
  close(c->fd);
  c->fd = -1;
  c->next = graveyard;
  graveyard = c;
}

static void end_stream(struct stream *s) {
  for (struct stream **at = &streams; *at; at = &(*at)->next)
    if (*at == s) {
      *at = s->next;
      break;
    }
  for (struct conn *c = s->clients, *next; c; c = next) {
    next = c->next;
    bury(c);
  }
  if (s->upstream) bury(s->upstream);
  s->next = stream_graveyard;
  stream_graveyard = s;
}

static void release(struct stream *s);

static void client_gone(struct conn *c) {
  struct stream *s = c->stream;
  if (s) {
    if (c->prev) c->prev->next = c->next;
    else s->clients = c->next;
    if (c->next) c->next->prev = c->prev;
  }
  bury(c);
  if (!s) return;
  if (!s->clients) end_stream(s);
  else release(s);
}

/* The room that the slowest client leaves: those that took nothing for long do not count, and are moved later. */
static int64_t room(struct stream *s) {
  int64_t oldest = s->end, ms = now_ms();
  for (struct conn *c = s->clients; c; c = c->next)
    if (c->position < oldest && ms - c->took_ms < STUCK_MS) oldest = c->position;
  return ring_bytes - (s->end - oldest);
}

/* Sends what there is for a client, until its socket is full. 0: it is gone. */
static int serve(struct conn *c) {
  static const char header[] = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n";
  struct stream *s = c->stream;
  if (s->end - c->position > ring_bytes) {
    /* It was overtaken. Whole packets are skipped, so that it finds the next one where it expects it. */
    c->position += (s->end - c->position) / PACKET * PACKET;
  }
  while (c->position < s->end || !c->header_sent) {
    if (s->end == c->position) break;
    struct iovec parts[3];
    int count = 0, extra = 0;
    if (!c->header_sent) {
      extra = sizeof header - 1;
      parts[count++] = (struct iovec){(char *)header, extra};
    }
    int64_t at = c->position % ring_bytes, length = s->end - c->position;
    int64_t first = length < ring_bytes - at ? length : ring_bytes - at;
    parts[count++] = (struct iovec){s->ring + at, first};
    if (first < length) parts[count++] = (struct iovec){s->ring, length - first};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t sent = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) {
      if (c->is_waiting) {
        c->is_waiting = 0;
        watch(c, EPOLLOUT | EPOLLRDHUP, EPOLL_CTL_MOD);
      }
      return 1;
    }
    if (sent < extra) {
      client_gone(c);
      return 0;
    }
    c->header_sent = 1;
    c->position += sent - extra;
    c->took_ms = now_ms();
  }
  if (!c->is_waiting) {
    c->is_waiting = 1;
    watch(c, EPOLLRDHUP, EPOLL_CTL_MOD);
  }
  return 1;
}

/* Takes the answer's headers from the socket, and not a byte more. 0: they are not there yet, or the stream is over. */
static int read_headers(struct stream *s) {
  char text[2048];
  ssize_t got = recv(s->upstream->fd, text, sizeof text - 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return 0;
  text[got > 0 ? got : 0] = 0;
  char *end = strstr(text, "\r\n\r\n");
  if (got <= 0 || (!end && got == sizeof text - 1)) end_stream(s);
  if (got <= 0 || !end) return 0;
  *end = 0;
  s->is_chunked = strcasestr(text, "transfer-encoding: chunked") != NULL;
  s->headers_over = 1;
  return recv(s->upstream->fd, text, end + 4 - text, 0) > 0;
}

/* The same with the line before a chunk, and the end of the chunk before it. */
static int read_chunk_size(struct stream *s) {
  char text[32];
  ssize_t got = recv(s->upstream->fd, text, sizeof text - 1, MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return 0;
  text[got > 0 ? got : 0] = 0;
  char *line = s->end > 0 ? text + 2 : text;
  char *end = got > 2 ? strstr(line, "\r\n") : NULL;
  s->chunk_left = end ? strtoll(line, NULL, 16) : 0;
  if (got <= 0 || (end && s->chunk_left == 0)) end_stream(s);
  if (s->chunk_left == 0) return 0;
  return recv(s->upstream->fd, text, end + 2 - text, 0) > 0;
}

static void read_upstream(struct stream *s) {
  int64_t space = room(s);
  if (space < read_bytes) {
    if (!s->is_held) {
      s->is_held = 1;
      watch(s->upstream, 0, EPOLL_CTL_MOD);
    }
    return;
  }
  if (!s->headers_over && !read_headers(s)) return;
  if (s->is_chunked && s->chunk_left == 0 && !read_chunk_size(s)) return;
  int64_t at = s->end % ring_bytes;
  int64_t length = read_bytes < ring_bytes - at ? read_bytes : ring_bytes - at;
  if (s->is_chunked && length > s->chunk_left) length = s->chunk_left;
  ssize_t got = recv(s->upstream->fd, s->ring + at, length, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    end_stream(s);
    return;
  }
  s->chunk_left -= got;
  s->end += got;
  int64_t oldest_gone = s->end - ring_bytes;
  for (struct conn *c = s->clients, *next; c; c = next) {
    next = c->next;
    if (c->is_waiting || c->position < oldest_gone) {
      int is_last = s->clients == c && !next;
      if (!serve(c) && is_last) return;
    }
  }
}

/* Lets a held upstream go on as soon as there is room. */
static void release(struct stream *s) {
  if (!s->is_held || room(s) < read_bytes) return;
  s->is_held = 0;
  watch(s->upstream, EPOLLIN, EPOLL_CTL_MOD);
}

static int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
    close(fd);
    return -1;
  }
  return fd;
}

static int ask(int port, const char *target) {
  int fd = dial(port);
  if (fd < 0) return -1;
  char request[512];
  int length = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n",
                        target, port);
  if (send(fd, request, length, MSG_NOSIGNAL) != length) {
    close(fd);
    return -1;
  }
  return fd;
}

/* Asks the engine for a playback, waiting for it: the engines here answer at once. */
static int open_playback(const char *key) {
  int number = strtol(key + 34, NULL, 16) % engine_count;
  int port = engines[number];
  char target[256], answer[4096];
  snprintf(target, sizeof target, "/ace/getstream?id=%s&format=json", key);
  int fd = ask(port, target), have = 0;
  if (fd < 0) return -1;
  for (ssize_t got; (got = recv(fd, answer + have, sizeof answer - 1 - have, 0)) > 0;) have += got;
  close(fd);
  answer[have] = 0;
  static const char mark[] = "\"playback_url\":\"http://";
  char *url = strstr(answer, mark);
  char *path = url ? strchr(url + sizeof mark - 1, '/') : NULL;
  char *quote = path ? strchr(path, '"') : NULL;
  if (!quote) return -1;
  *quote = 0;
  return ask(port, path);
}

static struct stream *stream_of(const char *key) {
  for (struct stream *s = streams; s; s = s->next)
    if (!strcmp(s->key, key)) return s;
  int fd = open_playback(key);
  if (fd < 0) return NULL;
  struct stream *s = calloc(1, sizeof *s);
  strcpy(s->key, key);
  s->ring = malloc(ring_bytes);
  s->upstream = calloc(1, sizeof *s->upstream);
  s->upstream->kind = UPSTREAM;
  s->upstream->fd = fd;
  s->upstream->stream = s;
  watch(s->upstream, EPOLLIN, EPOLL_CTL_ADD);
  s->next = streams;
  streams = s;
  return s;
}

static void read_request(struct conn *c) {
  ssize_t got = recv(c->fd, c->request + c->have, sizeof c->request - 1 - c->have, MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got > 0) {
    c->have += got;
    c->request[c->have] = 0;
  }
  if (got <= 0 || c->have == sizeof c->request - 1) {
    client_gone(c);
    return;
  }
  if (!strstr(c->request, "\r\n\r\n")) return;
  char key[41] = "0000000000000000000000000000000000000000";
  char *id = strstr(c->request, "id=");
  if (id && strspn(id + 3, "0123456789abcdef") >= 40) memcpy(key, id + 3, 40);
  struct stream *s = stream_of(key);
  if (!s) {
    client_gone(c);
    return;
  }
  c->stream = s;
  c->next = s->clients;
  if (s->clients) s->clients->prev = c;
  s->clients = c;
  c->position = s->end / PACKET * PACKET;
  c->took_ms = now_ms();
  c->is_waiting = 1;
  watch(c, EPOLLRDHUP, EPOLL_CTL_MOD);
  serve(c);
}

static void accept_all(struct conn *listener) {
  for (;;) {
    int fd = next_connection(listener->fd);
    if (fd < 0) return;
    struct conn *c = calloc(1, sizeof *c);
    c->kind = CLIENT;
    c->fd = fd;
    watch(c, EPOLLIN, EPOLL_CTL_ADD);
  }
}

static void handle(struct conn *c, uint32_t events) {
  if (c->kind == LISTENER) {
    accept_all(c);
  } else if (c->kind == UPSTREAM) {
    if (events & EPOLLIN) read_upstream(c->stream);
    else if (events & (EPOLLHUP | EPOLLERR)) end_stream(c->stream);
  } else if (!c->stream) {
    read_request(c);
  } else if (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)) {
    client_gone(c);
  } else {
    struct stream *s = c->stream;
    if (serve(c)) release(s);
  }
}

static void bury_the_dead(void) {
  while (graveyard) {
    struct conn *c = graveyard;
    graveyard = c->next;
    free(c);
  }
  while (stream_graveyard) {
    struct stream *s = stream_graveyard;
    stream_graveyard = s->next;
    free(s->ring);
    free(s);
  }
}

static void usage(void) {
  fputs("relay --port PORT --engine PORT [--engine PORT …] [--ring BYTES] [--read BYTES] [--reuse-port 1]\n", stderr);
  exit(4);
}

int main(int argc, char **argv) {
  int port = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const char *flag = argv[i], *value = argv[i + 1];
    if (!strcmp(flag, "--port")) port = atoi(value);
    else if (!strcmp(flag, "--engine") && engine_count < ENGINES_MAX) engines[engine_count++] = atoi(value);
    else if (!strcmp(flag, "--ring")) ring_bytes = atoll(value);
    else if (!strcmp(flag, "--read")) read_bytes = atoll(value);
    else if (!strcmp(flag, "--reuse-port")) reuse_port = atoi(value);
    else usage();
  }
  if (port <= 0 || engine_count == 0 || argc % 2 == 0) usage();
  signal(SIGPIPE, SIG_IGN);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  poll_fd = epoll_create1(0);
  struct conn listener = {.kind = LISTENER};
  listener.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int one = 1;
  setsockopt(listener.fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (reuse_port) setsockopt(listener.fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener.fd, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(listener.fd, 4096) < 0) fail("listen");
  watch(&listener, EPOLLIN, EPOLL_CTL_ADD);
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[EVENTS];
    /* A held stream whose clients are all stuck goes on when they are given up. */
    int any_held = 0;
    for (struct stream *s = streams; s; s = s->next) any_held |= s->is_held;
    int count = epoll_wait(poll_fd, events, EVENTS, any_held ? STUCK_MS / 4 : -1);
    if (any_held)
      for (struct stream *s = streams; s; s = s->next) release(s);
    for (int i = 0; i < count; i++) {
      struct conn *c = events[i].data.ptr;
      if (c->fd >= 0) handle(c, events[i].events);
    }
    bury_the_dead();
  }
}
