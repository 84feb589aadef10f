package authenticator

// Waiting is how many callers wait for a turn to hash just now, for those who watch the machine.
func (p *Passwords) Waiting() int64 { return p.turns.waiting.Load() }
