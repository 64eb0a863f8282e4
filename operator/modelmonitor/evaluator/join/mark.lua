-- Put labels to records that wait.
-- KEYS: records, labels, counted. ARGV: keys and labels, in turn. Returns 9 bytes for each: a letter, and
-- when its prediction was served, as in the record (of joined ones; else any bytes).
local parts = {}
for number = 1, #ARGV, 2 do
  local key, label = ARGV[number], ARGV[number + 1]
  local outcome, served = 'u', '\0\0\0\0\0\0\0\0'
  local waits = redis.call('HGET', KEYS[1], key)
  if waits then
    local before = redis.call('HGET', KEYS[2], key)
    if before == label then
      outcome = 'd'
    else
      redis.call('HSET', KEYS[2], key, label)
      local start = 1 + string.byte(waits) + 8
      outcome, served = before and 'c' or 'j', string.sub(waits, start + 1, start + 8)
    end
  else
    local counted = redis.call('HGET', KEYS[3], key)
    if counted then
      outcome = string.sub(counted, 9) == label and 'd' or 'l'
    end
  end
  parts[#parts + 1] = outcome .. served
end
local keep = redis.call('TTL', KEYS[1])
if keep > redis.call('TTL', KEYS[2]) then
  redis.call('EXPIRE', KEYS[2], keep)
end
return table.concat(parts)
