package outbox

import "time"

// LookEvery has the workers look by themselves once in the interval.
func (w *Workers) LookEvery(interval time.Duration) { w.lookEvery = interval }
