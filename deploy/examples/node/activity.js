// Tells the app of the person's input, at most once a minute over all tabs. Nothing else does: not a timer, not a poll.
(() => {
  const key = 'activity-told'
  let input = 0, waiting = null

  const report = async () => {
    waiting = null
    localStorage.setItem(key, String(Date.now()))
    const response = await fetch('/auth/activity', {
      method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ idle_seconds: Math.floor((Date.now() - input) / 1000) }),
    })
    if (response.status === 401) location.reload() // the session is over: the app sends the person to sign in
  }
  const note = event => {
    if (!event.isTrusted) return // a script's doing, not a person's
    input = Date.now()
    const wait = Number(localStorage.getItem(key) ?? 0) + 60_000 - input
    waiting ??= setTimeout(report, Math.min(Math.max(wait, 0), 60_000))
  }
  for (const kind of ['pointerdown', 'pointermove', 'keydown', 'input', 'wheel', 'touchstart']) addEventListener(kind, note, { passive: true, capture: true })
})()
