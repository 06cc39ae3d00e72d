/*
 * The promise, told a second time: engines, a proxy that gives their slots away, and clients that come and go.
 * Written by hand from the design, not made from the code, so that SPIN can disagree with `src/slots` and with the
 * explorer of `model/`. Both must find equally many states.
 *
 *   spin -a -o2 -DENGINES=2 -DCAP=1 -DREQUESTS=3 -DCONTENTS=3 slots.pml
 *   gcc -O2 -DBFS -DSAFETY -DNOREDUCE -DPRINTF -o pan pan.c && ./pan
 *
 * One `d_step` is one happening with all that the proxy does about it. A content is asked for by at most one stream,
 * and is at most once on an engine: so streams go by their content, and sessions by engine and content.
 */
#ifndef ENGINES
#define ENGINES 1
#endif
#ifndef CAP
#define CAP 1
#endif
#ifndef REQUESTS
#define REQUESTS 2
#endif
#ifndef CONTENTS
#define CONTENTS REQUESTS
#endif
/* Are starts and ends reported to the orchestrator, which takes them in later? */
#ifndef REPORTS
#define REPORTS 1
#endif

/* Known bugs, one of which may be put in place: -DMUTANT=LIFO. */
#define NONE 0
#define OFF_BY_ONE 1
#define LOST_WAKEUP 2
#define FREE_ON_LEAVE 3
#define SHARE_ONLY_ACTIVE 4
#define LIFO 5
#define DOUBLE_RELEASE 6
#define LINGER_NEVER_YIELDS 7
#define ORIG_RACE 8
#define HALF_EARLY_RELEASE 9
#define RELEASE_ON_ACK 10
#define LEAK_ABORT_PENDING 11
#define FIRST_LEAVER_CLOSES 12
#define CONTENT_TWICE 13
#define YIELD_STORM 14
#ifndef MUTANT
#define MUTANT NONE
#endif

/* ---- What the proxy knows ---- */

/* A slot of an engine. RELEASED is still held: the engine may carry the stream until there is proof that it let go. */
mtype:slot = { FREE, PENDING, ACTIVE, RELEASED };
/* A stream plays one content for its clients. WAITING: in the line for a slot. STARTING: has one, no media yet. */
mtype:stream = { ABSENT, WAITING, STARTING, PLAYING };

/* By engine and content: the slot of the session, if there is one. */
#define SESSIONS (ENGINES * CONTENTS)
#define AT(e, k) ((e) * CONTENTS + (k))
#define ENGINE_OF(s) ((s) / CONTENTS)
#define CONTENT_OF(s) ((s) % CONTENTS)
mtype:slot slot[SESSIONS] = FREE;
bool answered[SESSIONS];           /* the proxy has heard that the session began */
mtype:stream stream[CONTENTS] = ABSENT;
byte waits[CONTENTS];              /* clients that have had no media yet */
byte served[CONTENTS];             /* clients that have */

/* Orders, as ranks from 1; 0: not in it. */
byte line[CONTENTS];               /* who waits: 1 came first */
byte lingers[CONTENTS];            /* who is kept without a client: 1 has been for the longest time */
byte used[ENGINES];                /* engines by their latest grant: 1 is the longest ago, 0 is never */

/* ---- What is really the case ---- */

/* A session at its engine, from the moment when the start is sent. It loads the engine while SENT or RUNNING. */
mtype:real = { NOWHERE, SENT, RUNNING, OVER };
mtype:real real[SESSIONS] = NOWHERE;
bool played[SESSIONS];             /* its media has come */

/* Reports travel in their order. BEGUN: "started" is on its way. LISTED: the orchestrator has it. */
mtype:report = { UNREPORTED, BEGUN, LISTED };
mtype:report report[SESSIONS] = UNREPORTED;
byte bothSent;                     /* sessions that are over, with both reports on their way */
byte endSent;                      /* and with "ended" on its way */

byte left = REQUESTS;

/* ---- What may happen ---- */

#define MAY_GIVE_UP(x) (stream[x] == WAITING && waits[x] > 0)
#define MAY_END(x) (lingers[x] != 0)
#define MAY_BEGIN(x) (real[x] == SENT)
#define MAY_ANSWER(x) ((real[x] == RUNNING || real[x] == OVER) && !answered[x])
#define MAY_STOP(x) (slot[x] == RELEASED && answered[x] && real[x] == RUNNING)
/* Proof is the engine's word, or the deadline, which is long enough for the session to be over. */
#define MAY_BE_OVER(x) (slot[x] == RELEASED && real[x] == OVER)
#define MAY_PLAY(x) (slot[x] == ACTIVE && real[x] == RUNNING && !played[x])
#define MAY_BE_LISTED(x) (REPORTS && report[x] == BEGUN)

/* ---- What must hold: the same names as in model/properties ---- */

#define PROMISE(name, holds) if :: (holds) :: else -> printf(name); assert(false) fi

#define LOADS(x) (real[x] == SENT || real[x] == RUNNING)

/*
 * Scratch. Hidden from the states where SPIN allows that, which is depth first only; 0 between any two happenings,
 * so that it tells no states apart anywhere.
 */
#ifdef DEPTH_FIRST
#define SCRATCH hidden byte
#else
#define SCRATCH byte
#endif
SCRATCH a, b, c, n, k, w, last, best, helped, yielded;
SCRATCH met, settled, rests;       /* yes or no */
SCRATCH waiting, coming;           /* streams without a place; places that are being released */
SCRATCH was[CONTENTS];             /* the line before the proxy serves it */
SCRATCH load[ENGINES];             /* slots that are not free */
SCRATCH seen[ENGINES];             /* the same, as the proxy believes */

inline forget() {
  for (a : 0 .. CONTENTS - 1) { was[a] = 0 }
  for (a : 0 .. ENGINES - 1) { load[a] = 0; seen[a] = 0 }
  a = 0; b = 0; c = 0; n = 0; k = 0; w = 0; last = 0; best = 0; coming = 0; helped = 0; yielded = 0; waiting = 0;
  met = 0; settled = 0; rests = 0
}

inline count() {
  waiting = 0; coming = 0;
  for (a : 0 .. CONTENTS - 1) { waiting = waiting + (stream[a] == WAITING) }
  for (a : 0 .. ENGINES - 1) { load[a] = 0; seen[a] = 0 }
  for (a : 0 .. SESSIONS - 1) {
    load[ENGINE_OF(a)] = load[ENGINE_OF(a)] + (slot[a] != FREE);
    seen[ENGINE_OF(a)] = seen[ENGINE_OF(a)] + (slot[a] != FREE && MUTANT != ORIG_RACE &&
      !(MUTANT == HALF_EARLY_RELEASE && slot[a] != PENDING) &&
      !(MUTANT == RELEASE_ON_ACK && slot[a] == ACTIVE && played[a]));
    coming = coming + (slot[a] == RELEASED)
  }
}

/* ---- Orders ---- */

/* Macros, since an inline takes no array. */
#define REMOVE(rank, size, x) \
  for (a : 0 .. size - 1) { \
    if :: rank[x] != 0 && rank[a] > rank[x] -> rank[a]-- :: else fi \
  } \
  rank[x] = 0

#define APPEND(rank, size, x) \
  last = 0; \
  for (a : 0 .. size - 1) { \
    if :: rank[a] > last -> last = rank[a] :: else fi \
  } \
  rank[x] = last + 1

/* ---- Slots and streams ---- */

inline reserve(en, ct) {
  PROMISE("violated: a content never twice on one engine\n", slot[AT(en, ct)] == FREE);
  slot[AT(en, ct)] = PENDING;
  real[AT(en, ct)] = SENT;
  stream[ct] = STARTING;
  REMOVE(line, CONTENTS, ct);
  REMOVE(used, ENGINES, en);
  APPEND(used, ENGINES, en);
  load[en]++; seen[en]++; waiting--;
  PROMISE("violated: load ≤ cap at every grant\n", load[en] <= CAP)
}

/* The stream needs the session no more; the engine is asked to stop it. */
inline release(ss) {
  PROMISE("violated: no illegal move\n", slot[ss] == PENDING || slot[ss] == ACTIVE);
  slot[ss] = RELEASED
}

/* There is proof: the slot is free. */
inline settle(ss) {
  PROMISE("violated: no under-count\n", !LOADS(ss));
  if
  :: REPORTS && report[ss] == BEGUN -> bothSent++
  :: REPORTS && report[ss] == LISTED -> endSent++
  :: else
  fi;
  slot[ss] = FREE; answered[ss] = false; real[ss] = NOWHERE; played[ss] = false; report[ss] = UNREPORTED;
  settled = true
}

/* The stream is over for everybody who is left. */
inline finish(ct) {
  REMOVE(line, CONTENTS, ct);
  REMOVE(lingers, CONTENTS, ct);
  stream[ct] = ABSENT; waits[ct] = 0; served[ct] = 0;
  for (b : 0 .. ENGINES - 1) {
    if
    :: slot[AT(b, ct)] == PENDING || slot[AT(b, ct)] == ACTIVE ->
       release(AT(b, ct));
       if :: MUTANT == DOUBLE_RELEASE -> release(AT(b, ct)) :: else fi;
       PROMISE("violated: free only after proof\n", MUTANT != FREE_ON_LEAVE)
    :: else
    fi
  }
}

/* ---- What the proxy does after every event ---- */

/* Whoever can be served is, oldest first: by the engine with the fewest streams, then the one unused for longest. */
inline serve() {
  for (n : 1 .. CONTENTS) {
    for (w : 0 .. CONTENTS - 1) {
      if
      :: was[w] != 0 && was[w] == (MUTANT == LIFO -> CONTENTS + 1 - n : n) ->
         best = ENGINES;
         for (c : 0 .. ENGINES - 1) {
           if
           :: seen[c] < CAP + (MUTANT == OFF_BY_ONE) && (slot[AT(c, w)] == FREE || MUTANT == CONTENT_TWICE) ->
              if
              :: best == ENGINES -> best = c
              :: best < ENGINES && (load[c] < load[best] || (load[c] == load[best] && used[c] < used[best])) ->
                 best = c
              :: else
              fi
           :: else
           fi
         }
         if :: best < ENGINES -> reserve(best, w) :: else fi
      :: else
      fi
    }
  }
}

/* The stream that has lingered for the longest time gives its place up. */
inline yield() {
  for (c : 0 .. CONTENTS - 1) {
    if :: lingers[c] == 1 -> finish(c); yielded++; break :: else fi
  }
}

/*
 * For each stream that still waits, one place should be on its way. It has no live session anywhere, so any place
 * will do for it; and as no load is above the cap, each slot that is being released is such a place.
 */
inline makeRoom() {
  for (w : 1 .. CONTENTS) {
    if
    :: MUTANT != LINGER_NEVER_YIELDS && (w <= waiting - coming || (MUTANT == YIELD_STORM && waiting > 0)) -> yield()
    :: else
    fi
  }
}

inline pump() {
  for (w : 0 .. CONTENTS - 1) { was[w] = line[w] }
  if
  :: MUTANT == LOST_WAKEUP && settled
  :: else -> count(); serve(); makeRoom()
  fi;
  lookAtProxy()
}

/* ---- What is looked at ---- */

/* What the proxy has done, and what it knows. */
inline lookAtProxy() {
  count();
  for (w : 0 .. CONTENTS - 1) {
    met = false;
    for (n : 0 .. SESSIONS - 1) {
      if
      :: stream[w] == WAITING && slot[AT(ENGINE_OF(n), w)] == FREE ->
         PROMISE("violated: first come, first served\n", !(slot[n] == PENDING && was[CONTENT_OF(n)] > was[w]));
         PROMISE("violated: nobody waits while there is room\n", load[ENGINE_OF(n)] == CAP);
         met = met || (lingers[CONTENT_OF(n)] && (slot[n] == PENDING || slot[n] == ACTIVE))
      :: else
      fi
    }
    helped = helped + met;
    PROMISE("violated: a stream lingers exactly when nobody watches it\n",
      (lingers[w] != 0) == (stream[w] != ABSENT && waits[w] + served[w] == 0))
  }
  PROMISE("violated: no more streams yield than wait\n", yielded <= waiting);
  PROMISE("violated: lingering streams yield\n", helped <= coming)
}

/* What is really the case, and whether it may stay so. */
inline lookAtWorld() {
  rests = !bothSent && !endSent;
  for (a : 0 .. SESSIONS - 1) {
    rests = rests && !MAY_BEGIN(a) && !MAY_ANSWER(a) && !MAY_STOP(a) && !MAY_BE_OVER(a) && !MAY_PLAY(a) &&
            !MAY_BE_LISTED(a)
  }
  for (a : 0 .. CONTENTS - 1) { rests = rests && !MAY_GIVE_UP(a) && !MAY_END(a) }
  for (a : 0 .. ENGINES - 1) {
    last = 0;
    for (b : 0 .. CONTENTS - 1) {
      if :: LOADS(AT(a, b)) -> last++ :: else fi
    }
    PROMISE("violated: real load ≤ cap\n", last <= CAP)
  }
  if
  :: rests ->
     for (a : 0 .. CONTENTS - 1) {
       PROMISE("violated: everybody is answered\n", waits[a] == 0 && stream[a] != WAITING && stream[a] != STARTING);
       PROMISE("violated: at rest nothing is left\n", stream[a] == ABSENT || served[a] > 0)
     }
     for (a : 0 .. SESSIONS - 1) {
       PROMISE("violated: at rest nothing is left\n", slot[a] == FREE || slot[a] == ACTIVE);
       PROMISE("violated: at rest nothing is left\n", !LOADS(a) || slot[a] == ACTIVE);
       PROMISE("violated: the orchestrator converges\n", !REPORTS || !answered[a] || report[a] == LISTED)
     }
  :: else
  fi;
  forget()
}

/* ---- What happens ---- */

/* A client of a stream is gone; the last one of a stream that waits takes it along. */
inline goneOne(ct) {
  if
  :: waits[ct] + served[ct] > 0 ->
     PROMISE("violated: nobody is sent away because another left\n", MUTANT != FIRST_LEAVER_CLOSES)
  :: waits[ct] + served[ct] == 0 && (stream[ct] == WAITING || MUTANT == FREE_ON_LEAVE) -> finish(ct)
  :: waits[ct] + served[ct] == 0 && stream[ct] == STARTING && MUTANT == LEAK_ABORT_PENDING
  :: else -> APPEND(lingers, CONTENTS, ct)
  fi
}

active [SESSIONS] proctype Session() {
end:
  do
  /* The engine begins. */
  :: d_step { MAY_BEGIN(_pid) -> real[_pid] = RUNNING; lookAtWorld() }
  /* It answers the start. What is released already is only to be stopped. */
  :: d_step { MAY_ANSWER(_pid) ->
       answered[_pid] = true;
       if :: slot[_pid] == PENDING -> slot[_pid] = ACTIVE; report[_pid] = BEGUN :: else fi;
       pump(); lookAtWorld() }
  /* It ends a session that is to be stopped, says so, or is taken at its deadline. */
  :: d_step { MAY_STOP(_pid) -> real[_pid] = OVER; lookAtWorld() }
  :: d_step { MAY_BE_OVER(_pid) && answered[_pid] -> settle(_pid); pump(); lookAtWorld() }
  :: d_step { MAY_BE_OVER(_pid) -> settle(_pid); pump(); lookAtWorld() }
  /* The first media: whoever waits for it is served. */
  :: d_step { MAY_PLAY(_pid) ->
       played[_pid] = true;
       stream[CONTENT_OF(_pid)] = PLAYING;
       served[CONTENT_OF(_pid)] = served[CONTENT_OF(_pid)] + waits[CONTENT_OF(_pid)];
       waits[CONTENT_OF(_pid)] = 0;
       pump(); lookAtWorld() }
  /* The orchestrator takes the report of the start in. */
  :: d_step { MAY_BE_LISTED(_pid) -> report[_pid] = LISTED; lookAtWorld() }
  od
}

active [CONTENTS] proctype Content() {
end:
  do
  /* A client asks for it. */
  :: d_step { left > 0 ->
       k = _pid - SESSIONS;
       left--;
       REMOVE(lingers, CONTENTS, k);
       if
       :: stream[k] == PLAYING -> served[k]++
       :: stream[k] == ABSENT || (stream[k] != PLAYING && MUTANT == SHARE_ONLY_ACTIVE) ->
          PROMISE("violated: a stream per content\n", stream[k] == ABSENT);
          stream[k] = WAITING; waits[k] = 1; APPEND(line, CONTENTS, k)
       :: else -> waits[k]++
       fi;
       pump(); lookAtWorld() }
  /* A client leaves, served or not. */
  :: d_step { waits[_pid - SESSIONS] > 0 ->
       k = _pid - SESSIONS; waits[k]--; goneOne(k); pump(); lookAtWorld() }
  :: d_step { served[_pid - SESSIONS] > 0 ->
       k = _pid - SESSIONS; served[k]--; goneOne(k); pump(); lookAtWorld() }
  /* A client has waited for a slot long enough. */
  :: d_step { MAY_GIVE_UP(_pid - SESSIONS) ->
       k = _pid - SESSIONS;
       waits[k]--;
       if :: waits[k] == 0 -> finish(k) :: else fi;
       pump(); lookAtWorld() }
  /* Nobody has come back to a stream that lingers. */
  :: d_step { MAY_END(_pid - SESSIONS) -> k = _pid - SESSIONS; finish(k); pump(); lookAtWorld() }
  od
}

/* Reports of sessions that are over, "started" first, then "ended". Any of up to four may be next, be they all alike. */
#define TAKEN_IN(n) \
  :: d_step { bothSent > n -> bothSent--; endSent++; lookAtWorld() } \
  :: d_step { endSent > n -> endSent--; lookAtWorld() }
active proctype Outbox() {
end:
  do
  TAKEN_IN(0)
#if REQUESTS > 1
  TAKEN_IN(1) TAKEN_IN(2) TAKEN_IN(3)
#endif
  od
}
