-- wrk: questions of nodes to a node, about random names of the country by rule; the outcome as one line of JSON.
local industries = tonumber(os.getenv("INDUSTRIES"))
local companies = tonumber(os.getenv("COMPANIES"))
local names = tonumber(os.getenv("NAMES"))

function init(args)
  math.randomseed(os.time())
end

function request()
  local industry, company = 100 + math.random(0, industries - 1), 1000 + math.random(0, companies - 1)
  local prefix = string.format("88.%d.%d", industry, company)
  local name = string.format("%s/R%09d", prefix, math.random(0, names - 1))
  return wrk.format("GET", string.format("/api/network/answers/%s?nonce=%022d", name, math.random(0, 2147483647)))
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"wrong":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
