/**
 * `keeping.ts` in the store's own language: each command is one script, so it is atomic, and one round trip.
 *
 * Keys, all in one hash slot: the marker (numbers of the books), the engines (place → its leases as JSON), the
 * members (member → `<end> <info>`), the queue (a list) and the freed places (place → clock). A contract test holds
 * this script and `keep` to the same answers, books and changes. Five things are only here:
 *
 * - which server it is, is its run id and its replication id: one that was a replica for a while may have taken older
 *   data over, in the same run, and nothing in them would tell;
 * - the marker says how many places have leases and how many members there are: a store that drops single keys to save
 *   memory has lost them;
 * - the marker says how the books are written, so that another version of them is left alone;
 * - what cannot be read was written by somebody else: it is deleted, which is a loss of memory like any other. The
 *   command that found it fails, whatever it has done so far;
 * - every key goes when nobody has used it for `FORGET_TERMS` terms.
 */
import { FORGET_TERMS, ORPHANS_AT_ONCE, STEPS_PER_TERM, TURN_MS, TURNS_MAX } from "./limits.ts";

/** Of the way the books are written. Two versions of aceslot with different ones need different prefixes. */
const FORMAT = "1";

export interface StoreKeys {
  readonly store: string;
  readonly engines: string;
  readonly members: string;
  readonly queue: string;
  readonly freed: string;
  /** Written, read and deleted by `PROBE`. */
  readonly probe: string;
  readonly channel: string;
}

export function keysOf(prefix: string): StoreKeys {
  const key = (name: string): string => `{${prefix}}:${name}`;
  return {
    store: key("store"),
    engines: key("engines"),
    members: key("members"),
    queue: key("queue"),
    freed: key("freed"),
    probe: key("probe"),
    channel: key("changes"),
  };
}

/**
 * Numbers go up to 2^53 and `tostring` and cjson shorten them. Errors name the command that failed: some servers'
 * own words for a missing permission do not.
 */
const WORDS = `
local function call(name, ...)
  local reply = redis.pcall(name, ...)
  if type(reply) == 'table' and reply.err then
    local key = string.find(reply.err, 'WRONGTYPE', 1, true) and ' ' .. (...) or ''
    error(name .. key .. ': ' .. reply.err, 0)
  end
  return reply
end
local function text(number) return string.format('%.0f', number) end
local function list(strings) return #strings == 0 and '[]' or cjson.encode(strings) end
`;

/**
 * KEYS: marker, engines, members, queue, freed. ARGV: channel, command as JSON. Answers with an `Answer` as JSON.
 */
export const KEEP = `${WORDS}
local function keep()
local STORE, ENGINES, MEMBERS, QUEUE, FREED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local CHANNEL, command = ARGV[1], cjson.decode(ARGV[2])
local me = command.member

-- The books as they are, and the clock that goes on.
local marker = {}
local flat = call('HGETALL', STORE)
for i = 1, #flat, 2 do marker[flat[i]] = flat[i + 1] end
if marker.format and marker.format ~= '${FORMAT}' then
  return redis.error_reply('ERR these leases are written by another version of aceslot; use another --lease-prefix')
end
local function isCount(value)
  return type(value) == 'number' and value >= 0 and value < 2^53 and value == math.floor(value)
end
local function number(name)
  local value = tonumber(marker[name] or 0)
  if not isCount(value) then error({ key = STORE }) end
  return value
end
local clock, fence, seq, grantsFrom = number('clock'), number('fence'), number('seq'), number('grantsFrom')
-- Nobody ever waits for longer than a term.
if grantsFrom > clock + number('ttl') then error({ key = STORE }) end
local hasOrphans = marker.hasOrphans == '1'
local run = string.match(call('INFO', 'server'), 'run_id:(%w+)')
if not run then return redis.error_reply('ERR INFO server tells no run_id, by which a restart is noticed') end
local history = string.match(call('INFO', 'replication'), 'master_replid:(%w+)')
run = run .. (history and '/' .. history or '')
local now = call('TIME')
local time = now[1] * 1000 + math.floor(now[2] / 1000)
local ttl = math.max(number('ttl'), command.ttl)
local passed = math.max(0, time - number('time'))
clock = clock + math.min(passed, math.floor(ttl / ${STEPS_PER_TERM}))
local places = call('HLEN', ENGINES)
local isWhole = places == number('places') and call('HLEN', MEMBERS) == number('members')
if marker.run ~= run or command.seen > fence or not isWhole then
  fence = math.max(fence, command.seen, marker.run and 0 or time)
  grantsFrom = clock + ttl
  call('DEL', MEMBERS, QUEUE, FREED)
  hasOrphans = places > 0
end

-- What is read is kept at hand, and what is written is written in both.
local queue = call('LRANGE', QUEUE, 0, -1)
local mine = call('HGET', MEMBERS, me)
local known = {}
local function isText(value) return type(value) == 'string' end
local function isList(value, isItem)
  if type(value) ~= 'table' then return false end
  local count = 0
  for _ in pairs(value) do count = count + 1 end
  for i = 1, count do if not isItem(value[i]) then return false end end
  return true
end
local function isLease(lease)
  return type(lease) == 'table' and isText(lease.id) and isText(lease.owner) and isCount(lease.fence) and
    isList(lease.contents, isText) and isText(lease.detail)
end
-- As strict as those who are given it. Decoded, an empty object is an empty list.
local function read(place, raw)
  raw = raw or '[]'
  local isJson, leases = pcall(cjson.decode, raw)
  local isOurs = isJson and string.sub(raw, 1, 1) == '[' and isList(leases, isLease) and
    not string.find(raw, '"contents"%s*:%s*{')
  if not isOurs then error({ key = ENGINES, field = place }) end
  known[place] = { raw = raw, leases = leases }
end
local function at(place)
  if not known[place] then read(place, call('HGET', ENGINES, place)) end
  return known[place].leases
end
local function raw(place) at(place) return known[place].raw end
local function recovering() return math.max(0, grantsFrom - clock) end
local function isMember(name) return call('HEXISTS', MEMBERS, name) == 1 end

-- By bytes: Lua compares as the server's language does.
local function before(a, b)
  if a == b then return false end
  for i = 1, math.min(#a, #b) do
    local x, y = string.byte(a, i), string.byte(b, i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
-- All that have leases, in the order of their names.
local function allPlaces()
  local names, all = {}, call('HGETALL', ENGINES)
  for i = 1, #all, 2 do
    names[#names + 1] = all[i]
    if not known[all[i]] then read(all[i], all[i + 1]) end
  end
  table.sort(names, before)
  return names
end

local function encoded(lease)
  return '{"id":' .. cjson.encode(lease.id) .. ',"owner":' .. cjson.encode(lease.owner) ..
    ',"fence":' .. text(lease.fence) .. ',"contents":' .. list(lease.contents) ..
    ',"detail":' .. cjson.encode(lease.detail) .. '}'
end
local function write(place, leases)
  local parts = {}
  for i, lease in ipairs(leases) do parts[i] = encoded(lease) end
  local held = '[' .. table.concat(parts, ',') .. ']'
  known[place] = { raw = held, leases = leases }
  if #leases == 0 then call('HDEL', ENGINES, place) else call('HSET', ENGINES, place, held) end
  seq = seq + 1
  call('PUBLISH', CHANNEL, '{"seq":' .. text(seq) .. ',"place":' .. cjson.encode(place) ..
    ',"held":' .. held .. ',"queue":' .. list(queue) .. '}')
end
-- The leases at a place without one of them, and that one.
local function without(place, id)
  local rest, found = {}, nil
  for _, lease in ipairs(at(place)) do
    if lease.id == id then found = found or lease else rest[#rest + 1] = lease end
  end
  return rest, found
end
local function patch(place, id, change)
  local leases, found = {}, false
  for i, lease in ipairs(at(place)) do
    if lease.id == id and not found then
      lease = change(lease)
      if not lease then return false end
      found = true
    end
    leases[i] = lease
  end
  if found then write(place, leases) end
  return found
end

local function position()
  for i, other in ipairs(queue) do if other == me then return i end end
  return nil
end
local function dequeue(name)
  local rest = {}
  for _, other in ipairs(queue) do if other ~= name then rest[#rest + 1] = other end end
  if #rest == #queue then return end
  call('LREM', QUEUE, 0, name)
  queue = rest
  -- Nobody is before anybody any more.
  if #queue == 0 then call('DEL', FREED) end
end
local function enqueue(waits)
  if not waits then
    dequeue(me)
  elseif not position() then
    call('RPUSH', QUEUE, me)
    queue[#queue + 1] = me
  end
end
local function renew(info)
  mine = text(clock + command.ttl) .. ' ' .. (info or string.match(mine, '^%S+ (.*)$') or '')
  call('HSET', MEMBERS, me, mine)
end
local function finish(name)
  call('HDEL', MEMBERS, name)
  if name == me then mine = false end
  dequeue(name)
  -- Whether it had any is seen by whoever looks for them.
  hasOrphans = hasOrphans or call('HLEN', ENGINES) > 0
end
-- From whoever answers for it, or whose it is: an heir that is none any more may still think that it is over.
local function release(place, id)
  local rest, found = without(place, id)
  if not found or (found.owner ~= me and string.sub(found.id, 1, #me + 1) ~= me .. '/') then return false end
  if #queue > 0 then call('HSET', FREED, place, text(clock)) end
  write(place, rest)
  return true
end
local function put(lease, owner)
  local rest, old = without(lease.place, lease.id)
  local last = math.max(lease.fence, old and old.fence or 0)
  fence = math.max(fence, last)
  rest[#rest + 1] =
    { id = lease.id, owner = owner, fence = last, contents = lease.contents, detail = lease.detail }
  write(lease.place, rest)
end

local function done(found) return '"type":"done","found":' .. tostring(found) end
local take = {}

function take.reserve()
  local place = command.place
  local function refused(why, waitMs)
    return '"type":"refused","why":"' .. why .. '","waitMs":' .. text(waitMs or 0) .. ',"held":' .. raw(place)
  end
  if not mine then return refused('not a member') end
  renew()
  if recovering() > 0 then return refused('recovering', recovering()) end
  local held, wanted, inherits = {}, {}, false
  for _, lease in ipairs(at(place)) do
    if lease.owner == me and lease.id == command.instead then inherits = true else held[#held + 1] = lease end
  end
  for _, key in ipairs(command.contents) do wanted[key] = true end
  for _, lease in ipairs(held) do
    for _, key in ipairs(lease.contents) do if wanted[key] then return refused('content') end end
  end
  local waitMs, since = 0, call('HGET', FREED, place)
  if since and not isCount(tonumber(since)) then error({ key = FREED, field = place }) end
  if since and not inherits then
    local ahead = math.min((position() or #queue + 1) - 1, ${TURNS_MAX})
    waitMs = math.max(0, since + ahead * ${TURN_MS} - clock)
  end
  if #held >= command.cap or waitMs > 0 then
    enqueue(true)
    if #held >= command.cap then return refused('full') end
    return refused('turn', waitMs)
  end
  fence = fence + 1
  if since and #held + 1 >= command.cap then call('HDEL', FREED, place) end
  enqueue(false)
  enqueue(command.more)
  held[#held + 1] =
    { id = command.id, owner = me, fence = fence, contents = command.contents, detail = command.detail }
  write(place, held)
  return '"type":"granted","held":' .. raw(place)
end

function take.note()
  return done(patch(command.place, command.id, function(lease)
    if lease.owner ~= me then return nil end
    lease.contents, lease.detail = command.contents, command.detail
    return lease
  end))
end

function take.release() return done(release(command.place, command.id)) end

local function adopt()
  if not hasOrphans or recovering() > 0 then return '' end
  local alive, written, orphans, taken = {}, {}, {}, {}
  for _, name in ipairs(call('HKEYS', MEMBERS)) do
    alive[name] = true
    written[cjson.encode(name)] = true
  end
  local function look(place)
    for _, lease in ipairs(at(place)) do
      if not alive[lease.owner] then orphans[#orphans + 1] = { id = lease.id, place = place } end
    end
  end
  -- Reading JSON is what takes long: a place whose owners all live, as they are written, is passed over.
  local all = call('HGETALL', ENGINES)
  for i = 1, #all, 2 do
    local place, held = all[i], all[i + 1]
    for owner in string.gmatch(held, '"owner":(".-")') do
      if not written[owner] then
        if not known[place] then read(place, held) end
        look(place)
        break
      end
    end
  end
  hasOrphans = #orphans > ${ORPHANS_AT_ONCE}
  table.sort(orphans, function(a, b)
    if a.id == b.id then return before(a.place, b.place) end
    return before(a.id, b.id)
  end)
  for i = 1, math.min(#orphans, ${ORPHANS_AT_ONCE}) do
    local place = orphans[i].place
    patch(place, orphans[i].id, function(lease)
      lease.owner = me
      taken[i] = '{"place":' .. cjson.encode(place) .. ',' .. string.sub(encoded(lease), 2)
      return lease
    end)
  end
  return table.concat(taken, ',')
end

function take.beat()
  if not mine then return '"type":"beaten","orphans":[]' end
  renew()
  enqueue(command.waiting)
  local members = call('HGETALL', MEMBERS)
  for i = 1, #members, 2 do
    local ends = tonumber(string.match(members[i + 1], '^%S+'))
    if not ends then error({ key = MEMBERS, field = members[i] }) end
    if ends <= clock then finish(members[i]) end
  end
  -- Who ends waits no more: nobody else would ever take such a name out.
  for _, name in ipairs(queue) do if not isMember(name) then error({ key = QUEUE }) end end
  return '"type":"beaten","orphans":[' .. (command.adopts and adopt() or '') .. ']'
end

function take.join()
  renew(command.info)
  local named, lost = {}, {}
  for _, lease in ipairs(command.held) do named[lease.id] = true end
  for _, place in ipairs(allPlaces()) do
    for _, lease in ipairs(at(place)) do
      local isClaimed = string.sub(lease.id, 1, #me + 1) == me .. '/' and lease.fence <= command.seen
      if lease.owner == me and isClaimed and not named[lease.id] then release(place, lease.id) end
    end
  end
  local instance = string.match(me, '^(.*/)[^/]*$') or ''
  local function mayTake(owner)
    return owner == me or not isMember(owner) or string.sub(owner, 1, #instance) == instance
  end
  for _, lease in ipairs(command.held) do
    local _, old = without(lease.place, lease.id)
    -- A session of a former life may still be running, and counts whatever the store knows of it.
    local takes = lease.fence == 0 or recovering() > 0
    if old then takes = mayTake(old.owner) end
    if takes then put(lease, me) else lost[#lost + 1] = lease.id end
  end
  if recovering() > 0 then
    for _, lease in ipairs(command.witnessed) do
      local _, old = without(lease.place, lease.id)
      if not old and not isMember(lease.owner) then
        put(lease, lease.owner)
        hasOrphans = true
      end
    end
  end
  return '"type":"joined","lost":' .. list(lost)
end

function take.leave()
  finish(me)
  return done(true)
end

local body = take[command.type]()
places = call('HLEN', ENGINES)
call('HSET', STORE, 'format', '${FORMAT}', 'run', run, 'time', text(time), 'clock', text(clock),
  'fence', text(fence), 'seq', text(seq), 'grantsFrom', text(grantsFrom), 'ttl', text(ttl),
  'hasOrphans', hasOrphans and '1' or '0', 'places', text(places), 'members', text(call('HLEN', MEMBERS)))
for _, key in ipairs(KEYS) do call('PEXPIRE', key, text(ttl * ${FORGET_TERMS})) end
return '{"fence":' .. text(fence) .. ',"seq":' .. text(seq) .. ',"recoveringMs":' .. text(recovering()) ..
  ',"isMember":' .. tostring(mine and true or false) .. ',' .. body .. '}'
end

local isDone, answer = pcall(keep)
if isDone then return answer end
local key, field
if type(answer) == 'table' then
  key, field = answer.key, answer.field
else
  key = string.match(answer, '^%u+ (%S+): %a*%s*%-?WRONGTYPE')
  if not key then error(answer, 0) end
end
if field then call('HDEL', key, field) else call('DEL', key) end
-- Without a marker everything is lost anyway.
if key ~= KEYS[1] then call('HSET', KEYS[1], 'run', '') end
return redis.error_reply('ERR ' .. key .. (field and ' ' .. field or '') .. ' was overwritten by somebody else ' ..
  'and has been deleted; no slots are granted until all proxies have said again what they hold')
`;

/** KEYS as for `KEEP`. Answers with the books as JSON, maps as lists of pairs; changes nothing. */
export const VIEW = `${WORDS}
local marker = {}
local flat = call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do marker[flat[i]] = flat[i + 1] end
local parts = { '"run":' .. (marker.run and cjson.encode(marker.run) or 'null') }
for _, name in ipairs({ 'time', 'clock', 'fence', 'seq', 'grantsFrom', 'ttl' }) do
  parts[#parts + 1] = '"' .. name .. '":' .. text(tonumber(marker[name] or 0))
end
parts[#parts + 1] = '"hasOrphans":' .. tostring(marker.hasOrphans == '1')
local function pairsOf(key, shown)
  local all, found = {}, call('HGETALL', key)
  for i = 1, #found, 2 do all[#all + 1] = '[' .. cjson.encode(found[i]) .. ',' .. shown(found[i + 1]) .. ']' end
  return '[' .. table.concat(all, ',') .. ']'
end
local function asIs(value) return value end
parts[#parts + 1] = '"engines":' .. pairsOf(KEYS[2], asIs)
parts[#parts + 1] = '"members":' .. pairsOf(KEYS[3], function(value)
  local ends, info = string.match(value, '^(%S+) (.*)$')
  return '{"end":' .. ends .. ',"info":' .. cjson.encode(info) .. '}'
end)
parts[#parts + 1] = '"queue":' .. list(call('LRANGE', KEYS[4], 0, -1))
parts[#parts + 1] = '"freed":' .. pairsOf(KEYS[5], asIs)
return '{' .. table.concat(parts, ',') .. '}'
`;

/**
 * Does once everything that the others do, on a key of its own: a store that is read-only or full, and a user who may
 * not do what is needed, are found out before anybody counts on them. KEYS: as for `KEEP`, then the probe's own.
 * ARGV: channel. Its empty message means nothing. Answers with INFO's section `memory`.
 */
export const PROBE = `${WORDS}
local key = KEYS[6]
if not string.match(call('INFO', 'server'), 'run_id:%w+') then
  return redis.error_reply('ERR INFO server tells no run_id, by which a restart is noticed')
end
call('TIME')
call('DEL', key)
call('HSET', key, 'a', '1')
call('PEXPIRE', key, 60000)
call('HGET', key, 'a')
call('HEXISTS', key, 'a')
call('HGETALL', key)
call('HKEYS', key)
call('HLEN', key)
call('HDEL', key, 'a')
call('RPUSH', key, 'a')
call('LRANGE', key, 0, -1)
call('LREM', key, 0, 'a')
call('PUBLISH', ARGV[1], '')
return call('INFO', 'memory')
`;
