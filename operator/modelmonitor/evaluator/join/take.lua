-- Take records that are due: they no longer wait, and nobody else is given them.
-- KEYS: records, labels, due, counted, expiry, taken. ARGV: now, the most records, number of this call, when
-- tombstones expire, seconds to keep the answer. Returns the call's number, then for each record: lengths of
-- record and label, both. The same number again returns the same, so that no lost answer loses records; a
-- lower one, of a call that was given up and came late, takes nothing.
local now, most, call, expires, keep = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local before = redis.call('GET', KEYS[6])
if before and string.sub(before, 1, #call) >= call then
  return before
end
local due = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, most)
local parts = {call}
if #due > 0 then
  -- First what needs no memory: a full Redis lets a script go on that has begun to write.
  redis.call('ZREM', KEYS[3], unpack(due))
  local records = redis.call('HMGET', KEYS[1], unpack(due))
  local labels = redis.call('HMGET', KEYS[2], unpack(due))
  redis.call('HDEL', KEYS[1], unpack(due))
  redis.call('HDEL', KEYS[2], unpack(due))
  for number, key in ipairs(due) do
    local record, label = records[number], labels[number] or ''
    if record then
      local start = 1 + string.byte(record) + 8
      redis.call('HSET', KEYS[4], key, string.sub(record, start + 1, start + 8) .. label)
      redis.call('ZADD', KEYS[5], expires, key)
      parts[#parts + 1] = struct.pack('<I4I4', #record, #label) .. record .. label
    end
  end
  redis.call('EXPIRE', KEYS[4], keep)
  redis.call('EXPIRE', KEYS[5], keep)
end
local expired = redis.call('ZRANGEBYSCORE', KEYS[5], '-inf', now, 'LIMIT', 0, 2 * most)
if #expired > 0 then
  redis.call('ZREM', KEYS[5], unpack(expired))
  redis.call('HDEL', KEYS[4], unpack(expired))
end
local answer = table.concat(parts)
redis.pcall('SET', KEYS[6], answer, 'EX', keep)
return answer
