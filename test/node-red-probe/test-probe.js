/**
 * Test-only nodes of a real Node-RED process: `test-out` hands every message that reaches it to the process that started
 * Node-RED, `test-in` sends on what that process says. Over the child process's IPC channel, structured clones: a
 * Float32Array stays one.
 */
module.exports = function (RED) {
  // Ends with the test run, however that ended.
  process.once('disconnect', () => process.exit(1))

  function TestOut(config) {
    RED.nodes.createNode(this, config)
    this.on('input', (msg, send, done) => {
      process.send?.({ probe: this.id, name: this.name ?? '', msg: cloneable(msg) })
      done()
    })
  }

  function TestIn(config) {
    RED.nodes.createNode(this, config)
    const take = (order) => {
      if (order === null || typeof order !== 'object' || !('inject' in order)) return
      if (order.inject !== this.id && order.inject !== this.name) return
      for (const msg of order.msgs) this.send(msg)
      process.send?.({ injected: order.ticket })
    }
    process.on('message', take)
    this.on('close', () => process.off('message', take))
  }

  /** Without what cannot cross a process boundary (req, res, functions). */
  function cloneable(msg) {
    const copy = {}
    for (const [key, value] of Object.entries(msg)) {
      if (typeof value === 'function' || key === 'req' || key === 'res') continue
      copy[key] = key === 'error' || key === 'status' ? JSON.parse(JSON.stringify(value)) : value
    }
    return copy
  }

  RED.nodes.registerType('test-out', TestOut)
  RED.nodes.registerType('test-in', TestIn)
}
