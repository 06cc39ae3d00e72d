/*
 * Several proxies that share the slots of engines through a store of leases, told a second time: without selectors,
 * streams and clients. Written by hand from the design, so that SPIN can disagree with `src/leases/keeping.ts`, which
 * `model/cluster/protocol` drives, and with our explorer. Both must find equally many states.
 *
 *   spin -a -o2 -DPROXIES=2 -DCAP=1 -DLAPSES=1 -DPAUSES=1 leases.pml
 *   gcc -O2 -DBFS -DSAFETY -DNOREDUCE -DPRINTF -o pan pan.c && ./pan
 *
 * One `d_step` is one happening. The store takes each command in one piece.
 */
#ifndef PROXIES
#define PROXIES 2
#endif
#ifndef ENGINES
#define ENGINES 1
#endif
#ifndef CAP
#define CAP 1
#endif
/* Sessions for which each proxy asks for a slot, one after the other or at once. */
#ifndef ATTEMPTS
#define ATTEMPTS 1
#endif
/* How often, in the whole world: a term ends unrenewed; a proxy is paused; one crashes; a connection breaks. */
#ifndef LAPSES
#define LAPSES 0
#endif
#ifndef PAUSES
#define PAUSES 0
#endif
#ifndef CRASHES
#define CRASHES 0
#endif
#ifndef BREAKS
#define BREAKS 0
#endif

/* Ours, or another one: -DPROTOCOL=GET_CHECK_SET. */
#define OURS 0
#define GET_CHECK_SET 1
#define NO_EXPIRY 2
#define EXPIRY_UNCHECKED 3
#define EXPIRY_TIMELY 4
#define EXPIRY_UNTIMELY 5
#define NO_PROOF 6
#define LONG_PAUSE 7
#define JOIN_FREES 8
#define GONE_UNNAMED 9
#define ANYBODY_FREES 10
#define OVERTAKEN 11
#define UNLOOKED 12
#ifndef PROTOCOL
#define PROTOCOL OURS
#endif
#define IS(x) (PROTOCOL == x)
#define EXPIRES (!IS(GET_CHECK_SET) && !IS(NO_EXPIRY))
/* What is held by a proxy that has not renewed is free then; in ours somebody has to settle it. */
#define FREES (IS(EXPIRY_UNCHECKED) || IS(EXPIRY_TIMELY) || IS(EXPIRY_UNTIMELY))

/* Looked at: all that must hold, or one rule alone, for the shortest way to its violation. */
#define ALL 0
#define LEASED 1
#define REAL_LOAD 2
#define LEAK 3
#ifndef RULES
#define RULES ALL
#endif
#define LOOKS_AT(x) (RULES == ALL || RULES == x)

#define SESSIONS (PROXIES * ATTEMPTS)
#define PROXY_OF(s) ((s) / ATTEMPTS)

/* ---- What the proxies know ---- */

/*
 * ASKED: the claim is on its way to the store. ROOM: room was seen, the claim follows. ANSWERED: the grant is on its
 * way back. CHECKED: the lease was looked at, and sending the start is the next that its proxy does. LOST: the claim
 * was on its way when the connection broke, and still is. STRAY: as LOST, but the slot has been given back. PROVED: it
 * is over, and the store is to be told.
 */
mtype:stage = { IDLE, ASKED, LOST, STRAY, ROOM, ANSWERED, GRANTED, CHECKED, PLAYING, STOPPING, PROVED, DONE };
mtype:stage stage[SESSIONS] = IDLE;
byte at[SESSIONS];                   /* its engine; 0 while that does not matter */
bool gone[SESSIONS];                 /* its proxy does not name it any more (GONE_UNNAMED) */

mtype:mode = { RUNS, PAUSED, CRASHED };
mtype:mode mode[PROXIES] = RUNS;
bool lapsed[PROXIES];                /* by its own clock its leases are over, whether it has noticed or not */
bool broken[PROXIES];                /* its connection to the store */
bool told[PROXIES * SESSIONS];       /* it was told to settle what another has left behind */
#define TOLD(p, s) told[(p) * SESSIONS + (s)]

/* ---- What the store knows ---- */

bool ended[PROXIES];                 /* it is no member */
byte owner[SESSIONS];                /* who answers for the lease: a proxy, counted from 1; 0: there is no lease */
#define IS_ORPHAN(s) (owner[s] > 0 && ended[owner[s] - 1])

/* ---- What is really the case ---- */

mtype:real = { NOWHERE, SENT, CARRIED, OVER };
mtype:real real[SESSIONS] = NOWHERE;
#define LOADS(s) (real[s] == SENT || real[s] == CARRIED)

byte lapses = LAPSES;
byte pauses = PAUSES;
byte crashes = CRASHES;
byte breaks = BREAKS;

/* ---- Of some ---- */

#if ATTEMPTS == 1
#define SOME_OWN(T, p) (T(p))
#elif ATTEMPTS == 2
#define SOME_OWN(T, p) (T((p) * 2) || T((p) * 2 + 1))
#else
#define SOME_OWN(T, p) (T((p) * 3) || T((p) * 3 + 1) || T((p) * 3 + 2))
#endif
#if PROXIES == 2
#define SOME_PROXY(T, x) (T(0, x) || T(1, x))
#else
#define SOME_PROXY(T, x) (T(0, x) || T(1, x) || T(2, x))
#endif
#if SESSIONS == 2
#define SOME_SESSION(T, x) (T(0, x) || T(1, x))
#elif SESSIONS == 3
#define SOME_SESSION(T, x) (T(0, x) || T(1, x) || T(2, x))
#elif SESSIONS == 4
#define SOME_SESSION(T, x) (T(0, x) || T(1, x) || T(2, x) || T(3, x))
#else
#define SOME_SESSION(T, x) (T(0, x) || T(1, x) || T(2, x) || T(3, x) || T(4, x) || T(5, x))
#endif
#define FIRST_OWN(p) ((p) * ATTEMPTS)
#define LAST_OWN(p) ((p) * ATTEMPTS + ATTEMPTS - 1)

#define IS_CHECKED(s) (stage[s] == CHECKED)
#define IS_UNDER_WAY(s) (stage[s] == ASKED || stage[s] == ROOM || stage[s] == ANSWERED)
#define IS_VALID(s) (stage[s] == GRANTED || stage[s] == PLAYING)
#define IS_GOING(s) (stage[s] == CHECKED || LOADS(s))
#define IS_ALIVE(p, x) (mode[p] != CRASHED)

/* It runs, and is not about to send: nothing comes between its look at the lease and that, but a pause. */
#define ACTS(p) (mode[p] == RUNS && !SOME_OWN(IS_CHECKED, p))
#define RENEWS(p) (ACTS(p) && !ended[p] && !lapsed[p] && !broken[p])
#define IS_ANOTHER(q, p) ((q) != (p) && RENEWS(q))
#define HAS_TOLD(q, s) TOLD(q, s)
#define IS_LEFT(s, x) IS_ORPHAN(s)
/* A claim of its own that it does not hold; of a session that it still stops it has heard. */
#define IS_FORGOTTEN(s, p) (owner[s] == (p) + 1 && PROXY_OF(s) == (p) && stage[s] != STOPPING && !IS_NAMED(p, s))
/* The proxy's by the store, but not as far as it knows. */
#define IS_STRAY(s, p) (owner[s] == (p) + 1 && !TOLD(p, s) && \
  (PROXY_OF(s) != (p) || stage[s] == STRAY || stage[s] == DONE))

/* ---- What may happen, and will some day ---- */

#define MAY_TAKE(s) (stage[s] == ASKED)
#define MAY_TAKE_LATE(s) (stage[s] == LOST || stage[s] == STRAY)
#define MAY_SET(s) (stage[s] == ROOM)
#define MAY_HEAR(s) (stage[s] == ANSWERED && ACTS(PROXY_OF(s)))
#define MAY_CHECK(s) (stage[s] == GRANTED && ACTS(PROXY_OF(s)))
#define MAY_SEND(s) (stage[s] == CHECKED && mode[PROXY_OF(s)] == RUNS)
#define MAY_BEGIN(s) (real[s] == SENT)
#define MAY_FINISH(s) (stage[s] == PLAYING && ACTS(PROXY_OF(s)))
/* Asked to by its proxy or by an heir; or because nobody reads it any more. */
#define MAY_STOP(s) (real[s] == CARRIED && \
  (stage[s] == STOPPING || mode[PROXY_OF(s)] == CRASHED || SOME_PROXY(HAS_TOLD, s)))
#define MAY_PROVE(s) (stage[s] == STOPPING && real[s] == OVER && ACTS(PROXY_OF(s)))
#define MAY_RELEASE(s) ((stage[s] == PROVED || stage[s] == LOST) && ACTS(PROXY_OF(s)) && !broken[PROXY_OF(s)])
/*
 * An heir has proof: the engine's word, or the release deadline. That is long enough for a session to be over, and for
 * whoever is about to send a start; unless somebody is paused just there for longer (LONG_PAUSE).
 */
#define HAS_PROOF(s) (real[s] == OVER || (IS(NO_PROOF) -> real[s] != CARRIED : \
  (real[s] == NOWHERE && (IS(LONG_PAUSE) || stage[s] != CHECKED))))
#define MAY_SETTLE(q, s) (TOLD(q, s) && ACTS(q) && !broken[q] && HAS_PROOF(s))
#define MAY_NOTICE(p) (!IS(EXPIRY_UNCHECKED) && ACTS(p) && lapsed[p] && SOME_OWN(IS_VALID, p))
/* Answers come in the order of the questions. */
#define MAY_RENEW(p) (ACTS(p) && (lapsed[p] || broken[p]) && !SOME_OWN(IS_UNDER_WAY, p))
#define MAY_LOOK(p) (!IS(UNLOOKED) && RENEWS(p) && SOME_SESSION(IS_STRAY, p))
/* It joins, and has heard of nothing since it claimed what it does not name. */
#define MAY_RENEW_UNSEEN(p) (MAY_RENEW(p) && (ended[p] || broken[p]) && SOME_SESSION(IS_FORGOTTEN, p))
#define MAY_END(p) (!ended[p] && lapsed[p] && !(IS(EXPIRY_TIMELY) && SOME_OWN(IS_GOING, p)) && SOME_PROXY(IS_ANOTHER, p))
#define MAY_RESUME(p) (mode[p] == PAUSED)

#define MAY_ADOPT(p) (RENEWS(p) && SOME_SESSION(IS_LEFT, 0))

#define GOES_ON(s, x) (MAY_TAKE(s) || MAY_TAKE_LATE(s) || MAY_SET(s) || MAY_HEAR(s) || MAY_CHECK(s) || MAY_SEND(s) || \
  MAY_BEGIN(s) || MAY_FINISH(s) || MAY_STOP(s) || MAY_PROVE(s) || MAY_RELEASE(s) || SOME_PROXY(MAY_SETTLE, s))
#define ACTS_ON(p) (MAY_NOTICE(p) || MAY_RENEW(p) || MAY_LOOK(p) || MAY_END(p) || MAY_ADOPT(p) || MAY_RESUME(p))
#if PROXIES == 2
#define ONE_ACTS_ON (ACTS_ON(0) || ACTS_ON(1))
#else
#define ONE_ACTS_ON (ACTS_ON(0) || ACTS_ON(1) || ACTS_ON(2))
#endif
#define IS_OPEN(s, x) (owner[s] != 0 || LOADS(s))
/* Nothing more need happen, somebody is there who could do something, and not everything is over. */
#define RESTS_WITH_SOMETHING (SOME_SESSION(IS_OPEN, 0) && SOME_PROXY(IS_ALIVE, 0) && \
  !SOME_SESSION(GOES_ON, 0) && !ONE_ACTS_ON)

/* ---- What must hold: the same names as in model/cluster/protocol ---- */

#define PROMISE(name, holds) if :: (holds) :: else -> printf(name); assert(false) fi

byte a, b, n;                        /* scratch; 0 between any two happenings */
bool met;

inline look() {
  for (a : 0 .. SESSIONS - 1) {
    if
    :: stage[a] == DONE && !LOADS(a) && owner[a] == 0 ->
       real[a] = NOWHERE; at[a] = 0; gone[a] = false;
       for (b : 0 .. PROXIES - 1) { TOLD(b, a) = false }
    :: else
    fi
  }
  for (a : 0 .. ENGINES - 1) {
    n = 0;
    for (b : 0 .. SESSIONS - 1) {
      if :: LOADS(b) && at[b] == a -> n++ :: else fi
    }
    PROMISE("violated: real load of all proxies ≤ cap\n", n <= CAP || !LOOKS_AT(REAL_LOAD))
  }
  a = 0; b = 0; n = 0; met = false
}

/* ---- What the store does ---- */

inline claim(s) {
  n = 0;
  for (a : 0 .. SESSIONS - 1) {
    if :: owner[a] != 0 && at[a] == at[s] -> n++ :: else fi
  }
  if
  :: !ended[PROXY_OF(s)] && (n < CAP || IS(GET_CHECK_SET)) ->
     owner[s] = PROXY_OF(s) + 1;
     stage[s] = (mode[PROXY_OF(s)] == CRASHED -> DONE : ANSWERED)
  :: else -> stage[s] = DONE
  fi
}

/* From whoever answers for the lease, or whose session it is. */
inline free(who, s) {
  if :: owner[s] == who + 1 || PROXY_OF(s) == who || IS(ANYBODY_FREES) -> owner[s] = 0 :: else fi
}

inline adopt(p, hears) {
  for (a : 0 .. SESSIONS - 1) {
    if :: IS_ORPHAN(a) -> owner[a] = p + 1; TOLD(p, a) = TOLD(p, a) || hears :: else fi
  }
}

#define IS_NAMED(p, s) (TOLD(p, s) || \
  (PROXY_OF(s) == (p) && (stage[s] == GRANTED || stage[s] == PLAYING || stage[s] == STOPPING) && !gone[s]))

inline join(p, isUnseen) {
  ended[p] = false;
  for (a : 0 .. SESSIONS - 1) {
    if
    /*
     * What it does not name of its own it has given back, if it has heard of it. What it was to settle it may not
     * have heard of.
     */
    :: !IS_NAMED(p, a) && owner[a] == p + 1 && (PROXY_OF(a) == p || IS(JOIN_FREES)) ->
       if :: isUnseen && IS_FORGOTTEN(a, p) :: else -> owner[a] = 0 fi
    :: IS_NAMED(p, a) && (owner[a] == p + 1 || IS_ORPHAN(a)) -> owner[a] = p + 1
    :: IS_NAMED(p, a) && owner[a] != p + 1 && !IS_ORPHAN(a) ->
       if
       :: PROXY_OF(a) == p && !IS(EXPIRY_UNCHECKED) -> giveUp(a); gone[a] = IS(GONE_UNNAMED)
       :: else
       fi
    :: else
    fi
  }
}

/* ---- What the proxies do ---- */

/* The lease is not valid any more: what was not sent never will be, what plays is stopped. */
inline giveUp(s) {
  if
  :: stage[s] == GRANTED -> stage[s] = PROVED
  :: stage[s] == PLAYING -> stage[s] = STOPPING
  :: else
  fi
}

/* What was under way is given back when there is a connection again. */
inline breakLine(p) {
  breaks--;
  broken[p] = true;
  for (a : FIRST_OWN(p) .. LAST_OWN(p)) {
    if
    :: stage[a] == ASKED -> stage[a] = (IS(OVERTAKEN) || IS(UNLOOKED) -> LOST : PROVED)
    :: stage[a] == ROOM || stage[a] == ANSWERED -> stage[a] = PROVED
    :: else
    fi
  }
}

/* What is under way arrives without it. */
inline crash(p) {
  crashes--;
  mode[p] = CRASHED; lapsed[p] = EXPIRES; broken[p] = false;
  for (a : 0 .. SESSIONS - 1) { TOLD(p, a) = false }
  for (a : FIRST_OWN(p) .. LAST_OWN(p)) {
    if
    :: stage[a] == LOST -> stage[a] = STRAY
    :: stage[a] == IDLE || stage[a] == ASKED || stage[a] == STRAY
    :: else -> stage[a] = DONE
    fi
  }
}

/* ---- What happens ---- */

#define MAY_ASK(s) (stage[s] == IDLE && ((s) % ATTEMPTS == 0 || stage[(s) - 1] != IDLE) && \
  ACTS(PROXY_OF(s)) && !lapsed[PROXY_OF(s)] && !broken[PROXY_OF(s)])
#define ASK(e) :: d_step { MAY_ASK(_pid) -> stage[_pid] = ASKED; at[_pid] = e; look() }
#define SETTLE(q) :: d_step { MAY_SETTLE(q, _pid) -> free(q, _pid); TOLD(q, _pid) = false; look() }

active [SESSIONS] proctype Session() {
end:
  do
  ASK(0)
#if ENGINES > 1
  ASK(1)
#endif
  /* The store takes the claim; or tells whether there is room, and takes it later. */
  :: d_step { MAY_TAKE(_pid) ->
       if
       :: IS(GET_CHECK_SET) ->
          for (a : 0 .. SESSIONS - 1) {
            if :: owner[a] != 0 && at[a] == at[_pid] -> n++ :: else fi
          }
          stage[_pid] = (n < CAP -> ROOM : DONE)
       :: else -> claim(_pid)
       fi;
       look() }
  :: d_step { MAY_SET(_pid) -> claim(_pid); look() }
  :: d_step { MAY_TAKE_LATE(_pid) ->
       met = stage[_pid] == LOST;
       claim(_pid);
       stage[_pid] = (met -> PROVED : DONE);
       look() }
  :: d_step { MAY_HEAR(_pid) -> stage[_pid] = GRANTED; look() }
  :: d_step { MAY_CHECK(_pid) ->
       stage[_pid] = (lapsed[PROXY_OF(_pid)] && !IS(EXPIRY_UNCHECKED) -> PROVED : CHECKED);
       look() }
  :: d_step { MAY_SEND(_pid) ->
       PROMISE("violated: nothing is sent without a lease\n", owner[_pid] != 0 || !LOOKS_AT(LEASED));
       stage[_pid] = PLAYING; real[_pid] = SENT;
       look() }
  :: d_step { MAY_BEGIN(_pid) -> real[_pid] = CARRIED; look() }
  /* Its clients are gone. */
  :: d_step { MAY_FINISH(_pid) -> stage[_pid] = STOPPING; look() }
  :: d_step { MAY_STOP(_pid) -> real[_pid] = OVER; look() }
  :: d_step { MAY_PROVE(_pid) -> stage[_pid] = PROVED; look() }
  :: d_step { MAY_RELEASE(_pid) ->
       free(PROXY_OF(_pid), _pid);
       stage[_pid] = (stage[_pid] == LOST -> STRAY : DONE);
       look() }
  SETTLE(0)
  SETTLE(1)
#if PROXIES > 2
  SETTLE(2)
#endif
  od
}

#define ME (_pid - SESSIONS)

active [PROXIES] proctype Proxy() {
end:
  do
  :: d_step { EXPIRES && !lapsed[ME] && lapses > 0 && (ACTS(ME) || mode[ME] == PAUSED) ->
       lapses--; lapsed[ME] = true; look() }
  :: d_step { MAY_NOTICE(ME) ->
       for (a : FIRST_OWN(ME) .. LAST_OWN(ME)) { giveUp(a) }
       look() }
  :: d_step { MAY_RENEW(ME) ->
       if :: ended[ME] || broken[ME] -> join(ME, false) :: else fi;
       lapsed[ME] = false; broken[ME] = false;
       look() }
  :: d_step { MAY_RENEW_UNSEEN(ME) -> join(ME, true); lapsed[ME] = false; broken[ME] = false; look() }
  /* A claim that was taken in too late is given back; what it was handed it settles. */
  :: d_step { MAY_LOOK(ME) ->
       for (a : 0 .. SESSIONS - 1) {
         if
         :: IS_STRAY(a, ME) && PROXY_OF(a) == ME -> free(ME, a)
         :: IS_STRAY(a, ME) && PROXY_OF(a) != ME -> TOLD(ME, a) = true
         :: else
         fi
       }
       look() }
  /* Another one's renewal finds that its term is over in the store. */
  :: d_step { MAY_END(ME) ->
       ended[ME] = true;
       for (a : 0 .. SESSIONS - 1) {
         if :: FREES && IS_ORPHAN(a) -> owner[a] = 0 :: else fi
       }
       look() }
  :: d_step { MAY_ADOPT(ME) -> adopt(ME, true); look() }
  /* The answer to the renewal is lost. */
  :: d_step { MAY_ADOPT(ME) && breaks > 0 -> adopt(ME, false); breakLine(ME); look() }
  :: d_step { mode[ME] != CRASHED && !broken[ME] && breaks > 0 -> breakLine(ME); look() }
  :: d_step { mode[ME] == RUNS && pauses > 0 -> pauses--; mode[ME] = PAUSED; look() }
  :: d_step { MAY_RESUME(ME) -> mode[ME] = RUNS; look() }
  :: d_step { mode[ME] != CRASHED && crashes > 0 -> crash(ME); look() }
  od
}

/* Takes a step only where a rule is broken, which is no happening. */
active proctype Rest() {
end:
  do
  :: d_step { LOOKS_AT(LEAK) && RESTS_WITH_SOMETHING -> PROMISE("violated: at rest nothing is leased\n", false) }
  od
}
