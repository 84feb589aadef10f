// Tells the app of the person's input, every 15 seconds at most over all tabs; the app tells APS ID in turn. Nothing else
// counts: not a timer, not a poll.
(() => {
  const key = 'activity-told', every = 15_000
  let input = 0, waiting = null

  const report = async () => {
    clearTimeout(waiting)
    waiting = null
    localStorage.setItem(key, String(Date.now()))
    const response = await fetch('/auth/activity', {
      method: 'POST', keepalive: true, headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ idle_seconds: Math.floor((Date.now() - input) / 1000) }),
    })
    if (response.status === 401) location.reload() // the session is over: the app sends the person to sign in
  }
  const note = event => {
    if (!event.isTrusted || event.repeat) return // a script's doing, or something that lies on a key
    if (event.type === 'pointermove' && !event.movementX && !event.movementY) return // the page moved, not the pointer
    input = Date.now()
    const wait = Number(localStorage.getItem(key) ?? 0) + every - input
    waiting ??= setTimeout(report, Math.min(Math.max(wait, 0), every))
  }
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart']) addEventListener(kind, note, { passive: true, capture: true })
  addEventListener('pagehide', () => { if (waiting) report() }) // what waits is told before the page goes
})()
