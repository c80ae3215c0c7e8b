// Loaded into a process with --require: at its end it writes its CPU seconds and its memory, sampled all along, to $WATCH_REPORT.
const { writeFileSync } = require('node:fs')

const rss = []
setInterval(() => rss.push(process.memoryUsage.rss()), 50).unref()
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const peak = process.resourceUsage().maxRSS * 1024
  writeFileSync(process.env.WATCH_REPORT, JSON.stringify({ cpu: (user + system) / 1e6, rss, peak }))
})
