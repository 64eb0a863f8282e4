-- Let records wait, each until its due time.
-- KEYS: records, due, counted, layout. ARGV: layout's hash, bytes of a record, seconds to keep what
-- waits, records, due times. Returns how many repeat an id that waits; false: the layout is not known.
-- The first write is HSETNX: Redis refuses it, and with it all, when it is full.
local hash, size, keep = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local head = string.char(#hash) .. hash
local repeated, seen = 0, {}
if redis.call('EXISTS', KEYS[4]) == 0 then
  return false
end
for number = 0, #ARGV[4] / size - 1 do
  local record = string.sub(ARGV[4], number * size + 1, (number + 1) * size)
  local key = string.sub(record, 1, 8)
  if seen[key] then
    repeated = repeated + 1
  elseif redis.call('HSETNX', KEYS[1], key, head .. record) == 1 then
    local counted = redis.call('HGET', KEYS[3], key)
    if counted and string.sub(counted, 1, 8) == string.sub(record, 9, 16) then
      redis.call('HDEL', KEYS[1], key)
    else
      redis.call('ZADD', KEYS[2], struct.unpack('<d', ARGV[5], number * 8 + 1), key)
    end
  elseif redis.call('HGET', KEYS[1], key) ~= head .. record then
    repeated = repeated + 1
  end
  seen[key] = true
end
for _, name in ipairs({KEYS[1], KEYS[2], KEYS[4]}) do
  if redis.call('TTL', name) < keep then
    redis.call('EXPIRE', name, keep)
  end
end
return repeated
