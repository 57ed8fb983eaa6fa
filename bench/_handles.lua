-- wrk: random handles among COUNT (uniform), and the outcome as one line of JSON.
local count = tonumber(os.getenv("COUNT"))
local prefix = os.getenv("PREFIX")

function init(args)
  math.randomseed(os.time())
end

function request()
  return wrk.format("GET", string.format("/api/handles/%s/R%09d", prefix, math.random(0, count - 1)))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"most":%d,"wrong":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency.max,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
