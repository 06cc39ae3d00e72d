---------------------------------- MODULE Slots ----------------------------------
(* The promise, told a third time: a proxy that gives slots of engines away, and    *)
(* the world that answers it. Written by hand from the design, so that it can       *)
(* disagree with `src/slots` and with the explorer of `model/`: both must find      *)
(* equally many states.                                                             *)
(*                                                                                  *)
(* `proxy` is what the proxy knows, `world` what is really the case. An action is   *)
(* one happening with all that the proxy does about it: it hears, then it pumps     *)
(* (serves who waits, and makes room), and the world obeys what has changed.        *)
(*                                                                                  *)
(* At most one stream asks for a content, and no engine has a content twice: so     *)
(* streams go by their content k, and sessions by engine e and content k.           *)
EXTENDS Naturals, Sequences, FiniteSets

CONSTANTS Engines, Cap, Requests, Contents,  \* how many
          Reports,  \* starts and ends are reported to the orchestrator
          Mutant    \* a known bug that is put in place; "none": the design as it is

VARIABLES proxy, world
vars == <<proxy, world>>

E == 1..Engines
K == 1..Contents
ByContent(value) == [k \in K |-> value]
BySession(value) == [e \in E |-> [k \in K |-> value]]

Init ==
  /\ proxy = [
       slot |-> BySession("free"),        \* free, pending, active, released: all but free are held
       answered |-> BySession(FALSE),     \* it has heard that the session began
       stream |-> ByContent("absent"),    \* absent, waiting, starting, playing
       waits |-> ByContent(0),            \* clients that have had no media yet
       served |-> ByContent(0),           \* clients that have
       line |-> <<>>,                     \* streams that wait for a slot, oldest first
       lingers |-> <<>>,                  \* streams without a client, longest first
       used |-> <<>>,                     \* engines that were ever granted, latest last
       wrong |-> ""]                      \* the property that a step has broken
  /\ world = [
       real |-> BySession("nowhere"),     \* nowhere, sent, running, over
       played |-> BySession(FALSE),       \* its media has come
       report |-> BySession("none"),      \* none, begun (on its way), listed
       bothSent |-> 0,                    \* sessions that are over, with both reports on their way
       endSent |-> 0,                     \* and with the report of the end on its way
       left |-> Requests]

Without(list, x) == SelectSeq(list, LAMBDA y : y # x)
Place(list, x) == IF \E i \in 1..Len(list) : list[i] = x THEN CHOOSE i \in 1..Len(list) : list[i] = x ELSE 0
Reverse(list) == [i \in 1..Len(list) |-> list[Len(list) + 1 - i]]

(* ---- What the proxy knows ---- *)

Holds(p, e, k) == p.slot[e][k] # "free"
Lives(p, e, k) == p.slot[e][k] \in {"pending", "active"}
Load(p, e) == Cardinality({k \in K : Holds(p, e, k)})
Waiting(p) == {k \in K : p.stream[k] = "waiting"}
Clients(p, k) == p.waits[k] + p.served[k]
Coming(p) == Cardinality({s \in E \X K : p.slot[s[1]][s[2]] = "released"})

HasRoom(p, e) ==
  CASE Mutant = "off-by-one" -> Load(p, e) <= Cap
    [] Mutant = "orig-race" -> TRUE
    [] Mutant = "half-early-release" -> Cardinality({k \in K : p.slot[e][k] = "pending"}) < Cap
    [] Mutant = "release-on-ack" ->
         Cardinality({k \in K : Holds(p, e, k) /\ ~(Lives(p, e, k) /\ p.stream[k] = "playing")}) < Cap
    [] OTHER -> Load(p, e) < Cap

(* The first thing that goes wrong is remembered. *)
Blame(p, isWrong, property) == IF isWrong /\ p.wrong = "" THEN [p EXCEPT !.wrong = property] ELSE p

(* ---- Slots and streams ---- *)

Reserve(p, e, k) ==
  LET next == [p EXCEPT !.slot[e][k] = "pending",
                        !.stream[k] = "starting",
                        !.line = Without(@, k),
                        !.used = Append(Without(@, e), e)]
      twice == Blame(next, Holds(p, e, k), "a content never twice on one engine")
  IN Blame(twice, Load(next, e) > Cap, "load ≤ cap at every grant")

Release(p, e, k) ==
  IF Lives(p, e, k) THEN [p EXCEPT !.slot[e][k] = "released"] ELSE Blame(p, TRUE, "no illegal move")

Settle(p, e, k, proof) ==
  Blame([p EXCEPT !.slot[e][k] = "free", !.answered[e][k] = FALSE], ~proof, "free only after proof")

(* The stream is over for everybody who is left. *)
Finish(p, k) ==
  LET gone == [p EXCEPT !.stream[k] = "absent", !.waits[k] = 0, !.served[k] = 0,
                        !.line = Without(@, k), !.lingers = Without(@, k)]
  IN IF \A e \in E : ~Lives(p, e, k) THEN gone
     ELSE LET e == CHOOSE f \in E : Lives(p, f, k)
              once == Release(gone, e, k)
          IN IF Mutant = "double-release" THEN Release(once, e, k) ELSE once

(* ---- What the proxy does after everything that it hears ---- *)

(* Fewer streams, then unused for longer, then the smaller name. *)
Before(p, e, f) ==
  \/ Load(p, e) < Load(p, f)
  \/ (Load(p, e) = Load(p, f) /\ Place(p.used, e) < Place(p.used, f))
  \/ (Load(p, e) = Load(p, f) /\ Place(p.used, e) = Place(p.used, f) /\ e <= f)

Suiting(p, k) == {e \in E : HasRoom(p, e) /\ (Mutant = "content-twice" \/ ~Holds(p, e, k))}
Best(p, some) == CHOOSE e \in some : \A f \in some : Before(p, e, f)

RECURSIVE Serve(_, _)
Serve(p, line) ==
  IF line = <<>> THEN p
  ELSE LET k == Head(line)
           some == Suiting(p, k)
       IN Serve(IF some = {} THEN p ELSE Reserve(p, Best(p, some), k), Tail(line))

RECURSIVE Yield(_, _)
Yield(p, count) ==
  IF count = 0 \/ p.lingers = <<>> THEN p ELSE Yield(Finish(p, Head(p.lingers)), count - 1)

(* For each stream that still waits one place should be on its way, whichever: it has no live session anywhere. *)
Lacking(p) == LET n == Cardinality(Waiting(p)) IN IF n > Coming(p) THEN n - Coming(p) ELSE 0

MakeRoom(p) ==
  CASE Mutant = "linger-never-yields" -> p
    [] Mutant = "yield-storm" /\ Waiting(p) # {} -> Yield(p, Len(p.lingers))
    [] OTHER -> Yield(p, Lacking(p))

(* Has a stream been served although an older one, that still waits, might have had the place? *)
Overtook(heard, p) ==
  \E e \in E, k \in Waiting(p), other \in K :
    /\ ~Holds(p, e, k)
    /\ Place(heard.line, other) > Place(heard.line, k)
    /\ p.slot[e][other] = "pending"

Pump(heard) ==
  LET served == Serve(heard, IF Mutant = "lifo" THEN Reverse(heard.line) ELSE heard.line)
      done == MakeRoom(served)
      fair == Blame(done, Overtook(heard, done), "first come, first served")
  IN Blame(fair, Len(served.lingers) - Len(done.lingers) > Cardinality(Waiting(done)),
           "no more streams yield than wait")

(* ---- What the world makes of it ---- *)

(* Starts are sent; what is told of sessions that are over is on its way. *)
Started(before, after, e, k) == after.slot[e][k] = "pending" /\ before.slot[e][k] # "pending"
Ended(before, after, e, k) == Holds(before, e, k) /\ (~Holds(after, e, k) \/ Started(before, after, e, k))

Obey(before, after, w) ==
  LET ends == {s \in E \X K : Reports /\ Ended(before, after, s[1], s[2])}
      fresh(list, new, none) ==
        [e \in E |-> [k \in K |-> IF Started(before, after, e, k) THEN new
                                  ELSE IF Ended(before, after, e, k) THEN none ELSE list[e][k]]]
  IN [w EXCEPT !.real = fresh(@, "sent", "nowhere"),
               !.played = fresh(@, FALSE, FALSE),
               !.report = fresh(@, "none", "none"),
               !.bothSent = @ + Cardinality({s \in ends : w.report[s[1]][s[2]] = "begun"}),
               !.endSent = @ + Cardinality({s \in ends : w.report[s[1]][s[2]] = "listed"})]

Hear(heard, w) ==
  /\ proxy' = Pump(heard)
  /\ world' = Obey(proxy, proxy', w)

Unheard(w) == proxy' = proxy /\ world' = w

(* ---- What happens ---- *)

AskedFor(p, k) ==
  LET back == [p EXCEPT !.lingers = Without(@, k)]
  IN CASE p.stream[k] = "playing" -> [back EXCEPT !.served[k] = @ + 1]
       [] p.stream[k] = "absent" \/ Mutant = "share-only-active" ->
            Blame([p EXCEPT !.stream[k] = "waiting", !.waits[k] = 1, !.line = Append(@, k)],
                  p.stream[k] # "absent", "a stream per content")
       [] OTHER -> [back EXCEPT !.waits[k] = @ + 1]

Request(k) ==
  /\ world.left > 0
  /\ Hear(AskedFor(proxy, k), [world EXCEPT !.left = @ - 1])

(* A client is gone. The last one of a stream that waits takes it along; any other stream lingers. *)
Gone(p, k) ==
  CASE Clients(p, k) > 0 ->
         Blame(p, Mutant = "first-leaver-closes", "nobody is sent away because another left")
    [] Clients(p, k) = 0 /\ p.stream[k] = "waiting" -> Finish(p, k)
    [] Clients(p, k) = 0 /\ p.stream[k] # "waiting" ->
         CASE Mutant = "leak-abort-pending" /\ p.stream[k] = "starting" -> p
           [] Mutant = "free-on-leave" ->
                LET e == CHOOSE f \in E : Lives(p, f, k) IN Settle(Finish(p, k), e, k, FALSE)
           [] OTHER -> [p EXCEPT !.lingers = Append(@, k)]

LeaveUnserved(k) == proxy.waits[k] > 0 /\ Hear(Gone([proxy EXCEPT !.waits[k] = @ - 1], k), world)
LeaveServed(k) == proxy.served[k] > 0 /\ Hear(Gone([proxy EXCEPT !.served[k] = @ - 1], k), world)

(* A client has waited long enough for a slot. *)
MayGiveUp(k) == proxy.stream[k] = "waiting" /\ proxy.waits[k] > 0
GivesUp(k) ==
  /\ MayGiveUp(k)
  /\ Hear(IF proxy.waits[k] = 1 THEN Finish(proxy, k) ELSE [proxy EXCEPT !.waits[k] = @ - 1], world)

(* Nobody has come back to a stream that lingers. *)
MayEnd(k) == Place(proxy.lingers, k) > 0
LingerTimeout(k) == MayEnd(k) /\ Hear(Finish(proxy, k), world)

MayBegin(e, k) == world.real[e][k] = "sent"
EngineBegins(e, k) == MayBegin(e, k) /\ Unheard([world EXCEPT !.real[e][k] = "running"])

(* What was released meanwhile is only to be stopped. *)
MayAnswer(e, k) == world.real[e][k] \in {"running", "over"} /\ ~proxy.answered[e][k]
StartAnswered(e, k) ==
  /\ MayAnswer(e, k)
  /\ IF proxy.slot[e][k] = "pending"
     THEN Hear([proxy EXCEPT !.answered[e][k] = TRUE, !.slot[e][k] = "active"],
               [world EXCEPT !.report[e][k] = "begun"])
     ELSE Hear([proxy EXCEPT !.answered[e][k] = TRUE], world)

MayPlay(e, k) == proxy.slot[e][k] = "active" /\ world.real[e][k] = "running" /\ ~world.played[e][k]
Media(e, k) ==
  /\ MayPlay(e, k)
  /\ Hear([proxy EXCEPT !.stream[k] = "playing", !.served[k] = @ + proxy.waits[k], !.waits[k] = 0],
          [world EXCEPT !.played[e][k] = TRUE])

MayStop(e, k) == proxy.slot[e][k] = "released" /\ proxy.answered[e][k] /\ world.real[e][k] = "running"
StopTakesEffect(e, k) == MayStop(e, k) /\ Unheard([world EXCEPT !.real[e][k] = "over"])

(* Proof is the engine's word, or the deadline, which is long enough for the session to be over. *)
MayBeOver(e, k) == proxy.slot[e][k] = "released" /\ world.real[e][k] = "over"
Free(e, k) ==
  IF Mutant = "lost-wakeup"
  THEN /\ proxy' = Settle(proxy, e, k, TRUE)
       /\ world' = Obey(proxy, proxy', world)
  ELSE Hear(Settle(proxy, e, k, TRUE), world)
StopConfirmed(e, k) == MayBeOver(e, k) /\ proxy.answered[e][k] /\ Free(e, k)
ReleaseDeadline(e, k) == MayBeOver(e, k) /\ Free(e, k)

(* Reports travel in their order. *)
MayBeListed(e, k) == Reports /\ world.report[e][k] = "begun"
StartTakenIn(e, k) == MayBeListed(e, k) /\ Unheard([world EXCEPT !.report[e][k] = "listed"])
StartOfEndedTakenIn ==
  /\ world.bothSent > 0
  /\ Unheard([world EXCEPT !.bothSent = @ - 1, !.endSent = @ + 1])
EndTakenIn == world.endSent > 0 /\ Unheard([world EXCEPT !.endSent = @ - 1])

Next ==
  \/ \E k \in K : Request(k) \/ LeaveUnserved(k) \/ LeaveServed(k) \/ GivesUp(k) \/ LingerTimeout(k)
  \/ \E e \in E, k \in K : EngineBegins(e, k) \/ StartAnswered(e, k) \/ Media(e, k) \/ StopTakesEffect(e, k)
  \/ \E e \in E, k \in K : StopConfirmed(e, k) \/ ReleaseDeadline(e, k) \/ StartTakenIn(e, k)
  \/ StartOfEndedTakenIn
  \/ EndTakenIn

Spec == Init /\ [][Next]_vars

(* ---- What must hold; the names in model/properties stand beside each ---- *)

Runs(e, k) == world.real[e][k] \in {"sent", "running"}

Rests ==
  /\ \A k \in K : ~MayGiveUp(k) /\ ~MayEnd(k)
  /\ \A e \in E, k \in K : ~MayBegin(e, k) /\ ~MayAnswer(e, k) /\ ~MayPlay(e, k) /\ ~MayStop(e, k)
  /\ \A e \in E, k \in K : ~MayBeOver(e, k) /\ ~MayBeListed(e, k)
  /\ world.bothSent = 0
  /\ world.endSent = 0

\* what `wrong` says
StepsAreRight == proxy.wrong = ""
\* real load ≤ cap
RealLoad == \A e \in E : Cardinality({k \in K : Runs(e, k)}) <= Cap
\* no under-count
NoUnderCount == \A e \in E, k \in K : Runs(e, k) => Holds(proxy, e, k)
\* nobody waits while there is room
WorkConserving == \A e \in E, k \in Waiting(proxy) : Load(proxy, e) >= Cap \/ Holds(proxy, e, k)
\* lingering streams yield
LingeringYields ==
  LET helped == {k \in Waiting(proxy) : \E e \in E, other \in K :
                   (Place(proxy.lingers, other) > 0 /\ Lives(proxy, e, other) /\ ~Holds(proxy, e, k))}
  IN Cardinality(helped) <= Coming(proxy)
\* a stream lingers exactly when nobody watches it
LingersExactly ==
  \A k \in K : (Place(proxy.lingers, k) > 0) <=> (proxy.stream[k] # "absent" /\ Clients(proxy, k) = 0)
\* everybody is answered
EverybodyAnswered == Rests => \A k \in K : proxy.waits[k] = 0 /\ proxy.stream[k] \in {"absent", "playing"}
\* at rest nothing is left
NothingLeft ==
  Rests => /\ \A k \in K : proxy.stream[k] = "absent" \/ Clients(proxy, k) > 0
           /\ \A e \in E, k \in K : proxy.slot[e][k] \in {"free", "active"}
           /\ \A e \in E, k \in K : Runs(e, k) => proxy.slot[e][k] = "active"
\* the orchestrator converges
Converges ==
  (Rests /\ Reports) => \A e \in E, k \in K : proxy.answered[e][k] => world.report[e][k] = "listed"
==================================================================================
